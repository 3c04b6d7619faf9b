"""Whether the next attempt may start.

A run begins *narrow*: one row at a time until the API has given an answer to believe, so that a refused key or a wrong
address costs one request. Three states can close the gate again:

- an *outage* (nothing can be sent): one try at a time with growing pauses, until something answers;
- the *circuit breaker* (three rows in a row ended in doubt): first the rows in flight end, then a request that risks
  no money is tried until it is answered, then one row at a time until one is recorded;
- a *stop*: nothing starts any more.

Each outage and each trip begins a new *epoch*. What began in an earlier one says nothing about the present: it neither
opens the gate nor closes it again.

The clock, the sleep and the probe are injected. Times are in seconds.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DOUBTS_THAT_TRIP = 3
# A single request of a hundred rows that went wrong is no pattern.
REQUESTS_THAT_STOP = 3
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 15.0


class Stopped(Exception):  # noqa: N818 - not an error: the way in is closed for good
    """The gate will not open again in this run."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ends early: a machine word, a sentence with what to do, and the exit status."""

    word: str
    sentence: str
    exit_status: int = 3


class Gate:
    """Lets attempts start, at most `concurrency` at once.

    Args:
        concurrency: attempts in flight at most.
        attempts: tries to reach an API that has not answered yet in this run.
        outage_wait_s: how long to wait for an API that did answer before.
        stop_after: rows in a row that end badly before the run stops; never so few that one or two lost requests do.
        is_answering: asks the API for something that risks no money.
        on_state: told each change, as a word and a sentence.

    `ended` is set when the gate has closed for good, `shut` while nothing may start.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        attempts: int,
        outage_wait_s: float,
        stop_after: int,
        is_answering: Callable[[], Awaitable[bool]],
        on_state: Callable[[str, str], None] = lambda _word, _text: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.stop: Stop | None = None
        self.ended = asyncio.Event()
        self.shut = asyncio.Event()
        self.state = "starting"
        self.in_flight = 0
        self._concurrency = concurrency
        self._attempts = attempts
        self._outage_wait_s = outage_wait_s
        self._stop_after = stop_after
        self._is_answering = is_answering
        self._on_state = on_state
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._limit = 1
        self._answered_once = False
        self._recorded_once = False
        self._failures = 0
        self._outage_since: float | None = None
        self._doubts = 0
        self._bad_rows = self._bad_requests = 0
        self._tripped = False
        self._epoch = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # -- the way in and out ------------------------------------------------------------------------------------

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

    # -- what the ends of attempts say about the API -----------------------------------------------------------

    def answered(self, epoch: int | None = None, *, believable: bool = True) -> None:
        """The API answered; only an answer to believe is a reason to send more than one row at a time."""
        self._answered_once = True
        if self._is_history(epoch):
            return
        self._failures = 0
        if self._outage_since is not None:
            self._outage_since = None
            self._on_state("reachable", "The API answers again.")
        if believable and not self._tripped:
            self._open_wide()

    def _is_history(self, epoch: int | None) -> bool:
        return epoch is not None and epoch != self._epoch

    def unreachable(self, epoch: int, why: str) -> None:
        """Nothing could be sent. Failures of attempts that began before the last pause do not count again."""
        if self._is_history(epoch) or self.stop is not None:
            return
        self._failures += 1
        if self._outage_since is None:
            self._outage_since = self._clock()
        if self._outage_is_too_long():
            self.end(Stop("unreachable", f"The API cannot be reached: {why}. Run the same command again to continue."))
            return
        pause = _backoff(self._failures, self._jitter())
        epoch = self._close()
        self._set_state("waiting", f"The API cannot be reached ({why}); trying again in {pause:.0f} s.")
        self._spawn(self._reopen_after(pause, epoch))

    def _outage_is_too_long(self) -> bool:
        if not self._answered_once:
            return self._failures >= self._attempts
        assert self._outage_since is not None
        return self._clock() - self._outage_since > self._outage_wait_s

    async def _reopen_after(self, pause: float, epoch: int) -> None:
        await self._sleep(pause)
        if not self._is_history(epoch):
            self._reopen()

    # -- what the ends of rows say -----------------------------------------------------------------------------

    def row_recorded(self, epoch: int | None = None) -> None:
        """A row was recorded: all is well, unless it was sent before the API began to lose answers."""
        self._recorded_once = True
        if self._is_history(epoch):
            return
        self._doubts = self._bad_rows = self._bad_requests = 0
        if self._tripped:
            self._tripped = False
            self._open_wide()

    def row_rejected(self) -> None:
        """A row was refused: a bad sign only while nothing was ever recorded."""
        self._doubts = 0
        if self._recorded_once:
            self._bad_rows = self._bad_requests = 0
        else:
            self._count_bad_rows("rejected")

    def row_failed(self) -> None:
        """A row spent its attempts."""
        self._doubts = 0
        self._count_bad_rows("failed")

    def rows_in_doubt(self, epoch: int, rows: int = 1) -> None:
        """So many rows of one request ended in doubt.

        Those that were in flight when the breaker tripped belong to that one event.
        """
        if not self._is_history(epoch):
            self._count_bad_rows("in doubt", rows, least_requests=min(REQUESTS_THAT_STOP, self._stop_after))
            self._count_doubts(rows, pause_s=0.0)

    def attempt_in_doubt(self, epoch: int) -> None:
        """The answer to an attempt was lost; its row may be tried again, but not while answers are being lost.

        No row ends here, so that `stop_after` bounds nothing: a pause keeps the careful attempts few instead.
        """
        if not self._is_history(epoch):
            self._count_doubts(1, pause_s=FIRST_PAUSE_S if self._tripped else 0.0)

    def _count_doubts(self, count: int, *, pause_s: float) -> None:
        self._doubts += count
        if self.stop is None and (self._doubts >= DOUBTS_THAT_TRIP or self._tripped):
            self._trip(pause_s)

    def row_spent_in_doubt(self) -> None:
        """A row whose answers were lost, each counted already, has no attempts left."""
        self._count_bad_rows("in doubt")

    def _count_bad_rows(self, word: str, rows: int = 1, *, least_requests: int = 1) -> None:
        self._bad_rows += rows
        self._bad_requests += 1
        if self._bad_rows >= self._stop_after and self._bad_requests >= least_requests:
            sentence = (
                f"{self._bad_rows} rows in a row ended badly (the last one {word}). Look at error_code and "
                "error_message of these rows in the results before you run the same command again."
            )
            self.end(Stop("too_many_failures", sentence))

    def _trip(self, pause_s: float) -> None:
        self._tripped = True
        epoch = self._close()
        self._set_state(
            "probing",
            "Answers are lost, or cannot be believed; no new row is sent until the API answers a harmless request.",
        )
        self._spawn(self._probe(epoch, pause_s))

    async def _probe(self, epoch: int, pause_s: float) -> None:
        started, tries = self._clock(), 0
        if pause_s:
            await self._sleep(pause_s)
        while self.in_flight:
            await self._sleep(0.05)
        while self.stop is None and not await self._is_answering():
            tries += 1
            pause = _backoff(tries, self._jitter())
            if self._clock() - started + pause > self._outage_wait_s:
                self.end(
                    Stop(
                        "outage", "The API lost answers and does not come back. Run the same command again to continue."
                    )
                )
                return
            await self._sleep(pause)
        if self.stop is None and not self._is_history(epoch):
            self._set_state("careful", "The API answers; one row at a time until one is recorded.")
            self._reopen()

    def _open_wide(self) -> None:
        self._limit = self._concurrency
        if self.state != "sending":
            self._set_state("sending", "")
        self._reopen()

    def _set_state(self, word: str, text: str) -> None:
        self.state = word
        if text:
            self._on_state(word, text)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        """A gate that nobody opens again would hold up the run for ever."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.end(Stop("mistake", f"Something unforeseen happened ({error!r})."))

    async def aclose(self) -> None:
        """Drop whatever is still waiting."""
        for task in list(self._tasks):
            task.cancel()


def _backoff(failures: int, jitter: float) -> float:
    """Seconds before the next try: doubling from `FIRST_PAUSE_S`, between half and all of it."""
    return min(FIRST_PAUSE_S * 2.0 ** (failures - 1), LONGEST_PAUSE_S) * (0.5 + jitter / 2)
