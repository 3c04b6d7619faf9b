"""Limits that the user sets: a period by the days of a zone, a highest amount, the offers of the account."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from importer.errors import SettingsError
from importer.schema import Limits
from importer.settings.notations import Period
from tests.support.normalised import column, message, normalise

JUNE = Limits(period="2026-06-01/2026-06-30")
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
OUTSIDE = "outside_period"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-06", "2026-06-01/2026-06-30"),
        ("2024-02", "2024-02-01/2024-02-29"),
        ("2026-12", "2026-12-01/2026-12-31"),
        ("2026-Q2", "2026-04-01/2026-06-30"),
        ("2026-q4", "2026-10-01/2026-12-31"),
        ("2026", "2026-01-01/2026-12-31"),
        ("2026-06-15", "2026-06-15/2026-06-15"),
        ("2026-06-01/2026-06-15", "2026-06-01/2026-06-15"),
        (" 2026-05 / 2026-06 ", "2026-05-01/2026-06-30"),
        ("2026-Q1/2026-04-10", "2026-01-01/2026-04-10"),
    ],
)
def test_a_period_is_its_days(text: str, days: str) -> None:
    """A month, a quarter, a year, a day, or two of them; what was understood is understood again."""
    assert Period().settle(text) == days
    assert Period().settle(days) == days


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "June",
            "2026-13",
            "2026-00",
            "2026-Q5",
            "2026-Q0",
            "2026-02-30",
            "2026-06/2026-05",
            "26-06",
            "2026-6",
            "/",
        ),
        *("2026-06-01/", "06/2026", "2026-06-01..2026-06-15", "２０２６-06", "2026-06-01/2026-06-02/2026-06-03"),
    ],
)
def test_what_is_no_period(text: str) -> None:
    """Refused with a sentence."""
    with pytest.raises(SettingsError, match="is not a period such as 2026-06"):
        Period().parse(text)


def test_a_period_has_its_first_and_its_last_moment() -> None:
    """In UTC, to the last fraction of a second, in whatever form a moment is written."""
    cells = {
        "2026-06-01T00:00:00Z": None,
        "2026-06-30T23:59:59Z": None,
        "2026-06-30T23:59:59.999999999Z": None,
        "2026-06-30 23:59": None,
        "2026-06-15": None,
        "2026-07-01T01:00:00+02:00": None,
        "2026-05-31T23:59:59.999Z": OUTSIDE,
        "2026-07-01T00:00:00Z": OUTSIDE,
        "2026-07-01": OUTSIDE,
        "2026-06-01T00:30:00+01:00": OUTSIDE,
    }
    assert [code for _, code in column("timestamp", cells, limits=JUNE, now=AUGUST)] == list(cells.values())


@pytest.mark.parametrize(
    ("zone", "period", "inside", "outside"),
    [
        ("Europe/Berlin", "2026-06-01/2026-06-30", "2026-05-31T22:00:00Z", "2026-05-31T21:59:59Z"),
        ("Europe/Berlin", "2026-06-01/2026-06-30", "2026-06-30T21:59:59Z", "2026-06-30T22:00:00Z"),
        ("America/New_York", "2026-01-01/2026-01-31", "2026-02-01T04:59:59Z", "2026-02-01T05:00:00Z"),
        # Clocks are put forward over midnight: the day begins at 01:00, at 04:00 UTC.
        ("America/Santiago", "2023-09-03/2023-09-03", "2023-09-03T04:00:00Z", "2023-09-03T03:59:59Z"),
        ("America/Sao_Paulo", "2018-11-04/2018-11-04", "2018-11-04T03:00:00Z", "2018-11-04T02:59:59Z"),
    ],
)
def test_days_are_those_of_the_zone(zone: str, period: str, inside: str, outside: str) -> None:
    """The same moment is of another month elsewhere."""
    rules = {"timezone": zone, "limits": Limits(period=period), "now": AUGUST}
    assert [code for _, code in column("timestamp", [inside, outside], **rules)] == [None, OUTSIDE]


def test_a_row_without_a_timestamp_is_of_today() -> None:
    """By the zone's day; the sentence says so."""
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert column("timestamp", [None, ""], limits=JUNE, now=late) == [(None, None)] * 2
    assert [code for _, code in column("timestamp", [None], limits=JUNE, now=late, timezone="Europe/Berlin")] == [
        OUTSIDE
    ]
    said = message("timestamp", None, limits=JUNE, now=late, timezone="Europe/Berlin")
    assert said == (
        "outside_period: There is no timestamp, so the row is of today, 2026-07-01, outside 2026-06-01/2026-06-30 "
        "(--period, days in Europe/Berlin)."
    )


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (datetime(2026, 5, 31, 23, 59, tzinfo=UTC), OUTSIDE),
        (datetime(2026, 6, 1, tzinfo=UTC), None),
        (datetime(2026, 6, 15, tzinfo=UTC), None),
        (datetime(2026, 6, 30, 23, 59, tzinfo=UTC), None),
        (datetime(2026, 7, 1, tzinfo=UTC), OUTSIDE),
    ],
)
def test_today_may_be_any_day_of_the_period(now: datetime, code: str | None) -> None:
    assert column("timestamp", [None], limits=JUNE, now=now) == [(None, code)]


