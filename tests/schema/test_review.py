"""All guards together: which rows they hear of, and which columns are read for them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from importer.errors import InputError
from importer.schema import match_columns
from importer.schema.guards import Guards, looked_at
from importer.schema.limits import OUTSIDE_PERIOD
from importer.schema.lines import TOTAL_ROW
from tests.schema.tables import HEADER, batches

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = [(f"tfb_{n:04}", f"{n}.10", "sale", "7", "2026-01-05", "Paid", "EUR") for n in range(1, 6)]  # 15.50
TITLES = (*HEADER, "Status", "Currency")


def guards(*tables: Sequence[tuple[str, ...]], code: str | None = None, **options: Any) -> Guards:
    """The guards that looked at these rows; those with an id of `x` have the code, or are left out without one."""
    found = Guards(**{"hidden_decided": True, "some_left_out": False, "null": (), "told": ()} | options)
    for rows, cells, columns in batches(*tables, header=TITLES, rules={"any_message_id": True}):
        is_x = rows["message_id"].str.starts_with("x")
        coded = rows.with_columns(error_code=pl.when(is_x).then(pl.lit(code)).otherwise("error_code"))
        found.look("june.csv", coded if code else rows.with_columns(excluded=is_x), cells, columns)
    return found


def said(found: Guards) -> str:
    with suppress(InputError):
        found.verdict()
        return ""
    with pytest.raises(InputError) as caught:
        found.verdict()
    return str(caught.value)


def test_what_all_have_to_say_is_said_once() -> None:
    undone = [*ROWS, ("tfb_9999", "3.33", "sale", "7", "2026-01-05", "Refunded", "EUR")]
    assert said(guards(ROWS)) == ""
    assert said(guards(ROWS, told=("One.", "Two.", "One."))) == "One. Two. Nothing was posted."
    assert "'Refunded' 1 row (3.33)" in said(guards(undone))
    both = said(guards([*undone, ("tfb_8888", "18.83", "sale", "7", "2026-01-05", "Paid", "USD")]))
    assert all(part in both for part in ("'Refunded' 1 row", "in several currencies", "is the sum of all other rows"))
    assert both.endswith(" Nothing was posted.")


@pytest.mark.parametrize("code", [TOTAL_ROW, None])
def test_totals_and_what_is_left_out_have_no_say(code: str | None) -> None:
    """Other rows that break a rule are heard."""
    undone = ("x_999999", "3.33", "sale", "7", "2026-01-05", "Refunded", "USD")
    assert said(guards([*ROWS, undone], code=code)) == ""
    assert guards([*ROWS, undone], code=code).currency() == ("EUR", "Currency")
    other = said(guards([*ROWS, undone], code="missing_revenue"))
    assert "'Refunded' 1 row" in other
    assert "in several currencies" in other
    assert guards([*ROWS, undone], code="missing_revenue").currency() is None


@pytest.mark.parametrize(
    ("amount", "some_left_out", "code", "is_asked"),
    [
        ("15.50", False, None, True),  # of all that are not left out
        ("15.50", True, None, True),
        ("25.50", True, None, True),  # of all
        ("25.50", False, None, False),
        ("15.50", True, OUTSIDE_PERIOD, True),
        ("25.50", True, OUTSIDE_PERIOD, True),
        ("15.50", False, OUTSIDE_PERIOD, False),
        ("25.50", False, OUTSIDE_PERIOD, True),
        ("20.50", True, None, False),
    ],
)
def test_a_total_is_of_all_or_of_what_is_not_left_out(
    amount: str, code: str | None, *, some_left_out: bool, is_asked: bool
) -> None:
    """What lies outside of the period counts as left out."""
    total = ("tfb_8888", amount, "sale", "7", "2026-01-05", "Paid", "EUR")
    left_out = ("x_999999", "10.00", "sale", "7", "2026-01-05", "Paid", "EUR")
    sentence = said(guards([*ROWS, left_out, total], code=code, some_left_out=some_left_out))
    assert sentence.startswith("june.csv: row 7 ('tfb_8888') is the sum of all other rows, ") is is_asked
    assert bool(sentence) is is_asked


LOOKED_AT = {
    "Status": None,
    "Currency": None,
    "Net amount": None,
    "Invoice no": None,
    "Stage": ["approved", "cancelled", "approved", "approved"],
    "Coin": ["EUR", "USD", "EUR", "EUR"],
    "Note": None,
}
OTHERS = {"Colour": ["red", "blue", "red", "red"], "Weather": None, "Partner": ["", "x", "N/A", ""]}


def test_the_columns_that_guards_look_at() -> None:
    """By their names, or by what stands in them, of which there may be nothing to be seen."""
    header = [*HEADER[:3], *LOOKED_AT, *OTHERS]
    columns = match_columns(header, "june.csv", mapping={}, constants={}, keep=())
    found = looked_at(columns, lambda at: (LOOKED_AT | OTHERS)[header[at]], null=("n/a",))
    assert [header[at] for at in sorted(found)] == [*LOOKED_AT]


def test_hidden_rows_are_a_question_until_it_is_decided() -> None:
    for decided in (False, True):
        found = guards(hidden_decided=decided)
        for rows, cells, columns in batches(ROWS, header=TITLES):
            found.look("june.xlsx", rows, cells.with_columns(hidden=pl.int_range(pl.len()) == 1), columns)
        assert ("hides 1 row (2.10), by hand or by a filter (its rows 3)" in said(found)) is not decided
