"""Slowly more at once, after answers were lost: what shed load before sheds little now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.send.slots import Slots


@dataclass(slots=True)
class SlowStart:
    """Raises the limit of the slots by one for each round of records, as TCP does, until it is `concurrency` again.

    `is_on` says that the limit is still below it for that reason, and grows.
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
