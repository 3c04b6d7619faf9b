"""Totals of money, exact to the last digit, of columns of decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW = 4  # values that are looked for one by one, at half the cost of a table of texts
MOST_IN_A_COLUMN = 10**19
"""What a sum of Decimal(38, 18) certainly holds: 38 digits, 18 of them after the point."""


def exact_sum(amounts: pl.Series) -> Decimal:
    """The sum of a column of decimals, to the last digit, without the zeros that its scale adds."""
    if adds_up(amounts):
        return _sum(amounts)
    exact = Decimal(0)
    for amount in amounts.drop_nulls():  # absurd amounts, whose sum polars would let run over
        exact = EXACT.add(exact, amount)
    return with_cents(exact)


def _sum(amounts: pl.Series) -> Decimal:
    """The sum of amounts that polars can add."""
    return with_cents(EXACT.create_decimal(str(amounts.sum())))


def exact_sums(rows: pl.DataFrame, by: str) -> Iterator[tuple[str | None, int, Decimal]]:
    """Of each value of the column `by`: itself, its number of rows, and the exact sum of their `amount`."""
    rest = rows.select(by, "amount")
    total = _sum if adds_up(rest["amount"]) else exact_sum
    for _ in range(_FEW):
        if rest.is_empty():
            return
        value = rest[by][0]
        is_it = rest[by].eq_missing(value)
        if is_it.all():
            yield value, rest.height, total(rest["amount"])
            return
        yield value, int(is_it.sum()), total(rest["amount"].filter(is_it))
        rest = rest.filter(~is_it)
    yield from _sums_of_many(rest, by)


def _sums_of_many(rows: pl.DataFrame, by: str) -> Iterator[tuple[str | None, int, Decimal]]:
    if adds_up(rows["amount"]):
        for value, size, total in rows.group_by(by).agg(pl.len(), pl.col("amount").sum()).iter_rows():
            yield value, size, with_cents(total)
        return
    for (value,), group in rows.group_by(by):
        yield value, group.height, exact_sum(group["amount"])


def largest(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """The `most` rows with the largest `amount`, those without one last, and of equal ones the first."""
    if rows["amount"].count() > most:  # to sort all of them takes several times as long
        rows = rows.filter(pl.col("amount") >= rows["amount"].top_k(most).min())
    return rows.sort("amount", descending=True, nulls_last=True, maintain_order=True).head(most)


def adds_up(amounts: pl.Series) -> bool:
    """Whether polars can add these amounts without running over."""
    bounds = [abs(bound) for bound in (amounts.min(), amounts.max()) if isinstance(bound, Decimal)]
    return bool(bounds) and max(bounds) * len(amounts) < MOST_IN_A_COLUMN


def with_cents(amount: Decimal) -> Decimal:
    """The amount with two decimals, or with as many as it needs."""
    reduced = amount.normalize(EXACT)
    return reduced.quantize(Decimal("0.01"), context=EXACT) if int(reduced.as_tuple().exponent) > -2 else reduced
