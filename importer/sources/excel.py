"""Excel workbooks (.xlsx): one sheet as batches of text, with the cells marked that were typed as numbers."""

from __future__ import annotations

import shlex
import zipfile
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING, cast

import polars as pl

from importer.errors import InputError
from importer.sources.base import BATCH_ROWS, Source, rows_frame
from importer.sources.foreign import refuse_no_workbook
from importer.sources.sheet import Fault, Number, SheetHandler, SheetRow, letters_of
from importer.sources.workbook import MAX_SHEET, Sheet, read_strings, read_workbook, stream_part, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.sources.input_file import InputFile

_SHEETS_NAMED = 5
_BATCH_CELLS = 3_000_000


class ExcelSource(Source):
    """One sheet of a workbook: the named one, or the first that is not hidden.

    The first row that is not empty is the header. Rows are numbered from it, empty ones counted; their own number in
    the sheet is their `line`. A row is ragged when it holds cells beyond the header's last.
    """

    format = "xlsx"

    def __init__(self, file: InputFile, *, sheet: str | None = None) -> None:
        super().__init__(file)
        refuse_no_workbook(file.label, file.head(4))
        with file.reading():
            with self._package() as package:
                self._workbook = read_workbook(package)
            self._sheet = self._chosen(sheet)
            faults: list[Fault] = []
            header = next((row for row in self._rows(faults.extend) if not _is_blank(row)), None)
        if header is None:
            raise InputError(f"{file.label}: the sheet {self._sheet.name!r} is empty.")
        early = [fault for fault in faults if fault.row <= header.number]
        if early:
            raise InputError(f"{file.label}: {early[0].reason}.")
        self._header_row = header.number
        self._set_header([cell or "" for cell in header.cells], line=header.number)
        self._width = len(header.cells)

    def _chosen(self, wanted: str | None) -> Sheet:
        sheets = self._workbook.sheets
        names = ", ".join(repr(sheet.name) for sheet in sheets)
        if wanted is None:
            shown = [sheet for sheet in sheets if sheet.visible]
            if not shown:
                raise InputError(f"{self._file.label} holds no visible worksheet. Choose one with --sheet: {names}.")
            if len(shown) > 1:
                only = f"only {shown[0].name!r} is read. --sheet reads another."
                self.warnings += (f"{self._file.label} holds the sheets {names}: {only}",)
                others = " or ".join(f"--sheet {shlex.quote(sheet.name)}" for sheet in shown[1:_SHEETS_NAMED])
                self.advice = f"This is its sheet {shown[0].name!r}; {others} reads another."
            return shown[0]
        for sheet in sheets:
            if sheet.name.casefold() == wanted.casefold():
                return sheet
        raise InputError(f"{self._file.label} holds no sheet {wanted!r}, but {names or 'none at all'}.")

    @contextmanager
    def _package(self) -> Iterator[zipfile.ZipFile]:
        with (
            self._file.open() as stream,
            translated(self._file.label),
            zipfile.ZipFile(cast("IO[bytes]", stream)) as package,
        ):
            yield package

    @cached_property
    def _strings(self) -> list[str]:
        with self._package() as package:
            return read_strings(package, self._workbook.strings_part)

    def _rows(self, judge: Callable[[list[Fault]], None]) -> Iterator[SheetRow]:
        """Yield the rows; `judge` gets the faults of some rows before these, and may raise."""
        handler = SheetHandler(self._workbook, self._strings, self._sheet.name)
        with self._package() as package:
            for _ in stream_part(package, self._sheet.part, handler, limit=MAX_SHEET):
                rows, handler.rows = handler.rows, []
                judge(handler.faults)
                handler.faults = []
                yield from rows

    def _frames(self) -> Iterator[pl.DataFrame]:
        batch: list[SheetRow] = []
        most = min(BATCH_ROWS, max(1, _BATCH_CELLS // self._width))
        for row in self._rows(self._refuse_where_used):
            if row.number > self._header_row and not _is_blank(row):
                batch.append(row)
            if len(batch) == most:
                yield self._frame(batch)
                batch = []
        if batch:
            yield self._frame(batch)

    def _stray(self, row: SheetRow) -> str | None:
        beyond = (column for column, cell in enumerate(row.cells[self._width :], self._width + 1) if cell)
        column = next(beyond, None)
        return None if column is None else f"{letters_of(column)}{row.number}"

    def _refuse_where_used(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            if fault.column > self._width or self._is_used(fault.column - 1):
                raise InputError(fault.reason)

    def _frame(self, batch: Sequence[SheetRow]) -> pl.DataFrame:
        cells = [row.cells for row in batch]
        lines = [row.number for row in batch]
        numbers = [line - self._header_row for line in lines]
        frame = rows_frame(numbers, lines, [len(row) > self._width for row in cells], cells, self._width)
        if "surplus" in frame.columns:
            frame = frame.with_columns(pl.Series("stray", [self._stray(row) for row in batch], dtype=pl.String))
        typed = {
            f"{column}#number": [column < len(row) and isinstance(row[column], Number) for row in cells]
            for column in range(self._width)
        }
        return frame.with_columns(pl.Series(name, flags) for name, flags in typed.items() if any(flags))


def _is_blank(row: SheetRow) -> bool:
    return not any(cell and not cell.isspace() for cell in row.cells)
