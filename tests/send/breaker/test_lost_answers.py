"""Lost answers: the breaker trips, the API is probed, slots come back one by one, or the run stops."""

from __future__ import annotations

import pytest

from importer.send.slots import Stopped
from importer.send.stop_reasons import Stop
from tests.send.breaker.world import entered, in_a_loop, settle, trip


@in_a_loop
async def test_three_doubts_in_a_row_trip_the_breaker(world):
    """No new row starts until those in flight have ended and a harmless request was answered."""
    slots, breaker = world.begin()
    breaker.answered()
    inside = await entered(slots, 4)
    for task in inside[:3]:
        slots.release()
        breaker.rows_in_doubt(task.result())
    waiting = await entered(slots, 4)
    await world.advance(1)
    assert (waiting, world.probes) == ([], 0)  # one is still in flight
    slots.release()
    world.answers.extend([False, False, True])
    await world.advance(0.05)
    assert world.probes == 1
    await world.advance(1)
    await world.advance(2)
    assert world.probes == 3
    assert slots.in_flight == 1
    slots.release()
    breaker.rows_rejected()
    await settle()
    assert slots.in_flight == 1, "one at a time until one is recorded"
    slots.release()
    breaker.rows_recorded()
    await settle()
    assert slots.in_flight > 1


@in_a_loop
async def test_care_is_announced_once_for_each_trip(world):
    """A doubt in the careful state leads to another probe, of which nothing new is to be said."""
    slots, breaker = world.begin()
    await trip(slots, breaker)
    await world.advance(5)
    assert world.states.count("careful") == 1
    (task,) = await entered(slots, 1)
    slots.release()
    breaker.rows_in_doubt(task.result())
    await world.advance(30)
    assert (breaker.state, world.states.count("careful")) == ("careful", 1)


@in_a_loop
async def test_two_doubts_and_a_success_do_not_trip(world):
    """Only rows in a row count."""
    slots, breaker = world.begin()
    breaker.answered()
    for _ in range(10):
        for _ in range(2):
            breaker.rows_in_doubt(slots.epoch)
        breaker.rows_recorded()
    assert slots.stop is None
    assert len(await entered(slots, 4)) == 4


@in_a_loop
async def test_rows_in_flight_at_the_trip_are_one_event(world):
    """Many rows that were lost at once count as the three that tripped the breaker, so the run can go on by itself."""
    slots, breaker = world.begin(concurrency=32, stop_after=20)
    breaker.answered()
    inside = await entered(slots, 32)
    for task in inside:
        slots.release()
        breaker.rows_in_doubt(task.result())
    assert slots.stop is None


@in_a_loop
async def test_the_end_of_an_outage_ends_no_probing(world):
    """A pause that began before the breaker tripped does not let a row through while the API is being probed."""
    slots, breaker = world.begin()
    breaker.answered()
    breaker.unreachable(slots.epoch, "refused")
    await world.advance(0.5)
    breaker.answered()  # by a try of the new epoch
    for _ in range(3):
        breaker.rows_in_doubt(slots.epoch)
    world.answers.extend([False] * 5)
    await world.advance(0.6)
    assert await entered(slots, 4) == []


@in_a_loop
async def test_a_row_that_was_in_flight_does_not_close_the_breaker(world):
    """One of the rows in flight at the trip may still be recorded; no new row is sent before the probe all the same."""
    slots, breaker = world.begin()
    breaker.answered()
    inside = await entered(slots, 4)
    for task in inside[:3]:
        slots.release()
        breaker.rows_in_doubt(task.result())
    slots.release()
    breaker.answered(inside[3].result())
    breaker.rows_recorded(inside[3].result())
    world.answers.append(False)
    assert await entered(slots, 4) == []


@in_a_loop
async def test_one_row_at_a_time_until_there_is_an_answer_to_believe(world):
    """A page of a captive portal answers everything; it costs three rows, not as many as fit in flight."""
    slots, breaker = world.begin(concurrency=32)
    world.answers.append(False)
    await entered(slots, 32)
    for _ in range(3):
        assert slots.in_flight == 1
        slots.release()
        breaker.answered(slots.epoch, believable=False)
        breaker.rows_in_doubt(slots.epoch)
        await settle()
    assert (breaker.state, slots.in_flight) == ("probing", 0)


