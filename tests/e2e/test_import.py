"""The main job, end to end: the whole command, real files, a real server whose ledger is the judge."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import time
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.faultserver.plan import rule, success
from tests.support.command import start
from tests.support.inputs import invalid_rows, rows, total, write_csv
from tests.support.oracle import judge

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def statuses(path: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in lines(path):
        counts[line["status"]] = counts.get(line["status"], 0) + 1
    return counts


@pytest.fixture
def imported(run_here, healthy_server, tmp_path):
    """500 rows of every kind of writing, imported."""
    month = rows(500)
    file = write_csv(tmp_path / "june.csv", month)
    result = run_here("import", file, "--base-url", healthy_server.url, "--rate", 0, "--json")
    assert result.exit == 0, result
    return month, file, result


def test_500_rows_arrive_to_the_last_digit(imported, healthy_server, tmp_path):
    """Every row is recorded, the ledger equals the file, digits as given, and the totals agree."""
    month, _, result = imported
    judge(month, tmp_path / "june.results.csv", healthy_server.ledger(), result.json)
    assert result.json["by_status"]["recorded"]["rows"] == 500
    assert Decimal(result.json["revenue"]) == total(month)
    assert sorted(row.digits for row in month) == sorted(record["revenue"] for record in healthy_server.ledger())


def test_the_same_command_again_sends_nothing(imported, run_here, healthy_server):
    """A recorded row is never posted again."""
    _, file, _ = imported
    again = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert (again.exit, again.json["requests"], len(healthy_server.ledger())) == (0, 0, 500)
    assert again.json["by_status"]["recorded"]["rows"] == 500


def test_results_alone_are_enough_to_go_on_from(imported, run_here, healthy_server, tmp_path):
    """RESULTS that were mailed or moved without their journal, with their input, send nothing."""
    _, file, _ = imported
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(file, elsewhere)
    shutil.copy(tmp_path / "june.results.csv", elsewhere)
    again = run_here("import", elsewhere / "june.csv", "--base-url", healthy_server.url, "--json")
    assert (again.exit, again.json["requests"], len(healthy_server.ledger())) == (0, 0, 500)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_results_in_both_formats_continue(run_here, healthy_server, tmp_path, suffix):
    """RESULTS as CSV or Parquet, with and without the journal, are recognised by the next run."""
    month = rows(60)
    file, results = write_csv(tmp_path / "june.csv", month), tmp_path / f"r{suffix}"
    first = run_here("import", file, "-o", results, "--base-url", healthy_server.url, "--json")
    judge(month, results, healthy_server.ledger(), first.json)
    for without in (False, True):
        if without:
            (tmp_path / f"r{suffix}.journal").unlink()
        again = run_here("import", file, "-o", results, "--base-url", healthy_server.url, "--json")
        assert (again.exit, again.json["requests"]) == (0, 0), again


def test_a_sandbox_run_does_not_stand_in_for_the_real_one(run_here, healthy_server, tmp_path):
    """After a trial with `--sandbox` the real import still sends everything."""
    month = rows(40, plain=True)
    file = write_csv(tmp_path / "june.csv", month)
    trial = run_here("import", file, "--sandbox", "--json", key=None)
    assert (trial.exit, trial.results.name) == (0, "june.sandbox.results.csv"), trial
    assert {line["target"] for line in lines(tmp_path / "june.sandbox.results.csv")} == {"sandbox"}
    real = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert (real.exit, len(healthy_server.ledger())) == (0, 40), real


def test_invalid_rows_have_their_code_and_every_other_row_is_recorded(run_here, healthy_server, tmp_path):
    """Broken rows are named, never sent, and the money balances to the last digit."""
    month = [*rows(30), *invalid_rows(), *rows(30, start=30)]
    file = write_csv(tmp_path / "june.csv", month)
    result = run_here("import", file, "--base-url", healthy_server.url, "--rate", 0, "--json")
    counts = judge(month, tmp_path / "june.results.csv", healthy_server.ledger(), result.json)
    assert (result.exit, counts["recorded"], counts["invalid"]) == (1, 60, len(invalid_rows()))
    codes = [line["error_code"] for line in lines(tmp_path / "june.results.csv") if line["status"] == "invalid"]
    assert codes == [row.code for row in invalid_rows()]


@pytest.mark.parametrize(
    "change",
    ["nothing", "a row moved", "a column to keep", "a column not kept", "an edited line", "a control total", "a blank"],
)
def test_what_is_written_already_is_not_written_again(run_here, healthy_server, tmp_path, change):
    """With everything recorded a rerun leaves RESULTS and journal as they are, unless they would say something else."""
    month = rows(20)
    file = write_csv(tmp_path / "june.csv", month)
    keep = ("--keep", "message_id")
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 0, "--json")
    run_here(*command, *(keep if change == "a column not kept" else ()))
    results = tmp_path / "june.results.csv"
    files = (results, tmp_path / "june.results.csv.journal")
    if change == "a row moved":
        month = [*month[1:], month[0]]
        write_csv(file, month)
    elif change == "a blank":  # another file, as its digest says, with the same rows
        file.write_bytes(file.read_bytes() + b"\n")
    elif change == "an edited line":
        results.write_bytes(results.read_bytes().replace(b",recorded,", b",in_doubt,", 1))
    before = [(path.read_bytes(), path.stat().st_ino) for path in files]
    more = {"a column to keep": keep, "a control total": ("--expect-rows", 20)}
    again = run_here(*command, *more.get(change, ()))
    counts = judge(month, results, healthy_server.ledger(), again.json)
    assert (again.exit, again.json["requests"], counts) == (0, 0, {"recorded": 20}), again
    after = [(path.read_bytes(), path.stat().st_ino) for path in files]
    assert (after == before) is (change == "nothing")


def test_fixed_added_and_moved_rows(run_here, healthy_server, tmp_path):
    """Three rows fixed, twenty added, the file reversed: exactly 23 requests."""
    good, broken = rows(100), invalid_rows()[:3]
    file = write_csv(tmp_path / "june.csv", [*good[:50], *broken, *good[50:]])
    run_here("import", file, "--base-url", healthy_server.url, "--rate", 0)
    assert len(healthy_server.requests(method="POST")) == 100
    fixed, added = rows(3, start=100), rows(20, start=103)
    month = [*good[:50], *fixed, *good[50:], *added][::-1]
    write_csv(file, month)
    again = run_here("import", file, "--base-url", healthy_server.url, "--rate", 0, "--json")
    judge(month, tmp_path / "june.results.csv", healthy_server.ledger(), again.json)
    assert (again.exit, again.json["requests"]) == (0, 23)


def test_removed_rows_are_kept_at_the_end(imported, run_here, healthy_server, tmp_path):
    """Recorded rows that are no longer in the input are not forgotten, and do not stop the rest."""
    month, file, _ = imported
    added = rows(5, start=500)
    write_csv(file, [*month[10:], *added])
    again = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert (again.exit, again.json["requests"], again.json["rows"]) == (0, 5, 495), again
    assert [line["row"] for line in lines(tmp_path / "june.results.csv")][-10:] == [""] * 10
    write_csv(file, [*month, *added])
    back = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert (back.exit, back.json["requests"]) == (0, 0), back


@pytest.mark.parametrize("column", [0, 1, 4])
def test_a_recorded_row_that_was_changed_is_not_taken_for_a_new_one(imported, run_here, healthy_server, column):
    """One whose amount or date changed stops the run before anything is sent; one whose id changed its case is held."""
    month, file, _ = imported
    at = next(i for i, row in enumerate(month) if row.message_id[0].isalpha())
    cells = list(month[at].cells)
    cells[column] = {0: month[at].message_id.swapcase(), 1: "7.77", 4: "2024-02-29T01:02:03Z"}[column]
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("message_id", "revenue", "attribution_type", "offer_id", "timestamp"))
        writer.writerows(tuple(cells) if i == at else row.cells for i, row in enumerate(month))
    again = run_here("import", file, "--base-url", healthy_server.url)
    held, stopped = "looks_recorded" in again.stdout, "--allow-missing" in again.stderr
    assert (again.exit, held, stopped) == ((1, True, False) if column == 0 else (2, False, True)), again
    assert len(healthy_server.ledger()) == 500


def test_another_file_into_the_same_results_is_refused(imported, run_here, healthy_server, tmp_path):
    """Results belong to their input; another month's file with the same -o posts nothing."""
    july = write_csv(tmp_path / "july.csv", rows(20, start=2000))
    again = run_here("import", july, "-o", "june.results.csv", "--base-url", healthy_server.url)
    assert (again.exit, len(healthy_server.ledger())) == (2, 500), again


