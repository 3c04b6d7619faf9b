"""The report on a terminal."""

from __future__ import annotations

from importer.report import make_report
from importer.report.page.page import render
from importer.report.terminal import report_lines
from importer.text import Screen
from tests.report.month import cut, month
from tests.support.books import (
    a_book,
    end_event,
    line,
    planned,
    start_event,
    write_journal,
    write_results,
)


def test_the_terminal_report_fits_and_obeys_nothing(tmp_path):
    """Lines of text keep to 80 columns, commands apart, and control characters from a file are shown."""
    lines = [
        line(1, "rejected", error_message="\x1b[31mred"),
        line(2, "in_doubt", message_id="\x1b]0;x", source="a\u202eb.csv"),
    ]
    shown = report_lines(make_report([write_results(tmp_path / "r.csv", lines)]))
    assert all(len(text) <= 80 or "revenue-importer" in text for text in shown), shown
    assert all(text.isprintable() for text in shown)


def test_a_row_that_breaks_two_rules_is_told_of_both(tmp_path):
    """It is counted by the first, and the second says so; in its reason both stand in words, cells are no reasons."""
    both = "invalid_message_id: 'x; missing_revenue: y' is none; invalid_revenue: 'oops' is no amount."
    lines = [
        line(1, "invalid", "oops", error_code="invalid_message_id", error_message=both),
        line(2, "invalid", "7", error_code="missing_revenue"),
        *(line(row, "invalid", "oops", error_code="invalid_revenue") for row in (3, 4)),
    ]
    report = make_report([write_results(tmp_path / "r.csv", lines)])
    assert {one.code: (one.rows, one.further) for one in report.reasons} == {
        "invalid_message_id": (1, 0),
        "invalid_revenue": (2, 1),
        "missing_revenue": (1, 0),
    }
    page, shown = render(report), "\n".join(report_lines(report))
    assert "also in 1 row that is counted by another reason" in page
    assert "    also in 1 row that is counted by another reason\n    the first: june.csv row 3: message" in shown
    assert "is none; also invalid revenue [invalid_revenue]: &#39;oops&#39; is no amount." in page


def test_the_terminal_report_says_how_it_went(tmp_path):
    """Requests, repeats, 429s, pauses and answer times of each run; offers, and names of lines as long as fit."""
    lines = [line(1), line(2, offer_id="66a4f0c2b1d94e7f8a310c01", timestamp=None)]
    path = a_book(tmp_path / "r.csv", lines)
    end = end_event(
        (2, "49.80"), throttled=2, paused_s=1.5, latency_ms={"p50": 41.5, "p90": 80, "p99": 120, "max": 300}
    )
    write_journal(path, lines, [start_event(planned(lines)), end])
    shown = " ".join(" ".join(report_lines(make_report([path]))).split())
    assert "10, of which 1 repeated and 2 throttled (429); paused 1.5 s; answered in" in shown
    assert "41.5 ms (median), 120 ms (99 %)" in shown
    assert "66a4f0c2b1d94e7f8a310c01" in shown
    assert "no timestamp (dated when posted)" in shown


def test_the_verdict_is_red_on_a_terminal_that_has_colours(tmp_path, run_tty):
    """Out of balance is red, open rows are yellow, all done is green; no colour where NO_COLOR asks for none."""
    done = a_book(tmp_path / "done.csv", [line(1), line(2, "duplicate", error_code="already_recorded")])
    assert b"\x1b[1;32mIN BALANCE" in run_tty("report", done, env={"NO_COLOR": None}).raw
    path = month(tmp_path)
    assert b"\x1b[1;33mIN BALANCE" in run_tty("report", path, env={"NO_COLOR": None}).raw
    cut(path, 1)
    result = run_tty("report", path, env={"NO_COLOR": None})
    assert (result.exit, b"\x1b[1;31mOUT OF BALANCE\x1b[0m" in result.raw) == (1, True), result
    assert b"\x1b" not in run_tty("report", path, env={"NO_COLOR": "1"}).raw


def test_the_screen_is_used_and_statuses_have_colours(tmp_path):
    """A wide terminal has longer lines; the words of statuses are coloured, and nothing else tells them apart."""
    report = make_report([month(tmp_path)])
    narrow, wide = report_lines(report), report_lines(report, Screen(120, coloured=True))
    assert max(len(text) for text in wide if "revenue-importer" not in text and "\x1b" not in text) > 80
    assert any("\x1b[33mIn doubt\x1b[0m: No answer in time [timeout]" in text for text in wide)
    assert any("  In doubt: No answer in time [timeout], 1 row (100.00)" in text for text in narrow)


def test_many_rows_in_doubt_are_the_largest(tmp_path):
    """Of more than are shown those with the largest amounts, and how many more there are."""
    lines = [line(row, "in_doubt", f"{row}.00") for row in range(1, 38)]
    shown = report_lines(make_report([a_book(tmp_path / "r.csv", lines)]))
    assert any("row 37: message m0000037, 37.00, " in text for text in shown)
    assert not any("row 17: message" in text for text in shown)
    assert any(text.startswith("  and 17 more") for text in shown)
