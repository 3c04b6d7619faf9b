"""An API that is away: nothing can be sent, or it lost answers and is asked for something harmless until it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.send.breaker.timing import Timing
    from importer.send.slots import Slots

_LOOK_AGAIN_S = 0.05
_BEGINS = (
    "Answers are lost, or cannot be believed{}; no new row is sent until the API answers a harmless request, and then "
    "one at a time until one is recorded."
)


@dataclass(slots=True)
class Outage:
    """An outage: how long and how often in a row nothing could be sent.

    Args:
        attempts: tries to reach an API that has not answered yet in this run.
        wait_s: how long to wait for an API that did answer before, in seconds.
        answered_once: the API answered anything in this run.
    """

    attempts: int
    wait_s: float
    timing: Timing
    answered_once: bool = False
    failures: int = 0
    since: float | None = None

    def over(self) -> bool:
        """Something answered; returns whether that ends an outage."""
        self.failures = 0
        was_one = self.since is not None
        self.since = None
        return was_one

    def failed(self) -> float | None:
        """Nothing could be sent; returns the seconds before the next try, None when it has been tried long enough."""
        self.failures += 1
        now = self.timing.clock()
        if self.since is None:
            self.since = now
        too_long = now - self.since > self.wait_s if self.answered_once else self.failures >= self.attempts
        return None if too_long else self.timing.backoff_s(self.failures)


@dataclass(slots=True)
class Probing:
    """The open circuit breaker: waits for the rows in flight, and then for an answer to something harmless.

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
