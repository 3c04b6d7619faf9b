"""The text of a workbook's numbers and dates, and the letters of its columns."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DIGITS = re.compile(r"[+-]?[0-9]+")
_MAX_LENGTH = 1_000  # of a number as written

_DAY_MS = 86_400_000
# Excel takes 1900 for a leap year; its day 60 is 29 February 1900, and only from day 61 on do days count from here.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook's dates have no zone
_NO_SUCH_DAY = 60
_END_DAY = 2_958_466  # 1 January 10000
_EPOCH_1904_DAYS = 1462


class Number(str):
    """The text of a cell that was typed as a number."""

    __slots__ = ()


class Date(str):
    """The text of a cell that was typed as a date or a time."""

    __slots__ = ()


def number_text(raw: str) -> str:
    """Write the shortest decimal digits that give the same float: `24.989999999999998` is `24.99`.

    A whole number that is written with all its digits keeps them: programs that count in whole numbers mean them.
    Raises `ValueError` for what is no finite number.
    """
    value = number_of(raw)
    if value.is_integer():
        return str(int(raw) if _DIGITS.fullmatch(raw.strip()) else int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def number_of(raw: str) -> float:
    """Read a number as XML writes it, with white space around it or without.

    Raises `ValueError` for anything else, also for what Python takes for one (`1_000`, digits of other scripts).
    """
    text = raw.strip(" \t\r\n")
    value = float(text) if len(text) <= _MAX_LENGTH and _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(f"{raw} is no number")
    return value


def date_text(serial: float, *, is_1904: bool) -> str:
    """Write a date or time as ISO 8601: days since Excel's epoch, to the millisecond, without a zone.

    A whole day is a date, less than a day after the epoch a time. What is no date stays a number.
    """
    if not abs(serial) < _END_DAY:
        return number_text(repr(serial))
    milliseconds = round(serial * _DAY_MS)
    days, rest = divmod(milliseconds, _DAY_MS)
    time = (_EPOCH + timedelta(milliseconds=rest)).time()
    clock = time.isoformat().rstrip("0") if time.microsecond else time.isoformat()
    if days == 0:
        return clock
    if is_1904:
        days += _EPOCH_1904_DAYS
    elif days < _NO_SUCH_DAY:
        days += 1
    elif days == _NO_SUCH_DAY:
        return number_text(repr(serial))
    if serial < 0 or days >= _END_DAY:
        return number_text(repr(serial))
    date = (_EPOCH + timedelta(days=days)).date().isoformat()
    return f"{date}T{clock}" if rest else date


def letters_of(column: int) -> str:
    """Write a column's number, from 1, as a spreadsheet does."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


@cache
def column_of(letters: str) -> int:
    """Read the letters of a column, capital or small, as its number, from 1; `ValueError` where they are none."""
    if not re.fullmatch("[A-Za-z]{1,3}", letters):
        raise ValueError(f"{letters} is no column")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
