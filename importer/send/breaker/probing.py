"""The open circuit breaker: an API that lost answers is asked for something harmless until it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.send.breaker.outage import Outage
    from importer.send.breaker.timing import Timing
    from importer.send.slots import Slots

_LOOK_AGAIN_S = 0.05


class Probing:
    """Waits for the rows in flight, and then for an answer.

    Args:
        is_answering: asks the API for something that risks no money.
        attempts: probes of an API that has not answered anything in this run.
        wait_s: how long to wait for one that has, in seconds.
        on_wait: told the seconds before the next probe.
    """

    def __init__(
        self,
        slots: Slots,
        outage: Outage,
        is_answering: Callable[[], Awaitable[bool]],
        *,
        attempts: int,
        wait_s: float,
        timing: Timing,
        on_wait: Callable[[float], None],
    ) -> None:
        self._slots = slots
        self._outage = outage
        self._is_answering = is_answering
        self._attempts = attempts
        self._wait_s = wait_s
        self._timing = timing
        self._on_wait = on_wait

    async def until_answered(self, pause_s: float) -> bool:
        """Begin after `pause_s` seconds; returns at an answer, or when the run ends, and False when there is none."""
        started = self._timing.clock()
        if pause_s:
            await self._timing.sleep(pause_s)
        while self._slots.in_flight:
            await self._timing.sleep(_LOOK_AGAIN_S)
        tries = 0
        while self._slots.stop is None and not await self._is_answering():
            tries += 1
            pause_s = self._timing.backoff_s(tries)
            is_too_long = self._timing.clock() - started + pause_s > self._wait_s
            if is_too_long or (not self._outage.answered_once and tries >= self._attempts):
                return False
            self._on_wait(pause_s)
            await self._timing.sleep(pause_s)
        return True
