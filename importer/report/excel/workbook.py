"""The report as an Excel workbook: a summary, the breakdowns, the runs, and every row on the sheet of its status.

Totals are SUM formulas with their value beside them, for readers that do not calculate; where a spreadsheet's numbers
would not carry an amount, the exact one stands beside it as text.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from importer.codes import MEANING, TITLES
from importer.disk import Replacement
from importer.model import Share, Status
from importer.report import sentences
from importer.report.amounts import Reading, with_amounts
from importer.report.excel.sheets import Cells, StatusSheet, on_paper, put_together, safe_cell
from importer.report.excel.vendor import write_vendor
from importer.report.mark import MARK
from importer.report.reading import open_book
from importer.text import plain, share_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from importer.report.breakdown import Breakdown
    from importer.report.figures import Report

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_SUMMARY_WIDTHS = (46, 12, 20, 24, 62)
_LINE_HEIGHT = 15
_RESULTS = {True: "agrees", False: "DIFFERS", None: "open"}


def write_workbook(report: Report, results: Sequence[Path], path: Path) -> None:
    """Write the workbook, for the owner only, whole or not at all.

    Raises:
        OSError: `path` cannot be written.
        ResultsError: RESULTS can no longer be read.
    """
    made = BytesIO()
    with Replacement(path) as replacement, ExitStack() as closing:
        with xlsxwriter.Workbook(made, _OPTIONS) as book:
            cells = Cells(book, report.decimals)
            sheets = _sheets(report, results, path.parent, cells, closing)
            properties = {"title": sentences.headline(report), "subject": sentences.subject(report)[:255]}
            book.set_properties({**properties, "comments": MARK})
            _Summary(report, book.add_worksheet("Summary"), cells).write(sheets)
            _write_money(report, book.add_worksheet("Where the money is"), cells)
            if report.vendor is not None:
                write_vendor(report.vendor, book.add_worksheet("Vendor"), cells)
            _write_audit(report, book.add_worksheet("Audit"), cells)
            first = len(book.worksheets()) + 1
            for sheet in sheets.values():
                sheet.frame(book, cells)
        parts = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets.values(), first)}
        put_together(made, parts, replacement.file)
        replacement.sync()
        replacement.put()


def _sheets(
    report: Report, results: Sequence[Path], folder: Path, cells: Cells, closing: ExitStack
) -> dict[str, StatusSheet]:
    """Every line on the sheet of its status, as many as a sheet holds."""
    books = [open_book(path) for path in results]
    keep = list(dict.fromkeys(name for book in books for name in book.keep))
    sheets = {
        str(status): StatusSheet(folder, cells.styles(), status, keep)
        for status in Status
        if report.share(status).rows or status in report.kept
    }
    for sheet in sheets.values():
        closing.callback(sheet.close)
    for book in books:
        absent = {name: pl.lit(None, pl.String) for name in keep if name not in book.keep}
        reading = Reading(book.options)
        for batch in book.lines():
            lines = with_amounts(batch, reading).with_columns(**absent)
            for (status,), group in lines.group_by("status", maintain_order=True):
                if status in sheets:
                    sheets[str(status)].add(group)
    return sheets


class _Summary:
    """The first sheet, from top to bottom."""

    def __init__(self, report: Report, sheet: Any, cells: Cells) -> None:
        self._report = report
        self._sheet = sheet
        self._cells = cells
        self._row = 0
        on_paper(sheet, _SUMMARY_WIDTHS)
        sheet.hide_gridlines(2)

    def write(self, rows: dict[str, StatusSheet]) -> None:
        """Write it, with totals that refer to the sheets of the rows."""
        self._opening([sheet.note for sheet in rows.values() if sheet.note])
        self._balance(rows)
        self._controls()
        self._reasons()
        self._steps()
        for name in ("Prepared by, date", "Reviewed by, date"):
            self._row += 2
            for column, text in enumerate((name, "", "")):
                self._text(column, text, self._cells.signed)

    def _text(self, column: int, text: str, form: Any = None) -> None:
        self._cells.text(self._sheet, self._row, column, text, form)

    def _line(self, text: str, form: Any = None) -> None:
        """Begin the next line with a text."""
        self._row += 1
        self._text(0, text, form)

    def _across(self, column: int, text: str) -> None:
        """Text from a column to the last one, in as many lines as it needs; only some programs find out themselves."""
        room = sum(_SUMMARY_WIDTHS[column:])
        last = len(_SUMMARY_WIDTHS) - 1
        if column == last:
            self._text(column, text, self._cells.indented)
        else:
            self._sheet.merge_range(self._row, column, self._row, last, safe_cell(text), self._cells.wrapped)
        self._sheet.set_row(self._row, _height(text, room))

    def _heads(self, *names: str, numbers: Sequence[int] = ()) -> None:
        self._row += 1
        self._cells.heads(self._sheet, self._row, names, numbers)

    def _opening(self, notes: Sequence[str]) -> None:
        report = self._report
        self._text(0, "Revenue import reconciliation", self._cells.title)
        self._line(sentences.subject(report))
        self._line(sentences.headline(report), self._cells.verdicts[sentences.tone(report)])
        for sentence in (*sentences.sentences(report), sentences.ROUNDING, *notes):
            self._row += 1
            self._across(0, sentence)
        self._row += 1

    def _balance(self, rows: dict[str, StatusSheet]) -> None:
        self._heads("Status", "Rows", "Revenue", "Revenue, exact (text)", "Meaning", numbers=(1, 2, 3))
        first = self._row + 2
        for status in Status:
            self._line(TITLES[status])
            self._share(self._report.share(status), rows.get(str(status)))
            self._text(4, MEANING[status], self._cells.indented)
        total, sheet, cells = self._report.total, self._sheet, self._cells
        self._line("The file", cells.bold)
        sheet.write_formula(self._row, 1, f"=SUM(B{first}:B{self._row})", cells.total_count, total.rows)
        sheet.write_formula(self._row, 2, f"=SUM(C{first}:C{self._row})", cells.total, float(total.revenue))
        self._text(3, plain(total.revenue), cells.exact)
        self._line("Difference", cells.bold)
        self._share(self._report.difference, None)
        self._text(4, "the file less the sum of the statuses", self._cells.indented)
        self._row += 1

    def _share(self, part: Share, rows: StatusSheet | None) -> None:
        sheet, cells = self._sheet, self._cells
        formulas = rows.formulas(part) if rows is not None else None
        if formulas is None:
            sheet.write_number(self._row, 1, part.rows, cells.count)
            cells.amount(sheet, self._row, 2, part.revenue)
        else:
            sheet.write_formula(self._row, 1, formulas[0], cells.count, part.rows)
            sheet.write_formula(self._row, 2, formulas[1], cells.money, float(part.revenue))
        self._text(3, plain(part.revenue), cells.exact)

    def _controls(self) -> None:
        self._heads("Control", "Result", "Finding", "", "")
        for check in self._report.checks:
            self._line(check.name)
            self._text(1, _RESULTS[check.ok], None if check.ok is not False else self._cells.verdicts["bad"])
            self._across(2, check.text)
        self._row += 1

    def _reasons(self) -> None:
        if self._report.reasons:
            self._heads("Reason", "Rows", "Revenue", "Status", "What to do", numbers=(1, 2))
        for reason in self._report.reasons:
            self._line(reason.code)
            self._sheet.write_number(self._row, 1, reason.share.rows, self._cells.count)
            self._cells.amount(self._sheet, self._row, 2, reason.share.revenue)
            self._text(3, TITLES[reason.status], self._cells.indented)
            self._across(4, reason.remedy)
        self._row += 1

    def _steps(self) -> None:
        self._heads("Next", "", "", "", "")
        for step in self._report.steps:
            for text in filter(None, (step.text, step.command)):
                self._row += 1
                self._across(0, text)


def _height(text: str, width: int) -> float:
    """Of a row whose text is wrapped; a column of that width holds a few letters more, as most are slim."""
    return _LINE_HEIGHT * max(1, math.ceil(len(text) / (width * 1.1)))


def _write_money(report: Report, sheet: Any, cells: Cells) -> None:
    on_paper(sheet, (34, *[16] * 6))
    row = _breakdown(sheet, cells, 0, "Attribution type", report.kinds)
    row = _breakdown(sheet, cells, row, "Month (UTC)", report.months)
    if report.timezone != "UTC":
        row = _breakdown(sheet, cells, row, f"Month ({report.timezone})", report.local_months)
    cells.text(sheet, row, 0, sentences.month_end_text(report))
    row = _breakdown(sheet, cells, row + 2, "Offer", report.offers)
    row = _breakdown(sheet, cells, row, "Day (UTC)", report.days)
    if report.timezone != "UTC":
        _breakdown(sheet, cells, row, f"Day ({report.timezone})", report.local_days)


def _breakdown(sheet: Any, cells: Cells, row: int, first: str, found: Breakdown) -> int:
    """A table with its totals; returns the row where the next may begin."""
    names = (first, "Rows", "In the file", "Rows recorded", "Recorded", "In doubt", "Not recorded")
    cells.heads(sheet, row, names, range(1, len(names)))
    start = row + 2
    for line in found.lines:
        row += 1
        cells.text(sheet, row, 0, line.name)
        for column, share in ((1, line.file), (3, line.recorded)):
            sheet.write_number(row, column, share.rows, cells.count)
            cells.amount(sheet, row, column + 1, share.revenue)
        cells.amount(sheet, row, 5, line.in_doubt.revenue)
        cells.amount(sheet, row, 6, line.others.revenue)
    row, total = row + 1, found.total
    cells.text(sheet, row, 0, "Total", cells.bold)
    values: tuple[int | Decimal, ...] = (
        *(total.file.rows, total.file.revenue, total.recorded.rows),
        *(total.recorded.revenue, total.in_doubt.revenue, total.others.revenue),
    )
    for column, value in enumerate(values, 1):
        letter = chr(ord("A") + column)
        formula = f"=SUM({letter}{start}:{letter}{row})" if found.lines else "=0"
        form = cells.total_count if column in (1, 3) else cells.total
        sheet.write_formula(row, column, formula, form, float(value))
    return row + 2


def _write_audit(report: Report, sheet: Any, cells: Cells) -> None:
    on_paper(sheet, (26, 110))
    for row, (name, text) in enumerate(_facts(report)):
        cells.text(sheet, row, 0, name, cells.bold)
        cells.text(sheet, row, 1, text, cells.wrapped)
        sheet.set_row(row, _height(text, 110))


def _facts(report: Report) -> list[tuple[str, str]]:
    facts = [("Made", f"{report.made_at} by revenue-importer {report.version}")]
    facts += [
        ("Results", f"{file.path}, read from the {file.read}, SHA-256 {file.sha256 or 'none'}") for file in report.files
    ]
    for run in report.runs:
        facts += [
            ("", ""),
            (f"Run {run.run}", f"{run.started} to {run.ended or '?'}: {sentences.run_text(run)}"),
            ("API", run.target),
            ("Version", run.version),
            ("Recorded", share_text(run.recorded) if run.recorded else "not on record"),
            ("Requests", sentences.effort_text(run)),
        ]
        facts += [
            ("Input", f"{one.get('path') or one.get('name')}, {one.get('bytes')} bytes, SHA-256 {one.get('sha256')}")
            for one in run.inputs
        ]
        chosen, left = sentences.options_text(run)
        facts += [("Options chosen", chosen or "none"), ("At their defaults", left)]
    for one in report.verdicts:
        what = f"{one.at} {one.by}: {one.name} (message {one.message_id}, {one.revenue})"
        facts.append(("Verdict", f"{what}: {one.verdict} {one.revenue_id} ({one.why})"))
    if missing := sentences.no_journal_text(report):
        facts.append(("Unknown", missing))
    return facts
