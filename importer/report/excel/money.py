"""The sheet of where the money is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.report import sentences
from importer.report.breakdown import Breakdown, Line
from importer.report.excel.sheets import Cells, on_paper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from importer.model import Share
    from importer.report.figures import Report
    from importer.report.parts import Part

_HEADS = ("Rows", "In the file", "Rows recorded", "Recorded", "In doubt", "Left out", "Not recorded")


def write_money(report: Report, sheet: Any, cells: Cells) -> None:
    """Write a table for each way to break the money down, the file's zone before UTC.

    What is of several sheets or currencies is not added up: each has its own tables.
    """
    on_paper(sheet, (34, *[16] * len(_HEADS)))
    if report.parts is not None:
        _by_part(report, report.parts, sheet, cells)
        return
    zone = report.timezone
    row = _broken_down(report, report, sheet, cells, 0)
    cells.text(sheet, row, 0, sentences.month_end_text(report))
    row += 2
    if len(report.inputs.lines) > 1:
        row = _breakdown(sheet, cells, row, "File", report.inputs)
    row = _breakdown(sheet, cells, row, f"Day ({zone})", report.local_days)
    if zone != "UTC":
        _breakdown(sheet, cells, row, "Day (UTC)", report.days)


def _by_part(report: Report, parts: Sequence[Part], sheet: Any, cells: Cells) -> None:
    lines = tuple(part.line for part in parts)
    head = "Currency" if report.by_currency else "File or sheet"
    row = _breakdown(sheet, cells, 0, head, Breakdown(lines, Line("", {})), adds_up=False)
    cells.text(sheet, row, 0, "Several sheets or currencies: nothing is added up over these parts.")
    row = _refunds(parts, sheet, cells, row + 2)
    for part in parts:
        cells.text(sheet, row, 0, part.name, cells.title)
        row = _broken_down(report, part, sheet, cells, row + 1)


def _refunds(parts: Sequence[Part], sheet: Any, cells: Cells, row: int) -> int:
    """The negative amounts of each part, where there are any."""
    found = [part for part in parts if part.refunds.rows]
    if not found:
        return row
    cells.heads(sheet, row, ("Refunds, in no other total", "Rows", "Revenue"), (1, 2))
    for part in found:
        row += 1
        cells.text(sheet, row, 0, part.name)
        sheet.write_number(row, 1, part.refunds.rows, cells.count)
        cells.amount(sheet, row, 2, part.refunds.revenue)
    return row + 2


def _broken_down(report: Report, of: Report | Part, sheet: Any, cells: Cells, row: int) -> int:
    """By type, month and offer; returns the row where the next may begin."""
    row = _breakdown(sheet, cells, row, "Attribution type", of.kinds)
    row = _breakdown(sheet, cells, row, f"Month ({report.timezone})", of.local_months)
    if report.timezone != "UTC":
        row = _breakdown(sheet, cells, row, "Month (UTC)", of.months)
    return _breakdown(sheet, cells, row, "Offer", of.offers)


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
