"""Outages: nothing can be sent."""

from __future__ import annotations

from tests.send.breaker.world import entered, in_a_loop, settle


@in_a_loop
async def test_an_api_that_never_answers_stops_the_run_after_the_attempts(world):
    """Until the first answer the run tries `--attempts` times, with growing pauses, then it stops."""
    slots, breaker = world.begin(attempts=5)
    for _ in range(5):
        epoch = await slots.acquire()
        slots.release()
        breaker.unreachable(epoch, "refused")
        await world.advance(16)
    assert slots.stop is not None
    assert slots.stop.word == "unreachable"
    assert world.slept == [1, 2, 4, 8]


@in_a_loop
async def test_an_outage_later_is_waited_for_and_ends_by_itself(world):
    """An API that answered before is waited for up to `--outage-wait`, with one try at a time."""
    slots, breaker = world.begin(outage_wait_s=100)
    breaker.answered()
    inside = await entered(slots, 4)
    for task in inside:
        slots.release()
        breaker.unreachable(task.result(), "reset")
    await settle()
    assert world.slept == [1]
    await world.advance(1)
    assert len(await entered(slots, 4)) == 1
    breaker.answered()
    await settle()
    assert slots.in_flight == 4
    assert slots.stop is None


@in_a_loop
async def test_an_outage_that_lasts_too_long_stops_the_run(world):
    """After `--outage-wait` without an answer the run stops, and its rows stay unsent."""
    slots, breaker = world.begin(outage_wait_s=60)
    breaker.answered()
    while slots.stop is None and world.now < 200:
        epoch = await slots.acquire()
        slots.release()
        breaker.unreachable(epoch, "refused")
        await world.advance(15)
    assert slots.stop is not None
    assert 60 < world.now <= 90


@in_a_loop
async def test_an_answer_of_before_does_not_end_an_outage(world):
    """What was sent before the connection broke says nothing about it: the pause is kept, then one row goes first."""
    slots, breaker = world.begin()
    breaker.answered()
    old, lost, *_ = await entered(slots, 4)
    slots.release()
    breaker.unreachable(lost.result(), "refused")
    slots.release()
    breaker.answered(old.result())
    breaker.rows_recorded(old.result())
    assert await entered(slots, 4) == []
    slots.release()
    slots.release()
    await world.advance(1)
    assert slots.in_flight == 1


@in_a_loop
async def test_with_one_slot_an_outage_is_over_when_it_is_over(world):
    """Also a run of one row at a time says that it is sending again."""
    slots, breaker = world.begin(concurrency=1)
    breaker.answered()
    breaker.unreachable(slots.epoch, "refused")
    assert breaker.state == "waiting"
    await world.advance(1)
    breaker.answered()
    assert breaker.state == "sending"
