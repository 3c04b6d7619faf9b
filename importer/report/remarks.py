"""What the lines of a RESULTS say now: how many rows have each code, and the lines themselves, a page at a time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Status
from importer.report.reading import open_book
from importer.results import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

_COUNTS = (pl.col("row").fill_null("") != "") & (pl.col("status") != str(Status.EXCLUDED))


def read_codes(path: Path) -> dict[str, int]:
    """Count the rows of the input by `error_code`, as `by_code` of `import --json` does.

    Raises:
        ResultsError: RESULTS cannot be read.
        JournalError: the journal is damaged.
    """
    counted: Counter[str] = Counter()
    for lines in open_book(path).lines():
        codes = lines.filter(_COUNTS)["error_code"].drop_nulls()
        counted.update(dict(codes.value_counts().iter_rows()))
    return {code: rows for code, rows in counted.items() if code}


def read_lines(path: Path, first: int, count: int, *, status: str = "", code: str = "") -> list[dict[str, str | None]]:
    """Return `count` lines from the one with the number `first` (0 is the first), of those with a status and a code.

    Each has the columns of RESULTS. Reading ends with the last of them.

    Raises:
        ResultsError: RESULTS cannot be read.
        JournalError: the journal is damaged.
    """
    wanted = [pl.col(name) == text for name, text in (("status", status), ("error_code", code)) if text]
    found: list[dict[str, str | None]] = []
    for lines in open_book(path).lines():
        some = lines.select(COLUMNS).filter(*wanted)
        found += some.slice(first, count - len(found)).to_dicts()
        first = max(0, first - some.height)
        if len(found) == count:
            break
    return found
