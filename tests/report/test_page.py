"""The HTML report: complete in itself, everything escaped, small, and the same numbers as everywhere."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser

from importer.report import make_report, write_report
from importer.report.page import render
from importer.report.plots import rate_over_run, revenue_over_time
from importer.text import amount
from tests.report.month import MONTH, month
from tests.support.books import a_book, end_event, line, planned, start_event, write_journal, write_results

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
    assert len(drawings) == 3
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
    assert text.count("The first 500 of 1,001 rows") == 3
    assert text.count('<tr id="in_doubt-') == 500


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
    """Green is for a month with nothing left to do; in balance with open rows is amber, with its tick all the same."""
    tick, done, open_ = "M7 13.5l4 4 8-9", 'class="verdict good"', 'class="verdict open"'
    for lines, tone in (([line(1)], done), ([line(1), line(2, "in_doubt")], open_)):
        _, text = page_of(tmp_path, lines)
        assert (tone in text, tick in text) == (True, True)


def test_days_are_in_both_calendars(tmp_path):
    """Where the file has a zone of its own, the days (and months) of both stand in the page."""
    _, text = page_of(tmp_path, [line(1, timestamp="2026-06-15T01:00:00Z")], options={"timezone": "America/New_York"})
    page = Page(text)
    assert {"2026-06-15", "2026-06-14"} <= set(page.cells)
    _, text = page_of(tmp_path, [line(1)])
    assert text.count("<summary>Day by day") == 1


def test_days_without_rows_have_their_place(tmp_path):
    """Time runs evenly along the plot: days between without rows are kept free, unless they are very many."""

    def bars(*days):
        path = a_book(tmp_path / "r.csv", [line(i, timestamp=f"{day}T12:00:00Z") for i, day in enumerate(days, 1)])
        return revenue_over_time(make_report([path])).description

    assert bars("2026-06-01", "2026-06-05").startswith("5 bars, 2026-06-01 to 2026-06-05")
    assert bars("2026-06-01", "2099-06-05").startswith("2 bars")


def test_the_meter_is_shown_where_there_is_one(tmp_path):
    """Percentiles and rate of the run, when it kept them; otherwise a word that it did not."""
    path = a_book(tmp_path / "r.csv", [line(1)])
    assert "The times of single answers were not kept" in render(make_report([path]))
    measured = end_event((1, "24.90"), latency_ms={"p50": 41.5, "p90": 80, "p99": 120, "max": 300, "answers": 1},
                         rate=[[0.0, 10, 0], [1.0, 20, 5]], rate_bucket_s=1.0)  # fmt: skip
    write_journal(path, [line(1)], [start_event(planned([line(1)])), measured])
    text = render(make_report([path]))
    assert "41.5 ms" in text
    assert "of which throttled (429)" in text


def test_the_times_of_a_short_run_are_not_cut_off(tmp_path):
    """Of a run of one step the beginning and the end are named, each on its side of the plot."""
    path = a_book(tmp_path / "r.csv", [line(1)])
    end = end_event((1, "24.90"), rate=[[0.0, 1, 0]], rate_bucket_s=1.0)
    write_journal(path, [line(1)], [start_event(planned([line(1)])), end])
    times = [label for label in rate_over_run(make_report([path]).throughput).labels if ":" in label.text]
    assert [(label.text, label.side) for label in times] == [("0:00", "start"), ("0:01", "end")]


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


def test_a_place_that_cannot_be_written_is_said(tmp_path, run):
    """A report that cannot be written ends with a sentence, exit 2."""
    month(tmp_path)
    result = run("report", "june.results.csv", "--html", "no/such/folder.html")
    assert (result.exit, "cannot be written" in result.stderr) == (2, True), result
    assert run("report", "june.results.csv", "--html", "page.pdf").exit == 2
