"""Which lines without an id are sums of the rows that passed by, in whichever order and batches these come."""

from __future__ import annotations

import pytest

from importer.schema import TotalRows
from tests.schema.tables import batches, noted


def totals(text: str) -> list[int]:
    """The rows that are totals, by their numbers, of files (`||`) in batches; see `noted`."""
    finder, found = TotalRows(any_id=False), []
    for file in text.split("||"):
        finder.begin()
        tables, left_out = noted(file)
        for rows, cells, columns in batches(*tables, left_out=left_out):
            lines = finder(rows, cells, columns, ~rows["excluded"] if rows["excluded"].any() else None)
            found += lines.filter(lines["error_code"].eq_missing("total_row"))["row"].to_list()
    return found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("1 2 =3", [3]),
        ("1 2 =4", []),
        ("1 =1", []),  # it may be that row once more
        ("1 ~1", [2]),
        ("1 =1 2 3 =5", [2, 5]),
        ("1 =1 2 3 =5 =6", [2, 5, 6]),
        ("1 =1 | 2 3 =7", [5]),
        ("1 2 =3 | 4 =4", [3, 5]),
        ("1 2 =3 | 4 =5 | 6 =6", [3]),
        ("1 2 =3 | 4 =5 6 | =15", [3, 7]),
        ("1 2 =3 | 4 5 | 6 =15", [3, 7]),
        ("1 2 =3 | 4 5 | 6 =18", [3, 7]),
        ("1 2 =3 || 4 =4", [3]),
        ("1 2 || 4 =7", [2]),
        ("1 2 =3 || 4 5 =12", [3, 3]),
        ("1 2 || 4 5 =9 =12", [3, 4]),
        ("2 =2 1 1 T3", [5]),
        ("1 2 =3 | =4 | =4", [3, 5]),
        ("1 2 =3 =4 =4", [3, 5]),
        ("2 =2 1 1 =4 T3", [2, 5, 6]),
        ("T9 2 =2", [1, 3]),
        ("2 =2 T9 3 =3", [3, 5]),
        ("2 -1 =1", [3]),
        ("2 -1 =2", []),
        ("2 3 -1 =5 1 1 -2 =1", [4]),
        ("2 3 -1 =4 1 3 -2 =2", [4, 8]),
        ("0 0 =0", []),
        ("1 1 =0 =2", [4]),
        ("=3 1 2", []),
        ("=3", []),
        ("1 2 =3 =3 =3", [3, 4, 5]),
        ("1 2 =4 =7", [4]),
        ("1 x2 5 =6", [4]),
        ("1 x2 5 =8", [4]),
        ("1 x2 5 =7", []),
        ("1 x2 5 | =8 =6", [4, 5]),
        ("1 2 | 3 | x4 5 | 6 =21 =17", [7, 8]),
        ("1 x2 | 3 | 4 | =10 =8", [5, 6]),
        ("1 2 | =3 | x4 4 | =4", [3, 6]),
        ("1 2 | =3 4 =4 | x4 | =4", [3, 5, 7]),
    ],
)
def test_lines_that_are_sums(lines: str, found: list[int]) -> None:
    assert totals(lines) == found
