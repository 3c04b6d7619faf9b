"""The further rules that rows break, told by the reasons of these rows."""

from __future__ import annotations

import polars as pl
import pytest

from importer.schema import further_codes


@pytest.mark.parametrize(
    ("reasons", "further"),
    [
        (["invalid_revenue: 'y' is no amount.", None, ""], {}),
        (["invalid_message_id: 'x'; invalid_revenue: 'y'.", "missing_message_id: It is empty; invalid_revenue: 'y'."],
         {"invalid_revenue": 2}),
        (["invalid_message_id: 'x; invalid_revenue: 1'.", "invalid_message_id: 'x' is; no id."], {}),
        (["invalid_message_id: 'x'; invalid_revenue: b; invalid_revenue: c; invalid_timestamp: d."],
         {"invalid_revenue": 1, "invalid_timestamp": 1}),
        (["ragged_row: It is; rejected: y."], {}),
    ],
)  # fmt: skip
def test_codes_behind_the_first(reasons: list[str | None], further: dict[str, int]) -> None:
    """Each counts once a row; what stands in quotes is of a cell, and only codes of rules are told."""
    assert further_codes(pl.Series(reasons, dtype=pl.String)) == further
