"""The HTML report: complete in itself, everything escaped, small, and the same numbers as everywhere."""

from __future__ import annotations

import html
import itertools
import json
import re
from html.parser import HTMLParser

from importer.report import make_report, report_fields, report_lines, sentences, write_report
from importer.report.page.page import render
from importer.report.page.plots import rate_over_run, revenue_over_time
from importer.text import Screen, amount
from tests.report.month import MONTH, cut, month
from tests.support.books import a_book, end_event, line, planned, start_event, write_journal, write_results

PLAN = "sha256:" + "cd" * 32
EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=y>\u202e\x1b[31m"


class Page(HTMLParser):
    """Tags with their attributes, ids, links, and the text of table cells."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.cells, self._cell = [], [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if tag in ("td", "th"):
            self._cell = ""

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.cells.append(self._cell)
            self._cell = None


def page_of(tmp_path, lines, **start):
    path = a_book(tmp_path / "r.csv", lines, **start)
    return make_report([path]), render(make_report([path]))


def test_every_figure_stands_in_the_page(tmp_path):
    """Rows and revenue of every status, and the total, are in the page as they are in the numbers."""
    report = make_report([month(tmp_path)])
    page = Page(render(report))
    for part in (report.total, *report.by_status.values()):
        assert amount(part.revenue, 3) in page.cells, part
    assert "1,170.705" in page.cells


def test_nothing_from_the_data_is_markup(tmp_path):
    """Whatever stands in a cell, a file name, an option, a verdict or the API's words is text in the page."""
    lines = [
        line(row, status, source=EVIL, message_id=EVIL, offer_id=EVIL, error_code=EVIL, error_message=EVIL, target=EVIL)
        for row, status in enumerate(
            ("recorded", "rejected", "invalid", "duplicate", "failed", "in_doubt", "pending"), 1
        )
    ]
    fact = {"name": EVIL, "path": EVIL, "bytes": 1, "sha256": EVIL}
    path = a_book(tmp_path / "r.csv", lines)
    verdict = {"event": "verdict", "at": EVIL, "by": EVIL, "row": 1, "source": EVIL, "message_id": EVIL, "revenue": "1",
               "verdict": EVIL, "revenue_id": EVIL, "why": EVIL}  # fmt: skip
    start = start_event(planned(lines), inputs=[fact], version=EVIL, map={EVIL: EVIL})
    write_journal(path, lines, [start, end_event((1, "24.90"), stopped=EVIL), verdict])
    text = render(make_report([path]))
    page = Page(text)
    assert not [tag for tag, _ in page.tags if tag in ("script", "img", "iframe", "object", "form", "input")]
    assert not [name for _, given in page.tags for name in given if name.startswith("on")]
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert text.count("&lt;script&gt;") > 20


def test_the_page_asks_nothing_of_the_network(tmp_path):
    """No address but anchors within the page, each of which exists; a policy that forbids the rest."""
    _, text = page_of(tmp_path, MONTH)
    page = Page(text)
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links), page.links
    assert len(page.ids) == len(set(page.ids))
    assert not re.search(r"(?:src|href)=.?(?:https?:)?//|url\(|@import", text)
    assert "default-src 'none'" in text


def test_the_page_is_accessible(tmp_path):
    """Headings do not skip a level, header cells have a scope, tables a caption, drawings a title and a description."""
    _, text = page_of(tmp_path, MONTH)
    page = Page(text)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all("scope" in given for tag, given in page.tags if tag == "th")
    names = [tag for tag, _ in page.tags]
    assert names.count("table") == names.count("caption")
    drawings = [given for tag, given in page.tags if tag == "svg" and given.get("role") == "img"]
    assert len(drawings) == 2
    assert all(set(given["aria-labelledby"].split()) <= set(page.ids) for given in drawings)
    assert {"header", "main", "nav", "footer"} <= set(names)


