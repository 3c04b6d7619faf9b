"""What throttled answers (429) say of the rate. Knows nothing of HTTP, rows or waiting.

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
        self._in_a_row = 0
        self._add(now, lowered)

    def add_throttled(self, now: float, told_s: float | None, *, lowered: bool) -> None:
        """An attempt was throttled, and told to wait so many seconds, or nothing."""
        self._throttled.append((now, self._count, told_s))
        self._throttled_count += 1
        self._in_a_row += 1
        self._add(now, lowered)

    def _add(self, now: float, lowered: bool) -> None:
        self._count += 1
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
