"""The results file read back: its lines as text, whatever program saved it since, and what cannot be in them."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.api import same_target
from importer.errors import ImporterError, NotResultsError, ResultsError
from importer.journal import with_doubt_since
from importer.model import KEY, MAY_COUNT, Status
from importer.results.file import COLUMNS, INTEGERS, is_results_header, kept_titles, key_position, lines_of
from importer.schema import AMOUNT, DIGEST
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.sources import Source

ELSEWHERE = "Choose another --results."
_PLAIN = r"^-?\d+(\.\d{1,18})?$"  # with more decimals it would be rounded
_TIMES = ("timestamp", "finished_at")


def read_results(path: Path, advice: str = ELSEWHERE, *, only: pl.Expr | None = None) -> pl.DataFrame:
    """The lines of a results file, as text, whatever dialect a spreadsheet saved it in; or `only` some of them.

    The columns are those of `COLUMNS`, with `line`, `ragged` and `doubt_since`, which the sentence in `error_message`
    tells, and `KEY` where a line has a key.

    Raises:
        NotResultsError: not a results file; `advice` says what to do.
        ResultsError: it cannot be read.
    """
    with _opened(path, advice) as source:
        position = key_position(source.header)
        batches = (_lines(batch, path, position) for batch in source.batches())
        frames = [lines if only is None else lines.filter(only) for lines in batches]
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=_kinds(COLUMNS))
    if KEY in frame.columns and frame[KEY].null_count() == frame.height:  # a kept column of that name
        frame = frame.drop(KEY)
    return with_doubt_since(frame.with_columns(doubt_since=pl.lit(None, pl.String)))


def load_results(results: str | Path) -> pl.DataFrame:
    """The lines of a results file, CSV or Parquet, as data.

    The columns are those of the file, the kept ones last and as text. `revenue` is exact, `Decimal(38, 18)`;
    `timestamp` (the event) and `finished_at` (the last attempt's end) are UTC, to the nanosecond. A cell that is no
    such value is null: rows that are not sent (`invalid`, `excluded`) keep their cells as they were read.

    Raises:
        NotResultsError: not a results file.
        ResultsError: it cannot be read, or has lines that were not written so.
    """
    path = Path(results)
    with _opened(path, ELSEWHERE) as source:
        titles = (*COLUMNS, *kept_titles(source.header, path))
        lines = [batch.select("line", "ragged").hstack(lines_of(batch, titles, path)) for batch in source.batches()]
    frame = pl.concat(lines) if lines else pl.DataFrame(schema=_kinds(titles))
    check_lines(frame, path)
    return frame.select(titles).with_columns(
        *(pl.col(name).cast(kind, strict=False) for name, kind in INTEGERS.items()),
        pl.when(pl.col("revenue").str.contains(_PLAIN)).then("revenue").cast(AMOUNT, strict=False).alias("revenue"),
        pl.col(*_TIMES).str.to_datetime("%+", time_unit="ns", time_zone="UTC", strict=False),
    )


@contextmanager
def _opened(path: Path, advice: str) -> Iterator[Source]:
    """A results file as a source; what is said of inputs is said of results."""
    try:
        source = open_inputs([str(path)])[0]
        if not is_results_header(source.header):
            raise NotResultsError(f"{path} is not a results file; it is left untouched. {advice}")
        yield source
    except ResultsError:
        raise
    except ImporterError as error:
        raise ResultsError(f"{path} cannot be read as a results file; it is left untouched. {error}") from error


def _kinds(titles: Sequence[str]) -> dict[str, type[pl.DataType]]:
    return {"line": pl.UInt32, "ragged": pl.Boolean} | dict.fromkeys(titles, pl.String)


def _lines(batch: pl.DataFrame, path: Path, key: int | None) -> pl.DataFrame:
    lines = batch.select("line", "ragged").hstack(lines_of(batch, COLUMNS, path))
    if key is None:
        return lines
    return lines.with_columns(batch[str(key)].str.strip_chars().str.to_lowercase().str.extract(DIGEST).alias(KEY))


def check_lines(frame: pl.DataFrame, results: Path) -> None:
    """Without its journal RESULTS is all there is to know: lines that cannot be as they were written are refused."""
    faults = {
        "has the wrong number of cells": pl.col("ragged"),
        "has no status that was written so": ~pl.col("status").is_in([str(s) for s in Status]).fill_null(value=False),
        "has a revenue_id, and a status that has none": has_vain_id(),
    }
    for fault, is_faulty in faults.items():
        faulty = frame.filter(is_faulty)
        if not faulty.is_empty():
            raise ResultsError(
                f"{results}, line {faulty['line'][0]}: the line {fault}. It was changed or cut, and what was sent can "
                "no longer be told. Nothing was posted; put back the file as it was written, or its journal."
            )


def has_vain_id() -> pl.Expr:
    """Lines with the proof that they were recorded, and a status that says they were not."""
    return ~pl.col("status").is_in(MAY_COUNT).fill_null(value=False) & pl.col("revenue_id").is_not_null()


def other_targets(frame: pl.DataFrame, target: str) -> list[str]:
    """The APIs other than `target` that lines name; a name that was cut off is none."""
    named = frame["target"].unique().drop_nulls().to_list()
    return [other for other in named if not same_target(other, target) and not target.startswith(other)]
