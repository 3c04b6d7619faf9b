"""What imports into other folders are to know of this one: where RESULTS lies, and which rows it may record."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import real_path
from importer.model import MAY_COUNT
from importer.plan import ResultsIndex, cannot_be, held_for

if TYPE_CHECKING:
    from pathlib import Path

    from importer.model import Listener, Summary
    from importer.plan import Earlier
    from importer.run.job import Job
    from importer.run.verdicts import Cases


class Noting:
    """Notes it in the user's index of results, if one is kept. An index that cannot be written is said, no more."""

    def __init__(self, job: Job, listener: Listener) -> None:
        self._job, self._listener = job, listener
        self._index = job.decided.index
        self._results = real_path(job.opened.results)
        self._old: bytes | None = None
        self._has_begun = False
        self._written: tuple[str | None, str] | None = None
        self._recorded = self._not_recorded = pl.Series(dtype=pl.UInt64)

    def begin(self, run: str) -> None:
        """The rows are about to be posted, by the run of that name."""
        if self._index is not None:
            try:
                self._old = self._index.note(self._results, self._job.decided.may_be_recorded(posting=True), run)
                self._has_begun = True
            except OSError as error:
                self._say(error)

    def take_back(self) -> None:
        """None was posted, and another run has the right to them."""
        if self._index is not None and self._has_begun:
            self._index.take_back(self._results, self._old)

    def written(self, run: str | None, digest: str, may_count: pl.Series) -> None:
        """RESULTS is written; of each row of the input it says whether it is recorded, or may be.

        `run` is the name of this run if it has sent anything: the journal does not keep the others.
        """
        self._written = run, digest
        self._recorded = self._job.decided.recorded(may_count)
        self._not_recorded = self._job.decided.not_recorded(may_count)
        if self._has_begun:
            self._close()

    def _close(self) -> None:
        if self._index is not None and self._written is not None:
            try:
                rows = self._recorded, self._not_recorded
                self._index.close(self._results, *rows, *self._written, self._job.opened.earlier)
            except OSError as error:
                self._say(error)

    def end(self, summary: Summary) -> None:
        """The import has ended, with that `summary`, and said what there was to say."""
        if self._index is None:
            return
        if not any(str(status) in MAY_COUNT for status in summary.by_status):
            self.take_back()
            self._has_begun = False
        try:
            if not self._has_begun:
                self._index.touch(self._results, self._job.decided.may_be_recorded(posting=False))
        except OSError as error:
            self._say(error)
        self._close()
        self._index.settle()

    def _say(self, error: OSError) -> None:
        self._listener.notice("warning", "state", cannot_be("written", error))


def free(results: Path, written: str | None, earlier: Earlier, cases: Cases) -> None:
    """Rows that a verdict calls not recorded may be posted, wherever; an index that cannot be written keeps them.

    `written` is the digest of RESULTS, if the verdicts are written there.
    """
    lines, told = earlier.fates.lines, cases.columns("place", "told_recorded")
    places = told["place"].filter(~told["told_recorded"])
    counted = lines["status"].is_in(MAY_COUNT).scatter(places, False)
    rows = lines["key_a"].gather(pl.concat([places, held_for(earlier.fates, places, results)]))
    target = earlier.header["target"]
    assert target is not None  # verdicts are on rows that went to an API
    free_ones = rows.filter(~rows.is_in(lines["key_a"].filter(counted).implode()))
    with suppress(OSError):
        ResultsIndex.of(target).free(real_path(results), free_ones, written, earlier)
