"""The rate of a run: close to a limit that only shows in throttled answers, and back again when it is gone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.send.simulation import (
    Bucket,
    FixedWindow,
    Senders,
    SlidingWindow,
    Strays,
    Traffic,
    limiter_by_hand,
    limiter_in,
    run_virtually,
    settle,
)

if TYPE_CHECKING:
    from importer.send.rate_limiter import RateLimiter

SERVERS = {
    "a bucket of a second": lambda limit: Bucket(limit, limit),
    "a small bucket": lambda limit: Bucket(limit, max(2, limit / 10)),
    "a fixed window": FixedWindow,
    "a sliding window": SlidingWindow,
}
LIMITS = [
    (20, 0.05, 100, 1.0),
    (20, 0.005, 0, None),
    (150, 0.05, 0, 1.0),
    (150, 0.005, 1500, None),
    (150, 0.3, 0, 0.0),
]


def throttle(limiter: RateLimiter, answers: int) -> None:
    """Answers that are throttled at once."""
    for _ in range(answers):
        limiter.throttled(1.0)


@pytest.mark.parametrize(("limit", "latency_s", "rate", "told_s"), LIMITS)
@pytest.mark.parametrize("server", SERVERS)
def test_it_settles_close_to_the_limit(server, limit, latency_s, rate, told_s):
    """After five seconds at least 90 % of the server's limit gets through, with few throttled answers and no storm."""
    achieved, share, most = run_virtually(settle, rate, SERVERS[server](limit), latency_s, told_s)
    assert achieved >= 0.9 * limit
    assert share <= 0.1
    noticed = limit / 9 + 3  # a tenth of the answers, these included
    assert most <= 64 + noticed


@pytest.mark.parametrize("told_s", [1.0, None, 0.0, 2.0])
@pytest.mark.parametrize("latency_s", [0.005, 0.05, 0.3])
@pytest.mark.parametrize(
    ("limit", "server"),
    [
        (150, lambda: Bucket(150, 150)),
        (150, lambda: Bucket(150, 10)),
        (150, lambda: FixedWindow(150, phase_s=0)),
        (150, lambda: SlidingWindow(150)),
        (20, lambda: FixedWindow(20, phase_s=0)),
    ],
    ids=["a bucket of a second", "a small bucket", "a fixed window", "a sliding window", "a low limit"],
)
def test_a_limit_below_the_rate_is_used_with_few_refusals(limit, server, latency_s, told_s):
    """After ten seconds at least 90 % of what the server allows gets through, and few answers are refusals."""
    senders = Senders(0, slots=64, latency_s=latency_s, server=server(), told_s=told_s)
    senders.run(70)
    assert sum(at > 10 for at in senders.through) >= 0.9 * min(limit, 64 / latency_s) * 60
    assert len(senders.throttled) <= 0.1 * (len(senders.throttled) + len(senders.through))


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
    throttle(limiter, 20)
    clock.now = limiter.paused_until
    limiter.try_acquire()
    assert limiter.rate_now == pytest.approx(150 / 1.02, rel=0.01)


def test_the_climb_is_two_percent_a_second():
    """Well beyond the ceiling the rate grows by 2 % a second, and never faster."""
    limiter, clock = limiter_by_hand(100)
    for _ in range(20):
        clock.now += 0.1
        limiter.answered()
    throttle(limiter, 3)
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
    throttle(limiter, 10)
    clock.now = limiter.paused_until
    limiter.try_acquire()
    before = limiter.rate_now
    assert before == pytest.approx(50)
    clock.now += 600
    limiter.try_acquire()
    assert before <= limiter.rate_now <= before * 2
