"""Which line is the header of a file whose first line is none."""

from __future__ import annotations

import pytest

from importer.schema.columns.headless import _likely_header

ROW = ["tfb0raDk", "5.00", "sale"]
KNOWN = frozenset({"message_id", "revenue", "type"})


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([["June"], ["message_id", "revenue", "note"], ROW], 2),  # by two known names
        ([["revenue", "x", "y"], ["message_id", "revenue", "note"], ["message_id", "revenue", "type"], ROW], 3),
        ([["message_id", "message_id"], ["a", "b", "c"], ROW], 2),  # one name twice is one
        ([["June"], ["a", "b", "c"], ROW], 2),  # as long as the first row below it
        ([["June"], ROW, ROW], None),
        ([["June", "2026"], ["a"], ["b", "c"]], None),
        ([ROW, ROW], None),
        ([["a", "b", "c"], ["d", "e", "f"], ROW, ["g", "h", "i"], ROW], 2),
    ],
)
def test_by_its_names_or_above_the_first_row(lines: list[list[str]], found: int | None) -> None:
    line = _likely_header(list(enumerate(lines, 1)), KNOWN.__contains__)
    assert (line and line[0]) == found
