"""The controls find what is lost, changed, or not as it was counted."""

from __future__ import annotations

import pytest

from importer.errors import ResultsError
from importer.report import make_report, read_status, status_fields, status_lines
from tests.faultserver.plan import CANARY_KEY
from tests.plan.imported import imported
from tests.report.month import AGREE, GAPS, ONCE, READ, WHOLE, cut, failed, month
from tests.support.books import (
    a_book,
    end_event,
    line,
    results_event,
    start_event,
    write_journal,
    write_results,
)
from tests.support.inputs import rows, write_csv


def test_a_lost_line_is_out_of_balance(tmp_path, run_here):
    """A recorded row that was cut out of RESULTS is found by its journal, by the total, and by its number; exit 1."""
    path = month(tmp_path)
    cut(path, 1)
    report = make_report([path])
    assert failed(report) == [WHOLE, AGREE, GAPS]
    assert "june.csv row 1" in next(c.text for c in report.checks if c.name == AGREE)
    result = run_here("report", path)
    assert (result.exit, "OUT OF BALANCE" in result.stdout) == (1, True), result


def test_the_last_line_lost_is_found_by_the_total(tmp_path):
    """A row that was never sent and stood last leaves no gap, but the journal knows how much the input was."""
    path = month(tmp_path)
    cut(path, 9)
    assert failed(make_report([path])) == [WHOLE]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b",recorded,", b",rejected,", [AGREE, READ]),
        (b"24.90,sale", b"24.91,sale", [WHOLE, AGREE]),
        (b",recorded,", b",RECORDED,", [AGREE, READ]),
        (b"24.90,sale", b"lots,sale", [WHOLE, AGREE, READ]),
        (b"\n2,june", b"\n1,june", [AGREE, ONCE, GAPS]),
        (b"m0000003", b"m3", [AGREE]),
    ],
)  # fmt: skip
def test_a_changed_cell_is_out_of_balance(tmp_path, old, new, found):
    """A status, an amount, a place or an id that was changed in RESULTS is found, and by which control."""
    path = month(tmp_path)
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    report = make_report([path])
    assert [name for name in failed(report) if name != "The file is the sum of its fates"] == found
    assert next(c.ok for c in report.checks if c.name == "RESULTS is as it was written") is None


def test_results_saved_again_with_the_same_content_balance(tmp_path):
    """A spreadsheet that saved RESULTS with semicolons changed nothing that matters: it is said, and it balances."""
    path = month(tmp_path)
    import csv

    rows = list(csv.reader(path.read_text().splitlines()))
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    report = make_report([path])
    assert report.balanced, report.checks
    assert next(c for c in report.checks if c.name == "RESULTS is as it was written").ok is None


def test_copies_of_one_results_file_are_not_added_up(tmp_path):
    """Each row would count twice: the report and the status say which is a copy of which, or that one may be."""
    path, copy = month(tmp_path), tmp_path / "june (copy).results.csv"
    for end in ("", ".journal"):
        copy.with_name(copy.name + end).write_bytes(path.with_name(path.name + end).read_bytes())
    said = r"june \(copy\)\.results\.csv is a copy of .*june\.results\.csv, or an older"
    for _ in ("with its journal", "alone"):
        with pytest.raises(ResultsError, match=said):
            make_report([path, copy])
        for told in (status_fields, status_lines):
            with pytest.raises(ResultsError, match=said):
                told([read_status(path), read_status(copy)])
        copy.with_name(f"{copy.name}.journal").unlink(missing_ok=True)
    copy.write_bytes(copy.read_bytes() + b"\n")
    assert "a copy of another" in next(check.text for check in make_report([path, copy]).checks if check.name == ONCE)


