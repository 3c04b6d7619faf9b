"""The probation of a run that continues one which stopped for doubts: the cause may still be there."""

from __future__ import annotations

PROBATION_ROWS = 20


class Probation:
    """Counts the requests that came through, until there were enough."""

    def __init__(self, *, is_on: bool) -> None:
        self._left = PROBATION_ROWS if is_on else 0

    @property
    def is_on(self) -> bool:
        """Whether one row at a time is sent, and the first doubt ends the run."""
        return self._left > 0

    def came_through(self) -> bool:
        """A request got an answer to believe; returns whether that ends the probation."""
        if not self._left:
            return False
        self._left -= 1
        return not self._left
