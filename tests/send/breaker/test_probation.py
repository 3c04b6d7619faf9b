"""A run that continues one which stopped for doubts."""

from __future__ import annotations

from importer.send.breaker.few_at_a_time import PROBATION_ROWS, Probation
from tests.send.breaker.world import entered, in_a_loop, settle


@in_a_loop
async def test_on_probation_one_row_at_a_time_and_the_first_doubt_ends_it(world):
    """A run that continues one which stopped for doubts finds out at the price of one row."""
    slots, breaker = world.begin(on_probation=True)
    for _ in range(PROBATION_ROWS - 1):
        epoch = (await entered(slots, 4))[0].result() if not slots.in_flight else slots.epoch
        assert slots.in_flight == 1
        slots.release()
        breaker.answered(epoch)
        breaker.rows_recorded(epoch)
        await settle()
    breaker.rows_in_doubt(slots.epoch, why="HTTP 502")
    assert slots.stop is not None
    assert (slots.stop.word, "HTTP 502" in slots.stop.sentence) == ("doubts", True)


@in_a_loop
async def test_probation_ends_when_enough_rows_came_through(world):
    """Whatever lost the answers is gone: the run is one like any other."""
    slots, breaker = world.begin(on_probation=True)
    for _ in range(PROBATION_ROWS):
        breaker.answered(slots.epoch)
        breaker.rows_recorded(slots.epoch)
    assert len(await entered(slots, 8)) == 4
    breaker.rows_in_doubt(slots.epoch)
    assert slots.stop is None


def test_what_comes_through_ends_a_probation_once():
    probation = Probation(is_on=True)
    assert [probation.came_through() for _ in range(PROBATION_ROWS + 2)] == [False] * (PROBATION_ROWS - 1) + [
        True, False, False,
    ]  # fmt: skip
    assert not probation.is_on
    assert not Probation(is_on=False).came_through()


@in_a_loop
async def test_one_may_start_however_often_the_run_slows_down(world):
    slots, breaker = world.begin()
    breaker.answered()
    for _ in range(3):
        breaker.slowed_down("HTTP 503")
        assert slots.limit == 1
    assert len(await entered(slots, 2)) == 1
