"""Rows that are the sums of the rows beside them: of those above, since the last such row or all, or of those below."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT, Share
from importer.schema.guards.reading import ignoring
from importer.schema.money import exact_sum, exact_sums, is_close, with_cents
from importer.settings import condition_text
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_NAMED, _IN_AN_OPTION = 3, 20
_MOST = 500  # lines that prove it; more are only counted
_FEW_CENTS, _NEAR = Decimal("0.02"), Decimal("0.002")  # that a total is beside the sum, or which part of it
SUMS = ", which are the sums of the rows beside them"
_IN_WHOLE = 50  # and more is what a report rounds to whole units


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

    def is_nearly(self, amount: Decimal) -> bool:
        """Whether an amount may be one of these sums as a report has it: rounded, or without some small thing."""
        return self.rows > 0 and (_are_near(self.gross, amount) or _are_near(self.net, amount))


def _are_near(total: Decimal, amount: Decimal) -> bool:
    difference = abs(EXACT.subtract(total, amount))
    is_rounded = amount == amount.to_integral_value() and difference < 1 and total >= _IN_WHOLE
    return is_rounded or difference <= max(_FEW_CENTS, EXACT.multiply(total, _NEAR))


def money_of(rows: pl.DataFrame) -> Money:
    """Add up normalised rows."""
    gross = net = exact_sum(rows["amount"])
    if "refund" in rows.columns:
        net = EXACT.add(gross, exact_sum(rows["refund"]))
    return Money(gross, net, int((rows["amount"] > 0).sum()))


@dataclass(slots=True)
class SummedLines:
    """Some rows that may be totals by a column, each with the money of the rows between it and the one before.

    There may be `further` ones beyond the `lines` that prove it, by their labels; those of labels that none of these
    have are under None, as they may be names. `named_after` are the labels that have the name of a row beside them in
    them, as `Total Acme` below one of `Acme`.
    """

    source: str
    title: str
    lines: list[tuple[int, str, Decimal, Money]] = field(default_factory=list)
    since: Money = field(default_factory=Money)
    further: dict[str | None, Share] = field(default_factory=dict)
    named_after: set[str] = field(default_factory=set)

    def add(self, rows: pl.DataFrame, cells: pl.Series, stops: Sequence[int], above: Money) -> None:
        """Take in a batch with such rows at `stops`; `above` is the money of the rows of earlier batches."""
        room = 0 if self.further else _MOST - len(self.lines)
        beyond = stops[room:]
        if not self.further:
            self._add(rows.head(beyond[0]) if beyond else rows, cells, stops[:room], above)
        if beyond:
            self._count(rows["amount"].gather(beyond), cells.gather(beyond))

    def _add(self, rows: pl.DataFrame, cells: pl.Series, stops: Sequence[int], above: Money) -> None:
        since, begin = self.since if self.lines else above, 0
        for at in stops:
            money = since + money_of(rows.slice(begin, at - begin))
            label = (cells[at] or "").strip()
            self.lines.append((rows["row"][at], label, rows["amount"][at], money))
            if any(_is_part(name or "", label) for name in cells[max(0, at - 1) : at + 2]):
                self.named_after.add(label)
            since, begin = Money(), at + 1
        self.since = since + money_of(rows.slice(begin))

    def _count(self, amounts: pl.Series, cells: pl.Series) -> None:
        """Take in lines beyond those that prove it."""
        known = self.labels()
        texts = cells.fill_null("").str.strip_chars()
        for text, size, revenue in exact_sums(pl.DataFrame({"cell": texts, "amount": amounts}), "cell"):
            label = text if text in known else None
            self.further[label] = self.further.get(label, Share()) + Share(size, revenue)

    def labels(self) -> dict[str, None]:
        """The labels of the lines that prove it, in their order."""
        return dict.fromkeys(text for _, text, _, _ in self.lines)

    def only(self, labels: Collection[str]) -> SummedLines:
        """The lines with these labels, the others being rows like those beside them."""
        further = {label: share for label, share in self.further.items() if label in labels}
        found = SummedLines(self.source, self.title, further=further, named_after=self.named_after)
        since = Money()
        for row, text, amount, money in self.lines:
            since += money
            if text in labels:
                found.lines.append((row, text, amount, since))
                since = Money()
            else:
                since += Money(amount, amount, 1)
        found.since = since + self.since
        return found

    @property
    def rows(self) -> int:
        """How many such lines there are."""
        return len(self.lines) + sum(share.rows for share in self.further.values())

    @property
    def _parts(self) -> list[Money]:
        """The money above the first line, between the lines, and below the last one."""
        return [*(money for *_, money in self.lines), self.since]

    def are_sums(self, least: int = 2) -> bool:
        """Whether all of them are sums, in one direction; one line at an end is the total of all others.

        Args:
            least: the rows that groups of several rows have together.
        """
        if len(self.lines) == 1 and self.is_at_an_end(0):
            return False
        return any(_prove(self.sizes(below=below), least) for below in (False, True))

    def is_whole(self, *, below: bool) -> bool:
        """Whether each row with an amount is in one of these sums: of the rows above, or of those `below`."""
        return not (self._parts[0] if below else self.since).rows

    def sizes(self, *, below: bool) -> list[int]:
        """Of each line, of how many rows it is the sum: of those above, or of those `below`; 0 where it is none."""
        parts = self._parts
        *above, whole = accumulate(parts)
        sums = ((part, whole) for part in parts[1:]) if below else zip(parts, [*above, whole], strict=True)
        return [
            next((money.rows for money in some if money.is_sum(amount)), 0)
            for (_, _, amount, _), some in zip(self.lines, sums, strict=False)
        ]

    def is_at_an_end(self, n: int) -> bool:
        """Whether no row with an amount is above the first line, or below the last one, if the line `n` is that."""
        return (n == 0 and not self._parts[0].rows) or (n == len(self.lines) - 1 and not self.since.rows)

    def is_sum_of_all(self, n: int) -> bool:
        """Whether the line `n` is the sum of all rows that are none of the lines, and of several."""
        *_, whole = accumulate(self._parts)
        return whole.rows > 1 and whole.is_sum(self.lines[n][2])

    def is_half_of_all(self, n: int) -> bool:
        """Whether the line `n` is at least half of what all rows are that are none of the lines."""
        *_, whole = accumulate(self._parts)
        return EXACT.add(self.lines[n][2], self.lines[n][2]) >= whole.gross

    def has_same_together(self) -> bool:
        """Whether two lines of one label have no row between them, as rows of one name have."""
        return any(one[1] == other[1] and not other[3].rows for one, other in pairwise(self.lines))

    def near(self) -> list[int]:
        """Of each line, of how many rows it may be the sum as a report has it; 0 where it is none."""
        parts = self._parts
        above = [*accumulate(parts)]
        sums = zip(parts, parts[1:], above, strict=False)
        return [
            max((money.rows for money in (*some, above[-1]) if money.is_nearly(amount)), default=0)
            for (_, _, amount, _), some in zip(self.lines, sums, strict=True)
        ]

    def question(self, chosen: Iterable[int] | None = None, why: str = SUMS) -> Question:
        """What there is to ask about the lines that are chosen, or all, and `why`."""
        lines = self.lines if chosen is None else [self.lines[n] for n in chosen]
        labels = dict.fromkeys(text for _, text, _, _ in lines)
        counted = {*labels} if len(labels) <= _IN_AN_OPTION else {*self.further}
        named = [f"row {row:,} ({text[:40]!r})" for row, text, _, _ in lines[:_NAMED]]
        more = ", …" if len(lines) > _NAMED else ""
        further = sum((share for label, share in self.further.items() if label in counted), Share())
        share = sum((Share(1, with_cents(amount)) for _, _, amount, _ in lines), further)
        said = f"{', '.join(named)}{more}, {share_text(share)}{why}"
        return Question(self.source, self.title, said, tuple(labels))


def _is_part(name: str, label: str) -> bool:
    """Whether a name is some of the words of a label, whatever the case."""
    name, label = name.strip().casefold(), label.casefold()
    return name not in ("", label) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", label) is not None


def _prove(sizes: Sequence[int], least: int) -> bool:
    """Whether each of some lines is the sum of so many rows, and not all of single rows."""
    return min(sizes, default=0) > 0 and sum(rows for rows in sizes if rows > 1) >= least


@dataclass(frozen=True, slots=True)
class Question:
    """Lines of a file that may be totals by their `labels` in a column: which they are, and why."""

    source: str
    title: str
    said: str
    labels: tuple[str, ...]

    def sentence(self, *, is_shared: bool = False) -> str:
        """The question, and what to do; if rows of another file have a label, too, none can be left out by it."""
        where = f"--where {shlex.quote(condition_text(self.title, self.labels, is_not=True))}"
        way = f"{where} leaves them out" if len(self.labels) <= _IN_AN_OPTION else "Leave them out of the file"
        if is_shared:
            way = "Leave them out of the file, as rows of another one have such a name"
        return (
            f"{self.source}: by the column {self.title!r} some rows may be totals, and would count twice: {self.said}. "
            f"{way}; {ignoring(self.title)} takes them as rows."
        )
