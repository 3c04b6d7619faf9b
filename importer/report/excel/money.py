"""The sheet of where the money is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.report import sentences
from importer.report.excel.sheets import Cells, on_paper

if TYPE_CHECKING:
    from decimal import Decimal

    from importer.model import Share
    from importer.report.breakdown import Breakdown, Line
    from importer.report.figures import Report

_HEADS = ("Rows", "In the file", "Rows recorded", "Recorded", "In doubt", "Left out", "Not recorded")


def write_money(report: Report, sheet: Any, cells: Cells) -> None:
    """Write a table for each way to break the money down, the file's zone before UTC.

    What is of several sheets or currencies has a line for each, and is not added up.
    """
    on_paper(sheet, (34, *[16] * len(_HEADS)))
    if report.parts is not None:
        row = _breakdown(sheet, cells, 0, "Part", report.parts, adds_up=False)
        cells.text(sheet, row, 0, "Several sheets or currencies: nothing is added up over these parts.")
        return
    zone = report.timezone
    row = _breakdown(sheet, cells, 0, "Attribution type", report.kinds)
    row = _breakdown(sheet, cells, row, f"Month ({zone})", report.local_months)
    if zone != "UTC":
        row = _breakdown(sheet, cells, row, "Month (UTC)", report.months)
    cells.text(sheet, row, 0, sentences.month_end_text(report))
    row = _breakdown(sheet, cells, row + 2, "Offer", report.offers)
    if len(report.inputs.lines) > 1:
        row = _breakdown(sheet, cells, row, "File", report.inputs)
    row = _breakdown(sheet, cells, row, f"Day ({zone})", report.local_days)
    if zone != "UTC":
        _breakdown(sheet, cells, row, "Day (UTC)", report.days)


def _breakdown(sheet: Any, cells: Cells, row: int, first: str, found: Breakdown, *, adds_up: bool = True) -> int:
    """A table with its totals; returns the row where the next may begin."""
    cells.heads(sheet, row, (first, *_HEADS), range(1, len(_HEADS) + 1))
    start = row + 2
    for line in found.lines:
        row += 1
        cells.text(sheet, row, 0, line.name)
        for column, value in enumerate(_values(line), 1):
            if isinstance(value, int):
                sheet.write_number(row, column, value, cells.count)
            else:
                cells.amount(sheet, row, column, value)
    if not adds_up:
        return row + 2
    row += 1
    cells.text(sheet, row, 0, "Total", cells.bold)
    for column, value in enumerate(_values(found.total), 1):
        letter = chr(ord("A") + column)
        formula = f"=SUM({letter}{start}:{letter}{row})" if found.lines else "=0"
        form = cells.total_count if isinstance(value, int) else cells.total
        sheet.write_formula(row, column, formula, form, float(value))
    return row + 2


def _values(line: Line) -> tuple[int | Decimal, ...]:
    shares: tuple[Share, ...] = (line.in_doubt, line.left_out, line.others)
    file, recorded = line.file, line.recorded
    return (file.rows, file.revenue, recorded.rows, recorded.revenue, *(share.revenue for share in shares))
