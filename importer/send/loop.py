"""The event loop of a run: sets up the wire, the gate and the pace, posts the rows, hears signals, shows progress."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from importer.api import Client
from importer.journal import OUTCOME_MAX_BYTES, GroupCommit
from importer.model import Progress, Share
from importer.send import stop_reasons
from importer.send.breaker import CircuitBreaker
from importer.send.rate_limiter import RateLimiter
from importer.send.slots import Slots
from importer.send.worker import Counts, Posting
from importer.signals import EXIT_STATUSES

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from importer.journal import Appender
    from importer.model import Listener
    from importer.send.attempt import Batch, Row
    from importer.settings import Settings
    from importer.signals import Noted

PROGRESS_S = 0.2
CANCELLED = 130


@dataclass(frozen=True, slots=True)
class Sent:
    """How the posting went; what became of each row is in the journal."""

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
) -> Sent:
    """Post all rows, or as many as can be; returns when nothing is in flight any more.

    Args:
        signals: those that are held back; after the first one no new row is sent, a second one does not wait.
        cancel: once set, no new row is sent, as after a first Ctrl-C.
        on_probation: the run continues one that stopped for rows in doubt: a few rows, one at a time, come first.
    """
    return _run(_Run(rows, to_post, settings, appender, listener, signals, cancel, on_probation).main())


def _run(main: Any) -> Sent:
    if sys.platform != "win32" and sys.implementation.name == "cpython":
        import uvloop  # noqa: PLC0415 - only where it is needed

        return uvloop.run(main)  # type: ignore[no-any-return]
    return asyncio.run(main)  # type: ignore[no-any-return]


def _batches(rows: Iterator[Row], size: int) -> Iterator[Batch]:
    while batch := tuple(islice(rows, size)):
        yield batch


class _Run:
    def __init__(
        self,
        rows: Iterator[Row],
        to_post: int,
        settings: Settings,
        appender: Appender,
        listener: Listener,
        signals: Noted,
        cancel: threading.Event | None,
        on_probation: bool,
    ) -> None:
        self._on_probation = on_probation
        self._rows, self._to_post, self._settings = rows, to_post, settings
        self._appender, self._listener, self._signals, self._cancel = appender, listener, signals, cancel
        self._slots = Slots()
        self._state = ""
        self._interrupts = 0
        self._started = time.monotonic()

    async def main(self) -> Sent:
        settings = self._settings
        client = self._client = Client(settings.base_url, settings.api_key, timeout_s=settings.timeout_s)
        self._limiter = RateLimiter(settings.rate, sleep=self._slots.sleep_while_open)
        self._breaker = CircuitBreaker(
            self._slots,
            concurrency=settings.concurrency,
            attempts=settings.attempts,
            outage_wait_s=settings.outage_wait_s,
            stop_after=settings.stop_after,
            is_answering=client.is_answering,
            on_state=self._heard,
            on_trip=self._limiter.halve,
            on_probation=self._on_probation,
        )
        commit = GroupCommit(
            self._appender,
            reserve=settings.concurrency * (settings.bulk or 1) * OUTCOME_MAX_BYTES,
            on_failure=self._disk_failed,
        )
        self._posting = Posting(
            client=client,
            commit=commit,
            slots=self._slots,
            breaker=self._breaker,
            limiter=self._limiter,
            places=settings.concurrency,
            attempts=settings.attempts,
            resend=settings.in_doubt == "resend",
            bulk=settings.bulk is not None,
            outage_wait_s=settings.outage_wait_s,
        )
        self._listen_to_signals()
        ticker = asyncio.create_task(self._tick())
        try:
            await self._posting.run(_batches(self._rows, settings.bulk or 1))
        finally:
            ticker.cancel()
            with suppress(asyncio.CancelledError):
                await ticker
            await self._breaker.aclose()
            await client.aclose()
            commit.close()
            self._signals.hears = None
        self._show()
        return Sent(self._posting.counts, self._slots.stop, self._limiter.paused_s, self._posting.meter.facts())

    # -- being told to stop ------------------------------------------------------------------------------------

    def _listen_to_signals(self) -> None:
        """Not by the loop: it puts the system's defaults in place when it closes, and there are no results yet."""
        loop = asyncio.get_running_loop()
        for number in self._signals:
            self._interrupted(EXIT_STATUSES[number])
        self._signals.hears = lambda number: loop.call_soon_threadsafe(self._interrupted, EXIT_STATUSES[number])

    def _interrupted(self, exit_status: int) -> None:
        self._interrupts += 1
        if self._interrupts == 1:
            text = "Interrupted: no new rows are sent; waiting for the answers in flight (again: do not wait)."
            self._heard("interrupted", text)
            self._slots.end(stop_reasons.interrupted(exit_status))
        else:
            self._client.cut_short()

    def _disk_failed(self, error: Exception) -> None:
        self._slots.end(stop_reasons.disk(error))

    # -- being looked at ---------------------------------------------------------------------------------------

    def _heard(self, word: str, text: str) -> None:
        self._state = text
        self._listener.notice("info" if word in ("reachable", "careful") else "warning", word, text)

    async def _tick(self) -> None:
        while True:
            self._show()
            if self._cancel is not None and self._cancel.is_set() and not self._interrupts:
                self._interrupted(CANCELLED)
            await asyncio.sleep(PROGRESS_S)

    def _show(self) -> None:
        counts = self._posting.counts
        self._listener.progress(
            Progress(
                settled=counts.settled,
                to_post=self._to_post,
                recorded=Share(counts.recorded, counts.recorded_revenue),
                in_doubt=counts.in_doubt,
                not_recorded=counts.not_recorded,
                requests=counts.requests,
                elapsed_s=time.monotonic() - self._started,
                state=self._state if self._breaker.state != "sending" else "",
            )
        )
