"""Dates whose day and month a spreadsheet has swapped, by their signature.

Opened where dates are written the other way around, `05/06/2026` becomes 6 May, and `13/06/2026`, which can only be a
June day, stays text. So the typed dates of the column all have days up to 12, and its texts all have days above.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import shown, stripped
from importer.schema.guards.reading import ignoring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.columns import Columns

_CELL = pl.col("cell")
_WRITTEN = r"^([0-9]{1,2})[./-]([0-9]{1,2})[./-][0-9]{2,4}(?:[ T,].*)?$"
_SWAPPABLE = 12


@dataclass(slots=True)
class _Column:
    """What was seen of one file's column of timestamps: the first cell of each kind, or that it is not so."""

    name: str
    typed: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    is_other: bool = False

    def look(self, cells: pl.DataFrame, columns: Columns) -> None:
        """Take in cells (`row`, `line`, `cell`, `typed`) that are not empty."""
        typed = cells.filter(pl.col("typed")).with_columns(day=_CELL.str.slice(8, 2).cast(pl.UInt8, strict=False))
        texts = cells.filter(~pl.col("typed")).with_columns(
            one=_CELL.str.extract(_WRITTEN, 1).cast(pl.UInt8), other=_CELL.str.extract(_WRITTEN, 2).cast(pl.UInt8)
        )
        is_beyond = (pl.max_horizontal("one", "other") > _SWAPPABLE).fill_null(value=False)
        if (typed["day"] > _SWAPPABLE).any() or not texts.select(is_beyond.all()).item():
            self.is_other = True
            return
        for found, named in ((typed, self.typed), (texts, self.texts)):
            if not named:
                few, position = found.head(2).select("row", "line", text=shown(_CELL)), columns.positions["timestamp"]
                named += [f"{text} ({columns.place(row, line, position)})" for row, line, text in few.iter_rows()]


class SwappedDatesGuard:
    """Watches the timestamps of workbooks."""

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        position = columns.positions.get("timestamp")
        if position is None or position in columns.ignored or batch["line"].null_count():
            return
        column = self._columns.setdefault(source, _Column(columns.names.get("timestamp", "timestamp")))
        typed = batch.get_column(f"{position}#date", default=None)
        if column.is_other or (typed is None and not column.typed):
            return
        cells = pl.DataFrame({"row": rows["row"], "line": batch["line"], "cell": batch[str(position)]})
        cells = cells.with_columns(stripped(_CELL), typed=pl.lit(value=False) if typed is None else typed)
        column.look(cells.drop_nulls("cell"), columns)

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for source, column in self._columns.items():
            if column.typed and column.texts and not column.is_other:
                yield (
                    f"{source}: a spreadsheet seems to have swapped day and month in the column {column.name!r}: its "
                    f"dates all have days up to {_SWAPPABLE}, such as {', '.join(column.typed)}, and beside them stand "
                    f"texts with numbers above it, such as {', '.join(column.texts)}. Take the file as it was before a "
                    "spreadsheet opened it (as CSV, with --timestamp-format), or export it anew. If the dates are "
                    f"right, {ignoring(column.name)} goes on."
                )
