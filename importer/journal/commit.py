"""Group commit: what many tasks hand over is written and synced at once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from importer.errors import StorageError
from importer.journal.appending import NoRoomError
from importer.journal.lines import INTENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.journal.appending import Appender

# The longest outcome that is kept, with what a row may need besides when its attempts are spent.
_OUTCOME_MAX_BYTES = 4096


class GroupCommit:
    """Many tasks, one write and one sync for all that wait: the file is appended to by a thread of its own.

    Outcomes come before the intents that wait with them: a slot's old row is settled before its new one is announced.
    When the disk is full intents are refused, and outcomes still go into the room that was set aside for them.

    Args:
        rows_in_flight: rows at most whose intent is on disk and whose outcome is not.
        on_failure: told why lines could not be written.
    """

    def __init__(self, appender: Appender, *, rows_in_flight: int, on_failure: Callable[[Exception], None]) -> None:
        self._appender = appender
        self._reserve = rows_in_flight * _OUTCOME_MAX_BYTES
        self._on_failure = on_failure
        self._outcomes = _Batch()
        self._intents = _Batch()
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    def put(self, line: bytes) -> asyncio.Future[None]:
        """Hand over a line. Await the result to know that it is durable, and so is all that was handed over before."""
        batch = self._intents if line.startswith(INTENT) else self._outcomes
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())
        return batch.add(line)

    async def _write(self) -> None:
        try:
            while self._outcomes.lines or self._intents.lines:
                outcomes, intents = self._outcomes, self._intents
                self._outcomes, self._intents = _Batch(), _Batch()
                failure = await self._appended(outcomes.lines + intents.lines, self._reserve)
                intents.settle(failure)
                if isinstance(failure, NoRoomError):
                    failure = await self._appended(outcomes.lines, 0)
                outcomes.settle(failure)
        finally:
            self._writing = None

    async def _appended(self, lines: list[bytes], reserve: int) -> Exception | None:
        """Append `lines`; returns why not, after telling who has to know."""
        if not lines:
            return None
        try:
            append = partial(self._appender.append, b"".join(lines), reserve=reserve)
            await asyncio.get_running_loop().run_in_executor(self._thread, append)
        except BaseException as error:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
            failure = error if isinstance(error, Exception) else StorageError(str(error))
            self._on_failure(failure)
            return failure
        return None

    async def flush(self) -> None:
        """Wait until everything handed over is durable, or known not to be."""
        while self._writing is not None:
            await asyncio.wait([self._writing])

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()


class _Batch:
    """Lines that wait to be written together, and the one future of all who handed them over."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.waiter: asyncio.Future[None] | None = None

    def add(self, line: bytes) -> asyncio.Future[None]:
        self.lines.append(line)
        if self.waiter is None:
            self.waiter = asyncio.get_running_loop().create_future()
            self.waiter.add_done_callback(_seen)
        return self.waiter

    def settle(self, failure: Exception | None) -> None:
        if self.waiter is None or self.waiter.done():
            return
        if failure is None:
            self.waiter.set_result(None)
        else:
            self.waiter.set_exception(failure)


def _seen(waiter: asyncio.Future[None]) -> None:
    if not waiter.cancelled():
        waiter.exception()
