"""Slots: how many attempts are in flight, who waits for a slot, and whether anything may start. Judges nothing.

Each time the slots are paused, a new *epoch* begins: what began in an earlier one says nothing about the present.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.send.stop_reasons import Stop


class Stopped(Exception):  # noqa: N818 - not an error: the run ends
    """No slot will be given any more in this run."""


class PausedError(Exception):
    """The slots were paused while a row that holds one slept."""


class Slots:
    """Lets attempts start, first come, first served, at most `limit` at once; one at a time at first.

    `stop` is why nothing starts any more; `ended` is set when there is such a reason, `paused` while nothing may start.
    """

    def __init__(self) -> None:
        self.stop: Stop | None = None
        self.ended = asyncio.Event()
        self.paused = asyncio.Event()
        self.in_flight = 0
        self.limit = 1
        self.epoch = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def acquire(self, *, first: bool = False) -> int:
        """Wait for a slot; `first` goes before those who wait. Returns the epoch, to be handed back with the outcome.

        Raises:
            Stopped: the run ends; nothing may start.
        """
        while True:
            if self.stop is not None:
                raise Stopped
            if not self.paused.is_set() and self.in_flight < self.limit:
                self.in_flight += 1
                return self.epoch
            waiter = asyncio.get_running_loop().create_future()
            (self._waiting.appendleft if first else self._waiting.append)(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)
                else:
                    self.wake()
                raise

    def release(self) -> None:
        """An attempt has ended."""
        self.in_flight -= 1
        self.wake()

    def may_send(self, epoch: int) -> bool:
        """Whether the slot that was given in `epoch` still holds: the slots were not paused since."""
        return not self.paused.is_set() and epoch == self.epoch

    def is_past(self, epoch: int | None) -> bool:
        """Whether the slots were paused since `epoch`, so that an outcome says nothing about the present."""
        return epoch is not None and epoch != self.epoch

    def wake(self) -> None:
        """Let those who wait have the slots that are free."""
        free = len(self._waiting) if self.stop else (0 if self.paused.is_set() else self.limit - self.in_flight)
        while self._waiting and free > 0:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                free -= 1

    def end(self, stop: Stop) -> None:
        """Let nothing start any more; the first reason stands."""
        if self.stop is None:
            self.stop = stop
            self.ended.set()
            self.paused.set()
            self.wake()

    def pause(self) -> int:
        """Let nothing start for now, and one at a time after that; returns the new epoch."""
        self.epoch += 1
        self.limit = 1
        self.paused.set()
        return self.epoch

    def resume(self) -> None:
        """Let attempts start again, unless the run ends."""
        if self.stop is None:
            self.paused.clear()
            self.wake()

    async def sleep(self, seconds: float) -> None:
        """Sleep.

        Raises:
            Stopped: the run ends.
        """
        if await _is_set_within(self.ended, seconds):
            raise Stopped

    async def sleep_unless_paused(self, seconds: float) -> None:
        """Sleep.

        Raises:
            PausedError: nothing may start for now, so that it is of no use to wait any longer.
        """
        if await _is_set_within(self.paused, seconds):
            raise PausedError


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
