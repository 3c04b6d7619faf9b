"""Small tables as guards and lines see them: the normalised rows of a batch, and the cells that they were made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from importer.schema import Columns, Normaliser, Rules, match_columns
from tests.support.normalised import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.schema.guards.review import Guard

    Table = Sequence[Sequence[str | None]]

HEADER = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")


def noted(text: str) -> tuple[list[Table], list[str]]:
    """The rows of a file in batches (`|`), as the columns of `HEADER` have them, and the ids that are left out.

    `5` is a row, `-5` a refund; `=5` has no id, `~5` no type either; `T5` says that it is a total; `x5` is left out.
    """
    tables, left_out = [], []
    for part in text.split("|"):
        table = []
        for n, word in enumerate(part.split()):
            sign = word[0] if word[0] in "=~Tx" else ""
            message_id = {"=": "", "~": "", "T": "Total"}.get(sign, f"tfb{len(tables):02}{n:03}")
            left_out += [message_id] if sign == "x" else []
            table.append((message_id, word.removeprefix(sign), "" if sign == "~" else "sale", "", ""))
        tables.append(table)
    return tables, left_out


class Batch(NamedTuple):
    """Some rows of a file: as they are normalised, their cells, and which column is what."""

    rows: pl.DataFrame
    cells: pl.DataFrame
    columns: Columns


def batches(
    *tables: Table,
    header: Sequence[str] = HEADER,
    left_out: Sequence[str] = (),
    rules: dict[str, Any] | None = None,
    columns: dict[str, Any] | None = None,
) -> Iterator[Batch]:
    """The rows of a file in such batches, numbered through; the ids that are `left_out` are excluded."""
    found = match_columns(header, "june.csv", **{"mapping": {}, "constants": {}, "keep": ()} | (columns or {}))
    normaliser, row = Normaliser(Rules(**{"now": NOW} | (rules or {}))), 1
    for table in tables:
        texts = {str(at): pl.Series([line[at] or None for line in table], dtype=pl.String) for at in range(len(header))}
        numbers = {
            "row": pl.Series(range(row, row + len(table)), dtype=pl.UInt32),
            "line": pl.Series(range(row + 1, row + 1 + len(table)), dtype=pl.UInt32),
            "ragged": pl.Series([False] * len(table), dtype=pl.Boolean),
        }
        cells = pl.DataFrame({**numbers, **texts})
        rows = normaliser(cells, found)
        excluded = rows["message_id"].is_in([*left_out]).fill_null(value=False)
        yield Batch(rows.with_columns(excluded=excluded), cells, found)
        row += len(table)


def said_of(guard: Guard, *tables: Table, source: str = "june.csv", **options: Any) -> list[str]:
    """What a guard says of a file that it sees in these batches."""
    for rows, cells, columns in batches(*tables, **options):
        guard.look(source, rows, cells, columns)
    return list(guard.verdict())
