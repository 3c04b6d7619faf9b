"""The question about numbers of no sale among those of sales, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema.columns import plain_words
from importer.schema.guards.numbers.marks import turned_around
from importer.schema.guards.numbers.names import may_number_documents, number_orders
from importer.schema.guards.numbers.series import Series, number_invoices
from importer.schema.guards.reading import Values, ignoring
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERED = "[0-9]"
_ONLY_NUMBERED = r"^\s*#[\w-]*\d[\w-]*\s*$"  # Shopify calls the number of an order, `#1001`, its name
# Of Stripe, whose ids are random letters behind such a beginning.
_CHARGES = r"^\s*(?:ch|py)_[A-Za-z]*[0-9]"
_NO_CHARGES = r"^\s*(?:re|pyr|po|dp|du|trr?|txr|fr)_[A-Za-z]*[0-9]"
_LOOK = 200
_EARLY = 2
"""Batches looked at again when invoices come behind them: credit notes may stand in a file of their own."""


class DocumentNumbers:
    """Watches a column of numbers that nothing reads (see `UnreadColumn`)."""

    def __init__(self, name: str) -> None:
        self.may_be = may_number_documents(name)
        self._values = Values()
        self._of_orders = number_orders(name)
        self._has_invoices = self._has_charges = False
        self._early: list[tuple[str, pl.DataFrame, pl.Series]] = []
        self._numbered = _ONLY_NUMBERED if plain_words(name) == "name" else _NUMBERED
        self._name = name

    def look(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        """See `UnreadColumn.look`; some of each batch tell how its numbers are written."""
        sample = _some(cells)
        self.may_be = bool(sample.str.contains(self._numbered).any())
        if not self.may_be:
            return
        self._has_charges = self._has_charges or bool(sample.str.contains(_CHARGES).any())
        self._has_invoices = not self._of_orders and (self._has_invoices or number_invoices(sample))
        found = [self._note(*early) for early in self._early] if self._has_invoices else []
        self._early = self._early[len(found) :]
        if not self._note(source, rows, cells) and not self._has_invoices and len(self._early) < _EARLY:
            self._early.append((source, rows.select("row", "amount"), cells))

    def _note(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> bool:
        """Count the rows whose numbers say so; tell whether there are any."""
        at = self._by_charges(cells) if self._has_charges else self._by_letters(cells)
        if not at.is_empty():
            self._values.note(source, rows[at], cells[at])
        return not at.is_empty()

    def _by_charges(self, cells: pl.Series) -> pl.Series:
        """Where cells are of refunds, payouts and others, beside charges."""
        return cells.str.contains(_NO_CHARGES).fill_null(value=False).arg_true()

    def _by_letters(self, cells: pl.Series) -> pl.Series:
        """Where cells say so; where all do, and no invoice was seen, it is how sales are numbered."""
        series = Series(_some(cells), of_orders=self._of_orders, has_invoices=self._has_invoices)
        at = series.odd(cells)
        if at.is_empty():
            return at
        says = series.saying(cells.gather(at))
        found, others = at.filter(says), at.filter(~says)
        marked = others.filter(turned_around(cells.gather(others), cells, glued=series.glues_words))
        found = pl.concat([found, marked]).sort()
        return found.clear() if found.len() == cells.len() and not self._has_invoices else found

    def verdict(self) -> Iterator[str]:
        """What its numbers say of rows."""
        values = self._values
        if not values.shares:
            return
        way = values.leaving_out(self._name)
        yield (
            f"By the column {self._name!r}, which nothing reads, {rows_text(values.rows)} may be no sale but a credit "
            f"note, a refund, an estimate or a payout, {values.first}: {values.named(values.shares)}. {way}; "
            f"{ignoring(self._name)} takes all."
        )


def _some(cells: pl.Series) -> pl.Series:
    """Cells from everywhere in a batch, those of Stripe left out that may seem to number invoices."""
    some = cells.gather_every(max(1, cells.len() // _LOOK)).drop_nulls()
    return some.filter(~some.str.contains(_NO_CHARGES))