def test_long_lists_are_cut_with_a_word_on_the_rest(tmp_path):
    """Of many rows the first 500 are shown; the page stays below 2 MB, even if every cell is made of what escapes."""
    lines = [
        line(row, status, error_message='"' * 5000, offer_id='"' * 100, source="'" * 200)
        for row, status in enumerate(["rejected", "failed", "in_doubt", "duplicate", "invalid", "pending"] * 600, 1)
    ]
    text = render(make_report([write_results(tmp_path / "r.csv", lines)]))
    assert len(text.encode()) < 2_000_000
    plain = [line(row, status) for status in ("in_doubt", "rejected", "invalid") for row in range(1, 1002)]
    text = render(make_report([write_results(tmp_path / "r.csv", plain)]))
    assert text.count("And 501 more: they are in the results file and in the workbook.") == 3
    assert text.count('<td class="nowrap from">') == 500


def test_an_empty_file_has_a_page(tmp_path):
    """No row at all is a result too."""
    report, text = page_of(tmp_path, [])
    assert report.balanced
    assert "there was nothing to record" in text


def test_out_of_balance_is_said_first(tmp_path):
    """The verdict names the failed control and what it found, above all figures."""
    path = month(tmp_path)
    path.write_bytes(path.read_bytes().replace(b",recorded,", b",rejected,", 1))
    text = render(make_report([path]))
    assert (
        text.index("Out of balance</h2>")
        < text.index("missing or different in RESULTS")
        < text.index('<h2 id="balance"')
    )


def test_the_verdict_has_the_tone_of_what_is_open(tmp_path):
    """Green with a tick when nothing is left to do, amber with an exclamation mark when rows are open."""
    done = 'class="verdict good"', "M7 13.5l4 4 8-9"
    open_ = 'class="verdict open"', "M13 6.5v8m0 3.2v1.6"
    for lines, shown in (([line(1)], done), ([line(1), line(2, "in_doubt")], open_)):
        _, text = page_of(tmp_path, lines)
        assert [one in text for one in (*done, *open_)] == [one in shown for one in (*done, *open_)]


def test_practice_an_early_end_and_an_empty_file_are_in_the_verdict(tmp_path):
    """Nobody books what went into the sandbox; a run that stopped says why; a file without rows is not like others."""
    _, text = page_of(tmp_path, [line(1, target="sandbox")], target="sandbox")
    assert "In balance, in the sandbox only</h2>" in text
    assert "nothing has reached the vendor" in text
    assert sentences.headline(page_of(tmp_path, [])[0]) == "In balance, but the file has no rows"
    lines, path = [line(1), line(2, "pending")], tmp_path / "r.csv"
    for given, said in (
        (
            {"stopped": "key_refused", "why": "The API refused the key (HTTP 401)."},
            "The API refused the key (HTTP 401).",
        ),
        ({"stopped": "too_many_failures"}, "Too many failures."),  # as journals of earlier versions have it
    ):
        write_results(path, lines)
        write_journal(path, lines, [start_event(planned(lines)), end_event((1, "24.90"), **given)])
        assert f"The last run stopped early: {said}" in render(make_report([path]))
    assert "stopped early" not in text


def test_a_control_that_failed_is_the_first_thing_to_do(tmp_path):
    """Nothing is said to be fine where one failed, and RESULTS can be written anew where the journal knows it."""
    path = a_book(tmp_path / "r.csv", [line(1), line(2)])
    cut(path, 1)
    report = make_report([path])
    (step,) = report.steps
    assert step.text.startswith(
        "Find out why “The results file holds the whole input”, “The results file and its journal agree”, "
    )
    assert "revenue-importer import" in step.command
    assert "Every row is accounted for" not in render(report)


def first_page(text):
    """What stands before the balance: the verdict, and what needs a person."""
    return text.partition('id="person"')[2].partition('id="balance"')[0]


def test_many_reasons_leave_room_for_the_sign_off(tmp_path):
    """On paper the first page names them by status with their sums, and each command; a few stand there whole."""
    codes = [f"code_{number:02}" for number in range(11)]
    lines = [line(row, "rejected", error_code=code) for row, code in enumerate(codes, 1)]
    _, text = page_of(tmp_path, lines)
    (group,) = re.findall(r'<tr class="status">.*?</tr>', first_page(text))
    assert all(f"Code {number:02} 1 (24.90)" in group for number in range(11))
    assert Page(group).cells[-2:] == ["11", "273.90"]
    assert 'class="table cards reasons screen"' in text
    assert "--retry-rejected</span>" in first_page(text)
    _, few = page_of(tmp_path, lines[:4])
    assert ('class="table cards reasons"' in few, '<tr class="status">' in few) == (True, False)


