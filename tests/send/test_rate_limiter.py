"""When attempts start: evenly, pauses, and staying close to a limit that only shows in throttled answers.

Time is virtual: an event loop whose clock jumps to the next timer, so that minutes take no time and results are exact.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import random
import selectors
from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.send.rate_limiter import RateLimiter

# -- virtual time --------------------------------------------------------------------------------------------------


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


# -- servers -------------------------------------------------------------------------------------------------------


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

    def __init__(self, rate: int) -> None:
        self.rate, self.window, self.count = rate, -1, 0

    def admits(self, now: float) -> bool:
        window = math.floor(now + 0.37)
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


SERVERS = {
    "a bucket of a second": lambda limit: Bucket(limit, limit),
    "a small bucket": lambda limit: Bucket(limit, max(2, limit / 10)),
    "a fixed window": FixedWindow,
    "a sliding window": SlidingWindow,
}


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

    async def flow(self, seconds: float, places: int = 64) -> None:
        workers = [asyncio.ensure_future(self._work()) for _ in range(places)]
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


# -- even starts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("waiters", [1, 32, 64])
@pytest.mark.parametrize("rate", [0.1, 1, 7, 100, 1000, 20_000])
def test_starts_are_even(rate, waiters):
    """No second has more than 2 % above the rate (and one), and late timers cost less than 3 % of it."""

    async def main(loop):
        limiter, starts = limiter_in(loop, rate), []

        async def start() -> None:
            while True:
                await limiter.acquire()
                starts.append(loop.now)

        tasks = [asyncio.ensure_future(start()) for _ in range(waiters)]
        await asyncio.sleep(max(2.0, 30 / rate) if rate > 100 else max(20.0, 30 / rate))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return starts

    starts = run_virtually(main)
    assert most_in_a_second(starts) <= rate * 1.02 + 1
    assert (len(starts) - 1) / (starts[-1] - starts[0]) >= 0.97 * rate


def test_a_hundred_a_second_are_never_more_than_102():
    """The default rate, with everybody in a hurry and timers that are late."""

    async def main(loop):
        traffic = Traffic(loop, limiter_in(loop, 100), Strays(0), 0.05, None)
        await traffic.flow(60)
        return traffic.starts

    starts = run_virtually(main)
    assert most_in_a_second(starts) <= 102
    assert len(starts) >= 0.97 * 100 * 60


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 2000), st.lists(st.floats(0, 700), min_size=1, max_size=8))
def test_standing_still_earns_no_burst(rate, stops):
    """However long a process was stopped, no second afterwards has more than 2 % above the rate (and two)."""
    limiter, clock = limiter_by_hand(rate)
    starts = []

    async def main() -> None:
        for stop in stops:
            clock.now += stop
            for _ in range(60):
                await limiter.acquire()
                starts.append(clock.now)

    asyncio.run(main())
    assert most_in_a_second(starts) <= rate * 1.02 + 2


def test_no_limit_is_free():
    """Without a rate and without throttling every permit is there at once."""
    limiter, clock = limiter_by_hand(0)
    before = clock.now
    assert all(limiter.try_acquire() for _ in range(1000))
    assert clock.now == before
    assert limiter.rate_now == 0.0


def test_first_come_first_served():
    """Rows start in the order in which they asked, and nobody slips in."""

    async def main(loop):
        limiter, order = limiter_in(loop, 50), []

        async def start(number: int) -> None:
            await limiter.acquire()
            order.append(number)
            assert not limiter.try_acquire() or number == 29

        await asyncio.gather(*(start(number) for number in range(30)))
        return order

    assert run_virtually(main) == list(range(30))


def test_a_permit_that_is_due_belongs_to_who_waits():
    """While somebody waits, `try_acquire` takes nothing, even when one is due and the waiter has not woken up yet."""

    async def main() -> None:
        clock, alarm = HandClock(), asyncio.Event()

        async def sleep(_seconds: float) -> None:
            await alarm.wait()

        limiter = RateLimiter(1, clock=clock, sleep=sleep)
        limiter.try_acquire()
        waiter = asyncio.ensure_future(limiter.acquire())
        await asyncio.sleep(0)
        clock.now += 1.5
        assert not limiter.try_acquire()
        alarm.set()
        await waiter

    asyncio.run(main())


def test_only_one_waiter_sleeps():
    """A thousand that wait set one timer, not a thousand."""
    asleep = most = 0

    async def main(loop):
        async def sleep(seconds: float) -> None:
            nonlocal asleep, most
            asleep += 1
            most = max(most, asleep)
            await asyncio.sleep(seconds)
            asleep -= 1

        limiter = RateLimiter(500, clock=loop.time, sleep=sleep)
        await asyncio.gather(*(limiter.acquire() for _ in range(1000)))

    run_virtually(main)
    assert most == 1


@pytest.mark.parametrize("cancelled", [{0}, {1}, {0, 1, 2}, {3, 7}, set(range(9))])
def test_cancelled_waiters_cost_nothing(cancelled):
    """Whoever gives up waiting, the others start at the moments at which they would have without it."""

    async def main(loop, gone):
        limiter, starts = limiter_in(loop, 10), []

        async def start() -> None:
            await limiter.acquire()
            starts.append(round(loop.now, 6))

        while limiter.try_acquire():
            pass
        tasks = [asyncio.ensure_future(start()) for _ in range(10)]
        await asyncio.sleep(0.01)
        for number in gone:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return starts

    whole = run_virtually(main, set(), oversleep_s=0.0)
    assert run_virtually(main, cancelled, oversleep_s=0.0) == whole[: 10 - len(cancelled)]


def test_a_sleep_that_raises_lets_the_next_one_wait():
    """A run that ends wakes its waiters with an exception, and none of them is stuck."""

    async def main(loop):
        async def sleep(_seconds: float) -> None:
            raise KeyError

        limiter = RateLimiter(1, clock=loop.time, sleep=sleep)
        limiter.try_acquire()
        return await asyncio.gather(*(limiter.acquire() for _ in range(5)), return_exceptions=True)

    assert [type(end) for end in run_virtually(main)] == [KeyError] * 5


def test_no_limit_looks_at_no_clock():
    """After the first, permits without a limit cost no look at the clock."""
    looks = 0

    def clock() -> float:
        nonlocal looks
        looks += 1
        return 10.0 + looks

    limiter = RateLimiter(0, clock=clock)
    assert limiter.try_acquire()
    before = looks
    assert all(limiter.try_acquire() for _ in range(1000))
    assert looks == before


# -- single throttled answers --------------------------------------------------------------------------------------


def test_a_single_one_waits_as_told():
    """One throttled answer delays its own row as long as told, and nothing else."""
    limiter, clock = limiter_by_hand(0)
    assert limiter.throttled(7.0) == 7.0
    assert limiter.try_acquire()
    assert limiter.paused_until == clock.now


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_a_single_one_without_a_word_waits_about_a_second(chance, seconds):
    """Rows that were told nothing come back after about a second, not all at once."""
    assert RateLimiter(0, clock=HandClock(), random=lambda: chance).throttled(None) == seconds


@pytest.mark.parametrize(("rate", "told_s"), [(5000, 1.0), (0, 1.0), (100, None), (20, None)])
def test_one_percent_of_strays_slows_nothing(rate, told_s):
    """Throttled answers at random, 1 % of all, leave at least 90 % of the throughput, and pause nothing."""

    async def main(loop):
        traffic = Traffic(loop, limiter_in(loop, rate), Strays(0.01), 0.01, told_s)
        began = loop.now
        await traffic.flow(6 if rate in {0, 5000} else 40)
        return traffic.rate_since(began), traffic.limiter.paused_s

    achieved, paused_s = run_virtually(main)
    assert achieved >= 0.9 * min(rate or math.inf, 64 / 0.013)
    assert paused_s == 0


# -- storms --------------------------------------------------------------------------------------------------------


def storm(limiter: RateLimiter, *told: float | None) -> None:
    for told_s in told:
        limiter.throttled(told_s)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ((2.0, 2.0, 2.0), 2.0),
        ((1.0, 30.0, 2.0), 30.0),
        ((None, 5.0, None), 5.0),
        ((None, None, None), 1.0),
        ((0.0, 0.0, 0.0), 1.0),
    ],
)
def test_three_within_a_second_pause_the_run(told, seconds):
    """The run pauses for the longest that was told, and for a second when nothing, or nothing to speak of, was."""
    limiter, clock = limiter_by_hand(0)
    storm(limiter, *told)
    assert not limiter.try_acquire()
    assert limiter.paused_until == clock.now + seconds
    clock.now += seconds
    assert limiter.try_acquire()
    assert limiter.paused_s == seconds


def test_three_in_more_than_a_second_pause_nothing():
    """Throttled answers that are far apart are single ones."""
    limiter, clock = limiter_by_hand(0)
    for _ in range(6):
        limiter.answered()
        limiter.throttled(1.0)
        clock.now += 0.6
    assert limiter.try_acquire()
    assert limiter.paused_s == 0


@pytest.mark.parametrize(
    ("through", "throttled", "pauses"),
    [(95, 2, False), (95, 3, False), (7, 3, True), (1000, 30, False), (20, 4, True), (940, 60, True)],
)
def test_a_small_share_pauses_nothing(through, throttled, pauses):
    """Three evenly among a hundred of the same second are strays; three of ten are not, nor sixty of 1,000."""
    limiter, clock = limiter_by_hand(0)
    clock.now += 2
    seen = 0
    for number in range(throttled):
        for _ in range(through * (number + 1) // (throttled + 1) - seen):
            limiter.answered()
        seen = through * (number + 1) // (throttled + 1)
        limiter.throttled(1.0)
    assert limiter.try_acquire() is not pauses


@pytest.mark.parametrize("at", [(2, 5, 9), (0, 1, 2), (0, 8, 9)])
@pytest.mark.parametrize("rate", [0, 100])
def test_three_of_the_next_ten_pause_a_run_in_full_flow(rate, at):
    """A hundred a second get through, then three of ten answers are throttled: nothing starts for as long as told."""
    limiter, clock = limiter_by_hand(rate)
    for number in range(310):
        clock.now += 0.01
        assert limiter.try_acquire()
        if number - 300 in at:
            limiter.throttled(2.0)
            last = clock.now
            if number - 300 == at[-1]:
                break
        else:
            limiter.answered()
    clock.now = last + 1.9
    assert not limiter.try_acquire()
    clock.now = last + 2
    assert limiter.try_acquire()


@pytest.mark.parametrize(("rate", "share"), [(20, 0.03), (20, 0.05), (100, 0.02), (100, 0.05), (1000, 0.03)])
def test_random_throttling_does_not_stop_the_run(rate, share):
    """Up to one answer in twenty throttled, whatever the rate, leaves at least 70 % of the rate."""

    async def main(loop):
        traffic = Traffic(loop, limiter_in(loop, rate), Strays(share), 0.05, 1.0)
        await traffic.flow(120 if rate < 1000 else 30)
        return traffic.rate_since(1000.0)

    assert run_virtually(main) >= 0.7 * rate


def test_a_burst_is_measured_over_a_second():
    """150 that got through in 20 ms and a pause of a second are about 150 a second, not 7,500."""
    limiter, clock = limiter_by_hand(0)
    for _ in range(150):
        limiter.answered()
        clock.now += 0.02 / 150
    storm(limiter, *[1.0] * 20)
    clock.now = limiter.paused_until
    limiter.try_acquire()
    assert limiter.rate_now == pytest.approx(150 / 1.02, rel=0.01)


def test_the_rest_of_a_storm_is_not_another_one():
    """Answers to attempts that were in flight when the pause began neither lengthen it nor lower the rate again."""
    limiter, clock = limiter_by_hand(0)
    for _ in range(40):
        limiter.answered()
    storm(limiter, *[1.0] * 5)
    until, began = limiter.paused_until, clock.now
    clock.now += 0.3
    storm(limiter, *[1.0] * 60)
    assert limiter.paused_until == until
    clock.now = until
    assert limiter.try_acquire()
    rate = limiter.rate_now
    for _ in range(60):
        limiter.throttled(1.0, started_at=began)
    assert (limiter.paused_until, limiter.rate_now) == (until, rate)


def test_a_late_answer_that_asks_for_more_is_heard():
    """A longer wait that is told during the pause counts from the beginning of the storm."""
    limiter, clock = limiter_by_hand(0)
    storm(limiter, 1.0, 1.0, 1.0)
    began = clock.now
    clock.now += 0.2
    limiter.throttled(9.0)
    assert limiter.paused_until == began + 9.0


def test_pauses_grow_while_nothing_gets_through():
    """An API that throttles everything without a word is asked ever less often, and at once again when it answers."""
    limiter, clock = limiter_by_hand(0)
    pauses = []
    for _ in range(7):
        storm(limiter, None, None, None)
        pauses.append(limiter.paused_until - clock.now)
        clock.now = limiter.paused_until
        limiter.try_acquire()
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert limiter.starved_s == sum(pauses)
    limiter.answered()
    assert limiter.starved_s == 0
    storm(limiter, None, None, None)
    assert limiter.paused_until - clock.now == 1


def test_an_api_that_throttles_everything_sees_no_storm():
    """Ten minutes of nothing but 429 take a few attempts a pause, not thousands."""

    async def main(loop):
        traffic = Traffic(loop, limiter_in(loop, 100), Strays(1), 0.05, None)
        await traffic.flow(600)
        return traffic.starts

    assert len(run_virtually(main)) < 300


# -- limits below the rate -----------------------------------------------------------------------------------------

CASES = [
    (server, limit, latency_s, rate, told_s)
    for server in SERVERS
    for limit, latency_s, rate, told_s in (
        (20, 0.05, 100, 1.0),
        (20, 0.005, 0, None),
        (150, 0.05, 0, 1.0),
        (150, 0.005, 1500, None),
        (150, 0.3, 0, 0.0),
    )
]


@pytest.mark.parametrize(("server", "limit", "latency_s", "rate", "told_s"), CASES)
def test_it_settles_close_to_the_limit(server, limit, latency_s, rate, told_s):
    """After five seconds at least 90 % of the server's limit gets through, with few throttled answers and no storm."""
    achieved, share, most = run_virtually(settle, rate, SERVERS[server](limit), latency_s, told_s)
    assert achieved >= 0.9 * limit
    assert share <= 0.1
    noticed = limit / 9 + 3  # a tenth of the answers, these included
    assert most <= 64 + noticed


