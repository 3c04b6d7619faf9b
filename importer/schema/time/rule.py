"""Time: a cell's text becomes an instant in UTC, to the last digit of its fraction, or a reason why not.

Offsets and zones are whole seconds, so that seconds are counted as integers and the fraction goes along as text.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.schema.cells import CELL, SHOWN, Reason, Rule
from importer.schema.time.advice import advice
from importer.schema.time.meaning import PLACE, RIVAL, UNCALLED, meanings, with_offsets
from importer.schema.time.sentences import DOUBTFUL_MONTHS, ISO_REASONS, NO_TIME

if TYPE_CHECKING:
    from importer.schema.time.formats import TimeFormat
    from importer.schema.time.zones import LocalClock

HOURS_AHEAD = 24

# Real dates and times in the form in which they are sent. 29 February and years far from ours are looked at closely.
_CANONICAL = (
    "^2[0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{0,8}[1-9])?Z$"
)
_SECONDS = "%Y-%m-%dT%H:%M:%S"
_FIRST_SECOND = -62_135_596_800  # 0001-01-01T00:00:00Z
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z
_YEAR_2000 = 946_684_800

_CODE = pl.col("code")
_LOCAL = pl.col("local")
_OFFSET = pl.col("offset_s")
_UTC = pl.col("utc")
_FRACTION = pl.col("fraction")


class TimestampRule(Rule):
    """`timestamp` is a real date and time of the years from 2000 to 24 hours ahead of `now`, or nothing.

    Args:
        clock: the zone of timestamps without an offset.
        ambiguous: which of the two is meant by a local time that happens twice.
        formats: how timestamps are written, each cell in a form that gives it one meaning; ISO 8601, when empty.
        now: the present, aware.

    """

    field = "timestamp"
    typed = "date"

    def __init__(
        self,
        *,
        clock: LocalClock,
        ambiguous: Literal["earliest", "latest", "reject"],
        formats: tuple[TimeFormat, ...],
        now: datetime,
    ) -> None:
        self._clock = clock
        self._ambiguous = ambiguous
        self._formats = formats
        last = now.astimezone(UTC) + timedelta(hours=HOURS_AHEAD)
        self._last_second = int(last.replace(microsecond=0).timestamp())
        self._last_fraction = f"{last.microsecond:06}".rstrip("0")
        self._last_text = last.strftime(_SECONDS)

    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the cell can be sent as it stands, at a glance (false also for some that can)."""
        if self._formats:
            return cell.is_null()
        # Text in this form sorts as time does; what shares the limit's second is left to the closer look.
        return (cell.str.contains(_CANONICAL) & (cell < self._last_text)).fill_null(value=True)

    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Add `text` (UTC, ISO 8601), `code` and `month_moved` to the column `cell`."""
        parts = meanings(self._formats, cells["cell"], cells["number"])
        parts = with_offsets(parts, self._clock, "latest" if self._ambiguous == "latest" else "earliest")
        parts = parts.with_columns(utc=_LOCAL - _OFFSET)
        judged = cells.with_columns(parts).with_columns(code=self._code())
        good = CELL.is_not_null() & _CODE.is_null()
        # What is too old or too new is a time all the same: of some month, and a run may have sent it.
        readable = good | _CODE.is_in(["past_timestamp", "future_timestamp"])
        shifted = bool((judged["offset_s"] != 0).any())
        from_epoch = judged["written"].null_count() > 0
        return judged.with_columns(
            text=pl.when(readable).then(_sent_form(rebuild=shifted or from_epoch)),
            month_moved=pl.when(good).then(_month(_LOCAL) != _month(_UTC) if shifted else pl.lit(value=False)),
        )

    def reasons(self) -> list[Reason]:
        """See `Rule`."""
        zone = self._clock.name
        settled: list[Reason] = [
            (RIVAL.is_not_null(), pl.format("{} {}", SHOWN, RIVAL)),
            (UNCALLED, f"{{}}: the time is not called so in {zone} at that moment; another --timezone may be meant."),
            (PLACE, "{} names an offset that its zone does not have at that moment, or a zone that there is not."),
            (
                _CODE == "past_timestamp",
                pl.format(
                    "{} is before the year 2000, as programs write for no date: say --null {} if such cells are empty "
                    "(the API then takes the time of the import), or enter the date.",
                    SHOWN,
                    SHOWN,
                ),
            ),
            (
                _CODE == "nonexistent_timestamp",
                f"{{}} never happened in {zone}: clocks were put forward over it; it may be of another --timezone.",
            ),
            (
                _CODE == "ambiguous_timestamp",
                f"{{}} happened twice in {zone}: write the offset, or say --ambiguous earliest or latest.",
            ),
            (
                _CODE == "future_timestamp",
                "{} is more than 24 hours ahead: check the year, the order of day and month, this computer's clock.",
            ),
        ]
        if not self._formats:
            return [*settled, *ISO_REASONS]
        given = [form.text for form in self._formats if form.text is not None]
        named = " or ".join(map(repr, given)).replace("{}", "{ }")
        return [
            *settled,
            NO_TIME,
            advice(given),
            *DOUBTFUL_MONTHS,
            (pl.lit(value=True), f"{{}} is no real time in the form of --timestamp-format {named}."),
        ]

    def _code(self) -> pl.Expr:
        late_fraction = _FRACTION.fill_null("") > self._last_fraction
        late = _UTC.gt(self._last_second) | (_UTC.eq(self._last_second) & late_fraction)
        unsure = pl.col("repeats").fill_null(value=False) if self._ambiguous == "reject" else pl.lit(value=False)
        year_0 = _LOCAL < _FIRST_SECOND
        return (
            pl.when(CELL.is_null())
            .then(None)
            .when(_LOCAL.is_null() | year_0 | RIVAL.is_not_null() | UNCALLED | PLACE)
            .then(pl.lit("invalid_timestamp"))
            .when(_OFFSET.is_null())
            .then(pl.lit("nonexistent_timestamp"))
            .when(unsure)
            .then(pl.lit("ambiguous_timestamp"))
            .when(~_UTC.is_between(_FIRST_SECOND, _LAST_SECOND))
            .then(pl.lit("invalid_timestamp"))
            .when(late)
            .then(pl.lit("future_timestamp"))
            .when(_UTC < _YEAR_2000)
            .then(pl.lit("past_timestamp"))
        )


def _sent_form(*, rebuild: bool) -> pl.Expr:
    """Write the instant; with the cell's own digits where they are UTC already, which is several times as fast."""
    seconds = pl.from_epoch(_UTC, time_unit="s").dt.strftime(_SECONDS) if rebuild else pl.col("written")
    fraction = pl.when(_FRACTION != "").then(pl.lit(".") + _FRACTION).otherwise(pl.lit(""))
    return seconds + fraction + "Z"


def _month(seconds: pl.Expr) -> pl.Expr:
    return pl.from_epoch(seconds, time_unit="s").dt.month()
