"""The way of one attempt: a slot, a permit, the intents on disk, the request, the outcomes handed to the journal.

Only then is the slot free again. A crash therefore leaves at most as many requests in doubt as there are slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from importer.api import Outcome, OutcomeKind
from importer.send import stop_reasons
from importer.send.attempt import Attempt, intent_lines, outcome_lines, utc_now
from importer.send.slots import PausedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from importer.api import Client
    from importer.journal import GroupCommit
    from importer.send.attempt import Batch, Doubts
    from importer.send.breaker import CircuitBreaker
    from importer.send.counts import Counts
    from importer.send.metrics import Meter
    from importer.send.rate_limiter import RateLimiter
    from importer.send.slots import Slots

_HELD_BACK = Outcome(OutcomeKind.NEVER_SENT)


class Posted(NamedTuple):
    """An attempt that was made: the outcome of each of its rows; once `durable` is awaited, these are on disk."""

    attempt: Attempt
    outcomes: Sequence[Outcome]
    durable: Awaitable[None]


@dataclass(slots=True)
class Poster:
    """Makes attempts.

    Args:
        client: one request, one outcome.
        commit: makes lines durable.
        slots: how many attempts may be in flight.
        breaker: told that nothing could be sent.
        limiter: when an attempt may start.
        counts: told the requests that left.
        doubts: told the rows whose answer was lost.
        meter: told how soon the API answers.
        clock: seconds that never go back.
        bulk: use the bulk endpoint, a batch a request; otherwise each batch is one row.
    """

    client: Client
    commit: GroupCommit
    slots: Slots
    breaker: CircuitBreaker
    limiter: RateLimiter
    counts: Counts
    doubts: Doubts
    meter: Meter
    clock: Callable[[], float]
    bulk: bool

    async def post(self, batch: Batch, number: int) -> Posted:
        """One request that left, whatever became of it; tries that could not leave are repeated as the breaker says.

        Raises:
            Stopped: the run ends; the rows were not sent.
            StorageError: the journal could not be written.
        """
        while True:
            attempt = await self._start(number)
            try:
                posted = await self._exchange(batch, attempt)
            finally:
                self.slots.release()
            if posted.outcomes[0].kind is not OutcomeKind.NEVER_SENT:
                return posted
            self._unreachable(attempt.epoch, posted.outcomes[0])
            await posted.durable

    async def _start(self, number: int) -> Attempt:
        """A slot and a permit; the slots may have been paused while the permit was awaited."""
        while True:
            epoch = await self.slots.acquire(first=number > 1)
            try:
                if not self.limiter.try_acquire():
                    await self.limiter.acquire()
                if self.slots.may_send(epoch):
                    return Attempt(number, epoch, self.clock())
            except PausedError:
                pass
            except BaseException:
                self.slots.release()
                raise
            self.slots.release()

    async def _exchange(self, batch: Batch, attempt: Attempt) -> Posted:
        """Intents on disk, the request, outcomes handed over; one outcome for each row of the batch."""
        sent_at = utc_now()
        await self.commit.put(intent_lines(batch, attempt.number, sent_at))
        outcomes: Sequence[Outcome] = [_HELD_BACK] * len(batch)
        if self.slots.may_send(attempt.epoch):
            outcomes = await self._send(batch)
        left = outcomes[0].kind is not OutcomeKind.NEVER_SENT
        self.counts.requests += left
        self.counts.retries += left and attempt.number > 1
        number = attempt.number - (not left)
        if len(batch) == 1 and outcomes[0].kind is OutcomeKind.TOO_LARGE:
            outcomes = [outcomes[0]._replace(kind=OutcomeKind.REJECTED)]  # no half of it is smaller
        lines = outcome_lines(batch, outcomes, number, sent_at, self.doubts)
        return Posted(attempt, outcomes, self.commit.put(lines))

    async def _send(self, batch: Batch) -> Sequence[Outcome]:
        began = self.clock()
        outcomes: Sequence[Outcome]
        if self.bulk:
            outcomes = await self.client.post_bulk([row.body for row in batch], [row.revenue for row in batch])
        else:
            row = batch[0]
            outcomes = [await self.client.post(row.body, row.message_id, row.revenue)]
        if outcomes[0].http_status is not None:
            now = self.clock()
            self.meter.answered(now - began, now, throttled=outcomes[0].kind is OutcomeKind.THROTTLED)
        return outcomes

    def _unreachable(self, epoch: int, outcome: Outcome) -> None:
        if outcome.stops:
            self.slots.end(stop_reasons.no_way(outcome))
        else:
            self.breaker.unreachable(epoch, outcome.text or "")
