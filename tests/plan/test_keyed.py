"""Rows that a column of the user's makes different (`--key`): each is stored once, whoever knows of its key or not.

Four rows are equal in the five fields; two of these carry one conversion number. The ledger of the API is the judge.
"""

from __future__ import annotations

import csv
import itertools
import shutil
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from importer.cli.profiles.reading import read_profile
from importer.cli.profiles.shipped import path_of
from importer.errors import StorageError
from importer.journal import load
from importer.run import finish
from importer.run.pipeline import run_check
from importer.run.verdicts.given import Verdict
from importer.run.verdicts.resolving import resolve
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY, api_error, hang_up, plan, rule
from tests.plan.imported import imported
from tests.support.campaign import busy
from tests.support.oracle import read_results

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess

HEADER = ["message_id", "revenue", "attribution_type", "offer_id", "timestamp", "Conversion ID", "Invoice"]
FIELDS = ("aaaaaaaa", "24.99", "sale", "4521", "2026-06-01")
OTHER = ("bbbbbbbb", "10.00", "sale", "4521", "2026-06-02")
KEY = ("Conversion ID",)
RESULTS = "june.results.csv"


@pytest.fixture
def server(fault_server: Callable[..., FaultServerProcess]) -> FaultServerProcess:
    return fault_server()


@pytest.fixture
def importing(server: FaultServerProcess, tmp_path: Path) -> Callable[..., tuple[int, Any]]:
    """Import a file of `tmp_path` in this process, with `--key` unless told otherwise: exit status and what it says."""

    def run(name: str = "june.csv", **options: Any) -> tuple[int, Any]:
        settings = {"base_url": server.url, "api_key": CANARY_KEY, "rate": 0, "attempts": 1, "key": KEY, **options}
        settings["already"] = tuple(str(tmp_path / given) for given in options.get("already", ()))
        return imported(tmp_path / name, settings)

    return run


