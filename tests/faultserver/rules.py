"""A plan at work: which rule a request meets, whether the limiter lets it pass, whether there is an outage."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar

from tests.faultserver.plan import Do, Json, answer, hang_up, stall

if TYPE_CHECKING:
    from tests.faultserver.request import Arrival, Request

Bounds = tuple[float, float]
_EVER: Bounds = (float("-inf"), float("inf"))


def _describe(do: Do) -> str:
    stored = "stored" if do.stores else "not stored"
    if do.cut_request is not None:
        return f"{do.ending} after {do.cut_request} bytes of the request"
    if do.stall:
        return f"stall, {stored}"
    ending = "" if do.ending == "keep" else f", {do.ending}"
    cut = "" if do.cut_answer is None else f" cut after {do.cut_answer} bytes"
    return f"answer {do.status}{cut}{ending}, {stored}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, why in words, and whether the answer can be written at once and in one piece."""

    do: Do
    why: str
    direct: bool

    @classmethod
    def of(cls, do: Do, why: str) -> Verdict:
        """Describe `do` once, not at every request."""
        unusual = (do.delay_s, do.stall, do.drip_s, do.interim, do.twice, do.swap)
        direct = not any(unusual) and do.cut_answer is None and do.ending == "keep" and do.framing != "close"
        return cls(do, f"{why}: {_describe(do)}", direct)