def on_paper(text):
    """The printed table of reasons and rows, line by line."""
    return [Page(row).cells for row in re.findall(r"<tr.*?</tr>", text.partition("paper codes")[2])]


def test_of_each_reason_the_largest_rows_are_printed_and_what_there_is_more(tmp_path):
    """So many more rows, and so much; of those in doubt twice as many, and none about which nothing is to be done."""
    doubts = [line(row, "in_doubt", f"{row}.00") for row in range(1, 41)]
    bad = [line(row, "invalid", f"{row}.5", error_code="invalid_offer_id", error_message=f"invalid_offer_id: {row} is.")
           for row in range(41, 61)]  # fmt: skip
    refund = [line(row, "invalid", f"-{row}", error_code="negative_revenue",
                   error_message=f"negative_revenue: '-{row}' is negative.") for row in range(61, 81)]  # fmt: skip
    known = [line(81, "duplicate", error_code="already_recorded")]
    report, text = page_of(tmp_path, [*doubts, *bad, *refund, *known])
    rows = on_paper(text)
    heads = [cells for cells in rows if len(cells) == 3]
    assert [cells[1:] for cells in heads] == [["40", "820.00"], ["20", "1,020.00"], ["20", "-1,410.00"]]
    listed = [cells[0] for cells in rows[1:] if len(cells) > 3]
    assert [sum(low <= int(row) <= low + most for row in listed) for low, most in ((1, 39), (41, 19), (61, 19))] == [
        16, 8, 8
    ]  # fmt: skip
    more = [cells[-2:] for cells in rows if cells[-2:][0].endswith(" more")]
    assert more == [
        ["24 more", "300.00"],
        ["12 more", "564.00"],
        ["12 more", "-798.00"],
    ]
    assert report.settled_reasons[0].title not in text.partition("paper codes")[2]
    assert "sent 2026-07-01 08:00:01 UTC" in rows[2][4]


def test_months_of_which_nothing_is_recorded_are_one_line_on_paper(tmp_path):
    """Three or more of them, with their sums; the screen has each, and what the calendars differ by stands on both."""
    years = ("1970", "2027", "2062", "2026")
    lines = [line(row, "invalid" if year != "2026" else "recorded", error_code="future_timestamp",
                  timestamp=f"{year}-06-01T01:00:00Z") for row, year in enumerate(years, 1)]  # fmt: skip
    _, text = page_of(tmp_path, lines, options={"timezone": "America/New_York"})
    rows = re.findall(r"<tr( class=\"(?:screen|paper)\")?><th scope=\"row\">([^<]*)</th>(.*?)</tr>", text)
    shown = {name: (kind, Page(cells).cells[:2]) for kind, name, cells in rows if re.match("[0-9]", name)}
    assert shown["3 others, of which nothing is recorded"] == (' class="paper"', ["3", "74.70"])
    assert [shown[f"{year}-05"][0] for year in years] == [' class="screen"'] * 3 + [""]
    assert [shown[f"{year}-06"][0] for year in years] == [' class="screen"'] * 3 + [""]
    _, text = page_of(tmp_path, lines[1:], options={"timezone": "America/New_York"})
    assert "of which nothing is recorded" not in text


def test_many_reasons_print_a_row_of_each(tmp_path):
    """However many there are."""
    lines = [line(row, "rejected", error_code=f"code_{row % 30:02}") for row in range(1, 91)]
    rows = on_paper(page_of(tmp_path, lines)[1])
    assert [cells[-2:] for cells in rows if len(cells) > 3][1:] == [["2 more", "49.80"]] * 30


def two_currencies(tmp_path):
    """Rows of every kind of fate in two currencies, whose sums over both are seen nowhere else."""
    fates = [
        ("recorded", {}), ("rejected", {}), ("excluded", {}), ("in_doubt", {}),
        ("duplicate", {"error_code": "already_recorded"}), ("recorded", {"attribution_type": "click", "offer_id": "9"}),
        ("invalid", {"error_code": "negative_revenue", "error_message": "negative_revenue: it is negative."}),
    ]  # fmt: skip
    lines = [
        {**line(1 + 2 * number + place, status, f"{'-' if 'error_message' in given else ''}{2 ** (2 * number + place)}",
                **given), "Currency": name}
        for number, (status, given) in enumerate(fates)
        for place, name in enumerate(("EUR", "usd "))
    ]  # fmt: skip
    return a_book(tmp_path / "r.csv", lines, keep=["Currency"])


