"""One currency in each file, and not the same in all; or one in the header of the amounts, and another in a column.

What tells it has another name in each file, or stands in another place, so that no single column holds several.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from importer.model import Share
from importer.schema.columns import plain_name
from importer.schema.guards.currency.guard import currencies_of, shows_currencies
from importer.schema.guards.currency.pairs import currencies_of_others, may_be_currency
from importer.schema.guards.reading import ignoring, lowered
from importer.schema.guards.reversals import may_take_back
from importer.schema.money import are_apart, currency_in_title, exact_sum, plain_currency
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.schema.columns import Columns

_NAMED = 10  # files


@dataclass(slots=True)
class _File:
    """What tells the currency of a file's revenue, by the name of the column, and in which values; its rows."""

    revenue: str
    has_other_amounts: bool
    told: dict[str, set[str]] = field(default_factory=dict)
    share: Share = field(default_factory=Share)

    @property
    def title(self) -> str | None:
        return currency_in_title(self.revenue)

    def one(self) -> tuple[str, str] | None:
        """The column that tells one currency, and which; a column of currencies before the amounts and their header."""
        found = [(name, *values) for name, values in self.told.items() if len(values) == 1]
        return (found[0][0], found[0][1]) if found else (self.revenue, self.title) if self.title else None

    def conflict(self) -> tuple[str, str] | None:
        """The column that tells another currency than the header of the amounts, and which."""
        told = self.one()
        if self.title is None or told is None or self.has_other_amounts or told[0] == self.revenue:
            return None
        return told if _are_apart(told[1], self.title) else None


class InputCurrenciesGuard:
    """Watches columns that are called a currency, the amounts and their header, file by file."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        position = columns.positions.get("revenue")
        if position is None or position in columns.ignored:
            return
        others = currencies_of_others(columns)
        called = {name: at for name, at in columns.silent if may_be_currency(name) and at not in others}
        amounts = any(may_take_back(name) and not may_be_currency(name) for name, _ in columns.silent)
        file = self._files.setdefault(source, _File(columns.names.get("revenue", ""), amounts))
        has_money = (rows["amount"] > 0).fill_null(value=False)
        file.share += Share(int(has_money.sum()), exact_sum(rows["amount"]))
        for name, at in called.items():
            _note(file, name, lowered(batch[str(at)].filter(has_money)))
        if not called and shows_currencies(rows, batch, position):
            _note(file, file.revenue, currencies_of(batch, position).filter(has_money))

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for source, file in self._files.items():
            if conflict := file.conflict():
                yield (
                    f"{source}: the header {file.revenue!r} says {file.title} of {share_text(file.share)}, and the "
                    f"column {conflict[0]!r}, which nothing reads, says {conflict[1].upper()}: one of the two is "
                    f"wrong. Ask who wrote the file; {ignoring(conflict[0])} takes all numbers as they are."
                )
        yield from self._of_several_files()

    def _of_several_files(self) -> Iterator[str]:
        told = {source: one for source, file in self._files.items() if (one := file.one())}
        names = dict.fromkeys(name for name, _ in told.values())
        apart = any(_are_apart(one, other) for one, other in combinations({one for _, one in told.values()}, 2))
        if not apart or len({*map(plain_name, names)}) == 1:  # one column with several is heard elsewhere
            return
        shown = [
            f"{source} in {currency.upper()} by {name!r}, {share_text(self._files[source].share)}"
            for source, (name, currency) in told.items()
        ]
        more = f" and {len(shown) - _NAMED:,} more" if len(shown) > _NAMED else ""
        yield (
            f"The files are in several currencies: {'; '.join(shown[:_NAMED])}{more}. They would be posted as one. "
            f"Import those of each currency by themselves; {' '.join(map(ignoring, names))} takes all numbers as they "
            "are."
        )


def _note(file: _File, name: str, cells: pl.Series) -> None:
    told = cells.filter(cells != "").unique().head(2)  # other guards speak of several
    file.told.setdefault(name, set()).update(told)


def _are_apart(one: str, other: str) -> bool:
    return are_apart(plain_currency(one), plain_currency(other))
