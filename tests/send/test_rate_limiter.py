"""When attempts start: evenly, first come first served, and not during a pause."""

from __future__ import annotations

import asyncio
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.send.rate_limiter import RateLimiter
from tests.send.simulation import (
    HandClock,
    Senders,
    Strays,
    Traffic,
    limiter_by_hand,
    limiter_in,
    most_in_a_second,
    run_virtually,
)

# -- even starts -------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("latency_s", [0.005, 0.05, 0.3])
@pytest.mark.parametrize("rate", [20, 100, 1000])
def test_never_more_than_the_rate_and_little_less(rate, latency_s):
    """In no second more than 2 % over the rate (and one), on average at least 97 % of it, although timers are late."""
    senders = Senders(rate, slots=320, latency_s=latency_s, server=Strays(0), told_s=None)
    senders.run(20)
    assert most_in_a_second(senders.starts) <= rate * 1.02 + 1
    assert len(senders.starts) >= 0.97 * rate * 20


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


def test_standing_still_earns_three_at_once_at_most():
    """A process that was stopped for ten minutes does not make up for it."""
    limiter, clock = limiter_by_hand(100)
    for stood_s in (0.0, 600.0):
        clock.now += stood_s
        assert len(list(itertools.takewhile(bool, (limiter.try_acquire() for _ in range(10))))) <= 3


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=200), st.floats(1, 2000))
def test_any_waiting_keeps_the_rate(gaps, rate):
    """However irregularly permits are asked for, no second holds more than the rate and the tolerance allow."""
    limiter, clock = limiter_by_hand(rate)
    starts = []
    for gap in gaps:
        clock.now += gap
        starts += [clock.now for _ in range(5) if limiter.try_acquire()]
    assert most_in_a_second(starts) <= rate * 1.018 + 2


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
        clock.now += 1.5
        assert limiter.try_acquire(), "nobody waits any more"

    asyncio.run(main())


@pytest.mark.parametrize("began", [0.0, 0.5, 50.0, 1e7])
def test_a_run_begins_at_once_and_in_full_flow_by_any_clock(began):
    """Also within a second of its zero: there was no attempt before the first, and no pause that ended just now."""
    clock = HandClock()
    clock.now = began
    assert RateLimiter(0.1, clock=clock).try_acquire()
    limiter = RateLimiter(0, clock=clock)
    assert (limiter.paused_s, limiter.starved_s, limiter.paused_until) == (0, 0, began)
    for number in range(10):
        if number in (1, 4, 7):
            limiter.throttled(1.0)
        else:
            limiter.answered()
    assert not limiter.try_acquire(), "three of ten are a storm, unless a pause ended just now"
    assert limiter.paused_until == began + 1


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


# -- single throttled answers ------------------------------------------------------------------------------------------


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


# -- storms ------------------------------------------------------------------------------------------------------------


def storm(limiter: RateLimiter, *told: float | None) -> None:
    """Answers that are throttled at once; each row waits as told."""
    for told_s in told:
        assert limiter.throttled(told_s) == told_s or told_s is None


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


def test_lost_answers_are_said_to_slow_the_run_down_once():
    """When the pause begins; a lost answer alone begins none, and one that comes during it says nothing new."""
    limiter, clock = limiter_by_hand(100)
    for _ in range(100):
        clock.now += 0.02
        limiter.answered()
    assert [limiter.lost(started_at=clock.now) for _ in range(6)] == [False, False, True, False, False, False]
    assert limiter.paused_until > clock.now


def test_after_lost_answers_half_of_what_got_through_is_sent():
    """The pace after the pause is half of that of the answers before, and not the allowed one."""
    limiter, clock = limiter_by_hand(100)
    for _ in range(200):
        assert limiter.try_acquire()
        limiter.answered()
        clock.now += 0.02
    limiter.halve()
    assert not limiter.try_acquire()
    clock.now = limiter.paused_until + 0.001
    assert limiter.try_acquire()
    assert 20 <= limiter.rate_now <= 30


def test_no_sleep_is_shorter_than_a_timer_can_be():
    """A wait of a twentieth of a millisecond would be none, and the loop turn for nothing."""
    waits = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds

    clock = HandClock()
    limiter = RateLimiter(20_000, clock=clock, sleep=sleep, random=lambda: 0.5)

    async def main() -> None:
        for _ in range(2_000):
            await limiter.acquire()

    asyncio.run(main())
    assert waits
    assert min(waits) >= 0.001


@pytest.mark.parametrize(("answers_a_second", "is_lowered"), [(50, False), (75, False), (85, True), (100, True)])
def test_single_429s_lower_the_rate_only_where_it_is_the_rate_that_counts(answers_a_second, is_lowered):
    """With fewer answers than it permits the rate says nothing about the limit."""
    limiter, clock = limiter_by_hand(100)
    for n in range(6 * answers_a_second):
        clock.now += 1 / answers_a_second
        if n % 25 == 24:
            limiter.throttled(None, started_at=clock.now)
        else:
            limiter.answered()
    assert (limiter.rate_now < 100) is is_lowered
