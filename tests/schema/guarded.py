"""What a guard says of files, each given by its titles and the cells of its rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from importer.schema import Normaliser, Rules, match_columns
from tests.support.normalised import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.schema.guards.review import Guard


class Rows(NamedTuple):
    """Rows of a file: `Amount|Currency`, and `5|EUR` for each; the first column is the revenue.

    `formats` are the currencies that the formats of the amounts show.
    """

    source: str
    titles: str
    cells: Sequence[str]
    formats: Sequence[str | None] = ()


def said(guard: Guard, *parts: Rows, **options: Any) -> list[str]:
    """The sentences of a guard that looked at these rows; rows of one file are numbered on."""
    look(guard, *parts, **options)
    return list(guard.verdict())


def look(guard: Guard, *parts: Rows, **options: Any) -> None:
    """Show a guard the rows, as the first pass over the files does. Cell A3 is that of row 2 in the first column."""
    seen: Counter[str] = Counter()
    for source, titles, cells, formats in parts:
        header = [*titles.split("|"), "message_id", "attribution_type"]
        given = {"mapping": {"revenue": header[0]}, "constants": {}, "keep": ()} | options
        columns = replace(match_columns(header, source, **given), address=lambda line, at: f"{chr(65 + at)}{line}")
        table = [[*row.split("|"), f"tfb0r{seen[source] + n:03}", "sale"] for n, row in enumerate(cells, 1)]
        batch = pl.DataFrame(
            {str(at): [row[at] or None for row in table] for at in range(len(header))},
            schema_overrides={str(at): pl.String for at in range(len(header))},
        ).with_columns(
            row=pl.int_range(seen[source] + 1, seen[source] + len(table) + 1, dtype=pl.UInt32, eager=True),
            line=pl.int_range(seen[source] + 2, seen[source] + len(table) + 2, dtype=pl.UInt32, eager=True),
            ragged=pl.lit(value=False),
        )
        if formats:
            batch = batch.with_columns(pl.Series("0#currency", formats, dtype=pl.String))
        seen[source] += len(table)
        guard.look(source, Normaliser(Rules(now=NOW))(batch, columns), batch, columns)
