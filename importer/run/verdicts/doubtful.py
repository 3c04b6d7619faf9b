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
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from polars.selectors import Selector

_SUFFIXES = (".csv", ".xlsx")
_SLICE_ROWS = 50_000
_MOST_IN_A_WORKBOOK = 100_000
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
    none = pl.DataFrame(schema=dict.fromkeys(DOUBTFUL, pl.String))
    return pl.concat([none, *_some_in_doubt(results)])


def _some_in_doubt(results: Path) -> Iterator[pl.DataFrame]:
    """The same, some at a time: of a million rows the sentences are long."""
    with closing(load_for_verdicts(follow_link(results))) as earlier:
        fates = earlier.fates
        numbers = (fates.lines["status"] == str(Status.IN_DOUBT)).arg_true()
        places = fates.at(numbers, ("source", "row")).with_columns(pl.col("row").cast(pl.UInt32, strict=False))
        order = places.select(pl.arg_sort_by("source", "row", nulls_last=True, maintain_order=True)).to_series()
        for begin in range(0, len(numbers), _SLICE_ROWS):
            rows = fates.at(numbers.gather(order.slice(begin, _SLICE_ROWS)), DOUBTFUL)
            yield rows.with_columns(pl.all().replace("", None))


def write_template(results: Path, path: Path) -> int:
    """Write the rows in doubt to a new file, with empty columns `verdict` and `why`; returns how many there are.

    Raises:
        SettingsError: the name ends in neither .csv nor .xlsx, there is such a file, which may hold verdicts, or the
            rows are too many for a workbook.
        ResultsError: the results cannot be understood, or no row is in doubt.
        StorageError: the disk refused.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise SettingsError(f"{path} ends in neither .csv nor .xlsx; give --verdicts a name that ends in one of them.")
    if path.exists():
        raise SettingsError(f"{path} is there already, and may hold verdicts: it is left untouched. Give another name.")
    with Replacement(path) as replacement:
        rows = _write_csv(results, replacement) if path.suffix.lower() == ".csv" else _write_excel(results, replacement)
        if not rows:
            raise ResultsError(f"No row of {results.name} is in doubt.")
        replacement.sync()
        replacement.put()
    return rows


def _write_csv(results: Path, replacement: Replacement) -> int:
    rows = 0
    for part in _some_in_doubt(results):
        _to_fill_in(part).write_csv(replacement.file, include_header=rows == 0, line_terminator="\r\n")
        rows += part.height
    return rows


def _write_excel(results: Path, replacement: Replacement) -> int:
    rows = rows_in_doubt(results)
    if rows.height > _MOST_IN_A_WORKBOOK:
        raise SettingsError(
            f"{rows.height:,} rows are in doubt, too many for a workbook to fill in. Give --verdicts a name in .csv."
        )
    _to_fill_in(rows).write_excel(replacement.file, "verdicts", column_widths=_WIDTHS, freeze_panes=(1, 0))
    return rows.height


def _to_fill_in(rows: pl.DataFrame) -> pl.DataFrame:
    empty = [pl.lit(None, pl.String).alias(name) for name in ("verdict", "why")]
    return rows.with_columns(map(harmless, DOUBTFUL)).select(*empty, *DOUBTFUL)
