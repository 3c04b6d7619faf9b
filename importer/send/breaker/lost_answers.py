"""What lost answers say of the way to the API: three in a row, too many of the last hundred, trip after trip.

A gateway that sheds load with a plain 503 cannot be told from one that loses answers, but that slowing down helps. So
the share of doubts counts only once the run has slowed down. The unit is the request: with the bulk endpoint, one
lost answer is one event, however many rows it holds.
"""

from __future__ import annotations

from collections import deque

IN_A_ROW = 3
LAST_ENDS = 100
MOST_OF_THE_LAST = 25
TRIPS, TRIPS_WITHIN_S = 5, 300.0


class LostAnswers:
    """Counts the ends of requests, those in doubt apart."""

    def __init__(self) -> None:
        self.in_a_row = 0
        self._has_slowed = False
        self._ends: deque[bool] = deque(maxlen=LAST_ENDS)
        self._trips: deque[float] = deque(maxlen=TRIPS)

    def add_good(self) -> None:
        """A request got an answer to believe."""
        self.in_a_row = 0
        self._ends.append(False)

    def add_doubt(self) -> None:
        """A request got none."""
        self.in_a_row += 1
        self._ends.append(True)

    def slowed_down(self) -> None:
        """The run goes slower now; what was lost before it first did says nothing about whether that helps."""
        if not self._has_slowed:
            self._has_slowed = True
            self._ends.clear()

    @property
    def persist(self) -> bool:
        """Whether more than a quarter of the last hundred requests are in doubt although the run has slowed down."""
        return self._has_slowed and len(self._ends) == LAST_ENDS and sum(self._ends) > MOST_OF_THE_LAST

    def tripped(self, now: float) -> bool:
        """The breaker tripped at `now` (in seconds); whether it has done so too often within five minutes."""
        self._trips.append(now)
        return len(self._trips) == TRIPS and now - self._trips[0] <= TRIPS_WITHIN_S
