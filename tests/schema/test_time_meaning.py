"""Timestamps in several forms at once: numbers since 1970, names of zones, and columns that are read together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import SettingsError
from importer.model import FIELDS
from importer.schema import Columns, Normaliser, Rules
from tests.support.normalised import NOW, batch, column, message, normalise

if TYPE_CHECKING:
    import polars as pl

LOS_ANGELES = "America/Los_Angeles"
MOMENTS = st.datetimes(datetime(2000, 1, 3), NOW.replace(tzinfo=None))  # noqa: DTZ001 - UTC is added
BOTH_WAYS = ("%d/%m/%Y", "%m/%d/%Y")


@pytest.mark.parametrize(
    ("form", "cell", "sent"),
    [
        ("epoch-s", "1770552000", "2026-02-08T12:00:00Z"),
        ("epoch-s", "1770552000.25", "2026-02-08T12:00:00.25Z"),
        ("epoch-ms", "1770552000123", "2026-02-08T12:00:00.123Z"),
        ("epoch-ms", "1770552000000", "2026-02-08T12:00:00Z"),
        ("epoch-ms", "1770552000123.0", "2026-02-08T12:00:00.123Z"),
        ("epoch-us", "1770552000000456", "2026-02-08T12:00:00.000456Z"),
        ("epoch-ns", "1770552000000000456", "2026-02-08T12:00:00.000000456Z"),
        ("epoch-ns", "1770552000000000000.0", "2026-02-08T12:00:00Z"),
    ],
)
def test_numbers_since_1970_are_utc(form: str, cell: str, sent: str) -> None:
    """A number is an instant, whatever the zone, with the digits that are a fraction of a second."""
    assert column("timestamp", [cell], timestamp_format=form, timezone="Asia/Kolkata") == [(sent, None)]


@pytest.mark.parametrize("form", ["epoch-s", "epoch-ms", "epoch-us", "epoch-ns"])
def test_what_is_no_number_since_1970_is_refused(form: str) -> None:
    """Zero is what programs write for no date; anything else is no number."""
    codes = [code for _, code in column("timestamp", ["0", "1", "-5", "1e9", "x", "2026-02-08"], timestamp_format=form)]
    assert codes == ["past_timestamp", "past_timestamp", *["invalid_timestamp"] * 4]


@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_numbers_are_python_s_instants(moments: list[datetime]) -> None:
    """The three units give the instant that Python's arithmetic gives."""
    for form, unit in (
        ("epoch-s", timedelta(seconds=1)),
        ("epoch-ms", timedelta(milliseconds=1)),
        ("epoch-us", timedelta(microseconds=1)),
    ):
        numbers = [(moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // unit for moment in moments]
        sent = normalise([{"timestamp": str(number)} for number in numbers], timestamp_format=form)["timestamp"]
        instants = [datetime(1970, 1, 1, tzinfo=UTC) + number * unit for number in numbers]
        assert [datetime.fromisoformat(text) for text in sent] == instants


def test_a_cell_has_one_meaning_among_several_formats() -> None:
    """Each cell is read by the format that can; where two read two times, it is refused with both named."""
    found = column("timestamp", ["25/01/2026", "01/25/2026", "01/01/2026", "25.01.2026"], timestamp_format=BOTH_WAYS)
    assert found == [
        ("2026-01-25T00:00:00Z", None),
        ("2026-01-25T00:00:00Z", None),
        ("2026-01-01T00:00:00Z", None),
        (None, "invalid_timestamp"),
    ]
    said = message("timestamp", "05/01/2026", timestamp_format=BOTH_WAYS)
    assert "2026-01-05T00:00:00 by '%d/%m/%Y', and 2026-05-01T00:00:00 by '%m/%d/%Y'" in said
    assert "'%d/%m/%Y' or '%m/%d/%Y'" in message("timestamp", "x", timestamp_format=BOTH_WAYS)
    three = ("%Y-%m-%d %H:%M", "%d/%m/%Y", "%m/%d/%Y")
    assert "'%m/%d/%Y'" in message("timestamp", "05/01/2026", timestamp_format=three)


def test_units_of_numbers_have_one_meaning_together() -> None:
    """A number of seconds is a time of 1970 in milliseconds, which is never sent."""
    cells = ["1770552000", "1770552000123", "1770552000123456"]
    found = column("timestamp", cells, timestamp_format=("epoch-ms", "epoch-s", "epoch-us"))
    assert [sent and sent[:19] for sent, _ in found] == ["2026-02-08T12:00:00"] * 3


def test_names_of_the_zone_are_believed_where_it_is_called_so() -> None:
    """`PDT` and `PST` in one column: each is the zone's time at that moment, and settles the hour that is repeated."""
    cells = ["2025-06-05 12:00 PDT", "2025-12-05 12:00 PST", "2025-11-02 01:30 PDT", "2025-11-02 01:30 pst"]
    found = column("timestamp", cells, timestamp_format="%Y-%m-%d %H:%M %Z", timezone=LOS_ANGELES)
    times = ["2025-06-05T19:00", "2025-12-05T20:00", "2025-11-02T08:30", "2025-11-02T09:30"]
    assert found == [(f"{time}:00Z", None) for time in times]


def test_names_for_the_whole_year_and_of_other_languages() -> None:
    """`ET` is New York's time in summer and in winter, and tells no hour that happens twice; `MEZ` is Berlin's."""
    form = "%Y-%m-%d %H:%M %Z"
    cells = ["2025-07-01 10:00 ET", "2025-12-01 10:00 et", "2025-11-02 01:30 ET", "2025-07-01 10:00 PT"]
    assert column("timestamp", cells, timestamp_format=form, timezone="America/New_York") == [
        ("2025-07-01T14:00:00Z", None), ("2025-12-01T15:00:00Z", None), (None, "ambiguous_timestamp"),
        (None, "invalid_timestamp"),
    ]  # fmt: skip
    cells = ["2025-07-01 10:00 MESZ", "2025-12-01 10:00 MEZ", "2025-10-26 02:30 MESZ", "2025-07-01 10:00 MEZ"]
    assert column("timestamp", cells, timestamp_format=form, timezone="Europe/Berlin") == [
        ("2025-07-01T08:00:00Z", None), ("2025-12-01T09:00:00Z", None), ("2025-10-26T00:30:00Z", None),
        (None, "invalid_timestamp"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cell", ["2025-06-05 12:00 PST", "2025-06-05 12:00 EDT", "2025-06-05 12:00 UTC", "2025-12-05 12:00 PDT"]
)
def test_other_names_are_not_believed(cell: str) -> None:
    """An abbreviation that the zone does not have at that moment says that something is wrong."""
    rules = {"timestamp_format": "%Y-%m-%d %H:%M %Z", "timezone": LOS_ANGELES}
    assert column("timestamp", [cell], **rules) == [(None, "invalid_timestamp")]
    assert f"not called so in {LOS_ANGELES}" in message("timestamp", cell, **rules)


def test_a_skipped_hour_is_none_whatever_it_is_called() -> None:
    """Clocks were put forward over it."""
    rules = {"timestamp_format": "%Y-%m-%d %H:%M %Z", "timezone": LOS_ANGELES}
    assert column("timestamp", ["2025-03-09 02:30 PST"], **rules) == [(None, "nonexistent_timestamp")]


@given(
    st.lists(MOMENTS, min_size=1, max_size=20),
    st.sampled_from([LOS_ANGELES, "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata"]),
)
def test_names_of_zones_are_python_s(moments: list[datetime], zone: str) -> None:
    """What `zoneinfo` calls a local time, with its name, is that instant: none is ambiguous."""
    local = [moment.replace(tzinfo=UTC, microsecond=0).astimezone(ZoneInfo(zone)) for moment in moments]
    cells = [f"{moment:%d/%m/%Y %H:%M:%S} {moment.tzname()}" for moment in local]
    found = column("timestamp", cells, timestamp_format="%d/%m/%Y %H:%M:%S %Z", timezone=zone)
    assert found == [(f"{moment:%Y-%m-%dT%H:%M:%S}Z", None) for moment in moments]


def test_a_zone_behind_an_offset_must_have_it() -> None:
    """`[Area/City]` says where; the offset decides, unless the two contradict each other."""
    cells = [
        "2026-02-08T12:00+01:00[Europe/Paris]",
        "2026-02-08T12:00-08:00[America/Los_Angeles]",
        "2026-02-08T12:00Z[Europe/London]",
    ]
    assert [code for _, code in column("timestamp", cells)] == [None] * 3
    assert "names an offset" in message("timestamp", "2026-02-08T12:00+02:00[Europe/Paris]")


def test_typed_dates_are_what_they_are() -> None:
    """A typed date is in ISO 8601, whatever the format says of the text beside it; text is never read so."""
    rows = [{"timestamp": "2026-01-05"}, {"timestamp": "2026-01-05"}, {"timestamp": "05/01/2026"}]
    result = normalise(rows, {"4#date": [True, False, False]}, timestamp_format="%d/%m/%Y")
    assert result["timestamp"].to_list() == ["2026-01-05T00:00:00Z", "2026-01-05", "2026-01-05T00:00:00Z"]
    assert result["error_code"].to_list() == [None, "invalid_timestamp", None]
    other_order = normalise(rows[:2], {"4#date": [True, False]}, timestamp_format="%Y-%d-%m", now=NOW + timedelta(300))
    assert other_order["timestamp"].to_list() == ["2026-01-05T00:00:00Z", "2026-05-01T00:00:00Z"]


JOINED = Columns(
    positions={field: position for position, field in enumerate(FIELDS)}, constants={}, joined={"timestamp": (4, 5)}
)


def joined(dates: list[str | None], times: list[str | None], **more: object) -> pl.DataFrame:
    """What is sent for a date and a time in columns of their own."""
    flags = {name: flag for name, flag in more.items() if "#" in name}
    rules = {name: rule for name, rule in more.items() if "#" not in name}
    frame = batch([{"timestamp": date} for date in dates], **{"5": times}, **flags)  # type: ignore[arg-type]
    return Normaliser(Rules(now=NOW, **rules))(frame, JOINED)  # type: ignore[arg-type]


def test_date_and_time_in_two_columns_are_one_timestamp() -> None:
    """The two cells are read with a space between them; what is empty is left out."""
    found = joined(["2026-02-08", " 2026-02-08 ", "2026-02-08", None, ""], ["12:00:00", "08:30", None, "12:00", None])
    sent = ["2026-02-08T12:00:00Z", "2026-02-08T08:30:00Z", "2026-02-08T00:00:00Z", "12:00", None]
    assert found["timestamp"].to_list() == sent
    assert found["error_code"].to_list() == [None, None, None, "invalid_timestamp", None]
    twelve = joined(["02/08/2026"], ["01:05 PM"], timestamp_format="%m/%d/%Y %I:%M %p")
    assert twelve["timestamp"].to_list() == ["2026-02-08T13:05:00Z"]


def test_typed_dates_and_times_are_joined_too() -> None:
    """A typed date that says midnight gives way to the time beside it."""
    flags = {"4#date": [True, True], "5#date": [True, True]}
    found = joined(
        ["2026-02-08T00:00:00", "2026-02-08"], ["12:00:00", "08:30:00.5"], timestamp_format="%d/%m/%Y", **flags
    )
    assert found["timestamp"].to_list() == ["2026-02-08T12:00:00Z", "2026-02-08T08:30:00.5Z"]


def test_a_format_of_an_earlier_journal_is_one_text() -> None:
    """Journals and profiles of earlier versions have one text, or none."""
    assert Rules(now=NOW, timestamp_format=None) == Rules(now=NOW)
    assert column("timestamp", ["08/02/2026"], timestamp_format="%d/%m/%Y")[0][1] is None
    assert column("timestamp", ["08/02/2026"], timestamp_format=["%d/%m/%Y"])[0][1] is None
    with pytest.raises(SettingsError, match="'%Y'"):
        Rules(now=NOW, timestamp_format=("%d/%m/%Y", "%Y"))
