"""Limits that the user sets to what the rules let through: a period, a highest amount, the offers of the account."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import CELL, Reason, Rule
from importer.schema.money import AMOUNT
from importer.text import amount

if TYPE_CHECKING:
    from decimal import Decimal

    from importer.schema.time import LocalClock

OUTSIDE_PERIOD = "outside_period"
"""The code of rows that the period leaves out."""
_CODE, _TEXT = pl.col("code"), pl.col("text")
_EPOCH = date(1970, 1, 1)
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the user allows of what can be sent; None allows all.

    `period` is the first and the last day, `2026-06-01/2026-06-30`; `offers` are the names of the account's offers.
    """

    period: str | None = None
    max_revenue: Decimal | None = None
    offers: frozenset[str] | None = None

    def on(self, rule: Rule, clock: LocalClock, now: datetime) -> Rule:
        """Return the rule of a field with the limit that is set to it, if one is."""
        match rule.field:
            case "revenue" if self.max_revenue is not None:
                return _MostRevenue(rule, self.max_revenue)
            case "offer_id" if self.offers is not None:
                return _KnownOffer(rule, self.offers)
            case "timestamp" if self.period is not None:
                return _WithinPeriod(rule, self.period, clock, now)
        return rule


NO_LIMITS = Limits()


class _Limited(Rule):
    """A rule, and a limit to what it lets through."""

    code: pl.Expr

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.field = rule.field
        self.trusts_numbers = rule.trusts_numbers
        self.typed = rule.typed
        self.may_have_apostrophes = rule.may_have_apostrophes

    @abstractmethod
    def _allows(self, text: pl.Expr) -> pl.Expr:
        """Whether a value, as it is to be sent, is within the limit; never null."""

    @abstractmethod
    def _sentences(self) -> list[Reason]:
        """Why a value is not."""

    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the rule and the limit let the cell be sent as it stands."""
        return self._rule.canonical(cell) & self._allows(cell)

    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """What the rule finds, and the code of the limit where it finds nothing wrong. The text stays beside it."""
        beyond = _CODE.is_null() & (_TEXT.is_not_null() | CELL.is_null()) & ~self._allows(_TEXT)
        judged = self._rule.judge(cells)
        return judged.with_columns(code=pl.when(beyond).then(self.code).otherwise("code"))

    def reasons(self) -> list[Reason]:
        """See `Rule`."""
        mine = self.code == _CODE
        return [*((mine & condition, sentence) for condition, sentence in self._sentences()), *self._rule.reasons()]


class _MostRevenue(_Limited):
    code = pl.lit("revenue_too_high")

    def __init__(self, rule: Rule, most: Decimal) -> None:
        super().__init__(rule)
        self._most = most

    def _allows(self, text: pl.Expr) -> pl.Expr:
        most = pl.lit(f"{self._most:f}").cast(AMOUNT, strict=False)  # null where it is beyond any amount
        return (text.cast(AMOUNT, strict=False) <= most).fill_null(value=True)

    def _sentences(self) -> list[Reason]:
        return [(pl.lit(value=True), f"{{}} is above the {amount(self._most)} of --max-revenue.")]


class _KnownOffer(_Limited):
    code = pl.lit("unknown_offer")

    def __init__(self, rule: Rule, offers: frozenset[str]) -> None:
        super().__init__(rule)
        self._offers = pl.Series(sorted(offers), dtype=pl.String)

    def _allows(self, text: pl.Expr) -> pl.Expr:
        return text.is_in(self._offers.implode()).fill_null(value=True)

    def _sentences(self) -> list[Reason]:
        return [(pl.lit(value=True), "{} is no offer of this account, active, paused or archived (--check-offers).")]


class _WithinPeriod(_Limited):
    """By the days of a zone. A row without a timestamp is of today, as the API dates it so."""

    code = pl.lit("outside_period")

    def __init__(self, rule: Rule, period: str, clock: LocalClock, now: datetime) -> None:
        super().__init__(rule)
        first, last = map(date.fromisoformat, period.split("/"))
        self._period = f"{period} (--period, days in {clock.name})"
        self._from, self._until = _begins(first, clock), _begins(last + timedelta(days=1), clock)
        self._today = now.astimezone(UTC) + timedelta(seconds=_offset_at(now, clock))
        self._is_now = first <= self._today.date() <= last

    def _allows(self, text: pl.Expr) -> pl.Expr:
        # Text in the form in which timestamps are sent sorts as time does.
        return ((text >= self._from) & (text < self._until)).fill_null(value=self._is_now)

    def _sentences(self) -> list[Reason]:
        today = f"There is no timestamp, so the row is of today, {self._today:%Y-%m-%d}, outside {self._period}."
        return [(CELL.is_null(), today), (pl.lit(value=True), f"{{}} is outside {self._period}.")]


def _begins(day: date, clock: LocalClock) -> str:
    """The moment at which a day begins in a zone, in UTC, as the beginning of a timestamp's text."""
    local = (day - _EPOCH).days * _DAY_S
    at, before = clock.offsets(pl.Series([local, local - _DAY_S]))["earliest"]
    # Clocks that are put forward over midnight: the day begins where the day before ends.
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=local - (before if at is None else at))
    return instant.strftime("%Y-%m-%dT%H:%M:%S")


def _offset_at(moment: datetime, clock: LocalClock) -> int:
    return int(clock.offsets_at(pl.Series([int(moment.timestamp())])).item())
