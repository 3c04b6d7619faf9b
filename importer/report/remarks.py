"""How many rows of a RESULTS have each code, as its lines say now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Status
from importer.report.reading import open_book

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
