"""Which rows are tried when: first attempts, further ones, batches in smaller parts; each row has one fate."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.api import OutcomeKind
from importer.errors import StorageError
from importer.send import stop_reasons
from importer.send.attempt import Doubts, failed_line
from importer.send.counts import Counts
from importer.send.judge import Judge
from importer.send.metrics import Meter
from importer.send.poster import Poster
from importer.send.retry import Again, RetryPolicy
from importer.send.slots import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.api import Client, Outcome
    from importer.journal import GroupCommit
    from importer.send.attempt import Batch, Row
    from importer.send.breaker import CircuitBreaker, Timing
    from importer.send.rate_limiter import RateLimiter
    from importer.send.slots import Slots

# Rows that wait for their next attempt, at most, as a multiple of the slots: beyond that no new row is taken.
WAITING_ROWS_A_SLOT = 50
# The vendor's endpoint takes more; answers name at most so many errors.
_MOST_ROWS_A_REQUEST = 100


class _Unsettled(Again):
    """An attempt after which rows may be tried again: its number, these rows, and the outcome of each."""

    def __init__(
        self, number: int, batch: Batch, outcomes: Sequence[Outcome], *, wait_s: float | None, counts: bool
    ) -> None:
        super().__init__(wait_s, counts=counts)
        self.number = number
        self.batch = batch
        self.outcomes = outcomes


class WorkerPool:
    """Posts rows until there are none left or the run ends.

    Args:
        client: one request, one outcome.
        commit: makes lines durable.
        slots: how many attempts may be in flight.
        breaker: hears the outcomes, and pauses the slots.
        limiter: when an attempt may start.
        concurrency: workers, each with one first attempt at a time.
        attempts: of one row, the first counted.
        resend: post rows again whose answer was lost.
        bulk: use the bulk endpoint, a batch a request; otherwise each batch is one row.
        outage_wait_s: the longest wait that the API may ask for, or throttle everything for.
        timing: the clock by which permits and answers are timed, and the chance in the waits between attempts.

    `counts` are the rows and requests so far, `meter` what was measured of the API.
    """

    def __init__(
        self,
        *,
        client: Client,
        commit: GroupCommit,
        slots: Slots,
        breaker: CircuitBreaker,
        limiter: RateLimiter,
        concurrency: int,
        attempts: int,
        resend: bool,
        bulk: bool,
        outage_wait_s: float,
        timing: Timing,
    ) -> None:
        doubts = Doubts()
        self.counts = Counts()
        self.meter = Meter()
        self._poster = Poster(
            client, commit, slots, breaker, limiter, self.counts, doubts, self.meter, timing.clock, bulk=bulk
        )
        self._judge = Judge(slots, breaker, limiter, self.counts, doubts, resend=resend, outage_wait_s=outage_wait_s)
        self._commit = commit
        self._slots = slots
        self._concurrency = concurrency
        self._rows_a_request = _MOST_ROWS_A_REQUEST
        self._policy = RetryPolicy(attempts, sleep=slots.sleep, random=timing.jitter)
        self._waiting: set[asyncio.Task[None]] = set()
        self._mistakes: list[BaseException] = []
        self._room_to_wait = asyncio.Semaphore(concurrency * WAITING_ROWS_A_SLOT)

    async def run(self, batches: Iterator[Batch]) -> None:
        """Post all rows, a batch a request; returns when each has its fate or the run ends.

        Raises:
            Exception: whatever went wrong that nobody foresaw, after the rows in flight have ended.
        """
        workers = [asyncio.create_task(self._work(batches)) for _ in range(self._concurrency)]
        done = await asyncio.gather(*workers, return_exceptions=True)
        while self._waiting:
            # Unlike `gather` from Python 3.12 on, this lets the loop go on when all of them have ended already.
            await asyncio.wait(self._waiting)
        await self._commit.flush()
        for error in (*done, *self._mistakes):
            if isinstance(error, BaseException):
                raise error

    async def _work(self, batches: Iterator[Batch]) -> None:
        with self._until_stopped():
            for batch in batches:
                if self._slots.stop is not None:
                    return
                for part in self._parts(batch):
                    await self._first(part)

    def _parts(self, batch: Batch) -> Iterator[Batch]:
        """A batch in parts of the size that got through, which may be found out meanwhile."""
        while batch:
            size = self._rows_a_request
            yield batch[:size]
            batch = batch[size:]

    async def _first(self, batch: Batch) -> None:
        """The first attempt; if there must be another, that is waited for in a task of its own."""
        try:
            await self._attempt(batch, 1)
        except _Unsettled as unsettled:
            await self._room_to_wait.acquire()
            self._spawn_rerun(unsettled).add_done_callback(lambda _task: self._room_to_wait.release())

    def _spawn_rerun(self, first: _Unsettled) -> asyncio.Task[None]:
        task = asyncio.create_task(self._rerun(first))
        self._waiting.add(task)
        task.add_done_callback(self._rerun_ended)
        return task

    def _rerun_ended(self, task: asyncio.Task[None]) -> None:
        self._waiting.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._mistakes.append(error)

    async def _rerun(self, first: _Unsettled) -> None:
        last = first
        before = first.number - 1

        async def attempt(number: int) -> None:
            """Only the rows that the attempt before left open."""
            nonlocal last
            try:
                await self._attempt(last.batch, before + number)
            except _Unsettled as unsettled:
                last = unsettled
                raise

        with self._until_stopped():
            try:
                await self._policy.rerun(first, attempt)
            except _Unsettled:
                for row, outcome in zip(last.batch, last.outcomes, strict=True):
                    if self._judge.spend(row):
                        self._commit.put(failed_line(row, last.number, outcome))

    @contextmanager
    def _until_stopped(self) -> Iterator[None]:
        """What a task does until its rows have their fate or the run ends; anything unforeseen ends the run."""
        try:
            yield
        except Stopped:
            return
        except StorageError as error:
            self._slots.end(stop_reasons.disk(error))
        except BaseException:
            self._slots.end(stop_reasons.MISTAKE)
            raise

    async def _attempt(self, batch: Batch, number: int) -> None:
        """One request that left, and what its outcomes mean; nothing is tried again before these are on disk.

        Raises:
            _Unsettled: rows may be tried again.
        """
        attempt, outcomes, durable = await self._poster.post(batch, number)
        first = outcomes[0]
        self._judge.hear(first, attempt)
        if first.kind is OutcomeKind.RECORDED and len(batch) == 1:  # the way of nearly every row
            self._judge.settle([(batch[0], first)], attempt.epoch)
        elif first.kind is OutcomeKind.THROTTLED:
            await durable
            wait_s = self._judge.throttled(first, attempt)
            raise _Unsettled(number, batch, outcomes, wait_s=wait_s, counts=False)
        elif self._judge.ends_the_run(first):
            await durable
        elif first.kind is OutcomeKind.TOO_LARGE and len(batch) > 1:
            await durable
            await self._halve(batch, number)
        else:
            left_open = self._settled(batch, outcomes, attempt.epoch)
            if left_open:
                await durable
                rows, last_outcomes = zip(*left_open, strict=True)
                raise _Unsettled(number, rows, last_outcomes, wait_s=None, counts=True)

    def _settled(self, batch: Batch, outcomes: Sequence[Outcome], epoch: int) -> list[tuple[Row, Outcome]]:
        """Settle the rows that have their fate; returns the others."""
        settled: list[tuple[Row, Outcome]] = []
        left_open: list[tuple[Row, Outcome]] = []
        for row, outcome in zip(batch, outcomes, strict=True):
            (left_open if self._judge.is_tried_again(outcome, epoch) else settled).append((row, outcome))
        self._judge.settle(settled, epoch)
        return left_open

    async def _halve(self, batch: Batch, number: int) -> None:
        """A gateway takes no request of this size: send halves of it, and none larger from now on."""
        self._rows_a_request = min(self._rows_a_request, len(batch) // 2)
        for part in self._parts(batch):
            try:
                await self._attempt(part, number + 1)
            except _Unsettled as unsettled:
                self._spawn_rerun(unsettled)