def test_another_timezone_is_refused(run_here, healthy_server, tmp_path):
    """Rows whose time would be read differently now are other rows: refused, not posted a second time."""
    file = tmp_path / "june.csv"
    file.write_text("message_id,revenue,attribution_type,timestamp\na1b2c3d4,5,sale,2026-06-01 12:00\n")
    run_here("import", file, "--base-url", healthy_server.url)
    again = run_here("import", file, "--base-url", healthy_server.url, "--timezone", "Europe/Berlin")
    assert (again.exit, len(healthy_server.ledger())) == (2, 1), again


def test_the_same_export_under_another_name_is_refused(imported, run_here, healthy_server, tmp_path):
    """Another results file that records these rows is found, named with rows and amount, and can be overruled."""
    month, file, _ = imported
    copy = shutil.copy(file, tmp_path / "june (1).csv")
    again = run_here("import", copy, "--base-url", healthy_server.url)
    assert (again.exit, len(healthy_server.ledger())) == (2, 500)
    assert "june.results.csv" in again.stderr
    assert f"{total(month):,}" in again.stderr
    other = run_here("import", file, "-o", "other.csv", "--base-url", healthy_server.url)
    assert other.exit == 2, other
    held = run_here("import", copy, "--already", "june.results.csv", "--base-url", healthy_server.url, "--json")
    assert (held.exit, held.json["requests"], held.json["by_code"]) == (0, 0, {"already_recorded": 500}), held


