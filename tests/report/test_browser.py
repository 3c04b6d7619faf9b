"""The HTML report in a real browser: it asks for nothing, shows the identity first, and axe finds no fault."""

from __future__ import annotations

import asyncio
import base64

import pytest

from importer.report import write_report
from tests.report.month import month
from tests.support.books import a_book, line
from tests.support.browser import CHROMIUM, find_axe, tab

AXE = find_axe()
SCREENS = [(1280, 800), (390, 844)]
# The line that a reader must see without scrolling: in words above, in figures below.
BOTTOMS = "['.verdict h2', '.identity'].map(name => document.querySelector(name).getBoundingClientRect().bottom)"
RULES = "{resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']}"
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
needs_axe = pytest.mark.skipif(AXE is None, reason="no axe.min.js: npm install axe-core, or AXE_CORE names it")


CUT_OFF = "[...document.querySelectorAll(%r)].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)"


def pages(tmp_path):
    """A month with every fate, the same out of balance, an empty file, and a month of which all is recorded."""
    broken = month(tmp_path)
    write_report(broken, tmp_path / "month.html")
    broken.write_bytes(broken.read_bytes().replace(b",recorded,", b",rejected,", 1))
    write_report(broken, tmp_path / "broken.html")
    write_report(a_book(tmp_path / "r.csv", []), tmp_path / "empty.html")
    write_report(a_book(tmp_path / "d.csv", [line(row) for row in range(1, 20)]), tmp_path / "done.html")
    return [tmp_path / name for name in ("month.html", "broken.html", "empty.html", "done.html")]


@needs_chromium
def test_a_page_asks_for_nothing_and_shows_the_identity_first(tmp_path):
    """The page is the only request and the console stays empty; verdict and difference are in view, on a phone, too."""

    async def look():
        async with tab(tmp_path) as browser:
            for page in pages(tmp_path):
                for width, height in SCREENS:
                    await browser.show(page.as_uri(), width, height, dark=False)
                    bottoms = await browser.evaluate(BOTTOMS)
                    wide = await browser.evaluate("document.documentElement.scrollWidth")
                    assert (browser.asked(), browser.said()) == ([page.as_uri()], [])
                    assert wide <= width, (page.name, width)
                    if page.name in ("month.html", "done.html"):
                        assert max(bottoms) <= height, (page.name, bottoms, width)

    asyncio.run(look())


@needs_chromium
def test_nothing_is_cut_off(tmp_path):
    """However long a cell is: on a desk and on paper all tables fit their place, on a phone lists and sums do."""
    lines = [
        line(1, "invalid", error_code="invalid_offer_id", offer_id="x" * 300, message_id="y" * 90,
             timestamp="2026-06-01T12:52:56-04:00", error_message=f"invalid_offer_id: '{'x' * 300}' is too long."),
        line(2, "rejected", error_message="z" * 300, offer_id="66a4f0c2b1d94e7f8a310c01", revenue="123456.789"),
        line(3, "in_doubt", "123456789.01", message_id="w" * 64),
    ]  # fmt: skip
    write_report(a_book(tmp_path / "r.csv", lines), tmp_path / "long.html")
    page = (tmp_path / "long.html").as_uri()
    a4 = 695  # 184 mm, what the margins leave

    async def look():
        async with tab(tmp_path) as browser:
            for width, media, places in (
                (1280, "screen", ".table"),
                (390, "screen", ".table"),
                (a4, "print", ".table"),
            ):
                await browser.show(page, width, 900, media=media)
                assert await browser.evaluate(CUT_OFF % places) == [], (width, media)
                assert await browser.evaluate("document.documentElement.scrollWidth") <= width

    asyncio.run(look())


SIGNED = "document.querySelector('.signing').getBoundingClientRect().bottom"
ONLY_ON_PAPER = "[...document.querySelectorAll('.paper')].filter(e => e.offsetHeight).length"


