"""Offers that spreadsheets and programs wrote anew, alone and together with moments: no recorded row comes again."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model import FIELDS
from importer.plan.keys import KEYS, event, moment, offer, spelling, with_keys
from importer.plan.near.fates import twins_of
from importer.plan.offer_spelling import spelt
from importer.schema import AMOUNT
from tests.support.examples import FEWER_EXAMPLES

Row = tuple[str, str, str, str | None, datetime | None]
START = datetime(2026, 6, 1, tzinfo=UTC)


def fields(rows: list[Row]) -> pl.DataFrame:
    """Rows as they are sent."""
    texts = [(*row[:4], row[4] and row[4].isoformat().replace("+00:00", "Z")) for row in rows]
    return pl.DataFrame(texts, schema=dict.fromkeys(FIELDS, pl.String), orient="row")


def unknown(here: list[Row], there: list[Row]) -> int:
    """How many of the rows `here` would be posted beside results that record those `there`."""
    rows = with_keys(fields(here)).select(
        *KEYS,
        event(),
        moment(),
        offer(),
        spelling(),
        pl.col("revenue").cast(AMOUNT).alias("amount"),
        due=True,
        new=True,
    )
    fates = with_keys(fields(there).with_columns(status=pl.lit("recorded"), results=pl.lit("june.results.csv")))
    equal = rows.join(fates, on=KEYS, how="semi").height
    return rows.height - equal - twins_of(rows, fates, "UTC", None).height


def grouped(separator: str):
    """Thousands apart."""
    return lambda text: f"{int(text):,}".replace(",", separator) if text.isdecimal() else text


def as_shown(text: str) -> str:
    """A number as a spreadsheet shows it in a column of no special format."""
    return f"{float(text):.5E}".replace(".00000E", "E") if text.isdecimal() and float(text) >= 1e11 else text


WRITTEN_ANEW = {
    "as it is": str,
    "zeros lost": lambda text: text.lstrip("0") or "0",
    "zeros gained": lambda text: text.zfill(9) if text.isdecimal() else text,
    "commas": grouped(","),
    "spaces": grouped("\u202f"),
    "apostrophes": grouped("\u2019"),
    "points": lambda text: text if text.endswith("000") else grouped(".")(text),
    "a float": lambda text: f"{text}.0" if text.isdecimal() else text,
    "a German float": lambda text: f"{text},00" if text.isdecimal() else text,
    "a power of ten": as_shown,
    "capitals": str.upper,
    "small letters": str.lower,
    "two spaces": lambda text: text.replace(" ", "  "),
    "a hard space": lambda text: text.replace(" ", "\u00a0"),
    "an apostrophe": lambda text: f"'{text}",
    "accents apart": lambda text: unicodedata.normalize("NFD", text),
}
CLOCKS = {
    "as it is": lambda moment: moment,
    "minutes": lambda moment: moment.replace(second=0, microsecond=0),
    "dates": lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0),
    "a zone": lambda moment: moment + timedelta(hours=5, minutes=45),
    "none": lambda moment: None,
}
numbers = (
    st.integers(0, 999_999).map(str)
    | st.integers(10**11, 10**15).map(str)
    | st.from_regex("0{1,3}[1-9]{1,4}", fullmatch=True)
)
names = st.sampled_from(["Spring Sale", "été 2026", "DE-0045", "offer_7", "A 1 b", "66f0a1b2c3d4e5f6a7b8c9da"])
lines = st.lists(
    st.tuples(numbers | names | st.none(), st.integers(0, 20 * 86_400).map(lambda s: START + timedelta(seconds=s))),
    min_size=3,
    max_size=25,
)


@FEWER_EXAMPLES
@given(lines, st.sampled_from(sorted(WRITTEN_ANEW)), st.sampled_from(sorted(CLOCKS)), st.booleans(), st.data())
def test_no_row_of_an_export_that_was_written_anew_is_posted_again(drawn, way, clock, swapped, data):
    """Of all rows or of some; on either side; whatever became of the moments."""
    rows = [(f"Msg{n:05d}", f"{n % 3}.50", "sale", offer, at) for n, (offer, at) in enumerate(drawn)]
    some = (
        data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1)) if data.draw(st.booleans()) else range(len(rows))
    )
    change = WRITTEN_ANEW[way]
    anew = [
        (*row[:3], change(row[3]) if row[3] and n in some else row[3], CLOCKS[clock](row[4]))
        for n, row in enumerate(rows)
    ]
    assert unknown(*((rows, anew) if swapped else (anew, rows))) == 0


@FEWER_EXAMPLES
@given(lines, st.integers(1, 40))
def test_the_same_offers_at_other_times_are_other_events(drawn, days):
    """An ordinary month: the same messages and offers, renewed or clicked again at moments of their own."""
    rows = [(f"Msg{n:05d}", f"{n % 3}.50", "sale", offer, at) for n, (offer, at) in enumerate(drawn)]
    later = [(*row[:4], row[4] + timedelta(days=days + n % 3, seconds=41 * n + 7)) for n, row in enumerate(rows)]
    assert unknown(later, rows) == len(rows)


@pytest.mark.parametrize(
    ("one", "other"),
    [("45", "450"), ("45", "4.5"), ("0", "00a"), ("12,34", "1234"), ("a-1", "a1"), ("1e5", "1e6"), ("45", "45.5")],
)
def test_offers_that_only_look_alike_stay_apart(one, other):
    """No digit more or less, and no other sign within a name."""
    first, second = spelt(pl.Series([one, other]))
    assert first != second


@pytest.mark.parametrize(
    ("offer", "spelling"),
    [
        ("1e5", "100000"), ("1.5E+05", "150000"), ("1,5e5", "150000"), ("9.9999E10", "99999000000"),
        ("99999999999", "99999999999"), ("099999999999", "99999999999"), ("100000000000", "about 100000000000.0"),
        ("1E+11", "about 100000000000.0"), ("123456789012345", "about 123000000000000.0"),
        ("1,23457E+14", "about 123000000000000.0"), ("1.24E+14", "about 124000000000000.0"),
        ("1e100", "1e100"), ("12e5", "12e5"), ("1.e5", "1.e5"), ("+1,234.00", "1234"),
    ],
)  # fmt: skip
def test_a_power_of_ten_is_the_number_that_a_spreadsheet_shows_so(offer, spelling):
    """From a hundred thousand million on all numbers are shown as such, with three digits at least."""
    assert spelt(pl.Series([offer, "Offer A"])).to_list() == [spelling, "offer a"]


@pytest.mark.parametrize("offer", ["9" * 400, "1.5E99", "0e0", "9" * 18 + "e99"])
def test_no_number_is_too_long_to_be_compared(offer):
    """RESULTS may have been written by anybody."""
    assert spelt(pl.Series([offer])).null_count() == 0


def test_an_offer_without_a_spelling_stays_without_one():
    """Missing offers, and those that are as they are."""
    assert spelt(pl.Series(["", None, "45", "045"])).to_list() == ["", None, "45", "45"]