def test_duplicates_are_held_until_somebody_decides(run_here, healthy_server, tmp_path):
    """Equal rows are held by default, posted with `post` also later, left out with `skip`."""
    file = write_csv(tmp_path / "june.csv", [*rows(5), *rows(2), *rows(1)])
    first = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert (first.exit, first.json["by_code"], len(healthy_server.ledger())) == (1, {"duplicate_row": 3}, 5), first
    skip = run_here("import", file, "--duplicates", "skip", "--base-url", healthy_server.url, "--json")
    assert (skip.exit, skip.json["requests"]) == (0, 0), skip
    post = run_here("import", file, "--duplicates", "post", "--base-url", healthy_server.url, "--json")
    assert (post.exit, post.json["requests"], len(healthy_server.ledger())) == (0, 3, 8), post
    again = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert (again.exit, again.json["requests"]) == (0, 0), again


@pytest.mark.parametrize("lost", ["option", "journal"])
def test_rows_held_for_other_results_stay_held(run_here, healthy_server, tmp_path, lost):
    """Also without `--already`, and without the journal; equal rows beyond those that were held may be posted."""
    may, june = tmp_path / "may", tmp_path / "june"
    for folder in (may, june):
        folder.mkdir()
    run_here("import", write_csv(may / "may.csv", rows(5)), "--base-url", healthy_server.url)
    file = write_csv(june / "june.csv", [*rows(10), *rows(2)])
    command = ("import", file, "--duplicates", "post", "--base-url", healthy_server.url, "--json")
    first = run_here(*command, "--already", may / "may.results.csv")
    assert (first.json["by_code"], first.json["requests"]) == ({"already_recorded": 5}, 7), first
    if lost == "journal":
        (june / "june.results.csv.journal").unlink()
    for more in ((), (), ("--already", may / "may.results.csv"), ()):
        again = run_here(*command, *more)
        assert (again.json["by_code"], again.json["requests"]) == ({"already_recorded": 5}, 0), again
    added = run_here("import", write_csv(june / "june.csv", [*rows(11), *rows(2)]), *command[2:])
    assert (added.json["by_code"], added.json["requests"]) == ({"already_recorded": 5}, 1), added
    assert len(healthy_server.ledger()) == 5 + 7 + 1


