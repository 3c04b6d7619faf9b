"""One RESULTS with its journal: its lines, a batch at a time, of the one that is the truth now.

Where that is the journal, its rows are the lines, and what was planned for the rest of the input (kept in the journal
when the run began) makes the totals whole.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.disk import follow_link, real_path
from importer.errors import ImporterError, ResultsError
from importer.journal import RunStart, VerdictLines
from importer.results import (
    COLUMNS,
    ImportRecord,
    is_results_header,
    kept_titles,
    lines_of,
    open_compared,
    open_record,
    results_named,
)
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.journal import Events
    from importer.model import Share

BATCH_ROWS = 100_000
KEPT = "kept: "
"""What stands before the name of a `--keep` column in lines: it may be called like one that the report adds."""
# What RESULTS is compared by with its journal. Beside RESULTS nothing else of the journal's rows is shown.
COMPARED = ("row", "source", "message_id", "revenue", "status")


@dataclass
class Book(ImportRecord):
    """One RESULTS and its journal, with the columns of `--keep` in it."""

    keep: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def events(self) -> Events:
        """What the journal says of runs, results and verdicts."""
        return self.history.events

    @property
    def compacted_since(self) -> bool:
        """Whether a verdict after the last run began has put that run's outcomes with all others."""
        kinds = [type(event) for event in self.events if isinstance(event, RunStart | VerdictLines)]
        return RunStart in kinds and kinds[-1] is VerdictLines

    @property
    def noted_totals(self) -> Mapping[str, Share]:
        """Rows and revenue by status in RESULTS when it was written last; empty where nobody noted it."""
        return (self.events.written[-1].totals or {}) if self.events.written else {}

    @property
    def options(self) -> Mapping[str, Any]:
        """The options of the last run, as far as the journal says."""
        return self.events.last_start.options if self.events.last_start else {}

    def lines(self) -> Iterator[pl.DataFrame]:
        """Batches of `COLUMNS` and, behind `KEPT`, of `keep` as text (null where empty).

        They have `ragged`, too: a line with too many or few cells.

        Raises:
            ResultsError: RESULTS cannot be read.
        """
        if self.unfinished:
            return self._from_journal()
        return self._from_results()

    def _from_journal(self) -> Iterator[pl.DataFrame]:
        target = pl.lit(self.history.header.get("target"), pl.String).alias("target")
        return (part.with_columns(target) for part in as_lines(self.history.fates()))

    def _from_results(self) -> Iterator[pl.DataFrame]:
        titles = [*COLUMNS, *self.keep]
        try:
            for batch in open_inputs([str(self.path)])[0].batches():
                for part in batch.iter_slices(BATCH_ROWS):
                    lines = lines_of(part, titles, self.path).with_columns(part["ragged"])
                    yield lines.rename({name: KEPT + name for name in self.keep})
        except ResultsError:
            raise
        except ImporterError as error:
            raise ResultsError(f"{self.path} cannot be read as a results file. {error}") from error


def as_lines(fates: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Fates of the journal in the shape of lines of RESULTS, some at a time."""
    for part in fates.iter_slices(BATCH_ROWS):
        yield part.with_columns(pl.col(pl.String).replace("", None)).with_columns(ragged=pl.lit(value=False))


def open_book(path: Path, fold: Callable[[pl.DataFrame], pl.DataFrame] | None = None) -> Book:
    """Look at a RESULTS and its journal, of whose rows `fold` keeps a little where RESULTS is the truth.

    Raises:
        ResultsError: neither is there, or one is not what it should be.
    """
    path = follow_link(path)
    record = open_compared(path, COMPARED, fold or _nothing) if path.is_file() else open_record(path)
    if not record.has_results and not record.has_journal:
        raise ResultsError(f"{path} does not exist, and it has no journal. Name the results file of an import.")
    if record.has_results and record.unfinished:
        record = open_record(path)
    return Book(path, record.history, record.has_results, record.has_journal, _keep(path) if record.has_results else ())


def _nothing(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("status")


def _keep(path: Path) -> tuple[str, ...]:
    try:
        header = open_inputs([str(path)])[0].header
    except ImporterError as error:
        raise ResultsError(f"{path} cannot be read as a results file. {error}") from error
    if not is_results_header(header):
        raise ResultsError(f"{path} is not a results file. Name the file that `import` wrote.")
    return kept_titles(header, path)


def expand_results(patterns: Sequence[str]) -> list[Path]:
    """The results files that the arguments name: files, patterns; a journal stands for its RESULTS.

    Raises:
        ResultsError: a pattern matches nothing.
    """
    paths: dict[Path, Path] = {}
    for pattern in patterns:
        found = results_named(pattern)
        if not found and glob.has_magic(pattern):
            raise ResultsError(f"No results file matches {pattern}.")
        paths.update((real_path(match), match) for match in found or [Path(pattern)])
    return list(paths.values())
