"""Which cells of a field were typed as numbers or dates."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from importer.schema.batch_cells import typed_cells


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
