"""Local time: every zone's clock is the `tzdata` package's."""

from __future__ import annotations

import importlib.resources
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import SettingsError
from importer.schema import warning_of
from importer.schema.time.zone_names import ABBREVIATIONS, WITHOUT_SUMMER_TIME, windows_zones
from importer.schema.time.zones import LocalClock, local_clock
from tests.support.normalised import column

TABLES = importlib.resources.files("tzdata")
ZONES = TABLES.joinpath("zones").read_text(encoding="ascii").split()
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a local time


def python_zone(name: str) -> ZoneInfo:
    """Python's own reading of the package's table."""
    with TABLES.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def expected(zone: ZoneInfo, local: datetime) -> tuple[int | None, int | None]:
    """Earliest and latest offset of a local time, by PEP 495: in a gap, fold 0 has the smaller offset."""
    first, last = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None
    assert last is not None
    if first < last:
        return None, None
    return int(first.total_seconds()), int(last.total_seconds())


def offsets(clock: LocalClock, locals_: list[datetime]) -> list[tuple[int | None, int | None]]:
    """What the clock says of local times."""
    return clock.offsets(pl.Series([int((local - EPOCH).total_seconds()) for local in locals_])).rows()


def moments_around_changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """Local times around each half hour of the days on which the zone's offset changes."""
    days = [datetime(year, 1, 1) + timedelta(days=day) for day in range(365)]  # noqa: DTZ001
    seen = [day.replace(tzinfo=zone).utcoffset() for day in days]
    changes = [day for day, before, after in zip(days, seen, seen[1:], strict=False) if before != after]
    return [
        day + timedelta(minutes=minute, seconds=second)
        for day in [days[0], *changes]
        for minute in range(-120, 1560, 30)
        for second in (-1, 0)
    ]


def test_all_zones_are_python_s_on_the_days_of_their_changes() -> None:
    """In every zone, all local times of the days of a clock change have the offsets that Python gives them."""
    tables = {TABLES.joinpath("zoneinfo", *name.split("/")).read_bytes(): name for name in ZONES}
    for number, name in enumerate(tables.values()):
        zone = python_zone(name)
        years = (1970 + number % 57, 2027 if number % 2 else 2026)
        moments = [moment for year in years for moment in moments_around_changes(zone, year)]
        assert offsets(local_clock(name), moments) == [expected(zone, moment) for moment in moments], name


@given(
    st.sampled_from(ZONES),
    st.lists(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)), min_size=1, max_size=20),  # noqa: DTZ001
)
def test_any_local_time_is_python_s(name: str, locals_: list[datetime]) -> None:
    """Any local time of any year has the offset that Python gives it, in whatever order years are asked for."""
    zone = python_zone(name)
    moments = [local.replace(microsecond=0) for local in locals_]
    assert offsets(LocalClock(zone), moments) == [expected(zone, moment) for moment in moments]


@given(st.sampled_from(ZONES), st.lists(st.none() | st.integers(-(2**31), 2**33), max_size=20))
def test_any_instant_is_python_s(name: str, instants: list[int | None]) -> None:
    """The offset at an instant is that which Python gives to its quarter hour; null stays null."""
    zone = python_zone(name)
    found = LocalClock(zone).offsets_at(pl.Series(instants, dtype=pl.Int64)).to_list()
    moments = [None if second is None else datetime.fromtimestamp(second // 900 * 900, zone) for second in instants]
    wanted = [None if moment is None else (moment.utcoffset() or timedelta()).total_seconds() for moment in moments]
    assert found == wanted


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("America/Inuvik", [1953, 1963, 1971, 1986]),
        ("Antarctica/Palmer", [1965, 1988]),
        ("Europe/Istanbul", [2010, 2020]),
        ("Europe/Istanbul", [2014, 2018]),
        ("America/Bahia", [1914]),
    ],
)
def test_the_turn_of_the_year_is_python_s(name: str, years: list[int]) -> None:
    """Clock changes on New Year's Eve, and years between which nothing was asked, are no exception."""
    zone = python_zone(name)
    new_years = [datetime(year, 1, 1) for year in years]  # noqa: DTZ001
    moments = [new_year + timedelta(minutes=minute) for new_year in new_years for minute in range(-720, 720, 30)]
    assert offsets(LocalClock(zone), moments) == [expected(zone, moment) for moment in moments]
    firsts = [new_year + timedelta(hours=1) for new_year in new_years]
    assert offsets(LocalClock(zone), firsts) == [expected(zone, moment) for moment in firsts]
    lasts = [new_year - timedelta(minutes=minute) for new_year in new_years for minute in range(15, 180, 15)]
    assert offsets(LocalClock(zone), lasts) == [expected(zone, moment) for moment in lasts]


def test_a_change_is_known_to_the_second() -> None:
    change = int(datetime(2025, 3, 30, 1, tzinfo=UTC).timestamp())
    seconds = pl.Series([change - 1, change, change + 899, None])
    assert local_clock("Europe/Berlin").offsets_at(seconds).to_list() == [3600, 7200, 7200, None]


