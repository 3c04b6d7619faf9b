"""What the journal says about the runs: who, when, with which input and options, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.journal import ControlTotals, ResultsWritten, RunEnd, RunStart
from importer.model import Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from importer.journal import VerdictGiven
    from importer.report.reading import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run, from its events. What the journal does not say is None or empty."""

    results: str
    run: str
    started: str
    ended: str | None
    version: str
    target: str
    inputs: tuple[Mapping[str, Any], ...]
    options: Mapping[str, Any]
    requests: int | None = None
    retries: int | None = None
    throttled: int | None = None
    paused_s: float | None = None
    recorded: Share | None = None
    stopped: str | None = None
    latency_ms: Mapping[str, float] | None = None
    rate: tuple[tuple[float, int, int], ...] = ()
    rate_bucket_s: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's word on a row in doubt."""

    results: str
    at: str
    by: str
    source: str
    row: str
    message_id: str
    revenue: str
    verdict: str
    revenue_id: str
    why: str

    @property
    def name(self) -> str:
        """`june.csv row 17`; of a row that the file has no longer its message."""
        return f"{self.source} row {self.row}" if self.row else f"message {self.message_id}, no longer in {self.source}"


@dataclass(frozen=True, slots=True)
class Control:
    """The control totals that a run was given; `current` says that the input is still what that run read."""

    rows: int | None
    revenue: Decimal | None
    current: bool


def runs_of(book: Book) -> list[Run]:
    """The runs in order."""
    ends = {end.run: end for end in book.events.ends}
    return [_run(book, start, ends.get(start.run)) for start in book.events.starts]


def last_posting(runs: Sequence[Run]) -> Run | None:
    """The last run that sent anything, or did not end and may have; where there is none, the last one."""
    return next((run for run in reversed(runs) if run.requests != 0), runs[-1] if runs else None)


def _run(book: Book, start: RunStart, end: RunEnd | None) -> Run:
    given = {**{f"map {k}": v for k, v in start.map.items()}, **{f"set {k}": v for k, v in start.set.items()}}
    ended_at = end.at if end else None
    end = end or RunEnd(run=start.run, at="")
    return Run(
        results=book.name,
        run=start.run,
        started=start.at,
        ended=ended_at,
        version=start.version,
        target=start.target or book.history.header.get("target") or "",
        inputs=start.inputs,
        options={**start.options, **given},
        requests=end.requests,
        retries=end.retries,
        throttled=end.throttled,
        paused_s=end.paused_s,
        recorded=end.recorded,
        stopped=end.stopped,
        latency_ms=end.latency_ms or None,
        rate=tuple((float(s), int(answers), int(throttled)) for s, answers, throttled in end.rate or ()),
        rate_bucket_s=end.rate_bucket_s,
    )


def verdicts_of(book: Book) -> list[Verdict]:
    """What people said about rows in doubt, in order."""
    return [_verdict(book.name, given) for given in book.events.verdicts]


def _verdict(results: str, given: VerdictGiven) -> Verdict:
    names = ("at", "by", "source", "row", "message_id", "revenue", "verdict", "revenue_id", "why")
    return Verdict(results, *(_text(getattr(given, name)) for name in names))


def planned_total(book: Book) -> Share | None:
    """Rows and revenue of the input as the program counted them when it last read it; None where nobody noted it."""
    last = next((found for event in reversed(book.events) if (found := counted(event)) is not None), None)
    return None if last is None else sum(last.values(), Share())


def counted(event: object) -> Mapping[str, Share] | None:
    """The shares by status of the whole input that an event notes, if any: as planned, or as written."""
    if isinstance(event, RunStart):
        return event.planned
    return event.totals if isinstance(event, ResultsWritten) else None


def control_of(book: Book) -> Control | None:
    """The control totals of the last run that was given any."""
    given = [start for start in book.events.starts if start.control != ControlTotals()]
    if not given:
        return None
    start = given[-1]
    current = book.last_start is not None and start.digests == book.last_start.digests
    return Control(start.control.rows, start.control.revenue, current=current)


def _text(value: object) -> str:
    return "" if value is None else str(value)
