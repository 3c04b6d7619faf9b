"""The sheets of a workbook on which rows stand, and how a cell is written so that a spreadsheet does no harm to it.

Amounts are numbers as far as a spreadsheet carries them (15 digits), otherwise text, so that no cent is lost; ids are
text; times are real dates where a spreadsheet's calendar has them. Nothing from the data can become a formula or a
link.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.checking import plain
from importer.records import EXACT, Share, Status
from importer.report import words
from importer.results import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xlsxwriter  # type: ignore[import-untyped]

MAX_ROWS = 1_048_576
MAX_CELL = 32_767
MAX_DIGITS = 15
AS_READ = "revenue as read"
_MONEY = "#,##0.00################"
_LARGEST = Decimal(10) ** MAX_DIGITS
_REVENUE = COLUMNS.index("revenue")
_WIDTHS = {
    "source": 22,
    "message_id": 14,
    "revenue": 16,
    "offer_id": 16,
    "timestamp": 21,
    "revenue_id": 27,
    "error_code": 20,
    "error_message": 60,
    "finished_at": 24,
    "target": 22,
    AS_READ: 16,
}
_COUNTS = ("row", "http_status", "attempts")
_TIMES = ("timestamp", "finished_at")
_UTC = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z", re.ASCII)
_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_FIRST_YEAR = 1901  # before March 1900 the calendars of spreadsheets differ


def as_number(value: Decimal) -> float | None:
    """The amount as a spreadsheet's number; None where its 15 digits would not carry it."""
    if abs(value) >= _LARGEST or len(value.normalize(EXACT).as_tuple().digits) > MAX_DIGITS:
        return None
    return float(value)


def as_moment(text: str) -> datetime | None:
    """The UTC time as a spreadsheet has it: without zone, to the millisecond; None where it has none such."""
    match = _UTC.fullmatch(text)
    if match is None or int(match[1]) < _FIRST_YEAR:
        return None
    try:
        return datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None


def safe_cell(text: str) -> str:
    """What a cell can hold of a text."""
    return (text if text.isascii() else _NO_XML.sub("\ufffd", text))[:MAX_CELL]


class Cells:
    """The formats of a workbook, and how values are written with them."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        add = book.add_format
        self.bold = add({"bold": True})
        self.title = add({"bold": True, "font_size": 14})
        self.good = add({"bold": True, "font_size": 12, "font_color": "#17633A"})
        self.bad = add({"bold": True, "font_size": 12, "font_color": "#A3201D"})
        self.header = add({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
        self.wrapped = add({"text_wrap": True, "valign": "top"})
        self.count = add({"num_format": "#,##0"})
        self.total = add({"bold": True, "top": 1, "num_format": _MONEY})
        self.total_count = add({"bold": True, "top": 1, "num_format": "#,##0"})
        self.exact = add({"align": "right", "num_format": "@"})
        self.money = add({"num_format": _MONEY})
        self._text = add({"num_format": "@"})
        self._time = add({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._time_ms = add({"num_format": "yyyy-mm-dd hh:mm:ss.000"})

    def text(self, sheet: Any, row: int, column: int, text: str, form: Any = None) -> None:
        """Text, and nothing else, whatever it looks like."""
        sheet.write_string(row, column, safe_cell(text), form or self._text)

    def amount(self, sheet: Any, row: int, column: int, value: Decimal) -> bool:
        """An amount; False where it had to be written as text, which SUM leaves out."""
        number = as_number(value)
        if number is None:
            sheet.write_string(row, column, f"{plain(value):f}", self.exact)
            return False
        sheet.write_number(row, column, number, self.money)
        return True

    def heads(self, sheet: Any, row: int, names: Sequence[str]) -> None:
        """A header line."""
        for column, name in enumerate(names):
            sheet.write_string(row, column, safe_cell(name), self.header)

    def cell(self, sheet: Any, row: int, column: int, name: str, text: str) -> None:
        """A cell of a line of results, by its column's name: a number, a date, or text."""
        if name in _COUNTS and text.isdecimal() and len(text) <= MAX_DIGITS:
            sheet.write_number(row, column, int(text), self.count)
            return
        moment = as_moment(text) if name in _TIMES else None
        if moment is None:
            self.text(sheet, row, column, text)
        else:
            sheet.write_datetime(row, column, moment, self._time_ms if moment.microsecond else self._time)


class StatusSheet:
    """The rows of one status, written as they come, with their sum in the last line."""

    def __init__(self, book: xlsxwriter.Workbook, cells: Cells, status: Status, keep: Sequence[str]) -> None:
        self.name = words.TITLES[status]
        self.left_out = 0
        self._cells = cells
        self._columns = (*COLUMNS, *keep, *([AS_READ] if status is Status.INVALID else []))
        self._written, self._numbers, self._exact = 0, Decimal(0), True
        self._sheet = book.add_worksheet(self.name)
        for column, name in enumerate(self._columns):
            self._sheet.set_column(column, column, _WIDTHS.get(name, 12))
        cells.heads(self._sheet, 0, [f"{name} (UTC)" if name in _TIMES else name for name in self._columns])
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)

    def add(self, line: Mapping[str, Any]) -> None:
        """A line of results, with its `amount`."""
        if self._written >= MAX_ROWS - 2:  # the header and the total take a row each
            self.left_out += 1
            return
        self._written += 1
        row = self._written
        for column, name in enumerate(self._columns):
            text = line["revenue"] if name == AS_READ else line[name]
            if column == _REVENUE:
                self._amount(row, line["amount"])
            elif text:
                self._cells.cell(self._sheet, row, column, name, text)

    def _amount(self, row: int, value: Decimal | None) -> None:
        if value is None:
            return
        if self._cells.amount(self._sheet, row, _REVENUE, value):
            self._numbers = EXACT.add(self._numbers, value)
        else:
            self._exact = False

    def finish(self) -> None:
        """Write the total, of the numbers on the sheet, and put a filter on the header."""
        last, letter = self._written + 1, chr(ord("A") + _REVENUE)
        self._cells.text(self._sheet, last, 0, "Total", self._cells.bold)
        if self._written:
            formula = f"=SUM({letter}2:{letter}{last})"
            self._sheet.write_formula(last, _REVENUE, formula, self._cells.total, float(self._numbers))
            self._sheet.autofilter(0, 0, last - 1, len(self._columns) - 1)

    def formulas(self, part: Share) -> tuple[str, str] | None:
        """Formulas for rows and revenue of this sheet, if it holds exactly `part`; otherwise None."""
        if not self._exact or self._written != part.rows or self._numbers != part.revenue or not self._written:
            return None
        letter = chr(ord("A") + _REVENUE)
        return (
            f"=ROWS('{self.name}'!A2:A{self._written + 1})",
            f"=SUM('{self.name}'!{letter}2:{letter}{self._written + 1})",
        )

    @property
    def note(self) -> str:
        """What a reader has to know of rows that found no room, and of amounts that are text."""
        notes = []
        if self.left_out:
            notes.append(
                f"The sheet {self.name} holds the first {self._written:,} rows, all that a sheet has room for; "
                f"{self.left_out:,} more are in the results file."
            )
        if not self._exact:
            notes.append(
                f"Amounts of more than {MAX_DIGITS} digits on the sheet {self.name} are text; its SUM leaves them out."
            )
        return " ".join(notes)
