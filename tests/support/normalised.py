"""Rows for the normaliser, and what it makes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.model import FIELDS
from importer.schema import Columns, Normaliser, Rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOW = datetime(2026, 2, 10, 12, tzinfo=UTC)
GOOD = {
    "message_id": "a1b2c3d4",
    "revenue": "24.99",
    "attribution_type": "sale",
    "offer_id": "4521",
    "timestamp": "2026-02-08T12:00:00Z",
}
COLUMNS = Columns(positions={field: position for position, field in enumerate(FIELDS)}, constants={})


def batch(rows: Sequence[dict[str, str | None]], **extra: Sequence[object]) -> pl.DataFrame:
    """A batch as sources make it: each row is a good one but for the cells given."""
    cells = {str(i): [(GOOD | row)[field] for row in rows] for i, field in enumerate(FIELDS)}
    places = {"row": range(1, len(rows) + 1), "line": range(2, len(rows) + 2), "ragged": [False] * len(rows)}
    kinds = {"row": pl.UInt32, "line": pl.UInt32, "ragged": pl.Boolean, **dict.fromkeys(cells, pl.String)}
    return pl.DataFrame(places | cells | extra, schema_overrides=kinds)


def normalise(
    rows: Sequence[dict[str, str | None]], extra: dict[str, Sequence[object]] | None = None, **rules: Any
) -> pl.DataFrame:
    """What the normaliser makes of the rows."""
    return Normaliser(Rules(**{"now": NOW} | rules))(batch(rows, **(extra or {})), COLUMNS)


def column(field: str, cells: Iterable[str | None], **rules: Any) -> list[tuple[str | None, str | None]]:
    """The text that is sent and the code, for each cell of a field in otherwise good rows."""
    result = normalise([{field: cell} for cell in cells], **rules)
    sent = pl.when(pl.col("error_code").is_null()).then(field)
    return result.select(sent, "error_code").rows()


def message(field: str, cell: str | None, **rules: Any) -> str:
    """What is said about a cell in an otherwise good row."""
    return str(normalise([{field: cell}], **rules)["error_message"][0])
