"""The rate that follows from throttled answers. Knows nothing of HTTP, rows or waiting.

It begins again with what was measured to get through, climbs quickly to just below the *ceiling* where throttling
began, slowly past it, and faster beyond.
"""

from __future__ import annotations

import math

from importer.send.recent_answers import WINDOW_S

SLOWEST = 1.0
"""The least rate, in attempts a second, that throttling leads to."""
_UNLIMITED = 50_000.0
"""No run reaches this rate: from here on pacing is pointless."""
_NEAR = 0.97
_BELOW = 0.985
"""What is throttled below this part of the ceiling is not so because of the rate."""
_BEYOND = 1.03
_QUICK = 0.7
"""Growth a second far below the ceiling, or as long as none is known: doubling."""
_GROWTH = 0.02
_PLATEAU_S = 6.0
_PLATEAU_MAX_S = 24.0
"""How long the climb takes from near the ceiling to it: longer each time the ceiling is met where it was."""
_SAME = 0.1
_SOON_S = 5.0
_STEP_BACK = 0.88
"""Throttled again so soon, the rate was far too high, whatever a server with a reserve let through at first."""


class AdaptiveRate:
    """Attempts a second: lowered by throttling, growing with time.

    Args:
        most: the rate to begin with, and never to exceed; may be infinite.
        now: seconds, by the clock that all calls use.

    `least` is what it is lowered to at the utmost.
    """

    def __init__(self, most: float, now: float) -> None:
        self.rate = most
        self.most = most
        self.least = SLOWEST
        self._ceiling = math.inf
        self._lowered_from = 0.0
        self._plateau_s = _PLATEAU_S
        self._grown_at = now
        self._storm_at = now
        self._active_s = 0.0
        self._got_through = 0.0

    @property
    def is_lowered(self) -> bool:
        """Whether the rate is below one at which throttling was seen, and surely below the ceiling."""
        return self.rate < self._lowered_from and self.rate <= _BELOW * self._ceiling

    @property
    def _is_far(self) -> bool:
        return self.rate < min(self.most, _NEAR * self._ceiling)

    def grow(self, now: float, *, held: bool) -> None:
        """Climb, from a rate below `most`, for the time since the last call; not for time spent standing still."""
        elapsed = min(now - self._grown_at, max(1.0, 1 / self.rate))
        self._grown_at = now
        if held:
            return
        if self._is_far:
            self.rate = min(self.rate * (1 + _QUICK * elapsed), _NEAR * self._ceiling)
        elif self.rate < _BEYOND * self._ceiling:
            self.rate *= 1 + (1 - _NEAR) / self._plateau_s * elapsed
        else:
            self.rate *= 1 + _GROWTH * elapsed
        if self.rate >= min(self.most, _UNLIMITED):
            self.rate = self.most

    def ease(self, now: float, share: float) -> None:
        """Go back a little: for a while, this share of the answers was throttled."""
        if self.rate < math.inf:
            self._lowered_from = self.rate
            self._grown_at = now
            self._ceiling = max(self.rate * (1 - share), self.least)
            self.rate = min(self.rate, max(_NEAR * self._ceiling, self.least))
            self._lengthen_plateau()

    def storm(self, now: float, *, active_s: float, got_through: float) -> None:
        """Throttling in earnest began: note what got through in the second before, and since when it was paced so."""
        self._lowered_from = self.rate
        self._storm_at = now
        self._active_s = active_s
        self._got_through = got_through

    def resume(self, now: float, *, through: int, share: float = 1.0) -> None:
        """Go on after the pause, at a share of what was measured; `through` got through since the one before."""
        before = self._ceiling
        if self._active_s < WINDOW_S or not self._got_through:
            # Too short a look: a burst of 150 in 20 ms and a pause of a second are 150 a second, not 7,500.
            rate = through / max(WINDOW_S, self._active_s + min(now - self._storm_at, WINDOW_S))
            if before < math.inf and not self._is_far:
                self._ceiling = max(_STEP_BACK * min(before, self.rate), self.least)
        else:
            self._ceiling = max(self._measured(), self.least)
            rate = _NEAR * self._ceiling
        if abs(self._ceiling / before - 1) < _SAME:
            self._lengthen_plateau()
        else:
            self._plateau_s = _PLATEAU_S
        self.rate = min(max(rate * share, self.least), self.most)
        self._grown_at = now

    def _measured(self) -> float:
        if self._is_far:
            return min(self._got_through, self.rate)
        if self._active_s < _SOON_S:
            return min(self._got_through, _STEP_BACK * self.rate)
        return self._got_through

    def _lengthen_plateau(self) -> None:
        self._plateau_s = min(2 * self._plateau_s, _PLATEAU_MAX_S)
