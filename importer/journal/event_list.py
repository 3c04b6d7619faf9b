"""All events of a journal, and what is asked of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from importer.journal.events import Event, ResultsWritten, RunEnd, RunStart, StateChanged, VerdictGiven
from importer.journal.verdict_lines import VerdictLines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_Results = TypeVar("_Results", int, str)
STOPPED_FOR_DOUBTS = ("doubts", "too_many_failures", "outage")


class Events(tuple[Event, ...]):
    """The events of a journal, in order."""

    __slots__ = ()

    @property
    def starts(self) -> list[RunStart]:
        """The runs that began."""
        return [event for event in self if isinstance(event, RunStart)]

    @property
    def ends(self) -> list[RunEnd]:
        """The runs that ended."""
        return [event for event in self if isinstance(event, RunEnd)]

    @property
    def began(self) -> set[str]:
        """The names of the runs that began."""
        return {start.run for start in self.starts}

    @property
    def ended(self) -> set[str]:
        """The names of the runs that ended."""
        return {end.run for end in self.ends}

    @property
    def written(self) -> list[ResultsWritten]:
        """The last few times that RESULTS was written."""
        return [event for event in self if isinstance(event, ResultsWritten)]

    @property
    def verdicts(self) -> Iterator[VerdictGiven]:
        """What people said about rows in doubt."""
        for event in self:
            if isinstance(event, VerdictGiven):
                yield event
            elif isinstance(event, VerdictLines):
                yield from event

    @property
    def last_start(self) -> RunStart | None:
        """How the last run began."""
        return next(iter(self.starts[-1:]), None)

    @property
    def unended(self) -> RunStart | None:
        """How the last run began, if it has not ended."""
        runs = [event for event in self if isinstance(event, RunStart | RunEnd)]
        return runs[-1] if runs and isinstance(runs[-1], RunStart) else None

    @property
    def states(self) -> list[StateChanged]:
        """How the last run was held up, as far as it has told."""
        at = max((place for place, event in enumerate(self) if isinstance(event, RunStart)), default=0)
        return [event for event in self[at:] if isinstance(event, StateChanged)]

    @property
    def digests(self) -> set[str | None]:
        """The digests of RESULTS as it was written, the last few times."""
        return {event.sha256 for event in self.written}

    @property
    def stopped_for_doubts(self) -> bool:
        """Whether the last run that sent anything stopped because answers were lost; the cause may still be there."""
        ends = [end for end in self.ends if end.requests]
        return bool(ends) and ends[-1].stopped in STOPPED_FOR_DOUBTS

    def tell(self, start: RunStart) -> bool:
        """Whether the last run has ended and was the same: what it began with says all that `start` says."""
        last = self.last_start
        return last is not None and self.unended is None and last.says_the_same(start)

    @property
    def posting(self) -> set[str]:
        """The names of the runs that began and had something to post."""
        return self.began - self._idle

    @property
    def _idle(self) -> set[str]:
        return {end.run for end in self.ends if end.was_idle}

    def without_idle_runs(self) -> Events:
        """The events but for runs that had nothing to post: of those the last one says as much as all."""
        idle = self._idle
        return Events(event for event in self if not isinstance(event, RunStart | RunEnd) or event.run not in idle)

    def with_results(self, *written: ResultsWritten, keep: int) -> Events:
        """These and `written`, as a run leaves them that has ended: what held it up is in its end.

        With the last `keep` of RESULTS only: an older copy that is put back is still known.
        """
        others = [event for event in self if not isinstance(event, ResultsWritten | StateChanged)]
        return Events((*others, *[*self.written, *written][-keep:]))


def with_a_run_in_common(runs: Mapping[_Results, Collection[str]]) -> Iterator[tuple[_Results, _Results]]:
    """Each of some results with the first that has one of its `runs`: copies of each other have."""
    first: dict[str, _Results] = {}
    for results, names in runs.items():
        others = {first.setdefault(name, results) for name in names}
        yield from ((results, other) for other in others if other != results)
