"""What readers ask of a report: which rows a sum is of, and what hangs on what."""

from __future__ import annotations

import html
import re

from importer.report import make_report, write_as
from importer.report.page.page import render
from tests.report.test_workbook import sheet, summary
from tests.support.books import a_book, line, planned, start_event, write_journal


def seen(text):
    """The text of a page, without its marks."""
    text = re.sub("<style.*?</style>|<svg.*?</svg>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", "", re.sub("</(?:td|th|p|li)>", " ", text))))


def test_what_is_said_of_refunds_is_of_the_rows_that_it_names(tmp_path):
    """A refund whose row is listed by another code counts in the sum of all, and not in that of its code's rows."""
    lines = []
    for row, code, revenue, more in (
        (1, "negative_revenue", "-5.25", ""),
        (2, "negative_revenue", "-20.00", ""),
        (3, "invalid_message_id", "-1000.00", "negative_revenue: '-1000.00' is negative."),
        (4, "outside_period", "-300", "negative_revenue: '-300' is negative."),
    ):
        told = f"{code}: so it is; {more}" if more else f"{code}: '{revenue}' is negative."
        lines.append({**line(row, "invalid", revenue, error_code=code, error_message=told), "Currency": "EUR"})
    lines.append({**line(5), "Currency": "USD"})
    for keep, told in ([], "-25.25"), (["Currency"], "EUR -25.25"):
        path = a_book(tmp_path / f"{len(keep)}.csv", lines, keep=keep)
        report = make_report([path])
        text = render(report)
        assert str(report.refunds.revenue) == "-1325.25"
        assert f"Refund (negative revenue), 2 rows ({told})" in seen(text)
        assert f"2 rows ({told}) under “Refund (negative revenue)”" in seen(text)
        printed = seen(text.partition("table paper codes")[2])
        at = printed.index("-20.00" + (" EUR" if keep else ""))
        assert printed.index("-5.25" + (" EUR" if keep else "")) > at  # the largest first, on their points
        write_as(report, [path], tmp_path / "r.xlsx")
        of = next(row for row in summary(tmp_path / "r.xlsx") if row[0] == "Refund (negative revenue)")
        assert (of[1], told in f"{of[2]} {of[4]}") == ("2", True)


def test_a_held_row_says_what_became_of_the_one_that_it_repeats(tmp_path):
    """Beside each in the list and on the sheet; the doubtful one is to be settled before anybody decides."""
    lines = [
        line(1, "in_doubt", "32.00"),
        line(2, "rejected", "2.00", error_code="message_not_found", error_message="message_not_found: none"),
        line(3, revenue="4.00"),
        line(4, "failed", "8.00", source="other.csv", error_code="http_429"),
        *(line(row, "duplicate", revenue, error_code="duplicate_row", error_message=f"the same as row {told}")
          for row, revenue, told in ((5, "32.00", "1 (line 2)"), (6, "2.00", "2 (line 3)"), (7, "4.00", "3"),
                                     (8, "8.00", "4 (line 5) of other.csv"), (9, "16.00", "99 (line 100)"))),
    ]  # fmt: skip
    path = a_book(tmp_path / "r.csv", lines)
    report = make_report([path])
    text = seen(render(report))
    assert "the same as row 1 (line 2), which is in doubt" in text
    assert "the same as row 2 (line 3), which is rejected" in text
    assert "the same as row 3, which is recorded" in text
    assert "row 4 (line 5) of other.csv, which is failed" in text
    assert "the same as row 99 (line 100) " in text
    assert "the same as row 1, which is in doubt" in text, "on paper in a few words"
    steps = [step.text for step in report.steps]
    first = next(number for number, step in enumerate(steps) if "1 is the same as a row in doubt: settle" in step)
    assert "1 is the same as a rejected row" in steps[first + 1]
    assert "If the equal rows (5 rows)" in steps[first + 2]
    write_as(report, [path], tmp_path / "r.xlsx")
    held = sheet(tmp_path / "r.xlsx", "Duplicate")
    assert held["The earlier row is"].to_list()[:5] == ["In doubt", "Rejected", "Recorded", "Failed", None]


def test_a_refund_is_not_among_the_cells_to_be_fixed(tmp_path):
    """Nor is anything to be fixed where there are refunds alone."""
    refund = line(
        1, "invalid", "-5", error_code="negative_revenue", error_message="negative_revenue: '-5' is negative."
    )
    bad = [line(row, "invalid", "x", error_code="invalid_revenue") for row in (2, 3)]
    texts = [
        step.text for step in make_report([a_book(tmp_path / "r.csv", [refund, *bad])]).steps if step.text[:4] != "Find"
    ]
    assert texts[0].startswith("Fix the cells of the 2 invalid rows, which are no refunds, in the file")
    assert texts[1].startswith("Take the refunded row out")
    texts = [step.text for step in make_report([a_book(tmp_path / "s.csv", [refund])]).steps if step.text[:4] != "Find"]
    assert [text.split()[0] for text in texts] == ["Take"]


def test_a_run_that_was_interrupted_says_whether_another_went_on(tmp_path):
    """And of the last one that nobody knows; the control of the journal says why it has fewer rows."""
    lines = [line(1), line(2, "invalid", "x", error_code="invalid_revenue")]
    path = a_book(tmp_path / "r.csv", lines)
    killed = {**start_event(planned(lines[:1])), "run": "killed", "at": "2026-06-01T00:00:00Z"}
    later = {**start_event(planned(lines[:1])), "run": "later", "at": "2026-06-02T00:00:00Z"}
    write_journal(path, lines, [killed, later])
    text = seen(render(make_report([path])))
    assert text.count("was interrupted; a later run went on") == 1
    assert text.count("has not ended, or was interrupted") == 1
    assert "not on record" in text
    assert " to not on record" not in text


def test_verdicts_have_their_sums(tmp_path):
    """Of each kind of verdict how many rows, and how much, beside who gave them; nonsense counts as nothing."""
    lines = [line(row, revenue="10.25") for row in (1, 2, 3)]
    path = a_book(tmp_path / "r.csv", lines)
    verdicts = [
        {"event": "verdict", "at": "2026-06-03T00:00:00Z", "by": "maria", "row": row, "source": "june.csv",
         "message_id": f"m{row}", "revenue": revenue, "verdict": verdict, "revenue_id": "", "why": "seen"}
        for row, revenue, verdict in ((1, "10.25", "recorded"), (2, "10.25", "recorded"), (3, "?", "not_recorded"))
    ]  # fmt: skip
    write_journal(path, lines, [start_event(planned(lines)), *verdicts])
    told = "3 verdicts on rows in doubt, by maria: recorded 2 rows (20.50), not recorded 1 row (0.00)."
    assert told in seen(render(make_report([path])))
