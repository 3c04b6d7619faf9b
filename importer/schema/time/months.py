"""Rows and money by calendar month, and the first and the last moment of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.schema.time.zones import LocalClock

NO_TIMESTAMP, UNREADABLE = "no timestamp", "unreadable"
"""What stands for the month of rows without a timestamp, and with one that cannot be read."""

_TO_SECONDS = 19  # characters of `2026-06-05T12:00:00`
_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})


def calendar_months(times: pl.Series, clock: LocalClock) -> pl.Series:
    """Return the month, `2026-06`, that each moment (as it is sent: UTC) has in the zone; null for null."""
    months = times.str.head(7)
    if clock.name in _UTC:
        return months
    # No zone is a day from UTC: only the first and the last days of a month can be in another one there.
    at = _near_end(times).arg_true()
    if at.is_empty():
        return months
    text = times.gather(at).str.head(_TO_SECONDS)
    seconds = text.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False).dt.epoch("s")
    local = pl.from_epoch(seconds + clock.offsets_at(seconds), time_unit="s").dt.strftime("%Y-%m")
    return months.scatter(at, local)


def _near_end(times: pl.Series) -> pl.Series:
    day = times.str.slice(8, 2)
    return ((day < "03") | (day > "26")).fill_null(value=False)


def first_and_last(times: pl.Series) -> tuple[str, str] | None:
    """Return the first and the last of the moments as they are sent, to the second; None where there are none.

    Texts sort as moments do, but for the fractions within one second: see `exact_last` and `exact_first`.
    """
    first, last = times.min(), times.max()
    return (first, last) if isinstance(first, str) and isinstance(last, str) else None


def exact_first(times: pl.Series, first: str) -> str:
    """Return the first moment, given the first text: without a fraction it is that."""
    return min(_within(times, first), key=moment_key) if "." in first else first


def exact_last(times: pl.Series, last: str) -> str:
    """Return the last moment, given the last text: another of its second may have a fraction, and is longer then."""
    if times.str.len_bytes().max() == len(last):
        return last
    return max(_within(times, last), key=moment_key)


def _within(times: pl.Series, time: str) -> list[str]:
    return times.filter(times.str.starts_with(time[:_TO_SECONDS])).unique().to_list()


def moment_key(time: str) -> str:
    """Write a moment so that texts sort as moments do."""
    return time.removesuffix("Z")


def earliest(times: Iterable[str | None]) -> str | None:
    """Return the first of some moments, None where there are none."""
    return min(filter(None, times), key=moment_key, default=None)


def latest(times: Iterable[str | None]) -> str | None:
    """Return the last of some moments, None where there are none."""
    return max(filter(None, times), key=moment_key, default=None)
