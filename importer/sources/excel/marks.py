"""What a worksheet says of a cell or a row besides its text: sums of other rows, currencies of formats, hidden rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.sources.excel.cell_text import column_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ADDS_UP = re.compile(r"(?<![A-Z0-9_.])(?:SUM|SUBTOTAL|AGGREGATE)\(")
# A reference within the sheet: a cell, a range, or whole columns. One of another sheet has its name and `!` in front.
_REFERENCE = re.compile(
    r"(?<![A-Z0-9_!.$':])\$?([A-Z]{1,3})(?:\$?([0-9]{1,7}))?(?::\$?([A-Z]{1,3})(?:\$?([0-9]{1,7}))?)?(?![A-Z0-9_(!\[])"
)
_TABLE_COLUMN = re.compile(r"\[[^\[\]0-9][^\[\]]*\]")
_OF_ITS_ROW = re.compile("@|#THIS ROW")
_TEXT = re.compile(r'"[^"]*"')
_MOST_FORMULA = 8192  # characters, in Excel too
_LAST_ROW = 1 << 20
_IN_BRACKETS = re.compile(r"\[\$([^\]-]+)(?:-([^\],]*))?[^\]]*\]")
# A text in quotes, an escaped character, two that only take room, or one that needs no quotes.
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|[_*].|([^\w\s.,;:/+()%#?\[\]\\-])')
# Formats that Excel has without a code: those of money, in the currency of whoever looks at them.
_BUILT_IN = frozenset({5, 6, 7, 8, 42, 44})


@dataclass(slots=True)
class Marks:
    """Of one row: whether it is hidden, and, by the 0-based column, what its cells are besides their text."""

    hidden: bool = False
    sums: set[int] = field(default_factory=set)
    currencies: dict[int, str] = field(default_factory=dict)


UNMARKED = Marks()


def adds_up_rows(formula: str, row: int, column: int) -> bool:
    """Whether a formula in this cell (row and column from 1) adds up cells of its own column in other rows."""
    text = _TEXT.sub("", formula[:_MOST_FORMULA]).upper()
    if not _ADDS_UP.search(text):
        return False
    if _TABLE_COLUMN.search(text) and not _OF_ITS_ROW.search(text):
        return True
    return any(_meets(found, row, column) for found in _REFERENCE.finditer(text))


def _meets(found: re.Match[str], row: int, column: int) -> bool:
    first, top, last, bottom = found.groups()
    if top is None and last is None:
        return False  # a name or a word
    if not column_of(first) <= column <= column_of(last or first):
        return False
    rows = (int(top or 1), int(bottom or (top if last is None else _LAST_ROW)))
    return min(rows) != row or max(rows) != row


def currency_of(number: int, code: str | None) -> str | None:
    """What a number format shows beside the number, which may be a currency; None where nothing stands there.

    A sign that it declares as one has a line break behind it, and then its locale where it has one.
    """
    if code is None:
        return "$" if number in _BUILT_IN else None
    shown = code.partition(";")[0]
    if found := _IN_BRACKETS.search(shown):
        return f"{found[1].strip()}\n{found[2] or ''}" if found[1].strip() else None
    return "".join(text for found in _LITERAL.finditer(shown) for text in found.groups(default="")).strip() or None


def mark_columns(marks: Sequence[Marks], width: int) -> Iterator[pl.Series]:
    """The columns that tell of the marks of some rows, as `Source.batches` describes them."""
    if all(one is UNMARKED for one in marks):
        return
    if any(one.hidden for one in marks):
        yield pl.Series("hidden", [one.hidden for one in marks])
    for column in sorted({column for one in marks for column in one.sums if column < width}):
        yield pl.Series(f"{column}#sum", [column in one.sums for one in marks])
    for column in sorted({column for one in marks for column in one.currencies if column < width}):
        yield pl.Series(f"{column}#currency", [one.currencies.get(column) for one in marks], dtype=pl.String)


def is_hidden(row: Mapping[str, str]) -> bool:
    """Whether the attributes of a row hide it: by hand, by a filter or an outline, or as it has no height."""
    return row.get("hidden") in {"1", "true"} or (row.get("ht") or "1").strip("0.") == ""
