"""Cells that go with their row into RESULTS and into the rejects file."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from importer.plan.carried_cells import CarriedCells
from importer.schema import Columns

SOURCES = [SimpleNamespace(header=("id", "note")), SimpleNamespace(header=("id", "shop", "note"))]
COLUMNS = [
    Columns(positions={"message_id": 0}, constants={}, keep=(("note", 1),)),
    Columns(positions={"message_id": 0}, constants={}, keep=(("shop", 1), ("note", 2))),
]
ROWS = pl.DataFrame({"error_message": ["too short", None]}, {"error_message": pl.String})
CELLS = {"0": ["a", "b"], "1": ["n1", "n2"]}


def added(*, with_raw: bool, **more: list[str | None]) -> pl.DataFrame:
    carried = CarriedCells(SOURCES, COLUMNS, with_raw=with_raw)
    return carried.added(ROWS, pl.DataFrame(CELLS | more), SOURCES[0], COLUMNS[0])


@pytest.mark.parametrize("with_raw", [False, True])
def test_a_row_has_nothing_in_columns_that_its_file_lacks(*, with_raw: bool) -> None:
    found = added(with_raw=with_raw).to_dict(as_series=False)
    raw = {"raw_0": ["a", "b"], "raw_1": ["n1", "n2"], "raw_2": [None, None]}
    kept = {"keep_0": ["n1", "n2"], "keep_1": [None, None]}
    assert found == ROWS.to_dict(as_series=False) | kept | (raw if with_raw else {})


def test_what_stands_beyond_the_header_is_handed_on_with_the_reason() -> None:
    found = added(with_raw=True, surplus=["one more", None])["error_message"].to_list()
    assert found == ["too short Beyond the header: one more", None]
    assert added(with_raw=False, surplus=["one more", None])["error_message"].to_list() == ["too short", None]