def test_a_line_that_sums_up_others_is_no_row_of_the_control_totals(tmp_path, healthy_server):
    """Six rows and their total are six rows: for the import, and for its report."""
    file = write_csv(tmp_path / "june.csv", rows(6))
    file.write_text(file.read_text() + "Total,99.00,,,\n")
    settings = {"base_url": healthy_server.url, "api_key": CANARY_KEY, "rate": 0}
    status, said = imported(file, {**settings, "expect_rows": 7})
    assert (status, "has 6 rows (and 1 line that sums up others" in str(said)) == (2, True), said
    status, summary = imported(file, {**settings, "expect_rows": 6})
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"total_row": 1}, 6), summary
    told = next(
        check for check in make_report([tmp_path / "june.results.csv"]).checks if check.name == "Control totals"
    )
    assert (told.ok, told.text) == (True, "6 rows (--expect-rows) expected and found.")


@pytest.mark.parametrize(
    ("rows", "revenue", "ok"),
    [(9, "1170.705", True), (9, "1170.71", False), (10, None, False), (None, "1170.705", True)],
)
def test_control_totals_are_compared(tmp_path, rows, revenue, ok):
    """The totals that the sender named have to be those of the file, to the last digit."""
    report = make_report([month(tmp_path, control={"rows": rows, "revenue": revenue})])
    assert next(check.ok for check in report.checks if check.name == "Control totals") is ok
    assert report.balanced is ok


def test_control_totals_of_an_earlier_version_of_the_input_are_not_compared(run_here, healthy_server, tmp_path):
    """A file that has grown since is not held against the totals of the run before; new totals are, as advised."""
    file = write_csv(tmp_path / "june.csv", rows(3))
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 0)
    assert run_here(*command, "--expect-rows", 3).exit == 0
    write_csv(file, rows(5))
    assert run_here(*command).exit == 0
    grown = run_here("report", "june.results.csv", "--json")
    assert (grown.exit, [check["ok"] for check in grown.json["checks"] if check["name"] == "Control totals"]) == (
        0,
        [None],
    )
    assert "an earlier version of the input" in run_here("report", "june.results.csv").stdout
    assert run_here(*command, "--expect-rows", 5).exit == 0
    compared = run_here("report", "june.results.csv", "--json")
    assert (compared.exit, compared.json["checks"][1]["ok"]) == (0, True), compared


def test_totals_written_with_the_results_come_before_the_plan(tmp_path):
    """A run with nothing to post that read a changed input is no loss, as its results say how much they hold."""
    path = a_book(tmp_path / "r.csv", [line(1)])
    start = start_event({"pending": (1, "24.90"), "invalid": (1, "3.00")})
    totals = results_event(path, [line(1)])
    write_journal(path, [line(1)], [start, end_event((1, "24.90")), totals])
    assert make_report([path]).balanced
    write_journal(path, [line(1)], [start, end_event((1, "24.90")), {**totals, "totals": {"recorded": [2, "49.80"]}}])
    assert failed(make_report([path])) == [WHOLE]


def test_an_empty_input_is_compared_too(tmp_path, run_here):
    """An input without rows is noted as such, and where it would have gone: a line that appears later is found."""
    (tmp_path / "e.csv").write_text("message_id,revenue,attribution_type\n")
    assert run_here("import", "e.csv", "--sandbox", key=None).exit == 0
    results = tmp_path / "e.sandbox.results.csv"
    report = make_report([results])
    assert (report.targets, [check.ok for check in report.checks if check.name == WHOLE]) == (("sandbox",), [True])
    write_results(results, [line(1, "pending")])
    assert failed(make_report([results])) == [WHOLE]


def test_a_status_that_was_changed_on_a_row_never_sent_is_found(tmp_path):
    """The journal knows no fate of rows that were not sent, but what RESULTS held of each status."""
    path = a_book(tmp_path / "r.csv", [line(1), line(2, "pending", "3.30"), line(3, "duplicate", "24.90")])
    assert make_report([path]).balanced
    path.write_bytes(path.read_bytes().replace(b",pending,", b",duplicate,"))
    report = make_report([path])
    assert failed(report) == [WHOLE]
    found = next(check.text for check in report.checks if check.name == WHOLE)
    assert "duplicate 2 rows (28.20), written as 1 row (24.90); pending 0 rows (0.00), written as 1 row (3.30)" in found
