"""The waiting between the attempts of one row. What an end of an attempt means is decided elsewhere.

The first attempt runs outside of tenacity, which costs 15 to 20 µs a call; only a row that must be tried again enters
it, with a fresh object each, because shared ones keep one task's state where another finds it.
"""

from __future__ import annotations

import asyncio
import random as _random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
ABSURD_S = 10 * 365 * 86_400
_SECONDS = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,9})?", re.ASCII)


class Again(Exception):  # noqa: N818 - an outcome, not an error
    """An attempt whose row may be tried again.

    Args:
        wait_s: how long the API told us to wait; None: back off.
        counts: whether the attempt counts against the attempts of the row (being throttled does not).
        outcome: what the caller wants back when there are no attempts left.
    """

    def __init__(self, wait_s: float | None, *, counts: bool, outcome: Any = None) -> None:
        super().__init__()
        self.wait_s = wait_s
        self.counts = counts
        self.outcome = outcome


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
        self._attempts, self._sleep, self._random = attempts, sleep, random

    async def rerun(self, first: Again, attempt: Callable[[int], Awaitable[T]]) -> T:
        """Try again until there is a value; `attempt` is given the number of the attempt, from 2 on.

        Raises:
            Again: the last one, when no attempts are left.
        """
        counted = int(first.counts)
        if counted >= self._attempts:
            raise first
        await self._sleep(self._wait_s(first, counted))

        def is_last(state: RetryCallState) -> bool:
            nonlocal counted
            counted += int(_again(state).counts)
            return counted >= self._attempts

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Again),
            stop=is_last,
            wait=lambda state: self._wait_s(_again(state), counted),
            sleep=self._sleep,
            reraise=True,
        )
        number = 1
        async for one in retrying:
            with one:
                number += 1
                return await attempt(number)
        raise AssertionError("unreachable")  # pragma: no cover - the loop returns or raises

    def _wait_s(self, again: Again, counted: int) -> float:
        if again.wait_s is not None:
            return again.wait_s
        return min(FIRST_WAIT_S * 2.0 ** max(counted - 1, 0), LONGEST_WAIT_S) * (0.5 + self._random() / 2)


def _again(state: RetryCallState) -> Again:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, Again)
    return error


def retry_after_seconds(value: str | None, *, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks to wait (RFC 9110, 10.2.3: seconds or an HTTP date).

    A date in the past and a negative number are 0; nonsense and more than ten years are None. Never raises.
    """
    if value is None or not value.isascii():
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return None if seconds > ABSURD_S else max(seconds, 0.0)
