"""Amounts in several currencies in one column that nothing reads: the revenue of its rows may be, too.

Where the revenue shows its currency, or a column tells it, these say more. One currency in each of two columns is
ordinary: what was ordered, and what is paid out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schema.guards.currency.guard import currencies_of, may_show_currencies, shows_currencies
from importer.schema.guards.currency.pairs import may_be_currency
from importer.schema.guards.reading import Values, ignoring, told_apart
from importer.schema.guards.reversals import may_take_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.schema.columns import Columns


class CurrencyElsewhereGuard:
    """Watches columns that are called amounts, in files that tell no currency of the revenue."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, int], tuple[str, str, Values]] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        position = columns.positions.get("revenue")
        if position is None or position in columns.ignored or any(may_be_currency(name) for name, _ in columns.silent):
            return
        if shows_currencies(rows, batch, position):
            return
        for key, name, at in told_apart(columns.silent):
            if may_take_back(name) and may_show_currencies(batch, at):
                found = currencies_of(batch, at)
                says = found.is_not_null() & (rows["amount"] > 0).fill_null(value=False)
                _, _, values = self._columns.setdefault(key, (source, name, Values()))
                values.spell(found.filter(says), found.filter(says).str.to_uppercase())
                values.add(found.filter(says), rows["amount"].filter(says))

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for source, name, values in self._columns.values():
            if len(values.shares) > 1:
                yield (
                    f"{source}: by the column {name!r}, which nothing reads, rows are in several currencies: "
                    f"{values.named(values.shares)}; their revenue, which shows none, may be, too, and would be posted "
                    "as one. Ask who wrote the file, and leave rows in another currency out of it; "
                    f"{ignoring(name)} takes all numbers as they are."
                )
