"""What is said of recorded rows that the input does not have, and of rows that RESULTS has no line for."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from importer.plan.missing import _contents, _kept, _new

RESULTS = Path("some") / "june.results.csv"


@pytest.mark.parametrize(
    ("rows", "kept", "new"),
    [
        (0, [], []),
        (
            1,
            ["june.results.csv records 1 row that the input has no longer; it stays at its end."],
            ["june.results.csv has no line for 1 row to post."],
        ),
        (
            1_204,
            ["june.results.csv records 1,204 rows that the input has no longer; they stay at its end."],
            ["june.results.csv has no line for 1,204 rows to post."],
        ),
    ],
)
def test_what_is_allowed_to_be_missing_is_said(rows: int, kept: list[str], new: list[str]) -> None:
    frame = pl.DataFrame({"row": [None] * rows})
    assert (_kept(frame, RESULTS), _new(frame, RESULTS)) == (kept, new)


def test_a_few_of_them_are_named_by_what_they_say() -> None:
    """Message, amount and time, where it has one."""
    fates = pl.DataFrame(
        [(f"m{n}", f"{n}.50", "" if n else "2026-06-01T10:00:00Z") for n in range(9)],
        schema=["message_id", "revenue", "timestamp"],
        orient="row",
    )
    said = _contents(fates).split("; ")
    assert said[:2] == ["message m0, 0.50, 2026-06-01T10:00:00Z", "message m1, 1.50, no timestamp"]
    assert len(said) < fates.height
