"""Pauses that answers in doubt ask for."""

from __future__ import annotations

from importer.send.breaker.told_pauses import ToldPauses
from tests.send.breaker.world import entered, in_a_loop, settle


@in_a_loop
async def test_an_answer_in_doubt_that_asks_for_a_pause_gets_one(world):
    """`Retry-After` of a 503: nothing starts for so long, then one row at a time until an answer is believed."""
    slots, breaker = world.begin()
    breaker.answered()
    breaker.rows_in_doubt(slots.epoch, told_s=7.0)
    assert await entered(slots, 4) == []
    await world.advance(6.9)
    assert slots.in_flight == 0
    await world.advance(0.1)
    assert slots.in_flight == 1
    breaker.answered(slots.epoch)
    await settle()
    assert slots.in_flight == 4


@in_a_loop
async def test_a_pause_is_not_kept_again_while_rows_get_through(world):
    """Varnish asks for five seconds with every lost answer: once a minute is enough, unless nothing gets through."""
    slots, breaker = world.begin()
    breaker.answered()
    breaker.rows_in_doubt(slots.epoch, told_s=5.0)
    await world.advance(5)
    breaker.rows_in_doubt(slots.epoch, told_s=5.0)
    assert slots.paused.is_set(), "nothing got through since"
    await world.advance(5)
    breaker.rows_recorded(slots.epoch)
    breaker.rows_in_doubt(slots.epoch, told_s=5.0)
    assert not slots.paused.is_set()
    await world.advance(61)
    breaker.rows_recorded(slots.epoch)
    breaker.rows_in_doubt(slots.epoch, told_s=5.0)
    assert slots.paused.is_set()


def test_the_first_pause_is_kept_whatever_got_through_before():
    pauses = ToldPauses()
    pauses.got_through()
    assert pauses.is_to_keep(0.0, 5.0)
    assert pauses.is_to_keep(5.0, 5.0), "nothing got through since"
    pauses.got_through()
    assert not pauses.is_to_keep(69.9, 5.0)
    assert pauses.is_to_keep(70.0, 5.0)
