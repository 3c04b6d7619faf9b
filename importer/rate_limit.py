"""When the next attempt may start, retries included. Knows nothing of HTTP or rows; clock and sleep are injected.

    Pace        hands out turns: evenly spaced (GCRA), first come first served, none during a pause
    ├── _Climb  how fast: from what was measured to get through, up to the ceiling and beyond
    └── _Seen   what the last second and the last five seconds were like

A single throttled attempt is its row's own affair. Three within a second, and no fewer than one answer in twenty, are
a *storm*: the run pauses as long as told and goes on at the pace that was measured to get through. From there it climbs
as CUBIC does (RFC 9438): quickly to just below the ceiling where throttling began, slowly past it, and by 2 % a second
once that ceiling has proved to be history. First signs of throttling hold the climb; when they last, it goes back a
little without a pause, which is how a run stays close to a limit that it cannot see.
"""

from __future__ import annotations

import asyncio
import math
import random as _random
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TOLERANCE_S = 0.018
"""How much lateness of timers is made up for: with it, 100 a second is at most 102 in any second."""
_TIMER_S = 0.001
"""No shorter sleeps: event loops count in milliseconds, and some take less than half of one for none, and spin."""
_WINDOW_S = 1.0
_SAMPLE_S = 5.0

_STORM = 3
_STORM_SHARE = 0.05
_EARLY_SHARE = 0.1
"""The share in the first second after a pause, when there are few answers to take a share of."""
_SIGNS = 4
_SIGNS_SHARE = 0.025
_HOLD_SHARE = 0.015

_PAUSE_S = 1.0
_PAUSE_MAX_S = 30.0
_SLOWEST = 1.0
"""The least pace, in attempts a second, that throttling leads to."""
_UNLIMITED = 50_000.0
"""No run reaches this pace: from here on pacing is pointless."""

_NEAR = 0.97
_QUICK = 0.7
"""Growth a second far below the ceiling, or as long as none is known: doubling."""
_GROWTH_MAX = 0.02
_PLATEAU_S = 6.0
_PLATEAU_MAX_S = 24.0
"""How long the climb takes from near the ceiling to it: longer each time the ceiling is met where it was."""
_SAME = 0.1
_SOON_S = 5.0
_STEP_BACK = 0.85
"""Throttled again so soon, the pace was far too high, whatever a server with a reserve let through at first."""
_FLOOR = 0.9
"""Signs alone lower the ceiling no further than this below the last one that a storm has shown."""


