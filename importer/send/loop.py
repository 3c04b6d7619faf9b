"""The event loop of a run: sets up what posting needs, posts the rows, hears signals, shows progress."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from importer.api import Client, allow_connections
from importer.journal import GroupCommit, StateChanged, event_line
from importer.model import Progress, Share
from importer.send import stop_reasons
from importer.send.breaker import CircuitBreaker
from importer.send.rate_limiter import RateLimiter
from importer.send.slots import Slots
from importer.send.surroundings import REAL
from importer.send.worker import WorkerPool
from importer.signals import EXIT_STATUSES

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from importer.journal import Appender
    from importer.model import Listener
    from importer.send.attempt import Batch, Row
    from importer.send.counts import Counts
    from importer.send.surroundings import Surroundings
    from importer.settings import Settings
    from importer.signals import Noted

PROGRESS_S = 0.2
CANCELLED = EXIT_STATUSES[signal.SIGINT]


@dataclass(frozen=True, slots=True)
class Sent:
    """How the posting went; what became of each row is in the journal.

    `measured` is what the journal keeps of the API's answers, as `Meter.facts` has it.
    """

    counts: Counts
    stop: stop_reasons.Stop | None
    paused_s: float
    measured: dict[str, Any]


def send(
    rows: Iterator[Row],
    to_post: int,
    settings: Settings,
    appender: Appender,
    listener: Listener,
    signals: Noted,
    cancel: threading.Event | None = None,
    *,
    on_probation: bool = False,
    surroundings: Surroundings = REAL,
) -> Sent:
    """Post all rows, or as many as can be; returns when nothing is in flight any more.

    Args:
        signals: those that are held back; after the first one no new row is sent, a second one does not wait.
        cancel: once set, no new row is sent, as after a first Ctrl-C.
        on_probation: the run continues one that stopped for rows in doubt: a few rows, one at a time, come first.
        surroundings: event loop, clock, chance and connections, where they are not to be the real ones.
    """
    run = _Run(rows, to_post, settings, appender, listener, signals, cancel, on_probation, surroundings)
    return _run(run, surroundings)


def _run(run: _Run, surroundings: Surroundings) -> Sent:
    return surroundings.run(run.main())


def _batches(rows: Iterator[Row], size: int) -> Iterator[Batch]:
    while batch := tuple(islice(rows, size)):
        yield batch


@dataclass(slots=True)
class _Run:
    rows: Iterator[Row]
    to_post: int
    settings: Settings
    appender: Appender
    listener: Listener
    signals: Noted
    cancel: threading.Event | None
    on_probation: bool
    surroundings: Surroundings
    slots: Slots = field(default_factory=Slots)
    started: float = field(default_factory=time.monotonic)
    state: str = ""
    noted: str = ""
    interrupts: int = 0
    client: Client = field(init=False)
    breaker: CircuitBreaker = field(init=False)
    pool: WorkerPool = field(init=False)

    async def main(self) -> Sent:
        settings, timing = self.settings, self.surroundings.timing
        concurrency = self._concurrency()
        self.client = Client(
            settings.base_url,
            settings.api_key,
            timeout_s=settings.timeout_s,
            make_opener=self.surroundings.make_opener,
        )
        limiter = RateLimiter(
            settings.rate, clock=timing.clock, sleep=self.slots.sleep_unless_paused, random=timing.jitter
        )
        self.breaker = CircuitBreaker(
            self.slots,
            concurrency=concurrency,
            attempts=settings.attempts,
            outage_wait_s=settings.outage_wait_s,
            stop_after=settings.stop_after,
            is_answering=self.client.is_answering,
            on_state=self._heard,
            on_trip=limiter.halve,
            on_probation=self.on_probation,
            timing=timing,
        )
        commit = GroupCommit(
            self.appender,
            rows_in_flight=concurrency * (settings.bulk or 1),
            on_failure=lambda error: self.slots.end(stop_reasons.disk(error)),
        )
        self.pool = WorkerPool(
            client=self.client,
            commit=commit,
            slots=self.slots,
            breaker=self.breaker,
            limiter=limiter,
            concurrency=concurrency,
            attempts=settings.attempts,
            resend=settings.in_doubt == "resend",
            bulk=settings.bulk is not None,
            outage_wait_s=settings.outage_wait_s,
            timing=timing,
        )
        await self._post(commit)
        return Sent(self.pool.counts, self.slots.stop, limiter.paused_s, self.pool.meter.facts())

    def _concurrency(self) -> int:
        """Requests in flight at most: as many as the user wishes, and as there may be files open."""
        wished = self.settings.concurrency
        room = allow_connections(wished, files_each=2 if self.settings.sandbox else 1)
        if room < wished:
            text = f"This computer lets the program open few files: {room} requests at once instead of {wished}"
            self.listener.notice("warning", "files", f"{text}. For more, raise that limit (ulimit -n).")
        return room

    async def _post(self, commit: GroupCommit) -> None:
        self._listen_to_signals()
        ticker = asyncio.create_task(self._tick(commit))
        try:
            await self.pool.run(_batches(self.rows, self.settings.bulk or 1))
        finally:
            ticker.cancel()
            with suppress(asyncio.CancelledError):
                await ticker
            await self.breaker.aclose()
            await self.client.aclose()
            await commit.flush()
            commit.close()
            self.signals.hears = None
        self._show()

    # -- being told to stop ------------------------------------------------------------------------------------

    def _listen_to_signals(self) -> None:
        """Not by the loop: it puts the system's defaults in place when it closes, and there are no results yet."""
        loop = asyncio.get_running_loop()
        for number in self.signals:
            self._interrupted(EXIT_STATUSES[number])
        self.signals.hears = lambda number: loop.call_soon_threadsafe(self._interrupted, EXIT_STATUSES[number])

    def _interrupted(self, exit_status: int) -> None:
        self.interrupts += 1
        if self.interrupts == 1:
            text = "Interrupted: no new rows are sent; waiting for the answers in flight (again: do not wait)."
            self._heard("interrupted", text)
            self.slots.end(stop_reasons.interrupted(exit_status))
        else:
            self.client.cut_short()

    # -- being looked at ---------------------------------------------------------------------------------------

    def _heard(self, word: str, text: str) -> None:
        self.state = text
        self.listener.notice("info" if word in ("reachable", "careful") else "warning", word, text)

    async def _tick(self, commit: GroupCommit) -> None:
        while True:
            self._show()
            self._note_state(commit)
            if self.cancel is not None and self.cancel.is_set() and not self.interrupts:
                self._interrupted(CANCELLED)
            await asyncio.sleep(PROGRESS_S)

    @property
    def _held_up(self) -> str:
        """Why the run does not simply send; empty when it does."""
        return self.state if self.breaker.state != "sending" else ""

    def _note_state(self, commit: GroupCommit) -> None:
        """Let the journal say what holds the run up, for those who look at it from outside."""
        if self._held_up == self.noted:
            return
        self.noted = self._held_up
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        commit.put(event_line(StateChanged(at=now, text=self.noted)))

    def _show(self) -> None:
        counts = self.pool.counts
        self.listener.progress(
            Progress(
                settled=counts.settled,
                to_post=self.to_post,
                recorded=Share(counts.recorded, counts.recorded_revenue),
                in_doubt=counts.in_doubt,
                not_recorded=counts.not_recorded,
                requests=counts.requests,
                elapsed_s=time.monotonic() - self.started,
                state=self._held_up,
            )
        )
