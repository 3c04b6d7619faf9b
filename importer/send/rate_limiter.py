"""When the next attempt may start, retries included. Knows nothing of HTTP or rows; clock and sleep are injected.

Permits are evenly spaced (GCRA), first come first served, and there are none during a pause. A single throttled attempt
is its row's own affair. Three within a second pause the run as long as told, and it goes on at the rate that was
measured to get through. From there it climbs: quickly to just below the ceiling where throttling began, slowly past
it, and by 2 % a second once that ceiling has proved to be history. First signs of throttling hold the climb; when they
last, it goes back a little without a pause, which is how a run stays close to a limit that it cannot see. What is
throttled whatever the rate slows nothing. See `recent_answers` and `adaptive_rate`.
"""

from __future__ import annotations

import asyncio
import math
import random as _random
import time
from typing import TYPE_CHECKING

from importer.send.adaptive_rate import SLOWEST, AdaptiveRate
from importer.send.recent_answers import WINDOW_S, RecentAnswers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TOLERANCE_S = 0.010
"""How much lateness of timers is made up for: with it, 100 a second is at most 102 in any second, also as a server sees
it, whom requests reach a little sooner or later."""
_TIMER_S = 0.001
"""No shorter sleeps: event loops count in milliseconds, and some take less than half of one for none, and spin."""

_SLOWEST_WHILE_LOST = 5.0
"""Lost answers lower the rate no further: where that does not help, the run is to find out soon, and to stop."""
_PAUSE_S = 1.0
_PAUSE_MAX_S = 30.0


