"""What the reasons in a rejects file say of its rows, until a person takes them away."""

from __future__ import annotations

import polars as pl

from importer.schema.columns import REASONS
from importer.schema.columns.match import Columns
from importer.schema.rejects_columns import UNMENDED, equal_before, equal_before_cell, with_reasons
from tests.support.normalised import GOOD, normalise

COLUMNS = Columns(positions={"message_id": 0}, constants={}, titles=("message_id", *REASONS), reasons=(1,))


def marked(*codes: str | None, columns: Columns = COLUMNS) -> tuple[list[bool], list[str | None]]:
    """Which rows are ragged, and the reasons that hold."""
    cells = pl.Series("1", codes, dtype=pl.String)
    batch = pl.DataFrame([pl.Series("0", ["tfb0raDk"] * len(codes)), cells]).with_columns(ragged=pl.lit(value=False))
    found = with_reasons(batch, columns)
    return found["ragged"].to_list(), found[UNMENDED].to_list() if UNMENDED in found.columns else []


def test_a_ragged_row_is_ragged_until_its_reason_is_gone() -> None:
    assert marked("ragged_row", "numeric_message_id", None) == (
        [True, False, False],
        ["ragged_row", "numeric_message_id", None],
    )


def test_what_can_be_seen_in_the_cells_again_needs_no_reason() -> None:
    assert marked("invalid_revenue", " ", None) == ([False] * 3, [])


def test_columns_of_others_say_nothing() -> None:
    assert marked("ragged_row", columns=Columns(positions={"message_id": 0}, constants={})) == ([False], [])


def test_equal_rows_elsewhere_are_told_with_their_content() -> None:
    """A row whose cells were mended since is another one, and nothing is said of it."""
    rows = normalise([GOOD, GOOD | {"revenue": "7.00"}]).with_columns(before=pl.Series([3, 1], dtype=pl.UInt32))
    cells = equal_before_cell(rows)
    assert equal_before(rows.drop("before"), cells).to_list() == [3, 1]
    assert equal_before(rows.drop("before"), cells.reverse()).to_list() == [0, 0]
    assert equal_before(rows.drop("before"), None).to_list() == [0, 0]