def figures(text):
    """The amounts in a text, without separators."""
    return {found.replace(",", "") for found in re.findall(r"(?<![0-9.,])[0-9][0-9,]*\.00\b", text)}


def test_nothing_of_several_currencies_is_added_up(tmp_path):
    """Neither in reasons nor in controls, nor what is told of results and runs: each currency alone, everywhere."""
    report = make_report([two_currencies(tmp_path)])
    assert [part.name for part in report.parts] == ["EUR", "USD"]
    sums = {f"{4**number * 3}.00" for number in range(7)} | {f"{(4**7 - 1)}.00"}
    for text in (render(report), "\n".join(report_lines(report))):
        assert {f"{2**number}.00" for number in range(14)} <= figures(text)
        assert not sums & figures(text)


def test_each_currency_has_its_totals_by_type_month_and_offer(tmp_path):
    """In the page, on the terminal, and in the JSON; a row that does not say its currency is of none."""
    report = make_report([two_currencies(tmp_path)])
    page = render(report).partition('id="money"')[2]
    euro, dollar = (page.partition(f'aria-label="{name}: by type, month and offer"')[2] for name in ("EUR", "USD"))
    euro = euro.partition("</table>")[0]
    cells = Page(euro).cells
    assert cells[cells.index("click") + 1 : cells.index("click") + 3] == ["1", "1,024.00"]
    assert cells[cells.index("9") + 1 : cells.index("9") + 3] == ["1", "1,024.00"]
    assert cells[cells.index("2026-06") + 1 : cells.index("2026-06") + 3] == ["7", "1,365.00"]
    assert "2,730.00" in Page(dollar.partition("</table>")[0]).cells
    assert "In each: EUR 1,365.00 (7 rows), USD 2,730.00 (7 rows)." in render(report)
    found = {one["name"]: one for one in report_fields(report)["by_currency"]}
    assert found["EUR"]["by_attribution_type"]["click"] == {"rows": 1, "revenue": "1024.00"}
    assert (found["USD"]["revenue"], found["USD"]["refunds"]["revenue"]) == ("2730.00", "-8192.00")
    assert found["USD"]["by_month"][0]["recorded"] == {"rows": 2, "revenue": "2050.00"}
    lines = "\n".join(report_lines(report))
    assert "EUR: by attribution type:" in lines
    assert "Refunds, which cannot be sent" in lines
    assert "EUR -4,096.00, USD -8,192.00" in lines


def test_a_row_that_says_no_currency_is_of_none(tmp_path):
    """Results without the column beside those that have it: their rows are of no currency, and the balance is whole."""
    told = a_book(tmp_path / "a.csv", [{**line(1, source="a"), "Currency": "EUR"}, {**line(2, source="a"),
                  "Currency": "USD"}], keep=["Currency"])  # fmt: skip
    silent = a_book(tmp_path / "b.csv", [line(1, source="b")])
    report = make_report([silent, told])
    assert [(part.name, part.file.rows) for part in report.parts] == [("(empty)", 1), ("EUR", 1), ("USD", 1)]
    assert [one["name"] for one in report_fields(report)["by_currency"]] == ["", "EUR", "USD"]
    assert "no currency 24.90, EUR 24.90, USD 24.90" in render(report)


def test_days_are_in_both_calendars(tmp_path):
    """Where the file has a zone of its own, the days (and months) of both stand in the page."""
    days = [line(1, timestamp="2026-06-15T01:00:00Z"), line(2, timestamp="2026-06-17T12:00:00Z")]
    _, text = page_of(tmp_path, days, options={"timezone": "America/New_York"})
    assert {"2026-06-15", "2026-06-14"} <= set(Page(text).cells)
    assert text.index("Day by day in America/New_York") < text.index("Day by day in UTC")
    _, text = page_of(tmp_path, days)
    assert text.count("<summary>Day by day") == 1


