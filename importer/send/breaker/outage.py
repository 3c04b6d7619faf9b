"""An outage: nothing can be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.send.breaker.timing import Timing


class Outage:
    """How long and how often in a row nothing could be sent.

    Args:
        attempts: tries to reach an API that has not answered yet in this run.
        wait_s: how long to wait for an API that did answer before, in seconds.

    `answered_once` says that the API answered anything in this run.
    """

    def __init__(self, attempts: int, wait_s: float, timing: Timing) -> None:
        self.answered_once = False
        self.attempts = attempts
        self.wait_s = wait_s
        self._timing = timing
        self._failures = 0
        self._since: float | None = None

    def over(self) -> bool:
        """Something answered; returns whether that ends an outage."""
        self._failures = 0
        was_one = self._since is not None
        self._since = None
        return was_one

    def failed(self) -> float | None:
        """Nothing could be sent; returns the seconds before the next try, None when it has been tried long enough."""
        self._failures += 1
        now = self._timing.clock()
        if self._since is None:
            self._since = now
        too_long = now - self._since > self.wait_s if self.answered_once else self._failures >= self.attempts
        return None if too_long else self._timing.backoff_s(self._failures)