def write(path: Path, keys: Sequence[str], *, fields: Sequence[str] = FIELDS, header: Sequence[str] = HEADER) -> None:
    """A file of equal rows with these conversion numbers, and a row of its own at the end."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([*fields, key, f"INV-{n}"] for n, key in enumerate(keys))
        writer.writerow([*OTHER, "9999", "INV-last"])


def fates(results: Path) -> list[str]:
    return [line["error_code"] or line["status"] for line in read_results(results)]


def test_other_numbers_are_other_events_and_a_rerun_knows_them(importing, server, tmp_path):
    """Only the row with the same number twice is held; the same command again, in any order, posts nothing."""
    write(tmp_path / "june.csv", ["1", "2", "2", "3"])
    assert importing()[0] == 1
    assert fates(tmp_path / RESULTS) == ["recorded", "recorded", "duplicate_row", "recorded", "recorded"]
    for order in (["1", "2", "2", "3"], ["3", "2", "1", "2"]):
        write(tmp_path / "june.csv", order)
        assert importing()[0] == 1
        assert len(server.ledger()) == 4
    write(tmp_path / "june.csv", ["3", "4", "2", "1", "2"])
    importing()
    assert len(server.ledger()) == 5
    assert fates(tmp_path / RESULTS)[1] == "recorded"


def test_without_the_option_they_are_equal(importing, server, tmp_path):
    """The negative control: a column that nobody names makes no row different."""
    write(tmp_path / "june.csv", ["1", "2", "2", "3"])
    importing(key=())
    assert fates(tmp_path / RESULTS) == ["recorded", *["duplicate_row"] * 3, "recorded"]
    assert len(server.ledger()) == 2
    assert "key" not in read_results(tmp_path / RESULTS)[0]


def test_the_digest_is_the_last_column_and_tells_nothing(importing, tmp_path):
    """After the kept columns; equal numbers have equal digests, and no number stands in it."""
    write(tmp_path / "june.csv", ["100001", "100002", "100002", "100003"])
    importing(keep=("Invoice",))
    lines = read_results(tmp_path / RESULTS)
    assert list(lines[0])[-2:] == ["Invoice", "key"]
    keys = [line["key"] for line in lines]
    assert len(set(keys)) == 4
    assert keys[1] == keys[2]
    assert "10000" not in "".join(keys)
    assert "100001" not in (tmp_path / f"{RESULTS}.journal").read_text()


@pytest.mark.parametrize(
    ("first", "then", "alone"),
    [
        (first, then, (m + n) % 2 == 1)  # with a journal, or mailed: in turn
        for m, first in enumerate([(), KEY, ("Invoice",)])
        for n, then in enumerate([(), KEY, ("Invoice",), ("Conversion ID", "Invoice")])
    ],
)
def test_nothing_recorded_is_posted_again_whatever_key(importing, server, tmp_path, first, then, alone):
    """Each recorded row counts for one of its content, in the same results and, by `--already`, in others."""
    numbers = ["1", "2", "2", "3"]
    write(tmp_path / "june.csv", numbers)
    importing(key=first)
    stored = len(server.ledger())
    meant = {(): 2, KEY: 4}.get(then, 5)
    if alone:
        (tmp_path / f"{RESULTS}.journal").unlink()
    write(tmp_path / "other" / "copy.csv", numbers)
    _, said = importing("other/copy.csv", key=then, no_index=True, already=[RESULTS])
    assert len(server.ledger()) == max(stored, meant), said
    assert importing(key=then, already=["other/copy.results.csv"])[0] in (0, 1)
    assert len(server.ledger()) == max(stored, meant)
    assert importing("other/copy.csv", key=first, no_index=True, already=[RESULTS])[0] in (0, 1)
    assert len(server.ledger()) == max(stored, meant)


@pytest.mark.parametrize("change", ["nothing", "sort", "cut", "semicolons"])
def test_results_that_a_spreadsheet_saved(importing, server, tmp_path, change):
    """RESULTS beside its journal, changed: what is recorded in either counts, once."""
    write(tmp_path / "june.csv", ["0012", "0013", "0014"])
    importing(limit=3)
    lines = read_results(tmp_path / RESULTS)
    if change == "sort":
        lines.reverse()
    if change == "rename":
        lines = [{("key" if name != "key" else "Key "): text for name, text in line.items()} for line in lines][
            :0
        ] or lines
    if change == "cut":
        lines = [{name: text for name, text in line.items() if name != "key"} for line in lines]
    with (tmp_path / RESULTS).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]), delimiter=";" if change == "semicolons" else ",")
        writer.writeheader()
        writer.writerows(lines)
    assert importing()[0] == 0
    assert len(server.ledger()) == 4
    assert fates(tmp_path / RESULTS) == ["recorded"] * 4
    assert importing()[0] == 0
    assert len(server.ledger()) == 4


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (["0012", "0013"], ["12", "13"]),
        (["AB-1", "AB-2"], [" ab-1 ", "ab-2"]),
        (["12", "13"], ["12.0", "13.00"]),
        (["00123", "00124"], ['="00123"', "'00124"]),
        (["1234567890123", "1234567890124"], ["1.23457E+12", "1.23457E+12"]),
        (["1234567890123456789", "1234567890123456788"], ["1234567890123450000", "1234567890123450000"]),
        (["77", "78"], ["", ""]),
        (["", ""], ["77", "78"]),
        (["-", "NULL"], ["n/a", ""]),
    ],
)
def test_numbers_that_a_spreadsheet_changed_are_known(importing, server, tmp_path, was, now):
    """In the same results and in others: what it does to numbers makes no new event."""
    write(tmp_path / "june.csv", was)
    importing(duplicates="post")
    stored = len(server.ledger())
    write(tmp_path / "june.csv", now)
    write(tmp_path / "other" / "copy.csv", now)
    importing()
    importing("other/copy.csv", no_index=True, already=[RESULTS])
    assert len(server.ledger()) == stored == 3


def test_a_row_whose_number_is_another_now_is_held(importing, server, tmp_path):
    """A recorded row has gone, and one with all its fields and another number came: nobody knows whether it is that."""
    write(tmp_path / "june.csv", ["1", "2", "3"])
    importing()
    write(tmp_path / "june.csv", ["1", "2", "7"])
    for options in ({}, {"allow_missing": True}, {"key": ()}, {}):
        importing(**options)
        assert len(server.ledger()) == 4
    assert fates(tmp_path / RESULTS)[:3] == ["recorded", "recorded", "looks_recorded"]
    write(tmp_path / "june.csv", ["4", "5", "6"])
    status, said = importing()
    assert (status, len(server.ledger())) == (1, 4), said


def test_other_results_with_other_numbers_hold_nothing(importing, server, tmp_path):
    """A day's file after another's: the guard against overlaps and `--already` go by the number."""
    write(tmp_path / "june.csv", ["1", "2"])
    importing()
    with (tmp_path / "july.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, [*FIELDS, "3", ""], [*FIELDS, "4", ""]])
    status, said = importing("july.csv")
    assert (status, len(server.ledger())) == (0, 5), said
    with (tmp_path / "august.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, [*FIELDS, "5", ""], [*FIELDS, "2", ""]])
    status, said = importing("august.csv")
    assert (status, len(server.ledger())) == (2, 5), said
    status, said = importing("august.csv", already=[RESULTS, "july.results.csv"])
    assert (status, len(server.ledger())) == (0, 6), said
    assert fates(tmp_path / "august.results.csv") == ["recorded", "already_recorded"]


def test_results_without_keys_stop_and_hold_one_row_of_equal_content(importing, server, tmp_path):
    """They do not know which of the rows it was."""
    write(tmp_path / "june.csv", ["1"])
    importing(key=())
    write(tmp_path / "copy.csv", ["5", "6", "7"])
    assert importing("copy.csv")[0] == 2
    assert len(server.ledger()) == 2
    importing("copy.csv", already=[RESULTS])
    assert fates(tmp_path / "copy.results.csv") == ["already_recorded", "recorded", "recorded", "already_recorded"]
    assert len(server.ledger()) == 4
    importing("copy.csv")
    assert len(server.ledger()) == 4


@pytest.mark.parametrize("named", [True, False], ids=["--already", "nearby"])
@pytest.mark.parametrize("numbers", [["2", "4"], ["4", "2"]])
def test_two_results_never_hold_more_rows_than_there_are(importing, server, tmp_path, named, numbers):
    """One of two rows is recorded without its number here, the other with it there: whichever it was, both are."""
    write(tmp_path / "june.csv", ["2", "4"])
    importing(key=())
    shutil.copy(tmp_path / "june.csv", tmp_path / "copy.csv")
    importing("copy.csv", already=[RESULTS])
    assert len(server.ledger()) == 3
    write(tmp_path / "june.csv", numbers)
    status, said = importing(already=["copy.results.csv"] if named else [])
    assert len(server.ledger()) == 3, said
    assert status == (0 if named else 2), said


def test_rows_nearly_the_same_have_the_same_number(importing, server, tmp_path):
    """The seconds were cut: rows with their old number are held, one with another number is none of them."""
    fine = (*FIELDS[:4], "2026-06-01T10:20:30Z")
    write(tmp_path / "june.csv", ["1", "2", "3"], fields=fine)
    importing()
    write(tmp_path / "copy.csv", ["9", "3", "2"], fields=(*FIELDS[:4], "2026-06-01T10:20:00Z"))
    status, said = importing("copy.csv", already=[RESULTS])
    assert (status, len(server.ledger())) == (2, 4)
    assert "newer version" in said  # number 1 has gone, and 9 came
    importing("copy.csv", already=[RESULTS], allow_missing=True)
    assert fates(tmp_path / "copy.results.csv") == ["recorded", "looks_recorded", "looks_recorded", "already_recorded"]
    write(tmp_path / "third.csv", ["9", "3", "2"], fields=(*FIELDS[:4], "2026-06-01T10:20:00Z"))
    importing("third.csv", key=(), already=[RESULTS, "copy.results.csv"])
    assert len(server.ledger()) == 5


@pytest.mark.parametrize("bulk", [None, 3])
def test_answers_that_were_lost_are_held_with_their_number(importing, server, tmp_path, bulk):
    """In doubt, refused and recorded rows keep their own fate, and a verdict its number."""
    write(tmp_path / "june.csv", ["1", "2", "3"])
    server.replan(plan(rule(hang_up(stored=False), nth=1)))
    importing(bulk=bulk, concurrency=1)
    before = fates(tmp_path / RESULTS)
    stored = len(server.ledger())
    write(tmp_path / "june.csv", ["3", "2", "1"])
    importing(bulk=bulk)
    assert sorted(fates(tmp_path / RESULTS)) == sorted(before)
    assert len(server.ledger()) == stored
    lost = [n for n, fate in enumerate(fates(tmp_path / RESULTS), 1) if fate == "connection_lost"]
    assert lost
    resolve(
        tmp_path / RESULTS, [Verdict(row=n, recorded=False, why="not there") for n in lost], lambda _: True, sure=True
    )
    assert all(line["key"] for line in read_results(tmp_path / RESULTS))
    assert importing()[0] == 0
    assert len(server.ledger()) == 4


def test_a_rejects_file_is_imported_with_its_number(importing, server, tmp_path):
    """The refused row is posted once it is mended, beside equal rows with other numbers."""
    write(tmp_path / "june.csv", ["1", "2", "3"])
    server.replan(plan(rule(api_error(400, "message_not_found"), nth=1)))
    importing(rejects=tmp_path / "rejects.csv", concurrency=1)
    assert len(server.ledger()) == 3
    status, said = importing("rejects.csv", already=[RESULTS])
    assert (status, len(server.ledger())) == (0, 4), said
    importing("rejects.csv", already=[RESULTS])
    assert len(server.ledger()) == 4


def test_shards_have_equal_content_together(importing, server, tmp_path):
    """The number does not decide on the shard, so that a run without `--key` finds the row where it was."""
    write(tmp_path / "june.csv", [str(n) for n in range(9)])
    for key, part in itertools.product((KEY, ()), (1, 2, 3)):
        importing(key=key, shard=(part, 3), results=tmp_path / f"june.{part}.csv", overlap="stop")
    assert len(server.ledger()) == 10


def test_the_plan_covers_it(importing, server, tmp_path):
    """Another `--key`, or another number in a row, is another plan."""
    write(tmp_path / "june.csv", ["1", "2"])

    def digest(**options: Any) -> str:
        given = {"inputs": (str(tmp_path / "june.csv"),), "base_url": server.url, "key": KEY, **options}
        return str(run_check(Settings(**given)).plan)

    approved = digest()
    assert len({approved, digest(key=()), digest(key=("Invoice",))}) == 3
    assert importing(key=("Invoice",), expect_plan=approved)[0] == 2
    assert importing(expect_plan=approved)[0] == 0
    assert digest() == approved


def test_the_index_and_a_rerun_that_has_nothing_to_do(importing, server, tmp_path):
    """A finished import with keys writes nothing anew, and stays as it is without."""
    write(tmp_path / "june.csv", ["1", "2"])
    importing()
    whole = (tmp_path / RESULTS).read_bytes()
    assert importing()[0] == 0
    assert (tmp_path / RESULTS).read_bytes() == whole
    importing(key=())
    importing()
    assert [line["key"] for line in read_results(tmp_path / RESULTS)] == [
        line.split(",")[-1] for line in whole.decode().splitlines()[1:]
    ]
    assert len(server.ledger()) == 3


def test_a_kept_column_called_key_is_none(importing, server, tmp_path):
    """What stands in it is no digest, and beside one it gets another name."""
    header = [*HEADER[:5], "key", "Invoice"]
    write(tmp_path / "june.csv", ["1", "2"], header=header)
    importing(key=(), keep=("key",))
    assert [line["key"] for line in read_results(tmp_path / RESULTS)] == ["1", "2", "9999"]
    importing(key=("key",), keep=("key",))
    lines = read_results(tmp_path / RESULTS)
    assert list(lines[0])[-2:] == ["key (input)", "key"]
    assert len(server.ledger()) == 3
    shutil.rmtree(tmp_path / "state", ignore_errors=True)


@pytest.mark.parametrize(("key", "said"), [("revenue", "is the column of a field"), ("Conversion", "Did you mean")])
def test_a_column_that_cannot_be_one(importing, tmp_path, key, said):
    """A field's own column adds nothing but its spelling; one that is not there is named with the nearest."""
    write(tmp_path / "june.csv", ["1"])
    status, text = importing(key=(key,))
    assert status == 2
    assert said in text