def a_bad_month(tmp_path):
    """Sixteen reasons of twenty rows with long texts each, and rows left out knowingly, in a zone of its own."""
    kinds = (("in_doubt", 3), ("rejected", 3), ("invalid", 9))
    codes = [(status, f"{status}_code_{number}") for status, most in kinds for number in range(most)]
    codes += [("duplicate", "duplicate_row"), ("excluded", None)]
    told = "the cell says something that it should not, and what it should say is told here at some length"
    lines = [
        {
            **line(20 * number + row, status, f"{row * 37}.5", error_code=code),
            "message_id": f"tfb0r{20 * number + row:03}",
            "timestamp": f"{2026 if status != 'invalid' else 2026 + row}-06-{row + 1:02}T03:00:00Z",
            "offer_id": f"66a4f0c2b1d94e7f8a310{row:03}",
            "error_message": f"{code}: {told}" if status != "in_doubt" else None,
            "Invoice": f"INV-2026-{row:05}",
        }
        for number, (status, code) in enumerate([*codes, ("recorded", None)])
        for row in range(1, 21)
    ]
    start = {"options": {"timezone": "America/New_York", "where": ["Status=approved"], "period": "2026-06"}}
    path = a_book(tmp_path / "bad.csv", lines, keep=["Invoice"], by="ada", plan="sha256:" + "cd" * 32, **start)
    write_report(path, tmp_path / "bad.html")
    return (tmp_path / "bad.html").as_uri()


PAPERS = {"A4": (8.27, 11.69, 695, 1028), "Letter": (8.5, 11, 718, 961)}
"""In inches, and in pixels of CSS within the margins of the page."""


@needs_chromium
def test_a_bad_month_is_printed_on_three_pages(tmp_path):
    """On both papers; what a person decides and signs is whole on the first of them, and nothing is cut off."""

    async def look():
        page = a_bad_month(tmp_path)
        async with tab(tmp_path) as browser:
            for width, height in SCREENS:
                await browser.show(page, width, height)
                assert await browser.evaluate(ONLY_ON_PAPER) == 0, width
            for name, (width, height, room, tall) in PAPERS.items():
                await browser.show(page, room, tall, media="print")
                assert await browser.evaluate(SIGNED) <= tall, name
                assert await browser.evaluate(CUT_OFF % ".table") == [], name
                printed = await browser.call("Page.printToPDF", paperWidth=width, paperHeight=height)
                pages = base64.b64decode(printed["data"]).count(b"/Type /Page\n")
                assert 2 <= pages <= 3, (name, pages)

    asyncio.run(look())


@needs_chromium
def test_many_sheets_leave_room_for_the_sign_off(tmp_path):
    """On paper each has one line in the balance, and nothing is added up over them."""
    lines = [line(row, source=f"year.xlsx!{name:02}") for name in range(1, 13) for row in range(1, 4)]
    path = a_book(tmp_path / "year.csv", lines)
    write_report(path, tmp_path / "year.html")

    async def look():
        async with tab(tmp_path) as browser:
            for name, (_, _, room, tall) in PAPERS.items():
                await browser.show((tmp_path / "year.html").as_uri(), room, tall, media="print")
                assert await browser.evaluate(SIGNED) <= tall, name
                text = await browser.evaluate("document.body.innerText")
                assert (text.count("74.70"), "896.40" in text) == (12 * 2, False), name

    asyncio.run(look())


@needs_chromium
@needs_axe
def test_axe_finds_no_violation(tmp_path):
    """The rules of WCAG 2.2 AA that a program can judge hold, and the good practice beyond them, in light and dark."""

    async def look():
        found = []
        async with tab(tmp_path) as browser:
            ordinary, broken, empty, done = pages(tmp_path)
            for page, dark in ((ordinary, False), (ordinary, True), (broken, True), (empty, False), (done, True)):
                await browser.show(page.as_uri(), *SCREENS[dark], dark=dark)
                await browser.evaluate(f"{AXE.read_text('utf-8')};0")
                result = await browser.evaluate(f"axe.run({RULES})")
                found += [
                    (page.name, dark, one["id"], [node["html"][:120] for node in one["nodes"]][:3])
                    for one in result["violations"]
                ]
        assert not found, found

    asyncio.run(look())
