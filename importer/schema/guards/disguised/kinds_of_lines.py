"""Lines that sum up groups of rows, and that one value of a column tells from these: `Level` says Group, not Detail.

The value may be any, an empty cell where all other rows have something, too: the amounts say what it means. Every line
that has it must be the sum of the rows beside it, and groups of several rows must be among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import are_empty
from importer.schema.columns import bare, plain_name
from importer.schema.guards.disguised.labelled_totals import LABEL, positions_of_labels
from importer.schema.guards.disguised.summed_lines import Money, SummedLines, money_of
from importer.schema.guards.disguised.total_lines import IS_SENT
from importer.schema.lines import SAYS_SO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.columns import Columns

_LOOK = 200
_KINDS = 8  # different values in the first rows, of which each may be that of such lines
_SUMMED = 4  # rows in groups of several, fewer of which are chance


class KindsOfLinesGuard:
    """Watches columns of few values, and those that are empty in some rows; what their first rows deny is over."""

    def __init__(self) -> None:
        self._found: dict[str, dict[int, list[_Kind]]] = {}
        self._titled: dict[str, set[str]] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        if source not in self._found:
            positions = positions_of_labels(batch, columns)
            titles = {at: columns.titles[at] for at in positions}
            for title in titles.values():
                self._titled.setdefault(plain_name(bare(title)), set()).add(source)
            self._found[source] = {at: [*_kinds(source, titles[at], rows, batch[str(at)])] for at in positions}
        for position, kinds in self._found[source].items():
            for kind in kinds:
                kind.look(rows, batch[str(position)])

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        asked = [kind for kinds in self._found.values() for some in kinds.values() for kind in some if kind.are_sums()]
        for kind in asked:
            files = self._titled.get(plain_name(bare(kind.lines.title)), set())
            alike = {other.lines.source for other in asked if other.is_like(kind)}
            yield kind.lines.question().sentence(is_shared=files > alike)


def _kinds(source: str, title: str, rows: pl.DataFrame, cells: pl.Series) -> Iterator[_Kind]:
    """The values of a column by whose first lines it may tell such lines from others."""
    cells = cells.set(are_empty(cells), None)
    first = cells.head(_LOOK).unique()
    values = cells.unique() if first.len() <= min(_KINDS, rows.height // 2) else pl.Series([None], dtype=pl.String)
    for value in values if values.len() <= _KINDS else [None]:
        kind = _Kind(value, SummedLines(source, title))
        if not _is_label(value) and kind.may_begin(rows, cells):
            yield kind


def _is_label(value: str | None) -> bool:
    """Whether it says that its rows are totals, which `labelled_totals` hears."""
    cell = pl.Series([value or ""]).str.strip_chars()
    return bool(cell.str.contains(SAYS_SO)[0] or cell.str.contains(LABEL)[0])


class _Kind:
    """The lines of a file that have one value in a column; None is an empty cell."""

    def __init__(self, value: str | None, lines: SummedLines) -> None:
        self.lines = lines
        self._value = value
        self._rows = 0

    def _at(self, cells: pl.Series) -> pl.Series:
        return (are_empty(cells) if self._value is None else cells == self._value).arg_true()

    def is_like(self, other: _Kind) -> bool:
        """Whether both are of one value in columns of one name."""
        names = {plain_name(bare(kind.lines.title)) for kind in (self, other)}
        return len(names) == 1 and self._value == other._value

    def may_begin(self, rows: pl.DataFrame, cells: pl.Series) -> bool:
        """Whether the first line that has it is the sum of the rows above it, or below it up to the next one."""
        at = self._at(cells)
        if at.is_empty() or 2 * at.len() > rows.height or not (rows["amount"][at[0]] or 0) > 0:
            return False
        end = at[1] if at.len() > 1 else rows.height
        groups = (rows.head(at[0]), rows.slice(at[0] + 1, end - at[0] - 1))
        return any(money_of(group).is_sum(rows["amount"][at[0]]) for group in groups)

    def look(self, rows: pl.DataFrame, cells: pl.Series) -> None:
        """Take in further rows."""
        self._rows += rows.height
        at = self._at(cells)
        sent = rows[at].select(IS_SENT.fill_null(value=False)).to_series()
        self.lines.add(rows, cells, at.filter(sent).to_list(), Money())

    def are_sums(self) -> bool:
        """Whether all of them are sums, by no chance; a single one is the total of all others, or none."""
        lines = self.lines
        return lines.rows > 1 and 2 * lines.rows <= self._rows and lines.are_sums(least=_SUMMED)
