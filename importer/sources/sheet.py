"""The cells of a worksheet, row by row, as text."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from importer.sources.workbook import Ignoring, unescaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources.workbook import Workbook

# Excel's own limits; and how many pieces of text, each at most a read's size, one cell may come in.
_MAX_ROWS, _MAX_COLUMNS = 1 << 20, 1 << 14
_MAX_PIECES = 1_000

_DAY_MS = 86_400_000
# Excel takes 1900 for a leap year; its day 60 is 29 February 1900, and only from day 61 on do days count from here.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook's dates have no zone
_NO_SUCH_DAY = 60
_END_DAY = 2_958_466  # 1 January 10000
_EPOCH_1904_DAYS = 1462


class Number(str):
    """The text of a cell that was typed as a number."""

    __slots__ = ()


class SheetRow(NamedTuple):
    """A row that holds cells: its 1-based number in the sheet, and its cells from column A on, None where empty."""

    number: int
    cells: list[str | None]


class Fault(NamedTuple):
    """A cell that the spreadsheet could not calculate: where it is, from 1, and what to say if its column matters."""

    row: int
    column: int
    reason: str


class SheetHandler(Ignoring):
    """Collects the rows of a worksheet's XML in `rows`, for the caller to take away.

    An error (`#N/A`) and a formula without a stored result are empty cells, and among the `faults`.

    Raises `ValueError` or `LookupError` for XML that is no worksheet.
    """

    def __init__(self, workbook: Workbook, strings: Sequence[str], sheet: str) -> None:
        self.rows: list[SheetRow] = []
        self.faults: list[Fault] = []
        self._workbook = workbook
        self._strings = strings
        self._sheet = sheet
        self._row = 0
        self._cells: list[str | None] = []
        self._column = 0
        self._cell: dict[str, str] = {}
        self._formula = False
        self._value: list[str] | None = None
        self._reading = False
        self._in_aid = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a row, a cell, or a part of a cell."""
        if name == "c":
            self._cell = attributes
            self._formula = False
            self._value = None
        elif name == "v" or (name == "t" and not self._in_aid):
            if self._value is None:
                self._value = []
            self._reading = True
        elif name == "row":
            self._start_row(attributes)
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._in_aid = True

    def end(self, name: str) -> None:
        """Finish a row, a cell, or a part of a cell."""
        if name == "c":
            self._end_cell()
        elif name in {"v", "t"}:
            self._reading = False
        elif name == "row":
            if self._cells:
                self.rows.append(SheetRow(self._row, self._cells))
        elif name == "rPh":
            self._in_aid = False

    def text(self, data: str) -> None:
        """Collect the text of a cell's value."""
        if self._reading and self._value is not None:
            self._value.append(data)
            if len(self._value) > _MAX_PIECES:
                raise ValueError(f"a cell of row {self._row} is too long")

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r", self._row + 1))
        if not self._row < number <= _MAX_ROWS:
            raise ValueError(f"row {number} follows row {self._row}")
        self._row, self._column, self._cells = number, 0, []

    def _end_cell(self) -> None:
        address = self._cell.get("r")
        column = self._column + 1 if address is None else _column(address, self._row)
        if not self._column < column <= _MAX_COLUMNS:
            raise ValueError(f"column {column} follows column {self._column}")
        self._column = column
        if self._value is None:
            if self._formula:
                self._find(self._no_result)
            return
        text = self._text("".join(self._value))
        if text:
            if len(self._cells) < column - 1:
                self._cells.extend([None] * (column - 1 - len(self._cells)))
            self._cells.append(text)

    def _text(self, raw: str) -> str:
        match self._cell.get("t", "n"):
            case "n":
                return self._number(raw)
            case "s":
                return self._strings[_index(raw)]
            case "str" | "inlineStr":
                return unescaped(raw)
            case "b":
                return {"1": "true", "0": "false"}[raw]
            case "e":
                self._find(f"{self._address} holds {raw}; correct the cell, or empty it")
                return ""
            case "d":
                return raw
        raise ValueError(f"unknown type of cell {self._cell['t']!r}")

    def _number(self, raw: str) -> str:
        if not raw:
            if self._formula:
                self._find(self._no_result)
            return ""
        if int(self._cell.get("s", 0)) in self._workbook.date_styles:
            return date_text(float(raw), is_1904=self._workbook.is_1904)
        return Number(number_text(raw))

    def _find(self, reason: str) -> None:
        self.faults.append(Fault(self._row, self._column, reason))

    @property
    def _no_result(self) -> str:
        return f"{self._address} holds a formula without a stored result; open the workbook in Excel and save it"

    @property
    def _address(self) -> str:
        return f"{self._sheet}!{letters_of(self._column)}{self._row}"


def letters_of(column: int) -> str:
    """Write a column's number, from 1, as a spreadsheet does."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def number_text(raw: str) -> str:
    """Write the shortest decimal digits that give the same float: `24.989999999999998` is `24.99`.

    Raises `ValueError` for what is no finite number.
    """
    value = float(raw)
    if not math.isfinite(value):
        raise ValueError(f"{raw} is no number")
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


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


def _index(raw: str) -> int:
    if not raw.isdecimal():
        raise ValueError(f"{raw} is no index")
    return int(raw)


def _column(address: str, row: int) -> int:
    letters = address.rstrip("0123456789")
    if address != f"{letters}{row}":
        raise ValueError(f"{address} is no cell of row {row}")
    return _column_of_letters(letters)


@cache
def _column_of_letters(letters: str) -> int:
    if not re.fullmatch("[A-Z]{1,3}", letters):
        raise ValueError(f"{letters} is no column")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
