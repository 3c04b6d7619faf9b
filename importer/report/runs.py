"""What the journal says about the runs: who, when, with which input and options, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from importer.model import EXACT, Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.report.reading import Book


_COUNTED = {"totals", "planned"}


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
    ends = {event.get("run"): event for event in book.events if event.get("event") == "end"}
    return [_run(book, start, ends.get(start.get("run"), {})) for start in _all(book, "start")]


def last_posting(runs: Sequence[Run]) -> Run | None:
    """The last run that sent anything, or did not end and may have; where there is none, the last one."""
    return next((run for run in reversed(runs) if run.requests != 0), runs[-1] if runs else None)


def _run(book: Book, start: Mapping[str, Any], end: Mapping[str, Any]) -> Run:
    given = {**{f"map {k}": v for k, v in start.get("map", {}).items()},
             **{f"set {k}": v for k, v in start.get("set", {}).items()}}  # fmt: skip
    return Run(
        results=book.name,
        run=str(start.get("run", "")),
        started=str(start.get("at", "")),
        ended=end.get("at"),
        version=str(start.get("version", "")),
        target=str(start.get("target") or book.history.header.get("target", "")),
        inputs=tuple(start.get("inputs", ())),
        options={**start.get("options", {}), **given},
        requests=end.get("requests"),
        retries=end.get("retries"),
        throttled=end.get("throttled"),
        paused_s=end.get("paused_s"),
        recorded=share_from(end.get("recorded")),
        stopped=end.get("stopped"),
        latency_ms=end.get("latency_ms") or None,
        rate=tuple((float(s), int(answers), int(throttled)) for s, answers, throttled in end.get("rate") or ()),
        rate_bucket_s=end.get("rate_bucket_s"),
    )


def verdicts_of(book: Book) -> list[Verdict]:
    """What people said about rows in doubt, in order."""
    names = ("at", "by", "source", "row", "message_id", "revenue", "verdict", "revenue_id", "why")
    return [Verdict(book.name, *(_text(event.get(name)) for name in names)) for event in _all(book, "verdict")]


def planned_total(book: Book) -> Share | None:
    """Rows and revenue of the input as the program counted them when it last read it; None where nobody noted it."""
    last = next((event for event in reversed(book.events) if _COUNTED & event.keys()), None)
    return None if last is None else sum(planned_shares(last).values(), Share())


def planned_shares(event: Mapping[str, Any]) -> dict[str, Share]:
    """The shares by status that an event names (`planned` of a start, `totals` of written results)."""
    return shares_of(event.get("totals", event.get("planned", {})))


def shares_of(pairs: Mapping[str, Any]) -> dict[str, Share]:
    """Shares by status as events write them."""
    return {status: found for status, pair in pairs.items() if (found := share_from(pair)) is not None}


def control_of(book: Book) -> Control | None:
    """The control totals of the last run that was given any."""
    for start in reversed(list(_all(book, "start"))):
        control = start.get("control") or {}
        if control.get("rows") is not None or control.get("revenue") is not None:
            revenue = control.get("revenue")
            amount = Decimal(revenue) if revenue is not None else None
            return Control(control.get("rows"), amount, current=_contents(start) == _contents(book.last_start))
    return None


def _contents(start: Mapping[str, Any]) -> list[str]:
    """The digests of what a run read, in any order."""
    return sorted(str(fact.get("sha256")) for fact in start.get("inputs", ()))


def share_from(pair: Sequence[Any] | None) -> Share | None:
    """A share as events write it: `[rows, "revenue"]`."""
    if not pair:
        return None
    try:
        return Share(int(pair[0]), EXACT.create_decimal(str(pair[1])))
    except (InvalidOperation, ValueError, IndexError):
        return None


def _all(book: Book, word: str) -> list[dict[str, Any]]:
    return [event for event in book.events if event.get("event") == word]


def _text(value: object) -> str:
    return "" if value is None else str(value)
