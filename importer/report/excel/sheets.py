"""The sheets of a workbook: how a cell is written, and the sheets on which the rows of one status stand."""

from __future__ import annotations

import math
import re
import shutil
import tempfile
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from importer.model import EXACT, Share
from importer.report.amounts import share, summed
from importer.report.excel.columns import on_page
from importer.report.excel.rows import MAX_CELL, MAX_DIGITS, Styles, number, rows_xml
from importer.schema import with_cents
from importer.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import xlsxwriter  # type: ignore[import-untyped]

    from importer.report.excel.columns import Column, Look

MAX_ROWS = 1_048_576
_SLICE_ROWS = 20_000
_MOST_PLACES = 18
_LARGEST = Decimal(10) ** MAX_DIGITS
LINE_HEIGHT = 15
_MARGIN = 0.4  # inches
_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def as_number(value: Decimal) -> float | None:
    """The amount as a spreadsheet's number; None where its 15 digits would not carry it."""
    if abs(value) >= _LARGEST or len(value.normalize(EXACT).as_tuple().digits) > MAX_DIGITS:
        return None
    return float(value)


def safe_cell(text: str) -> str:
    """What a cell can hold of a text."""
    return (text if text.isascii() else _NO_XML.sub("\ufffd", text))[:MAX_CELL]


def height_of(text: str, width: int) -> float:
    """Of a row whose text is wrapped; a column of that width holds a few letters more, as most are slim."""
    return LINE_HEIGHT * max(1, math.ceil(len(text) / (width * 1.1)))


def on_paper(sheet: Any, widths: Sequence[float]) -> None:
    """Columns of these widths, all of them on one A4 page, with the sheet's name and the page below."""
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=_MARGIN, right=_MARGIN)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")


