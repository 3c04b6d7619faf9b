"""Lines of RESULTS as amounts, days and places. Vectorised; the rules are those of the import.

An amount becomes two 128-bit integers, whole units and 10^-18 parts, because sums of decimals wrap silently in a
grouping once they pass 38 digits. The sums of these two cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.model import EXACT, UNKNOWN_KIND, Share, Status, added
from importer.results import has_vain_id
from importer.schema import (
    AMOUNT,
    ATTRIBUTION_TYPES,
    NO_TIMESTAMP,
    UNREADABLE,
    RevenueRule,
    TimestampRule,
    exact_sum,
    local_clock,
    renamed,
    stripped,
    timestamp_formats,
    value_names,
    with_cents,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NO_OFFER = "(none)"
STATUSES = tuple(str(status) for status in Status)

_PARTS = 10**18
_NEVER = datetime(9990, 1, 1, tzinfo=UTC)
_NO_AMOUNT = ("total_row", "ragged_row", "missing_revenue", "invalid_revenue", "negative_revenue")
_UTC_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z$"
# Rows that break a rule stand in RESULTS as they were read, those that were excluded, too.
_AS_READ = (pl.col("status") == str(Status.INVALID)) | (
    (pl.col("status") == str(Status.EXCLUDED)) & (pl.col("error_code").fill_null("") != "")
)
_SENT = pl.col("status").is_in([str(s) for s in Status if s not in {Status.INVALID, Status.EXCLUDED}])


@dataclass(frozen=True, slots=True)
class Reading:
    """How the run read its input: what is needed to read the cells of invalid rows again.

    `options` are those of the run; `wanted` is the zone of days and months, if another than that of the run.
    """

    options: Mapping[str, Any]
    wanted: str | None = None

    @property
    def timezone(self) -> str:
        """The zone of the run."""
        return self.options.get("timezone") or "UTC"

    @property
    def skips_equals(self) -> bool:
        """Whether the run left equal rows out knowingly."""
        return bool(self.options.get("duplicates") == "skip")

    @property
    def shown_zone(self) -> str:
        """The zone of days and months."""
        return self.wanted or self.timezone


def understood(lines: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Add to lines of text what the tallies need.

    What `with_amounts` adds, and `kind`, `offer`, `day` and `local_day` (dates as text, or why there is none), `local`
    (the seconds of the zone's clock since 1970), `left_out` (left out knowingly: nothing is to be done about it),
    `broken` (a line that cannot be what the program wrote).
    """
    lines = with_amounts(lines, reading).with_columns(
        kind=_kind(lines, reading),
        offer=pl.when(pl.col("error_code") == "ragged_row").then(None).otherwise("offer_id").fill_null(NO_OFFER),
    )
    lines = lines.with_columns(_days(lines, reading))
    return lines.with_columns(broken=_broken(), left_out=_left_out(reading))


def _left_out(reading: Reading) -> pl.Expr:
    """What the exit status takes for settled, too: excluded, recorded elsewhere, or skipped as equal."""
    codes = ["already_recorded", *(["duplicate_row"] if reading.skips_equals else [])]
    duplicate = (pl.col("status") == str(Status.DUPLICATE)) & pl.col("error_code").is_in(codes)
    return ((pl.col("status") == str(Status.EXCLUDED)) | duplicate).fill_null(value=False)


