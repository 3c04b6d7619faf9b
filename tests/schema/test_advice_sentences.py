"""What is advised of columns, word for word: which of them may hold a field, and which tell more of a time."""

from __future__ import annotations

import pytest

from importer.schema.columns.advice import advice_for, hints_for
from importer.schema.columns.contents import Contents
from importer.schema.columns.match import match_columns
from importer.schema.columns.names import ColumnNames

_ALL_OF_THEM = "Name the file's own with --map message_id=COLUMN --map revenue=COLUMN --map attribution_type=COLUMN"
_ANY_OF_THREE = "--map revenue=Amount_a or --map revenue=Amount_b or --map revenue=Amount_c"
_CONSTANT = "a field that is the same for all rows can be given as --set"


def advised(header: str, cells: str, *missing: str) -> str:
    """What is said of required fields that a file lacks; its rows are equal, with words apart."""
    names = ColumnNames(header.split(), "june.csv")
    return advice_for(names, missing, (), Contents([cells.split()] * 3))


@pytest.mark.parametrize("name", ["x", "Amount_"])
@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_three_columns_alike_are_named_and_no_more(name: str, many: int) -> None:
    """By their cells alone, or by their names, too."""
    columns = [f"{name}{letter}" for letter in "abcd"[:many]]
    by_cells = "" if name != "x" else ", by its cells,"
    said = {
        1: f"If {columns[0]}{by_cells} holds revenue, say --map revenue={columns[0]}",
        4: "Name the file's own with --map revenue=COLUMN",
    }.get(many, f"revenue may be in {' or '.join(columns)}: say --map revenue={' or --map revenue='.join(columns)}")
    assert advised(" ".join(columns), " ".join(["1.50"] * many), "revenue") == f"{said}; {_CONSTANT} FIELD=VALUE."


@pytest.mark.parametrize(
    ("header", "cells", "missing", "said"),
    [
        ("Amount y", "x z", "revenue", f"Name the file's own with --map revenue=COLUMN; {_CONSTANT} FIELD=VALUE."),
        (
            "Amount y", "5 1.50", "revenue",
            f"If Amount holds revenue, say --map revenue=Amount; {_CONSTANT} FIELD=VALUE.",
        ),
        ("x y", "5 7", "revenue", f"Name the file's own with --map revenue=COLUMN; {_CONSTANT} FIELD=VALUE."),
        (
            "y", "sale", "attribution_type",
            f"If y, by its cells, holds attribution_type, say --map attribution_type=y; {_CONSTANT} FIELD=VALUE.",
        ),
        (
            "SMS_ID y", "5 x", "message_id",
            f"If SMS_ID holds message_id, say --map message_id=SMS_ID; {_CONSTANT} FIELD=VALUE.",
        ),
        (
            "Amount_a Amount_b Amount_c Amount_d", "5 1.50 6 7", "revenue",
            f"If Amount_b holds revenue, say --map revenue=Amount_b; {_CONSTANT} FIELD=VALUE.",
        ),
        (
            "Amount_a Amount_b Amount_c", "5 1.50 6", "revenue",
            f"revenue may be in Amount_a or Amount_b or Amount_c: say {_ANY_OF_THREE}; {_CONSTANT} FIELD=VALUE.",
        ),
        (
            "y z", "s 5", "message_id revenue attribution_type",
            f"{_ALL_OF_THEM}; {_CONSTANT} attribution_type=sale.",
        ),
    ],
)  # fmt: skip
def test_a_column_is_advised_by_its_name_or_its_cells(header: str, cells: str, missing: str, said: str) -> None:
    assert advised(header, cells, *missing.split()) == said


_MIDNIGHT = "'D' holds dates alone, which count as midnight."
_ZONE = "If 'Timezone' tells the zone of the times, which are read in UTC, say"


@pytest.mark.parametrize(
    ("header", "rows", "times", "said"),
    [
        ("When Timezone", ["2026-06-01T10:00 Europe/Berlin"], [0], f"{_ZONE} --timezone Europe/Berlin."),
        ("When Timezone", ["2026-06-01T10:00 Europe/Berlin", "2026-06-01T10:00 Europe/Rome"], [0], ""),
        ("When Timezone", ["2026-06-01T10:00 CEST"], [0], f"{_ZONE} --map timestamp=When+Timezone."),
        ("When Timezone", ["2026-06-01T10:00Z CEST"], [0], ""), ("When Timezone", ["2026-06-01T10:00 UTC"], [0], ""),
        ("When Timezone tz", ["2026-06-01T10:00 CEST CEST"], [0], ""),
        ("D T Timezone", ["2026-06-01 10:00Z CEST"], [0, 1], ""),
        ("D T Timezone", ["2026-06-01 10:00 CEST"], [0, 1], f"{_ZONE} --map timestamp=D+T+Timezone."),
        (
            "D T", ["2026-06-01 10:00"], [0],
            f"{_MIDNIGHT} If 'D' and 'T' together hold timestamp, say --map timestamp=D+T.",
        ),
        ("D x", ["2026-06-01 y"], [0], ""), ("D", ["2026-06-01"], [0], ""), ("Timezone", ["Europe/Berlin"], [], ""),
    ],
)  # fmt: skip
def test_a_column_that_completes_a_time_is_pointed_to(
    header: str, rows: list[str], times: list[int], said: str
) -> None:
    """Its zone, where nobody has told it; its time of the day."""
    names, contents = ColumnNames(header.split(), "june.csv"), Contents([row.split() for row in rows])

    def hints(*, zone_is_told: bool) -> str:
        found = hints_for(
            names, absent=(), times=times, zone_is_told=zone_is_told, used=times, contents=lambda: contents
        )
        return " ".join(found)

    assert hints(zone_is_told=False) == said
    assert hints(zone_is_told=True) == ("" if said.startswith(_ZONE) else said)


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        (
            "Date Clock", "2026-06-01 10:00",
            "If 'Date' and 'Clock' together hold timestamp, say --map timestamp=Date+Clock.",
        ),
        ("Date x", "2026-06-01 y", "If 'Date' holds timestamp, say --map timestamp=Date."),
        ("Date Clock", "2026-06-01T08:00 10:00", "If 'Date' holds timestamp, say --map timestamp=Date."),
        ("x Offer_ids", "y 2026-06-01", "If 'Offer_ids' holds offer_id, say --map offer_id=Offer_ids."),
    ],
)  # fmt: skip
def test_optional_fields_that_a_file_may_have(header: str, cells: str, said: str) -> None:
    """A time of the day completes a date, and nothing else."""
    names, contents = ColumnNames(header.split(), "june.csv"), Contents([cells.split()] * 300)
    absent = ("offer_id",) if "offer_id" in said else ("offer_id", "timestamp")
    found = hints_for(names, absent=absent, times=[], zone_is_told=True, used=[], contents=lambda: contents)
    assert " ".join(found) == said


def test_the_first_of_names_like_a_field_is_nearest() -> None:
    for header in (["Umsatz netto", "Umsatz brutto"], ["x", "Umsatz netto", "Umsatz brutto", "Umsatz y"]):
        assert ColumnNames(header, "june.csv").nearest("revenue", ()) == header.index("Umsatz netto")


def test_what_a_rejects_file_adds_is_no_unused_column() -> None:
    header = ["message_id", "revenue", "attribution_type", "a", "error_code", "error_message", "equal_before"]
    columns = match_columns(header, "june.csv", mapping={}, constants={}, keep=())
    assert columns.unused == ("a",)
