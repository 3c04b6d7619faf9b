"""The meter: percentiles within six per cent, every answer in exactly one step, in constant memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.send.metrics import MAX_STEPS, Meter

seconds = st.floats(1e-6, 1e5, allow_nan=False)


@given(st.lists(seconds, min_size=1, max_size=200))
def test_percentiles_are_right_to_within_six_per_cent(latencies):
    """A percentile is at most 6 % (and its rounding) from the latency with that rank."""
    meter = Meter(clock=lambda: 0.0)
    for latency in latencies:
        meter.answered(latency, 1.0)
    facts = meter.facts()["latency_ms"]
    ranked = sorted(latencies)
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        rank = max(1, -int(-share * len(ranked) // 1))
        assert facts[name] == pytest.approx(ranked[rank - 1] * 1000, rel=0.07)
    assert facts["max"] == pytest.approx(ranked[-1] * 1000, rel=0.006)
    assert facts["answers"] == len(latencies)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), min_size=1, max_size=300))
def test_every_answer_is_in_one_step(answers):
    """However long the run, there are at most 200 steps, and their sums are the numbers of answers and of 429s."""
    meter = Meter(clock=lambda: 0.0)
    for now, throttled in answers:
        meter.answered(0.01, now, throttled=throttled)
    facts = meter.facts()
    assert len(facts["rate"]) <= MAX_STEPS
    assert sum(point[1] for point in facts["rate"]) == len(answers)
    assert sum(point[2] for point in facts["rate"]) == sum(throttled for _, throttled in answers)
    step = facts["rate_bucket_s"]
    for start, count, _ in facts["rate"]:
        assert count == sum(start <= now < start + step for now, _ in answers)


@pytest.mark.parametrize(("now", "step_s"), [(199.9, 1), (200.0, 2), (399.9, 2), (400.0, 4), (799.9, 4), (800.0, 8)])
def test_steps_are_twice_as_long_from_the_moment_on_that_there_is_none_left(now, step_s):
    """Two hundred of a second are full after 200 seconds."""
    meter = Meter(clock=lambda: 0.0)
    meter.answered(0.01, 0.0)
    meter.answered(0.01, now)
    facts = meter.facts()
    assert facts["rate_bucket_s"] == step_s
    assert [facts["rate"][0], facts["rate"][-1]] == [[0, 1, 0], [now // step_s * step_s, 1, 0]]


def test_nothing_is_said_of_a_run_without_answers():
    """Without an answer there is nothing to keep."""
    assert Meter().facts() == {}


@pytest.mark.parametrize(("latency", "now"), [(0.0, 0.0), (1e-12, 0.0), (1e9, 1e9), (-1.0, -50.0)])
def test_absurd_times_are_counted_and_never_break_a_run(latency, now):
    """What lies beyond the histogram or before the start counts at their ends."""
    meter = Meter(clock=lambda: 0.0)
    meter.answered(latency, now)
    assert meter.facts()["latency_ms"]["answers"] == 1


@pytest.mark.parametrize(("latency_s", "told_ms"), [(0.0, 0.00101), (1e-9, 0.000507), (1e9, 5.08e8)])
def test_latencies_beyond_the_histogram_are_in_its_first_or_last_step(latency_s, told_ms):
    """A clock that stands still, and one that jumped: neither is mistaken for the other end."""
    meter = Meter(clock=lambda: 0.0)
    for one in (latency_s, latency_s, 1e12):
        meter.answered(one, 1.0)
    assert meter.facts()["latency_ms"]["p50"] == pytest.approx(told_ms, rel=0.01)


@pytest.mark.parametrize(("latency_s", "most_ms"), [(0.0, 0.01), (1e-9, 0.01), (4.6e-7, 0.01), (1e12, 1e15)])
def test_what_is_too_short_or_too_long_for_a_clock_is_counted_at_its_end(latency_s, most_ms):
    meter = Meter(clock=lambda: 0.0)
    meter.answered(latency_s, 1.0)
    assert meter.facts()["latency_ms"]["p50"] <= most_ms


def test_an_answer_from_before_the_start_is_of_the_first_second():
    meter = Meter(clock=lambda: 50.0)
    meter.answered(0.01, 48.5)
    assert meter.facts()["rate"] == [[0, 1, 0]]
