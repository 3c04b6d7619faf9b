"""Whether rows that differ in amount and moment were stated anew together: rounded, or by one rate.

A row whose amount and moment both differ from those that its message is recorded with says nothing: it may well be
another event. When a file has nearly all messages of another, each within a day, and their amounts are equal to the
digits that both have, or differ by one factor, it is that file again, with dates for its times, or in another zone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from importer.plan.near.shifts import NEARLY_ALL
from importer.schema import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANGES: Mapping[str, type[pl.DataType] | pl.DataType] = {"was": AMOUNT, "now": AMOUNT, "apart_s": pl.Int64}
"""Of a pair: the recorded amount, the input's, and by how many seconds its moment is later, where both have a time."""
_LEAST, _LEAST_BY_A_FACTOR, _LEAST_AMOUNTS = 2, 4, 3
"""Pairs that must agree (any two amounts have a factor), and different amounts where the type is another one: most
clicks and sales have one price.
"""
_QUARTER_S, _MINUTE_S = 900, 60


def related(pairs: pl.DataFrame, files: pl.Series, rows: int) -> pl.DataFrame:
    """Those of the pairs (`CHANGES`, `kind`, `timeless`, and the recorded row's `file`) that are one statement anew.

    `files` has the file of each recorded row that may have a pair, and `rows` of the input may have one.
    """
    sizes = dict(files.value_counts().iter_rows())
    of_files = pairs.partition_by("file", maintain_order=True)
    return pl.concat([pairs.clear(), *(_related(some, sizes[some["file"][0]], rows) for some in of_files)])


def _related(pairs: pl.DataFrame, of: int, rows: int) -> pl.DataFrame:
    """Of one file's: all pairs that fit, or none.

    Sales have clicks on the same day, and a feed without timestamps may have yesterday's messages: there nearly all of
    both sides must fit.
    """
    pairs = pairs.filter(_shifted_alike(pairs["apart_s"]))
    equal, scaled = _equal(pairs), _scaled(pairs)
    pairs = pairs.filter(scaled if scaled.sum() > equal.sum() else equal)
    both = pairs["kind"].is_not_null().any() or pairs["timeless"].any()
    least = max(rows, of) if both else min(rows, of)
    return pairs if pairs.height >= max(_LEAST, NEARLY_ALL * least) else pairs.clear()


def _shifted_alike(apart_s: pl.Series) -> pl.Series:
    """Which pairs are apart by the quarter hours by which most of them are, or have a date for a time."""
    quarters = (apart_s + _QUARTER_S // 2) // _QUARTER_S * _QUARTER_S
    most = quarters.drop_nulls().mode().sort()
    if most.is_empty():
        return apart_s.is_null()
    is_so: pl.Series = (apart_s - most[0]).abs() < _MINUTE_S
    return is_so.fill_null(value=True)


def _equal(pairs: pl.DataFrame) -> pl.Series:
    """Which amounts are equal to the digits that both sides have; none is more than twice the other."""
    was, now = (pl.col(name).cast(pl.Float64) for name in ("was", "now"))  # no money is made of it
    is_near = pl.max_horizontal(was, now) <= 2 * pl.min_horizontal(was, now)
    return pairs.select(is_near & ((now - was).abs() <= _unit(pairs))).to_series()


def _scaled(pairs: pl.DataFrame) -> pl.Series:
    """Which amounts differ by the factor by which most do."""
    was, now = (pairs[name].cast(pl.Float64) for name in ("was", "now"))
    factor = (now / was).median()
    if not isinstance(factor, float) or not math.isfinite(factor):
        return was.is_null()
    fit: pl.Series = (now - was * factor).abs() <= _unit(pairs) * max(1.0, factor)
    is_other = pairs["kind"].is_not_null().any()
    least = pairs["was"].n_unique() >= _LEAST_AMOUNTS or not is_other
    return fit if least and fit.sum() >= _LEAST_BY_A_FACTOR else was.is_null()


def _unit(pairs: pl.DataFrame) -> float:
    """The last digit that both sides have, as the amount of one; a bit more, as binary fractions are not exact."""
    return 1.001 * 10.0 ** -min(_digits(pairs[name]) for name in ("was", "now"))


def _digits(amounts: pl.Series) -> int:
    """How many digits behind the point any of them has."""
    digits = amounts.cast(pl.String).str.strip_chars_end("0").str.extract(r"\.(\d*)$", 1).str.len_bytes()
    return max(digits.drop_nulls().to_list(), default=0)
