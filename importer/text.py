"""Text that people read: safe for a terminal, amounts and numbers of rows, names of files as they are shown."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

# What Python reads a byte as that belongs to no character.
_NO_TEXT = re.compile("[\ud800-\udfff]")


def as_text(name: str | os.PathLike[str]) -> str:
    r"""The name, with `\xe9` for each byte that belongs to no character."""
    return _NO_TEXT.sub(escape, os.fspath(name))


def is_text(name: str | os.PathLike[str]) -> bool:
    """Whether every byte of the name belongs to a character."""
    return _NO_TEXT.search(os.fspath(name)) is None


def escape(match: re.Match[str]) -> str:
    r"""A character in a form that can be written anywhere: `\n`, `\x1b`, `\u202e`, a byte that is no text as `\xe9`."""
    return match[0].encode("unicode_escape").decode("ascii").replace("\\udc", "\\x")


# Control characters and line separators, everything that changes the direction of text or cannot be seen, and
# surrogates, which no encoding can write.
_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def safe_text(text: str, limit: int | None = None) -> str:
    r"""Return `text` as one line that a terminal only shows: `\n`, `\x1b`, `\u202e` instead of what they would do.

    Whatever comes from a file, a file name or the API passes through here before it is printed. With `limit`, a
    longer line is cut to so many characters and ends in an ellipsis.
    """
    # A cell can be a hundred megabytes long: cut it first.
    head = text if limit is None else text[: limit + 1]
    line = re.sub(_UNSAFE, escape, head)
    return line if limit is None or len(line) <= limit else line[: limit - 1] + "…"


WIDTH = 80


def plain(value: Decimal) -> str:
    """Return the amount in plain notation, digits as they are: what programs read."""
    return f"{value:f}"


def amount(value: Decimal, places: int = 2) -> str:
    """Return the exact amount with thousands separators and at least `places` decimals: what people read."""
    return f"{value:,.{max(places, decimal_places(value))}f}"


def rows_text(rows: int) -> str:
    """Return `1 row`, `1,204 rows`."""
    return f"{rows:,} row" if rows == 1 else f"{rows:,} rows"


def decimal_places(value: Decimal) -> int:
    """How many digits stand behind the decimal point."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
