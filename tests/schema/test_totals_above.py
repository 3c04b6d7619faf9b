"""Which lines without an id are the sums of the rows below them."""

from __future__ import annotations

import pytest

from importer.schema import TotalRows, TotalsAbove, may_begin_with_a_total
from tests.schema.tables import batches, noted


def above(text: str) -> list[int] | None:
    """The rows that are such sums, by their numbers; None where too many may be. See `noted`."""
    finder, words = TotalsAbove(), TotalRows(any_id=False)
    for rows, cells, columns in batches(*noted(text)[0]):
        finder.add(rows, words.said(rows, cells, columns))
    return None if finder.are_too_many else sorted(finder.rows())


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("=3 1 2", [1]),
        ("=4 1 2", []),
        ("=3 1 2 =5 2 3", [1, 4]),
        ("=3 1 2 =5 5", [1, 4]),
        ("=3 3 =5 5", []),
        ("~3 3", [1]),
        ("=3 3", []),
        ("=3 3 ~5 5", [3]),
        ("=8 =3 1 2 =5 2 3", [1, 2, 5]),
        ("=8 =3 1 2 | =5 2 | 3", [1, 2, 5]),
        ("=8 =3 1 2 =4 2 3", [2]),
        ("=12 =3 1 2 =4 2 3", [1, 2]),
        ("=3 | 1 | 2", [1]),
        ("=3 1 T9 2", [1]),
        ("T3 1 2", []),
        ("1 =5 2 3", [2]),
        ("=2 1 3 -2", [1]),
        ("=4 1 3 -2", [1]),
        ("=3 1 3 -2", []),
        ("=0 0 0", [1]),
        ("=1 =2 =3", []),
        ("=3 =2 =1", [1]),
        (" ".join(["=3 1 2"] * 2000), [*range(1, 6000, 3)]),
        (" ".join(["=3 1 2"] * 2001), None),
        (" ".join(["=3 1 2"] * 2000) + " | =3 1 2 | 5", None),
        (" ".join(["=3 1 2"] * 1999) + " | =3 1 2 | 5", [*range(1, 5998, 3)]),
    ],
)
def test_lines_that_are_sums(lines: str, found: list[int] | None) -> None:
    assert above(lines) == found


@pytest.mark.parametrize(
    ("first", "may"),
    [("=3 1 2", True), ("~0.01", True), ("=0 1", False), ("=-3 1", False), ("= 1", False), ("3", False)],
)
def test_what_may_begin_with_a_total(first: str, *, may: bool) -> None:
    ((rows, _, _),) = batches(*noted(first)[0])
    assert may_begin_with_a_total(rows.head(1)) is may
    assert may_begin_with_a_total(rows.clear()) is False
