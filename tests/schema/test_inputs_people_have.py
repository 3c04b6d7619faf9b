"""Cells as people have them: each kind with three examples, and what `check` makes of each of them.

The first example of a kind is one that went wrong for somebody; the others are of its kind, and nobody told them.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.checked import Heard, heard

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FIELDS = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")
GOOD = ("tfb0ra0", "24.99", "sale", "4521", "2026-06-01T12:00:00Z")
COMMA = {"decimal": "comma"}

# field, kind: the options; each cell and what is sent of it
READ: dict[tuple[str, str], tuple[dict[str, Any], dict[str, str | None]]] = {
    ("revenue", "spaces of any kind between groups"): (
        COMMA,
        {"1 249,00": "1249.00", "12\u202f345,6": "12345.6", "7\u2009000\u2009000": "7000000"},
    ),
    ("revenue", "the same with a decimal point"): (
        {},
        {"1\u00a0249.00": "1249.00", "12 345 678.9": "12345678.9", "1\u2007000": "1000"},
    ),
    ("revenue", "apostrophes of either kind between groups"): (
        {},
        {"1'234.50": "1234.50", "12\u2019345.5": "12345.5", "1'234'567": "1234567"},
    ),
    ("revenue", "one currency, as people write it"): (
        {},
        {"$24.99": "24.99", "USD 149.00": "149.00", "1,249.00 $": "1249.00"},
    ),
    ("message_id", "tricks that keep zeros"): (
        {},
        {'="00123456"': "00123456", "'00012345": "00012345", "\u001f0a1b2c3d": "0a1b2c3d"},
    ),
    ("message_id", "characters without a width"): (
        {},
        {"tfb0raD\u200bP": "tfb0raDP", "\ufeffnv8QL5Yr": "nv8QL5Yr", " kT93mQ0x\u2060": "kT93mQ0x"},
    ),
    ("message_id", "what looks like a number, a power or a truth"): (
        {},
        {"00012345": "00012345", "1e234567": "1e234567", "TRUE1234": "TRUE1234"},
    ),
    ("offer_id", "a word for empty, when it is told"): (
        {"null": ("NULL", "\\N", "nan")},
        {"NULL": None, "\\N": None, "nan": None},
    ),
    ("offer_id", "an offer that became a float"): ({}, {"4521.0": "4521.0", "7.0": "7.0", "120.00": "120.00"}),
    ("timestamp", "a zone behind a space, and fractions on some rows only"): (
        {},
        {
            "2026-06-01 12:00:00 UTC": "2026-06-01T12:00:00Z",
            "2026-06-01 12:00:00.25 -0400": "2026-06-01T16:00:00.25Z",
            "2026-06-01T12:00 GMT": "2026-06-01T12:00:00Z",
        },
    ),
    ("timestamp", "milliseconds since 1970"): (
        {"timestamp_format": ("epoch-ms",)},
        {
            "1780315200000": "2026-06-01T12:00:00Z",
            "1780315200250": "2026-06-01T12:00:00.25Z",
            "1780315199999": "2026-06-01T11:59:59.999Z",
        },
    ),
    ("timestamp", "seconds and microseconds since 1970"): (
        {"timestamp_format": ("epoch-s", "epoch-us")},
        {
            "1780315200": "2026-06-01T12:00:00Z",
            "1780315200000001": "2026-06-01T12:00:00.000001Z",
            "1780315201": "2026-06-01T12:00:01Z",
        },
    ),
    ("timestamp", "names of summer and winter time in one column"): (
        {"timestamp_format": ("%Y-%m-%d %H:%M %Z",), "timezone": "America/Los_Angeles"},
        {
            "2026-06-01 05:00 PDT": "2026-06-01T12:00:00Z",
            "2026-01-15 05:00 PST": "2026-01-15T13:00:00Z",
            "2025-11-02 01:30 PST": "2025-11-02T09:30:00Z",
        },
    ),
    ("timestamp", "a zone by its rules"): (
        {"timezone": "America/New_York"},
        {
            "2026-06-30 23:30:00": "2026-07-01T03:30:00Z",
            "2026-01-31 23:30:00": "2026-02-01T04:30:00Z",
            "2026-06-30": "2026-06-30T04:00:00Z",
        },
    ),
    ("attribution_type", "what the file calls it"): (
        {"value": ("attribution_type:Verkauf=sale", "attribution_type:Klick=click", "attribution_type:vente=sale")},
        {"Verkauf": "sale", "KLICK": "click", "vente": "sale"},
    ),
}

# field, kind: the options; the code, what its sentence says, and the cells
REFUSED: dict[tuple[str, str], tuple[dict[str, Any], str, str, tuple[str, ...]]] = {
    ("offer_id", "a word for empty"): ({}, "invalid_offer_id", "--null", ("NULL", "\\N", "nan")),
    ("offer_id", "more words for empty"): ({}, "invalid_offer_id", "--null", ("<NA>", "#N/A", "none")),
    ("timestamp", "no date, as programs write it"): (
        {},
        "past_timestamp",
        "before the year 2000",
        ("1970-01-01", "1899-12-30T00:00:00", "0001-01-01T00:00:00Z"),
    ),
    ("timestamp", "a day that is two"): (
        {},
        "invalid_timestamp",
        "--timestamp-format '%d/%m/%Y'",
        ("02/08/2026", "11/12/2026", "03/04/2026"),
    ),
    ("timestamp", "a time that no clock shows, or that two do"): (
        {},
        "invalid_timestamp",
        "",
        ("2026-06-31T12:00:00Z", "2026-06-01T24:00:00Z", "2026-06-01T12:00:60Z"),
    ),
    ("timestamp", "numbers since 1970, before they are told"): (
        {},
        "invalid_timestamp",
        "--timestamp-format epoch-",
        ("1780315200000", "1780315200", "1780315200000001"),
    ),
    ("revenue", "a refund"): ({}, "negative_revenue", "refunds cannot be sent", ("-24.99", "(24.99)", "24.99-")),
    ("revenue", "no amount"): ({}, "invalid_revenue", "", ("1,23.4", "1_000", "nan")),
    ("message_id", "a total in the place of an id"): ({}, "total_row", "sums up", ("Total", "Summe", "Grand total:")),
}

# kind: the zone, and what is said of it
ZONES = {
    "names that know no summer time": (("EST", "MST", "HST"), 1, "no summer time"),
    "abbreviations of several zones": (("IST", "BST", "PST"), 0, "say --timezone"),
    "names of Windows": (("Eastern Standard Time", "W. Europe Standard Time", "GMT Standard Time"), 0, "--timezone"),
}


def with_cells(path: Path, field: str, cells: Iterable[str]) -> Path:
    """Good rows, each with one of the cells in this field."""
    at = FIELDS.index(field)
    lines = [(f"{GOOD[0]}{n}", *GOOD[1:]) for n, _ in enumerate(cells)]
    return table(path, FIELDS, [(*one[:at], cell, *one[at + 1 :]) for one, cell in zip(lines, cells, strict=True)])


def table(path: Path, header: Sequence[str], lines: Iterable[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *lines])
    return path


@pytest.mark.parametrize(("field", "kind"), READ, ids=" ".join)
def test_what_can_only_be_one_thing_is_read(tmp_path: Path, field: str, kind: str) -> None:
    """Each cell is sent as what it says."""
    options, cells = READ[field, kind]
    found = heard(with_cells(tmp_path / "june.csv", field, cells), **options)
    assert found.column(field) == [*cells.values()]
    assert (found.posted, found.exit_status) == (3, 0)


@pytest.mark.parametrize(("field", "kind"), REFUSED, ids=" ".join)
def test_what_is_none_or_two_things_is_refused_with_a_way_on(tmp_path: Path, field: str, kind: str) -> None:
    """Each cell has its code, and what is said leads on."""
    options, code, said, cells = REFUSED[field, kind]
    found = heard(with_cells(tmp_path / "june.csv", field, cells), **options)
    assert (found.codes, found.posted) == ({code: 3}, 0)
    assert said in found.said


@pytest.mark.parametrize("kind", ZONES)
def test_zones_that_are_not_what_they_seem(tmp_path: Path, kind: str) -> None:
    """Never one that is merely spelt alike: warned about, or refused with those that it can be."""
    names, posted, said = ZONES[kind]
    file = with_cells(tmp_path / "june.csv", "timestamp", ["2026-06-30 23:30:00"])
    for name in names:
        found = heard(file, timezone=name)
        assert found.posted == posted, name
        assert said in found.said


@pytest.mark.parametrize(
    ("option", "cells"),
    [
        ("null", ("NULL", "\\N", "<NA>")),
        ("timestamp_format", ("02/08/2026", "1780315200000", "Jun 1, 2026 12:00 PM")),
    ],
)
def test_the_way_on_leads_on(tmp_path: Path, option: str, cells: Sequence[str]) -> None:
    """The option that is named for a cell, as it is written there, takes it."""
    field = "offer_id" if option == "null" else "timestamp"
    for cell in cells:
        file = with_cells(tmp_path / "june.csv", field, [cell])
        advised = heard(file).options(f"--{option.replace('_', '-')}")
        assert heard(file, **{option: tuple(advised[:1])}).posted == 1, cell


def test_what_makes_rows_differ(tmp_path: Path) -> None:
    """Equal rows with a conversion, an invoice and a date of their own are events of their own, when that is told."""
    header = (*FIELDS, "Conversion", "Rechnung", "Day")
    lines = [("tfb0raDP", *GOOD[1:], "c1", "r1", "1"), ("tfb0raDP", *GOOD[1:], "c2", "r2", "2")]
    file = table(tmp_path / "june.csv", header, lines)
    assert heard(file).codes == {"duplicate_row": 1}
    assert [heard(file, key=(name,)).posted for name in header[5:]] == [2, 2, 2]


def test_what_will_be_sent_is_shown(tmp_path: Path) -> None:
    """Three rows, with the five fields as they leave."""
    cells = ["2026-06-01 12:00:00 +02:00", "2026-06-02", "2026-06-03T01:00Z", "2026-06-04"]
    shown: Heard = heard(with_cells(tmp_path / "june.csv", "timestamp", cells))
    assert len(shown.rows) == 3
    assert shown.rows[0] == (*("tfb0ra00", "24.99", "sale", "4521"), "2026-06-01T10:00:00Z")
