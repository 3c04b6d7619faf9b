"""What every source of rows offers to the next stage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.sources.input_file import InputFile

BATCH_ROWS = 100_000
MAX_COLUMNS = 10_000
FIRST_LINES = 50  # among them a header is looked for


class Source(ABC):
    """One input file as batches of text cells.

    `name` is what results call it: the file's name, with folders in front where two inputs share it, or `-` for
    standard input. `path` is where the bytes are read (a private copy, if they were an object's), None for standard
    input. `header` are its header cells as read, with the columns of `key=value` folders at the end; `delimiter` is
    that of a CSV file; `advice` is a sentence to add when the header is not what was expected.
    """

    format: str
    header: tuple[str, ...]
    encoding: str | None = None
    delimiter: str | None = None
    advice: str = ""

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self.name = file.name
        self.path = file.path
        self._notices = file.notices
        self._notes: dict[str, str] = {}  # by what they are about: the last pass has the say
        self._used: frozenset[int] | None = None
        self._alone = False
        self._also: frozenset[int] = frozenset()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the user; what only the rows tell is among them when they were read."""
        return (*self._notices, *self._notes.values())

    def cell(self, line: int, position: int) -> str | None:  # noqa: ARG002 - of other sources
        """The address of a cell in its workbook (`June!B12`), by its line and its column from 0; None elsewhere."""
        return None

    def beginning(self) -> list[tuple[int, list[str]]]:
        """The first lines of the file, with their numbers, for who looks for a header; none where there is no need."""
        return []

    def first_rows(self, *, decode: bool) -> list[list[str]]:  # noqa: ARG002 - of Parquet
        """The cells of the first rows below the header, as text, for who guesses what columns hold.

        None where they cannot be read; nor, unless `decode`, where that takes more than a look at the file.
        """
        return []

    def glimpse(self, position: int) -> list[str] | None:  # noqa: ARG002 - of Parquet
        """Some values of a column that is not read for its text, as far as they are known; None where it has none."""
        return None

    def listed(self, position: int) -> list[str]:  # noqa: ARG002 - of Parquet
        """The names of what a column holds several times a row, so that it has no text; none elsewhere."""
        return []

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield the rows in input order, at most 100,000 at a time; may be called more than once.

        Columns: `row` (1-based data record), `line` (where it starts in the file, null in Parquet), `ragged` (wrong
        number of cells), then one String column for each header position, named `0`, `1`, …, cells exactly as
        written, null or `""` where empty. `{i}#number` is true where the cell was a typed number, `{i}#date` where it
        was a typed date or time.

        Where any row has them: `surplus` are its cells beyond the header, as CSV text, and `stray` the address of the
        first of these in a workbook; `hidden` is true of rows that a workbook hides; `{i}#sum` of cells in which a
        formula adds up other rows; `{i}#currency` is that of the cell's format.

        Raises `InputError` when the file cannot be read as a whole, or changed since it was opened.
        """
        self._file.begin_digest()
        with self._file.reading():
            for frame in self._frames():
                self._file.check_unchanged()  # nothing read after a change is handed out
                for batch in frame.iter_slices(BATCH_ROWS):
                    yield self._with_partitions(batch)

    def use(self, positions: Iterable[int], *, alone: bool = False, also: Iterable[int] = ()) -> None:
        """Say which columns matter: cells of the others that have no text are then no reason to refuse the file.

        `alone` says that nothing reads the others but those in `also`: they may be empty in the batches.
        """
        self._used = frozenset(positions)
        self._alone = alone
        self._also = frozenset(also)

    def _is_used(self, position: int) -> bool:
        return self._used is None or position in self._used

    def _is_read(self, position: int) -> bool:
        return not self._alone or self._is_used(position) or position in self._also

    def facts(self) -> dict[str, str | int | None]:
        """Tell what a report says of the file; reads it once more for its SHA-256."""
        return {
            "name": self.name,
            "path": self._file.origin,
            "bytes": self._file.size,
            "sha256": self._file.sha256,
            "encoding": self.encoding,
            "format": self.format,
        }

    @abstractmethod
    def _frames(self) -> Iterator[pl.DataFrame]:
        """Yield the rows in frames of any size, without the columns of folders."""

    def _set_header(self, cells: Sequence[str], line: int | None = None) -> None:
        """Append the folders' columns to the file's own; a column that the file holds itself wins.

        Raises `InputError` when there are too many columns, or no names.
        """
        place = self._file.label if line is None else f"{self._file.label}, line {line}"
        if len(cells) > MAX_COLUMNS:
            raise InputError(f"{place}: {len(cells):,} columns; {MAX_COLUMNS:,} is the most.")
        if not any(map(str.isalpha, "".join(cells))):
            raise InputError(
                f"{place}: the header holds no column names. If it is a row, name the columns of the file in their "
                "order with --columns."
            )
        self._partitions = [(key, value) for key, value in self._file.partitions if key not in cells]
        self.header = (*cells, *(key for key, _ in self._partitions))

    def _with_partitions(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not self._partitions:
            return frame
        first = len(self.header) - len(self._partitions)
        return frame.with_columns(
            pl.lit(value, dtype=pl.String).alias(str(first + index))
            for index, (_, value) in enumerate(self._partitions)
        )
