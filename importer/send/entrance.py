"""The way in: how many attempts are in flight, who waits, and whether anything may start. Judges nothing.

Each time the way in is closed, a new *epoch* begins: what began in an earlier one says nothing about the present.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass


class Stopped(Exception):  # noqa: N818 - not an error: the way in is closed for good
    """The gate will not open again in this run."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ends early: a machine word, a sentence with what to do, and the exit status."""

    word: str
    sentence: str
    exit_status: int = 3


class Entrance:
    """Lets attempts start, first come, first served, at most `limit` at once; one at a time at first.

    `ended` is set when it has closed for good, `shut` while nothing may start.
    """

    def __init__(self) -> None:
        self.stop: Stop | None = None
        self.ended = asyncio.Event()
        self.shut = asyncio.Event()
        self.in_flight = 0
        self._limit = 1
        self._epoch = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, *, first: bool = False) -> int:
        """Wait for a place; `first` goes before those who wait. Returns the epoch to hand back to the judgements.

        Raises:
            Stopped: the run ends; nothing may start.
        """
        while True:
            if self.stop is not None:
                raise Stopped
            if not self.shut.is_set() and self.in_flight < self._limit:
                self.in_flight += 1
                return self._epoch
            place = asyncio.get_running_loop().create_future()
            (self._waiting.appendleft if first else self._waiting.append)(place)
            try:
                await place
            except asyncio.CancelledError:
                if place in self._waiting:
                    self._waiting.remove(place)
                else:
                    self._wake()
                raise

    @property
    def epoch(self) -> int:
        """Counts the outages and trips so far: what began in an earlier epoch tells nothing new about this one."""
        return self._epoch

    def may_send(self, epoch: int) -> bool:
        """Whether the place that was given in `epoch` still holds: nothing has closed the gate since."""
        return not self.shut.is_set() and epoch == self._epoch

    def leave(self) -> None:
        """An attempt has ended."""
        self.in_flight -= 1
        self._wake()

    def _wake(self) -> None:
        free = len(self._waiting) if self.stop else (0 if self.shut.is_set() else self._limit - self.in_flight)
        while self._waiting and free > 0:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                free -= 1

    def end(self, stop: Stop) -> None:
        """Close for good; the first reason stands."""
        if self.stop is None:
            self.stop = stop
            self.ended.set()
            self.shut.set()
            self._wake()

    def _close(self) -> int:
        """Let nothing start, and one at a time after that; returns the new epoch."""
        self._epoch += 1
        self._limit = 1
        self.shut.set()
        return self._epoch

    def _reopen(self) -> None:
        if self.stop is None:
            self.shut.clear()
            self._wake()

    def _is_history(self, epoch: int | None) -> bool:
        return epoch is not None and epoch != self._epoch
