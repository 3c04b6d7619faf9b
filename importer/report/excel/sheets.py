"""How a cell of a workbook is written, and what a sheet looks like on paper."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.model import EXACT
from importer.report.excel.rows import MAX_CELL, MAX_DIGITS, Styles
from importer.schema import with_cents
from importer.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xlsxwriter  # type: ignore[import-untyped]

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
        self.indented = add({"num_format": "@", "align": "left", "indent": 1, "text_wrap": True, "valign": "top"})
        self.wrapped = add({"text_wrap": True, "valign": "top"})
        self.wrapped_bold = add({"bold": True, "text_wrap": True, "valign": "top"})
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
