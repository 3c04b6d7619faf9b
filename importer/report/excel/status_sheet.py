"""The rows of one status: on a sheet, or on several where there are more than one holds."""

from __future__ import annotations

import math
import shutil
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any

import polars as pl
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from importer.model import Share
from importer.report.amounts import share, summed
from importer.report.excel.columns import on_page
from importer.report.excel.rows import MAX_DIGITS, Styles, number, rows_xml
from importer.report.excel.sheets import LINE_HEIGHT, Cells, on_paper

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import xlsxwriter  # type: ignore[import-untyped]

    from importer.report.excel.columns import Column, Look

MAX_ROWS = 1_048_576
_SLICE_ROWS = 20_000


class StatusSheet:
    """The rows of one status, kept as they come until the workbook is put together, with their sum below them.

    `parts` are the sheets that they take, the first of which has the name of the status.
    """

    def __init__(self, folder: Path, styles: Styles, name: str, look: Look, columns: Sequence[Column]) -> None:
        self.name = name
        self.columns = columns
        self.look = look
        sheets = max(1, math.ceil(look.rows / _room()))
        self.parts = [Part(folder, f"{name} {number}" if number > 1 else name) for number in range(1, sheets + 1)]
        self._styles = styles
        self._exact = True

    def close(self) -> None:
        """Forget the rows."""
        for part in self.parts:
            part.rows.close()

    def add(self, lines: pl.DataFrame) -> None:
        """Lines of results, with their `amount`, `whole` and `parts`, and the texts of the columns."""
        lines = lines.with_columns(number=number())
        self._exact &= lines["amount"].count() == lines["number"].count()
        for part in self.parts:
            here, lines = lines.head(_room() - part.written), lines.slice(_room() - part.written)
            part.add(here, self.columns, self._styles)

    def frame(self, book: xlsxwriter.Workbook, cells: Cells, *, adds_up: bool) -> None:
        """Make the sheets, all but their rows: header, filter, and the total of the numbers on each."""
        for part in self.parts:
            self._frame(part, book.add_worksheet(part.name), cells, adds_up=adds_up)

    def _frame(self, part: Part, sheet: Any, cells: Cells, *, adds_up: bool) -> None:
        revenue = self._place("revenue")
        cells.heads(sheet, 0, [column.title for column in self.columns], [revenue])
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        if any(len(column.title) > column.width for column in self.columns):
            sheet.set_row(0, 2 * LINE_HEIGHT)
        on_paper(sheet, [column.width for column in self.columns])
        last, letter = part.written + 1, xl_col_to_name(revenue)
        sheet.print_area(0, 0, last, on_page(self.columns) - 1)
        cells.text(sheet, last, 0, "Total" if adds_up else "Not added up: several sheets or currencies", cells.bold)
        if part.written:
            formula = f"=SUM({letter}2:{letter}{last})"
            if adds_up:
                sheet.write_formula(last, revenue, formula, cells.total, float(part.numbers.revenue))
            sheet.autofilter(0, 0, last - 1, len(self.columns) - 1)

    def formulas(self, whole: Share) -> tuple[str, str] | None:
        """Formulas for rows and revenue of these sheets, if they hold exactly `whole`; otherwise None."""
        held = sum((Share(part.written, part.numbers.revenue) for part in self.parts), Share())
        if not self._exact or held != whole or not held.rows:
            return None
        rows = "+".join(f"ROWS({place})" for place in self._ranges("row"))
        return f"={rows}", f"=SUM({','.join(self._ranges('revenue'))})"

    def formulas_of(self, key: str, value: str) -> tuple[str, str] | None:
        """The same of the rows that hold `value` in a column; None where a formula could not name it."""
        if not self._exact or not value or set(value) & set('*?~<>="'):
            return None
        if key not in [column.key for column in self.columns]:
            return None
        which = [f'{place},"{value}"' for place in self._ranges(key)]
        counts = "+".join(f"COUNTIFS({one})" for one in which)
        sums = "+".join(f"SUMIFS({place},{one})" for place, one in zip(self._ranges("revenue"), which, strict=True))
        return f"={counts}", f"={sums}"

    def _place(self, key: str) -> int:
        return [column.key for column in self.columns].index(key)

    def _ranges(self, key: str) -> list[str]:
        letter = xl_col_to_name(self._place(key))
        return [f"'{part.name}'!{letter}2:{letter}{part.written + 1}" for part in self.parts]

    @property
    def notes(self) -> Iterator[tuple[str, str]]:
        """The name of each sheet, and what a reader has to know of it."""
        first, *more = self.parts
        yield first.name, " ".join(self._notes())
        for part in more:
            yield part.name, f"{part.written:,} more rows of {self.name}."

    def _notes(self) -> Iterator[str]:
        if len(self.parts) > 1:
            yield (
                f"The first {self.parts[0].written:,} of {self.look.rows:,} rows, as many as a sheet has room for; the "
                "others are on the next sheets."
            )
        if once := "; ".join(self.look.said_once(self.columns)):
            yield f"Alike in all rows of the sheet {self.name}: {once}."
        if not self._exact:
            yield (
                f"Amounts of more than {MAX_DIGITS} digits on the sheet {self.name} are text; its SUM leaves them out."
            )


class Part:
    """One sheet of rows: their XML, how many they are (`written`), and the sum of those that are numbers."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.written = 0
        self.numbers = Share()
        self.rows: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by the status's `close`

    def add(self, lines: pl.DataFrame, columns: Sequence[Column], styles: Styles) -> None:
        """Lines with their `number`, as they come."""
        for some in lines.iter_slices(_SLICE_ROWS):
            self.rows.write(rows_xml(some, columns, self.written + 2, styles))
            self.written += some.height
        self.numbers += share(*lines.filter(pl.col("number").is_not_null()).select(summed()).row(0))

    def fill(self, made: bytes, part: Any) -> None:
        """Write the sheet as it was made, with the rows in their place before the total."""
        at = made.index(b'<row r="%d"' % (self.written + 2))
        part.write(made[:at])
        self.rows.seek(0)
        shutil.copyfileobj(self.rows, part, 1 << 20)
        part.write(made[at:])


def put_together(made: Any, sheets: Mapping[str, Part], file: Any) -> None:
    """Copy a workbook, and with it the rows into the sheets; `sheets` by the name of their part."""
    with zipfile.ZipFile(made) as frame, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
        for name in frame.namelist():
            with whole.open(name, "w", force_zip64=name in sheets) as part:
                if name in sheets:
                    sheets[name].fill(frame.read(name), part)
                else:
                    part.write(frame.read(name))


def _room() -> int:
    """Rows that a sheet holds beside its header and its total."""
    return MAX_ROWS - 2
