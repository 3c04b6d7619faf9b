"""The report as an Excel workbook: a summary, the breakdowns, the runs, and every row on the sheet of its status.

RESULTS is read twice: a first look says which columns of a sheet say anything and how wide they are.
"""

from __future__ import annotations

from contextlib import ExitStack
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from importer.codes import TITLES
from importer.disk import Replacement
from importer.model import Status
from importer.report import sentences
from importer.report.addresses import workbooks
from importer.report.amounts import Reading, understood
from importer.report.currency import currencies_of
from importer.report.equals import with_fates
from importer.report.excel.audit import write_audit
from importer.report.excel.columns import Look, part_column, shown
from importer.report.excel.money import write_money
from importer.report.excel.sheets import Cells
from importer.report.excel.status_sheet import StatusSheet, put_together
from importer.report.excel.summary import write_summary
from importer.report.excel.vendor import write_vendor
from importer.report.mark import MARK
from importer.report.reading import KEPT, open_book
from importer.report.shared_rows import SharedRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.report.figures import Report
    from importer.report.reading import Book

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_GONE = "No longer in the input"


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
            write_summary(report, book.add_worksheet("Summary"), cells, sheets)
            write_money(report, book.add_worksheet("Where the money is"), cells)
            if report.vendor is not None:
                write_vendor(report.vendor, book.add_worksheet("Vendor"), cells)
            write_audit(report, book.add_worksheet("Audit"), cells)
            first = len(book.worksheets()) + 1
            for sheet in sheets.values():
                sheet.frame(book, cells, adds_up=report.parts is None)
        rows = [part for sheet in sheets.values() for part in sheet.parts]
        parts = {f"xl/worksheets/sheet{number}.xml": part for number, part in enumerate(rows, first)}
        put_together(made, parts, replacement.file)
        replacement.sync()
        replacement.put()


def _sheets(
    report: Report, results: Sequence[Path], folder: Path, cells: Cells, closing: ExitStack
) -> dict[str, StatusSheet]:
    """Every line on the sheets of its status."""
    books = [open_book(path) for path in results]
    keep = list(dict.fromkeys(name for book in books for name in book.keep))
    looks: dict[str, Look] = {}
    for name, lines in _by_sheet(report, books, keep):
        looks.setdefault(name, Look()).add(lines)
    always = [KEPT + report.currency.column, *([part_column(report)] if report.parts is not None else [])]
    always += ["source"] if len(report.sources) > 1 else []
    sheets = {
        name: StatusSheet(
            folder, cells.styles(), name, looks[name], looks[name].columns(report.timezone, keep=keep, always=always)
        )
        for name in (*TITLES.values(), _GONE)
        if name in looks
    }
    for sheet in sheets.values():
        closing.callback(sheet.close)
    for name, lines in _by_sheet(report, books, keep):
        sheets[name].add(lines)
    return sheets


def _by_sheet(report: Report, books: Sequence[Book], keep: Sequence[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """All lines with their texts, some at a time, and the sheet that they belong to."""
    sheets = workbooks(books)
    readings = [Reading(book.options, report.timezone) for book in books]
    shared = SharedRows(books, readings)
    for number, (book, currency) in enumerate(zip(books, currencies_of(books), strict=True)):
        absent: dict[str, Any] = {KEPT + name: pl.lit(None, pl.String) for name in keep if name not in book.keep}
        for batch in book.lines():
            if book.unfinished:
                absent = {KEPT + name: pl.lit(None, pl.String) for name in keep}
            lines = shared.marked(understood(batch, readings[number]), number).filter(~pl.col("again"))
            lines = with_fates(shown(lines, book.name, sheets), report.equals)
            part = currency.part() if part_column(report) == "part" else pl.lit(None, pl.String)
            lines = lines.with_columns(part=part, **absent)
            here = pl.col("row").is_not_null()
            for (status,), group in lines.filter(here).group_by("status", maintain_order=True):
                if status in list(Status):
                    yield TITLES[Status(str(status))], group
            if (gone := lines.filter(~here)).height:
                yield _GONE, gone
