"""Which rows options leave out, and why; what is said of a condition that leaves none, or all, or names what is "
"nowhere."""

from __future__ import annotations

import polars as pl
import pytest

from importer.schema import Columns
from importer.schema.row_filter import HIDDEN, RowFilter, _Wanted, kept, marked
from importer.settings.conditions import condition_of


def remarks(condition: str, *batches: list[str | None], ragged: bool = False) -> list[str]:
    wanted = _Wanted(condition_of(condition))
    for cells in batches:
        ragged_cells = pl.Series([ragged] * len(cells), dtype=pl.Boolean)
        wanted.holds(pl.DataFrame({"0": pl.Series(cells, dtype=pl.String), "ragged": ragged_cells}), 0)
    return list(wanted.remarks())


def test_the_values_of_a_column_are_named_as_they_come():
    """Eight of them, in the order of the file, however many there are, each once."""
    many = [f"value {number}" for number in range(5000)]
    (said,) = remarks("status=sale", many, many)
    assert said.endswith(f"The column holds {', '.join(repr(value) for value in many[:8])}.")


@pytest.mark.parametrize(
    ("condition", "cells", "said"),
    [
        ("status=sale", ["sale", "click"], None),
        (
            "status=sale",
            ["click", None, " click"],
            " leaves no row at all: every row is excluded. The column holds 'click', empty cells.",
        ),
        ("status=sale", ["sale", "Sale "], " leaves out no row: all 2 are kept."),
        ("status=sale,lead", ["sale", "click"], ": no row has 'lead'. The column holds 'click'."),
        ("status=lead,sale,send", ["sale", "x" * 41], f": no row has 'lead', 'send'. The column holds '{'x' * 40}'."),
        (
            "status=h,g,f,sale,e,d,c,b,a",
            ["sale", "click"],
            ": no row has 'h', 'g', 'f', 'e', 'd', 'c', 'b', 'a'. The column holds 'click'.",
        ),
        ("status!=click", ["click"], " leaves no row at all: every row is excluded."),
        ("status!=void", ["sale", "click"], " leaves out no row: all 2 are kept. The column holds 'sale', 'click'."),
        ("status!=void,click", ["sale", "click"], ": no row has 'void'. The column holds 'sale'."),
        ("status=1,2", ["1", "3"], None),
        ("status=1,lead", ["1", "3"], None),
        ("status=1", ["01", "1.0"], " leaves no row at all: every row is excluded. The column holds '01', '1.0'."),
        ("status=sale", [], None),
    ],
)
def test_a_condition_that_may_be_a_slip_is_remarked(condition, cells, said):
    """With the values that there are; that a number is nowhere says nothing."""
    assert remarks(condition, cells) == ([] if said is None else [f"--where {condition}{said}"])


def test_values_that_come_later_are_seen():
    """Rows of all batches count."""
    assert remarks("status=sale,lead", ["sale"], ["click"], ["lead"]) == []
    assert remarks("status=sale", ["sale"] * 600, ["Sale"] * 600) == [
        "--where status=sale leaves out no row: all 1,200 are kept."
    ]


def test_rows_of_a_wrong_length_do_not_count():
    """What stands in them is of another column."""
    assert remarks("status=sale", ["click"], ragged=True) == []


def batch(cells: dict[str, list[object]]) -> pl.DataFrame:
    height = len(next(iter(cells.values())))
    kinds = {name: pl.String for name in cells if name.isdecimal()}
    return pl.DataFrame({"ragged": [False] * height} | cells, schema_overrides=kinds)


def columns(*where: int) -> Columns:
    return Columns({"revenue": 0}, {}, where=where)


def why(cells: dict[str, list[object]], *conditions: str, **options: object) -> list[str | None] | None:
    filter_ = RowFilter([*map(condition_of, conditions)], **{"skip_hidden": False} | options)
    found = filter_.why(batch(cells), columns(*range(1, len(conditions) + 1)))
    return None if found is None else found.to_list()