@in_a_loop
async def test_lost_answers_trip_the_breaker_also_when_rows_are_sent_again(world):
    """With `--in-doubt resend` no row ends in doubt at first, and none is sent all the same while answers are lost."""
    slots, breaker = world.begin(stop_after=3)
    world.answers.append(False)
    breaker.answered()
    for task in await entered(slots, 3):
        slots.release()
        breaker.attempt_in_doubt(task.result())
    assert await entered(slots, 1) == []
    assert slots.stop is None
    for _ in range(3):
        breaker.row_spent_in_doubt()
    assert slots.stop is not None


@in_a_loop
async def test_careful_attempts_that_are_lost_and_sent_again_are_a_second_apart(world):
    """Where each lost attempt may have stored its row, and no row ends, an API that loses them all gets few."""
    slots, breaker = world.begin()
    breaker.answered()
    for task in await entered(slots, 3):
        slots.release()
        breaker.attempt_in_doubt(task.result())
    epoch = await slots.acquire()
    slots.release()
    breaker.attempt_in_doubt(epoch)
    assert await entered(slots, 1) == []
    await world.advance(0.9)
    assert world.probes == 1
    await world.advance(0.1)
    assert (world.probes, slots.in_flight) == (2, 1)


@in_a_loop
async def test_a_probe_that_breaks_ends_the_run(world):
    """Nobody would close the breaker again, and the run would wait for ever."""
    slots, breaker = world.begin()
    breaker._probing.is_answering = None  # type: ignore[assignment]
    await trip(slots, breaker)
    await world.advance(0.05)
    assert slots.stop is not None
    assert slots.ended.is_set()


@in_a_loop
async def test_nothing_is_said_of_careful_sending_after_a_stop(world):
    """A probe that is under way when the run ends opens nothing and announces nothing."""
    slots, breaker = world.begin()
    await trip(slots, breaker)
    slots.end(Stop("interrupted", "", 130))
    await world.advance(1)
    assert "careful" not in world.states
    with pytest.raises(Stopped):
        await slots.acquire()


@in_a_loop
async def test_after_a_trip_slots_come_back_one_by_one(world):
    """What lost answers before, an overloaded gateway perhaps, gets one more for as many as were recorded at once."""
    trips = []
    slots, breaker = world.begin(concurrency=4, on_trip=lambda: trips.append(1))
    await trip(slots, breaker)
    await world.advance(0.1)
    assert trips == [1]
    seen = []
    for _ in range(8):
        epoch = (await entered(slots, 14))[0].result() if not slots.in_flight else slots.epoch
        seen.append(slots.in_flight)
        slots.release()
        breaker.answered(epoch)
        breaker.rows_recorded(epoch)
        await settle()
    assert seen == [1, 2, 2, 3, 3, 3, 4, 4]
    assert slots.in_flight == 4


@in_a_loop
async def test_the_fifth_trip_within_five_minutes_stops_the_run(world):
    """Trip after trip, with rows that get through in between, is a way that cannot be trusted."""
    for apart_s, stops in ((70, True), (80, False)):
        (slots, breaker), seen = world.begin(stop_after=100), 0
        breaker.answered()
        while slots.stop is None and seen < 8:
            for _ in range(3):
                breaker.rows_in_doubt(slots.epoch, why="HTTP 502")
            seen += 1
            await world.advance(apart_s)
            breaker.rows_recorded(slots.epoch)
        assert (slots.stop is not None and slots.stop.word == "doubts", seen) == (stops, 5 if stops else 8)
        assert not stops or "HTTP 502" in slots.stop.sentence


@in_a_loop
async def test_an_api_that_never_answered_is_not_probed_for_ever(world):
    """Three lost answers and no answer to anything: the run stops after `--attempts` probes."""
    slots, breaker = world.begin(attempts=3)
    world.answers.extend([False] * 10)
    for _ in range(3):
        breaker.rows_in_doubt(await slots.acquire())
        slots.release()
    for _ in range(3):
        await world.advance(4)
    assert (slots.stop is not None and slots.stop.word, world.probes) == ("outage", 3)


@in_a_loop
async def test_doubts_that_go_on_although_the_run_has_slowed_down_stop_it(world):
    """More than a quarter of the last hundred ends; before it slowed down, that is no reason."""
    for slowed in (True, False):
        slots, breaker = world.begin(stop_after=1000)
        breaker.answered()
        if slowed:
            breaker.slowed_down("slower")
        ends = 0
        while slots.stop is None and ends < 200:
            if ends % 3:
                breaker.rows_recorded(slots.epoch)
            else:
                breaker.rows_in_doubt(slots.epoch)
            ends += 1
        assert (slots.stop is not None, ends) == ((True, 100) if slowed else (False, 200))
