"""What is said of a condition that leaves no row, leaves out none, or names what is nowhere."""

from __future__ import annotations

import re

import polars as pl
import pytest

from importer.schema.row_filter import _Wanted
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
        ("status=sale", ["click", None], "leaves no row at all: every row is excluded. .* 'click', empty cells"),
        ("status=sale", ["sale", "Sale "], "leaves out no row: all 2 are kept"),
        ("status=sale,lead", ["sale", "click"], "no row has 'lead'. The column holds 'click'"),
        ("status!=click", ["click"], "leaves no row at all"),
        ("status!=void", ["sale", "click"], "leaves out no row: all 2 are kept"),
        ("status!=void,click", ["sale", "click"], "no row has 'void'"),
        ("status=1,2", ["1", "3"], None),
        ("status=sale", [], None),
    ],
)
def test_a_condition_that_may_be_a_slip_is_remarked(condition, cells, said):
    """With the values that there are; that a number is nowhere says nothing."""
    found = remarks(condition, cells)
    assert len(found) == (said is not None)
    assert re.search(said or "", "".join(found))


def test_rows_of_a_wrong_length_do_not_count():
    """What stands in them is of another column."""
    assert remarks("status=sale", ["click"], ragged=True) == []