def test_why_a_row_is_left_out():
    """The first reason counts; of a ragged row nobody can tell what its cells say, but that it is hidden."""
    cells = {
        "0": ["€1", "$2", "3", "5 EUR", "$6", "$7"],
        "1": ["A ", "b", "b", "1", "c", "b"],
        "2": ["ok", "ok", "ok", "Void", "void", "void"],
        "hidden": [False, False, False, False, False, True],
        "ragged": [False, False, False, False, True, True],
    }
    dollars, of_x, of_y = "Left out by --currency EUR.", "Left out by --where x=a,1.", "Left out by --where y!=void."
    assert why(cells, "x=a,1", "y!=void", skip_hidden=True, currency="EUR") == [None, dollars, of_x, of_y, None, HIDDEN]
    assert why(cells, "x=a,1", "y!=void") == [None, of_x, of_x, of_y, None, None]
    assert why(cells) is None
    assert why({"0": ["1"]}, skip_hidden=True) is None


@pytest.mark.parametrize(
    ("condition", "kept_rows"),
    [("x=1", [0, 1]), ("x=1.0", [0, 1]), ("x=one,1", [0, 1, 4]), ("x!=1", [2, 3, 4]), ("x=", [3]), ("x=two", [])],
)
def test_a_number_is_met_by_its_value(condition, kept_rows):
    """Where the file has it as a number; a text is compared as it is written."""
    cells = {"0": ["5"] * 5, "1": ["1", "1.0", "01", None, "One"], "1#number": [True, True, False, None, False]}
    found = why(cells, condition)
    assert found is not None
    assert [n for n, reason in enumerate(found) if reason is None] == kept_rows


def test_amounts_of_no_such_currency():
    """Without a single one it may be a slip; an amount that shows none is kept."""
    for currency, said in (("GBP", 1), ("USD", 0)):
        filter_ = RowFilter([], skip_hidden=False, currency=currency)
        for cell in ("$1", "2", "€3"):
            filter_.why(batch({"0": [cell]}), columns())
        assert len([*filter_.remarks()]) == said
    (remark,) = remarks_of_currency("GBP", "$1")
    assert remark == "--currency GBP: no amount shows this currency, and all that show another are excluded."
    assert remarks_of_currency("GBP", "1") == []
    nothing = RowFilter([], skip_hidden=False, currency="GBP")
    assert nothing.why(batch({"0": ["$1"]}), Columns({}, {"revenue": "5"})) is None


def test_every_condition_may_be_remarked():
    """In the order in which they were given, before the currency."""
    conditions = [condition_of(text) for text in ("x=a", "x!=b", "x!=void")]
    filter_ = RowFilter(conditions, skip_hidden=False, currency="GBP")
    filter_.why(batch({"0": ["$1", "$2"], "1": ["a", "c"]}), columns(1, 1, 1))
    assert [said.partition(":")[0] for said in filter_.remarks()] == [
        "--where x!=b leaves out no row",
        "--where x!=void leaves out no row",
        "--currency GBP",
    ]


def remarks_of_currency(currency: str, *cells: str) -> list[str]:
    filter_ = RowFilter([], skip_hidden=False, currency=currency)
    filter_.why(batch({"0": list(cells)}), columns())
    return [*filter_.remarks()]


ROWS = pl.DataFrame(
    {
        "error_message": [None, "bad: x.", None, "outside_period: y."],
        "error_code": [None, "bad", None, "outside_period"],
    }
)


def test_rows_that_are_left_out_say_so_first():
    reasons = pl.Series([None, "Hidden.", "Left out.", None])
    assert marked(ROWS, reasons).select("error_message", "excluded").rows() == [
        (None, False),
        ("Hidden. bad: x.", True),
        ("Left out.", True),
        ("outside_period: y.", False),
    ]
    assert marked(ROWS, None)["excluded"].to_list() == [False] * 4
    assert marked(ROWS, reasons).columns == [*ROWS.columns, "excluded"]
    left_out = RowFilter([condition_of("x=a")], skip_hidden=False)(ROWS, batch({"1": ["a", "b", "a", "a"]}), columns(1))
    assert left_out["excluded"].to_list() == [False, True, False, False]


@pytest.mark.parametrize(
    ("rows", "reasons", "left"),
    [
        (ROWS, None, [True, True, True, False]),
        (ROWS, [None, "x", None, None], [True, False, True, False]),
        (ROWS.head(3), [None, None, "x"], [True, True, False]),
        (ROWS.head(3), [None] * 3, None),
        (ROWS.head(3), None, None),
        (ROWS.head(1), None, None),
    ],
)
def test_rows_that_no_option_leaves_out(rows, reasons, left):
    """Neither a condition nor the period; None where these are all."""
    found = kept(rows, None if reasons is None else pl.Series(reasons, dtype=pl.String))
    assert (None if found is None else found.to_list()) == left
