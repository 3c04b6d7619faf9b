"""The open circuit breaker: an API that lost answers is asked for something harmless until it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.send.breaker.outage import Outage
    from importer.send.breaker.timing import Timing
    from importer.send.slots import Slots

_LOOK_AGAIN_S = 0.05
_BEGINS = (
    "Answers are lost, or cannot be believed{}; no new row is sent until the API answers a harmless request, and then "
    "one at a time until one is recorded."
)


@dataclass(slots=True)
class Probing:
    """Waits for the rows in flight, and then for an answer.

    Args:
        outage: what is known of the API, and how long to wait for it.
        is_answering: asks the API for something that risks no money.
        on_state: told what happens, as a word and a sentence.
    """

    slots: Slots
    outage: Outage
    is_answering: Callable[[], Awaitable[bool]]
    on_state: Callable[[str, str], None]
    timing: Timing

    def announce(self, why: str) -> None:
        """Say that the breaker tripped; `why` is how the last attempt ended, if known."""
        self.on_state("probing", _BEGINS.format(f" ({why})" if why else ""))

    async def until_answered(self, pause_s: float) -> bool:
        """Begin after `pause_s` seconds; returns at an answer, or when the run ends, and False when there is none."""
        started = self.timing.clock()
        if pause_s:
            await self.timing.sleep(pause_s)
        while self.slots.in_flight:
            await self.timing.sleep(_LOOK_AGAIN_S)
        tries = 0
        while self.slots.stop is None and not await self.is_answering():
            tries += 1
            pause_s = self.timing.backoff_s(tries)
            is_too_long = self.timing.clock() - started + pause_s > self.outage.wait_s
            if is_too_long or (not self.outage.answered_once and tries >= self.outage.attempts):
                return False
            self.on_state("waiting", f"The API does not answer; asking again in {pause_s:.0f} s.")
            await self.timing.sleep(pause_s)
        return True