def test_a_killed_run_that_held_rows_is_continued_with_its_option(run_here, fault_server, tmp_path):
    """What it held is written at its end only: without the option the next run would not know of these rows."""
    server = fault_server(rule(success().but(delay_s=30), nth=6))
    (tmp_path / "june").mkdir()
    run_here("import", write_csv(tmp_path / "may.csv", rows(5)), "--base-url", server.url)
    file = write_csv(tmp_path / "june" / "june.csv", rows(10))
    already = ("--already", tmp_path / "may.results.csv")
    with start("import", file, "--base-url", server.url, "--rate", 0, *already, cwd=tmp_path) as running:
        while len(server.requests(method="POST")) < 6:
            time.sleep(0.01)
        running.kill()
    refused = run_here("import", file, "--base-url", server.url)
    assert (refused.exit, f"--already {already[1]}" in refused.stderr) == (2, True), refused
    ended = run_here("import", file, "--base-url", server.url, *already, "--json")
    assert (ended.json["by_code"].get("already_recorded"), ended.exit) == (5, 1), ended
    assert run_here("import", file, "--base-url", server.url, "--json").json["requests"] == 0


def test_a_held_row_names_the_row_that_it_equals(run_here, healthy_server, tmp_path):
    """By its place: in its own file, in another one, in a file without lines; on the terminal and in the results."""
    write_csv(tmp_path / "a.csv", [*rows(2), *rows(1)])
    write_csv(tmp_path / "b.csv", [*rows(1, start=7), *rows(2)[1:]])
    pl.read_csv(tmp_path / "a.csv", infer_schema=False).write_parquet(tmp_path / "c.parquet")
    checked = run_here("check", "a.csv", "b.csv", "c.parquet", "-o", "out.csv")
    run_here("import", "a.csv", "b.csv", "c.parquet", "-o", "out.csv", "--base-url", healthy_server.url)
    held = {f"{line['source']} {line['row']}": line["error_message"] for line in lines(tmp_path / "out.csv")}
    assert {place: why for place, why in held.items() if why} == {
        "a.csv 3": "the same as row 1 (line 2)",
        "b.csv 2": "the same as row 2 (line 3) of a.csv",
        "c.parquet 1": "the same as row 1 (line 2) of a.csv",
        "c.parquet 2": "the same as row 2 (line 3) of a.csv",
        "c.parquet 3": "the same as row 1 (line 2) of a.csv",
    }
    assert "b.csv row 2 (line 3): the same as row 2 (line 3) of a.csv" in checked.stdout
    alone = run_here("import", "c.parquet", "-o", "c.csv", "--overlap", "allow", "--base-url", healthy_server.url)
    assert "c.parquet row 3: the same as row 1\n" in alone.stdout