def test_days_without_rows_have_their_place(tmp_path):
    """Time runs evenly along the plot: days between without rows are kept free, unless they are very many."""

    def bars(*days):
        path = a_book(tmp_path / "r.csv", [line(i, timestamp=f"{day}T12:00:00Z") for i, day in enumerate(days, 1)])
        return revenue_over_time(make_report([path])).description

    assert bars("2026-06-01", "2026-06-05").startswith("5 bars, 2026-06-01 to 2026-06-05")
    assert bars("2026-06-01", "2099-06-05").startswith("2 bars")


def test_an_axis_that_is_no_calendar_says_so(tmp_path):
    """A row of another year would leave no room for the days of the month: those without rows are left out."""
    far = [line(1), line(2, timestamp="2026-06-17T12:00:00Z"), line(3, "invalid", timestamp="2099-06-17T12:00:00Z")]
    report, _ = page_of(tmp_path, far)
    assert revenue_over_time(report).note == "Only days with rows are drawn."
    report, _ = page_of(tmp_path, far[:2])
    assert revenue_over_time(report).note == ""


def test_the_meter_is_shown_where_there_is_one(tmp_path):
    """Percentiles and rate of the run, when it kept them; otherwise a word that it did not."""
    path = a_book(tmp_path / "r.csv", [line(1)])
    assert "The times of single answers were not kept" in render(make_report([path]))
    measured = end_event((1, "24.90"), latency_ms={"p50": 41.5, "p90": 80, "p99": 120, "max": 300, "answers": 1},
                         rate=[[float(s), 20, s] for s in range(6)], rate_bucket_s=1.0)  # fmt: skip
    write_journal(path, [line(1)], [start_event(planned([line(1)])), measured])
    text = render(make_report([path]))
    assert "41.5 ms" in text
    assert "of which throttled (429)" in text


def test_the_times_of_a_short_run_are_not_cut_off(tmp_path):
    """The beginning and the end are named, each on its side of the plot; a run of a few steps has no plot."""
    path = a_book(tmp_path / "r.csv", [line(1)])
    end = end_event((1, "24.90"), rate=[[0.0, 1, 0]], rate_bucket_s=1.0)
    write_journal(path, [line(1)], [start_event(planned([line(1)])), end])
    assert rate_over_run(make_report([path]).throughput) is None
    end = end_event((1, "24.90"), rate=[[float(s), 1, 0] for s in range(6)], rate_bucket_s=1.0)
    write_journal(path, [line(1)], [start_event(planned([line(1)])), end])
    times = [label for label in rate_over_run(make_report([path]).throughput).labels if ":" in label.text]
    assert [(label.text, label.side) for label in times] == [("0:00", "start"), ("0:03", "middle"), ("0:06", "end")]


def test_written_whole_and_for_the_owner_only(tmp_path):
    """The hook of `import --report` writes by suffix, mode 0600, and leaves nothing else behind."""
    path = month(tmp_path)
    for name in ("r.html", "r.xlsx"):
        write_report(path, tmp_path / name)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "june.results.csv",
        "june.results.csv.journal",
        "r.html",
        "r.xlsx",
    ]


def test_a_place_that_cannot_be_written_is_said(tmp_path, run_here):
    """A report that cannot be written ends with a sentence, exit 2."""
    month(tmp_path)
    result = run_here("report", "june.results.csv", "--html", "no/such/folder.html")
    assert (result.exit, "cannot be written" in result.stderr) == (2, True), result
    assert run_here("report", "june.results.csv", "--html", "page.pdf").exit == 2


def test_the_first_page_has_the_order_of_a_signature(tmp_path):
    """Verdict, what needs a person, balance and sign-off come before everything else."""
    _, text = page_of(tmp_path, MONTH, options={"timezone": "America/New_York"})
    order = [
        text.index(f'<h2 id="{name}"') for name in ("verdict", "person", "balance", "sign", "next", "money", "run")
    ]
    assert order == sorted(order)
    assert [one in text for one in ("Prepared by", "Reviewed by", "Plan approved by")] == [True] * 3


def test_what_was_left_out_knowingly_is_apart(tmp_path):
    """It needs no decision and is not called not recorded: excluded, recorded elsewhere, skipped as equal."""
    lines = [
        line(1),
        line(2, "excluded", "2.00"),
        line(3, "duplicate", "3.00", error_code="already_recorded"),
        line(4, "duplicate", "4.00", error_code="duplicate_row"),
    ]
    report, text = page_of(tmp_path, lines, options={"duplicates": "skip"})
    assert (report.left_out.rows, report.not_recorded.rows, report.open_reasons) == (3, 0, ())
    assert "In balance</h2>" in text
    assert "<strong>Nothing to do</strong> about" in text
    held, _ = page_of(tmp_path, lines)
    assert (held.left_out.rows, held.not_recorded.rows) == (2, 1)


