"""A workbook in the folder of the test, written and read."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import xlsxwriter

from importer.sources import Dialect, open_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl


SHEET = "xl/worksheets/sheet1.xml"


def write(rows: list[list[object]], first_row: int = 0, first_column: int = 0, **options: object) -> None:
    """Write cells as a workbook: None leaves a cell out, a tuple is (number, number format)."""
    book = xlsxwriter.Workbook("x.xlsx", options)
    sheet = book.add_worksheet("June")
    for row, cells in enumerate(rows, start=first_row):
        for column, cell in enumerate(cells, start=first_column):
            if isinstance(cell, tuple):
                sheet.write(row, column, cell[0], book.add_format({"num_format": cell[1]}))
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell)
            elif cell is not None:
                sheet.write(row, column, cell)
    book.close()


def rewrite(part: str, change: Callable[[str], str]) -> None:
    """Change one part of the workbook, as another program might have written it."""
    with zipfile.ZipFile("x.xlsx") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    pack(parts)


def pack(parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile("x.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)


def write_xml(rows: str) -> None:
    """Write a workbook whose rows, below a header in row 1 of columns A to C, are this XML."""
    write([["a", "b", "c"]])
    rewrite(SHEET, lambda xml: xml.replace("</sheetData>", f"{rows}</sheetData>"))


def batches(**options: str) -> list[pl.DataFrame]:
    return list(open_inputs(["x.xlsx"], Dialect(**options))[0].batches())


def cells(**options: str) -> list[tuple[str | None, ...]]:
    return [row for batch in batches(**options) for row in batch.select("0", "1", "2").rows()]


def column(raw: str) -> str | None:
    """The text of one cell, given as XML without its address."""
    write_xml(
        f'<row r="2">{raw.replace("<c", chr(60) + "c r=" + chr(34) + "A2" + chr(34), 1)}<c r="B2"><v>1</v></c></row>'
    )
    return cells()[0][0]
