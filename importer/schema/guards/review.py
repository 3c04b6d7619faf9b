"""All guards, over all files: what they have to say is said at once, and stops the run before anything is sent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

import polars as pl

from importer.errors import InputError
from importer.schema.guards.currency import (
    CurrencyColumnGuard,
    CurrencyConflictGuard,
    CurrencyElsewhereGuard,
    InputCurrenciesGuard,
    RevenueCurrencyGuard,
    may_be_currency,
    may_hold_currencies,
)
from importer.schema.guards.dates import SwappedDatesGuard
from importer.schema.guards.disguised import (
    DisguisedTotalsGuard,
    IdsOfRows,
    KindsOfLinesGuard,
    LabelledTotalsGuard,
    OfferTotalsGuard,
    RepeatedGroupsGuard,
)
from importer.schema.guards.hidden import HiddenRowsGuard
from importer.schema.guards.numbers import DocumentNumbers, may_number_documents
from importer.schema.guards.reversals import Reversals, may_take_back
from importer.schema.guards.sections import SectionsGuard
from importer.schema.guards.status import (
    RefundTexts,
    StatusGuard,
    may_be_status,
    may_hold_states,
    may_tell_of_refunds,
)
from importer.schema.guards.swallowed import SwallowedRowsGuard
from importer.schema.guards.unread import UnreadColumnsGuard
from importer.schema.limits import OUTSIDE_PERIOD
from importer.schema.lines import TOTAL_ROW
from importer.schema.rejects_columns import are_rejects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.schema.columns import Columns


class Guard(Protocol):
    """Hears of all rows that would be sent, and may have something to say at the end."""

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """Take in normalised rows of a file, and the cells that they were made of."""

    def verdict(self) -> Iterator[str]:
        """What stops the run, in sentences that name rows, money and the options that decide."""


class Guards:
    """What a file says beyond its five columns.

    Args:
        hidden_decided: whether the user has said what is to become of hidden rows.
        some_left_out: whether options leave out rows, by what stands in them or by their time.
        null: words that stand for an empty cell.
        told: what there is to say already.
    """

    def __init__(self, *, hidden_decided: bool, some_left_out: bool, null: Iterable[str], told: Iterable[str]) -> None:
        self._told = list(told)
        words = _lower(null)
        self._by_column, self._by_amounts = CurrencyColumnGuard(words), RevenueCurrencyGuard()
        unread = [UnreadColumnsGuard(begin) for begin in (Reversals, DocumentNumbers, RefundTexts)]
        by_columns: list[Guard] = [StatusGuard(words), self._by_column, *unread]
        # Totals are the sums of all rows, or of those that a person did not leave out.
        self._ids = IdsOfRows()
        self._totals, self._totals_of_all = _totals(self._ids), _totals(self._ids) if some_left_out else []
        self._of_lines: list[Guard] = [SwallowedRowsGuard(), SectionsGuard()]
        self._guards: list[Guard] = [
            *by_columns,
            self._by_amounts,
            CurrencyConflictGuard(),
            CurrencyElsewhereGuard(),
            InputCurrenciesGuard(),
            SwappedDatesGuard(),
        ]
        self._rows = 0
        if not hidden_decided:
            self._guards.append(HiddenRowsGuard())

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """Take in normalised rows of a file, and their cells. Rows that are left out have no say, nor have totals.

        But a total may be of all rows, those included that are left out.

        A rejects file has none: what it says was heard when its rows were imported.
        """
        if are_rejects(batch, columns):
            return
        for guard in self._of_lines:
            guard.look(source, rows, batch, columns)
        if rows["error_code"].null_count() < rows.height:
            batch, rows = _those(rows["error_code"].ne_missing(TOTAL_ROW), batch, rows)
        for guard in self._totals_of_all:
            guard.look(source, rows, batch, columns)
        batch, rows = _those(~rows["excluded"], batch, rows)
        self._rows += rows.height
        self._ids.add(rows)
        for guard in self._guards:
            guard.look(source, rows, batch, columns)
        if self._totals_of_all:
            batch, rows = _those(rows["error_code"].ne_missing(OUTSIDE_PERIOD), batch, rows)
        for guard in self._totals:
            guard.look(source, rows, batch, columns)

    def currency(self) -> tuple[str, str] | None:
        """The currency that every row says it is in, and the column that says so; None where not all of them do."""
        return self._by_column.the_one(self._rows) or self._by_amounts.the_one()

    def verdict(self) -> None:
        """Return where a person has nothing to decide.

        Raises:
            InputError: the sentences of all guards.
        """
        guards = (*self._of_lines, *self._guards, *self._totals, *self._totals_of_all)
        said = [*self._told, *(said for guard in guards for said in guard.verdict())]
        if said:
            raise InputError(f"{' '.join(dict.fromkeys(said))} Nothing was posted.")

    def remarks(self) -> Iterator[str]:
        """What to say of the files that stops nobody."""
        yield from self._by_amounts.remarks()


def _totals(ids: IdsOfRows) -> list[Guard]:
    by_columns: list[Guard] = [LabelledTotalsGuard(), KindsOfLinesGuard(), RepeatedGroupsGuard(ids)]
    return [DisguisedTotalsGuard(ids), *by_columns, OfferTotalsGuard(ids)]


def _those(chosen: pl.Series, batch: pl.DataFrame, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The chosen cells and rows; themselves, where that is all of them."""
    return (batch, rows) if chosen.all() else (batch.filter(chosen), rows.filter(chosen))


def looked_at(
    columns: Columns, glimpse: Callable[[int], Sequence[str] | None], null: Iterable[str] = ()
) -> frozenset[int]:
    """The columns that nothing reads, and that the guards look at: few, so that they may be decoded.

    They are told by their names, or by the values of which a `glimpse` is to be had (see `Source.glimpse`).
    """
    words = _lower(null)
    return frozenset(at for name, at in columns.silent if _is_looked_at(name, partial(glimpse, at), words))


def _is_looked_at(name: str, glimpse: Callable[[], Sequence[str] | None], null: frozenset[str]) -> bool:
    by_name = (may_be_status, may_be_currency, may_take_back, may_number_documents, may_tell_of_refunds)
    if any(may_be(name) for may_be in by_name):
        return True
    found = glimpse()
    cells = pl.Series(found, dtype=pl.String)
    return found is not None and (may_hold_states(name, cells, null) or may_hold_currencies(name, cells, null))


def _lower(null: Iterable[str]) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in null)
