"""Rows that end badly, one after the other."""

from __future__ import annotations

from tests.send.breaker.world import in_a_loop, trip


@in_a_loop
async def test_doubts_without_end_stop_the_run(world):
    """While each careful row is lost again the run stops after `--stop-after` rows, not at the end of the file."""
    slots, breaker = world.begin(stop_after=6)
    await trip(slots, breaker)
    rows = 3
    while slots.stop is None and rows < 50:
        await world.advance(1)
        epoch = await slots.acquire()
        slots.release()
        breaker.rows_in_doubt(epoch)
        rows += 1
    assert rows == 6
    assert slots.stop.word == "too_many_failures"


@in_a_loop
async def test_rejections_count_until_something_was_recorded(world):
    """A wrong account rejects everything: the run stops; a bad patch later on does not stop it."""
    slots, breaker = world.begin(stop_after=5)
    for _ in range(4):
        breaker.rows_rejected()
    breaker.rows_recorded()
    for _ in range(50):
        breaker.rows_rejected()
    assert slots.stop is None
    other_slots, other = world.begin(stop_after=5)
    for _ in range(5):
        other.rows_rejected()
    assert other_slots.stop is not None


@in_a_loop
async def test_failed_rows_in_a_row_stop_the_run(world):
    """Rows that spent their attempts count, also when something was recorded before."""
    slots, breaker = world.begin(stop_after=3)
    breaker.rows_recorded()
    for _ in range(3):
        breaker.row_failed()
    assert slots.stop is not None
