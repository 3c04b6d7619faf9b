"""Sums of the rows that passed by, and which lines among them are such sums: see `total_rows`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schema.money import MaySum, Money, MoneySums

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    import polars as pl


class RunningSums:
    """The sums of all rows of a file so far, of those since the last line that sums up others, and of all files."""

    def __init__(self) -> None:
        self._of_files = MoneySums()
        self.begin()

    def begin(self) -> None:
        """Begin another file."""
        self._above = MoneySums()
        self._since = MoneySums()
        self._had_one = False

    def copy(self) -> RunningSums:
        """Another one of the same rows."""
        same = RunningSums()
        same._take(self)
        return same

    def _take(self, other: RunningSums) -> None:
        """Have the sums of another one."""
        self._of_files, self._above, self._since = (one.copy() for one in other._sums_so_far)
        self._had_one = other._had_one

    @property
    def _sums_so_far(self) -> tuple[MoneySums, MoneySums, MoneySums]:
        return self._of_files, self._above, self._since

    def add(self, money: pl.DataFrame) -> None:
        """Take in rows of which none is such a line, by their `amount` and `refund`."""
        if money.height:
            rows = Money(money)
            for sums in self._sums_so_far:
                sums.add(rows)

    def with_sums(self, rows: pl.DataFrame, found: pl.Series, may_be: pl.Series, no_type: pl.Series) -> pl.Series:
        """The lines found, and those of `may_be` whose amounts are sums; the amounts between them are added up."""
        amounts = rows["amount"]
        stops = (found | (may_be & amounts.is_not_null())).arg_true()
        if not self._had_one:
            # Where sums of several rows follow, those of single rows are sums, too.
            before, self._had_one = self.copy(), True
            more, proven = self._sums(rows, found, stops, no_type)
            if proven or not more:
                self._had_one = proven
                return found.scatter(more, True) if more else found
            self._take(before)
        more, _ = self._sums(rows, found, stops, no_type)
        return found.scatter(more, True) if more else found

    def _sums(
        self, rows: pl.DataFrame, found: pl.Series, stops: pl.Series, no_type: pl.Series
    ) -> tuple[list[int], bool]:
        """The lines that are sums, and whether one of them is of several rows."""
        money, amounts = rows.select("amount", "refund"), rows["amount"]
        begin, more, proven = 0, [], False
        for at in self._likely(money, stops, found):
            self.add(money.slice(begin, at - begin))
            begin = at
            if found[at] or self._is_sum(amounts[at], no_type=no_type[at]):
                proven = proven or (not found[at] and self._is_sum_of_several(amounts[at]))
                more.append(at)
                begin = at + 1
                self._since, self._had_one = MoneySums(), True
        self.add(money.slice(begin))
        return more, proven

    def _likely(self, money: pl.DataFrame, stops: pl.Series, found: pl.Series) -> Iterator[int]:
        """Of `stops` those to look at closely, in order: where the sums as they are then may be such an amount."""
        known = found.gather(stops)
        if known.all():
            yield from stops
            return
        may, begin, since, passed = MaySum(money, stops), 0, self._since, MoneySums()
        again = True
        while again:
            again = False
            likely = (known | may.near(self._sums_so_far, passed)) & (stops >= begin)
            for at in stops.filter(likely):
                yield at
                if self._since is not since:  # it is a sum: the rows behind it are compared with other sums
                    passed.add(Money(money.slice(begin, at + 1 - begin)))
                    begin, since, again = at + 1, self._since, True
                    break

    def _is_sum(self, amount: Decimal, *, no_type: bool) -> bool:
        """Whether it is the sum of two rows or more; after such a line, or without a type, of one."""
        least = 1 if self._had_one or no_type else 2
        return amount > 0 and (self._is_sum_of_several(amount) or self._since.have(amount, least=least))

    def _is_sum_of_several(self, amount: Decimal) -> bool:
        return any(sums.have(amount, least=2) for sums in self._sums_so_far)
