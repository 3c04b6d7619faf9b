"""Names that are no text, very many of them, and names of files that are made for a moment."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import polars as pl
import pytest

from importer.disk import Replacement
from importer.model import SilentListener
from importer.plan.check import Check
from importer.report.places import Places
from importer.settings import InputSettings
from importer.sources import open_inputs
from tests.e2e.test_import import lines
from tests.faultserver.plan import hang_up, rule
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge

LATIN = os.fsdecode(b"caf\xe9")
"""A name as Windows or an old Mac wrote it: these bytes are no UTF-8."""


def test_a_name_that_is_no_text_is_imported_and_reported(run, healthy_server, tmp_path):
    """Such a file is read like any other; results, journal and reports name it by its bytes."""
    month = rows(3)
    write_csv(tmp_path / f"{LATIN}.csv", month)
    options = ("--rejects", f"{LATIN}.rejects.csv", "--report", f"{LATIN}.html", "--json")
    result = run("import", f"{LATIN}.csv", "--base-url", healthy_server.url, *options)
    assert result.exit == 0, result
    judge(month, tmp_path / f"{LATIN}.results.csv", healthy_server.ledger(), result.json)
    assert {line["source"] for line in lines(tmp_path / f"{LATIN}.results.csv")} == {r"caf\xe9.csv"}
    again = run("import", f"{LATIN}.csv", "--base-url", healthy_server.url, *options)
    assert (again.exit, again.json["requests"]) == (0, 0)
    for shape in ("--json", "--html=x.html", "--excel=x.xlsx"):
        reported = run("report", f"{LATIN}.results.csv", shape)
        assert reported.exit == 0, reported


def test_a_folder_holds_names_that_are_no_text(run, healthy_server, tmp_path):
    """One such file, or the folder itself, is no reason to refuse a month."""
    folder = tmp_path / LATIN
    (folder / "1").mkdir(parents=True)
    (folder / "2").mkdir()
    for number in (1, 2):
        write_csv(folder / str(number) / f"{LATIN}.csv", rows(2, start=number * 10))
    (folder / f"{LATIN}.doc").write_text("a note")
    result = run("import", LATIN, "--base-url", healthy_server.url, "-o", "all.csv", "--json")
    assert result.exit == 0, result
    assert {line["source"] for line in lines(tmp_path / "all.csv")} == {r"1/caf\xe9.csv", r"2/caf\xe9.csv"}


@pytest.mark.parametrize("value", [LATIN, "caf%E9"])
def test_a_folder_cannot_name_a_value_that_is_no_text(run, tmp_path, value):
    """The value would be posted: nobody may guess what its bytes mean."""
    folder = tmp_path / "by" / f"offer_id={value}"
    folder.mkdir(parents=True)
    write_csv(folder / "june.csv", rows(1))
    refused = run("check", "by")
    assert (refused.exit, "names a value that is not UTF-8 text" in refused.stderr) == (2, True), refused


@pytest.mark.parametrize(
    "arguments",
    [("june.csv", "-o", f"{LATIN}.parquet"), ("june.csv", "--set", f"offer_id={LATIN}")],
)
def test_where_only_text_will_do_a_sentence_says_so(run, tmp_path, arguments):
    """The library for Parquet takes no other paths, and the API no other values."""
    (tmp_path / "june.csv").write_text("message_id,revenue,attribution_type\nAbC12345,1,sale\n")
    refused = run("check", *arguments)
    assert refused.exit == 2, refused
    assert "UTF-8" in refused.stderr
    assert "caf" in refused.stderr


def test_a_parquet_file_with_a_name_that_is_no_text_blocks_no_folder(run, tmp_path):
    """The library for Parquet takes no such path: it gets another one."""
    content = {"message_id": ["AbC12345"], "revenue": ["1.50"], "attribution_type": ["sale"]}
    (tmp_path / "in").mkdir()
    pl.DataFrame(content).write_parquet(tmp_path / "june.parquet")
    (tmp_path / "june.parquet").rename(tmp_path / "in" / f"{LATIN}.parquet")
    (tmp_path / "in" / f"{LATIN}.csv").write_text("message_id,revenue,attribution_type\nAbC12346,2,sale\n")
    checked = run("check", "in", "--json")
    assert (checked.exit, checked.json["revenue"]) == (0, "3.50"), checked
    assert run("import", f"in/{LATIN}.parquet", "--sandbox").exit == 0


def test_a_verdict_may_hold_bytes_that_are_no_text(run, fault_server, tmp_path):
    """What was typed in another encoding is kept by its bytes, and a file is found by its name as by what is shown."""
    server = fault_server(rule(hang_up(stored=True), attempt=1))
    write_csv(tmp_path / f"{LATIN}.csv", rows(2))
    run("import", f"{LATIN}.csv", "--base-url", server.url)
    for row, source in ((1, f"{LATIN}.csv"), (2, r"caf\xe9.csv")):
        verdict = ("--row", row, "--source", source, "--recorded", "--why", LATIN, "--yes")
        resolved = run("resolve", f"{LATIN}.results.csv", *verdict)
        assert resolved.exit == 0, resolved
        assert r"(caf\xe9)" in resolved.stderr


def test_there_is_room_for_any_number_of_input_files(tmp_path):
    """The number of a file in memory has more than sixteen bits: a folder of daily exports by shop has more files."""
    sources = open_inputs([str(write_csv(tmp_path / "june.csv", rows(1)))])
    checked = Check(sources, InputSettings(), now=datetime.now(UTC), spool=None).run(SilentListener())
    assert checked.index["file"].dtype == Places().all()["book"].dtype == pl.UInt32


def test_files_on_their_way_have_names_of_their_own(tmp_path):
    """Two that write one file do not write into each other's, nor into a file that is called like it."""
    path = tmp_path / ("long" * 60 + ".csv")
    neighbour = tmp_path / f".{path.name[:40]}.new"
    neighbour.write_text("a person's")
    with Replacement(path) as first, Replacement(path) as second:
        assert len({first.temporary, second.temporary, neighbour}) == 3
        for number, one in enumerate((first, second)):
            one.file.write(b"%d" % number)
            one.sync()
        second.put()
        assert path.read_bytes() == b"1"
        first.put()
        assert path.read_bytes() == b"0"
    assert sorted(tmp_path.iterdir()) == sorted([path, neighbour])


