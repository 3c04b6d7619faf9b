"""Cells that no rule reads, and that go with their row: those that RESULTS repeats, and all for the rejects file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema import BEYOND, handed_on, without_reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.schema import Columns
    from importer.sources import Source


class CarriedCells:
    """The columns of all files that are kept (`kept`), and those of the rejects file (`raw`) where there is one.

    Files need not have the same columns: a row has nothing in those that its file lacks.
    """

    def __init__(self, sources: Sequence[Source], columns: Sequence[Columns], *, with_raw: bool) -> None:
        self.kept = _united(name for one in columns for name, _ in one.keep)
        titles = (title for source in sources for title in without_reasons(source.header))
        self.raw = _united(titles) if with_raw else ()
        self._with_raw = with_raw

    def added(self, rows: pl.DataFrame, batch: pl.DataFrame, source: Source, columns: Columns) -> pl.DataFrame:
        """Return the rows with their cells as `keep_0`, `keep_1` …, and `raw_0` … for the rejects file."""
        kept = dict(columns.keep)
        rows = rows.with_columns(_cell(batch, kept.get(name)).alias(f"keep_{i}") for i, name in enumerate(self.kept))
        return self._with_raw_cells(rows, batch, source, columns) if self._with_raw else rows

    def _with_raw_cells(
        self, rows: pl.DataFrame, batch: pl.DataFrame, source: Source, columns: Columns
    ) -> pl.DataFrame:
        positions = {title: i for i, title in reversed(list(enumerate(source.header)))}
        cells = [_cell(batch, positions.get(title)).alias(f"raw_{i}") for i, title in enumerate(self.raw)]
        rows = rows.with_columns(cells)
        surplus = handed_on(batch, columns)
        if surplus is None:
            return rows
        beyond = pl.format("{} " + BEYOND + "{}", "error_message", surplus)
        return rows.with_columns(pl.coalesce(beyond, "error_message").alias("error_message"))


def _cell(batch: pl.DataFrame, position: int | None) -> pl.Series:
    """A column of the file, or nothing for each line where this file does not have it."""
    if position is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, batch.height)
    return batch[str(position)]


def _united(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
