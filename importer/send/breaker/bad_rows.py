"""Rows in a row that ended badly: in doubt, failed, or rejected before anything was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.send import stop_reasons

if TYPE_CHECKING:
    from importer.send.slots import Slots

# A single request of a hundred rows that went wrong is no pattern.
REQUESTS_THAT_STOP = 3


@dataclass(slots=True)
class BadRows:
    """Counts them, and ends the run after `stop_after`."""

    slots: Slots
    stop_after: int
    rows: int = 0
    requests: int = 0

    def reset(self) -> None:
        """A row ended well."""
        self.rows = 0
        self.requests = 0

    def add(self, word: str, rows: int = 1, *, least_requests: int = 1) -> None:
        """So many rows of one request ended as `word` says; fewer than `least_requests` end no run."""
        self.rows += rows
        self.requests += 1
        if self.rows >= self.stop_after and self.requests >= least_requests:
            self.slots.end(stop_reasons.too_many_failures(self.rows, word))

    def add_lost(self, rows: int) -> None:
        """The answer to so many rows of one request was lost; one or two such requests are never too many."""
        self.add("in doubt", rows, least_requests=min(REQUESTS_THAT_STOP, self.stop_after))
