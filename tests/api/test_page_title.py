"""What is quoted of a page that came where JSON was due."""

from __future__ import annotations

import time

import pytest

from importer.api.page_title import LOOKED_AT_BYTES, TITLE_MAX, title

NGINX = b"<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n<body>"
HAPROXY = b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available.\n</body></html>\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NGINX, 'the page says "400 No required SSL certificate was sent"'),
        (HAPROXY, 'the page says "503 Service Unavailable"'),
        (b"<TITLE lang='en'>\n Just  a\tmoment&hellip; </TITLE>", 'the page says "Just a moment…"'),
        (b"<title></title><h1>Blocked <b>by</b> us</h1>", 'the page says "Blocked by us"'),
        (b"404 page not found\nand more", 'the answer says "404 page not found"'),
        (b"<title>" + b"x" * 500 + b"</title>", f'the page says "{"x" * (TITLE_MAX - 1)}…"'),
        (b"<html><body>nothing to quote</body></html>", None),
        (b"<title>cut off", None),
        (b'{"detail": "x"}', None),
        (b"[1]", None),
        (b"", None),
        (b"   \n", None),
        (b"\x1f\x8b\x08\x00", None),
        (b"\xff\xfe\x00", None),
    ],
)
def test_the_title_of_a_page(body, said):
    """The title, else the first heading; of plain text the first line; of anything else nothing."""
    assert title(body) == said


@pytest.mark.parametrize("piece", [b"<title", b"<title>", b"<h1 ", b"<", b"</title", b"<!--", "İ".encode()])
def test_hostile_pages_take_no_time(piece):
    """Whatever a page repeats, it is looked at once."""
    began = time.perf_counter()
    title(piece * (2 * LOOKED_AT_BYTES // len(piece)))
    assert time.perf_counter() - began < 0.5
