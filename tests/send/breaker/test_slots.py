"""Slots: one row at a time until the API has answered, never more than asked for, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from importer.send.slots import Stopped
from importer.send.stop_reasons import Stop
from tests.send.breaker.world import entered, in_a_loop, settle


@in_a_loop
async def test_one_row_at_a_time_until_the_api_has_answered(world):
    """A refused key or a wrong address costs one request, not as many as fit in flight."""
    slots, breaker = world.begin()
    assert len(await entered(slots, 10)) == 1
    breaker.answered()
    await settle()
    assert slots.in_flight == 4


@in_a_loop
async def test_never_more_in_flight_than_asked(world):
    """However many want in, `concurrency` are inside, and each that leaves lets one in."""
    slots, breaker = world.begin(concurrency=3)
    breaker.answered()
    await entered(slots, 10)
    for _ in range(7):
        assert slots.in_flight == 3
        slots.release()
        await settle()
    assert slots.in_flight == 3


@in_a_loop
async def test_a_stop_wakes_everyone(world):
    """Whoever waits to get in learns at once that the run ends."""
    slots, _ = world.begin()
    tasks = [asyncio.create_task(slots.acquire()) for _ in range(5)]
    await settle()
    slots.end(Stop("interrupted", "", 130))
    await settle()
    assert [type(task.exception()) for task in tasks if task.done() and task.exception()] == [Stopped] * 4
    with pytest.raises(Stopped):
        await slots.acquire()


@in_a_loop
async def test_a_cancelled_waiter_keeps_no_slot(world):
    """A slot that was handed to a task that is being cancelled goes to the next one."""
    slots, breaker = world.begin(concurrency=1)
    breaker.answered()
    await slots.acquire()
    first, second = asyncio.create_task(slots.acquire()), asyncio.create_task(slots.acquire())
    await settle()
    slots.release()
    first.cancel()
    await settle()
    assert second.done()
    assert slots.in_flight == 1
