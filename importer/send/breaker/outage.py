"""An outage: nothing can be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.send.breaker.timing import Timing


@dataclass(slots=True)
class Outage:
    """How long and how often in a row nothing could be sent.

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
