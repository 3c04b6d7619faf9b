"""Rows in a row that ended badly: in doubt, failed, or rejected before anything was recorded."""

from __future__ import annotations

# A single request of a hundred rows that went wrong is no pattern.
REQUESTS_THAT_STOP = 3


class BadRows:
    """Counts them, up to `stop_after`.

    `rows` is how many there are in a row.
    """

    def __init__(self, stop_after: int) -> None:
        self.rows = 0
        self._requests = 0
        self._stop_after = stop_after

    def reset(self) -> None:
        """A row ended well."""
        self.rows = 0
        self._requests = 0

    def add(self, rows: int = 1) -> bool:
        """So many rows of one request ended badly; returns whether these are too many."""
        self.rows += rows
        self._requests += 1
        return self.rows >= self._stop_after

    def add_lost(self, rows: int) -> bool:
        """The same for rows whose answer was lost; never so few requests that one or two of them are too many."""
        return self.add(rows) and self._requests >= min(REQUESTS_THAT_STOP, self._stop_after)
