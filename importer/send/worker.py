"""The posting itself: rows go out through the gate at the run's pace, and each has one fate, on disk.

For every attempt: a place in flight, a turn of the pace, the intent on disk, the request, the outcome handed to the
journal before the place is free again. A crash therefore leaves at most as many rows in doubt as places.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from importer.api import Outcome, OutcomeKind
from importer.errors import StorageError
from importer.journal import outcome_line
from importer.model import EXACT, Status
from importer.send import stop_reasons as stops
from importer.send.attempt import Doubt, intents, outcome_record, utc_now
from importer.send.metrics import Meter
from importer.send.repeated_ids import RepeatedIds
from importer.send.retry import Again, RetryPolicy
from importer.send.slots import ClosedError, Stopped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from importer.api import Client
    from importer.journal import GroupCommit
    from importer.send.attempt import Batch, Row
    from importer.send.breaker import CircuitBreaker
    from importer.send.rate_limiter import RateLimiter
    from importer.send.slots import Slots
    from importer.send.stop_reasons import Stop

# Rows that wait for their next attempt, at most, as a multiple of the places: beyond that no new row is taken.
WAITING_ROWS_A_PLACE = 50
_HELD_BACK = Outcome(OutcomeKind.NEVER_SENT)
# The vendor's endpoint takes more; answers name at most so many errors.
MOST_ROWS_A_REQUEST = 100


@dataclass(slots=True)
class Counts:
    """What has happened so far, for the progress display; the truth is the journal."""

    settled: int = 0
    recorded: int = 0
    recorded_revenue: Decimal = Decimal(0)
    in_doubt: int = 0
    not_recorded: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    sent_again: int = 0
    warnings: list[str] = field(default_factory=list)
    ids: RepeatedIds = field(default_factory=RepeatedIds)

    def all_warnings(self) -> tuple[str, ...]:
        """What a person must hear of the run."""
        again = f"Sent again after a lost answer (--in-doubt resend), and so perhaps stored twice: {self.sent_again:,}."
        return (*([again] if self.sent_again else []), *self.ids.warnings(), *self.warnings)


class Posting:
    """Posts rows until there are none left or the gate has closed for good.

    Args:
        client: one request, one meaning.
        commit: makes lines durable.
        slots: how many attempts may be in flight.
        breaker: hears the outcomes, and opens and closes the slots.
        pace: when it may.
        places: attempts in flight at most.
        attempts: of one row, the first counted.
        resend: post rows again whose answer was lost.
        bulk: use the bulk endpoint, a batch a request; otherwise each batch is one row.
        outage_wait_s: the longest wait that the API may ask for, or throttle everything for.
    """

    def __init__(
        self,
        *,
        client: Client,
        commit: GroupCommit,
        slots: Slots,
        breaker: CircuitBreaker,
        limiter: RateLimiter,
        places: int,
        attempts: int,
        resend: bool,
        bulk: bool,
        outage_wait_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts = Counts()
        self.meter = Meter(clock)
        self._client, self._commit, self._slots, self._breaker, self._limiter = client, commit, slots, breaker, limiter
        self._places, self._resend, self._outage_wait_s = places, resend, outage_wait_s
        self._clock, self._bulk = clock, bulk
        self._rows_a_request = MOST_ROWS_A_REQUEST
        self._policy = RetryPolicy(attempts, sleep=slots.sleep)
        self._doubts: dict[int, Doubt] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self._room_to_wait = asyncio.Semaphore(places * WAITING_ROWS_A_PLACE)

    async def run(self, batches: Iterator[Batch]) -> None:
        """Post all rows, a batch a request; returns when each has its fate or the gate was closed for good.

        Raises:
            Exception: whatever went wrong that nobody foresaw, after the rows in flight have ended.
        """
        workers = [asyncio.create_task(self._work(batches)) for _ in range(self._places)]
        done = await asyncio.gather(*workers, return_exceptions=True)
        while self._waiting:
            done += await asyncio.gather(*self._waiting, return_exceptions=True)
        await self._commit.flush()
        for error in done:
            if isinstance(error, BaseException):
                raise error

    def stop(self, stop: Stop) -> None:
        """Start nothing more; rows in flight end by themselves, rows that wait for another attempt stay unsent."""
        self._slots.end(stop)

    async def _work(self, batches: Iterator[Batch]) -> None:
        with self._until_stopped():
            for batch in batches:
                if self._slots.stop is not None:
                    return
                if len(batch) <= self._rows_a_request:
                    await self._first(batch)
                    continue
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
        except Again as again:
            await self._room_to_wait.acquire()
            self._spawn_rerun(again).add_done_callback(lambda _task: self._room_to_wait.release())

    def _spawn_rerun(self, first: Again) -> asyncio.Task[None]:
        task = asyncio.create_task(self._rerun(first))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        return task

    async def _rerun(self, first: Again) -> None:
        last: _Last = first.outcome
        before = last.number - 1

        async def attempt(number: int) -> None:
            """Only the rows that the attempt before left open."""
            nonlocal last
            try:
                await self._attempt(last.batch, before + number)
            except Again as again:
                last = again.outcome
                raise

        with self._until_stopped():
            try:
                await self._policy.rerun(first, attempt)
            except Again:
                for row, outcome in zip(last.batch, last.outcomes, strict=True):
                    self._spent(row, last.number, outcome)

    @contextmanager
    def _until_stopped(self) -> Iterator[None]:
        """What a task does until its rows have their fate or the run ends; anything unforeseen ends the run."""
        try:
            yield
        except Stopped:
            return
        except StorageError as error:
            self.stop(stops.disk(error))
        except BaseException:
            self.stop(stops.MISTAKE)
            raise

    # -- one attempt -------------------------------------------------------------------------------------------

    async def _attempt(self, batch: Batch, number: int) -> None:
        """One request that left, whatever became of it; tries that could not leave are repeated by the gate's rules."""
        while True:
            turn = await self._enter(number)
            try:
                outcomes, settled = await self._exchange(batch, turn)
            finally:
                self._slots.release()
            if outcomes[0].kind is not OutcomeKind.NEVER_SENT:
                break
            self._unreachable(turn.epoch, outcomes[0])
            await settled
        await self._judge(batch, turn, outcomes, settled)

    async def _enter(self, number: int) -> _Turn:
        """A place in flight and a turn of the pace; the gate may have closed while the turn was awaited."""
        while True:
            epoch = await self._slots.acquire(first=number > 1)
            try:
                if not self._limiter.try_acquire():
                    await self._limiter.acquire()
                if self._slots.may_send(epoch):
                    return _Turn(number, epoch, self._clock())
            except ClosedError:
                pass
            except BaseException:
                self._slots.release()
                raise
            self._slots.release()

    async def _exchange(self, batch: Batch, turn: _Turn) -> tuple[Sequence[Outcome], Awaitable[None]]:
        """Intents on disk, the request, outcomes handed over; one end for each row of the batch."""
        sent_at = utc_now()
        await self._commit.put(intents(batch, turn.number, sent_at))
        outcomes: Sequence[Outcome] = [_HELD_BACK] * len(batch)
        if self._slots.may_send(turn.epoch):
            began = self._clock()
            outcomes = await self._send(batch)
            if outcomes[0].http_status is not None:
                now = self._clock()
                self.meter.answered(now - began, now, throttled=outcomes[0].kind is OutcomeKind.THROTTLED)
        left = outcomes[0].kind is not OutcomeKind.NEVER_SENT
        self.counts.requests += left
        self.counts.retries += left and turn.number > 1
        finished_at = utc_now()
        number = turn.number - (not left)
        if len(batch) == 1 and outcomes[0].kind is OutcomeKind.TOO_LARGE:
            outcomes = [replace(outcomes[0], kind=OutcomeKind.REJECTED)]  # no half of it is smaller
        lines = []
        for row, outcome in zip(batch, outcomes, strict=True):
            lines.append(outcome_record(row, number, sent_at, finished_at, outcome, self._doubts.get(row.n, row.doubt)))
            if outcome.kind is OutcomeKind.IN_DOUBT:
                self._doubts.setdefault(row.n, row.doubt or Doubt(sent_at, outcome.code or "connection_lost"))
        return outcomes, self._commit.put(b"".join(lines))

    async def _send(self, batch: Batch) -> Sequence[Outcome]:
        if not self._bulk:
            row = batch[0]
            return [await self._client.post(row.body, row.message_id, row.revenue)]
        return await self._client.post_bulk([row.body for row in batch], [row.revenue for row in batch])

    # -- what it means for the run -----------------------------------------------------------------------------

    def _unreachable(self, epoch: int, outcome: Outcome) -> None:
        if outcome.stops:
            self.stop(stops.no_way(outcome))
        else:
            self._breaker.unreachable(epoch, outcome.text or "")

    async def _judge(self, batch: Batch, turn: _Turn, outcomes: Sequence[Outcome], settled: Awaitable[None]) -> None:
        first = outcomes[0]
        self._hear(first, turn)
        if first.kind is OutcomeKind.RECORDED and len(batch) == 1:  # the way of nearly every row
            self._settle([(batch[0], first)], turn.epoch)
            return
        if first.kind is OutcomeKind.THROTTLED:
            await settled
            raise Again(self._throttled(first, turn), counts=False, outcome=_Last(turn.number, batch, outcomes))
        if self._ends_the_run(first):
            await settled
            return
        if first.kind is OutcomeKind.TOO_LARGE and len(batch) > 1:
            await settled
            await self._halve(batch, turn.number)
            return
        settled_rows: list[tuple[Row, Outcome]] = []
        left_open: list[tuple[Row, Outcome]] = []
        for pair in zip(batch, outcomes, strict=True):
            (left_open if self._is_tried_again(pair[1], turn.epoch) else settled_rows).append(pair)
        self._settle(settled_rows, turn.epoch)
        if left_open:
            await settled
            rows, last_outcomes = zip(*left_open, strict=True)
            raise Again(None, counts=True, outcome=_Last(turn.number, rows, last_outcomes))

    def _hear(self, outcome: Outcome, turn: _Turn) -> None:
        """What an end says of the API, whatever it means for its rows."""
        if outcome.kind is OutcomeKind.RECORDED:
            self._breaker.answered(turn.epoch)
            self._limiter.answered()
            return
        if outcome.http_status is not None:
            believable = outcome.kind not in (OutcomeKind.IN_DOUBT, OutcomeKind.TURNED_AWAY)
            self._breaker.answered(turn.epoch, believable=believable)
        if outcome.kind is OutcomeKind.IN_DOUBT:
            sheds_load = (outcome.http_status or 0) >= 500 and not self._breaker.is_tripped
            if sheds_load and self._limiter.lost(started_at=turn.at):
                self._breaker.slowed_down(
                    f"Something on the way to the API may be overloaded: rows end in doubt ({_said(outcome)}). The run "
                    "goes on slower, and stops if that does not help."
                )
            told_s = outcome.retry_after_s
            if told_s is not None and told_s > self._outage_wait_s:
                self.stop(stops.told_to_wait(told_s))
        elif outcome.http_status is not None and outcome.kind is not OutcomeKind.THROTTLED:
            self._limiter.answered()

    def _ends_the_run(self, outcome: Outcome) -> bool:
        """Whether nothing more may be sent, and the rows of this request were not: a doubt is settled as one."""
        if outcome.kind is OutcomeKind.STOP or outcome.stops:
            self.stop(stops.refusal(outcome))
        elif outcome.kind is OutcomeKind.TURNED_AWAY and not self._breaker.recorded_once:
            self.stop(stops.turned_away(outcome))
        else:
            return False
        return outcome.kind is not OutcomeKind.IN_DOUBT

    async def _halve(self, batch: Batch, number: int) -> None:
        """A gateway takes no request of this size: send halves of it, and none larger from now on."""
        self._rows_a_request = min(self._rows_a_request, len(batch) // 2)
        for part in self._parts(batch):
            try:
                await self._attempt(part, number + 1)
            except Again as again:
                self._spawn_rerun(again)

    def _is_tried_again(self, outcome: Outcome, epoch: int) -> bool:
        if outcome.kind is OutcomeKind.IN_DOUBT and self._resend and outcome.code != "echo_mismatch":
            self._breaker.attempt_in_doubt(epoch, why=_said(outcome), told_s=outcome.retry_after_s)
            return True
        return outcome.kind in (OutcomeKind.TRANSIENT, OutcomeKind.TURNED_AWAY)

    def _settle(self, rows: list[tuple[Row, Outcome]], epoch: int) -> None:
        """Count the rows of one request. The recorded ones first: with them nothing is wrong with the request."""
        recorded = refused = 0
        lost: list[Outcome] = []
        for row, outcome in rows:
            self.counts.settled += 1
            doubt = self._doubts.pop(row.n, row.doubt)
            if outcome.kind is OutcomeKind.RECORDED:
                self._count_recorded(row, outcome)
                self.counts.sent_again += doubt is not None
                recorded += 1
            elif outcome.kind is OutcomeKind.IN_DOUBT:
                self.counts.in_doubt += 1
                lost.append(outcome)
            elif doubt is not None:
                self.counts.in_doubt += 1
                self._breaker.row_spent_in_doubt()
            else:
                self.counts.not_recorded += 1
                refused += 1
        if recorded:
            self._breaker.rows_recorded(epoch)
        if refused:
            self._breaker.rows_rejected(refused)
        if lost:
            self._breaker.rows_in_doubt(epoch, len(lost), why=_said(lost[0]), told_s=lost[0].retry_after_s)

    def _count_recorded(self, row: Row, outcome: Outcome) -> None:
        counts = self.counts
        counts.recorded += 1
        counts.recorded_revenue = EXACT.add(counts.recorded_revenue, Decimal(row.revenue))
        if outcome.revenue_id is not None:
            counts.ids.add(outcome.revenue_id, row)
        if outcome.warning and len(counts.warnings) < 100:
            counts.warnings.append(f"{row.source} row {row.row}: {outcome.warning}")

    def _spent(self, row: Row, number: int, outcome: Outcome) -> None:
        """No attempts left: in doubt when one of its answers was lost, otherwise failed, as the last answer said."""
        self.counts.settled += 1
        if self._doubts.pop(row.n, row.doubt) is not None:
            self.counts.in_doubt += 1
            self._breaker.row_spent_in_doubt()
        else:
            self.counts.not_recorded += 1
            line = outcome_line(
                row.n, number, utc_now(), Status.FAILED, outcome.http_status, outcome.code, outcome.text, None
            )
            self._commit.put(line)
            self._breaker.row_failed()

    def _throttled(self, outcome: Outcome, turn: _Turn) -> float:
        self.counts.throttled += 1
        told = outcome.retry_after_s
        if told is not None and told > self._outage_wait_s:
            self.stop(stops.told_to_wait(told))
        elif (starved_s := self._limiter.starved_s) > self._outage_wait_s:
            self.stop(stops.starved(starved_s))
        return self._limiter.throttled(told, started_at=turn.at)


class _Turn(NamedTuple):
    """An attempt that may start: its number, and the epoch and the moment in which it was let in."""

    number: int
    epoch: int
    at: float


@dataclass(frozen=True, slots=True)
class _Last:
    """The last attempt of rows that may be tried again."""

    number: int
    batch: Batch
    outcomes: Sequence[Outcome]


def _said(outcome: Outcome) -> str:
    """An outcome in a few words, for a sentence about the run."""
    status = f"HTTP {outcome.http_status}" if outcome.http_status is not None else None
    return ", ".join(filter(None, (status, outcome.text))) or outcome.code or "no answer"
