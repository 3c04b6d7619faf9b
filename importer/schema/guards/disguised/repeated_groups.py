"""Lines that sum up groups of rows, look like rows in all else, and have the value of their group: partner, offer.

Rows that stand together by a column are a group; each group's first row, or each group's last one, is the sum of the
others. Only where that holds for all groups of a file, and for enough rows, it is no chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from importer.model import EXACT
from importer.schema.guards.disguised.labelled_totals import positions_of_labels
from importer.schema.guards.disguised.summed_lines import Money, money_of
from importer.schema.guards.disguised.total_lines import Line, lines_of, named, share_of
from importer.schema.guards.reading import ignoring

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.schema.columns import Columns
    from importer.schema.guards.disguised.ids_of_rows import IdsOfRows

_ROWS = 6  # in groups of several rows, fewer of which are chance
_GROUPS = 2
_MOST = 500  # groups that prove it
_LONGEST = 100_000  # rows of one group: a column that is the same in all rows


@dataclass(slots=True)
class _Group:
    """Rows that stand together: their value and money, and the first and the last of them."""

    value: str | None
    money: Money
    first: pl.DataFrame
    last: pl.DataFrame
    rows: int

    def goes_on(self, other: _Group) -> bool:
        return self.value == other.value

    def join(self, other: _Group) -> None:
        self.money, self.rows, self.last = self.money + other.money, self.rows + other.rows, other.last

    def is_sum(self, line: pl.DataFrame) -> bool:
        """Whether this row of it is the sum of the others."""
        amount = line["amount"][0]
        if amount is None or amount <= 0:
            return False
        others = Money(
            EXACT.subtract(self.money.gross, amount), EXACT.subtract(self.money.net, amount), self.money.rows - 1
        )
        return others.is_sum(amount)


class _Column:
    """The groups of a file by one column, as long as one row of each is the sum of the others."""

    def __init__(self, source: str, title: str) -> None:
        self.source, self.title = source, title
        self.may_be = True
        self._open: _Group | None = None
        self._totals: dict[str, list[Line]] = {"first": [], "last": []}
        self._sums: dict[str, Decimal] = {"first": Decimal(0), "last": Decimal(0)}
        self._groups = self._rows = 0
        self._is_over = False

    def look(self, rows: pl.DataFrame, cells: pl.Series, columns: Columns) -> None:
        """Take in a batch, as long as there are not more groups than prove it."""
        if self._is_over:
            return
        starts = cells[1:].ne_missing(cells[:-1]).arg_true() + 1
        for begin, end in pairwise(chain([0], starts, [len(cells)])):  # nearly always the first groups are enough
            part = rows.slice(begin, end - begin)
            group = _Group(cells[begin], money_of(part), part.head(1), part.tail(1), part.height)
            if self._open is not None and self._open.goes_on(group):
                self._open.join(group)
            else:
                self._close(columns)
                self._open = group
            if not self.may_be or self._is_over:
                return
            self.may_be = self._open.rows <= _LONGEST

    def _close(self, columns: Columns) -> None:
        """Take the group that ended."""
        group, self._open = self._open, None
        if group is None:
            return
        self._groups += 1
        others = group.rows - 1
        self._rows += others if others > 1 else 0
        for which, line in (("first", group.first), ("last", group.last)):
            if which in self._totals and group.is_sum(line):
                self._totals[which] += lines_of(line, "", self.title, columns)
                self._sums[which] = EXACT.add(self._sums[which], line["amount"][0])
            else:
                self._totals.pop(which, None)
        self.may_be = bool(self._totals)
        self._is_over = self._groups >= _MOST

    def lines(self, columns: Columns) -> list[Line]:
        """The rows that are the sums of their groups; a last row that is the sum of these is one, too."""
        last = self._open
        if last is not None and last.rows == 1 and self._groups >= _GROUPS:
            amount = last.last["amount"][0]
            if amount in [self._sums[which] for which in self._totals]:
                totals = next(which for which in self._totals if self._sums[which] == amount)
                self._totals[totals] += lines_of(last.last, "", self.title, columns)
                self._open = None
        if not self._is_over:
            self._close(columns)
        found = next(iter(self._totals.values()), []) if self.may_be else []
        return found if self._groups >= _GROUPS and self._rows >= _ROWS else []

    def sentence(self, lines: list[Line], way: str) -> str:
        """Which they are, and the way to leave them out."""
        of_how_many = (
            f"of their group, the first {_MOST} of which were looked at" if self._is_over else "of their group"
        )
        return (
            f"{self.source}: by the column {self.title!r} some rows may be totals, and would count twice: "
            f"{named(lines)}, {share_of(*lines)}, are each the sum of the other rows {of_how_many}. {way}; "
            f"{ignoring(self.title)} takes them as rows."
        )


class RepeatedGroupsGuard:
    """Watches columns by which rows stand together."""

    def __init__(self, ids: IdsOfRows) -> None:
        self._ids = ids
        self._files: dict[str, tuple[Columns, dict[int, _Column]]] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        if not rows.height:
            return
        if source not in self._files:
            positions = positions_of_labels(batch, columns)
            self._files[source] = columns, {at: _Column(source, columns.titles[at]) for at in positions}
        for position, column in self._files[source][1].items():
            if column.may_be:
                column.look(rows, batch[str(position)], columns)

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for columns, found in self._files.values():
            for column in found.values():
                if column.may_be and (lines := column.lines(columns)):
                    title = columns.names.get("message_id")
                    way = title and self._ids.way_out(column.source, title, lines, "leaves them out")
                    yield column.sentence(lines, way or "Take them out of the file")
