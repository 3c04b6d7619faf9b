"""The sheet of a comparison with the vendor's records."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from importer.report.excel.sheets import Cells, height_of, on_paper, safe_cell
from importer.text import amount

if TYPE_CHECKING:
    from importer.report.vendor import VendorPart, VendorRows, VendorSection

_WIDTHS = (42, 16, 18, 64)
_LAST = len(_WIDTHS) - 1


def write_vendor(section: VendorSection, sheet: Any, cells: Cells) -> None:
    """Write what it came to, what the export has with its total as a formula, and what needs a person."""
    on_paper(sheet, _WIDTHS)
    sheet.hide_gridlines(2)
    _Vendor(sheet, cells).write(section)


class _Vendor:
    """The sheet, from top to bottom; `_row` is the line that was written last."""

    def __init__(self, sheet: Any, cells: Cells) -> None:
        self._sheet = sheet
        self._cells = cells
        self._row = 0

    def write(self, section: VendorSection) -> None:
        """All of it."""
        cells = self._cells
        cells.text(self._sheet, 0, 0, "Against the vendor's records", cells.title)
        self._wide(f"{section.verdict} {section.doubts}".rstrip(), cells.wrapped_bold)
        self._wide(f"Compared with {section.export}, SHA-256 {section.sha256}")
        for note in section.notes:
            self._wide(note)
        self._of_the_export(section)
        if section.ours:
            self._heads("Rows of these results", "Rows", "Revenue", "Meaning")
            self._parts(section.ours)
        for one in section.rows:
            self._kind(one)
        self._next(section)

    def _of_the_export(self, section: VendorSection) -> None:
        self._heads("What the export has", "Rows", "Revenue", "Meaning")
        first = self._row + 2
        self._parts(section.parts)
        self._row += 1
        self._cells.text(self._sheet, self._row, 0, "The export", self._cells.bold)
        rows, revenue = section.total.rows, section.total.revenue
        for column, value, form in ((1, rows, self._cells.total_count), (2, float(revenue), self._cells.total)):
            letter = "ABC"[column]
            formula = f"=SUM({letter}{first}:{letter}{self._row})" if section.parts else f"={value}"
            self._sheet.write_formula(self._row, column, formula, form, value)

    def _parts(self, parts: tuple[VendorPart, ...]) -> None:
        for part in parts:
            self._row += 1
            self._cells.text(self._sheet, self._row, 0, part.name)
            self._sheet.write_number(self._row, 1, part.share.rows, self._cells.count)
            self._cells.amount(self._sheet, self._row, 2, part.share.revenue)
            self._cells.text(self._sheet, self._row, _LAST, part.meaning, self._cells.indented)

    def _kind(self, one: VendorRows) -> None:
        """The largest rows of a kind, and how many more there are."""
        self._row += 1
        share = one.part.share
        rows = f"{share.rows:,} {'row' if share.rows == 1 else 'rows'}"
        self._wide(f"{one.part.name}, {rows} ({amount(share.revenue)}): {one.part.meaning}", self._cells.wrapped_bold)
        note = "What there is to say" if any(row[3] for row in one.rows) else ""
        self._heads("Place", "Message id", "Revenue", note, gap=0)
        for place, message, revenue, note in one.rows:
            self._row += 1
            self._cells.text(self._sheet, self._row, 0, place)
            self._cells.text(self._sheet, self._row, 1, message)
            self._amount(revenue)
            self._cells.text(self._sheet, self._row, _LAST, note, self._cells.indented)
        if one.rest:
            self._wide(f"And {one.rest}.")

    def _next(self, section: VendorSection) -> None:
        self._heads("What to do about it", "", "", "")
        for step in section.steps:
            self._wide(step.text + (f" the same comparison with {step.options}" if step.options else ""))
            for command in step.commands:
                self._wide(command)

    def _heads(self, *names: str, gap: int = 1) -> None:
        self._row += 1 + gap
        self._cells.heads(self._sheet, self._row, names, (1, 2) if names[1] == "Rows" else (2,))

    def _wide(self, text: str, form: Any = None) -> None:
        """The next line, with a text over all columns."""
        self._row += 1
        self._sheet.merge_range(self._row, 0, self._row, _LAST, safe_cell(text), form or self._cells.wrapped)
        self._sheet.set_row(self._row, height_of(text, sum(_WIDTHS)))

    def _amount(self, text: str) -> None:
        try:
            self._cells.amount(self._sheet, self._row, 2, Decimal(text))
        except InvalidOperation:
            self._cells.text(self._sheet, self._row, 2, text)
