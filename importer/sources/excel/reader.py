"""Excel workbooks (.xlsx): one sheet as batches of text, with the cells marked that were typed as numbers."""

from __future__ import annotations

import shlex
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import InputError
from importer.sources.base import BATCH_ROWS, FIRST_LINES, Source
from importer.sources.dialect import Dialect
from importer.sources.excel.cell_text import Date, Number, letters_of
from importer.sources.excel.marks import mark_columns
from importer.sources.excel.package import open_package
from importer.sources.excel.sheet import Fault, SheetCells, SheetRow, seem_in_order
from importer.sources.excel.workbook import Sheet, read_strings, read_workbook
from importer.sources.sniff import refuse_no_workbook
from importer.text import csv_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.sources.excel.package import Package
    from importer.sources.input_file import InputFile

_OTHERS_NAMED = 4
_SHEETS_NAMED = 20
_MAX_SHEET = 8 << 30  # bytes of XML
_BEYOND_HEADER = 100  # columns to the right of the header that a row may reach
_BATCH_CELLS, _BATCH_TEXT = 2_000_000, 32 << 20
_MOST_SORTED = 2_000_000  # cells of a sheet whose rows are out of order, and so are held in memory
# Characters in all cells: a few strings, referred to again and again, can make any number of them.
_ALWAYS_TEXT = 256 << 20
_TEXT_RATIO = 100
_KINDS: dict[type[str], str] = {Number: "number", Date: "date"}


