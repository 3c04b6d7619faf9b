"""Lines that sum up the rows below them: the total of a report that begins with it, headings of groups with their sums.

What is below is known at the end of the file, so that they are looked for in a pass of its own, and only where the
first row may be one: it has an amount, and no message id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.schema.lines.total_rows import without_id, without_type
from importer.schema.money import Money, MoneySums

if TYPE_CHECKING:
    from decimal import Decimal

    import polars as pl


_MOST = 2_000  # more are no headings: they are rows of a file without ids


def may_begin_with_a_total(first: pl.DataFrame) -> bool:
    """Whether the first normalised row of a file has an amount, and no message id."""
    return bool(first.height and without_id(first)[0] and (first["amount"][0] or 0) > 0)


@dataclass(slots=True)
class _Line:
    """A row without an id, and the sums of the rows between it and the next one."""

    row: int
    amount: Decimal
    no_type: bool
    own: MoneySums
    below: MoneySums = field(default_factory=MoneySums)


def _line(row: pl.DataFrame, *, no_type: bool) -> _Line:
    own = MoneySums()
    own.add(Money(row))
    return _Line(row["row"].item(), row["amount"].item(), no_type, own)


class TotalsAbove:
    """Takes in all rows of a file, and tells which of them are such lines; none where they `are_too_many`."""

    def __init__(self) -> None:
        self.are_too_many = False
        self._lines: list[_Line] = []

    def add(self, rows: pl.DataFrame, said: pl.Series) -> None:
        """Take in normalised rows, of which those that say that they are totals are `said`: these sum up nothing."""
        no_id = without_id(rows)
        no_type = without_type(rows, no_id)
        begin = 0
        stops = (said | (no_id & rows["amount"].is_not_null())).arg_true()
        self.are_too_many = self.are_too_many or len(self._lines) + len(stops) > _MOST
        for at in [] if self.are_too_many else stops:
            self._add(rows.slice(begin, at - begin))
            begin = at + 1
            if not said[at]:
                self._lines.append(_line(rows[at], no_type=no_type[at]))
        self._add(rows.slice(begin))

    def rows(self) -> list[int]:
        """The numbers of the rows that are the sum of those up to the next such line, or of all below them."""
        if self.are_too_many:
            return []
        groups = any(line.below.have(line.amount, least=2) for line in self._lines)
        found = []
        below = MoneySums()
        for line in reversed(self._lines):
            below.join(line.below)
            least = 1 if line.no_type or groups else 2
            if line.below.have(line.amount, least=least) or below.have(line.amount, least=2):
                found.append(line.row)
            else:
                below.join(line.own)
        return found

    def _add(self, rows: pl.DataFrame) -> None:
        if rows.height and self._lines:
            self._lines[-1].below.add(Money(rows))