def test_the_ends_of_the_calendar() -> None:
    """The first and the last instant, which a zone has in another year; and the first days, where it is behind."""
    first, last = -62_135_596_800, 253_402_300_799
    assert local_clock("America/New_York").offsets_at(pl.Series([first, last])).to_list() == [0, -18000]
    assert local_clock("Pacific/Kiritimati").offsets_at(pl.Series([last])).to_list() == [0]
    for name in ("America/New_York", "Pacific/Kiritimati"):
        zone = python_zone(name)
        moments = [datetime(1, 6, 1), datetime(2, 1, 1), datetime(9998, 12, 31), datetime(9999, 6, 1)]  # noqa: DTZ001
        assert offsets(LocalClock(zone), moments) == [expected(zone, moment) for moment in moments]


def test_clock_changes_are_never_guessed() -> None:
    """A skipped local time is nonexistent; a repeated one is ambiguous unless the user chose which is meant."""
    cells = ["2025-03-30T01:59:59", "2025-03-30T02:00", "2025-03-30T02:59:59.9", "2025-03-30T03:00"]
    cells += ["2025-10-26T01:59:59", "2025-10-26T02:00", "2025-10-26T02:59:59", "2025-10-26T03:00"]
    cells += ["2025-10-26T02:30:00+01:00", "2025-10-26T00:30:00Z"]
    gap = [("2025-03-30T00:59:59Z", None), *[(None, "nonexistent_timestamp")] * 2, ("2025-03-30T01:00:00Z", None)]
    edge, after = ("2025-10-25T23:59:59Z", None), ("2025-10-26T02:00:00Z", None)
    told = [("2025-10-26T01:30:00Z", None), ("2025-10-26T00:30:00Z", None)]
    earliest = [("2025-10-26T00:00:00Z", None), ("2025-10-26T00:59:59Z", None)]
    latest = [("2025-10-26T01:00:00Z", None), ("2025-10-26T01:59:59Z", None)]
    reject = [(None, "ambiguous_timestamp")] * 2
    for ambiguous, twice in {"earliest": earliest, "latest": latest, "reject": reject}.items():
        found = column("timestamp", cells, timezone="Europe/Berlin", ambiguous=ambiguous)
        assert found == [*gap, edge, *twice, after, *told]


def test_a_bare_date_is_midnight_in_the_zone() -> None:
    """A date without a time is midnight in the zone, even where clocks skip midnight."""
    assert column("timestamp", ["2025-07-01"], timezone="America/New_York") == [("2025-07-01T04:00:00Z", None)]
    assert column("timestamp", ["2025-04-25"], timezone="Africa/Cairo") == [(None, "nonexistent_timestamp")]


def test_rules_are_as_new_as_the_package() -> None:
    """A rule that is newer than polars' own table counts: Vancouver stays 7 hours behind from November 2026 on."""
    later = datetime(2026, 12, 1, tzinfo=UTC)
    found = column("timestamp", ["2026-11-15 12:00"], timezone="America/Vancouver", now=later)
    assert found == [("2026-11-15T19:00:00Z", None)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PST", "America/Los_Angeles"),
        ("edt", "America/New_York"),
        ("BST", "Europe/London or Asia/Dhaka"),
        ("IST", "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem"),
        ("CEST", "Europe/Berlin"),
        ("AEDT", "Australia/Sydney"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("india standard time", "Asia/Kolkata"),
        ("Central Standard Time (Mexico)", "America/Mexico_City"),
    ],
)
def test_names_that_are_no_zones_are_refused_with_what_they_can_mean(name: str, meant: str) -> None:
    """An abbreviation may be of several zones, and is never taken for one that is merely spelt alike."""
    with pytest.raises(SettingsError) as caught:
        local_clock(name)
    assert f"can mean {meant}" in str(caught.value)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", ["XST", "PSD", "ESTT", "WAST", "Z"])
def test_a_short_name_that_is_unknown_is_likened_to_none(name: str) -> None:
    """`PSD` is nearly `PST`, which is nearly `EST`: another hour, another month's money."""
    with pytest.raises(SettingsError, match="names are like Europe/Berlin or UTC"):
        local_clock(name)


def test_every_zone_that_is_named_is_one() -> None:
    """Advice followed to the letter works."""
    named = {zone for zones in ABBREVIATIONS.values() for zone in zones} | {*WITHOUT_SUMMER_TIME.values()}
    windows = {*windows_zones().values()}
    assert len(windows) > 100
    for zone in named | windows:
        assert local_clock(zone).name == zone


@pytest.mark.parametrize("zone", ["EST", "MST", "HST"])
def test_zones_without_summer_time_are_warned_of(zone: str) -> None:
    """They are zones of IANA's, and an hour off in summer."""
    said = warning_of(zone)
    assert said is not None
    assert "no summer time" in said
    assert warning_of("America/New_York") is None