class ExcelSource(Source):
    """One sheet of a workbook: the named one, or the first that is not hidden.

    The first row that is not empty is the header, unless the user names the columns; so many rows as the user says are
    not looked at. Rows are numbered from the header, empty ones counted; their own number in the sheet is their `line`.
    A row is ragged when it holds cells beyond the header's last.
    """

    format = "xlsx"

    def __init__(self, file: InputFile, dialect: Dialect | None = None, *, sheet: str | None = None) -> None:
        super().__init__(file)
        self._dialect = dialect = dialect or Dialect()
        refuse_no_workbook(file.label, file.head(4))
        with file.reading():
            with open_package(file) as package:
                self._workbook = read_workbook(package)
                self._sheet = self._chosen(sheet)
                with package.open(self._sheet.part, limit=_MAX_SHEET) as stream:
                    self._in_order = seem_in_order(stream)
            faults: list[Fault] = []
            rows = (row for row in self._rows(faults.extend) if row.number > dialect.skip_rows)
            first = next((row for row in rows if not _is_blank(row)), None)
        if first is None:
            empty = f"has nothing below its row {dialect.skip_rows:,}" if dialect.skip_rows else "is empty"
            raise InputError(f"{file.label}: the sheet {self._sheet.name!r} {empty}. {self.advice}".rstrip())
        if len(dialect.sheets) > 1:
            self.name += f"!{self._sheet.name}"
        self._refuse_early(faults, first.number)
        self._header_row = first.number
        self._width = max(first.cells) + 1
        if dialect.columns:
            self._refuse_other_width(len(dialect.columns))
            self._header_row -= 1
        self._set_header(dialect.columns or self._cells(first), line=first.number)

    def cell(self, line: int, position: int) -> str | None:
        """See `Source.cell`."""
        return f"{self._sheet.name}!{letters_of(position + 1)}{line}"

    def facts(self) -> dict[str, str | int | None]:
        """See `Source.facts`; with the sheet, and how many of its rows stand above row 1 of the data."""
        return {**super().facts(), "sheet": self._sheet.name, "rows_above": self._header_row}

    def _refuse_early(self, faults: Sequence[Fault], last: int) -> None:
        early = [fault for fault in faults if self._dialect.skip_rows < fault.row <= last]
        if early and not self._dialect.columns:
            raise InputError(f"{self._file.label}: {early[0].reason}.")

    def _refuse_other_width(self, named: int) -> None:
        if named < self._width:
            raise InputError(
                f"{self._file.label}: the first row has cells in {self._width:,} columns, and --columns names "
                f"{named:,}. Name each column of the sheet, from A on."
            )
        self._width = named

    def _cells(self, row: SheetRow) -> list[str]:
        return [row.cells.get(column, "") for column in range(max(row.cells) + 1)]

    def beginning(self) -> list[tuple[int, list[str]]]:
        """See `Source.beginning`."""
        if self._dialect.columns:
            return []
        with self._file.reading():
            return [(row.number, self._cells(row)) for row in islice(self._rows(_ignored), FIRST_LINES)]

    def first_rows(self, *, decode: bool) -> list[list[str]]:  # noqa: ARG002 - cheap enough
        """See `Source.first_rows`."""
        with self._file.reading():
            below = (row for row in self._rows(_ignored) if row.number > self._header_row)
            return [[row.cells.get(at, "") for at in range(self._width)] for row in islice(below, FIRST_LINES)]

    def _chosen(self, wanted: str | None) -> Sheet:
        sheets = self._workbook.sheets
        names = _names_of(sheets)
        if wanted is None:
            found = next((sheet for sheet in sheets if sheet.visible), None)
            refusal = f"holds no visible worksheet. Choose one with --sheet: {names}"
        else:
            found = next((sheet for sheet in sheets if sheet.name.casefold() == wanted.casefold()), None)
            refusal = f"holds no sheet {wanted!r}, but {names or 'none at all'}"
        if found is None:
            raise InputError(f"{self._file.label} {refusal}.")
        others = [sheet for sheet in sheets if sheet.visible and sheet is not found]
        others = [sheet for sheet in others if sheet.name.casefold() not in map(str.casefold, self._dialect.sheets)]
        if others:
            options = " or ".join(f"--sheet {shlex.quote(sheet.name)}" for sheet in others[:_OTHERS_NAMED])
            self.advice = f"This is its sheet {found.name!r}; {options} reads another."
        if others and wanted is None:
            only = f"only {found.name!r} is read. --sheet reads another."
            self._notices += (f"{self._file.label} holds the sheets {names}: {only}",)
        return found

    @cached_property
    def _strings(self) -> list[str | None]:
        with open_package(self._file) as package:
            return read_strings(package, self._workbook.strings_part)

    def _rows(self, judge: Callable[[list[Fault]], None]) -> Iterator[SheetRow]:
        """Yield the rows by their numbers; `judge` gets the faults of some rows before these, and may raise."""
        cells = SheetCells(self._workbook, self._strings, self._sheet.name)
        with open_package(self._file) as package:
            rows = self._rows_as_they_come(package, cells, judge)
            yield from _numbered(rows if self._in_order else _sorted(rows))

    def _rows_as_they_come(
        self, package: Package, cells: SheetCells, judge: Callable[[list[Fault]], None]
    ) -> Iterator[SheetRow]:
        packed = package.packed_size(self._sheet.part)
        most = _ALWAYS_TEXT + _TEXT_RATIO * packed
        for _ in package.stream(self._sheet.part, cells.tree, limit=_MAX_SHEET):
            rows, cells.rows = cells.rows, []
            judge(cells.faults)
            cells.faults = []
            for row in rows:
                most -= _length(row)
                yield row
            if most < 0:
                raise InputError(
                    f"its sheet {self._sheet.name!r} repeats its texts more than {_TEXT_RATIO} times; "
                    "save the sheet as .csv"
                )

    def _frames(self) -> Iterator[pl.DataFrame]:
        batch = _Batch(self._width)
        for row in self._rows(self._refuse_where_used):
            if row.number <= self._header_row or _is_blank(row):
                continue
            self._refuse_far_cells(row)
            batch.add(row)
            if batch.is_full:
                yield batch.frame(self._header_row)
                batch = _Batch(self._width)
        if batch.rows:
            yield batch.frame(self._header_row)

    def _refuse_where_used(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            if fault.column > self._width or self._is_used(fault.column - 1):
                raise InputError(fault.reason)

    def _refuse_far_cells(self, row: SheetRow) -> None:
        column = max(row.cells)
        if column >= self._width + _BEYOND_HEADER:
            raise InputError(
                f"{self._file.label}: {self._sheet.name}!{letters_of(column + 1)}{row.number} lies more than "
                f"{_BEYOND_HEADER} columns to the right of the header. Empty such cells, or name their columns."
            )


class _Batch:
    """Some rows, until they are as many cells or as much text as is good for the memory."""

    def __init__(self, width: int) -> None:
        self.rows: list[SheetRow] = []
        self._width = width
        self._columns: set[int] = set()
        self._typed: set[tuple[int, type[str]]] = set()
        self._text = 0

    def add(self, row: SheetRow) -> None:
        self.rows.append(row)
        self._columns |= row.cells.keys()
        self._typed |= {(column, type(text)) for column, text in row.cells.items() if type(text) is not str}
        self._text += _length(row)

    @property
    def is_full(self) -> bool:
        rows = len(self.rows)
        return rows == BATCH_ROWS or rows * len(self._columns) > _BATCH_CELLS or self._text > _BATCH_TEXT

    def frame(self, header_row: int) -> pl.DataFrame:
        """The rows as a frame; columns without any cell take up nothing."""
        lines = pl.Series("line", [row.number for row in self.rows], dtype=pl.UInt32)
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(self.rows))
        columns = [
            (lines - header_row).alias("row"),
            lines,
            pl.Series("ragged", [max(row.cells) >= self._width for row in self.rows]),
            *(
                pl.Series(str(column), [row.cells.get(column) for row in self.rows], dtype=pl.String)
                if column in self._columns
                else nothing.alias(str(column))
                for column in range(self._width)
            ),
            *(
                pl.Series(f"{column}#{name}", [type(row.cells.get(column)) is kind for row in self.rows])
                for kind, name in _KINDS.items()
                for column in range(self._width)
                if (column, kind) in self._typed
            ),
        ]
        columns += mark_columns([row.marks for row in self.rows], self._width)
        if max(self._columns) >= self._width:
            columns += [
                pl.Series("surplus", [_surplus(row, self._width) for row in self.rows], dtype=pl.String),
                pl.Series("stray", list(map(self._stray, self.rows)), dtype=pl.String),
            ]
        return pl.DataFrame(columns)

    def _stray(self, row: SheetRow) -> str | None:
        beyond = min((column for column in row.cells if column >= self._width), default=None)
        return None if beyond is None else f"{letters_of(beyond + 1)}{row.number}"


