"""The HTML report in a real browser: it asks for nothing, shows the identity first, and axe finds no fault."""

from __future__ import annotations

import asyncio

import pytest

from importer.report import write_report
from tests.support.books import a_book
from tests.support.browser import CHROMIUM, find_axe, tab
from tests.test_report_numbers import month

AXE = find_axe()
SCREENS = [(1280, 800), (390, 844)]
# The line that a reader must see without scrolling: in words above, in figures below.
BOTTOMS = "['.verdict', '.difference'].map(name => document.querySelector(name).getBoundingClientRect().bottom)"
RULES = "{resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']}"
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
needs_axe = pytest.mark.skipif(AXE is None, reason="no axe.min.js: npm install axe-core, or AXE_CORE names it")


def pages(tmp_path):
    """An ordinary month, one that is out of balance, and an empty file."""
    broken = month(tmp_path)
    write_report(broken, tmp_path / "month.html")
    broken.write_bytes(broken.read_bytes().replace(b",recorded,", b",rejected,", 1))
    write_report(broken, tmp_path / "broken.html")
    write_report(a_book(tmp_path / "r.csv", []), tmp_path / "empty.html")
    return [tmp_path / name for name in ("month.html", "broken.html", "empty.html")]


@needs_chromium
def test_a_page_asks_for_nothing_and_shows_the_identity_first(tmp_path):
    """The page is the only request and the console stays empty; the verdict (on a desk the sum) is in view."""

    async def look():
        async with tab(tmp_path) as browser:
            for page in pages(tmp_path):
                for width, height in SCREENS:
                    await browser.show(page.as_uri(), width, height, dark=False)
                    bottoms = await browser.evaluate(BOTTOMS)
                    wide = await browser.evaluate("document.documentElement.scrollWidth")
                    assert (browser.asked(), browser.said()) == ([page.as_uri()], [])
                    assert wide <= width, (page.name, width)
                    if page.name == "month.html":
                        assert bottoms[0 if width < 600 else 1] <= height, (bottoms, width)

    asyncio.run(look())


@needs_chromium
@needs_axe
def test_axe_finds_no_violation(tmp_path):
    """The rules of WCAG 2.2 AA that a program can judge hold, and the good practice beyond them, in light and dark."""

    async def look():
        found = []
        async with tab(tmp_path) as browser:
            ordinary, broken, empty = pages(tmp_path)
            for page, dark in ((ordinary, False), (ordinary, True), (broken, True), (empty, False)):
                await browser.show(page.as_uri(), *SCREENS[dark], dark=dark)
                await browser.evaluate(f"{AXE.read_text('utf-8')};0")
                result = await browser.evaluate(f"axe.run({RULES})")
                found += [
                    (page.name, dark, one["id"], [node["html"][:120] for node in one["nodes"]][:3])
                    for one in result["violations"]
                ]
        assert not found, found

    asyncio.run(look())
