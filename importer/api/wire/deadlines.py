"""The deadlines of all requests under way, by one timer."""

from __future__ import annotations

import asyncio
import time
from typing import Any

STALL_CHECK_S = 0.25
# Shorter delays are those of a busy machine, and leave the deadline what it is.
STALL_MIN_S = 1.0


class Deadlines:
    """The deadlines of the requests under way. Time in which this process itself stood still does not count.

    After a SIGSTOP, or when the machine did not run it, the answers are in the sockets all the same: to give them up
    unread would leave every row in flight in doubt. Time in which it was busy does count, or a server that floods it
    could hold a row for ever.

    All are equally long, so they are due in the order in which they began, and one timer serves them all: one for
    each request, as `asyncio.timeout` has it, costs more than all else that is done for a row here.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._due: dict[asyncio.Task[Any], float] = {}
        self._overdue: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._used_s = 0.0
        self.are_over = False

    def begin(self) -> asyncio.Task[Any]:
        """The current task has from now on `timeout_s`; it is cancelled after that."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        due = self._due[task] = loop.time() + self._timeout_s
        if self._timer is None or due < self._timer_at:
            self._set_timer(loop)
        return task

    def end(self, task: asyncio.Task[Any]) -> bool:
        """The task's request has ended; whether it was its deadline, and nobody else, that cancelled the task."""
        self._due.pop(task, None)
        if task not in self._overdue:
            return False
        self._overdue.discard(task)
        return task.uncancel() == 0

    def end_all(self) -> None:
        """Let all deadlines be now, and no request begin."""
        self.are_over = True
        for task in list(self._due):
            self._cancel(task)

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        del self._due[task]
        self._overdue.add(task)
        task.cancel()

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = min(next(iter(self._due.values())), loop.time() + STALL_CHECK_S)
        self._used_s = time.process_time()
        self._timer = loop.call_at(self._timer_at, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        stood_still_s = now - self._timer_at - (time.process_time() - self._used_s)
        if stood_still_s > STALL_MIN_S:
            self._due = {task: due + stood_still_s for task, due in self._due.items()}
        for task in [task for task, due in self._due.items() if due <= now]:
            self._cancel(task)
        if self._due:
            self._set_timer(loop)
