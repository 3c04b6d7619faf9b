"""Exact sums that grow row by row, to compare amounts with: what a report's totals are of."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT
from importer.schema.money.rule import AMOUNT
from importer.schema.money.sums import MOST_IN_A_COLUMN, adds_up, exact_sum

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CLOSE = Decimal("0.0001")  # what binary sums of a spreadsheet are beside the sum at most, for sums of money


class Money:
    """Some rows with an `amount`, or a `refund`, to be added to one sum or to several.

    What they sum up to is found once, and only when somebody asks, which in most files nobody does.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        self.amounts, self.refunds = _Part(rows["amount"]), _Part(rows["refund"])


class MoneySums:
    """The sum of some rows, and the same less their refunds: a report's footer has the one or the other."""

    def __init__(self) -> None:
        self._gross = _Sum()
        self._refunds = _Sum()

    def add(self, money: Money) -> None:
        """Add rows."""
        self._gross.add(money.amounts)
        self._refunds.add(money.refunds)

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
        self._money, self._at = money, at

    def near(self, sums: Iterable[MoneySums], passed: MoneySums) -> pl.Series:
        """Which of them may be one of these `sums` and the rows of the batch behind those that were `passed`."""
        beyond = [one.beyond(passed) for one in sums]
        largest = self._largest
        if largest is None or all(self._least(*one) > largest for one in beyond):  # as nearly always
            return self._all(value=False)
        if self._more is None:  # absurd amounts, which polars cannot add
            return self._all(value=True)
        bounds = [bound for one in beyond for bound in _bounds(*one)]
        return self._more.select(pl.any_horizontal(pl.lit(value=False), *bounds)).to_series()

    def _all(self, *, value: bool) -> pl.Series:
        return pl.Series([value]).new_from_index(0, self._at.len())

    def _least(self, gross: Decimal, net: Decimal) -> Decimal:
        """What a row must have at least to be one of these two sums: the amounts above it only make them larger."""
        return EXACT.subtract(min(gross, EXACT.add(net, self._refunds)), _CLOSE)

    @cached_property
    def _largest(self) -> Decimal | None:
        largest = self._money["amount"].gather(self._at).max()
        return largest if isinstance(largest, Decimal) else None

    @cached_property
    def _refunds(self) -> Decimal:
        return exact_sum(self._money["refund"])

    @cached_property
    def _more(self) -> pl.DataFrame | None:
        """By how much each row is more than what is above it in the batch, without refunds and with them."""
        own = self._money.select(pl.all().fill_null(0))
        if not all(map(adds_up, own)):
            return None
        above = own.select(pl.all().cum_sum() - pl.all())[self._at]
        gross = own["amount"].gather(self._at) - above["amount"]
        return pl.DataFrame({"gross": gross, "net": gross - above["refund"]})


def _bounds(gross: Decimal, net: Decimal) -> Iterator[pl.Expr]:
    for name, sum_ in (("gross", gross), ("net", net)):
        if abs(sum_) < MOST_IN_A_COLUMN:  # no amount of a batch that adds up is beyond
            low, high = (pl.lit(EXACT.add(sum_, by), AMOUNT) for by in (-_CLOSE, _CLOSE))
            yield pl.col(name).is_between(low, high)


def is_close(total: Decimal, amount: Decimal) -> bool:
    """Whether an amount is this sum, but for what binary sums of a spreadsheet are beside it."""
    return abs(EXACT.subtract(total, amount)) < _CLOSE


class _Part:
    """A column of amounts, and what they are together."""

    def __init__(self, amounts: pl.Series) -> None:
        self._amounts = amounts
        self.rows = amounts.count()

    @cached_property
    def total(self) -> Decimal:
        total = exact_sum(self._amounts)
        self._amounts = self._amounts.clear()  # which other parts of the file need the room for
        return total


class _Sum:
    """An exact sum that grows."""

    def __init__(self) -> None:
        self._total = Decimal(0)
        self._parts: list[_Part] = []
        self.rows = 0

    def add(self, part: _Part) -> None:
        if part.rows:
            self._parts.append(part)
            self.rows += part.rows

    def join(self, other: _Sum) -> None:
        self._total = EXACT.add(self._total, other.total)
        self.rows += other.rows

    def copy(self) -> _Sum:
        same = _Sum()
        same._total, same._parts, same.rows = self._total, [*self._parts], self.rows
        return same

    @property
    def total(self) -> Decimal:
        for part in self._parts:
            self._total = EXACT.add(self._total, part.total)
        self._parts = []
        return self._total
