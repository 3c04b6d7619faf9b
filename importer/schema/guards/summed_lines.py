"""Rows that are the sums of the rows beside them: of those above, since the last such row or all, or of those below."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from importer.model import EXACT, Share
from importer.schema.guards.reading import ignoring
from importer.schema.money_sums import is_close
from importer.schema.sums import exact_sum, with_cents
from importer.settings import condition_text
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

_NAMED, _IN_AN_OPTION = 3, 20


@dataclass(frozen=True, slots=True)
class Money:
    """A sum of amounts, the same less refunds, and how many rows with an amount it is of."""

    gross: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    rows: int = 0

    def __add__(self, other: Money) -> Money:
        return Money(EXACT.add(self.gross, other.gross), EXACT.add(self.net, other.net), self.rows + other.rows)

    def is_sum(self, amount: Decimal) -> bool:
        """Whether an amount is one of these sums."""
        return self.rows > 0 and (is_close(self.gross, amount) or is_close(self.net, amount))


def money_of(rows: pl.DataFrame) -> Money:
    """Add up normalised rows."""
    gross = net = exact_sum(rows["amount"])
    if "refund" in rows.columns:
        net = EXACT.add(gross, exact_sum(rows["refund"]))
    return Money(gross, net, int((rows["amount"] > 0).sum()))


@dataclass(slots=True)
class SummedLines:
    """Some rows that may be totals by a column, each with the money of the rows between it and the one before."""

    source: str
    title: str
    lines: list[tuple[int, str, Decimal, Money]] = field(default_factory=list)
    since: Money = field(default_factory=Money)

    def add(self, rows: pl.DataFrame, cells: pl.Series, stops: Sequence[int], above: Money) -> None:
        """Take in a batch with such rows at `stops`; `above` is the money of the rows of earlier batches."""
        since, begin = self.since if self.lines else above, 0
        for at in stops:
            money = since + money_of(rows.slice(begin, at - begin))
            self.lines.append((rows["row"][at], (cells[at] or "").strip(), rows["amount"][at], money))
            since, begin = Money(), at + 1
        self.since = since + money_of(rows.slice(begin))

    def are_sums(self, least: int = 2) -> bool:
        """Whether all of them are sums, in one direction; one line at an end is the total of all others.

        Args:
            least: the rows that groups of several rows have together.
        """
        parts = [*(money for *_, money in self.lines), self.since]
        if len(self.lines) == 1 and not (parts[0].rows and parts[1].rows):
            return False
        above = [*accumulate(parts)]
        below = ((part, above[-1]) for part in parts[1:])
        return self._are(zip(parts, above, strict=True), least) or self._are(below, least)

    def _are(self, sums: Iterable[tuple[Money, ...]], least: int) -> bool:
        """Whether each line is one of these sums, and not all of single rows."""
        of_rows = [
            next((money.rows for money in some if money.is_sum(amount)), 0)
            for (_, _, amount, _), some in zip(self.lines, sums, strict=False)
        ]
        return min(of_rows) > 0 and sum(rows for rows in of_rows if rows > 1) >= least

    def sentence(self) -> str:
        """Which they are, and what to do."""
        labels = list(dict.fromkeys(text for _, text, _, _ in self.lines))
        named = [f"row {row:,} ({text[:40]!r})" for row, text, _, _ in self.lines[:_NAMED]]
        more = ", …" if len(self.lines) > _NAMED else ""
        share = sum((Share(1, with_cents(amount)) for _, _, amount, _ in self.lines), Share())
        where = f"--where {shlex.quote(condition_text(self.title, labels, is_not=True))}"
        way = f"{where} leaves them out" if len(labels) <= _IN_AN_OPTION else "Leave them out of the file"
        return (
            f"{self.source}: by the column {self.title!r} some rows may be totals, and would count twice: "
            f"{', '.join(named)}{more}, {share_text(share)}, which are the sums of the rows beside them. {way}; "
            f"{ignoring(self.title)} takes them as rows."
        )
