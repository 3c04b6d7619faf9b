"""The cells of a field in a batch: of one column, of several that are read together, or the same for all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import REQUIRED_FIELDS
from importer.schema.cells import stripped

if TYPE_CHECKING:
    from importer.schema.columns import Columns

# A typed date at midnight that says so: the time of day is in another column.
_MIDNIGHT = r"T00:00:00Z?$"


def cells_of(field: str, batch: pl.DataFrame, columns: Columns, null: list[str]) -> pl.Series:
    """Return a field as read, an empty optional one as null, and so a cell that holds one of the words of `null`."""
    if field in columns.joined:
        return _joined([_column(position, batch, null) for position in columns.joined[field]]).alias(field)
    position = columns.positions.get(field)
    if position is None:
        return pl.Series(field, [columns.constants.get(field) or None], dtype=pl.String).new_from_index(0, batch.height)
    cells = _column(position, batch, null).alias(field)
    if field in REQUIRED_FIELDS or not (cells == "").any():
        return cells
    return cells.to_frame().select(pl.when(pl.col(field) != "").then(field)).to_series()


def _column(position: int, batch: pl.DataFrame, null: list[str]) -> pl.Series:
    name = str(position)
    if not null:
        return batch[name]
    return batch.select(pl.when(~stripped(pl.col(name)).is_in(null)).then(name)).to_series()


def typed_cells(field: str, kind: str, batch: pl.DataFrame, columns: Columns) -> pl.Series | None:
    """Tell which cells of a field are of a typed kind: `number` or `date`; None where none are."""
    positions = columns.joined.get(field) or ((columns.positions[field],) if field in columns.positions else ())
    typed = {position: batch.get_column(f"{position}#{kind}", default=None) for position in positions}
    if all(flags is None for flags in typed.values()):
        return None
    # Of several columns, an empty one does not decide.
    flags = [
        _false_where_none(flag, batch.height) | (batch[str(at)].fill_null("") == "" if len(typed) > 1 else False)
        for at, flag in typed.items()
    ]
    return pl.select(pl.all_horizontal(pl.lit(flag) for flag in flags)).to_series()


def _false_where_none(flags: pl.Series | None, height: int) -> pl.Series:
    return pl.Series([False]).new_from_index(0, height) if flags is None else flags.fill_null(value=False)


def _joined(cells: list[pl.Series]) -> pl.Series:
    """The cells of a row with a space in between, without those that are empty; null where all are."""
    batch = pl.DataFrame([column.alias(str(number)) for number, column in enumerate(cells)])
    first, *others = (stripped(pl.col(name)) for name in batch.columns)
    some = pl.any_horizontal(other.is_not_null() for other in others)
    date = pl.when(some).then(first.str.replace(_MIDNIGHT, "")).otherwise(first)
    joined = pl.concat_str(date, *others, separator=" ", ignore_nulls=True)
    return batch.select(pl.when(joined != "").then(joined)).to_series()