def test_refunds_have_their_own_total(tmp_path):
    """Negative amounts are in no sum but theirs, whatever else is wrong with their rows, in every notation."""
    said = "invalid_message_id: 'x' has 1 character; negative_revenue: '(1.234,50)' is negative."
    lines = [
        line(1),
        line(
            2, "invalid", "-5,25", error_code="negative_revenue", error_message="negative_revenue: '-5,25' is negative."
        ),
        line(3, "invalid", "(1.234,50)", error_code="invalid_message_id", error_message=said),
    ]
    report, text = page_of(tmp_path, lines, options={"decimal": "comma"})
    assert (report.refunds.rows, str(report.refunds.revenue)) == (2, "-1239.75")
    assert text.count("2 rows (-1,239.75)") >= 2


def test_lists_have_amounts_on_the_point_and_what_their_owner_knows_rows_by(tmp_path):
    """The largest first, with cents and separators; times in the file's zone; no code in the reason; kept columns."""
    lines = [
        {**line(row, "rejected", revenue, error_message=f"message_not_found: No message {row}"),
         "Invoice": f"INV-{row}", "Shop": "north"}
        for row, revenue in ((1, "5"), (2, "1204.5"))
    ]  # fmt: skip
    path = a_book(tmp_path / "r.csv", lines, keep=["Invoice", "Shop"], options={"timezone": "Europe/Berlin"})
    cells = Page(render(make_report([path]))).cells
    at = cells.index("1,204.50", cells.index("Invoice"))
    assert cells[at - 3 : at + 5] == [
        "2", "INV-2", "m0000002", "1,204.50", "sale", "4521", "2026-06-15 14:00:00", "No message 2"
    ]  # fmt: skip
    assert "5.00" in cells[at:]
    assert "Shop" not in cells


def test_a_command_is_whole_where_it_is_copied_and_stands_once_on_paper(tmp_path):
    """There what comes next names it, and afterwards what to add to it; the JSON has each command whole, too."""
    lines = [line(1, "invalid", "x", error_code="invalid_revenue"), line(2, "rejected"), line(3, "duplicate")]
    report, text = page_of(tmp_path, lines)
    screen, paper = text.partition('id="next"')[2], first_page(text)
    assert [part.count("revenue-importer import ") for part in (screen, paper)] == [4, 1]
    assert "The same command as above, with <code>" in text
    assert sum("--duplicates post" in step.command for step in report.steps) == 1


def test_paper_cuts_no_reason_and_no_id(tmp_path):
    """Ids, kept columns and reasons are whole on paper; only what no rule of ours says is cut, with a word on it."""
    ids, invoice, why = [f"{name}-" + "x" * 60 for name in "abc"], "INV-" + "9" * 90, "because of this and that, " * 12
    lines = [
        {
            **line(row, "rejected", message_id=name, error_message=f"message_not_found: {why}{row}"),
            "Invoice": f"{invoice}{row}",
        }
        for row, name in enumerate(ids, 1)
    ]
    lines += [{**line(row, "in_doubt", error_code="timeout"), "Invoice": None} for row in (4, 5)]
    lines += [{**line(6, "failed", error_message="server_error: " + "y" * 900), "Invoice": None}]
    path = a_book(tmp_path / "r.csv", lines, keep=["Invoice"], plan=PLAN)
    text = render(make_report([path]))
    paper = html.unescape(text.partition('<div class="table paper codes">')[2].partition("</table>")[0])
    assert all(name in paper for name in (*ids, invoice))
    assert all(f"{why}{row}" in paper for row in (1, 2, 3))
    assert paper.count("no answer within 30 s") == 2
    assert paper.count("…") == paper.count("(more in the results)") == 1
    assert PLAN in text.partition('id="sign"')[2].partition("</section>")[0]
    (mark,) = re.findall(r'<p class="pagemark" aria-hidden="true">(.*?)</p>', text)
    assert "…" not in mark


