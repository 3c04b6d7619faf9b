"""The rate that a run goes on with after it was throttled, by what was measured."""

from __future__ import annotations

import math

import pytest

from importer.send.adaptive_rate import AdaptiveRate


@pytest.mark.parametrize(("paused_s", "rate"), [(0.0, 60), (0.5, 60), (0.8, 60), (1.0, 50), (3.0, 50)])
def test_a_short_look_counts_as_a_second(paused_s, rate):
    """Sixty in 0.2 s and the pause after it, of which no more than a second counts."""
    made = AdaptiveRate(math.inf, 100.0)
    made.storm(100.0, active_s=0.2, got_through=0)
    made.resume(100.0 + paused_s, through=60)
    assert made.rate == pytest.approx(rate)


@pytest.mark.parametrize(
    ("active_s", "got_through", "rate"),
    [(1.0, 95, 88), (4.9, 95, 88), (5.0, 95, 95), (4.9, 80, 80), (60.0, 100, 100)],
)
def test_what_got_through_is_believed_after_five_seconds(active_s, got_through, rate):
    """Before that a server may have had a reserve: then it was 12 % less at most."""
    made = AdaptiveRate(100.0, 0.0)
    made.storm(10.0, active_s=active_s, got_through=got_through)
    made.resume(11.0, through=50)
    assert made.rate == pytest.approx(0.97 * rate)


@pytest.mark.parametrize(("share", "rate"), [(1.0, 97.0), (0.5, 48.5), (0.001, 1.0)])
def test_a_share_of_it_is_never_less_than_the_least(share, rate):
    """One attempt a second is the utmost that throttling leads to."""
    made = AdaptiveRate(100.0, 0.0)
    made.storm(10.0, active_s=60.0, got_through=100)
    made.resume(11.0, through=50, share=share)
    assert made.rate == pytest.approx(rate)


def test_easing_goes_just_below_what_got_through():
    """Of a rate without a limit there is nothing to take."""
    made = AdaptiveRate(100.0, 0.0)
    made.ease(5.0, 0.1)
    assert (made.rate, made.is_lowered) == (pytest.approx(0.97 * 90), True)
    endless = AdaptiveRate(math.inf, 0.0)
    endless.ease(5.0, 0.1)
    assert (endless.rate, endless.is_lowered) == (math.inf, False)


def test_the_climb_to_the_ceiling_takes_longer_each_time_it_is_met_where_it_was():
    """Twelve seconds, and then twenty-four at the utmost."""
    made, now, climbs = AdaptiveRate(100.0, 0.0), 0.0, []
    for _ in range(3):
        made.ease(now, 0.0)
        before = made.rate
        now += 1
        made.grow(now, held=False)
        climbs.append((made.rate / before - 1) / 0.03)
        made.rate = 100.0
    assert climbs == pytest.approx([1 / 12, 1 / 24, 1 / 24])


def climbed_to(made: AdaptiveRate, now: float) -> float:
    """The rate at which the quick climb ends: just below the ceiling, or where the run began."""
    while True:
        before, now = made.rate, now + 1
        made.grow(now, held=False)
        if made.rate < 1.05 * before:
            return before


@pytest.mark.parametrize(
    ("before", "at", "ceiling"),
    [(None, 200.0, None), (100, 97.0, 0.88 * 97), (100, 120.0, 0.88 * 100), (100, 96.0, 100), (100, 40.0, 100)],
)
def test_throttled_again_at_once_the_ceiling_was_too_high(before, at, ceiling):
    """Close to it or past it; far below it, or without one, a short look says nothing about it."""
    made = AdaptiveRate(200.0, 0.0)
    if before:
        made.storm(10.0, active_s=60.0, got_through=before)
        made.resume(11.0, through=50)
    made.rate = at
    made.storm(12.0, active_s=0.5, got_through=30)
    made.resume(12.5, through=30)
    assert made.rate == 30
    assert climbed_to(made, 12.5) == pytest.approx(0.97 * ceiling if ceiling else 200.0)


@pytest.mark.parametrize(("active_s", "got_through", "ceiling"), [(1.0, 50, 50), (0.99, 50, None), (1.0, 0, None)])
def test_a_ceiling_is_found_in_a_second_in_which_something_got_through(active_s, got_through, ceiling):
    made = AdaptiveRate(100.0, 0.0)
    made.storm(10.0, active_s=active_s, got_through=got_through)
    made.resume(11.0, through=20)
    assert climbed_to(made, 11.0) == pytest.approx(0.97 * ceiling if ceiling else 100.0)
