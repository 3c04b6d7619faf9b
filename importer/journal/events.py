"""The events of a journal: runs that began and ended, results that were written, verdicts. Never the key.

They are what an auditor wants to know. On disk each is one JSON object whose `event` names its kind; what a version
before this one did not note is read as None or empty.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from importer.journal.approval import Approval
from importer.model import Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Json = Mapping[str, Any]  # whatever JSON can hold


class Event:
    """What happened, with a field for each fact; those in `OPTIONAL` are written only where they are known."""

    __slots__: ClassVar[tuple[str, ...]] = ()
    KIND: ClassVar[str]
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def from_json(cls, facts: Json) -> Self:
        """The event, as any version wrote it."""
        return cls(**{name: facts.get(name) for name in cls.__slots__})

    def to_json(self) -> Json:
        """The event as it is written."""
        facts = {name: _plain(getattr(self, name)) for name in self.__slots__}
        known = {name: fact for name, fact in facts.items() if fact is not None or name not in self.OPTIONAL}
        return {"event": self.KIND, **known}


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """What the input must have by the word of its sender, as far as the run was told."""

    rows: int | None = None
    revenue: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart(Event):
    """Who sends what to whom, and how: version, inputs with their digests, options, what was planned by status.

    `host` and `pid` are the machine and the process that the run is, `by` the system's user that started it. `plan` is
    the digest of what it carries out, and `approved` says that it was told to post nothing but that plan. `approval` is
    who did, where people log in to do so. `currency` is the one that every row says it is in, and the column.
    """

    KIND = "start"
    OPTIONAL = frozenset({"planned", "host", "pid", "by", "plan", "approved", "approval", "currency"})

    run: str
    at: str
    version: str
    target: str
    shard: str | None
    inputs: tuple[Json, ...]
    planned: Mapping[str, Share] | None
    options: Json
    control: ControlTotals
    map: Mapping[str, str]
    set: Mapping[str, str]
    host: str | None = None
    pid: int | None = None
    by: str | None = None
    plan: str | None = None
    approved: bool | None = None
    approval: Approval | None = None
    currency: Sequence[str] | None = None

    @classmethod
    def from_json(cls, facts: Json) -> RunStart:
        """The event, as any version wrote it."""
        control = facts.get("control") or {}
        revenue = control.get("revenue")
        return cls(
            run=facts.get("run", ""),
            at=facts.get("at", ""),
            version=facts.get("version", ""),
            target=facts.get("target", ""),
            shard=facts.get("shard"),
            inputs=tuple(facts.get("inputs", ())),
            planned=_shares(facts.get("planned")),
            options=facts.get("options", {}),
            control=ControlTotals(control.get("rows"), None if revenue is None else Decimal(revenue)),
            map=facts.get("map", {}),
            set=facts.get("set", {}),
            host=facts.get("host"),
            pid=facts.get("pid"),
            by=facts.get("by"),
            plan=facts.get("plan"),
            approved=facts.get("approved"),
            approval=Approval.from_json(facts.get("approval")),
            currency=facts.get("currency"),
        )

    @property
    def digests(self) -> list[str]:
        """The SHA-256 of each input, in no order."""
        return sorted(str(fact.get("sha256")) for fact in self.inputs)

    def says_the_same(self, other: RunStart) -> bool:
        """Whether the other run began with the same: but for its name, moment, place and user, and what was left to do.

        Nor does it matter whether its plan was noted, which versions before 1.0 did not.
        """
        of_this_run: dict[str, Any] = {"run": "", "at": "", **dict.fromkeys(self.OPTIONAL)}
        mine, others = (replace(start, **of_this_run).to_json() for start in (self, other))
        return json.dumps(mine, sort_keys=True) == json.dumps(others, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd(Event):
    """How a run went: requests, pauses, what was recorded, how soon the API answered.

    `stopped` is the word for why it ended early, if it did, `why` the sentence. `rate` has `(seconds since the start,
    answers, throttled)` for each step of `rate_bucket_s` seconds.
    """

    KIND = "end"
    OPTIONAL = frozenset(
        {"requests", "retries", "throttled", "paused_s", "recorded", "latency_ms", "rate", "rate_bucket_s", "why"}
    )

    run: str
    at: str
    requests: int | None = None
    retries: int | None = None
    throttled: int | None = None
    paused_s: float | None = None
    recorded: Share | None = None
    stopped: str | None = None
    why: str | None = None
    latency_ms: Mapping[str, float] | None = None
    rate: Sequence[Sequence[float]] | None = None
    rate_bucket_s: float | None = None

    @classmethod
    def from_json(cls, facts: Json) -> RunEnd:
        """The event, as any version wrote it."""
        pair = facts.get("recorded")
        return super(RunEnd, cls).from_json({**facts, "recorded": _share(pair) if pair else None})

    @property
    def was_idle(self) -> bool:
        """Whether the run had nothing to post."""
        return self.requests == 0 and not self.stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Event):
    """Why a run that is under way does not simply send, or (an empty text) that it does so again."""

    KIND = "state"

    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsWritten(Event):
    """RESULTS was written: how to know it again, and (where known) rows and revenue by status in it."""

    KIND = "results"
    OPTIONAL = frozenset({"totals"})

    sha256: str | None
    name: str
    totals: Mapping[str, Share] | None = None

    @classmethod
    def from_json(cls, facts: Json) -> ResultsWritten:
        """The event, as any version wrote it."""
        return super(ResultsWritten, cls).from_json({**facts, "totals": _shares(facts.get("totals"))})


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictGiven(Event):
    """A person's word on a row in doubt: who said what of which row, when, why, and what the doubt was.

    `evidence` is what a comparison found it by: the export's name and digest, its lines, and the guards.
    """

    KIND = "verdict"
    OPTIONAL = frozenset({"evidence"})

    at: str
    by: str
    row: int | None
    source: str
    message_id: str
    revenue: str
    verdict: str
    revenue_id: str | None
    why: str
    doubt: str | None
    evidence: Json | None = None


@dataclass(frozen=True, slots=True)
class OtherEvent(Event):
    """An event of a kind that this version does not know: it is kept as it is."""

    facts: Json

    @classmethod
    def from_json(cls, facts: Json) -> OtherEvent:
        """Whatever it is."""
        return cls(facts)

    def to_json(self) -> Json:
        """The same."""
        return self.facts


_KINDS = {kind.KIND: kind for kind in (RunStart, RunEnd, StateChanged, ResultsWritten, VerdictGiven)}


def event_from_json(facts: Json) -> Event:
    """The event that an E line of a journal tells."""
    kind: type[Event] = _KINDS.get(facts.get("event", ""), OtherEvent)
    return kind.from_json(facts)


def event_line(event: Event) -> bytes:
    """One event."""
    return b"E\t" + json.dumps(event.to_json(), separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def _plain(value: Any) -> Any:
    """A fact as JSON has it: amounts in plain notation, a share as `[rows, revenue]`."""
    match value:
        case Decimal():
            return f"{value:f}"
        case Share():
            return [value.rows, f"{value.revenue:f}"]
        case ControlTotals():
            return {"rows": value.rows, "revenue": _plain(value.revenue)}
        case Approval():
            return asdict(value)
        case dict():
            return {str(name): _plain(one) for name, one in value.items()}
    return value


def _share(pair: Sequence[Any]) -> Share:
    return Share(int(pair[0]), Decimal(pair[1]))


def _shares(pairs: Json | None) -> dict[str, Share] | None:
    return None if pairs is None else {status: _share(pair) for status, pair in pairs.items()}