def test_days_are_printed_when_asked_for(tmp_path):
    """Otherwise they are folded on the screen, and not on paper."""
    days = [line(1, timestamp="2026-06-15T01:00:00Z"), line(2, timestamp="2026-06-17T12:00:00Z")]
    report, text = page_of(tmp_path, days)
    assert '<details class="screen">' in text
    assert "<details" not in render(report, days=True)


def test_every_printed_page_says_what_it_is_of(tmp_path):
    """File, run and digest, in which nothing of a file's name is obeyed; for Firefox as the foot of a table, too."""
    report, text = page_of(tmp_path, [line(1, source='a"; } </style>\\.csv')])
    found = re.search(r'@bottom-left \{ content: "([^"]*)";', text)[1]
    assert re.fullmatch(r"(?:[A-Za-z0-9]|\\[0-9a-f]+ )*", found)
    told = re.sub(r"\\([0-9a-f]+) ", lambda one: chr(int(one[1], 16)), found)
    assert told == f'a"; }} </style>\\.csv · run r.csv · results SHA-256 begins {report.files[0].sha256[:16]}'
    assert f'<p class="pagemark" aria-hidden="true">{html.escape(told)}</p>'.replace("&quot;", "&#34;") in text


def test_a_workbook_has_the_addresses_of_its_cells(tmp_path):
    """The column of the field that the code is about, in the row of the sheet."""
    fact = {"name": "june.xlsx", "sheet": "June", "rows_above": 3, "sha256": "ab",
            "columns": {"message_id": "June!A", "revenue": "June!B"}}  # fmt: skip
    lines = [
        line(5, "invalid", "x", source="june.xlsx", error_code="invalid_revenue"),
        line(6, "rejected", source="june.xlsx"),
    ]
    _, text = page_of(tmp_path, lines, inputs=[fact])
    assert {"June!B8", "June!A9"} <= set(Page(text).cells)


def signed(text):
    """The three lines of the sign-off, each with the name that stands on it."""
    return re.findall(r"<div><p>([^<]*)</p><p class=\"signer\">([^<]*)</p>", text)


def test_a_plan_says_whether_it_was_expected(tmp_path):
    """The digest of what was carried out, and whether the run was told to post nothing else: the line stays empty."""
    _, text = page_of(tmp_path, [line(1)], plan=PLAN, approved=True, by="ada", host="vm7")
    assert (PLAN in text, "who approved it is not on record" in text, "Run by ada on vm7" in text) == (True,) * 3
    assert signed(text) == [("Prepared by", ""), ("Reviewed by", ""), ("Plan approved by", "")]
    _, text = page_of(tmp_path, [line(1)])
    assert "The plan is not on record." in text


def test_who_approved_a_plan_on_the_page_stands_at_the_line(tmp_path):
    """With the day; of one person that is said. Where only one of two plans was approved there the line stays empty."""
    given = {"plan": PLAN, "by": "anna <b>", "at": "2026-07-01T07:59:30Z", "prepared_by": "pia"}
    known = {"plan": PLAN, "approved": True, "approval": given}
    report, text = page_of(tmp_path, [line(1)], **known)
    names = [("Prepared by", "pia"), ("Reviewed by", ""), ("Plan approved by", "anna &lt;b&gt;, 2026-07-01")]
    assert signed(text) == names
    assert json.loads(json.dumps(report_fields(report)))["runs"][0]["approval"] == {**given, "alone": False}
    told = "approved by anna <b> on 2026-07-01 07:59:30 UTC, prepared by pia, both logged in to the page"
    assert (html.escape(told) in text, told in "\n".join(report_lines(report, Screen(width=200)))) == (True, True)
    _, text = page_of(tmp_path, [line(1)], **{**known, "approval": {**given, "alone": True}})
    assert "one person had a hand in both" in text
    lines, path = [line(1)], tmp_path / "r.csv"
    starts = [start_event(planned(lines), run=name, plan=plan) for name, plan in (("r0", "sha256:e"), ("r1", PLAN))]
    write_journal(path, lines, [starts[0], {**starts[1], **known}, end_event((1, "24.90"))])
    assert signed(render(make_report([path]))) == [("Prepared by", ""), ("Reviewed by", ""), ("Plan approved by", "")]
