"""Pacing, exactly: in virtual time, against servers that limit in the ways servers do."""

from __future__ import annotations

import heapq
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.send.rate_limiter import RateLimiter


class Limit:
    """A server that lets `rate` a second through: a bucket, a fixed window, or a sliding one."""

    def __init__(self, kind: str, rate: float, burst: float | None = None) -> None:
        self.kind, self.rate, self.burst = kind, rate, burst or rate
        self.tokens, self.at, self.window = self.burst, 0.0, -1
        self.count, self.passed = 0, deque()

    def allows(self, now: float) -> bool:
        if self.kind == "bucket":
            self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
            self.at = now
            allowed = self.tokens >= 1
            self.tokens -= allowed
            return allowed
        if self.kind == "window":
            if int(now) != self.window:
                self.window, self.count = int(now), 0
            self.count += 1
            return self.count <= self.rate
        while self.passed and self.passed[0] <= now - 1:
            self.passed.popleft()
        if len(self.passed) >= self.rate:
            return False
        self.passed.append(now)
        return True


class World:
    """As many senders as places, one clock, and a `Pace` that is asked as the posting asks it."""

    def __init__(self, rate: float, *, places: int, latency_s: float, server, told: float | None) -> None:
        self.now = 0.0
        self.limiter = RateLimiter(rate, clock=lambda: self.now, random=lambda: 0.5)
        self.places, self.latency_s, self.server, self.told = places, latency_s, server, told
        self.events: list[tuple[float, int, str]] = []
        self.number = 0
        self.starts: list[float] = []
        self.through: list[float] = []
        self.refused: list[float] = []

    def at(self, when: float, what: str) -> None:
        self.number += 1
        heapq.heappush(self.events, (when, self.number, what))

    def run(self, seconds: float) -> None:
        free, timer = self.places, False
        self.at(0.0, "wake")
        while self.events and self.events[0][0] <= seconds:
            self.now, _, what = heapq.heappop(self.events)
            if what == "wake":
                timer = False
            elif what == "through":
                free += 1
                self.through.append(self.now)
                self.limiter.answered()
            elif what == "refused":
                free += 1
                self.refused.append(self.now)
                self.limiter.throttled(self.told)
            while free and self.limiter.try_acquire():
                free -= 1
                self.starts.append(self.now)
                allowed = self.server.allows(self.now + self.latency_s / 2)
                self.at(self.now + self.latency_s, "through" if allowed else "refused")
            if free and not timer:
                timer = True
                # timers are late by up to a millisecond, as real ones are
                self.at(self.now + max(self.limiter._wait_s(), 0.001) + 0.0004 * (self.number % 3), "wake")


def most_in_a_second(starts: list[float]) -> int:
    window: deque[float] = deque()
    most = 0
    for start in starts:
        window.append(start)
        while window[0] <= start - 1:
            window.popleft()
        most = max(most, len(window))
    return most


class NoLimit:
    def allows(self, now: float) -> bool:
        return True


@pytest.mark.parametrize("latency_s", [0.005, 0.05, 0.3])
@pytest.mark.parametrize("rate", [20, 100, 1000])
def test_never_more_than_the_rate_and_little_less(rate, latency_s):
    """In no sliding second more than 2 % over the rate, on average at least 97 % of it, although timers are late."""
    world = World(rate, places=320, latency_s=latency_s, server=NoLimit(), told=None)
    world.run(20)
    assert most_in_a_second(world.starts) <= rate * 1.02 + 1
    assert len(world.starts) >= 0.97 * rate * 20


def test_no_burst_after_standing_still():
    """A process that was stopped for ten minutes does not make up for it."""
    now = 0.0
    limiter = RateLimiter(100, clock=lambda: now)
    for later in (0.0, 600.0):
        now = later
        taken = 0
        while limiter.try_acquire():
            taken += 1
        assert taken <= 3


@pytest.mark.parametrize("told", [1.0, None, 0.0, 2.0])
@pytest.mark.parametrize("latency_s", [0.005, 0.05, 0.3])
@pytest.mark.parametrize(
    ("kind", "limit", "burst"),
    [("bucket", 150, 150), ("bucket", 150, 10), ("window", 150, None), ("sliding", 150, None), ("window", 20, None)],
)
def test_a_limit_below_the_rate_is_used_with_few_refusals(kind, limit, burst, latency_s, told):
    """After a few seconds at least 90 % of what the server allows gets through, and few answers are refusals."""
    world = World(0, places=64, latency_s=latency_s, server=Limit(kind, limit, burst), told=told)
    world.run(70)
    settled = [at for at in world.through if at > 10]
    assert len(settled) >= 0.9 * min(limit, 64 / latency_s) * 60
    assert len(world.refused) <= 0.1 * (len(world.refused) + len(world.through))


def test_stray_refusals_do_not_slow_the_run():
    """One answer in a hundred refused, at random, delays those rows and nothing else."""

    class Stray:
        count = 0

        def allows(self, now: float) -> bool:
            self.count += 1
            return self.count % 100 != 0

    world = World(0, places=25, latency_s=0.005, server=Stray(), told=1.0)
    world.run(20)
    assert len(world.through) >= 0.9 * 25 / 0.005 * 20
    assert world.limiter.paused_s == 0


def test_three_refusals_pause_the_run_as_long_as_told():
    """Nothing starts before the time is over, and it goes on with what got through."""
    now = 0.0
    limiter = RateLimiter(0, clock=lambda: now)
    for _ in range(10):
        limiter.answered()
    assert [limiter.throttled(7.0) for _ in range(3)] == [7.0, 7.0, 7.0]
    now = 6.9
    assert not limiter.try_acquire()
    now = 7.0
    assert limiter.try_acquire()
    assert 5 <= limiter.rate_now <= 10
    assert limiter.paused_s == pytest.approx(7.0)


def test_pauses_grow_while_nothing_gets_through():
    """An API that refuses everything and says no time is asked less and less often."""
    now = 0.0
    limiter = RateLimiter(0, clock=lambda: now)
    waits = []
    for _ in range(6):
        for _ in range(3):
            limiter.throttled(None)
        waits.append(limiter._paused_until - now)
        now = limiter._paused_until
        assert limiter.try_acquire()
    assert waits == [1, 2, 4, 8, 16, 30]


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=200), st.floats(1, 2000))
def test_any_waiting_keeps_the_rate(gaps, rate):
    """However irregularly turns are asked for, no second holds more than the rate and the tolerance allow."""
    now = 0.0
    limiter = RateLimiter(rate, clock=lambda: now)
    starts = []
    for gap in gaps:
        now += gap
        for _ in range(5):
            if limiter.try_acquire():
                starts.append(now)
    assert most_in_a_second(starts) <= rate * 1.018 + 2
