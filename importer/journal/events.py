"""The events of a journal: runs that began and ended, results that were written, verdicts. Never the key.

They are what an auditor wants to know. On disk each is one JSON object whose `event` names its kind; what a version
before this one did not note is read as None, and not written when its journal is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from importer.model import Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Json = Mapping[str, Any]  # whatever JSON can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """Who sends what to whom, and how: version, inputs with their digests, options, what was planned by status.

    `control_rows` and `control_revenue` are the totals that the input must have, if the run was given any.
    """

    KIND: ClassVar = "start"

    run: str
    at: str
    version: str
    target: str
    shard: str | None
    inputs: tuple[Json, ...]
    planned: Mapping[str, Share] | None
    options: Json
    control_rows: int | None
    control_revenue: Decimal | None
    map: Mapping[str, str]
    set: Mapping[str, str]

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
            control_rows=control.get("rows"),
            control_revenue=None if revenue is None else Decimal(revenue),
            map=facts.get("map", {}),
            set=facts.get("set", {}),
        )

    def to_json(self) -> Json:
        """The event as it is written."""
        revenue = self.control_revenue
        facts = {
            "event": self.KIND,
            "run": self.run,
            "at": self.at,
            "version": self.version,
            "target": self.target,
            "shard": self.shard,
            "inputs": self.inputs,
            "planned": _pairs(self.planned),
            "options": self.options,
            "control": {"rows": self.control_rows, "revenue": None if revenue is None else f"{revenue:f}"},
            "map": dict(self.map),
            "set": dict(self.set),
        }
        return _known(facts, "planned")

    @property
    def digests(self) -> list[str]:
        """The SHA-256 of each input, in no order."""
        return sorted(str(fact.get("sha256")) for fact in self.inputs)

    def says_the_same(self, other: RunStart) -> bool:
        """Whether the other run began with the same: but for its name, its moment and what was left to do."""
        mine, others = (replace(start, run="", at="", planned=None).to_json() for start in (self, other))
        return json.dumps(mine, sort_keys=True) == json.dumps(others, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run went: requests, pauses, what was recorded, why it stopped if it did, how soon the API answered.

    `rate` has `(seconds since the start, answers, throttled)` for each step of `rate_bucket_s` seconds.
    """

    KIND: ClassVar = "end"

    run: str
    at: str
    requests: int | None = None
    retries: int | None = None
    throttled: int | None = None
    paused_s: float | None = None
    recorded: Share | None = None
    stopped: str | None = None
    latency_ms: Mapping[str, float] | None = None
    rate: Sequence[Sequence[float]] | None = None
    rate_bucket_s: float | None = None

    @classmethod
    def from_json(cls, facts: Json) -> RunEnd:
        """The event, as any version wrote it."""
        named = {name: facts.get(name) for name in cls.__slots__}
        return cls(
            **{**named, "run": facts.get("run", ""), "at": facts.get("at", ""), "recorded": _share(named["recorded"])}
        )

    def to_json(self) -> Json:
        """The event as it is written."""
        facts = {"event": self.KIND, **{name: getattr(self, name) for name in self.__slots__}}
        facts["recorded"] = None if self.recorded is None else _pair(self.recorded)
        return _known(facts, *(name for name in facts if name != "stopped"))

    @property
    def was_idle(self) -> bool:
        """Whether the run had nothing to post."""
        return self.requests == 0 and not self.stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsWritten:
    """RESULTS was written: how to know it again, and (where known) rows and revenue by status in it."""

    KIND: ClassVar = "results"

    sha256: str | None
    name: str
    totals: Mapping[str, Share] | None = None

    @classmethod
    def from_json(cls, facts: Json) -> ResultsWritten:
        """The event, as any version wrote it."""
        return cls(sha256=facts["sha256"], name=facts.get("name", ""), totals=_shares(facts.get("totals")))

    def to_json(self) -> Json:
        """The event as it is written."""
        facts = {"event": self.KIND, "sha256": self.sha256, "name": self.name, "totals": _pairs(self.totals)}
        return _known(facts, "totals")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictGiven:
    """A person's word on a row in doubt: who said what of which row, when, why, and what the doubt was."""

    KIND: ClassVar = "verdict"

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

    @classmethod
    def from_json(cls, facts: Json) -> VerdictGiven:
        """The event, as any version wrote it."""
        named: dict[str, Any] = {name: facts.get(name) for name in cls.__slots__}
        return cls(**named)

    def to_json(self) -> Json:
        """The event as it is written."""
        return {"event": self.KIND, **{name: getattr(self, name) for name in self.__slots__}}


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """An event of a kind that this version does not know: it is kept as it is."""

    facts: Json

    @classmethod
    def from_json(cls, facts: Json) -> OtherEvent:
        """Whatever it is."""
        return cls(facts)

    def to_json(self) -> Json:
        """The same."""
        return self.facts


Event = RunStart | RunEnd | ResultsWritten | VerdictGiven | OtherEvent
_KINDS: dict[str, type[Event]] = {kind.KIND: kind for kind in (RunStart, RunEnd, ResultsWritten, VerdictGiven)}


def event_from_json(facts: Json) -> Event:
    """The event that an E line of a journal tells."""
    return _KINDS.get(facts.get("event", ""), OtherEvent).from_json(facts)


def event_line(event: Event) -> bytes:
    """One event."""
    return b"E\t" + json.dumps(event.to_json(), separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def _known(facts: dict[str, Any], *optional: str) -> Json:
    """The facts without those of `optional` that nobody noted."""
    return {name: fact for name, fact in facts.items() if fact is not None or name not in optional}


def _pair(share: Share) -> list[Any]:
    """A share as events write it: rows, and revenue in plain notation."""
    return [share.rows, f"{share.revenue:f}"]


def _pairs(shares: Mapping[str, Share] | None) -> dict[str, list[Any]] | None:
    return None if shares is None else {str(status): _pair(share) for status, share in shares.items()}


def _share(pair: Sequence[Any] | None) -> Share | None:
    return Share(int(pair[0]), Decimal(pair[1])) if pair else None


def _shares(pairs: Json | None) -> dict[str, Share] | None:
    return (
        None
        if pairs is None
        else {status: Share(int(rows), Decimal(revenue)) for status, (rows, revenue) in pairs.items()}
    )
