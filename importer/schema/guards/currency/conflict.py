"""Amounts that show another currency than a column of their rows says, or their header: one of the two is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from importer.model import Share
from importer.schema.guards.currency.guard import currencies_of, shows_currencies
from importer.schema.guards.currency.pairs import may_be_currency
from importer.schema.guards.reading import ignoring
from importer.schema.money import are_apart, currency_in_title, exact_sums, plain_currency
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.schema.columns import Columns

_SHOWN, _TITLE = "shown", "title"
_Key: TypeAlias = tuple[tuple[str, ...], str, str, bool]


@dataclass(frozen=True)
class _Conflict:
    names: tuple[str, ...]
    told: str
    shown: str
    is_header: bool
    first: str
    share: Share = Share()


class CurrencyConflictGuard:
    """Watches the signs and codes in revenue cells beside columns that are called a currency, and that nothing reads.

    Of several such columns (of the sale, of the payout) one that agrees is enough; the header of amounts is another.
    """

    def __init__(self) -> None:
        self._found: dict[_Key, _Conflict] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        position = columns.positions.get("revenue")
        named = {str(at): name for name, at in columns.silent if may_be_currency(name)}
        title = columns.names.get("revenue", "")
        by_title = currency_in_title(title)
        if position is None or position in columns.ignored or not (named or by_title):
            return
        if not shows_currencies(rows, batch, position):
            return
        found = batch.select(*named, currencies_of(batch, position).alias(_SHOWN))
        if by_title:
            found, named[_TITLE] = found.with_columns(pl.lit(by_title).alias(_TITLE)), title
        for one in found.unique(maintain_order=True).iter_rows(named=True):
            if told := _disagreeing(one):
                same = pl.all_horizontal(pl.col(key).eq_missing(pl.lit(value)) for key, value in one.items())
                of_it = found.select(same=same)["same"] & (rows["amount"] > 0).fill_null(value=False)
                key = (
                    tuple(named[at] for at in told),
                    next(iter(told.values())),
                    one[_SHOWN] or "",
                    [*told] == [_TITLE],
                )
                self._note(source, rows.filter(of_it), batch[str(position)].filter(of_it), columns, key)

    def _note(self, source: str, rows: pl.DataFrame, cells: pl.Series, columns: Columns, key: _Key) -> None:
        if not rows.height:
            return
        place = columns.place(rows["row"][0], rows["line"][0], columns.positions["revenue"])
        known = self._found.get(key) or _Conflict(*key, f"{source} {place} ({cells[0]!r})")
        (_, size, money), *_ = exact_sums(rows.select("amount", same=pl.lit("")), "same")
        self._found[key] = replace(known, share=known.share + Share(size, money))

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for conflict in self._found.values():
            what = "header" if conflict.is_header else "column"
            read = "" if conflict.is_header else ", which nothing reads,"
            yield (
                f"The {what} {conflict.names[0]!r}{read} says {conflict.told!r} of "
                f"{share_text(conflict.share)} whose amounts show {conflict.shown.upper()}, first in {conflict.first}: "
                "one of the two is wrong. Ask who wrote the file; "
                f"{' '.join(map(ignoring, conflict.names))} takes all numbers as they are."
            )


def _disagreeing(one: Mapping[str, str | None]) -> dict[str, str]:
    """What the columns of currencies say of a row, if all of them say another than its amount shows; else nothing."""
    shown = one[_SHOWN]
    told = {at: value.strip() for at, value in one.items() if at != _SHOWN and value and value.strip()}
    return told if shown and all(are_apart(shown, plain_currency(value)) for value in told.values()) else {}
