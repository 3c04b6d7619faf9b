"""How few rows are sent at a time: one on probation, and slowly more after answers were lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.send.slots import Slots

PROBATION_ROWS = 20


class Probation:
    """That of a run that continues one which stopped for doubts: the cause may still be there.

    Counts the requests that came through, until there were enough.
    """

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


@dataclass(slots=True)
class SlowStart:
    """Raises the limit of the slots by one for each round of records, as TCP does, until it is `concurrency` again.

    What shed load before sheds little now. `is_on` says that the limit is still below it for that reason, and grows.
    """

    slots: Slots
    concurrency: int
    is_on: bool = False
    recorded_at_limit: int = 0

    def begin(self, limit: int) -> None:
        """Let so many start at once, and grow from there."""
        self.slots.limit = limit
        self.is_on = limit < self.concurrency
        self.recorded_at_limit = 0

    def recorded(self) -> None:
        """Rows of one request were recorded."""
        self.recorded_at_limit += 1
        if self.recorded_at_limit >= self.slots.limit:
            self.begin(min(self.slots.limit + 1, self.concurrency))
