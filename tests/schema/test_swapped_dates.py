"""Dates of a workbook whose day and month are swapped, by those that are dates and those that are texts."""

from __future__ import annotations

import polars as pl
import pytest

from importer.schema.guards.dates import SwappedDatesGuard
from tests.schema.tables import HEADER, Batch, batches

SWAPPED = (
    "june.xlsx: a spreadsheet seems to have swapped day and month in the column 'timestamp': its dates all have days "
    "up to 12, such as {}, and beside them stand texts with numbers above it, such as {}. Take the file as it was "
    "before a spreadsheet opened it (as CSV, with --timestamp-format), or export it anew. If the dates are right, "
    "--ignore timestamp goes on."
)


def sheet(text: str, *ignored: str) -> list[Batch]:
    """Cells in batches (`|`), of which those with `=` are dates, and `_` is empty; a batch of texts has no types."""
    words = [part.split() for part in text.split("|")]
    tables = [
        [(f"tfb{n:02}{at:03}", "1", "sale", "", word.strip("=_")) for at, word in enumerate(part)]
        for n, part in enumerate(words)
    ]
    found = []
    for part, (rows, cells, columns) in zip(words, batches(*tables, columns={"ignore": ignored}), strict=True):
        typed = pl.Series("4#date", [word.startswith("=") for word in part])
        found.append(Batch(rows, cells.with_columns(typed) if typed.any() else cells, columns))
    return found


def said(parts: list[Batch]) -> list[str]:
    guard = SwappedDatesGuard()
    for rows, cells, columns in parts:
        guard.look("june.xlsx", rows, cells, columns)
    return list(guard.verdict())


@pytest.mark.parametrize(
    ("cells", "dates", "texts"),
    [
        ("=2026-05-06 =2026-12-12T10:00:00 13/06/2026", (1, 2), (3,)),
        ("=2026-05-06 _ =2026-05-07 =2026-05-08 6/13/2026 31.1.26,08:00 14-06-2026", (1, 3), (5, 6)),
        ("=2026-05-06 | 13/06/2026", (1,), (2,)),
        ("=2026-05-06 | _ | 13/06/2026", (1,), (3,)),
        ("=2026-05-06 =2026-05-07 =08:22:10 13/06/2026", (1, 2), (4,)),  # a time of day is no date
        ("=2026-05-13 =2026-05-06 13/06/2026", (), ()),
        ("=2026-05-06 12/11/2026", (), ()),
        ("=2026-05-06 13/06/2026 | 11/06/2026", (), ()),
        ("=2026-05-06 11/06/2026 | =2026-05-06 13/06/2026", (), ()),  # as its first dates were not
        ("=2026-05-13 | =2026-05-06 13/06/2026", (), ()),
        ("=2026-05-06 June", (), ()),
        ("=2026-05-06 =2026-05-07", (), ()),
        ("13/06/2026 14/06/2026", (), ()),
    ],
)
def test_dates_up_to_the_twelfth_beside_texts_of_later_days(
    cells: str, dates: tuple[int, ...], texts: tuple[int, ...]
) -> None:
    words = cells.replace("|", "").split()
    named = [", ".join(f"{words[row - 1].strip('=')!r} (row {row})" for row in rows) for rows in (dates, texts)]
    assert said(sheet(cells)) == ([SWAPPED.format(*named)] if dates else [])


def test_where_nothing_is_to_be_said_of_dates() -> None:
    """The column is to have no say, the file has none, or it is no sheet with lines."""
    cells = "=2026-05-06 13/06/2026"
    assert not said(sheet(cells, "timestamp"))
    assert not said([one._replace(cells=one.cells.with_columns(line=None)) for one in sheet(cells)])
    assert not said([*batches([("tfb00001", "1", "sale")], header=HEADER[:3])])