def _ignored(_: object) -> None:
    """Faults of rows that are only looked at."""


def _numbered(rows: Iterable[SheetRow]) -> Iterator[SheetRow]:
    """The rows, of which no two may have one number."""
    last = 0
    for row in rows:
        if row.number <= last:
            raise ValueError(f"row {row.number} follows row {last}")
        last = row.number
        yield row


def _sorted(rows: Iterable[SheetRow]) -> list[SheetRow]:
    found, cells = [], 0
    for row in rows:
        found.append(row)
        cells += len(row.cells)
        if cells > _MOST_SORTED:
            raise InputError("its rows are out of order, and too many to be sorted here; save it again in Excel")
    return sorted(found, key=lambda row: row.number)


def _surplus(row: SheetRow, width: int) -> str | None:
    """The cells beyond the header, as CSV text."""
    last = max(row.cells)
    return None if last < width else csv_line(row.cells.get(column) for column in range(width, last + 1))


def _length(row: SheetRow) -> int:
    return sum(map(len, row.cells.values()))


def _is_blank(row: SheetRow) -> bool:
    return all(map(str.isspace, row.cells.values()))


def _names_of(sheets: Sequence[Sheet]) -> str:
    more = f" and {len(sheets) - _SHEETS_NAMED:,} more" if len(sheets) > _SHEETS_NAMED else ""
    return ", ".join(repr(sheet.name) for sheet in sheets[:_SHEETS_NAMED]) + more
