"""The words of the live line: rows done, rows a second, the time left, what became of the rows, and why it waits."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from importer.text import amount, rough_duration

if TYPE_CHECKING:
    from importer.model import Progress

_QUIET_STATES = frozenset({"", "starting", "sending"})


class Speed:
    """Rows a second over the last `window_s` seconds of the run, from what the run itself reports."""

    def __init__(self, window_s: float = 15.0) -> None:
        self._window_s = window_s
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, progress: Progress) -> None:
        """Remember a look at the run; looks come in order of time."""
        self._seen.append((progress.elapsed_s, progress.settled))
        while len(self._seen) > 2 and self._seen[1][0] <= progress.elapsed_s - self._window_s:
            self._seen.popleft()

    @property
    def rows_a_second(self) -> float | None:
        """None until there is something to measure."""
        if len(self._seen) < 2:
            return None
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else None


def progress_text(progress: Progress, rows_a_second: float | None) -> str:
    """Return what was done and what is left: `12,040 of 30,000 rows (40 %), 98 rows/s, about 3 min left`."""
    text = f"{progress.settled:,} of {progress.to_post:,} rows ({percent(progress)} %)"
    if rows_a_second is None:
        return text
    text += f", {rows_a_second:,.0f} rows/s" if rows_a_second >= 10 else f", {rows_a_second:.1f} rows/s"
    left_s = seconds_left(progress, rows_a_second)
    return text if left_s is None else f"{text}, about {rough_duration(left_s)} left"


def line_text(progress: Progress, rows_a_second: float | None) -> str:
    """Return all that there is to say of the run on one line: how far it is, what became of the rows, why it waits."""
    parts = progress_text(progress, rows_a_second), outcomes_text(progress), state_text(progress)
    return "; ".join(filter(None, parts))


def percent(progress: Progress) -> int:
    """How many of a hundred rows have their fate."""
    return 100 * progress.settled // progress.to_post if progress.to_post else 100


def seconds_left(progress: Progress, rows_a_second: float | None) -> float | None:
    """How long the rest takes at this pace; None where that cannot be known."""
    return (progress.to_post - progress.settled) / rows_a_second if rows_a_second else None


def outcomes_text(progress: Progress) -> str:
    """Return the money so far and what needs attention: `301,254.00 recorded, 2 in doubt`."""
    parts = [f"{amount(progress.recorded.revenue)} recorded"]
    if progress.in_doubt:
        parts.append(f"{progress.in_doubt:,} in doubt")
    if progress.not_recorded:
        parts.append(f"{progress.not_recorded:,} not recorded")
    return ", ".join(parts)


def state_text(progress: Progress) -> str:
    """Return why the run is not simply sending, such as an API that cannot be reached; empty when it is."""
    return "" if progress.state in _QUIET_STATES else progress.state
