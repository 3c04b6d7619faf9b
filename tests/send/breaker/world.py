"""A world for the circuit breaker: time that passes when the test says so, and an API that answers as told."""

from __future__ import annotations

import asyncio
from collections import deque

from importer.send.breaker import CircuitBreaker
from importer.send.breaker.timing import Timing
from importer.send.slots import Slots


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


async def trip(slots: Slots, breaker: CircuitBreaker, rows: int = 3) -> None:
    breaker.answered()
    inside = await entered(slots, rows)
    for task in inside:
        slots.release()
        breaker.rows_in_doubt(task.result())


def in_a_loop(test):
    def run() -> None:
        asyncio.run(asyncio.wait_for(test(World()), 10))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run