def with_amounts(lines: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Add to lines of text what `measured` adds, whatever their status."""
    return measured(lines, _amounts(lines, reading))


def measured(lines: pl.DataFrame, amounts: pl.Series) -> pl.DataFrame:
    """Add `amount`, `whole`, `parts` (null without an amount) and `place` (null: the input has the row no more)."""
    physical = pl.col("amount").to_physical()
    lines = lines.with_columns(amounts.alias("amount"), place=pl.col("row").cast(pl.UInt32, strict=False))
    return lines.with_columns(whole=physical // pl.lit(_PARTS, pl.Int128), parts=physical % pl.lit(_PARTS, pl.Int128))


def _kind(lines: pl.DataFrame, reading: Reading) -> pl.Expr:
    kind = pl.lit(_cells(lines, "attribution_type", reading)).str.strip_chars().str.to_lowercase()
    known = kind.is_in(ATTRIBUTION_TYPES) & (pl.col("error_code").fill_null("") != "ragged_row")
    return pl.when(known).then(kind).otherwise(pl.lit(UNKNOWN_KIND))


def _cells(lines: pl.DataFrame, field: str, reading: Reading) -> pl.Series:
    """The cells of a field; where they are as read, by the names that `--value` gave them."""
    cells = lines[field]
    names = value_names(reading.options.get("value") or ()).get(field)
    if not names:
        return cells
    as_read = lines.select(_AS_READ.fill_null(value=False)).to_series()
    return renamed(cells, names).zip_with(as_read, cells)


def _broken() -> pl.Expr:
    unknown_status = ~pl.col("status").fill_null("").is_in(STATUSES)
    no_place = pl.col("place").is_null() & pl.col("row").is_not_null()
    no_amount = _SENT & pl.col("amount").is_null()
    return (pl.col("ragged") | unknown_status | no_place | no_amount | has_vain_id()).fill_null(value=True)


# -- money -------------------------------------------------------------------------------------------------------------


def _amounts(lines: pl.DataFrame, reading: Reading) -> pl.Series:
    """Amounts of sent rows are in plain notation; those of invalid rows are as read, so they are read again."""
    invalid = lines.select(_AS_READ.fill_null(value=False)).to_series()
    cells = _cells(lines, "revenue", reading)
    text = _plain(cells, RevenueRule("point"))
    if invalid.any() and reading.options.get("decimal") == "comma":
        text = _plain(cells, RevenueRule("comma")).zip_with(invalid, text)
    none = invalid & lines["error_code"].is_in(list(_NO_AMOUNT)).fill_null(value=False)
    text = text.zip_with(~none, pl.Series([None], dtype=pl.String)) if none.any() else text
    return text.cast(AMOUNT, strict=False)


def with_refunds(lines: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Add `refund`: the negative amount of an invalid row, whatever else is wrong with it; it is in no other figure."""
    said = pl.col("error_message").str.contains("negative_revenue: ", literal=True)
    at = lines.select((said & (pl.col("status") == str(Status.INVALID))).fill_null(value=False)).to_series().arg_true()
    lines = lines.with_columns(refund=pl.lit(None, AMOUNT))
    if at.is_empty():
        return lines
    rule = RevenueRule("comma" if reading.options.get("decimal") == "comma" else "point")
    amounts = rule.judge(_at(_cells(lines, "revenue", reading), at))["refund"].cast(AMOUNT, strict=False)
    return lines.with_columns(lines["refund"].scatter(at, -amounts))


def refunds(lines: pl.DataFrame) -> dict[tuple[str, str], Share]:
    """The refunds of each `part` and `code`, as negative sums."""
    found = lines.filter(pl.col("refund").is_not_null()).group_by("part", "code", maintain_order=True)
    return {(str(part), str(code)): Share(some.height, exact_sum(some["refund"])) for (part, code), some in found}


def sent_amounts(cells: pl.Series) -> pl.Series:
    """The amounts of rows that were sent."""
    return _plain(cells, RevenueRule("point")).cast(AMOUNT, strict=False)


def _plain(cells: pl.Series, rule: RevenueRule) -> pl.Series:
    canonical = cells.to_frame("cell").select(rule.canonical(pl.col("cell"))).to_series()
    at = (~canonical).arg_true()
    if at.is_empty():
        return cells
    return cells.clone().scatter(at, rule.judge(_at(cells, at))["text"])


def _at(cells: pl.Series, at: pl.Series) -> pl.DataFrame:
    """Some of the cells, as the rules take them."""
    cell = stripped(pl.col("cell"))
    return pl.DataFrame({"at": at, "cell": cells.gather(at)}).with_columns(cell, number=pl.lit(value=False))


def share(rows: int, whole: int | None, parts: int | None) -> Share:
    """A share from the sums of the two integers."""
    revenue = EXACT.add(Decimal(whole or 0), Decimal(parts or 0).scaleb(-18, EXACT))
    return Share(rows, with_cents(revenue))


def summed() -> list[pl.Expr]:
    """How many lines, and the two sums."""
    return [pl.len().alias("rows"), pl.col("whole").sum(), pl.col("parts").sum()]


def sums_by_status(batches: Iterable[pl.DataFrame], reading: Reading) -> dict[Status, Share]:
    """The sums over lines of text, each of a known status."""
    sums = (with_amounts(lines, reading).group_by("status").agg(summed()).iter_rows() for lines in batches)
    return added({Status(status): share(*rest) for status, *rest in batch} for batch in sums)


# -- time --------------------------------------------------------------------------------------------------------------


def _days(lines: pl.DataFrame, reading: Reading) -> list[pl.Series]:
    """`day` and `local_day` of each line: `YYYY-MM-DD`, or why there is none; and the `local` seconds."""
    text = _in_utc(lines, reading)
    second = text.str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us").dt.epoch("s")
    absent = lines.select(pl.col("timestamp").is_null()).to_series()
    why = pl.select(pl.when(absent).then(pl.lit(NO_TIMESTAMP)).otherwise(pl.lit(UNREADABLE))).to_series()
    day = text.str.slice(0, 10).zip_with(second.is_not_null(), why)
    local, local_day = second, day
    if reading.shown_zone != "UTC":
        local = second + local_clock(reading.shown_zone).offsets_at(second)
        local_day = pl.from_epoch(local, time_unit="s").dt.to_string("%Y-%m-%d").zip_with(second.is_not_null(), why)
    return [day.alias("day"), local_day.alias("local_day"), local.alias("local"), text.alias("utc")]


def _in_utc(lines: pl.DataFrame, reading: Reading) -> pl.Series:
    text = lines.select(pl.when(pl.col("timestamp").str.contains(_UTC_TEXT)).then("timestamp")).to_series()
    as_read = lines.select(_AS_READ.fill_null(value=False) & pl.col("timestamp").is_not_null()).to_series()
    at = (as_read & (lines["error_code"] != "ragged_row").fill_null(value=True)).arg_true()
    if at.is_empty():
        return text
    rule = TimestampRule(
        clock=local_clock(reading.timezone),
        ambiguous=reading.options.get("ambiguous") or "reject",
        formats=timestamp_formats(reading.options.get("timestamp_format")),
        now=_NEVER,
    )
    return text.scatter(at, rule.judge(_at(_cells(lines, "timestamp", reading), at))["text"])