class Rule:
    """One compiled rule; conditions that were not given always hold."""

    def __init__(self, index: int, rule: Json, seed: int) -> None:
        when = rule["when"]
        self.verdict = Verdict.of(Do(**rule["do"]), f"rule {index + 1}")
        self.early = self.verdict.do.cut_request is not None
        self._salt = f"{seed}:{index}:"
        self._nth = _bounds(when["nth"])
        self._ids = None if when["message_ids"] is None else frozenset(when["message_ids"])
        self._pattern = None if when["matching"] is None else re.compile(when["matching"])
        self._attempt = _bounds(when["attempt"])
        self._on_connection = _bounds(when["on_connection"])
        self._chance: float | None = when["chance"]
        self._seconds = _bounds(when["seconds"])
        self._endpoint: str | None = when["endpoint"]
        self._larger_than: int | None = when["larger_than"]
        by_content = self._ids is not None or self._pattern or when["attempt"] or self._endpoint or when["larger_than"]
        if self.early and by_content:
            raise ValueError(f"rule {index + 1} decides at the first byte and cannot know the row or the endpoint")

    def meets_arrival(self, arrival: Arrival, elapsed: float) -> bool:
        """Whether the conditions hold that are known at the first byte (all but content and chance)."""
        return (
            _within(self._nth, arrival.nth)
            and _within(self._on_connection, arrival.on_connection)
            and _within(self._seconds, elapsed)
        )

    def meets(self, request: Request, elapsed: float) -> bool:
        """Whether all conditions hold for a request that was read whole."""
        endpoint = request.head.endpoint
        if endpoint != self._endpoint and (self._endpoint is not None or request.head.method != "POST"):
            return False
        if not self.meets_arrival(request.arrival, elapsed) or not _within(self._attempt, request.attempt):
            return False
        ids = request.message_ids
        if self._larger_than is not None and len(ids) <= self._larger_than:
            return False
        if self._ids is not None and self._ids.isdisjoint(map(str, ids)):
            return False
        if self._pattern is not None and not any(self._pattern.fullmatch(str(one)) for one in ids):
            return False
        return self.strikes(f"{ids[0] if ids else request.arrival.nth}:{request.attempt}")

    def strikes(self, what: object) -> bool:
        """Throw the dice, which are loaded: the same seed, rule and `what` always fall alike."""
        if self._chance is None:
            return True
        drawn = blake2b(f"{self._salt}{what}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(drawn, "big") < self._chance * 2**64


class Limiter:
    """A token bucket, or a fixed window of one second."""

    def __init__(self, limit: Json) -> None:
        self.verdict = Verdict.of(Do(**limit["do"]), "limit")
        self._rate: float = limit["per_second"]
        self._burst: float = limit["burst"]
        self._windowed = limit["kind"] == "window"
        self._tokens = self._burst
        self._last = 0.0

    def allows(self, elapsed: float) -> bool:
        """Take a token for a request at that time, if there is one."""
        if self._windowed:
            if int(elapsed) != int(self._last) or not self._last:
                self._tokens = self._rate
        else:
            self._tokens = min(self._burst, self._tokens + (elapsed - self._last) * self._rate)
        self._last = elapsed
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Outages:
    """Which trouble there is now."""

    VERDICTS: ClassVar = {
        "reset": Verdict.of(hang_up(reset=True), "outage"),
        "refuse": Verdict.of(hang_up(reset=True), "outage"),
        "stall": Verdict.of(stall(stored=False), "outage"),
    }

    def __init__(self, outages: list[Json]) -> None:
        self._outages = outages
        self._begun: dict[int, float] = {}
        self.refuses = any(one["how"] == "refuse" for one in outages)

    def now(self, posts: int, elapsed: float) -> str | None:
        """The kind of the outage that is on after so many POSTs and so many seconds."""
        for i, one in enumerate(self._outages):
            due = posts >= one["after_posts"] if one["after_posts"] else elapsed >= one["from_s"]
            if due and i not in self._begun:
                self._begun[i] = elapsed if one["after_posts"] else one["from_s"]
            if i in self._begun and elapsed < self._begun[i] + one["for_s"]:
                return str(one["how"])
        return None


class Rules:
    """A whole plan, with its counters; the clock is told at each call."""

    DOCUMENTED = Verdict.of(Do(), "documented")

    def __init__(self, plan: Json) -> None:
        rules = [Rule(i, rule, plan["seed"]) for i, rule in enumerate(plan["rules"])]
        self._early = [rule for rule in rules if rule.early]
        self._late = [rule for rule in rules if not rule.early]
        self._limiter = Limiter(plan["limit"]) if plan["limit"] else None
        self._accept = [(one["do"], _bounds(one["nth"]), _bounds(one["seconds"])) for one in plan["accept"]]
        self._attempts: Counter[object] = Counter()
        self.outages = Outages(plan["outages"])
        self.posts = 0
        self.gets = 0

    @property
    def careful(self) -> bool:
        """Whether a request may have to be cut short, so that it must not be read at a gulp."""
        return bool(self._early)

    def count(self, *, post: bool) -> int:
        """Number a request at its first byte."""
        if post:
            self.posts += 1
            return self.posts
        self.gets += 1
        return self.gets

    def cut(self, arrival: Arrival, elapsed: float) -> Verdict | None:
        """Whether a POST is cut short, decided at its first byte."""
        for rule in self._early:
            if rule.meets_arrival(arrival, elapsed) and rule.strikes(arrival.nth):
                return rule.verdict
        return None

    def at_accept(self, connection: int, elapsed: float) -> str | None:
        """What happens to the n-th connection before any byte is read."""
        for do, nth, seconds in self._accept:
            if _within(nth, connection) and _within(seconds, elapsed):
                return str(do)
        return None

    def decide(self, request: Request, elapsed: float) -> Verdict:
        """What is done to a whole request: outage, limit, the API's own refusal, rules, success; in this order."""
        for message_id in request.message_ids:
            self._attempts[str(message_id)] += 1
        request.attempt = self._attempts[str(request.message_ids[0])] if request.records else 0
        trouble = self.outages.now(self.posts, elapsed)
        if trouble:
            return Outages.VERDICTS[trouble]
        if self._limiter and request.head.method == "POST" and not self._limiter.allows(elapsed):
            return self._limiter.verdict
        if request.refusal:
            return _refused(*request.refusal)
        return next((rule.verdict for rule in self._late if rule.meets(request, elapsed)), self.DOCUMENTED)


def _refused(status: int, code: str | None, error: str) -> Verdict:
    body = f'{{"error":"{error}"' + (f',"code":"{code}"}}' if code else "}")
    return Verdict.of(answer(status, body), f"refused {code or error}")


def _bounds(span: int | list[float | None] | tuple[float, float | None] | None) -> Bounds:
    if span is None:
        return _EVER
    if isinstance(span, int):
        return (span, span)
    first, last = span
    return (_EVER[0] if first is None else first, _EVER[1] if last is None else last)


def _within(bounds: Bounds, value: float) -> bool:
    return bounds[0] <= value <= bounds[1]