def test_an_edited_results_file_is_set_aside(imported, run_here, healthy_server, tmp_path):
    """RESULTS is the user's copy: changed by hand it is kept aside and written anew from the journal."""
    _, file, _ = imported
    results = tmp_path / "june.results.csv"
    whole = results.read_text()
    for change in (whole.replace("recorded", "pending"), whole[: len(whole) // 2], "junk", ""):
        results.write_text(change)
        again = run_here("import", file, "--base-url", healthy_server.url, "--json")
        assert (again.exit, again.json["requests"]) == (0, 0), again
        assert results.read_bytes().decode() == whole.replace("\n", "\r\n") or results.read_text() == whole
    assert len(list(tmp_path.glob("june.results.csv.edited*"))) == 4
    results.unlink()
    again = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert (again.exit, again.json["requests"], len(healthy_server.ledger())) == (0, 0, 500), again


@pytest.mark.parametrize("content", ["", "hello\n", "a,b\n1,2\n", "message_id,revenue,attribution_type\n"])
def test_a_file_that_is_not_results_is_never_overwritten(run_here, healthy_server, tmp_path, content):
    """-o that names something else is refused and left as it is."""
    file = write_csv(tmp_path / "june.csv", rows(3))
    mine = tmp_path / "mine.csv"
    mine.write_text(content)
    result = run_here("import", file, "-o", mine, "--base-url", healthy_server.url)
    assert (result.exit, mine.read_text(), healthy_server.ledger()) == (2, content, []), result


def test_results_of_another_target_are_refused(imported, run_here, fault_server, healthy_server):
    """Results of one API are not continued against another."""
    _, file, _ = imported
    other = fault_server()
    result = run_here("import", file, "--base-url", other.url)
    assert (result.exit, other.ledger()) == (2, []), result


def test_after_a_wrong_host_the_same_command_with_the_right_one_goes_on(run_here, healthy_server, tmp_path):
    """A run that reached nobody has no fate to keep: the next one may go to another API, with the same results."""
    month = rows(20)
    file = write_csv(tmp_path / "june.csv", month)
    wrong = run_here("import", file, "--base-url", "http://127.0.0.1:9/api", "--attempts", 1, "--json")
    assert (wrong.exit, wrong.json["by_status"]["pending"]["rows"]) == (3, 20), wrong
    right = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert right.exit == 0, right
    judge(month, tmp_path / "june.results.csv", healthy_server.ledger(), right.json)
    report = run_here("report", "june.results.csv", "--json")
    assert (report.exit, report.json["targets"]) == (0, [lines(tmp_path / "june.results.csv")[0]["target"]]), report
    back = run_here("import", file, "--base-url", "http://127.0.0.1:9/api")
    assert (back.exit, "--base-url" in back.stderr, "TRACKLY_BASE_URL" in back.stderr) == (2, True, True), back


def test_one_missing_row_is_one(run_here, healthy_server, tmp_path):
    """A single row that left the input is spoken of as one."""
    file = write_csv(tmp_path / "june.csv", rows(5))
    run_here("import", file, "--base-url", healthy_server.url)
    write_csv(file, rows(4))
    result = run_here("import", file, "--base-url", healthy_server.url)
    assert "1 row that the input has no longer; it stays at its end" in result.stderr, result
    again = run_here("import", file, "--allow-missing", "--base-url", healthy_server.url)
    assert "1 row that the input has no longer; it stays at its end" in again.stderr, again


def test_strict_posts_nothing_while_a_row_is_open(run_here, healthy_server, tmp_path):
    """`--strict`: all or nothing."""
    file = write_csv(tmp_path / "june.csv", [*rows(5), invalid_rows()[0]])
    result = run_here("import", file, "--strict", "--base-url", healthy_server.url, "--json")
    assert (result.exit, healthy_server.ledger(), result.json["by_status"]["pending"]["rows"]) == (1, [], 5), result


def test_control_totals(run_here, healthy_server, tmp_path):
    """A difference of one row or one cent posts nothing; the right totals go through."""
    month = rows(20)
    file = write_csv(tmp_path / "june.csv", month)
    exact = total(month)
    for wrong in (("--expect-rows", 19), ("--expect-total", exact + Decimal("0.01"))):
        result = run_here("import", file, *wrong, "--base-url", healthy_server.url)
        assert (result.exit, healthy_server.ledger()) == (2, []), result
    right = run_here("import", file, "--expect-rows", 20, "--expect-total", exact, "--base-url", healthy_server.url)
    assert (right.exit, len(healthy_server.ledger())) == (0, 20), right


def test_the_report_is_of_the_run_that_was_asked_for(run_here, healthy_server, tmp_path):
    """Control totals that came later and a row that was added later are in it; so is the pace of that which posted."""
    file = write_csv(tmp_path / "june.csv", rows(40))
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 0)
    run_here(*command)
    run_here(*command, "--expect-rows", 40)
    told = run_here("report", "june.results.csv", "--json").json
    assert [one["requests"] for one in told["runs"]] == [40, 0]
    assert "[ok] Control totals" in run_here("report", "june.results.csv").stdout
    write_csv(file, [*rows(40), invalid_rows()[3]])
    for _ in range(3):
        run_here(*command)
    told = run_here("report", "june.results.csv", "--json").json
    assert [one["requests"] for one in told["runs"]] == [40, 0]
    assert told["runs"][-1]["inputs"][0]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    page = tmp_path / "june.html"
    run_here("report", "june.results.csv", "--html", page)
    assert "Nothing was sent" not in page.read_text()


def test_a_killed_run_ends_with_the_one_that_finds_nothing_left(run_here, fault_server, tmp_path):
    """Killed with its last rows in flight, a run has an end in the report once it was run again."""
    server = fault_server(rule(success().but(delay_s=30)))
    file = write_csv(tmp_path / "june.csv", rows(3))
    with start("import", file, "--base-url", server.url, "--rate", 0, cwd=tmp_path) as running:
        while len(server.requests(method="POST")) < 1:
            time.sleep(0.01)
        running.kill()
    run_here("import", file, "--base-url", server.url, "--limit", 0)
    told = run_here("report", "june.results.csv").stdout
    assert "provisional" not in told.lower()
    assert told.count("[--]") == 1, "the control totals, of which none were given"


def test_an_import_that_has_nothing_to_post_is_audited_once(run_here, healthy_server, tmp_path):
    """The report has the input, its digest and the control totals also where no row could be posted."""
    file = write_csv(tmp_path / "june.csv", invalid_rows())
    count = len(file.read_text().splitlines()) - 1
    for _ in range(2):
        run_here("import", file, "--expect-rows", count, "--base-url", healthy_server.url)
    told = run_here("report", "june.results.csv").stdout
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert healthy_server.requests() == []
    assert told.count(digest) == 1
    assert "[ok] Control totals" in told


def test_limit_is_a_canary(run_here, healthy_server, tmp_path):
    """`--limit N` posts N rows; the rest stays pending and follows later."""
    file = write_csv(tmp_path / "june.csv", rows(10))
    first = run_here("import", file, "--limit", 3, "--base-url", healthy_server.url, "--json")
    assert (first.exit, first.json["requests"]) == (1, 3), first
    assert statuses(tmp_path / "june.results.csv") == {"recorded": 3, "pending": 7}
    rest = run_here("import", file, "--base-url", healthy_server.url, "--json")
    assert (rest.exit, rest.json["requests"], len(healthy_server.ledger())) == (0, 7, 10)


def test_rejects_can_be_fixed_and_imported(run_here, healthy_server, tmp_path):
    """The rejects file repeats header and cells of the refused lines, and is an input like any other."""
    file = tmp_path / "june.csv"
    file.write_text(
        "Invoice,Message ID,Revenue,Attribution Type\n"
        "A1,a1b2c3d4,5.00,sale\nA2,short,6.50,sale\nA3,a1b2c3d5, -7 ,sale\n"
    )
    first = run_here("import", file, "--rejects", "fix.csv", "--base-url", healthy_server.url)
    assert first.exit == 1, first
    fix = tmp_path / "fix.csv"
    back = lines(fix)
    assert [(line["Invoice"], line["Message ID"], line["Revenue"], line["error_code"]) for line in back] == [
        ("A2", "short", "6.50", "invalid_message_id"),
        ("A3", "a1b2c3d5", " -7 ", "negative_revenue"),
    ]
    fix.write_text(fix.read_text().replace("short", "longerid").replace(" -7 ", "7"))
    second = run_here("import", fix, "--base-url", healthy_server.url, "--json")
    assert (second.exit, len(healthy_server.ledger())) == (0, 3), second


def test_kept_columns_stand_at_the_end(run_here, healthy_server, tmp_path):
    """`--keep` repeats input columns in the results, and names that results use themselves are told apart."""
    file = tmp_path / "june.csv"
    file.write_text("message_id,revenue,attribution_type,Invoice,status\na1b2c3d4,5.00,sale,=A1,paid\n")
    run_here("import", file, "--keep", "all", "--base-url", healthy_server.url)
    line = lines(tmp_path / "june.results.csv")[0]
    assert (line["Invoice"], line["status (input)"], line["status"]) == ("'=A1", "paid", "recorded")


def test_check_posts_nothing_and_needs_no_key(run_here, tmp_path):
    """`check` works without key and network and says what an import would do."""
    file = write_csv(tmp_path / "june.csv", [*rows(5), *invalid_rows()[:2], *rows(1)])
    result = run_here("check", file, "--json", key=None)
    assert result.exit == 1, result
    assert {status: share["rows"] for status, share in result.json["by_status"].items()} == {
        "invalid": 2,
        "duplicate": 1,
        "pending": 5,
    }
    assert list(tmp_path.iterdir()) == [file]
    assert run_here("check", write_csv(tmp_path / "good.csv", rows(5)), key=None).exit == 0


def test_resume_only(run_here, healthy_server, tmp_path):
    """A scheduler's second try has something to resume, or ends with 2."""
    file = write_csv(tmp_path / "june.csv", rows(5))
    assert run_here("import", file, "--resume-only", "--base-url", healthy_server.url).exit == 2
    run_here("import", file, "--limit", 2, "--base-url", healthy_server.url)
    rest = run_here("import", file, "--resume-only", "--base-url", healthy_server.url)
    assert (rest.exit, len(healthy_server.ledger())) == (0, 5)


def test_the_journal_holds_no_less_than_the_results(imported, tmp_path):
    """The journal is compacted to one line a row at the end of a run."""
    text = (tmp_path / "june.results.csv.journal").read_bytes()
    assert text.count(b"\nR\t") == 500
    assert b"\nI\t" not in text


def test_files_are_for_the_owner_only(imported, tmp_path):
    """Results and journals are money: mode 0600."""
    for name in ("june.results.csv", "june.results.csv.journal"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_two_files_are_one_import(run_here, healthy_server, tmp_path):
    """Several files share one results file; `source` and `row` tell them apart."""
    one, two = write_csv(tmp_path / "a.csv", rows(3)), write_csv(tmp_path / "b.csv", rows(4, start=3))
    assert run_here("import", one, two, "--base-url", healthy_server.url).exit == 2
    result = run_here("import", one, two, "-o", "all.csv", "--base-url", healthy_server.url)
    assert result.exit == 0, result
    places = [(line["source"], line["row"]) for line in lines(tmp_path / "all.csv")]
    assert places == [("a.csv", str(i)) for i in (1, 2, 3)] + [("b.csv", str(i)) for i in (1, 2, 3, 4)]


def test_standard_input(run, healthy_server, tmp_path):
    """`-` reads CSV from standard input and needs a name for the results."""
    text = write_csv(tmp_path / "in.txt", rows(4)).read_bytes()
    result = run("import", "-", "-o", "r.csv", "--base-url", healthy_server.url, stdin=text)
    assert (result.exit, len(healthy_server.ledger())) == (0, 4), result


def test_a_results_file_is_not_an_input(imported, run_here, healthy_server):
    """Results and journals are refused as input by name."""
    for name in ("june.results.csv", "june.results.csv.journal"):
        result = run_here("import", name, "-o", "x.csv", "--base-url", healthy_server.url)
        assert result.exit == 2, result
    assert len(healthy_server.ledger()) == 500


def test_two_runs_at_once_leave_one(run_here, warm, fault_server, tmp_path):
    """The second run on one RESULTS ends with 2 at once."""
    from tests.faultserver.plan import rule, success

    slow = fault_server(rule(success().but(delay_s=0.4)))
    file = write_csv(tmp_path / "june.csv", rows(6))
    first = warm.start("import", file, "--concurrency", 1, "--base-url", slow.url, cwd=tmp_path)
    while not slow.ledger():
        assert first.alive
    second = run_here("import", file, "--base-url", slow.url)
    assert second.exit == 2, second
    assert first.wait().exit == 0
    assert len(slow.ledger()) == 6


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("page.csv", b"<!doctype html><html></html>"),
        ("zip.csv", b"PK\x03\x04junk"),
        ("nul.csv", b"message_id,revenue,attribution_type\na\0b,1,sale\n"),
        ("open.csv", b'message_id,revenue,attribution_type\na1b2c3d4,1,"sale\n'),
        ("headers.csv", b"id,money\n1,2\n"),
        ("twice.csv", b"message_id,revenue,Revenue,attribution_type\na1b2c3d4,1,2,sale\n"),
        ("comma.csv", b"message_id;revenue;attribution_type\na1b2c3d4;24,99;sale\n"),
        ("bad.parquet", b"PAR1junk"),
        ("bad.xlsx", b"PK\x03\x04junk"),
        ("bad.csv.gz", b"\x1f\x8bjunk"),
    ],
)
def test_bad_input_ends_in_a_sentence(run_here, healthy_server, tmp_path, name, content):
    """Whatever is wrong with a file: exit 2, one sentence, no traceback, nothing posted, nothing left behind."""
    (tmp_path / name).write_bytes(content)
    for command in ("check", "import"):
        result = (
            run_here(command, name, "--base-url", healthy_server.url)
            if command == "import"
            else run_here(command, name)
        )
        assert result.exit == 2, result
        assert "error: " in result.stderr
        assert "Traceback" not in result.stderr
        assert "mistake in revenue-importer" not in result.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [name]


