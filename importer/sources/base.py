"""What every source of rows offers to the next stage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.sources.input_file import InputFile

BATCH_ROWS = 300_000
MAX_COLUMNS = 10_000
PLACE = {"row": pl.UInt32, "line": pl.UInt32, "ragged": pl.Boolean}


class Source(ABC):
    """One input file as batches of text cells.

    `name` is what results call it, `header` its header cells as read, with the columns of `key=value` folders at the
    end; `delimiter` is that of a CSV file; `warnings` are sentences for the user.
    """

    format: str
    header: tuple[str, ...]
    encoding: str | None = None
    delimiter: str | None = None
    warnings: tuple[str, ...] = ()

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self.warnings = file.notices

    @property
    def name(self) -> str:
        """The file's name, with folders in front where two inputs share it; `-` for standard input."""
        return self._file.name

    @property
    def path(self) -> Path | None:
        """Where the file is; None for standard input."""
        return self._file.path

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield the rows in input order, at most 300,000 at a time; may be called more than once.

        Columns: `row` (1-based data record), `line` (where it starts in the file, null in Parquet), `ragged` (wrong
        number of cells), then one String column for each header position, named `0`, `1`, …, cells exactly as
        written, null or `""` where empty. `{i}#number` is true where the cell was a typed number. `surplus`, where
        any row has cells beyond the header, holds them as CSV text.

        Raises `InputError` when the file cannot be read as a whole, or changed since it was opened.
        """
        with self._file.reading():
            for frame in self._frames():
                self._file.check_unchanged()  # nothing read after a change is handed out
                for batch in frame.iter_slices(BATCH_ROWS):
                    yield self._with_partitions(batch)

    def facts(self) -> dict[str, str | int | None]:
        """Tell what a report says of the file; reads it once more for its SHA-256."""
        return {
            "name": self.name,
            "path": str(self.path) if self.path else None,
            "bytes": self._file.size,
            "sha256": self._file.sha256,
            "encoding": self.encoding,
            "format": self.format,
        }

    @abstractmethod
    def _frames(self) -> Iterator[pl.DataFrame]:
        """Yield the rows in frames of any size, without the columns of folders."""

    def _set_header(self, cells: Sequence[str]) -> None:
        """Append the folders' columns to the file's own; a column that the file holds itself wins."""
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
