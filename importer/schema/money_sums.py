"""Exact sums that grow row by row, to compare amounts with: what a report's totals are of."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from importer.model import EXACT
from importer.schema.sums import exact_sum

if TYPE_CHECKING:
    import polars as pl

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
        if gross.rows >= least and _is_close(gross.total, amount):
            return True
        is_net = refunds.rows > 0 and gross.rows + refunds.rows >= least
        return is_net and _is_close(EXACT.add(gross.total, refunds.total), amount)


def _is_close(total: Decimal, amount: Decimal) -> bool:
    return abs(EXACT.subtract(total, amount)) < _CLOSE


class _Sum:
    """An exact sum that grows; what it is of is added up when somebody asks, which in most files nobody does."""

    def __init__(self) -> None:
        self._total = Decimal(0)
        self._parts: list[pl.Series] = []
        self.rows = 0

    def add(self, amounts: pl.Series) -> None:
        self._parts.append(amounts)
        self.rows += amounts.len() - amounts.null_count()

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
