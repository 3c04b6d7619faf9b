"""A column that nothing reads, and that says of some rows that they are no revenue: rejected, refunded, pending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schema.column_names import plain_name
from importer.schema.guards.reading import Values, ignoring, lowered, plain_word, words_of
from importer.schema.guards.status_words import (
    COUNTS,
    NO,
    NO_REVENUE,
    YES,
    is_flag_name,
    is_status_name,
    says_no_revenue,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.schema.columns import Columns

_LOOK = 200  # rows by which a column that is not called a status shows that it is none
_FEW = 5


def may_be_status(name: str) -> bool:
    """Whether a column is a status by its name."""
    plain = plain_name(name)
    return is_status_name(plain) or is_flag_name(plain)


class StatusGuard:
    """Watches every column that decides nothing: those that are called a status, and others as long as they may be."""

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        for name, position in columns.silent:
            column = self._columns.setdefault(plain_name(name), _Column(name))
            if column.may_be:
                column.look(source, batch[str(position)], rows["amount"])

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for column in self._columns.values():
            bad = column.bad() if column.may_be else []
            if bad:
                yield column.sentence(bad)


class _Column:
    def __init__(self, name: str) -> None:
        plain = plain_name(name)
        self.name = name
        self.may_be = True
        self._is_flag = is_flag_name(plain)
        self._is_status = is_status_name(plain)
        self._sources: dict[str, None] = {}
        self._values = Values()

    def look(self, source: str, cells: pl.Series, amounts: pl.Series) -> None:
        if cells.null_count() == cells.len():
            return
        if not self._is_status:
            self.may_be = self._all_known(lowered(cells.head(_LOOK)))
            if not self.may_be:
                return
        plain = lowered(cells)
        self.may_be = self._is_status or self._all_known(plain)
        if self.may_be:
            self._sources[source] = None
            self._values.spell(plain, cells)
            self._values.add(plain, amounts)

    def _all_known(self, cells: pl.Series) -> bool:
        known = NO_REVENUE | COUNTS | (YES | NO if self._is_flag else frozenset())
        return words_of(cells) <= {"", *known}

    def bad(self) -> list[str]:
        """The values that say so."""
        found = self._values.shares
        if self._is_status:
            return [value for value in found if says_no_revenue(plain_word(value))]
        no_revenue = NO_REVENUE | (YES if self._is_flag else frozenset())
        return [value for value in found if plain_word(value) in no_revenue]

    def sentence(self, bad: list[str]) -> str:
        values, good = self._values, [value for value in sorted(self._values.shares) if value and value not in bad]
        takes = values.where(self.name, good) if 0 < len(good) <= _FEW else values.where(self.name, bad, is_not=True)
        rest = (
            f"; the others are {values.named(values.shares.keys() - {*bad})}" if len(bad) < len(values.shares) else ""
        )
        return (
            f"{next(iter(self._sources))}: by the column {self.name!r}, which nothing reads, some rows may be no "
            f"revenue: {values.named(bad)}{rest}. {takes} takes only the rows that are, {ignoring(self.name)} all."
        )
