"""Which rows changed, are new or are gone, when rows without an amount are among them."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from importer.plan.approval.rows_changed import rows_changed

A, B, C = ("a", "1.00"), ("b", "2.00"), ("bad", None)


def frame(*rows: tuple[str, str | None]) -> pl.DataFrame:
    """Rows of `june.csv`: what each is known by, and its amount, if it has one."""
    return pl.DataFrame(
        {
            "name": ["june.csv"] * len(rows),
            "row": range(1, len(rows) + 1),
            "line": range(2, len(rows) + 2),
            "valid": [amount is not None for _, amount in rows],
            "key": [key for key, _ in rows],
            "event": [key for key, _ in rows],
            "amount": pl.Series([amount and Decimal(amount) for _, amount in rows], dtype=pl.Decimal(38, 2)),
        }
    )


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ((A, B), (B, A), "the order of the rows"),
        ((A, C), (C, A), "the order of the rows"),
        ((A, C), (A, C), "how rows are written, but no id, amount, type, offer or time"),
        ((A, C), (A, C, C), "1 new row: june.csv row 3 (line 4), no amount"),
        ((A, C, C), (A, C), "1 gone row: june.csv row 3 (line 4), no amount"),
        ((A, B, C), (C, B, C), "1 changed row: june.csv row 1 (line 2) was 1.00, and is no amount"),
        ((C, B, C), (A, B, C), "1 changed row: june.csv row 1 (line 2) was no amount, and is 1.00"),
        ((A,), (A, B, B), "2 new rows (4.00): june.csv row 2 (line 3), 2.00; june.csv row 3 (line 4), 2.00"),
    ],
)
def test_a_row_is_changed_where_it_stands(was, now, said):
    """One that only moved is not; of equal ones those are new that stand where none stood."""
    assert rows_changed(frame(*was), frame(*now)) == said
