"""What is said of a timestamp in another form, word for word; and the edges of what a time may be."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from importer.schema.time import calendar_months, exact_first, exact_last, first_and_last, local_clock, option_for
from importer.schema.time.formats import timestamp_formats
from importer.schema.time.meaning import meanings
from importer.schema.time.rule import TimestampRule
from tests.support.normalised import NOW, column, message

_DAY, _MONTH, _YEAR = "if the day is first", "if the month is first", "if the year is first"
_THREE = f"'%d/%m/%y' {_DAY}, '%m/%d/%y' {_MONTH}, '%y/%m/%d' {_YEAR}"


@pytest.mark.parametrize(
    ("cell", "days", "forms"),
    [
        ("01/02/03", "three", _THREE),
        ("02/03/2025", "two", f"'%d/%m/%Y' {_DAY}, '%m/%d/%Y' {_MONTH}"),
        ("13/02/25", "two", f"'%d/%m/%y' {_DAY}, '%y/%m/%d' {_YEAR}"),
        ("12/31/20", "", "'%m/%d/%y'"), ("31/12/2025", "", "'%d/%m/%Y'"), ("12/31/2025", "", "'%m/%d/%Y'"),
        ("99/12/31", "", "'%y/%m/%d'"), ("31/12/99", "", "'%d/%m/%y'"), ("2025/03/02", "", "'%Y/%m/%d'"),
        ("Feb 3 2025", "", "'%b %d %Y'"), ("February 3 2025", "", "'%B %d %Y'"), ("3 Sept 2025", "", "'%d %B %Y'"),
        ("Mi, 3 Feb 2021", "", "'%a, %d %b %Y'"), ("sa\u0301b 1 feb 2025", "", "'%A %d %b %Y'"),
    ],
)  # fmt: skip
def test_each_order_in_which_numbers_are_a_day_is_advised(cell: str, days: str, forms: str) -> None:
    """In the sentence of one cell, and in the option for a column of such."""
    said = f"could be {days} days: say" if days else "is not ISO 8601: say"
    end = "." if days else " if the column is written so."
    assert message("timestamp", cell) == f"invalid_timestamp: '{cell}' {said} --timestamp-format {forms}{end}"
    assert option_for(pl.Series([cell])) == f"{', with' if days else ''} --timestamp-format {forms}"


def test_the_form_of_most_cells_is_that_of_a_column() -> None:
    assert option_for(pl.Series(["13/02/25", "25/12/31", "14/02/25"])) == f", with --timestamp-format {_THREE}".replace(
        "'%m/%d/%y' if the month is first, ", ""
    )
    assert option_for(pl.Series(["2025-03-02", "2025-03-02 10:00"])) == ""
    named, numbers = "13 Feb 2025", "02/03/2025"
    two = f", with --timestamp-format '%d/%m/%Y' {_DAY}, '%m/%d/%Y' {_MONTH}"
    assert option_for(pl.Series([named, numbers])) == " --timestamp-format '%d %b %Y'"
    assert option_for(pl.Series([numbers, named])) == two
    assert option_for(pl.Series([named, "13 Mar 2025 10:00"])) == " --timestamp-format '%d %b %Y'"
    assert option_for(pl.Series([numbers, "02/03/2025 10:00"])) == two
    assert option_for(pl.Series([], dtype=pl.String)) == ""


@pytest.mark.parametrize(
    ("cell", "given", "form"),
    [
        ("02/03/2025", "%d.%m.%Y", "%d/%m/%Y"), ("02/03/2025", "%m.%d.%Y", "%m/%d/%Y"),
        ("02/03/25", "%y.%m.%d", "%y/%m/%d"), ("Feb 3 2025", "%d.%m.%Y", "%b %d %Y"),
    ],
)  # fmt: skip
def test_beside_a_given_form_numbers_are_advised_in_its_order(cell: str, given: str, form: str) -> None:
    assert message("timestamp", cell, timestamp_format=(given,)) == (
        f"invalid_timestamp: '{cell}' is not in the form of --timestamp-format '{given}': say --timestamp-format "
        f"'{form}', too, if some cells are written so."
    )


@pytest.mark.parametrize(
    ("form", "cell", "sent"),
    [
        ("epoch-s", "1", None), ("epoch-s", "1770552000", "2026-02-08T12:00:00Z"),
        ("epoch-s", "1770552000.123456789", "2026-02-08T12:00:00.123456789Z"),
        ("epoch-s", "1770552000.1234567890", "2026-02-08T12:00:00.123456789Z"),
        ("epoch-s", "1770552000.1234567891", None), ("epoch-s", "001770552000", None),
        ("epoch-s", "01770552000", "2026-02-08T12:00:00Z"),
        ("epoch-ms", "1770552000123.456789", "2026-02-08T12:00:00.123456789Z"),
        ("epoch-ms", "1770552000123.4567891", None),
        ("epoch-ns", "1770552000123456789", "2026-02-08T12:00:00.123456789Z"),
        ("%Y%m%d", "20260208", "2026-02-08T00:00:00Z"), ("%d %b %Y", "3rd Feb 2026", "2026-02-03T00:00:00Z"),
        ("%Y-%m-%d %H:%M:%S.%f", "2026-02-08 12:00:00.1234567890", "2026-02-08T12:00:00.123456789Z"),
    ],
)  # fmt: skip
def test_how_long_a_number_or_a_fraction_may_be(form: str, cell: str, sent: str | None) -> None:
    assert column("timestamp", [cell], timestamp_format=(form,))[0][0] == sent


@pytest.mark.parametrize(("cell", "digits"), [("5", 0), ("50", 0), ("999", 0), ("1000", 1), ("12345", 12)])
def test_thousandths_are_parted_from_seconds(cell: str, digits: int) -> None:
    read = meanings(timestamp_formats("epoch-ms"), pl.Series([cell]), pl.Series([False]))
    assert read["local"].to_list() == [digits]
    assert read["fraction"].to_list() == [cell[-3:].zfill(3).rstrip("0")]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1999-12-31T23:59:59Z", "past_timestamp"), ("2000-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00Z", "past_timestamp"), ("0001-01-01T00:00:00+00:01", "invalid_timestamp"),
        ("0000-12-31T23:59:59Z", "invalid_timestamp"), ("9999-12-31T23:59:59Z", "future_timestamp"),
        ("9999-12-31T23:59:59-00:01", "invalid_timestamp"), ("", None),
    ],
)  # fmt: skip
def test_the_first_and_the_last_second_of_what_is_a_time(cell: str, code: str | None) -> None:
    assert column("timestamp", [cell])[0][1] == code


@pytest.mark.parametrize(("seconds", "code"), [(-1, None), (0, None), (1, "future_timestamp")])
def test_a_day_ahead_is_no_future(seconds: int, code: str | None) -> None:
    moment = NOW + timedelta(hours=24, seconds=seconds)
    assert column("timestamp", [moment.strftime("%Y-%m-%dT%H:%M:%SZ")])[0][1] == code


def test_moments_of_a_batch() -> None:
    """Of those within one second the fraction decides, which a text is too short for."""
    times = pl.Series(["2026-06-05T12:00:00.5Z", "2026-06-05T12:00:00Z", "2026-06-05T12:00:01Z", None])
    assert first_and_last(times) == ("2026-06-05T12:00:00.5Z", "2026-06-05T12:00:01Z")
    assert exact_first(times, "2026-06-05T12:00:00.5Z") == "2026-06-05T12:00:00Z"
    assert exact_last(times, "2026-06-05T12:00:01Z") == "2026-06-05T12:00:01Z"
    late = pl.Series(["2026-06-05T12:00:09Z", "2026-06-05T12:00:09.25Z", "2026-06-05T12:00:02.5Z"])
    assert exact_last(late, "2026-06-05T12:00:09Z") == "2026-06-05T12:00:09.25Z"
    assert first_and_last(pl.Series([None], dtype=pl.String)) is None


def test_the_month_of_a_moment_is_that_of_the_zone() -> None:
    times = pl.Series(["2026-05-31T22:30:00Z", "2026-06-30T21:59:59.5Z", "2026-06-15T00:00:00Z", None])
    assert calendar_months(times, local_clock("Europe/Berlin")).to_list() == ["2026-06", "2026-06", "2026-06", None]
    assert calendar_months(times, local_clock("UTC")).to_list() == ["2026-05", "2026-06", "2026-06", None]
    first = pl.Series(["2026-06-01T05:00:00Z", "2026-06-02T05:00:00Z"])
    assert calendar_months(first, local_clock("America/Los_Angeles")).to_list() == ["2026-05", "2026-06"]


def test_cells_that_are_sent_as_they_stand() -> None:
    """And those of which nothing is sent."""
    cells = pl.Series("cell", ["2026-02-08T12:00:00Z", "2026-02-08T12:00:00+01:00", None, "2027-02-08T12:00:00Z"])
    for formats, found in (((), [True, False, True, False]), (("%d/%m/%Y",), [False, False, True, False])):
        rule = TimestampRule(clock=local_clock("UTC"), ambiguous="reject", formats=timestamp_formats(formats), now=NOW)
        assert cells.to_frame().select(rule.canonical(pl.col("cell"))).to_series().to_list() == found


@pytest.mark.parametrize(
    "formats", [("%d/%m/%y %H:%M:%S", "%d/%m/99 %y:59:59"), ("%d/%m/99 %y:59:59", "%d/%m/%y %H:%M:%S")]
)
def test_a_reading_before_2000_is_no_rival(formats: tuple[str, ...]) -> None:
    read = meanings(timestamp_formats(formats), pl.Series(["31/12/99 23:59:59"]), pl.Series([False]))
    assert read["written"].to_list() == ["2023-12-31T00:00:00"]
    assert read["rival"].to_list() == [None]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2025-03-30T01:59:59+01:00[Europe/Berlin]", None), ("2025-03-30T01:59:59+02:00[Europe/Berlin]", "invalid"),
        ("2025-03-30T03:00:00+02:00[Europe/Berlin]", None), ("2025-03-30T03:00:00+01:00[Europe/Berlin]", "invalid"),
        ("2025-10-26T02:59:59+02:00[Europe/Berlin]", None), ("2025-10-26T03:00:00+02:00[Europe/Berlin]", "invalid"),
        ("2025-10-26T02:00:00+01:00[Europe/Berlin]", None), ("2025-10-26T01:59:59+01:00[Europe/Berlin]", "invalid"),
    ],
)  # fmt: skip
def test_a_zone_behind_an_offset_has_it_at_that_second(cell: str, code: str | None) -> None:
    assert column("timestamp", [cell])[0][1] == (code and f"{code}_timestamp")


def test_of_a_day_that_there_is_not_no_clock_says_anything() -> None:
    form = {"timestamp_format": ("%d/%m/%Y %H:%M %z %Z",)}
    assert "is not called so in UTC" in message("timestamp", "28/02/2025 10:00 +0100 CET", **form)
    assert "is no real time in the form" in message("timestamp", "31/02/2025 10:00 +0100 CET", **form)
