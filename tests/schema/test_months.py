"""Months in the zone of the file, and the first and the last moment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.schema import calendar_months, earliest, exact_first, exact_last, first_and_last, latest, local_clock

ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "Etc/GMT+12")
near_ends = st.builds(
    datetime,
    st.integers(2000, 2027),
    st.integers(1, 12),
    st.sampled_from([1, 2, 3, 15, 26, 27, 28]),
    st.integers(0, 23),
    st.sampled_from([0, 29, 59]),
)


@given(st.lists(near_ends, min_size=1, max_size=20), st.sampled_from(ZONES))
def test_a_month_is_that_of_the_zone_s_calendar(moments: list[datetime], zone: str) -> None:
    """The month is Python's, of the local time: rows at its ends belong where finance books them."""
    times = pl.Series([f"{moment:%Y-%m-%dT%H:%M:%S}Z" for moment in moments])
    wanted = [f"{moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)):%Y-%m}" for moment in moments]
    assert calendar_months(times, local_clock(zone)).to_list() == wanted


@given(
    st.lists(
        st.builds("2026-02-08T12:00:{:02}{}Z".format, st.integers(0, 2), st.sampled_from(["", ".5", ".25", ".05"])),
        min_size=1,
    )
)
def test_first_and_last_know_fractions(texts: list[str]) -> None:
    """Within a second, texts sort otherwise than moments do."""
    times = pl.Series(texts)
    span = first_and_last(times)
    assert span is not None
    in_order = sorted(texts, key=datetime.fromisoformat)
    assert (exact_first(times, span[0]), exact_last(times, span[1])) == (in_order[0], in_order[-1])
    assert (earliest(texts), latest([None, *texts])) == (in_order[0], in_order[-1])


def test_without_timestamps_there_is_no_first_one() -> None:
    """Nothing is made up."""
    assert first_and_last(pl.Series([None, None], dtype=pl.String)) is None
    assert (earliest([None]), latest([])) == (None, None)
