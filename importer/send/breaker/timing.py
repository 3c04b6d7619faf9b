"""The clock, the sleep and the chance of the circuit breaker, which tests replace."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 15.0


@dataclass(frozen=True, slots=True)
class Timing:
    """`clock` tells seconds that never go back, `sleep` waits for seconds, `jitter` is a number from 0 to 1."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random

    def backoff_s(self, failures: int) -> float:
        """Seconds before the next try: doubling from `FIRST_PAUSE_S`, between half and all of it."""
        return min(FIRST_PAUSE_S * 2.0 ** (failures - 1), LONGEST_PAUSE_S) * (0.5 + self.jitter() / 2)
