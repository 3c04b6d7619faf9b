"""Amounts in several currencies: a column that says so, signs and codes in the revenue cells, or their formats."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from importer.schema.cells import STANDS_FOR_NOTHING
from importer.schema.guards.currency.pairs import currencies_of_others, may_be_currency
from importer.schema.guards.reading import Values, ignoring, lowered, told_apart
from importer.schema.money import CODES, COMMON, currency_in_cell, currency_in_format, one_name
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.columns import Columns

_SIGN = r"[a-z]{0,2}[$€£¥₹₽₩₺₪₫₱₦₴]"
_ISO_NUMBER = "^[0-9]{3}$"  # as ISO 4217 numbers currencies: 840, 978
_IN_CELL = r"(\p{L}[\p{L}\p{Sc}./]+|[\p{Lo}\p{Sc}])"
_LOOK, _MOST = 200, 50
_Key: TypeAlias = tuple[str, int]


def shows_currencies(rows: pl.DataFrame, batch: pl.DataFrame, position: int) -> bool:
    """Whether cells of the revenue column, or their formats, may show a currency.

    One look at all cells that are not plain numbers in one text: far faster than a look at each, and nearly always
    enough.
    """
    if f"{position}#currency" in batch.columns:
        return True
    cells = batch[str(position)]
    return bool(cells.filter(rows["revenue"] != cells).str.join("\x1f").str.contains(_IN_CELL).item())


def may_show_currencies(batch: pl.DataFrame, position: int) -> bool:
    """Whether cells of any column, or their formats, may show a currency, as far as its first rows tell."""
    cells = batch[str(position)].head(_LOOK)
    return f"{position}#currency" in batch.columns or bool(cells.str.contains(_IN_CELL).any())


def currencies_of(batch: pl.DataFrame, position: int) -> pl.Series:
    """The currency of each cell of a column, as `plain_currency` writes it; null where it shows none."""
    found = batch[str(position)].str.extract(_IN_CELL)
    shown = {text: currency_in_cell(text) for text in found.drop_nulls().unique()}
    found = found.replace_strict(shown, default=None, return_dtype=pl.String)
    formats = batch.get_column(f"{position}#currency", default=None)
    if formats is None:
        return found
    shown = {text: currency_in_format(text) for text in formats.drop_nulls().unique()}
    of_formats = formats.replace_strict(shown, default=None, return_dtype=pl.String)
    return found.zip_with(found.is_not_null(), of_formats)


def may_hold_currencies(name: str, cells: pl.Series, null: frozenset[str]) -> bool:
    """Whether a column may tell currencies, as far as these cells tell."""
    return _Column("", name, null).seems(lowered(cells))


class CurrencyColumnGuard:
    """Watches columns that nothing reads: those that are called a currency, and others that hold only codes of them.

    Of two pairs of amount and currency only that of the revenue counts (see `currencies_of_others`), if its currency is
    told and one.

    Args:
        null: words that stand for an empty cell, in lower case.
    """

    def __init__(self, null: frozenset[str]) -> None:
        self._null = null
        self._columns: dict[_Key, _Column] = {}
        self._own: dict[_Key, set[_Key | None]] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        keys = {}
        for key, name, position in told_apart(columns.silent):
            column = self._columns.setdefault(key, _Column(source, name, self._null))
            keys[position] = key
            if column.may_be:
                column.look(batch[str(position)], rows["amount"])
        found = currencies_of_others(columns)
        for position, key in keys.items():
            own = found.get(position)
            self._own.setdefault(key, set()).add(None if own is None else keys[own])

    def _is_of_another(self, key: _Key) -> bool:
        """Whether a column is the currency of another amount in all files, and the revenue's own is sound."""
        return all(own is not None and self._columns[own].is_sound for own in self._own[key])

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for key, column in self._columns.items():
            if column.asks and not self._is_of_another(key):
                yield column.sentence()

    def the_one(self, rows: int) -> tuple[str, str] | None:
        """The currency that each of so many rows is in by the columns that are called so, and the first such column."""
        called = [c for key, c in self._columns.items() if c.is_called_so and not self._is_of_another(key)]
        found = {column.the_one(rows) for column in called}
        return None if len(found) != 1 or None in found else (str(*found), called[0].name)


