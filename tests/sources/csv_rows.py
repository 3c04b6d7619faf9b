"""What a source of CSV makes of bytes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from importer.sources.csv.reader import BLOCK_SIZE, CsvSource
from importer.sources.dialect import Dialect
from importer.sources.input_file import InputFile

if TYPE_CHECKING:
    import polars as pl

    from importer.sources import Source


class Row(NamedTuple):
    row: int
    line: int
    ragged: bool
    cells: list[str]


def source_of(data: bytes, *, block_size: int = BLOCK_SIZE, **said: object) -> Source:
    return CsvSource(InputFile.from_stdin(io.BytesIO(data)), Dialect(**said), block_size=block_size)


def rows_of(source: Source) -> list[Row]:
    """Read a source to its end: null as "", ragged rows with as many cells as they have."""
    return [row for batch in source.batches() for row in _rows_of_batch(batch, source)]


def _rows_of_batch(batch: pl.DataFrame, source: Source) -> list[Row]:
    rows = []
    for values in batch.iter_rows(named=True):
        cells = [values[str(index)] for index in range(len(source.header))]
        if values["ragged"] and values.get("surplus") is None:
            while cells[-1] is None:
                cells.pop()
        elif values.get("surplus") is not None:
            cells += next(csv.reader(io.StringIO(values["surplus"], newline=""), delimiter=source.delimiter))
        rows.append(Row(values["row"], values["line"], values["ragged"], [cell or "" for cell in cells]))
    return rows