def test_it_settles_close_to_a_high_limit():
    """The same at a thousand a second."""
    achieved, share, _ = run_virtually(settle, 0, FixedWindow(1000), 0.05, 1.0, 30)
    assert achieved >= 0.9 * 1000
    assert share <= 0.03


def test_a_limit_that_goes_away_is_forgotten():
    """When throttling ends, the run is back at its own rate within two minutes, and stays there."""

    async def main(loop):
        traffic = Traffic(loop, limiter_in(loop, 100), Bucket(20, 20), 0.05, 1.0)
        await traffic.flow(30)
        traffic.server = Strays(0)
        await traffic.flow(120)
        mark = loop.now
        await traffic.flow(20)
        return traffic.rate_since(mark), traffic.limiter.rate_now

    achieved, rate_now = run_virtually(main)
    assert rate_now == 100
    assert achieved >= 97


def test_the_climb_is_two_percent_a_second():
    """Well beyond the ceiling the rate grows by 2 % a second, and never faster."""
    limiter, clock = limiter_by_hand(100)
    for _ in range(20):
        clock.now += 0.1
        limiter.answered()
    storm(limiter, 1.0, 1.0, 1.0)
    clock.now = limiter.paused_until
    rates = []
    for second in range(60):
        for _ in range(20):
            clock.now += 0.05
            limiter.try_acquire()
        if second >= 30:
            rates.append(limiter.rate_now)
    growth = [later / earlier for earlier, later in itertools.pairwise(rates) if later < 100]
    assert growth
    assert all(1.019 <= factor <= 1.0203 for factor in growth)


def test_standing_still_is_no_reason_to_climb():
    """After ten minutes of being stopped the learned rate is where it was."""
    limiter, clock = limiter_by_hand(0)
    for _ in range(50):
        limiter.answered()
    storm(limiter, *[1.0] * 10)
    clock.now = limiter.paused_until
    limiter.try_acquire()
    before = limiter.rate_now
    assert before == pytest.approx(50)
    clock.now += 600
    limiter.try_acquire()
    assert before <= limiter.rate_now <= before * 2