class _Column:
    def __init__(self, source: str, name: str, null: frozenset[str]) -> None:
        self.name = name
        self._null = null
        self.may_be = True
        self._source = source
        self._by_name = may_be_currency(name)
        self._values = Values()

    @property
    def is_called_so(self) -> bool:
        """Whether its name says currency, and its cells do not deny it."""
        return self._by_name and self.may_be

    @property
    def asks(self) -> bool:
        """Whether it tells several currencies, or none of some amounts."""
        return self.may_be and (self.has_several or self.has_amounts_without)

    @property
    def is_sound(self) -> bool:
        """Whether it tells one currency of all rows with an amount."""
        return self.is_called_so and bool(self._told) and not self.asks

    def the_one(self, rows: int) -> str | None:
        """The one currency of so many rows, as it is written; None where there are others, or empty cells."""
        told = self._told
        if len(told) != 1 or self._values.shares[min(told)].rows != rows:
            return None
        return self._values.spelled[min(told)]

    def look(self, cells: pl.Series, amounts: pl.Series) -> None:
        is_blank = cells.null_count() == cells.len()
        if (is_blank and not self._by_name) or not self.seems(lowered(cells.head(_LOOK))):
            return
        plain = lowered(cells)
        if self.seems(plain):
            self._values.spell(plain, cells)
            self._values.add(plain, amounts)

    def seems(self, cells: pl.Series) -> bool:
        """Whether these are currencies: codes; where the column is called so, signs and words too, but no numbers."""
        found = cells.unique()
        found = found.filter(~(found.str.contains(STANDS_FOR_NOTHING) | found.is_in(list(self._null))))
        if self._by_name:
            are_numbers = found.str.contains("[0-9]").any() and not found.str.contains(_ISO_NUMBER).all()
            self.may_be = found.len() <= _MOST and not are_numbers
        else:
            self.may_be = all(value in CODES or re.fullmatch(_SIGN, value) for value in found if value)
        return self.may_be

    @property
    def _told(self) -> set[str]:
        """Its values, without those that stand for nothing."""
        return {v for v in self._values.shares if v and v not in self._null and not re.match(STANDS_FOR_NOTHING, v)}

    @property
    def has_several(self) -> bool:
        values = self._told
        are_several = len({*map(one_name, values)}) > 1
        return are_several and (self._by_name or any(value in COMMON or value not in CODES for value in values))

    @property
    def has_amounts_without(self) -> bool:
        """Whether it is called a currency, tells that of some rows, and of other rows with an amount tells none."""
        shares = self._values.shares
        return self._by_name and bool(self._told) and any(shares[value].revenue for value in shares.keys() - self._told)

    def sentence(self) -> str:
        values = self._values
        most = max(sorted(self._told), key=lambda value: values.shares[value].rows)
        what = "are in several currencies" if self.has_several else "of some rows are in a currency that nobody tells"
        where = values.where(self.name, [most], is_not=False)
        return (
            f"{self._source}: by the column {self.name!r}, which nothing reads, the amounts {what}: "
            f"{values.named(values.shares)}. They would be posted as one. {where} takes only the rows in that one; "
            f"{ignoring(self.name)} takes all numbers as they are."
        )


class RevenueCurrencyGuard:
    """Watches the revenue column itself: signs and codes in its cells, and the formats of a workbook's numbers."""

    def __init__(self) -> None:
        self._values = Values()
        self._examples: dict[str, str] = {}
        self._plain: list[pl.Series] = []
        self._first_plain = ""
        self._column = "revenue"
        self._amounts = 0

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        position = columns.positions.get("revenue")
        self._amounts += rows["amount"].count()
        if position is None or position in columns.ignored:
            return
        cells = batch[str(position)]
        if not shows_currencies(rows, batch, position):
            self._note_plain(source, columns, rows, cells)
            return
        found = currencies_of(batch, position)
        at = found.is_not_null() & rows["amount"].is_not_null()
        self._note_plain(source, columns, rows.filter(found.is_null()), cells.filter(found.is_null()))
        if at.any():
            self._note(source, columns, rows.filter(at), cells.filter(at), found.filter(at))
            self._column = columns.names.get("revenue", self._column)

    def the_one(self) -> tuple[str, str] | None:
        """The currency that every amount shows in its cell, and the column; None where one shows another, or none."""
        shares = self._values.shares
        if not shares or shares[min(shares)].rows != self._amounts:
            return None
        return self._values.spelled[min(shares)], self._column

    def _note_plain(self, source: str, columns: Columns, rows: pl.DataFrame, cells: pl.Series) -> None:
        """Rows without a currency, of which those with an amount count: only where others show one somebody asks."""
        self._plain.append(rows["amount"])
        at = None if self._first_plain else (rows["amount"] > 0).arg_max()
        if at is not None and rows["amount"][at]:
            place = columns.place(rows["row"][at], rows["line"][at], columns.positions["revenue"])
            self._first_plain = f"first in {source} {place} ({cells[at]!r})"

    def _note(self, source: str, columns: Columns, rows: pl.DataFrame, cells: pl.Series, found: pl.Series) -> None:
        self._values.spell(found, found.str.to_uppercase())
        self._values.add(found, rows["amount"])
        first = rows.select("row", "line").with_columns(found, cell=cells).unique(found.name, maintain_order=True)
        for row, line, value, cell in first.iter_rows():
            place = columns.place(row, line, columns.positions["revenue"])
            self._examples.setdefault(value, f"{self._values.spelled[value]} first in {source} {place} ({cell!r})")

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        values = self._values
        if len(values.shares) > 1:
            most = max(sorted(values.shares), key=lambda value: values.shares[value].rows)
            yield (
                f"The revenue column is in several currencies: {values.named(values.shares)}; "
                f"{', '.join(list(self._examples.values())[:3])}. They would be posted as one. "
                f"--currency {shlex.quote(values.spelled[most])} takes only the rows in that one; "
                f"{ignoring(self._column)} takes all numbers as they are."
            )

    def remarks(self) -> Iterator[str]:
        """A warning where some amounts show a currency, and others none."""
        values = self._values
        plain = sum(int((amounts > 0).sum()) for amounts in self._plain) if len(values.shares) == 1 else 0
        if plain:
            yield (
                f"The revenue column shows a currency in some amounts ({values.named(values.shares)}; "
                f"{next(iter(self._examples.values()))}) and none in {rows_text(plain)} ({self._first_plain}): "
                "all are taken as of one currency. If they are not, leave those of another one out of the file; "
                f"{ignoring(self._column)} takes all numbers as they are, without this word."
            )
