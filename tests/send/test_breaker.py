"""The circuit breaker: one row at a time at first, all once the API has answered, none while answers are lost."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from importer.send.breaker import CircuitBreaker
from importer.send.breaker.probation import PROBATION_ROWS
from importer.send.breaker.timing import Timing
from importer.send.slots import Slots, Stopped
from importer.send.stop_reasons import Stop


class World:
    """A clock and a sleep that pass only when the test says so, and an API that answers as told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.sleepers: deque[tuple[float, asyncio.Future[None]]] = deque()
        self.answers: deque[bool] = deque()
        self.probes = 0
        self.states: list[str] = []

    async def sleep(self, seconds: float) -> None:
        waker = asyncio.get_running_loop().create_future()
        self.slept.append(seconds)
        self.sleepers.append((self.now + seconds, waker))
        await waker

    async def probe(self) -> bool:
        self.probes += 1
        return self.answers.popleft() if self.answers else True

    async def advance(self, seconds: float) -> None:
        await settle()
        self.now += seconds
        for _ in range(20):
            await settle()
            for due, waker in list(self.sleepers):
                if due <= self.now and not waker.done():
                    waker.set_result(None)
        await settle()

    def begin(self, **options: object) -> tuple[Slots, CircuitBreaker]:
        values = {"concurrency": 4, "attempts": 5, "outage_wait_s": 900.0, "stop_after": 20} | options
        slots = Slots()
        breaker = CircuitBreaker(
            slots,
            **values,
            is_answering=self.probe,
            on_state=lambda word, _text: self.states.append(word),
            timing=Timing(clock=lambda: self.now, sleep=self.sleep, jitter=lambda: 1.0),
        )
        return slots, breaker


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def entered(slots: Slots, count: int) -> list[asyncio.Task[int]]:
    """Start `count` tasks that want in; returns those that got in."""
    tasks = [asyncio.create_task(slots.acquire()) for _ in range(count)]
    await settle()
    return [task for task in tasks if task.done()]


def in_a_loop(test):
    def run() -> None:
        asyncio.run(asyncio.wait_for(test(World()), 10))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


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


async def trip(slots: Slots, breaker: CircuitBreaker, rows: int = 3) -> None:
    breaker.answered()
    inside = await entered(slots, rows)
    for task in inside:
        slots.release()
        breaker.rows_in_doubt(task.result())


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
async def test_a_cancelled_waiter_keeps_no_place(world):
    """A place that was handed to a task that is being cancelled goes to the next one."""
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


@in_a_loop
async def test_an_answer_of_yesterday_does_not_end_an_outage(world):
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
async def test_the_end_of_an_outage_does_not_open_the_breaker(world):
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
async def test_with_one_place_an_outage_is_over_when_it_is_over(world):
    """Also a run of one row at a time says that it is sending again."""
    slots, breaker = world.begin(concurrency=1)
    breaker.answered()
    breaker.unreachable(slots.epoch, "refused")
    assert breaker.state == "waiting"
    await world.advance(1)
    breaker.answered()
    assert breaker.state == "sending"


@in_a_loop
async def test_after_a_trip_places_come_back_one_by_one(world):
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
    assert slots.closed.is_set(), "nothing got through since"
    await world.advance(5)
    breaker.rows_recorded(slots.epoch)
    breaker.rows_in_doubt(slots.epoch, told_s=5.0)
    assert not slots.closed.is_set()
    await world.advance(61)
    breaker.rows_recorded(slots.epoch)
    breaker.rows_in_doubt(slots.epoch, told_s=5.0)
    assert slots.closed.is_set()


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
