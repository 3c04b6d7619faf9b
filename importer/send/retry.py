"""The waiting between the attempts of one row. What an outcome means is decided elsewhere.

The first attempt runs outside of tenacity, which costs 15 to 20 µs a call; only a row that must be tried again enters
it, with a fresh object each, because shared ones keep one task's state where another finds it.
"""

from __future__ import annotations

import asyncio
import random as _random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
LONGEST_ADDED_WAIT_S = 4.0
"""An API that says "at once" again and again is not believed, but waited for no longer than this."""


class Again(Exception):  # noqa: N818 - not an error
    """An attempt whose row may be tried again.

    Args:
        wait_s: how long the API told us to wait; None: back off.
        counts: whether the attempt counts against the attempts of the row (being throttled does not).
    """

    def __init__(self, wait_s: float | None, *, counts: bool) -> None:
        super().__init__()
        self.wait_s = wait_s
        self.counts = counts


class RetryPolicy:
    """How often and how soon a row is tried again: jittered exponential backoff, or as long as told.

    Args:
        attempts: of one row that count, the first among them.
        sleep: waits for seconds; may raise, which ends the waiting.
        random: a number from 0 to 1.
    """

    def __init__(
        self,
        attempts: int,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = _random.random,
    ) -> None:
        self._attempts = attempts
        self._sleep = sleep
        self._random = random

    async def rerun(self, first: Again, attempt: Callable[[int], Awaitable[T]]) -> T:
        """Try again until there is a value; `attempt` is given the number of the attempt, from 2 on.

        Raises:
            Again: the last one, when no attempts are left.
        """
        history = _History(first)
        if history.counted >= self._attempts:
            raise first
        await self._sleep(self._wait_s(history))

        async def another() -> T:
            try:
                return await attempt(history.tries + 1)
            except Again as again:
                history.add(again)
                raise

        from tenacity import AsyncRetrying, retry_if_exception_type  # noqa: PLC0415 - nearly no run needs it

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Again),
            stop=lambda _state: history.counted >= self._attempts,
            wait=lambda _state: self._wait_s(history),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(another)

    def _wait_s(self, history: _History) -> float:
        told = history.last.wait_s
        if told is None:
            return self._backoff_s(history.counted, LONGEST_WAIT_S)
        if history.throttled <= 1:
            return told
        return max(told, self._backoff_s(history.throttled - 1, LONGEST_ADDED_WAIT_S))

    def _backoff_s(self, times: int, most_s: float) -> float:
        return min(FIRST_WAIT_S * 2.0 ** min(times - 1, 30), most_s) * (0.5 + self._random() / 2)


class _History:
    """The attempts of one row so far: how many, how many of them count, and how many were told to wait."""

    def __init__(self, first: Again) -> None:
        self.tries = 0
        self.counted = 0
        self.throttled = 0
        self.add(first)

    def add(self, again: Again) -> None:
        self.last = again
        self.tries += 1
        self.counted += again.counts
        self.throttled = self.throttled + 1 if again.wait_s is not None else 0
