"""Which lines without an id are sums of the rows that passed by, in whichever order and batches these come."""

from __future__ import annotations

import pytest

from importer.schema import TotalRows
from tests.schema.tables import batches


def totals(text: str) -> list[int]:
    """The rows that are totals, by their numbers, of files (`||`) in batches (`|`).

    `5` is a row, `-5` a refund; `=5` has no id, `~5` no type either, `T5` says that it is a total; `x5` is left out.
    """
    finder, found = TotalRows(any_id=False), []
    for file in text.split("||"):
        finder.begin()
        tables, left_out = [], []
        for part in file.split("|"):
            table = []
            for n, word in enumerate(part.split()):
                sign = word[0] if word[0] in "=~Tx" else ""
                message_id = {"=": "", "~": "", "T": "Total"}.get(sign, f"tfb{len(tables):02}{n:03}")
                left_out += [message_id] if sign == "x" else []
                table.append((message_id, word.removeprefix(sign), "" if sign == "~" else "sale", "", ""))
            tables.append(table)
        for rows, cells, columns in batches(*tables, left_out=left_out):
            kept = ~rows["excluded"] if "x" in text else None
            lines = finder(rows, cells, columns, kept)
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
    ],
)
def test_lines_that_are_sums(lines: str, found: list[int]) -> None:
    assert totals(lines) == found
