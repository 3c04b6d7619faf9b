"""Time: a cell's text becomes an instant in UTC, to the last digit of its fraction, or a reason why not.

Offsets and zones are whole seconds, so that seconds are counted as integers and the fraction goes along as text.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.schema.cells import CELL, SHOWN, Reason, Rule, matches

if TYPE_CHECKING:
    from importer.schema.time_formats import TimeFormat
    from importer.schema.zones import LocalClock

HOURS_AHEAD = 24

# Real dates and times in the form in which they are sent. 29 February and years far from ours are looked at closely.
_CANONICAL = (
    "^[12][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{0,8}[1-9])?Z$"
)
_SECONDS = "%Y-%m-%dT%H:%M:%S"
_FIRST_SECOND = -62_135_596_800  # 0001-01-01T00:00:00Z
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z

_CODE = pl.col("code")
_LOCAL = pl.col("local")
_OFFSET = pl.col("offset_s")
_UTC = pl.col("utc")
_FRACTION = pl.col("fraction")


class TimestampRule(Rule):
    """`timestamp` is a real date and time in `form`, at most 24 hours ahead of `now`, or nothing.

    Args:
        clock: the zone of timestamps without an offset.
        ambiguous: which of the two is meant by a local time that happens twice.
        form: how timestamps are written.
        now: the present, aware.

    """

    field = "timestamp"

    def __init__(
        self, *, clock: LocalClock, ambiguous: Literal["earliest", "latest", "reject"], form: TimeFormat, now: datetime
    ) -> None:
        self._clock = clock
        self._ambiguous = ambiguous
        self._form = form
        last = now.astimezone(UTC) + timedelta(hours=HOURS_AHEAD)
        self._last_second = int(last.replace(microsecond=0).timestamp())
        self._last_fraction = f"{last.microsecond:06}".rstrip("0")
        self._last_text = last.strftime(_SECONDS)

    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the cell can be sent as it stands, at a glance (false also for some that can)."""
        if self._form.text is not None:
            return cell.is_null()
        # Text in this form sorts as time does; what shares the limit's second is left to the closer look.
        return (cell.str.contains(_CANONICAL) & (cell < self._last_text)).fill_null(value=True)

    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Add `text` (UTC, ISO 8601), `code` and `month_moved` to the column `cell`."""
        parts = self._form.read(cells["cell"])
        parts = parts.with_columns(written=pl.concat_str("date", "clock", separator="T"))
        seconds = pl.col("written").str.to_datetime(_SECONDS, time_unit="us", strict=False).dt.epoch("s")
        parts = parts.with_columns(local=pl.coalesce("epoch", seconds), fraction=_FRACTION.str.strip_chars_end("0"))
        parts = self._with_offsets(parts)
        parts = parts.with_columns(utc=_LOCAL - _OFFSET)
        judged = cells.with_columns(parts).with_columns(code=self._code())
        good = CELL.is_not_null() & _CODE.is_null()
        shifted = bool((judged["offset_s"] != 0).any())
        from_epoch = judged["epoch"].null_count() < judged.height
        return judged.with_columns(
            text=pl.when(good).then(_sent_form(rebuild=shifted or from_epoch)),
            month_moved=pl.when(good).then(_month(_LOCAL) != _month(_UTC) if shifted else pl.lit(value=False)),
        )

    def reasons(self) -> list[Reason]:
        """See `Rule`."""
        zone = self._clock.name
        settled: list[Reason] = [
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
        form = self._form.text
        if form is None:
            return [*settled, *_ISO_REASONS]
        form = form.replace("{}", "{ }")
        return [*settled, (pl.lit(value=True), f"{{}} is no real time in the form of --timestamp-format {form!r}.")]

    def _with_offsets(self, parts: pl.DataFrame) -> pl.DataFrame:
        """Add `offset_s`, how far ahead of UTC the time was written, and `repeats` where the zone's clock does."""
        parts = parts.with_columns(
            offset_s=_written_offset() if parts["offset"].null_count() < parts.height else pl.lit(None, pl.Int64)
        )
        bare = pl.when(pl.col("offset").is_null()).then(_LOCAL)
        zone = self._clock.offsets(parts.select(bare).to_series())
        chosen = "latest" if self._ambiguous == "latest" else "earliest"
        return parts.with_columns(
            offset_s=pl.coalesce(_OFFSET, zone[chosen]), repeats=zone["earliest"] != zone["latest"]
        )

    def _code(self) -> pl.Expr:
        late_fraction = _FRACTION.fill_null("") > self._last_fraction
        late = _UTC.gt(self._last_second) | (_UTC.eq(self._last_second) & late_fraction)
        unsure = pl.col("repeats").fill_null(value=False) if self._ambiguous == "reject" else pl.lit(value=False)
        year_0 = _LOCAL < _FIRST_SECOND
        return (
            pl.when(CELL.is_null())
            .then(None)
            .when(_LOCAL.is_null() | year_0)
            .then(pl.lit("invalid_timestamp"))
            .when(_OFFSET.is_null())
            .then(pl.lit("nonexistent_timestamp"))
            .when(unsure)
            .then(pl.lit("ambiguous_timestamp"))
            .when(~_UTC.is_between(_FIRST_SECOND, _LAST_SECOND))
            .then(pl.lit("invalid_timestamp"))
            .when(late)
            .then(pl.lit("future_timestamp"))
        )