class Pace:
    """Says when an attempt may start. For one event loop and one thread.

    Args:
        rate: attempts a second at most, every attempt counted; 0 for no limit.
        clock: seconds that never go back.
        sleep: waits for seconds; may raise, which ends the waiting for a turn.
        random: a number from 0 to 1, for jitter.
    """

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = _random.random,
    ) -> None:
        now = clock()
        self._clock, self._sleep, self._random = clock, sleep, random
        self._seen = _Seen(now)
        self._climb = _Climb(rate or math.inf, now)
        self._gate = asyncio.Lock()
        self._waiting = 0
        self._last_slot = -math.inf
        self._free = self._climb.pace == math.inf
        self._paused_until = now
        self._paused_s = 0.0
        self._resumed_at = now
        self._storm_at: float | None = None
        self._fruitless_pauses = 0
        self._starved_since: float | None = None
        self._throttle_count = 0

    # -- turns -------------------------------------------------------------------------------------------------

    def try_turn(self) -> bool:
        """Take a turn if one is to be had at once; it never goes before those who wait in `turn`."""
        if self._free:
            return True
        if self._waiting or self._wait_s() > 0:
            return False
        self._take()
        return True

    async def turn(self) -> None:
        """Return when an attempt may start; first come, first served."""
        if self.try_turn():
            return
        self._waiting += 1
        try:
            # The lock is fair and only its holder sleeps. Nothing is taken before the sleep is over, so that a
            # waiter that is cancelled leaves nothing behind.
            async with self._gate:
                while (wait_s := self._wait_s()) > 0:
                    await self._sleep(max(wait_s, _TIMER_S))
                self._take()
        finally:
            self._waiting -= 1

    def _wait_s(self) -> float:
        now = self._clock()
        if now < self._paused_until:
            return self._paused_until - now
        if self._storm_at is not None:
            self._resume(now)
        self._climb.grow(now, held=self._seen.share(now) > _HOLD_SHARE + self._seen.stray_share)
        return self._last_slot + 1 / self._climb.pace - now

    def _take(self) -> None:
        # Credit for lateness is bounded: however long the process stood still, no burst follows.
        self._last_slot = max(self._clock() - _TOLERANCE_S, self._last_slot + 1 / self._climb.pace)
        self._free = self._climb.pace == math.inf

    # -- what the answers say ----------------------------------------------------------------------------------

    def answered(self) -> None:
        """An attempt got through: it was answered, and not throttled."""
        self._seen.add_through(self._clock(), below_ceiling=self._climb.pace <= self._climb.ceiling)
        self._fruitless_pauses = 0
        self._starved_since = None

    def throttled(self, told_s: float | None, *, started_at: float | None = None) -> float:
        """An attempt was throttled (429, or 503 with `Retry-After`).

        Args:
            told_s: seconds that the API asked to wait, 0 or more; None when it said nothing.
            started_at: when the attempt had its turn, by this clock. One from before the last pause is not held
                against the pace again; without it, only those that end during the pause are known to be such.

        Returns:
            Seconds that the row should wait: as told, or about a second, more when nothing gets through at all.
        """
        now = self._clock()
        self._throttle_count += 1
        if self._starved_since is None:
            self._starved_since = now
        row_wait_s = self._growing(_PAUSE_S) * (0.75 + self._random() / 2) if told_s is None else told_s
        if self._storm_at is not None:
            self._pause_until(self._storm_at + (told_s or 0.0))
        elif started_at is None or started_at >= self._resumed_at:
            self._seen.add_throttled(now, told_s)
            self._judge(now)
        return row_wait_s

    def _judge(self, now: float) -> None:
        seen = self._seen
        if seen.is_storm(now, early=now - self._resumed_at < _WINDOW_S):
            self._storm_at = now
            self._climb.storm(now, active_s=now - self._resumed_at, through_in_second=seen.through_in_second)
            told = seen.told_in_second
            self._pause_until(now + (max(_PAUSE_S, *told) if told else self._growing(_PAUSE_S)))
            self._fruitless_pauses += 1
            seen.forget_throttled()
        elif (share := seen.share_of_signs(now)) and seen.answers_in_second >= 0.8 * self._climb.pace:
            # With fewer answers than turns something else is the brake, and the pace says nothing about the limit.
            self._climb.ease(share)
            seen.begin_sample(now)

    def _growing(self, seconds: float) -> float:
        return min(seconds * 2.0 ** min(self._fruitless_pauses, 10), _PAUSE_MAX_S)

    # -- pauses ------------------------------------------------------------------------------------------------

    def pause(self, seconds: float) -> None:
        """Let nothing start for so long, whatever the pace."""
        self._pause_until(self._clock() + seconds)

    def _pause_until(self, until: float) -> None:
        added = until - max(self._paused_until, self._clock())
        if added > 0:
            self._paused_s += added
            self._paused_until = until
            self._free = False

    def _resume(self, now: float) -> None:
        self._climb.resume(now, through=self._seen.take_through())
        self._seen.begin_sample(now)
        self._storm_at = None
        self._resumed_at = now

    # -- to be shown -------------------------------------------------------------------------------------------

    @property
    def paused_until(self) -> float:
        """The end of the last pause, by the clock."""
        return self._paused_until

    @property
    def rate_now(self) -> float:
        """Attempts a second at most, at present; 0 for no limit."""
        return 0.0 if self._climb.pace == math.inf else self._climb.pace

    @property
    def paused_s(self) -> float:
        """Seconds that all pauses so far have taken."""
        return self._paused_s - max(0.0, self._paused_until - self._clock())

    @property
    def throttle_count(self) -> int:
        """Throttled attempts so far."""
        return self._throttle_count

    @property
    def starved_s(self) -> float:
        """Seconds since attempts began to be throttled without any getting through."""
        return 0.0 if self._starved_since is None else self._clock() - self._starved_since


