"""The sheet of a comparison with the vendor's records."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from importer.report.excel.sheets import Cells, on_paper

if TYPE_CHECKING:
    from importer.report.vendor import VendorPart, VendorSection

_WIDTHS = (34, 30, 18, 18, 70)


def write_vendor(section: VendorSection, sheet: Any, cells: Cells) -> None:
    """Write what the export has, with its total as a formula, what is told of our rows, and the first that are open."""
    on_paper(sheet, _WIDTHS)
    cells.text(sheet, 0, 0, "Against the vendor's records", cells.title)
    cells.text(sheet, 1, 0, f"{section.export}, SHA-256 {section.sha256}")
    row = 2 + len(section.notes)
    for at, note in enumerate(section.notes, 2):
        cells.text(sheet, at, 0, note)
    cells.heads(sheet, row, ("Part", "Rows", "Revenue"), (1, 2))
    first = row + 1
    row = _parts(section.parts, sheet, cells, first)
    cells.text(sheet, row, 0, "The export", cells.bold)
    for column, value in ((1, section.total.rows), (2, section.total.revenue)):
        letter = "ABC"[column]
        formula = f"=SUM({letter}{first + 1}:{letter}{row})" if section.parts else f"={value}"
        sheet.write_formula(row, column, formula, cells.total_count if column == 1 else cells.total, float(value))
    row = _parts(section.ours, sheet, cells, row + 2)
    cells.heads(sheet, row + 1, ("Part", "Place", "Message id", "Revenue", "What there is to say"), (3,))
    for at, (kind, place, message, revenue, note) in enumerate(section.rows, row + 2):
        for column, text in ((0, kind), (1, place), (2, message), (4, note)):
            cells.text(sheet, at, column, text)
        _amount(revenue, sheet, cells, at)


def _parts(parts: tuple[VendorPart, ...], sheet: Any, cells: Cells, row: int) -> int:
    for part in parts:
        cells.text(sheet, row, 0, part.name)
        sheet.write_number(row, 1, part.share.rows, cells.count)
        cells.amount(sheet, row, 2, part.share.revenue)
        cells.text(sheet, row, 4, part.meaning)
        row += 1
    return row


def _amount(text: str, sheet: Any, cells: Cells, row: int) -> None:
    try:
        cells.amount(sheet, row, 3, Decimal(text))
    except InvalidOperation:
        cells.text(sheet, row, 3, text)
