"""The mark of `--ours`: which lines of an export came by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema import ColumnNames, Values, plain_cells
from importer.settings import mark_of

if TYPE_CHECKING:
    from importer.sources import Source


def marked(cells: pl.DataFrame, source: Source, ours: str | None) -> pl.DataFrame:
    """Of each line, whether `--ours` says that it is `ours`, and whether it is `unmarked`; without one, all are ours.

    Raises:
        InputError: the file has no such column, or several.
        SettingsError: the mark names no value of ours.
    """
    if ours is None:
        return cells.select(ours=pl.repeat(True, pl.len()), unmarked=pl.repeat(False, pl.len()))
    names = ColumnNames(source.header, source.name)
    mark = mark_of(ours, names.has)
    at = names.find(mark.column, "--ours")
    words = plain_cells(cells, at)
    return pl.DataFrame({"ours": Values(mark.values).among(cells, at, words), "unmarked": words == ""})