class Cells:
    """The formats of a workbook, and how values are written with them."""

    def __init__(self, book: xlsxwriter.Workbook, places: int = 2) -> None:
        add = book.add_format
        # Zeros beyond the cents keep their room and are not shown, so that points stand in one line.
        money = f"#,##0.00{'?' * (places - 2)}{'#' * (_MOST_PLACES - places)}_)"
        self.bold = add({"bold": True, "valign": "top"})
        self.link = add({"font_color": "#1D5A8A", "underline": 1, "valign": "top"})
        self.title = add({"bold": True, "font_size": 14})
        self.verdicts = {
            tone: add({"bold": True, "font_size": 12, "font_color": colour})
            for tone, colour in (("good", "#17633A"), ("open", "#7D5200"), ("bad", "#A3201D"))
        }
        head = {"bold": True, "bottom": 1, "text_wrap": True}
        self.header = add(head)
        self.number_header = add({**head, "align": "right"})
        self.indented_header = add({**head, "indent": 1})
        self.signer = add({"num_format": "@", "valign": "bottom"})
        self.signed = add({"bold": True, "top": 1})
        self.indented = add({"num_format": "@", "indent": 1, "text_wrap": True, "valign": "top"})
        self.wrapped = add({"text_wrap": True, "valign": "top"})
        self.count = add({"num_format": "#,##0_)", "valign": "top"})
        self.total = add({"bold": True, "top": 1, "num_format": money})
        self.total_count = add({"bold": True, "top": 1, "num_format": "#,##0"})
        self.exact = add({"align": "right", "num_format": "@", "valign": "top", "indent": 1})
        self.money = add({"num_format": money, "valign": "top"})
        self._text = add({"num_format": "@", "valign": "top"})
        self._time = add({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left", "valign": "top"})
        self._time_ms = add({"num_format": "yyyy-mm-dd hh:mm:ss.000", "align": "left", "valign": "top"})

    def text(self, sheet: Any, row: int, column: int, text: str, form: Any = None) -> None:
        """Text, and nothing else, whatever it looks like."""
        sheet.write_string(row, column, safe_cell(text), form or self._text)

    def amount(self, sheet: Any, row: int, column: int, value: Decimal) -> None:
        """An amount, as text where no number would carry it; SUM leaves that out."""
        if (number := as_number(value)) is None:
            sheet.write_string(row, column, plain(with_cents(value)), self.exact)
        else:
            sheet.write_number(row, column, number, self.money)

    def heads(self, sheet: Any, row: int, names: Sequence[str], numbers: Sequence[int] = ()) -> None:
        """A header line; those of the columns `numbers` stand on the right, as the figures below them do."""
        for column, name in enumerate(names):
            beside = self.indented_header if column - 1 in numbers else self.header
            sheet.write_string(row, column, safe_cell(name), self.number_header if column in numbers else beside)

    def styles(self) -> Styles:
        """The numbers that the formats have in the workbook's list."""
        formats = (self._text, self.wrapped, self.count, self.money, self.exact, self._time, self._time_ms)
        return Styles(*(one._get_xf_index() for one in formats))  # noqa: SLF001 - there is no other way to ask


class StatusSheet:
    """The rows of one status, kept as they come until the workbook is put together, with their sum in the last line."""

    def __init__(self, folder: Path, styles: Styles, name: str, look: Look, columns: Sequence[Column]) -> None:
        self.name = name
        self.left_out = 0
        self.columns = columns
        self.look = look
        self._styles = styles
        self._written = 0
        self._numbers = Share()
        self._exact = True
        self._rows: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`

    def close(self) -> None:
        """Forget the rows."""
        self._rows.close()

    def add(self, lines: pl.DataFrame) -> None:
        """Lines of results, with their `amount`, `whole` and `parts`, and the texts of the columns."""
        here = lines.head(MAX_ROWS - 2 - self._written)  # the header and the total take a row each
        self.left_out += lines.height - here.height
        here = here.with_columns(number=number())
        keys = [column.key for column in self.columns]
        for part in here.iter_slices(_SLICE_ROWS):
            self._rows.write(rows_xml(part, keys, self._written + 2, self._styles))
            self._written += part.height
        numbers = here.filter(pl.col("number").is_not_null())
        self._numbers += share(*numbers.select(summed()).row(0))
        self._exact &= here["amount"].count() == numbers.height

    def frame(self, book: xlsxwriter.Workbook, cells: Cells, *, adds_up: bool) -> None:
        """Make the sheet, all but its rows: header, filter, and the total of the numbers on it."""
        sheet = book.add_worksheet(self.name)
        revenue = self._place("revenue")
        cells.heads(sheet, 0, [column.title for column in self.columns], [revenue])
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        if any(len(column.title) > column.width for column in self.columns):
            sheet.set_row(0, 2 * LINE_HEIGHT)
        on_paper(sheet, [column.width for column in self.columns])
        last, letter = self._written + 1, xl_col_to_name(revenue)
        sheet.print_area(0, 0, last, on_page(self.columns) - 1)
        cells.text(sheet, last, 0, "Total" if adds_up else "Not added up: several sheets or currencies", cells.bold)
        if self._written:
            formula = f"=SUM({letter}2:{letter}{last})"
            if adds_up:
                sheet.write_formula(last, revenue, formula, cells.total, float(self._numbers.revenue))
            sheet.autofilter(0, 0, last - 1, len(self.columns) - 1)

    def fill(self, made: bytes, part: Any) -> None:
        """Write the sheet as it was made, with the rows in their place before the total."""
        at = made.index(b'<row r="%d"' % (self._written + 2))
        part.write(made[:at])
        self._rows.seek(0)
        shutil.copyfileobj(self._rows, part, 1 << 20)
        part.write(made[at:])

    def formulas(self, part: Share) -> tuple[str, str] | None:
        """Formulas for rows and revenue of this sheet, if it holds exactly `part`; otherwise None."""
        if not self._exact or (self._written, self._numbers.revenue) != (part.rows, part.revenue) or not self._written:
            return None
        return f"=ROWS({self._range('row')})", f"=SUM({self._range('revenue')})"

    def formulas_of(self, key: str, value: str) -> tuple[str, str] | None:
        """The same of the rows that hold `value` in a column; None where a formula could not name it."""
        if not self._exact or self.left_out or not value or set(value) & set('*?~<>="'):
            return None
        if key not in [column.key for column in self.columns]:
            return None
        which = f'{self._range(key)},"{value}"'
        return f"=COUNTIFS({which})", f"=SUMIFS({self._range('revenue')},{which})"

    def _place(self, key: str) -> int:
        return [column.key for column in self.columns].index(key)

    def _range(self, key: str) -> str:
        letter = xl_col_to_name(self._place(key))
        return f"'{self.name}'!{letter}2:{letter}{self._written + 1}"

    @property
    def notes(self) -> list[str]:
        """What a reader has to know: of what is alike in all rows, of rows that found no room, of amounts as text."""
        notes = []
        if once := "; ".join(self.look.said_once(self.columns)):
            notes.append(f"Alike in all rows of the sheet {self.name}: {once}.")
        if self.left_out:
            notes.append(
                f"The sheet {self.name} holds the first {self._written:,} rows, all that a sheet has room for; "
                f"{self.left_out:,} more are in the results file."
            )
        if not self._exact:
            notes.append(
                f"Amounts of more than {MAX_DIGITS} digits on the sheet {self.name} are text; its SUM leaves them out."
            )
        return notes


def put_together(made: Any, sheets: Mapping[str, StatusSheet], file: Any) -> None:
    """Copy a workbook, and with it the rows into the sheets; `sheets` by the name of their part."""
    with zipfile.ZipFile(made) as frame, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
        for name in frame.namelist():
            with whole.open(name, "w", force_zip64=name in sheets) as part:
                if name in sheets:
                    sheets[name].fill(frame.read(name), part)
                else:
                    part.write(frame.read(name))
