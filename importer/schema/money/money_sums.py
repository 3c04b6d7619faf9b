"""Exact sums that grow row by row, to compare amounts with: what a report's totals are of."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT
from importer.schema.money.rule import AMOUNT
from importer.schema.money.sums import MOST_IN_A_COLUMN, adds_up, exact_sum

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CLOSE = Decimal("0.0001")  # what binary sums of a spreadsheet are beside the sum at most, for sums of money


class MoneySums:
    """The sum of some rows, and the same less their refunds: a report's footer has the one or the other."""

    def __init__(self) -> None:
        self._gross = _Sum()
        self._refunds = _Sum()

    def add(self, money: pl.DataFrame) -> None:
        """Add rows with an `amount`, or a `refund`."""
        self._gross.add(money["amount"])
        self._refunds.add(money["refund"])

    def join(self, other: MoneySums) -> None:
        """Add the rows of another sum."""
        self._gross.join(other._gross)
        self._refunds.join(other._refunds)

    def copy(self) -> MoneySums:
        """Another one of the same rows."""
        same = MoneySums()
        same._gross, same._refunds = self._gross.copy(), self._refunds.copy()
        return same

    def have(self, amount: Decimal, *, least: int) -> bool:
        """Whether one of them is this amount, of so many rows at least."""
        gross, refunds = self._gross, self._refunds
        if gross.rows >= least and is_close(gross.total, amount):
            return True
        is_net = refunds.rows > 0 and gross.rows + refunds.rows >= least
        return is_net and is_close(EXACT.add(gross.total, refunds.total), amount)

    def beyond(self, other: MoneySums) -> tuple[Decimal, Decimal]:
        """How much larger the two sums are than those of `other`, which has none of other rows."""
        gross = EXACT.subtract(self._gross.total, other._gross.total)
        refunds = EXACT.subtract(self._refunds.total, other._refunds.total)
        return gross, EXACT.add(gross, refunds)


class MaySum:
    """Rows of a batch, and which of them may be sums of those above: all at once, as nearly none is.

    Args:
        money: `amount` and `refund` of all rows of the batch.
        at: the places of these rows.
    """

    def __init__(self, money: pl.DataFrame, at: pl.Series) -> None:
        self._at = at
        self._more: pl.DataFrame | None = None
        own = money.select(pl.all().fill_null(0))
        if own.height and all(map(adds_up, own)):
            above = own.select(pl.all().cum_sum() - pl.all())[at]
            gross = own["amount"].gather(at) - above["amount"]
            self._more = pl.DataFrame({"gross": gross, "net": gross - above["refund"]})

    def near(self, sums: Iterable[MoneySums], passed: MoneySums) -> pl.Series:
        """Which of them may be one of these `sums` and the rows of the batch behind those that were `passed`."""
        if self._more is None:  # absurd amounts, which polars cannot add
            return pl.Series([True]).new_from_index(0, self._at.len())
        bounds = [bound for one in sums for bound in _bounds(*one.beyond(passed))]
        return self._more.select(pl.any_horizontal(pl.lit(value=False), *bounds)).to_series()


def _bounds(gross: Decimal, net: Decimal) -> Iterator[pl.Expr]:
    for name, sum_ in (("gross", gross), ("net", net)):
        if abs(sum_) < MOST_IN_A_COLUMN:  # no amount of a batch that adds up is beyond
            low, high = (pl.lit(EXACT.add(sum_, by), AMOUNT) for by in (-_CLOSE, _CLOSE))
            yield pl.col(name).is_between(low, high)


def is_close(total: Decimal, amount: Decimal) -> bool:
    """Whether an amount is this sum, but for what binary sums of a spreadsheet are beside it."""
    return abs(EXACT.subtract(total, amount)) < _CLOSE


class _Sum:
    """An exact sum that grows; what it is of is added up when somebody asks, which in most files nobody does."""

    def __init__(self) -> None:
        self._total = Decimal(0)
        self._parts: list[pl.Series] = []
        self.rows = 0

    def add(self, amounts: pl.Series) -> None:
        if count := amounts.len() - amounts.null_count():
            self._parts.append(amounts)
            self.rows += count

    def join(self, other: _Sum) -> None:
        self._total = EXACT.add(self._total, other.total)
        self.rows += other.rows

    def copy(self) -> _Sum:
        same = _Sum()
        same._total, same._parts, same.rows = self._total, [*self._parts], self.rows
        return same

    @property
    def total(self) -> Decimal:
        for amounts in self._parts:
            self._total = EXACT.add(self._total, exact_sum(amounts))
        self._parts = []
        return self._total
