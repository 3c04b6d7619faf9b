"""What ends badly: too many answers lost, or too many rows in a row that failed, were refused or are in doubt."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.send import stop_reasons

if TYPE_CHECKING:
    from importer.send.slots import Slots

IN_A_ROW = 3
LAST_ENDS = 100
MOST_OF_THE_LAST = 25
TRIPS, TRIPS_WITHIN_S = 5, 300.0
# A single request of a hundred rows that went wrong is no pattern.
REQUESTS_THAT_STOP = 3


class LostAnswers:
    """What lost answers say of the way to the API: three in a row, too many of the last hundred, trip after trip.

    A gateway that sheds load with a plain 503 cannot be told from one that loses answers, but that slowing down helps.
    So the share of doubts counts only once the run has slowed down. The unit is the request: with the bulk endpoint,
    one lost answer is one event, however many rows it holds.
    """

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


@dataclass(slots=True)
class BadRows:
    """Counts rows in a row that ended badly: in doubt, failed, or rejected before anything was recorded.

    Ends the run after `stop_after` of them.
    """

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