def _written_offset() -> pl.Expr:
    """Read `Z`, `±hh`, `±hhmm` and `±hh:mm` as seconds."""
    offset = pl.col("offset")
    hours = offset.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = offset.str.slice(3).str.strip_chars_start(":").cast(pl.Int64, strict=False).fill_null(0)
    seconds = hours * 3600 + minutes * 60
    return pl.when(offset == "Z").then(0).when(offset.str.starts_with("-")).then(-seconds).otherwise(seconds)


def _sent_form(*, rebuild: bool) -> pl.Expr:
    """Write the instant; with the cell's own digits where they are UTC already, which is several times as fast."""
    seconds = pl.col("written")
    if rebuild:
        instant = pl.from_epoch(_UTC, time_unit="s").dt.strftime(_SECONDS)
        seconds = pl.when((_OFFSET == 0) & seconds.is_not_null()).then(seconds).otherwise(instant)
    fraction = pl.when(_FRACTION != "").then(pl.lit(".") + _FRACTION).otherwise(pl.lit(""))
    return seconds + fraction + "Z"


def _month(seconds: pl.Expr) -> pl.Expr:
    return pl.from_epoch(seconds, time_unit="s").dt.month()


_FIRST, _SECOND = (
    CELL.str.extract(r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]", index).cast(pl.Int32, strict=False) for index in (1, 2)
)
_FORM = CELL.str.extract(r"^[0-9]{1,2}([/.-])", 1)
_SHORT_DATE = r"^[0-9]{1,2}([/.-])[0-9]{1,2}[/.-](?:[0-9]{2}|[0-9]{4})\b"
_YEAR = pl.when(matches(r"^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}\b")).then(pl.lit("%Y")).otherwise(pl.lit("%y"))
_DAY_FIRST = pl.concat_str(pl.lit("%d"), _FORM, pl.lit("%m"), _FORM, _YEAR)
_MONTH_FIRST = pl.concat_str(pl.lit("%m"), _FORM, pl.lit("%d"), _FORM, _YEAR)
_SAY = "{} is not ISO 8601: say --timestamp-format with {} if the column is written so."
_ISO_REASONS: list[Reason] = [
    (matches(_SHORT_DATE) & (_FIRST > 12), pl.format(_SAY, SHOWN, _DAY_FIRST)),
    (matches(_SHORT_DATE) & (_SECOND > 12), pl.format(_SAY, SHOWN, _MONTH_FIRST)),
    (
        matches(_SHORT_DATE),
        pl.format(
            "{} could be two days: say --timestamp-format with {} if the day is first, with {} if the month is.",
            SHOWN,
            _DAY_FIRST,
            _MONTH_FIRST,
        ),
    ),
    (
        matches(r"^[2-7][0-9]{4}(?:[.,][0-9]+)?$"),
        "{} is a spreadsheet's number for a date: show the column as date and time, and export the file again.",
    ),
    (
        matches(r"^1[0-9]{9}(?:\.[0-9]+)?$"),
        "{} looks like seconds since 1970: --timestamp-format %s reads whole ones, %s.%f fractions too.",
    ),
    (matches(r"^1[0-9]{12}$"), "{} looks like milliseconds since 1970: divide them by 1000 for --timestamp-format %s."),
    (
        matches(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:24:[0-9]{2}|[0-9]{2}:[0-9]{2}:60)"),
        "{} has an hour 24 or a second 60: write the next day's 00:00, or the next minute.",
    ),
    (
        matches(r"[0-9][.,][0-9]{9,}[1-9][0-9]*(?:Z|[+-][0-9:]+)?$"),
        "{} has a fraction of more than nine digits: finer than nanoseconds is not sent; round it in the file.",
    ),
    (matches(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\s*(?:Z|[+-][0-9:]+)$"), "{} has an offset but no time of day."),
    (matches(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]+)?(?:Z|[+-][0-9:]+)?$"), "{} is no real date and time."),
    (matches("^#"), "{} is what a spreadsheet shows when a formula fails or a column is too narrow."),
    (
        matches(r"^(?i:null|none|nil|nan|nat|n/?a|-+|–|—|\?)$"),
        "{} stands for no time: leave the cell empty (the API then takes the time of the import).",
    ),
    (pl.lit(value=True), "{} is not ISO 8601 such as 2026-02-08T12:00:00Z; --timestamp-format describes other forms."),
]
