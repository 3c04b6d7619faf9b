"""Rows that two stray quotes swallow: to a reader of CSV, all between them is the text of one cell."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.guards.reading import ignoring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.schema.columns import Columns

_BREAK = re.compile(r"\r\n|\r|\n")
_DELIMITERS = ",;\t|"
_LOOKS = {
    "message_id": re.compile(r"\S+"),
    "revenue": re.compile(r"\D{0,4}[0-9][0-9.,' ]*\D{0,4}"),
    "attribution_type": re.compile(r"[^\W\d]{2,20}"),
}
_MOST = 10_000  # rows with line breaks that are looked at in a batch
_SHOWN = 40


class SwallowedRowsGuard:
    """Watches cells with line breaks: the lines in them must not be rows of the file."""

    def __init__(self) -> None:
        self._sentences: dict[str, str] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:  # noqa: ARG002
        """See `Guard.look`."""
        if source in self._sentences or not batch.height or batch["line"].null_count():
            return
        width = sum(name.isdecimal() for name in batch.columns)
        names = [str(position) for position in range(width) if position not in columns.ignored]
        for row in islice(_with_breaks(batch, names).iter_rows(named=True), _MOST):
            cells = [row[str(position)] or "" for position in range(width)]
            for name in names:
                said = _sentence(cells, int(name), row["line"], columns)
                if said is not None:
                    self._sentences[source] = f"{source}, line {said}"
                    return

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        yield from self._sentences.values()


def _with_breaks(batch: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The rows that may take up several lines: the first and the last say nearly always that none does but the last."""
    if not names:
        return batch.clear()
    lines, some = batch["line"], batch.tail(1)
    if lines[-1] - lines[0] != batch.height - 1:
        some = batch.filter((lines.shift(-1) - lines != 1).fill_null(value=True))
    elif not any("\n" in cell or "\r" in cell for cell in some.select(names).row(0) if cell):
        return batch.clear()
    return some.filter(pl.any_horizontal(pl.col(name).str.contains(r"[\r\n]") for name in names))


def _sentence(cells: Sequence[str], position: int, line: int, columns: Columns) -> str | None:
    swallowed = _swallowed(cells, position, columns)
    if not swallowed:
        return None
    opened = line + sum(len(_BREAK.findall(cell)) for cell in cells[:position])
    return (
        f"{opened:,}: the quoted cell that starts here goes on over {len(swallowed):,} more of the lines, which are "
        f"rows by themselves, such as {swallowed[0][:_SHOWN]!r}: a stray quote opens it, and another one closes it. "
        "Take out these quotes, or double them in a cell that stands in quotes. If all of it is one text, "
        f"{ignoring(columns.titles[position])} goes on."
    )


def _swallowed(cells: Sequence[str], position: int, columns: Columns) -> list[str]:
    """The lines in a cell that are rows, if the first goes on the row before and the last one is gone on behind it."""
    lines = _BREAK.split(cells[position])
    for delimiter in _DELIMITERS if len(lines) > 1 else "":
        parts = [line.split(delimiter) for line in lines]
        whole = [*parts[1:-1], [*parts[-1], *cells[position + 1 :]]]
        fits = len(parts[0]) == len(cells) - position and all(len(part) == len(cells) for part in whole)
        if fits and any(_looks_like_a_row(part, columns) for part in whole):
            return lines[1:]
    return []


def _looks_like_a_row(cells: Sequence[str], columns: Columns) -> bool:
    needed = [(cells[columns.positions[field]], looks) for field, looks in _LOOKS.items() if field in columns.positions]
    return bool(needed) and all(looks.fullmatch(cell.strip()) for cell, looks in needed)
