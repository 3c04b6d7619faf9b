"""The cells of a field, and which of them were typed as numbers or dates."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from importer.schema import Columns
from importer.schema.batch_cells import cells_of, typed_cells


@pytest.mark.parametrize(
    ("columns", "typed"),
    [
        ({"positions": {"offer_id": 0}, "joined": {}}, [True, False, False]),
        ({"positions": {"offer_id": 2}, "joined": {}}, None),
        ({"positions": {}, "joined": {"offer_id": (0, 1)}}, [True, True, False]),
        ({"positions": {}, "joined": {"offer_id": (0, 2)}}, [True, False, False]),
        ({"positions": {}, "joined": {"offer_id": (0, 3)}}, [True, True, False]),
        ({"positions": {}, "joined": {}}, None),
    ],
)
def test_a_cell_is_typed_where_its_file_says_so(columns, typed):
    """What is not said is text; of several columns all are typed, but for those that are empty."""
    batch = pl.DataFrame(
        {
            "0": ["1", None, "3"],
            "0#number": [True, None, False],
            "1": ["1", "2", "3"],
            "1#number": [True, True, True],
            "2": ["", "x", "y"],
            "3": ["", "2", "3"],
            "3#number": [True, True, True],
        }
    )
    flags = typed_cells("offer_id", "number", batch, SimpleNamespace(**columns))
    assert (None if flags is None else flags.to_list()) == typed


BATCH = pl.DataFrame(
    {
        "0": ["a", "", None, " keine ", "NULL"],
        "1": ["2026-06-01T00:00:00Z", "2026-06-01T00:00:00", " 2026-06-01T08:00:00Z", None, "2026-06-01T00:00:00Z"],
        "2": [" 08:30 ", "", "09:00", "10:00", "keine"],
    }
)


@pytest.mark.parametrize(
    ("field", "columns", "null", "cells"),
    [
        ("message_id", Columns({"message_id": 0}, {}), [], ["a", "", None, " keine ", "NULL"]),
        ("message_id", Columns({"message_id": 0}, {}), ["keine"], ["a", None, None, None, "NULL"]),
        ("offer_id", Columns({"offer_id": 0}, {}), [], ["a", None, None, " keine ", "NULL"]),
        ("offer_id", Columns({"offer_id": 0}, {}), ["keine", "NULL"], ["a", None, None, None, None]),
        ("offer_id", Columns({}, {"offer_id": "x"}), [], ["x"] * 5),
        ("offer_id", Columns({}, {"offer_id": ""}), [], [None] * 5),
        ("offer_id", Columns({}, {}), [], [None] * 5),
        (
            "timestamp",
            Columns({"timestamp": 1}, {}, joined={"timestamp": (1, 2)}),
            ["keine"],
            ["2026-06-01 08:30", "2026-06-01T00:00:00", "2026-06-01T08:00:00Z 09:00", "10:00", "2026-06-01T00:00:00Z"],
        ),
    ],
)
def test_the_cells_of_a_field(field, columns, null, cells):
    """Of one column, of several with a space between them, or the same in all rows; words of `null` are empty.

    A date at midnight loses that where another column has the time of day.
    """
    found = cells_of(field, BATCH, columns, null)
    assert found.name == field
    assert found.to_list() == cells


def test_an_optional_column_that_is_empty_throughout_has_no_cells():
    batch = pl.DataFrame({"0": ["", ""]})
    assert cells_of("offer_id", batch, Columns({"offer_id": 0}, {}), []).to_list() == [None, None]
    assert cells_of("revenue", batch, Columns({"revenue": 0}, {}), []).to_list() == ["", ""]


def test_columns_that_are_empty_together_are_an_empty_cell():
    batch = pl.DataFrame(
        {"0": ["", None, " "], "1": [None, "", "x"], "2": ["", "y", None]}, schema_overrides={"0": pl.String}
    )
    columns = Columns({"timestamp": 0}, {}, joined={"timestamp": (0, 1, 2)})
    assert cells_of("timestamp", batch, columns, []).to_list() == [None, "y", "x"]
