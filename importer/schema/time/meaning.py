"""What a timestamp means: its one reading among the formats, and how far from UTC it was written.

A cell that two formats read as two times is refused, with both. An abbreviation such as `PDT` names no zone for sure:
it is believed where the zone of `--timezone` is so called at that moment, and then tells which of two equal local times
is meant.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.errors import SettingsError
from importer.schema.time.formats import ISO
from importer.schema.time.zones import local_clock

if TYPE_CHECKING:
    from importer.schema.time.formats import TimeFormat
    from importer.schema.time.zones import LocalClock

RIVAL = pl.col("rival")
"""What there is to say of a cell that has two meanings."""
UNCALLED = pl.col("uncalled")
"""Whether the zone of `--timezone` is not called as the cell says."""
PLACE = pl.col("misplaced")
"""Whether the zone that stands behind an offset does not have it."""

# What clocks are called in other languages, by their English names; and what they are called in summer and in winter.
_ALIASES = {"MEZ": "CET", "MESZ": "CEST", "HNEC": "CET", "HAEC": "CEST", "HNE": "EST", "HAE": "EDT", "WEZ": "WET",
            "OEZ": "EET", "OESZ": "EEST"}  # fmt: skip
_ALL_YEAR = ("^([A-Z]K?)[SD]T$", "${1}T")
_TELL_NO_HOUR = ("ET", "CT", "MT", "PT", "AKT")
_SECONDS = "%Y-%m-%dT%H:%M:%S"
_YEAR_2000 = 946_684_800
_LOCAL = pl.col("local")
_ZONE = pl.col("zone")
_MEANING = ("local", "fraction", "offset", "zone")
_FALSE = pl.lit(value=False)


def meanings(formats: tuple[TimeFormat, ...], cells: pl.Series, typed: pl.Series) -> pl.DataFrame:
    """Read each cell in the one format that it is written in. Typed dates are in ISO 8601, whatever the format.

    Columns: `written` (`YYYY-MM-DDThh:mm:ss`, null for numbers since 1970), `local` (the same as seconds since 1970,
    null where there is no such time), `fraction` (digits, without idle zeros), `offset`, `zone` and `place` (see
    `TimeFormat.read`), `rival`, `by` (the format).
    """
    if not formats:
        return _read(ISO, cells)
    read = functools.reduce(_united, (_read(form, cells) for form in formats))
    if not typed.any():
        return read
    dates = _read(ISO, cells)
    return read.with_columns(read[name].zip_with(~typed, dates[name]) for name in read.columns)


def _read(form: TimeFormat, cells: pl.Series) -> pl.DataFrame:
    parts = form.read(cells).with_columns(written=pl.concat_str("date", "clock", separator="T"))
    seconds = pl.col("written").str.to_datetime(_SECONDS, time_unit="us", strict=False).dt.epoch("s")
    return parts.select(
        "written",
        "offset",
        "zone",
        "place",
        local=pl.coalesce("epoch", seconds),
        fraction=pl.col("fraction").str.strip_chars_end("0"),
        by=pl.lit(repr(form.text)),
        rival=pl.lit(None, pl.String),
    )


def _united(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Take the other reading where there is no first one, and note where there are two that could be sent."""
    differ = pl.any_horizontal(pl.col(name).ne_missing(other[name]) for name in _MEANING)
    both = one["local"].is_not_null() & other["local"].is_not_null() & one.select(differ).to_series()
    # What is before 2000 is never sent: numbers since 1970 in one unit are such times in another.
    late, other_late = ((read["local"] >= _YEAR_2000).fill_null(value=False) for read in (one, other))
    said = pl.format("is {} by {}, and {} by {}: two times.", _shown(one), one["by"], _shown(other), other["by"])
    rival = pl.when(both & late & other_late).then(said)
    theirs = one["local"].is_null() | (both & ~late & other_late)
    kept = one.with_columns(one[name].zip_with(~theirs, other[name]) for name in one.columns if name != "rival")
    return kept.with_columns(rival=pl.coalesce("rival", rival))


def _shown(read: pl.DataFrame) -> pl.Series:
    return read.select(pl.from_epoch("local", time_unit="s").dt.strftime(_SECONDS)).to_series()


def with_offsets(parts: pl.DataFrame, clock: LocalClock, chosen: Literal["earliest", "latest"]) -> pl.DataFrame:
    """Add `offset_s`, how far ahead of UTC the time was written, and `repeats` where the zone's clock does.

    And whether what the cell says of its zone is not so: `uncalled`, `misplaced`.
    """
    given = _written_offset() if parts["offset"].null_count() < parts.height else pl.lit(None, pl.Int64)
    parts = parts.with_columns(offset_s=given, uncalled=_FALSE, misplaced=_FALSE)
    bare = pl.when(pl.col("offset").is_null()).then(_LOCAL)
    zone = clock.offsets(parts.select(bare).to_series())
    repeats = zone["earliest"] != zone["latest"]
    parts = parts.with_columns(offset_s=pl.coalesce("offset_s", zone[chosen]), repeats=repeats)
    if parts["zone"].null_count() < parts.height:
        parts = _called(parts, clock, zone)
    if parts["place"].null_count() < parts.height:
        parts = parts.with_columns(misplaced=_misplaced(parts))
    return parts


def _called(parts: pl.DataFrame, clock: LocalClock, zone: pl.DataFrame) -> pl.DataFrame:
    """Choose the offset with which the zone is called as the cell says, of the one or two that there are."""
    offsets = [parts["offset_s"], zone["earliest"], zone["latest"]]
    called = parts["zone"].str.to_uppercase().replace(_ALIASES)
    names = [clock.names_at(parts["local"] - offset) for offset in offsets]
    fits = [(name == called) | (name.str.replace(*_ALL_YEAR) == called) for name in names]
    first = pl.coalesce(pl.when(fit).then(offset) for fit, offset in zip(fits, offsets, strict=True))
    says = pl.all_horizontal(pl.col("local", "zone", "offset_s").is_not_null())
    tells_which = says & ~called.is_in(_TELL_NO_HOUR)
    return parts.with_columns(
        offset_s=pl.when(says).then(pl.coalesce(first, "offset_s")).otherwise("offset_s"),
        uncalled=says & first.is_null(),
        repeats=pl.col("repeats") & ~tells_which,
    )


def _misplaced(parts: pl.DataFrame) -> pl.Series:
    """Whether the zone behind an offset has another one at that moment, or is none."""
    found = parts.select("offset_s", "place", instant=_LOCAL - pl.col("offset_s")).with_row_index("at")
    wrong = []
    for (name,), group in found.drop_nulls("place").group_by("place"):
        try:
            has = local_clock(str(name)).offsets_at(group["instant"])
        except SettingsError:
            has = pl.Series([None], dtype=pl.Int64).new_from_index(0, group.height)
        wrong.append(group["at"].filter(has.ne_missing(group["offset_s"])))
    return pl.Series([False]).new_from_index(0, parts.height).scatter(pl.concat(wrong), True)


def _written_offset() -> pl.Expr:
    """Read `Z`, `UTC`, `GMT`, `±hh`, `±hhmm` and `±hh:mm` as seconds."""
    offset = pl.col("offset")
    hours = offset.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = offset.str.slice(3).str.strip_chars_start(":").cast(pl.Int64, strict=False).fill_null(0)
    seconds = hours * 3600 + minutes * 60
    return (
        pl.when(offset.is_in(["Z", "UTC", "GMT"]))
        .then(0)
        .when(offset.str.starts_with("-"))
        .then(-seconds)
        .otherwise(seconds)
    )