@pytest.mark.parametrize("then", [(), KEY], ids=["without", "with"])
def test_killed_in_the_middle(warm, importing, server, tmp_path, then):
    """SIGKILL while equal rows are posted: their intents tell the number, and no rerun posts one again."""
    numbers = [str(n) for n in range(60)]
    write(tmp_path / "june.csv", numbers)
    server.replan(busy())
    command = ("import", tmp_path / "june.csv", "--base-url", server.url, "--rate", 0, "--key", *KEY)
    with warm.start(*command, "--concurrency", 4, cwd=tmp_path) as running:
        assert running.kill_after(ledger=server.ledger_path, lines=20)
    write(tmp_path / "june.csv", numbers[::-1])
    server.replan(plan())
    importing(key=then)
    importing()
    lines = read_results(tmp_path / RESULTS)
    doubts = sum(line["status"] == "in_doubt" for line in lines)
    recorded = sum(line["status"] == "recorded" for line in lines)
    assert (len(lines), recorded + doubts) == (61, 61)
    assert doubts <= 4
    assert recorded <= len(server.ledger()) <= recorded + doubts


def test_a_row_sent_again_without_the_option_keeps_its_number(importing, server, tmp_path, monkeypatch):
    """In its intent already: that run may be killed before it writes down what became of each row."""
    write(tmp_path / "june.csv", ["1"])
    server.replan(plan(rule(api_error(400, "message_not_found"))))
    importing()
    known = load(tmp_path / f"{RESULTS}.journal").fates()["key"].to_list()
    server.replan(plan())
    with monkeypatch.context() as patch:
        patch.setattr(finish, "write_everything", mock.Mock(side_effect=StorageError("No space left.")))
        assert importing(key=(), retry_rejected=True)[0] == 3
    history = load(tmp_path / f"{RESULTS}.journal")
    assert history.live["status"].to_list() == ["recorded", "recorded"]
    assert None not in known
    assert history.fates()["key"].to_list() == known
    importing(key=("Invoice",))
    assert load(tmp_path / f"{RESULTS}.journal").fates()["key"].null_count() == 0
    assert len(server.ledger()) == 2


