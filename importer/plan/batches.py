"""The batches of a file for the first pass, each read and normalised while the one before it is judged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from importer.schema import TotalsAbove, kept, may_begin_with_a_total, with_reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.schema import Columns, Normaliser, RowFilter, TotalRows
    from importer.sources import Source

_Batch: TypeAlias = tuple[pl.DataFrame, pl.DataFrame]


def batches_of(
    source: Source, columns: Columns, normalise: Normaliser, total_rows: TotalRows, exclude: RowFilter
) -> Iterator[_Batch]:
    """The batches of a file, which `total_rows` begins with: its cells, and the rows that `normalise` makes of them.

    Where its first row may be a total, what the rows below sum up to, all of them and those that `exclude` keeps, is
    found before, in a pass of its own.
    """
    total_rows.begin()
    batches = source.batches()
    first = next(batches, None)
    if first is None:
        return iter(())
    begins_with_a_total = may_begin_with_a_total(normalise(with_reasons(first.head(1), columns), columns))
    batches = chain([first], batches)
    if begins_with_a_total:
        total_rows.begin(_totals_above(batches, columns, normalise, total_rows, exclude))
        batches = source.batches()
    normalise.begin()  # what was looked at is read once more
    return _one_ahead(_normalised(batches, columns, normalise))


def _totals_above(
    batches: Iterable[pl.DataFrame],
    columns: Columns,
    normalise: Normaliser,
    total_rows: TotalRows,
    exclude: RowFilter,
) -> set[int]:
    above, above_kept = TotalsAbove(), TotalsAbove()
    for whole, rows in _normalised(batches, columns, normalise):
        said = total_rows.said(rows, whole, columns)
        above.add(rows, said)
        are_kept = kept(rows, exclude.why(whole, columns))
        above_kept.add(*((rows, said) if are_kept is None else (rows.filter(are_kept), said.filter(are_kept))))
        if above.are_too_many:
            break
    return {*above.rows(), *above_kept.rows()}


def _normalised(batches: Iterable[pl.DataFrame], columns: Columns, normalise: Normaliser) -> Iterator[_Batch]:
    for batch in batches:
        whole = with_reasons(batch, columns)
        yield whole, normalise(whole, columns)


def _one_ahead(batches: Iterator[_Batch]) -> Iterator[_Batch]:
    """The same batches, each made while the one before it is judged: a second processor has something to do."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch
