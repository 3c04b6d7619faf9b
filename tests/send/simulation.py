"""Time, servers and traffic for the tests of the rate limiter.

Time is virtual: an event loop whose clock jumps to the next timer, so that minutes take no time and results are exact.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import random
import selectors
from collections import deque
from dataclasses import dataclass, field

from importer.send.rate_limiter import RateLimiter

# -- virtual time ------------------------------------------------------------------------------------------------------


class VirtualSelector(selectors.SelectSelector):
    """Waits for nothing: moves the clock of its loop instead, a little too far, as real timers do."""

    loop: VirtualLoop

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("nothing will ever happen")
        if timeout > 0:
            self.loop.now += timeout + self.loop.random.uniform(0, self.loop.oversleep_s)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time."""

    def __init__(self, oversleep_s: float) -> None:
        self.now, self.oversleep_s, self.random = 1000.0, oversleep_s, random.Random(1)
        selector = VirtualSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


def run_virtually(main, *args, oversleep_s: float = 0.0015):
    """Run `main(loop, *args)` in virtual time."""
    loop = VirtualLoop(oversleep_s)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(loop, *args))


def limiter_in(loop: VirtualLoop, rate: float) -> RateLimiter:
    return RateLimiter(rate, clock=loop.time, sleep=asyncio.sleep, random=random.Random(1).random)


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def limiter_by_hand(rate: float) -> tuple[RateLimiter, HandClock]:
    async def sleep(seconds: float) -> None:
        clock.now += seconds

    clock = HandClock()
    return RateLimiter(rate, clock=clock, sleep=sleep, random=lambda: 0.5), clock


def most_in_a_second(moments: list[float]) -> int:
    """The largest number of moments in any closed second."""
    window: deque[float] = deque()
    most = 0
    for moment in moments:
        window.append(moment)
        while window[0] < moment - 1:
            window.popleft()
        most = max(most, len(window))
    return most


# -- servers -----------------------------------------------------------------------------------------------------------


class Bucket:
    """A token bucket."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst, self.tokens, self.at = rate, burst, burst, -math.inf

    def admits(self, now: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        admitted = self.tokens >= 1
        self.tokens -= admitted
        return admitted


class FixedWindow:
    """So many in each second of its own clock."""

    def __init__(self, rate: int, phase_s: float = 0.37) -> None:
        self.rate, self.phase_s, self.window, self.count = rate, phase_s, -1, 0

    def admits(self, now: float) -> bool:
        window = math.floor(now + self.phase_s)
        if window != self.window:
            self.window, self.count = window, 0
        self.count += 1
        return self.count <= self.rate


class SlidingWindow:
    """So many in any second."""

    def __init__(self, rate: int) -> None:
        self.rate, self.admitted = rate, deque()

    def admits(self, now: float) -> bool:
        while self.admitted and self.admitted[0] <= now - 1:
            self.admitted.popleft()
        if len(self.admitted) >= self.rate:
            return False
        self.admitted.append(now)
        return True


class Strays:
    """Throttles at random, whatever the rate."""

    def __init__(self, share: float) -> None:
        self.share, self.random = share, random.Random(5)

    def admits(self, _now: float) -> bool:
        return self.random.random() >= self.share


@dataclass
class Traffic:
    """Rows posted to a server through a rate limiter; a throttled row waits without holding a slot."""

    loop: VirtualLoop
    limiter: RateLimiter
    server: object
    latency_s: float
    told_s: float | None
    starts: list[float] = field(default_factory=list)
    through: list[float] = field(default_factory=list)
    throttled: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)

    async def flow(self, seconds: float, slots: int = 64) -> None:
        workers = [asyncio.ensure_future(self._work()) for _ in range(slots)]
        await asyncio.sleep(seconds)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            if self.waiting and self.waiting[0] <= self.loop.now:
                heapq.heappop(self.waiting)
            if not self.limiter.try_acquire():
                await self.limiter.acquire()
            self.starts.append(self.loop.now)
            way_s = self.latency_s / 2 * self.loop.random.uniform(0.8, 1.2)
            await asyncio.sleep(way_s)
            admitted = self.server.admits(self.loop.now)
            await asyncio.sleep(way_s)
            if admitted:
                self.limiter.answered()
                self.through.append(self.loop.now)
            else:
                self.throttled.append(self.loop.now)
                heapq.heappush(self.waiting, self.loop.now + self.limiter.throttled(self.told_s))

    def rate_since(self, moment: float) -> float:
        return sum(at > moment for at in self.through) / (self.loop.now - moment)

    @property
    def throttled_share(self) -> float:
        return len(self.throttled) / (len(self.throttled) + len(self.through))


async def settle(loop, rate, server, latency_s, told_s, seconds=65) -> tuple[float, float, int]:
    """The rate after five seconds, the share of throttled answers, and the most of them in a second."""
    traffic = Traffic(loop, limiter_in(loop, rate), server, latency_s, told_s)
    began = loop.now
    await traffic.flow(seconds)
    return traffic.rate_since(began + 5), traffic.throttled_share, most_in_a_second(traffic.throttled)


class Senders:
    """As many senders as slots, without an event loop, which is faster: events on a heap, and permits as they come."""

    def __init__(self, rate: float, *, slots: int, latency_s: float, server, told_s: float | None) -> None:
        self.now = 0.0
        self.limiter = RateLimiter(rate, clock=lambda: self.now, random=lambda: 0.5)
        self.slots, self.latency_s, self.server, self.told_s = slots, latency_s, server, told_s
        self.events: list[tuple[float, int, str]] = []
        self.number = 0
        self.starts: list[float] = []
        self.through: list[float] = []
        self.throttled: list[float] = []

    def at(self, when: float, what: str) -> None:
        self.number += 1
        heapq.heappush(self.events, (when, self.number, what))

    def run(self, seconds: float) -> None:
        free, timer = self.slots, False
        self.at(0.0, "wake")
        while self.events and self.events[0][0] <= seconds:
            self.now, _, what = heapq.heappop(self.events)
            if what == "wake":
                timer = False
            elif what == "through":
                free += 1
                self.through.append(self.now)
                self.limiter.answered()
            elif what == "throttled":
                free += 1
                self.throttled.append(self.now)
                self.limiter.throttled(self.told_s)
            while free and self.limiter.try_acquire():
                free -= 1
                self.starts.append(self.now)
                admitted = self.server.admits(self.now + self.latency_s / 2)
                self.at(self.now + self.latency_s, "through" if admitted else "throttled")
            if free and not timer:
                timer = True
                # timers are late by up to a millisecond, as real ones are
                self.at(self.now + max(self.limiter._wait_s(), 0.001) + 0.0004 * (self.number % 3), "wake")