def test_the_samples_import_into_the_sandbox(run_here, tmp_path):
    """The sample month is clean; in the messy one each broken row has its code and the money balances."""
    for sample in SAMPLES.iterdir():
        shutil.copy(sample, tmp_path)
    clean = run_here("import", "june_2026.csv", "--sandbox", "--rate", 0, "--json", key=None)
    assert (clean.exit, list(clean.json["by_status"])) == (0, ["recorded"]), clean
    messy = run_here(
        *("import", "june_2026_messy.csv", "--sandbox", "--rate", 0, "--timezone", "America/New_York", "--json"),
        key=None,
    )
    assert messy.exit == 1
    shares = messy.json["by_status"].values()
    assert sum(share["rows"] for share in shares) == messy.json["rows"]
    assert sum(Decimal(share["revenue"]) for share in shares) == Decimal(messy.json["revenue"])
    expected = {"ragged_row", "duplicate_row", "message_not_found", "ambiguous_timestamp", "nonexistent_timestamp"}
    assert expected <= set(messy.json["by_code"])
    for other in ("june_2026.parquet", "june_2026.xlsx"):
        options = ("-o", f"{other}.csv", "--overlap", "allow", "--sandbox", "--rate", 0, "--json")
        result = run_here("import", other, *options, key=None)
        assert (result.exit, result.json["revenue"]) == (0, clean.json["revenue"]), result


