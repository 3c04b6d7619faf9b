"""Which cell an example of a broken rule shows."""

from __future__ import annotations

import polars as pl
import pytest

from importer.model import Example, Finding, Share
from importer.plan.checked import Checked, _position

POSITIONS = {"message_id": 3, "revenue": 2, "attribution_type": 0, "offer_id": 5, "timestamp": 4}


@pytest.mark.parametrize(
    ("code", "position"),
    [
        ("missing_message_id", 3), ("numeric_message_id", 3), ("invalid_revenue", 2), ("revenue_too_high", 2),
        ("invalid_attribution_type", 0), ("unknown_offer", 5), ("invalid_offer_id", 5), ("future_timestamp", 4),
        ("ambiguous_timestamp", 4), ("ragged_row", 0), ("total_row", 0),
    ],
)  # fmt: skip
def test_an_example_is_the_cell_of_the_field_that_the_code_is_about(code, position):
    """Of a code that is about all of a row, the first cell of the row."""
    assert _position(POSITIONS, code) == position


def test_an_example_of_a_file_that_is_not_given_has_no_cell():
    """An earlier run found it."""
    found = Finding("invalid_revenue", Share(1), (Example("june.csv", 1, 2, "x"),))
    assert Checked(pl.DataFrame(), []).with_cells([found]) == (found,)