class _Climb:
    """The pace, in attempts a second: never above `most`, lowered by throttling, growing with time."""

    def __init__(self, most: float, now: float) -> None:
        self.pace = most
        self.ceiling = math.inf
        self._most = most
        self._shown = 0.0 if most == math.inf else most
        self._plateau_s = _PLATEAU_S
        self._into_plateau_s = 0.0
        self._grown_at = now
        self._active_s = 0.0
        self._storm_at = now
        self._in_second = 0

    @property
    def _is_far(self) -> bool:
        return self.pace < min(self._most, _NEAR * self.ceiling)

    def grow(self, now: float, *, held: bool) -> None:
        """Climb for the time since the last turn; not for time in which the process stood still."""
        elapsed = min(now - self._grown_at, max(1.0, 1 / self.pace))
        self._grown_at = now
        if held or self.pace >= self._most:
            return
        if self._is_far:
            self.pace = min(self.pace * (1 + _QUICK * elapsed), _NEAR * self.ceiling)
        else:
            self._into_plateau_s += elapsed
            off = (self._into_plateau_s - self._plateau_s) / self._plateau_s
            slope = self.ceiling * 3 * (1 - _NEAR) / self._plateau_s * off**2
            self.pace += elapsed * min(slope, _GROWTH_MAX * self.pace)
        if self.pace >= min(self._most, _UNLIMITED):
            self.pace = self._most

    def ease(self, share: float) -> None:
        """Go back a little: for a while, this share of the answers was throttled."""
        if self.pace == math.inf:
            return
        self.ceiling = max(self.pace * (1 - share), _FLOOR * self._shown)
        self._shown = max(self._shown, self.ceiling)
        self.pace = min(self.pace, _NEAR * self.ceiling)
        self._begin_plateau(min(2 * self._plateau_s, _PLATEAU_MAX_S))

    def storm(self, now: float, *, active_s: float, through_in_second: int) -> None:
        """Throttling in earnest began: note what got through in the second before."""
        self._storm_at, self._active_s, self._in_second = now, active_s, through_in_second

    def resume(self, now: float, *, through: int) -> None:
        """Go on after the pause; `through` attempts got through since the one before."""
        before = self.ceiling
        if self._active_s < _WINDOW_S or not self._in_second:
            # Too short a look: a burst of 150 in 20 ms and a pause of a second are 150 a second, not 7,500.
            measured = through / max(_WINDOW_S, self._active_s + min(now - self._storm_at, _WINDOW_S))
            if before < math.inf and not self._is_far:
                self.ceiling = _STEP_BACK * min(before, self.pace)
            pace = measured
        else:
            self.ceiling = max(self._measured_ceiling(), _SLOWEST)
            pace = _NEAR * self.ceiling
        if self.ceiling < math.inf:
            self._shown = self.ceiling
        is_same = abs(self.ceiling / before - 1) < _SAME
        self._begin_plateau(min(2 * self._plateau_s, _PLATEAU_MAX_S) if is_same else _PLATEAU_S)
        self.pace = min(max(pace, _SLOWEST), self._most)
        self._grown_at = now

    def _measured_ceiling(self) -> float:
        if self._is_far:
            return min(float(self._in_second), self.pace)
        if self._active_s < _SOON_S:
            return min(float(self._in_second), _STEP_BACK * self.pace)
        return float(self._in_second)

    def _begin_plateau(self, plateau_s: float) -> None:
        self._plateau_s, self._into_plateau_s = plateau_s, 0.0


class _Seen:
    """The answers of the last second one by one, and those of up to five seconds as counts."""

    def __init__(self, now: float) -> None:
        self.stray_share = 0.0
        self._through: deque[float] = deque()
        self._throttled: deque[tuple[float, float | None]] = deque()
        self._through_count = 0
        self._throttled_in_a_row = 0
        self._strays: deque[float] = deque([0.0], maxlen=5)
        self.begin_sample(now)

    def begin_sample(self, now: float) -> None:
        """Count anew."""
        self._sample_at, self._sample_through, self._sample_throttled = now, 0, 0

    def add_through(self, now: float, *, below_ceiling: bool) -> None:
        """An attempt got through."""
        self._through.append(now)
        self._through_count += 1
        self._throttled_in_a_row = 0
        self._sample_through += 1
        self._forget(now)
        if now > self._sample_at + _SAMPLE_S:
            if below_ceiling:
                self._learn_strays()
            self.begin_sample(now)

    def _learn_strays(self) -> None:
        # What is throttled below the ceiling is so at any pace: going slower would not help.
        self._strays.append(self._sample_throttled / (self._sample_throttled + self._sample_through))
        self.stray_share = sorted(self._strays)[len(self._strays) // 2]

    def add_throttled(self, now: float, told_s: float | None) -> None:
        """An attempt was throttled."""
        self._throttled.append((now, told_s))
        self._throttled_in_a_row += 1
        self._forget(now)

    def _forget(self, now: float) -> None:
        begin = now - _WINDOW_S
        while self._through and self._through[0] <= begin:
            self._through.popleft()
        while self._throttled and self._throttled[0][0] <= begin:
            self._throttled.popleft()

    @property
    def through_in_second(self) -> int:
        return len(self._through)

    @property
    def answers_in_second(self) -> int:
        return len(self._through) + len(self._throttled)

    @property
    def told_in_second(self) -> list[float]:
        return [told_s for _, told_s in self._throttled if told_s is not None]

    def share(self, now: float) -> float:
        """The throttled share of the last second's answers."""
        self._forget(now)
        return len(self._throttled) / self.answers_in_second if self._throttled else 0.0

    def is_storm(self, now: float, *, early: bool) -> bool:
        """Whether the throttled answers up to `now` concern the whole run."""
        share = _EARLY_SHARE if early else _STORM_SHARE + self.stray_share
        if len(self._throttled) >= _STORM and self.share(now) >= share:
            return True
        return self._throttled_in_a_row >= _STORM and not self._through

    def share_of_signs(self, now: float) -> float:
        """The throttled share of this sample when it is more than strays, otherwise 0."""
        self._sample_throttled += 1
        if now < self._sample_at + _WINDOW_S or self._sample_throttled < _SIGNS:
            return 0.0
        share = self._sample_throttled / (self._sample_throttled + self._sample_through)
        return share if share >= _SIGNS_SHARE + self.stray_share else 0.0

    def take_through(self) -> int:
        """How many got through since this was asked last."""
        count, self._through_count = self._through_count, 0
        return count

    def forget_throttled(self) -> None:
        """A storm has been dealt with."""
        self._throttled.clear()
        self._throttled_in_a_row = 0
