"""What is on record of an import: RESULTS and its journal, and which of the two is the truth now.

RESULTS is written at the end of a run, so it tells everything of every row. While a run is under way, or after one
that was killed, the journal knows more: what was sent since. A RESULTS that somebody changed may still tell what no
journal knows; what it counts for is the reader's to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from importer.disk import digest_of
from importer.errors import ResultsError
from importer.journal import History, ResultsWritten, journal_path, load, load_folded
from importer.model import FATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import polars as pl

    from importer.journal import RowsTaker


@dataclass
class ImportRecord:
    """One RESULTS and its journal, as far as they exist."""

    path: Path
    history: History
    has_results: bool
    has_journal: bool

    @cached_property
    def sha256(self) -> str | None:
        """The digest of RESULTS; None where there is none.

        Raises:
            ResultsError: it cannot be read.
        """
        if not self.has_results:
            return None
        try:
            return digest_of(self.path)
        except OSError as error:
            raise ResultsError(
                f"{self.path} cannot be read: {error.strerror}. Make it readable for this user."
            ) from error

    @property
    def as_written(self) -> bool | None:
        """Whether RESULTS is byte for byte as the program wrote it, lately; None without a journal or RESULTS."""
        if not (self.has_journal and self.has_results):
            return None
        return self.sha256 in self.history.events.digests

    @property
    def is_current(self) -> bool:
        """Whether RESULTS is as it was written last, and nothing has happened since."""
        last = self.history.events[-1] if self.as_written else None
        return isinstance(last, ResultsWritten) and last.sha256 == self.sha256

    @property
    def goes_on(self) -> bool:
        """Whether the last run's outcomes still stand apart from those of the runs before it."""
        return self.history.events.unended is not None or not self.history.live.is_empty()

    @property
    def unfinished(self) -> bool:
        """Whether a run has not ended (or not written RESULTS): the journal leads, RESULTS is older or missing."""
        return not self.has_results or self.goes_on

    @property
    def target(self) -> str:
        """The API that the rows went to, as far as the journal says."""
        last_start = self.history.events.last_start
        return self.history.header.get("target") or (last_start.target if last_start else "")

    @property
    def shard(self) -> str | None:
        """`I/N` where the run had only a part of the input."""
        return self.history.header.get("shard") or None


def open_compared(results: Path, columns: Sequence[str], fold: Callable[[pl.DataFrame], pl.DataFrame]) -> ImportRecord:
    """The same, for who compares the rows of a finished journal: what `fold` makes of them is kept of them.

    Raises:
        JournalError: the journal is damaged, foreign, or written by a newer version.
    """
    history = load_folded(journal_path(results), columns, fold)
    return ImportRecord(results, history, results.is_file(), has_journal=bool(history.header))


def open_record(results: Path, columns: Sequence[str] = FATE, each: RowsTaker | None = None) -> ImportRecord:
    """Read the journal of a RESULTS, and look whether that is there.

    `columns` are those wanted of the journal's rows, for who can do without the others' memory; `each` is given all of
    them, some rows at a time.

    Raises:
        JournalError: the journal is damaged, foreign, or written by a newer version.
    """
    history = load(journal_path(results), columns, each)
    # Not asked of the file once more: a run may be writing its first line just now.
    return ImportRecord(results, history, results.is_file(), has_journal=bool(history.header))