def test_a_day_that_is_outside_is_named() -> None:
    """As the zone has it, where clocks have been put forward as well."""
    assert message("timestamp", "2026-07-01", limits=JUNE, now=AUGUST) == (
        "outside_period: '2026-07-01' is outside 2026-06-01/2026-06-30 (--period, days in UTC)."
    )
    rules = {"timezone": "America/Sao_Paulo", "now": AUGUST}
    saturday = Limits(period="2018-11-03/2018-11-03")
    moments = ["2018-11-03T02:59:59Z", "2018-11-03T03:00:00Z", "2018-11-04T02:59:59Z", "2018-11-04T03:00:00Z"]
    assert [code for _, code in column("timestamp", moments, limits=saturday, **rules)] == [
        OUTSIDE,
        None,
        None,
        OUTSIDE,
    ]


def test_what_is_no_timestamp_keeps_its_own_code() -> None:
    """A limit judges only what the rule lets through."""
    codes = [code for _, code in column("timestamp", ["02/06/2026", "2026-06-31"], limits=JUNE, now=AUGUST)]
    assert codes == ["invalid_timestamp"] * 2


def test_most_revenue() -> None:
    """To the last digit, by value; the amount still counts."""
    cells = {"500.00": None, "499.999999999999999999": None, "500": None, "5e2": None, "$500.00": None, "0": None}
    high = "revenue_too_high"
    cells |= {"500.01": high, "500.000001": high, "1,000": high, "5e3": high, "-600": None, "x": None}
    limits = Limits(max_revenue=Decimal(500))
    codes = dict(zip(cells, (code for _, code in column("revenue", cells, limits=limits)), strict=True))
    assert {cell: code for cell, code in codes.items() if code == high} == dict.fromkeys(
        ["500.01", "500.000001", "1,000", "5e3"], high
    )
    assert codes["500.00"] is codes["5e2"] is codes["$500.00"] is None
    rows = normalise([{"revenue": "1,000"}], limits=limits)
    assert rows["amount"].to_list() == [Decimal(1000)]
    assert (
        message("revenue", "1,000", limits=limits) == "revenue_too_high: '1,000' is above the 500.00 of --max-revenue."
    )
    assert column("revenue", ["1"], limits=Limits(max_revenue=Decimal(10**29))) == [("1", None)]


def test_known_offers() -> None:
    """By either name, to the letter; a row without an offer is left to the API."""
    limits = Limits(offers=frozenset({"4521", "007", "66a4f0c2b1d94e7f8a310c01"}))
    cells = {"4521": None, "007": None, " 4521 ": None, "66a4f0c2b1d94e7f8a310c01": None, "": None}
    cells |= dict.fromkeys(["7", "4521.0", "9999"], "unknown_offer")
    assert [code for _, code in column("offer_id", cells, limits=limits)] == list(cells.values())
    assert message("offer_id", "9999", limits=limits) == (
        "unknown_offer: '9999' is no offer of this account, active, paused or archived (--check-offers)."
    )
    assert column("offer_id", [None], limits=Limits(offers=frozenset())) == [(None, None)]
