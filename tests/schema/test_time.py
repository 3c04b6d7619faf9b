"""Timestamps in ISO 8601: what instant they are, and when they are none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import SettingsError
from importer.schema import Rules
from tests.support.normalised import NOW, column, normalise

READ = {
    "2026-02-08T12:00:00Z": "2026-02-08T12:00:00Z",
    "2026-02-08 12:00:00Z": "2026-02-08T12:00:00Z",
    " 2026-02-08T12:00:00Z\u00a0": "2026-02-08T12:00:00Z",
    "2026-02-08T12:00Z": "2026-02-08T12:00:00Z",
    "2026-02-08T12:00": "2026-02-08T12:00:00Z",
    "2026-02-08 12:00:59": "2026-02-08T12:00:59Z",
    "2026-02-08": "2026-02-08T00:00:00Z",
    "2026-02-08T12:00:00.5Z": "2026-02-08T12:00:00.5Z",
    "2026-02-08T12:00:00,5Z": "2026-02-08T12:00:00.5Z",
    "2026-02-08T12:00:00.500Z": "2026-02-08T12:00:00.5Z",
    "2026-02-08T12:00:00.000Z": "2026-02-08T12:00:00Z",
    "2026-02-08T12:00:00.123456789Z": "2026-02-08T12:00:00.123456789Z",
    "2026-02-08T12:00:00+01:00": "2026-02-08T11:00:00Z",
    "2026-02-08T12:00:00+0100": "2026-02-08T11:00:00Z",
    "2026-02-08T12:00:00+01": "2026-02-08T11:00:00Z",
    "2026-02-08T12:00+05:30": "2026-02-08T06:30:00Z",
    "2026-02-08T12:00:00.25-08:00": "2026-02-08T20:00:00.25Z",
    "2026-02-08T12:00:00-00:00": "2026-02-08T12:00:00Z",
    "2026-02-08T12:00:00+23:59": "2026-02-07T12:01:00Z",
    "2024-02-29T00:00:00Z": "2024-02-29T00:00:00Z",
    "2000-02-29": "2000-02-29T00:00:00Z",
    "2000-01-01": "2000-01-01T00:00:00Z",
    "1999-12-31T23:00:00-01:00": "2000-01-01T00:00:00Z",
    "2026-02-08T12:00:00 Z": "2026-02-08T12:00:00Z",
    "2026-02-08 12:00:00 UTC": "2026-02-08T12:00:00Z",
    "2026-02-08T12:00:00UTC": "2026-02-08T12:00:00Z",
    "2026-02-08 12:00 GMT": "2026-02-08T12:00:00Z",
    "2026-02-08T12:00:00 +01:00": "2026-02-08T11:00:00Z",
    "2026-02-08 12:00:00 -0400": "2026-02-08T16:00:00Z",
    "2026-02-08 12:00:00.25 +05": "2026-02-08T07:00:00.25Z",
    "2026-02-08T12:00+01:00[Europe/Berlin]": "2026-02-08T11:00:00Z",
    "2026-02-08T12:00:00Z[UTC]": "2026-02-08T12:00:00Z",
}
REFUSED = (
    *("2025-02-29T12:00:00Z", "2025-02-30T12:00:00Z", "2025-04-31T00:00:00Z", "0000-12-31T23:59:59-01:00"),
    *("2026-02-30", "2026-02-29T12:00:00Z", "1900-02-29", "2026-04-31T00:00:00Z", "2026-13-01", "2026-00-10"),
    *("2026-01-00", "2026-01-32", "0000-01-01", "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01"),
    *("2026-02-08T24:00:00Z", "2026-02-08T24:00", "2026-02-08T12:60Z", "2026-02-08T12:00:60Z", "2026-02-08T23:59:60"),
    *("2026-02-08T12", "2026-02-08T12Z", "2026-02-08T", "2026-02-08Z", "2026-02-08+01:00", "2026-02-08 +01:00"),
    *("2026-02-08T12:00:00.Z", "2026-02-08T12:00:00.1234567891Z", "2026-02-08T12:00.5Z", "2026-02-08T12:00:00z"),
    *("2026-02-08t12:00:00Z", "2026-02-08  12:00:00Z", "2026-02-08T12:00:00  Z", "2026-02-08T12:00:00 utc"),
    *("2026-02-08T12:00:00+24:00", "2026-02-08T12:00:00+01:60", "2026-02-08T12:00:00+1", "2026-02-08T12:00:00+010"),
    *(
        "2026-02-08T12:00:00+01:00:00",
        "2026-02-08T12:00:00+1:00",
        "2026-02-08T12:00:00Z+01:00",
        "2026-02-08T12:00:00ZZ",
    ),
    *("2026-2-8", "26-02-08", "20260208", "20260208T120000Z", "2026-W06-7", "2026-039", "12026-02-08", "+2026-02-08"),
    *("-2026-02-08", "02/08/2026", "08.02.2026", "8 Feb 2026", "46061", "1770552000", "NULL", "N/A", "-", "now", "0"),
    *("２０２６-02-08", "2026-02-08T12:00:00\u22121:00", "2026-02-08T12:0٠:00Z", "2026-02-08\n12:00:00", "Z", "T12:00"),
    *("2026-02-08T12:00:00 EST", "2026-02-08T12:00:00[Europe/Berlin]", "2026-02-08T12:00+02:00[Europe/Berlin]"),
    *("2026-02-08T12:00+01:00[Mars/Base]", "2026-02-08 UTC", "2026-02-08T12:00:00+01:00 [Europe/Berlin]"),
)


def test_iso_8601_is_sent_as_utc() -> None:
    """Every ISO 8601 form of a time is sent as the same instant in UTC, with a fraction where there is one."""
    assert dict(zip(READ, column("timestamp", READ), strict=True)) == {
        cell: (sent, None) for cell, sent in READ.items()
    }


def test_what_is_no_real_date_and_time_is_refused() -> None:
    """What is no real date and time in ISO 8601 is `invalid_timestamp`, never guessed, and shown safely."""
    result = normalise([{"timestamp": cell} for cell in REFUSED])
    assert dict(zip(REFUSED, result["error_code"], strict=True)) == dict.fromkeys(REFUSED, "invalid_timestamp")
    assert all(text.isprintable() for text in result["error_message"])


def test_an_empty_timestamp_is_none() -> None:
    """A row may have no timestamp."""
    assert column("timestamp", ["", None, " \u00a0"]) == [(None, None)] * 3


def test_the_far_end_of_the_calendar() -> None:
    """An instant must be in a year from 1 to 9999 in UTC, wherever its clock stood."""
    late = datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    cells = [
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:59+00:01",
        "9999-12-31 23:59:59",
    ]
    result = normalise([{"timestamp": cell} for cell in cells], now=late)
    assert result["error_code"].to_list() == [None, "invalid_timestamp", None, None]
    west = normalise([{"timestamp": cell} for cell in cells], now=late, timezone="Etc/GMT+12")
    assert west["error_code"].to_list() == [None, "invalid_timestamp", None, "invalid_timestamp"]
    east = normalise([{"timestamp": "0001-01-01"}, {"timestamp": "0001-01-02"}], timezone="Asia/Kolkata")
    assert east["error_code"].to_list() == ["invalid_timestamp", "past_timestamp"]
    assert east["instant"].to_list() == [None, "0001-01-01T18:06:32Z"]


@pytest.mark.parametrize("now", [NOW, NOW.replace(microsecond=250_000)])
def test_more_than_24_hours_ahead_is_future(now: datetime) -> None:
    """Up to 24 hours ahead of now is accepted, to the last digit; anything later is `future_timestamp`."""
    fraction = "" if now is NOW else ".25"
    result = column("timestamp", [f"2026-02-11T12:00:00{fraction}Z", f"2026-02-11T13:00:00{fraction}+01:00"], now=now)
    assert [code for _, code in result] == [None, None]
    later = ["2026-02-11T12:00:00.250000001Z", "2026-02-11T12:00:01Z", "2026-02-12", "2027-01-01T00:00:00Z"]
    result = column("timestamp", later, now=now)
    assert [code for _, code in result] == ["future_timestamp"] * 4
    assert normalise([{"timestamp": cell} for cell in later], now=now)["instant"].to_list()[3] == later[3]


def test_rows_that_change_month_are_marked() -> None:
    """`month_moved` is true where the date as written is in another month than the instant in UTC."""
    cells = ["2026-02-01T00:30:00+01:00", "2026-01-31T20:00:00-05:00", "2026-01-31T12:00:00-05:00", "2026-02-01", None]
    result = normalise([{"timestamp": cell} for cell in cells])
    assert result["month_moved"].to_list() == [True, True, False, False, False]
    berlin = normalise([{"timestamp": "2026-02-01"}, {"timestamp": "2026-02-02"}], timezone="Europe/Berlin")
    assert berlin["month_moved"].to_list() == [True, False]


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("US Eastern", "did you mean US/Eastern?"),
        ("../../etc/passwd", "names are like"),
        ("", "names are like"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(zone: str, hint: str) -> None:
    """An unknown zone is an error of the settings that names the nearest one."""
    with pytest.raises(SettingsError, match=re.escape(hint)):
        Rules(now=NOW, timezone=zone)


def expected(text: str) -> str | None:
    """ISO 8601 by hand and Python's calendar: what is sent for a text, or None."""
    shape = re.fullmatch(
        r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})0*)?)?"
        r"(?: ?(Z|UTC|GMT|([+-])(\d\d)(?::?(\d\d))?))?)?",
        text.strip(),
        re.ASCII,
    )
    if shape is None:
        return None
    numbers = [int(number or 0) for number in shape.group(1, 2, 3, 4, 5, 6)]
    offset = timedelta(hours=int(shape[10] or 0), minutes=int(shape[11] or 0))
    if int(shape[10] or 0) > 23 or int(shape[11] or 0) > 59:
        return None
    try:
        moment = datetime(*numbers, tzinfo=UTC) - (-offset if shape[9] == "-" else offset)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
    if moment.year < 2000:
        return None
    fraction = (shape[7] or "").rstrip("0")
    return moment.isoformat()[:19] + (f".{fraction}" if fraction else "") + "Z"


