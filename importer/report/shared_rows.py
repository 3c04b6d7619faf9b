"""Rows of one input that several results tell of, as imports of one currency after the other leave them.

Each import leaves out what another one posts. Together they are one file, so that a row counts where it was sent or is
to be, otherwise in the first results that do not leave it out. Rows that two of them were to send count in both, and a
control says so.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from importer.model import NEVER_SENT, Status
from importer.report.amounts import understood
from importer.report.places import row_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.report.amounts import Reading
    from importer.report.reading import Book

_STATUS = pl.col("status")
_MAY_BE_SENT = ~_STATUS.is_in([str(status) for status in NEVER_SENT])
_IS_LEFT_OUT = _STATUS.is_in([str(Status.EXCLUDED)])
_NONE = pl.Series("row_key", [], dtype=pl.UInt64)


class SharedRows:
    """Which rows of each results file count in another one."""

    def __init__(self, books: Sequence[Book], readings: Sequence[Reading]) -> None:
        self._elsewhere = {
            number: keys for group in _of_one_input(books) for number, keys in _elsewhere(group, books, readings)
        }

    def marked(self, lines: pl.DataFrame, book: int) -> pl.DataFrame:
        """Add `again` to lines that were made `understood`: whether the row counts in another results file."""
        keys = self._elsewhere.get(book, _NONE)
        if keys.is_empty():
            return lines.with_columns(again=pl.lit(value=False))
        return lines.with_columns(again=~_MAY_BE_SENT & row_key().is_in(keys.implode()))


def _of_one_input(books: Sequence[Book]) -> Iterator[list[int]]:
    """The numbers of results of the same whole input; those of shards have other rows, and a run goes on with its."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, book in enumerate(books):
        start = book.events.last_start
        if start is not None and not book.unfinished and not book.shard:
            groups[tuple(start.digests)].append(number)
    return (group for group in groups.values() if len(group) > 1)


def _elsewhere(
    group: Sequence[int], books: Sequence[Book], readings: Sequence[Reading]
) -> Iterator[tuple[int, pl.Series]]:
    """For each results file the keys of its rows that count in another one."""
    rank = pl.when(_MAY_BE_SENT).then(0).when(_IS_LEFT_OUT).then(2).otherwise(1).cast(pl.UInt8).alias("rank")
    rows = pl.concat(
        understood(lines, readings[number])
        .filter(pl.col("row").is_not_null())
        .select(row_key(), rank, pl.lit(number, pl.UInt32).alias("book"))
        for number in group
        for lines in books[number].lines()
    )
    counts = rows.sort("rank", "book").unique("row_key", keep="first", maintain_order=True)
    others = rows.join(counts.select("row_key", "book"), on=["row_key", "book"], how="anti")
    for number in group:
        yield number, others.filter(pl.col("book") == number)["row_key"]
