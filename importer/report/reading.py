"""One RESULTS with its journal: which of the two is the truth now, and its lines, a batch at a time.

RESULTS is written at the end of a run, so it tells everything of every row. While a run is under way, or after one
that was killed, the journal knows more: what was sent since. Then its rows are the lines, and what was planned for the
rest of the input (kept in the journal when the run began) makes the totals whole.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.disk import digest_of, follow_link, real_path
from importer.errors import ImporterError, ResultsError
from importer.journal import History, is_empty, journal_path, load, unended
from importer.model import FATE
from importer.results import (
    COLUMNS,
    as_written,
    is_results_header,
    kept_titles,
    results_named,
)
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.sources import Source

BATCH_ROWS = 100_000
# What RESULTS is compared by with its journal. Beside RESULTS nothing else of the journal's rows is shown.
COMPARED = ("row", "source", "message_id", "revenue", "status")


@dataclass(slots=True)
class Book:
    """One RESULTS and its journal, as far as they exist. `sha256` is that of RESULTS."""

    path: Path
    history: History
    has_results: bool
    has_journal: bool
    sha256: str | None = None
    keep: tuple[str, ...] = ()
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def unfinished(self) -> bool:
        """Whether a run has not ended (or not written RESULTS): the journal leads, RESULTS is older or missing."""
        return not self.has_results or self.goes_on

    @property
    def goes_on(self) -> bool:
        """Whether the last run's outcomes still stand apart from those of the runs before it."""
        return bool(unended(self.events)) or not self.history.live.is_empty()

    @property
    def compacted_since(self) -> bool:
        """Whether a verdict after the last run began has put that run's outcomes with all others."""
        words = [event.get("event") for event in self.events]
        return "verdict" in words[len(words) - words[::-1].index("start") :] if "start" in words else False

    @property
    def noted_totals(self) -> Mapping[str, Any]:
        """Rows and revenue by status in RESULTS when it was written last; empty where nobody noted it."""
        last = [event for event in self.events if event.get("event") == "results"][-1:]
        return (last[0].get("totals") or {}) if last else {}

    @property
    def as_written(self) -> bool | None:
        """Whether RESULTS is byte for byte what the program wrote last; None without a journal or RESULTS."""
        if not (self.has_journal and self.has_results):
            return None
        return any(e["sha256"] == self.sha256 for e in self.events if e.get("event") == "results")

    @property
    def last_start(self) -> dict[str, Any]:
        """The event with which the last run began; empty where there is none."""
        return next((event for event in reversed(self.events) if event.get("event") == "start"), {})

    @property
    def target(self) -> str:
        """The API that the rows went to, as far as the journal says."""
        return str(self.history.header.get("target") or self.last_start.get("target") or "")

    @property
    def shard(self) -> str | None:
        """`I/N` where the run had only a part of the input."""
        shard = self.history.header.get("shard")
        return str(shard) if shard else None

    def lines(self) -> Iterator[pl.DataFrame]:
        """Batches of `COLUMNS` and `keep` as text (null where empty), and `ragged`: a line with too many or few cells.

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
            for batch in _opened(self.path).batches():
                for part in batch.iter_slices(BATCH_ROWS):
                    cells = part.select(pl.col(str(i)).replace("", None).alias(name) for i, name in enumerate(titles))
                    if self.path.suffix.lower() != ".parquet":
                        cells = cells.with_columns(as_written(name) for name in titles)
                    yield cells.with_columns(part["ragged"])
        except ResultsError:
            raise
        except ImporterError as error:
            raise ResultsError(f"{self.path} cannot be read as a results file. {error}") from error


def as_lines(fates: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Fates of the journal in the shape of lines of RESULTS, some at a time."""
    for part in fates.iter_slices(BATCH_ROWS):
        yield part.with_columns(pl.col(pl.String).replace("", None)).with_columns(ragged=pl.lit(value=False))


def open_book(path: Path) -> Book:
    """Look at a RESULTS and its journal.

    Raises:
        ResultsError: neither is there, or one is not what it should be.
    """
    path = follow_link(path)
    journal = journal_path(path)
    has_results, has_journal = path.is_file(), not is_empty(journal)
    if not has_results and not has_journal:
        raise ResultsError(f"{path} does not exist, and it has no journal. Name the results file of an import.")
    history = load(journal, COMPARED if has_results else FATE)
    book = Book(path, history, has_results, has_journal, events=history.events)
    if has_results and book.unfinished:
        book.history = load(journal)
    if has_results:
        try:
            header = _opened(path).header
        except ImporterError as error:
            raise ResultsError(f"{path} cannot be read as a results file. {error}") from error
        if not is_results_header(header):
            raise ResultsError(f"{path} is not a results file. Name the file that `import` wrote.")
        book.keep = kept_titles(header, path)
        book.sha256 = digest_of(path)
    return book


def _opened(path: Path) -> Source:
    return open_inputs([str(path)])[0]


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