dates = st.dates(max_value=date(2026, 2, 10)).map(date.isoformat)
two_digits = st.integers(0, 61).map("{:02}".format)
clocks = st.builds(
    "{}{}:{}{}".format,
    st.sampled_from("T "),
    two_digits,
    two_digits,
    st.one_of(st.just(""), st.builds(":{}{}".format, two_digits, st.from_regex(r"\A(?:[.,][0-9]{1,10})?\Z"))),
)
offsets = st.one_of(
    st.sampled_from(["", "Z", " Z", " UTC", "GMT"]), st.from_regex(r"\A ?[+-][0-2][0-9](?::?[0-6][0-9])?\Z")
)
texts = st.builds("{}{}{}".format, dates, st.one_of(st.just(""), clocks), offsets)
edits = st.tuples(texts, st.integers(0, 30), st.sampled_from("0123456789-:.TZ +UC")).map(
    lambda edit: edit[0][: edit[1]] + edit[2] + edit[0][edit[1] + 1 :]
)


@given(st.lists(st.one_of(texts, edits), min_size=1, max_size=30))
def test_timestamps_are_python_s_instants(cells: list[str]) -> None:
    """A text is accepted exactly when it is a real time of the standard's forms, and the instant is Python's."""
    result = normalise([{"timestamp": cell} for cell in cells])
    future = result["error_code"] == "future_timestamp"
    valid = result["error_code"].is_null()
    sent = result["timestamp"].zip_with(valid, pl.Series([None], dtype=pl.String)).to_list()
    limit = "2026-02-11T12:00:00Z"
    for cell, text, late in zip(cells, sent, future.fill_null(value=False), strict=True):
        wanted = expected(cell)
        assert text == (None if late else wanted), cell
        assert not late or (wanted is not None and wanted > limit), cell


def test_zeros_beyond_nanoseconds_say_nothing() -> None:
    """A time is kept to its last digit."""
    for fraction, sent in (("1234567890", ".123456789"), ("000000000000", ""), ("500000000000", ".5")):
        cell = f"2026-02-08T12:00:00.{fraction}"
        assert column("timestamp", [f"{cell}Z"]) == [(f"2026-02-08T12:00:00{sent}Z", None)]
        given = column("timestamp", [cell], timestamp_format="%Y-%m-%dT%H:%M:%S.%f")
        assert given == [(f"2026-02-08T12:00:00{sent}Z", None)]


@pytest.mark.parametrize("form", ["{}", "{}T00:00:00Z", "{} 00:00:00 UTC", "{}T00:00:00+01:00"])
@pytest.mark.parametrize("day", ["1970-01-01", "1899-12-30", "1900-01-01", "1753-01-01", "1999-12-31", "0002-01-01"])
def test_what_programs_write_for_no_date_is_past(day: str, form: str) -> None:
    """Dates before 2000 are no dates of revenue: .NET, Excel, Unix and SQL Server write them where there is none."""
    assert column("timestamp", [form.format(day)]) == [(None, "past_timestamp")]
