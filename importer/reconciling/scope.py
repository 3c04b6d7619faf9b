"""Which rows of ours an export is about, where `--where` chose its lines by a field of ours.

An export that was filtered by offer or type lacks the others for that reason alone. The program never guesses that: a
person says it with `--where`, of a filtered export, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reconciling.columns import ExportColumns
    from importer.settings import Condition

_FIELDS = {"offer_id": "offer", "attribution_type": "kind"}


def scoped_fields(columns: ExportColumns) -> Iterator[tuple[str, Condition]]:
    """The fields of ours that conditions on the export are about."""
    names = {at: field for field, at in columns.positions.items() if field in _FIELDS}
    for at, condition in zip(columns.where, columns.conditions, strict=True):
        if at in names:
            yield names[at], condition


def within_scope(rows: pl.DataFrame, columns: ExportColumns) -> pl.DataFrame:
    """Rows with the role `outside` where they are recorded and the export is not about them."""
    for field, condition in scoped_fields(columns):
        ours = pl.col(_FIELDS[field]).cast(pl.String).str.to_lowercase()
        meant = ours.is_in([value.lower() for value in condition.values]) ^ pl.lit(condition.is_not)
        outside = (pl.col("role") == "recorded") & ~meant.fill_null(value=True)
        rows = rows.with_columns(role=pl.when(outside).then(pl.lit("outside")).otherwise("role"))
    return rows
