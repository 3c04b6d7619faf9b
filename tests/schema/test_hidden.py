"""What is said of rows that a sheet hides: how many, their money, and the first of them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from importer.schema.columns.match import Columns
from importer.schema.guards.hidden import HiddenRowsGuard

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = Columns(titles=("message_id", "revenue"), positions={"message_id": 0, "revenue": 1}, constants={})


def said(*batches: Sequence[bool]) -> list[str]:
    """Of a sheet that was read in these batches, by whether each row of it is hidden."""
    guard, line = HiddenRowsGuard(), 2
    for hidden in batches:
        lines = range(line, line + len(hidden))
        amounts = pl.Series("amount", [Decimal(1)] * len(hidden), dtype=pl.Decimal(38, 18))
        rows = pl.DataFrame([pl.Series("line", lines, dtype=pl.Int64), amounts])
        guard.look("june.xlsx", rows, pl.DataFrame({"hidden": hidden}), COLUMNS)
        line += len(hidden)
    return list(guard.verdict())


@pytest.mark.parametrize(
    ("batches", "rows", "first"),
    [
        (([True, False],), "1 row (1.00)", "2"),
        (([False, True, True], [False], [True]), "3 rows (3.00)", "3, 4, 6"),
        (([True], [True, False, True, True, True]), "5 rows (5.00)", "2, 3, 5, …"),
    ],
)
def test_the_first_rows_are_named(batches: Sequence[Sequence[bool]], rows: str, first: str) -> None:
    (sentence,) = said(*batches)
    assert sentence.startswith(f"june.xlsx: the sheet hides {rows}, by hand or by a filter (its rows {first}).")


def test_nothing_is_said_where_nothing_is_hidden() -> None:
    assert not said([False, False])
    guard = HiddenRowsGuard()
    guard.look("june.csv", pl.DataFrame({"line": [2]}), pl.DataFrame({"0": ["tfb0raDk"]}), COLUMNS)
    assert not list(guard.verdict())
