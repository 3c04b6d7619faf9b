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
# Ids of payment providers, random letters behind such a beginning: of payments, and of what is none beside these.
_PROVIDERS = (
    (r"^\s*(?:ch|py|pi|in)_[A-Za-z]*[0-9]", r"^\s*(?:re|pyr|po|dp|du|cn|trr?|txr|fr)_[A-Za-z]*[0-9]"),  # Stripe
    (r"^\s*(?:tr|pay|txn)_[A-Za-z]*[0-9]", r"^\s*(?:re|rfnd|chb|adj)_[A-Za-z]*[0-9]"),  # Mollie, Razorpay, Paddle
)
_OF_A_PROVIDER = "|".join(no_payment for _, no_payment in _PROVIDERS)
_LOOK = 200
_EARLY = 2
"""Batches looked at again when invoices come behind them: credit notes may stand in a file of their own."""


class DocumentNumbers:
    """Watches a column of numbers that nothing reads (see `UnreadColumn`)."""

    def __init__(self, name: str) -> None:
        self.may_be = may_number_documents(name)
        self._values = Values()
        self._of_orders = number_orders(name)
        self._has_invoices = False
        self._no_payments = ""
        self._early: list[tuple[str, pl.DataFrame, pl.Series]] = []
        self._numbered = _ONLY_NUMBERED if plain_words(name) == "name" else _NUMBERED
        self._name = name

    def look(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        """See `UnreadColumn.look`; some of each batch tell how its numbers are written."""
        filled = cells.drop_nulls()
        if filled.is_empty():
            return
        some = _some(filled)
        self.may_be = bool(some.str.contains(self._numbered).any())
        if not self.may_be:
            return
        self._no_payments = self._no_payments or _beside_payments(some)
        self._has_invoices = not self._of_orders and (self._has_invoices or number_invoices(_of_no_provider(some)))
        has_sales = self._has_invoices or self._no_payments
        if has_sales:
            for early in self._early:
                self._note(*early)
            self._early.clear()
        if not self._note(source, rows, cells) and not has_sales and len(self._early) < _EARLY:
            self._early.append((source, rows.select("row", "amount"), cells))

    def _note(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> bool:
        """Count the rows whose numbers say so; tell whether there are any."""
        at = self._by_payments(cells) if self._no_payments else self._by_letters(cells)
        if not at.is_empty():
            self._values.note(source, rows[at], cells[at])
        return not at.is_empty()

    def _by_payments(self, cells: pl.Series) -> pl.Series:
        """Where cells are ids of refunds, payouts and others, beside those of payments."""
        return cells.str.contains(self._no_payments).fill_null(value=False).arg_true()

    def _by_letters(self, cells: pl.Series) -> pl.Series:
        """Where cells say so; where all do, and no invoice was seen, it is how sales are numbered."""
        sample = _of_no_provider(_some(cells.drop_nulls()))
        series = Series(sample, of_orders=self._of_orders, has_invoices=self._has_invoices)
        at = series.odd(cells)
        if at.is_empty() or sample.is_empty():
            return at.clear()
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
    """Cells from everywhere in a batch."""
    return cells.gather_every(max(1, cells.len() // _LOOK))


def _of_no_provider(cells: pl.Series) -> pl.Series:
    """These without such ids as may seem to number German invoices, `re_…`."""
    return cells.filter(~cells.str.contains(_OF_A_PROVIDER))


def _beside_payments(some: pl.Series) -> str:
    """What, where some are the ids of a provider's payments, is none; else nothing."""
    return next((none for payments, none in _PROVIDERS if some.str.contains(payments).any()), "")