class RateLimiter:
    """Says when an attempt may start. For one event loop and one thread.

    Args:
        rate: attempts a second at most, every attempt counted; 0 for no limit.
        clock: seconds that never go back.
        sleep: waits for seconds; may raise, which ends the waiting for a permit.
        random: a number from 0 to 1, for jitter.

    `paused_until` is the end of the last pause, by the clock.
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
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._answers = RecentAnswers(now)
        self._adaptive = AdaptiveRate(rate or math.inf, now)
        self._line = asyncio.Lock()
        self._waiting = 0
        self._last_start = -math.inf
        self._free = self._adaptive.rate == math.inf
        self.paused_until = now
        self._paused_s = 0.0
        self._began_at = now
        self._resumed_at = -math.inf
        self._rate_since = now
        self._storm_at: float | None = None
        self._is_halved = False
        self._fruitless_pauses = 0
        self._starved_since: float | None = None

    # -- permits -----------------------------------------------------------------------------------------------

    def try_acquire(self) -> bool:
        """Take a permit if one is to be had at once; it never goes before those who wait in `acquire`."""
        if self._free:
            return True
        if self._waiting or self._wait_s() > 0:
            return False
        self._take()
        return True

    async def acquire(self) -> None:
        """Return when an attempt may start; first come, first served."""
        if self.try_acquire():
            return
        self._waiting += 1
        try:
            # The lock is fair and only its holder sleeps. Nothing is taken before the sleep is over, so that a
            # waiter that is cancelled leaves nothing behind.
            async with self._line:
                while (wait_s := self._wait_s()) > 0:
                    await self._sleep(max(wait_s, _TIMER_S))
                self._take()
        finally:
            self._waiting -= 1

    def _wait_s(self) -> float:
        now = self._clock()
        if now < self.paused_until:
            return self.paused_until - now
        if self._storm_at is not None:
            self._resume(now)
        adaptive = self._adaptive
        if adaptive.rate < adaptive.most:
            adaptive.grow(now, held=self._answers.hold(now))
        return self._last_start + 1 / adaptive.rate - now

    def _take(self) -> None:
        # Credit for lateness is bounded: however long the process stood still, no burst follows.
        self._last_start = max(self._clock() - _TOLERANCE_S, self._last_start + 1 / self._adaptive.rate)
        self._free = self._adaptive.rate == math.inf

    # -- what the answers say ----------------------------------------------------------------------------------

    def answered(self) -> None:
        """An attempt got through: it was answered, and not throttled."""
        self._answers.add_through(self._clock(), lowered=self._adaptive.is_lowered)
        self._fruitless_pauses = 0
        self._starved_since = None

    def throttled(self, told_s: float | None, *, started_at: float | None = None) -> float:
        """An attempt was throttled (429).

        Args:
            told_s: seconds that the API asked to wait, 0 or more; None when it said nothing.
            started_at: when the attempt had its permit, by this clock. One from before the rate was lowered is not held
                against it again; without it, only those that end during a pause are known to be such.

        Returns:
            Seconds that the row should wait: as told, or about a second, more when nothing gets through at all.
        """
        now = self._clock()
        if self._starved_since is None:
            self._starved_since = now
        self._adaptive.least = SLOWEST
        row_wait_s = self._growing(_PAUSE_S) * (0.75 + self._random() / 2) if told_s is None else told_s
        self._add_throttled(now, told_s, started_at)
        return row_wait_s

    def lost(self, *, started_at: float) -> bool:
        """The answer to an attempt was lost, or cannot be believed: so speaks a gateway that sheds load, too.

        Returns:
            Whether the run pauses now, and goes on at a lower rate.
        """
        was_storm = self._storm_at is not None
        self._adaptive.least = _SLOWEST_WHILE_LOST
        self._add_throttled(self._clock(), None, started_at)
        return self._storm_at is not None and not was_storm

    def halve(self) -> None:
        """Answers were lost in a row: pause, and go on at half the rate that got through."""
        self._adaptive.least = _SLOWEST_WHILE_LOST
        if self._storm_at is None:
            self._begin_storm(self._clock())
        self._is_halved = True

    def _add_throttled(self, now: float, told_s: float | None, started_at: float | None) -> None:
        if self._storm_at is not None:
            self._pause_until(self._storm_at + (told_s or 0.0))
        elif started_at is None or started_at >= self._rate_since:
            self._answers.add_throttled(now, told_s, lowered=self._adaptive.is_lowered)
            self._judge(now)

    def _judge(self, now: float) -> None:
        answers = self._answers
        if answers.is_storm(resumed=now < self._resumed_at + WINDOW_S):
            self._begin_storm(now)
        elif (share := answers.signs(now)) and answers.in_second >= 0.8 * self._adaptive.rate:
            # With fewer answers than permits something else is the brake, and the rate says nothing about the limit.
            self._adaptive.ease(now, share)
            answers.begin_stretch(now)
            self._rate_since = now

    def _begin_storm(self, now: float) -> None:
        told_s = self._answers.longest_told
        active_s = now - max(self._began_at, self._resumed_at)
        self._storm_at = now
        self._adaptive.storm(now, active_s=active_s, got_through=self._answers.got_through)
        self._pause_until(now + (self._growing(_PAUSE_S) if told_s is None else max(_PAUSE_S, told_s)))
        self._fruitless_pauses += 1
        self._answers.forget_throttled()

    def _growing(self, seconds: float) -> float:
        return min(seconds * 2.0 ** min(self._fruitless_pauses, 10), _PAUSE_MAX_S)

    # -- pauses ------------------------------------------------------------------------------------------------

    def _pause_until(self, until: float) -> None:
        added = until - max(self.paused_until, self._clock())
        if added > 0:
            self._paused_s += added
            self.paused_until = until
            self._free = False

    def _resume(self, now: float) -> None:
        self._adaptive.resume(now, through=self._answers.take_through(), share=0.5 if self._is_halved else 1.0)
        self._is_halved = False
        self._answers.begin_stretch(now)
        self._storm_at = None
        self._resumed_at = now
        self._rate_since = now

    # -- to be shown -------------------------------------------------------------------------------------------

    @property
    def rate_now(self) -> float:
        """Attempts a second at most, at present; 0 for no limit."""
        return 0.0 if self._adaptive.rate == math.inf else self._adaptive.rate

    @property
    def paused_s(self) -> float:
        """Seconds that all pauses so far have taken."""
        return self._paused_s - max(0.0, self.paused_until - self._clock())

    @property
    def starved_s(self) -> float:
        """Seconds since attempts began to be throttled without any getting through."""
        return 0.0 if self._starved_since is None else self._clock() - self._starved_since
