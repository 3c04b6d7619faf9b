"""Lines that sum up a group of rows, carry something in the place of an id, and lack the timestamp that others have.

A report by campaigns or countries has one above or below each group, and perhaps one for all. Where half of the lines
without a timestamp are such sums, and one of them is of several rows, this is no chance. Nor is it where all of them
together are the sum of all rows, of which there are twice as many: totals of currencies stand behind the rows of all.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.model import EXACT
from importer.schema.money import Money, MoneySums

if TYPE_CHECKING:
    import polars as pl


@dataclass(slots=True)
class Groups:
    """The amounts of lines without a timestamp, and the rows in front of, between and behind them."""

    amounts: list[Decimal] = field(default_factory=list)
    sections: list[MoneySums] = field(default_factory=lambda: [MoneySums()])

    def add(self, rows: pl.DataFrame, lines: pl.Series) -> None:
        """Take in rows with an `amount` and a `refund`; `lines` are the places of those without a timestamp."""
        begin = 0
        for at in lines:
            self._add(rows.slice(begin, at - begin))
            self.amounts.append(rows["amount"][at])
            self.sections.append(MoneySums())
            begin = at + 1
        self._add(rows.slice(begin))

    def _add(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self.sections[-1].add(Money(rows))

    def totals(self) -> list[int]:
        """Which of the lines are sums, by their numbers from 0; none if it may be chance."""
        whole = MoneySums()
        for section in self.sections:
            whole.join(section)
        together = functools.reduce(EXACT.add, self.amounts, Decimal(0))
        if whole.have(together, least=2 * len(self.amounts)):
            return [*range(len(self.amounts))]
        of_all = {n for n, amount in enumerate(self.amounts) if whole.have(amount, least=2)}
        above, below = self._sums_of(self.sections), self._sums_of(self.sections[1:])
        found = sorted(of_all | max(above, below, key=len))
        return found if 2 * len(found) >= len(self.amounts) else []

    def _sums_of(self, groups: list[MoneySums]) -> set[int]:
        """The lines that are the sums of their groups; none where no group has several rows."""
        pairs = list(enumerate(zip(self.amounts, groups, strict=False)))
        if not any(group.have(amount, least=2) for _, (amount, group) in pairs):
            return set()
        return {n for n, (amount, group) in pairs if group.have(amount, least=1)}
