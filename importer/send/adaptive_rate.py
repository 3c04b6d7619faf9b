"""What throttled answers (429) say, and the rate that follows from them. Knows nothing of HTTP, rows or waiting.

    RecentAnswers  the last second, the stretch since the rate was lowered, and the strays
    AdaptiveRate   from what was measured to get through, up to the ceiling and beyond

Three throttled answers within a second are a *storm*, which concerns the whole run; a share of the answers that is
too small for one, but lasts, is a *sign*. *Strays* are throttled whatever the rate: those that go on after it was
lowered. Slower does not help against them, so they are taken off before anything is called a storm or a sign.
"""

from __future__ import annotations

import math
from collections import deque

WINDOW_S = 1.0
"""What is judged at a glance, and the time that a lowered rate is given to show whether it helps."""
_STRETCH_S = 5.0

_STORM = 3
_STORM_SHARE = 0.05
_MODEST = 105
"""Up to so many answers a second (the default rate) three make a storm; beyond, no fewer than one in twenty do."""
_UNHELPED_SHARE = 0.5
"""Right after a pause, only this share is a storm again: time is given to see what the new rate does."""
_SIGNS_SHARE = 0.02
_HOLD_SHARE = 0.015
_CHANCE = 2.5
"""Throttled answers that are no pattern yet: three among ten are one, three among eleven are not."""
_DEVIATIONS = 2.0

_MOST_STRAYS = 0.06
_FORGOTTEN = 0.05
"""The part of what is known about strays that each new second replaces."""
_DOUBTED = 50
"""Answers without a stray that are taken for granted, so that one among a few is not a share."""

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


class RecentAnswers:
    """What came back: the last second one by one, the stretch since the rate was lowered (or five seconds) as counts.

    Args:
        now: seconds, by the clock that all calls use.
    """

    def __init__(self, now: float) -> None:
        self.stray_share = 0.0
        """The share of all answers that is throttled whatever the rate."""
        self._through: deque[float] = deque()
        self._throttled: deque[tuple[float, int, float | None]] = deque()
        self._count = 0
        self._throttled_count = 0
        self._taken = 0
        self._in_a_row = 0
        self._known_strays = 0.0
        self._known_answers = 0.0
        self.begin_stretch(now)

    def begin_stretch(self, now: float) -> None:
        """Count anew, because the rate is another one."""
        self._stretch_at = now
        self._stretch_counts = (self._count, self._throttled_count)
        self._begin_second(now)

    def _begin_second(self, now: float) -> None:
        self._second_ends = now + WINDOW_S
        self._second_counts = (self._count, self._throttled_count)

    def add_through(self, now: float, *, lowered: bool) -> None:
        """An attempt got through; `lowered` says that the rate is below one at which throttling was seen."""
        self._through.append(now)
        self._count += 1
        self._in_a_row = 0
        self._forget(now)
        if now > self._second_ends:
            self._end_second(now, lowered)

    def add_throttled(self, now: float, told_s: float | None, *, lowered: bool) -> None:
        """An attempt was throttled, and told to wait so many seconds, or nothing."""
        self._throttled.append((now, self._count, told_s))
        self._count += 1
        self._throttled_count += 1
        self._in_a_row += 1
        self._forget(now)
        if now > self._second_ends:
            self._end_second(now, lowered)

    def _end_second(self, now: float, lowered: bool) -> None:
        answers, throttled = self._since(self._second_counts)
        # Far more than strays can be comes from a limit that is lower still.
        if lowered and throttled <= max(1.0, 2 * _MOST_STRAYS * answers):
            self._known_strays += throttled - _FORGOTTEN * self._known_strays
            self._known_answers += answers - _FORGOTTEN * self._known_answers
            self.stray_share = min(_MOST_STRAYS, self._known_strays / (self._known_answers + _DOUBTED))
        self._begin_second(now)
        if now > self._stretch_at + _STRETCH_S:
            self.begin_stretch(now)

    def _since(self, counts: tuple[int, int]) -> tuple[int, int]:
        return self._count - counts[0], self._throttled_count - counts[1]

    def _forget(self, now: float) -> None:
        begin = now - WINDOW_S
        through, throttled = self._through, self._throttled
        while through and through[0] <= begin:
            through.popleft()
        while throttled and throttled[0][0] <= begin:
            throttled.popleft()

    @property
    def in_second(self) -> int:
        """Answers in the last second."""
        return len(self._through) + len(self._throttled)

    @property
    def got_through(self) -> float:
        """Attempts that the last second shows to get through, strays included: those are throttled anyhow."""
        return len(self._through) / (1 - self.stray_share)

    @property
    def longest_told(self) -> float | None:
        """The longest wait that was told in the last second, in seconds; None when nothing was."""
        return max((told_s for _, _, told_s in self._throttled if told_s is not None), default=None)

    def _allowed(self, answers: int, share: float) -> float:
        strays = self.stray_share * answers
        return share * answers + strays + _DEVIATIONS * math.sqrt(strays)

    def is_storm(self, *, resumed: bool) -> bool:
        """Whether the throttled answers up to now concern the whole run; `resumed`: a pause ended just now."""
        if self._in_a_row >= _STORM and not self._through:
            return True
        throttled = len(self._throttled)
        if throttled < _STORM or (self.in_second > _MODEST and throttled < _STORM_SHARE * self.in_second):
            return False
        for left, (_, count, _) in zip(range(throttled, _STORM - 1, -1), self._throttled, strict=False):
            answers = self._count - count
            least = _CHANCE + self._allowed(answers, _STORM_SHARE)
            if left >= max(least, _UNHELPED_SHARE * answers if resumed else 0):
                return True
        return False

    def signs(self, now: float) -> float:
        """The throttled share of this stretch beyond the strays when that is a sign, otherwise 0."""
        answers, throttled = self._since(self._stretch_counts)
        if now < self._stretch_at + WINDOW_S or throttled < _CHANCE + self._allowed(answers, _SIGNS_SHARE):
            return 0.0
        return throttled / answers - self.stray_share

    def hold(self, now: float) -> bool:
        """Whether the last second is a reason not to go faster."""
        if not self._throttled:
            return False
        self._forget(now)
        return len(self._throttled) > self._allowed(self.in_second, _HOLD_SHARE)

    def take_through(self) -> int:
        """How many got through since this was asked last."""
        before, self._taken = self._taken, self._count - self._throttled_count
        return self._taken - before

    def forget_throttled(self) -> None:
        """A storm has been dealt with."""
        self._throttled.clear()
        self._in_a_row = 0


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
