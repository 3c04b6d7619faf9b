"""What a page says that came where the API's JSON was due: its title, for a message to a person."""

from __future__ import annotations

import html
import re

LOOKED_AT_BYTES = 16 * 1024
TITLE_MAX = 120
_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"\s+")


def title(body: bytes) -> str | None:
    """The title of an HTML page, or else its first heading; of a plain text its first line; None where there is none.

    Only the beginning is looked at, and nothing in it can take long.
    """
    text = body[:LOOKED_AT_BYTES].decode("utf-8", errors="replace").strip()
    if "<" not in text:
        return _plain(text)
    lowered = text.lower()
    words = _within(text, lowered, "title") or _within(text, lowered, "h1")
    return f'the page says "{words}"' if words else None


def _within(text: str, lowered: str, name: str) -> str | None:
    start = lowered.find(f"<{name}")
    start = lowered.find(">", start) if start >= 0 else -1
    end = lowered.find(f"</{name}", start)
    if start < 0 or end < 0 or len(lowered) != len(text):
        return None
    return _one_line(html.unescape(_TAG.sub(" ", text[start + 1 : end])))


def _plain(text: str) -> str | None:
    line = _one_line(text.partition("\n")[0])
    if line is None or line[0] in "{[" or "\ufffd" in line or not line.isprintable():
        return None
    return f'the answer says "{line}"'


def _one_line(text: str) -> str | None:
    line = _SPACE.sub(" ", text).strip()
    return (line if len(line) <= TITLE_MAX else line[: TITLE_MAX - 1] + "…") or None
