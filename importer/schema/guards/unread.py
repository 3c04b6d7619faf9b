"""Columns that nothing reads, each watched by itself as long as it may say something of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from importer.schema.guards.reading import told_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

    from importer.schema.columns import Columns


class UnreadColumn(Protocol):
    """One such column, over all files that have it."""

    may_be: bool
    """Whether it may be what is looked for, by its name and the cells that were seen."""

    def look(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        """Take in normalised rows of a file, and their cells."""

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""


class UnreadColumnsGuard:
    """Watches all columns that nothing reads.

    Args:
        begin: what begins to watch a column of this name.
    """

    def __init__(self, begin: Callable[[str], UnreadColumn]) -> None:
        self._begin = begin
        self._columns: dict[tuple[str, int], UnreadColumn] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        for key, name, position in told_apart(columns.silent):
            if key not in self._columns:
                self._columns[key] = self._begin(name)
            if self._columns[key].may_be:
                self._columns[key].look(source, rows, batch[str(position)])

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for column in self._columns.values():
            yield from column.verdict()
