"""The number of another row with a mark that turns it around: `1001-R1`, `R-1001` or `INV-1001C` beside `1001`."""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from importer.schema.guards.numbers.codes import LETTERS, MARKS, SALES

_APART = "[- /#._]"
_WORDS, _LETTERS = "|".join(sorted(MARKS)), "|".join(sorted(LETTERS))
_OTHERS = "(?i:[abdeghjkmnpqu-z])"
"""Where such a letter stands, too, a single one is no mark: parts of an order are `1001-A`, `-B` and `-C`."""
_BEHIND = rf"^\s*(.*[0-9]){_APART}(?i:{{}}){_APART}?[0-9]*\s*$"
_BEFORE = rf"^\s*(?i:{{}}){_APART}(\S.*[0-9])\s*$"
_GLUED_BEHIND = r"^\s*(.*[0-9])(?i:{})\s*$"
_GLUED_BEFORE = r"^\s*(?i:{})(\S.*[0-9])\s*$"
_OTHER_BEHIND = rf"[0-9]{_APART}?{_OTHERS}[0-9]*\s*$"
_OTHER_BEFORE = rf"^\s*#?{_OTHERS}{_APART}?[0-9]"
_OF_SALES = rf"^[\s#]*(?i:{'|'.join(sorted(SALES))}){_APART}?([0-9].*)$"
_FEW = 4
"""Of so many numbers one at most has such a letter before what others have behind the letters of sales."""


def turned_around(some: pl.Series, cells: pl.Series, *, glued: bool) -> pl.Series:
    """Which are the number of another of these cells with a mark; right beside its digits, where letters are words."""
    patterns = [(_BEHIND, _BEFORE), *([(_GLUED_BEHIND, _GLUED_BEFORE)] if glued else [])]
    by_words = [_number(some, pattern.format(_WORDS)) for both in patterns for pattern in both]
    behind, before = ([_number(some, both[at].format(_LETTERS)) for both in patterns] for at in (0, 1))
    if _are_any(behind) and cells.str.contains(_OTHER_BEHIND).any():
        behind = []
    if _are_any(before) and cells.str.contains(_OTHER_BEFORE).any():
        before = []
    numbers = [*by_words, *behind, *before]
    none = pl.repeat(value=False, n=some.len(), dtype=pl.Boolean, eager=True)
    found = _are_of(numbers, cells.str.strip_chars(" #").unique()) if _are_any(numbers) else none
    instead = _are_of(before, cells.str.extract(_OF_SALES).drop_nulls().unique()) if _are_any(before) else none
    return found | instead if instead.sum() * _FEW <= cells.len() else found


def _number(some: pl.Series, pattern: str) -> pl.Series:
    return some.str.extract(pattern).str.strip_chars(" #")


def _are_any(numbers: list[pl.Series]) -> bool:
    return any(number.null_count() < number.len() for number in numbers)


def _are_of(numbers: list[pl.Series], others: pl.Series) -> pl.Series:
    """Which have any of their numbers among the others."""
    found = [number.is_in(others.implode()).fill_null(value=False) for number in numbers]
    return reduce(or_, found)
