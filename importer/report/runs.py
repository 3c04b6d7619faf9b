"""What the journal says about the runs: who, when, with which input, options and shard, how it went, and how fast."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.journal import ControlTotals, ResultsWritten, RunEnd, RunStart
from importer.model import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.journal import Approval
    from importer.model import Status
    from importer.report.reading import Book

_MAX_POINTS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run, from its events. What the journal does not say is None or empty.

    `so_far` is what a run whose end is not on record sent, by what became of it.
    """

    results: str
    run: str
    started: str
    ended: str | None
    version: str
    target: str
    inputs: tuple[Mapping[str, Any], ...]
    options: Mapping[str, Any]
    by: str | None = None
    host: str | None = None
    plan: str | None = None
    approved: bool | None = None
    approval: Approval | None = None
    requests: int | None = None
    retries: int | None = None
    throttled: int | None = None
    paused_s: float | None = None
    recorded: Share | None = None
    so_far: Mapping[Status, Share] = field(default_factory=dict)
    stopped: str | None = None
    why: str | None = None
    latency_ms: Mapping[str, float] | None = None
    rate: tuple[tuple[float, int, int], ...] = ()
    rate_bucket_s: float | None = None

    @property
    def started_by(self) -> str:
        """The user of the system, and the machine; empty where the journal does not say."""
        return " on ".join(filter(None, (self.by, self.host))) if self.by else ""


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


def runs_of(book: Book, so_far: Mapping[Status, Share]) -> list[Run]:
    """The runs in order; `so_far` is what the last one sent, if it has not ended."""
    ends = {end.run: end for end in book.events.ends}
    runs = [_run(book, start, ends.get(start.run)) for start in book.events.starts]
    return [*runs[:-1], *(replace(run, so_far={} if run.ended else so_far) for run in runs[-1:])]


def last_posting(runs: Sequence[Run]) -> Run | None:
    """The last run that sent anything, or did not end and may have; where there is none, the last one."""
    return next((run for run in reversed(runs) if run.requests != 0), runs[-1] if runs else None)


def _run(book: Book, start: RunStart, end: RunEnd | None) -> Run:
    given = {f"{kind} {k}": v for kind, pairs in (("map", start.map), ("set", start.set)) for k, v in pairs.items()}
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
        by=start.by,
        host=start.host,
        plan=start.plan,
        approved=start.approved,
        approval=start.approval,
        requests=end.requests,
        retries=end.retries,
        throttled=end.throttled,
        paused_s=end.paused_s,
        recorded=end.recorded,
        stopped=end.stopped,
        why=end.why,
        latency_ms=end.latency_ms or None,
        rate=tuple((float(s), int(answers), int(throttled)) for s, answers, throttled in end.rate or ()),
        rate_bucket_s=end.rate_bucket_s,
    )


def verdicts_of(book: Book) -> list[Verdict]:
    """What people said about rows in doubt, in order."""
    names = ("at", "by", "source", "row", "message_id", "revenue", "verdict", "revenue_id", "why")
    return [Verdict(book.name, *(str(getattr(given, name) or "") for name in names)) for given in book.events.verdicts]


def leaving_out(options: Mapping[str, Any]) -> dict[str, str]:
    """The options of a run by which rows are `excluded`, each with its value."""
    given = {"where": options.get("where"), "currency": options.get("currency")}
    if options.get("hidden") == "skip":
        given["hidden"] = "skip"
    return {f"--{name}": " ".join(as_texts(value)) for name, value in given.items() if value}


def as_texts(value: object) -> list[str]:
    """The values of an option, which has one or several."""
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def planned_total(book: Book) -> Share | None:
    """Rows and revenue of the input as the program counted them when it last read it; None where nobody noted it."""
    last = next((found for event in reversed(book.events) if (found := counted(event)) is not None), None)
    return None if last is None else sum(last.values(), Share())


def total_as_read(book: Book) -> Share | None:
    """Rows and revenue of the input as the last run counted them before it wrote anything; None where none noted it."""
    start = book.events.last_start
    return sum(start.planned.values(), Share()) if start is not None and start.planned is not None else None


def counted(event: object) -> Mapping[str, Share] | None:
    """The shares by status of the whole input that an event notes, if any: as planned, or as written."""
    if isinstance(event, RunStart):
        return event.planned
    return event.totals if isinstance(event, ResultsWritten) else None


def control_of(book: Book) -> tuple[ControlTotals, bool] | None:
    """The control totals of the last run that was given any, and whether the input is still what that run read."""
    starts = book.events.starts
    for start in reversed(starts):
        if start.control != ControlTotals():
            return start.control, start.digests == starts[-1].digests
    return None


def some_shards(parts: Iterable[str | None]) -> str:
    """`shard 2 of 4`, `shards 1, 2, 4 of 4` where others are missing; empty where all are there, or there are none."""
    pairs = sorted({(int(of), int(part)) for name in parts if name for part, of in [name.split("/")]})
    counts = {of for of, _ in pairs}
    if len(counts) == 1 and len(pairs) == max(counts):
        return ""
    named = []
    for count in sorted(counts):
        here = [str(part) for of, part in pairs if of == count]
        named.append(f"shard{'s' if len(here) > 1 else ''} {', '.join(here)} of {count}")
    return " and ".join(named)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Answers (or settled rows) in equal steps of `step_s` seconds; `throttled` where it is known."""

    step_s: float
    counts: tuple[int, ...]
    throttled: tuple[int, ...]
    measured: bool

    @property
    def rates(self) -> list[float]:
        """A second, step by step."""
        return [count / self.step_s for count in self.counts]


def throughput_of(runs: Sequence[Run], seconds: Sequence[pl.DataFrame]) -> Throughput | None:
    """The throughput of the last run that posted; of all rows where none is known. None where nothing was sent."""
    run = last_posting([run for run in runs if run.requests != 0])
    if run is not None and run.rate:
        return _measured(run)
    if not seconds:
        return None
    counts = pl.concat(seconds).group_by("second").agg(pl.col("rows").sum())
    at = pl.col("second").str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    counts = counts.with_columns(at=at).drop_nulls("at")
    if run is not None and (start := _moment(run.started)) is not None:
        counts = counts.filter(pl.col("at") >= start)
        end = _moment(run.ended or "")
        counts = counts.filter(pl.col("at") <= end) if end is not None else counts
    return _derived(counts) if counts.height else None


def _measured(run: Run) -> Throughput:
    step = run.rate_bucket_s or (run.rate[1][0] - run.rate[0][0] if len(run.rate) > 1 else 1.0)
    answers, throttled = (tuple(point[i] for point in run.rate) for i in (1, 2))
    return Throughput(step or 1.0, answers, throttled, measured=True)  # type: ignore[arg-type]


def _derived(counts: pl.DataFrame) -> Throughput:
    seconds = counts["at"].dt.epoch("s")
    first, last = int(seconds.min()), int(seconds.max())  # type: ignore[arg-type]
    step = -(-(last - first + 1) // _MAX_POINTS)
    buckets = [0] * (-(-(last - first + 1) // step))
    for second, rows in zip(seconds, counts["rows"], strict=True):
        buckets[(int(second) - first) // step] += rows
    return Throughput(float(step), tuple(buckets), (), measured=False)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - all of them are UTC
    except ValueError:
        return None