def test_what_a_killed_run_left_is_removed_and_what_is_being_written_is_not(tmp_path):
    """Half a file of somebody's revenue does not lie about for ever."""
    path = tmp_path / "june.rejects.csv"
    left, kept = tmp_path / ".june.rejects.csv.abcdefgh.new", tmp_path / ".june.rejects.csv.mine.new"
    left.write_text("half of it")
    kept.write_text("a person's")
    with Replacement(path) as under_way:
        assert not left.exists()
        with Replacement(path):
            assert under_way.temporary.exists()
    assert list(tmp_path.iterdir()) == [kept]


def test_many_that_begin_together_take_nothing_from_each_other(tmp_path):
    """Between its creation and its lock a file looks as if a killed run had left it."""

    def written(number: int) -> bool:
        with Replacement(tmp_path / "report.html") as replacement:
            replacement.file.write(b"%d" % number)
            replacement.sync()
            replacement.put()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(written, range(200)))
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_imports_with_one_rejects_file_do_not_disturb_each_other(start, healthy_server, tmp_path):
    """The last one that ends has its own rejects there, whole."""
    header = "message_id,revenue,attribution_type\n"
    for number in (1, 2):
        good = "".join(f"a{number}{i:06},1,sale\n" for i in range(20))
        (tmp_path / f"{number}.csv").write_text(f"{header}{good}bad{number},1,sale\n")
    order = ("--base-url", healthy_server.url, "--rejects", "bad.csv", "--report", "bad.html", "--json")
    runs = [start("import", f"{number}.csv", *order) for number in (1, 2)]
    ends = [one.wait() for one in runs]
    assert [(end.exit, end.json["by_status"]["recorded"]["rows"]) for end in ends] == [(1, 20)] * 2, ends
    assert [line["message_id"] for line in lines(tmp_path / "bad.csv")] in (["bad1"], ["bad2"])
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    "order",
    [
        ("import", "june.csv", "-o", "loop.csv"),
        ("import", "june.csv", "-o", "loop.parquet"),
        ("import", "june.csv", "-o", "looped.csv"),
        ("import", "june.csv", "-o", "folder/r.csv"),
        ("import", "june.csv", "--rejects", "loop.csv"),
        ("import", "june.csv", "--report", "one.html"),
        ("import", "june.csv", "--already", "loop.csv"),
        ("import", "in/june.csv"),
        ("import", "loop.csv"),
        ("check", "june.csv", "--rejects", "loop.csv"),
        ("check", "loop.parquet"),
        ("check", "*.csv"),
        ("report", "looped.csv"),
        ("report", "loop.csv"),
        ("resolve", "looped.csv", "--row", "1", "--recorded", "--why", "seen", "--yes"),
    ],
)
def test_links_that_lead_in_a_circle(run, healthy_server, tmp_path, order):
    """Wherever one stands, a sentence names it: nothing is posted, and nobody waits for ever."""
    (tmp_path / "in").mkdir()
    for name in ("june.csv", "in/june.csv"):
        write_csv(tmp_path / name, rows(1))
    circles = [("one.html", "two.html"), ("two.html", "one.html")]
    for name in ("loop.csv", "loop.parquet", "looped.csv.journal", "folder", "in/other.csv.journal"):
        circles.append((name, name.rpartition("/")[2]))
    for name, to in circles:
        (tmp_path / name).symlink_to(to)
    before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    where = ("--base-url", healthy_server.url) if order[0] == "import" else ()
    refused = run(*order, *where, timeout=20)
    assert (refused.exit, healthy_server.ledger()) == (2, []), refused
    assert "mistake" not in refused.stderr
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*.*")} == before