def test_a_journal_with_keys_is_read_without_them(importing, tmp_path):
    """What a version before this one made of it: the lines of keys are passed over, and all rows are known."""
    write(tmp_path / "june.csv", ["1", "2"])
    importing()
    history = load(tmp_path / f"{RESULTS}.journal")
    assert history.fates()["key"].null_count() == 0
    assert load(tmp_path / f"{RESULTS}.journal", ("message_id", "status")).compacted.columns == ["message_id", "status"]
    kinds = [line.split("\t")[0] for line in (tmp_path / f"{RESULTS}.journal").read_text().splitlines()]
    assert (kinds.count("R"), kinds.count("K"), max(map(len, kinds))) == (3, 3, 33)


def test_the_profiles_that_come_with_the_program_have_one(tmp_path):
    """Its column is used: no warning says that nothing reads it."""
    header = ["id", "click_ref", "commission", "commission_status", "date"]
    with (tmp_path / "awin.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [[n, "aaaaaaaa", "24.99", "approved", "2026-06-01"] for n in ("11", "12", "12")]
        csv.writer(file).writerows([header, *rows])
    values = read_profile(path_of("awin"))
    values = {name: value for name, value in values.items() if name not in ("ask", "verified")}
    values |= {kind: dict(pair.split("=") for pair in values[kind]) for kind in ("map", "set")}
    summary = run_check(Settings(inputs=(str(tmp_path / "awin.csv"),), **{**values, "timezone": "UTC", "keep": ()}))
    assert (values["key"], summary.by_code) == (["id"], {"duplicate_row": 1})
    assert not any("not used" in text for text in summary.warnings)
