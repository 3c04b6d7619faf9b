"""The rows in doubt of a RESULTS, for a person: to go through one by one, or as a file to fill the verdicts in."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement, follow_link
from importer.errors import ResultsError, SettingsError
from importer.model import FIELDS, Status
from importer.plan import load_for_verdicts
from importer.results import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from polars.selectors import Selector

_SUFFIXES = (".csv", ".xlsx")
_WIDTHS: Mapping[str | Selector, tuple[str, ...] | int] = {
    "error_message": 400, "why": 300, "revenue_id": 200, "finished_at": 180, "doubt_since": 180, "timestamp": 160,
}  # fmt: skip
DOUBTFUL = ("row", "source", *FIELDS, "doubt_since", "finished_at", "revenue_id", "error_code", "error_message")
"""What there is to know of a row in doubt: when it was sent, from `doubt_since` to `finished_at`, too."""


def rows_in_doubt(results: Path) -> pl.DataFrame:
    """The rows in doubt, as the journal has them, with the columns of `DOUBTFUL`; those that left the input come last.

    Raises:
        ResultsError: there are no such results, or they cannot be understood.
    """
    with closing(load_for_verdicts(follow_link(results))) as earlier:
        fates = earlier.fates
        rows = fates.at((fates.lines["status"] == str(Status.IN_DOUBT)).arg_true(), DOUBTFUL)
    place = pl.col("row").cast(pl.UInt32, strict=False)
    return rows.with_columns(pl.all().replace("", None)).sort("source", place, nulls_last=True, maintain_order=True)


def write_template(results: Path, path: Path) -> int:
    """Write the rows in doubt to a new file, with empty columns `verdict` and `why`; returns how many there are.

    Raises:
        SettingsError: the name ends in neither .csv nor .xlsx, or there is such a file, which may hold verdicts.
        ResultsError: the results cannot be understood, or no row is in doubt.
        StorageError: the disk refused.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise SettingsError(f"{path} ends in neither .csv nor .xlsx; give --verdicts a name that ends in one of them.")
    if path.exists():
        raise SettingsError(f"{path} is there already, and may hold verdicts: it is left untouched. Give another name.")
    rows = rows_in_doubt(results)
    if rows.is_empty():
        raise ResultsError(f"No row of {results.name} is in doubt.")
    empty = [pl.lit(None, pl.String).alias(name) for name in ("verdict", "why")]
    cells = rows.with_columns(map(harmless, DOUBTFUL)).select(*empty, *DOUBTFUL)
    with Replacement(path) as replacement:
        if path.suffix.lower() == ".csv":
            cells.write_csv(replacement.file, line_terminator="\r\n")
        else:
            cells.write_excel(replacement.file, "verdicts", column_widths=_WIDTHS, freeze_panes=(1, 0))
        replacement.sync()
        replacement.put()
    return rows.height