def test_rows_left_out_knowingly_are_nothing_to_decide(run_here, healthy_server, tmp_path):
    """With --duplicates skip neither summary nor report asks again, and the commands of the report keep it."""
    file = write_csv(tmp_path / "june.csv", [*rows(2), *rows(1), invalid_rows()[0]])
    shown = run_here("import", file, "--base-url", healthy_server.url, "--duplicates", "skip").stdout
    report = run_here("report", "june.results.csv").stdout
    assert ("decide" in shown, "events of their own" in report) == (False, False), (shown, report)
    assert "left out knowingly" in shown
    assert "Nothing to do about" in report
    assert "--duplicates skip" in report.split("Next:")[1]


def test_json_is_the_last_thing_on_stdout(imported):
    """With `--json` stdout is one object with the promised keys."""
    _, _, result = imported
    summary = json.loads(result.stdout)
    keys = ["rows", "revenue", "by_status", "by_code", "by_attribution_type", "by_month", "refunds", "first_timestamp"]
    keys += ["last_timestamp", "posted", "target", "withheld", "warnings", "version", "run", "plan", "results", "files"]
    assert list(summary) == [*keys, "duration_s", "requests", "retries", "stopped", "exit"]


def test_a_revenue_id_is_kept_to_the_letter(run_here, fault_server, tmp_path):
    """An id that looks as if it held escapes comes back as the API gave it, also from a journal alone."""
    name = r"r\n-\t\\0"
    server = fault_server(rule(success(revenue_id=json.dumps(name))))
    write_csv(tmp_path / "june.csv", rows(1))
    assert run_here("import", "june.csv", "--base-url", server.url).exit == 0
    assert [line["revenue_id"] for line in lines(tmp_path / "june.results.csv")] == [name]
    (tmp_path / "june.results.csv").unlink()
    assert run_here("import", "june.csv", "--base-url", server.url).exit == 0
    assert [line["revenue_id"] for line in lines(tmp_path / "june.results.csv")] == [name]
