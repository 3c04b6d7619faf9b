"""What a run measures of the API: how long answers took, and how many came when. In constant memory and time.

A latency goes into a histogram with eight steps an octave, so that a percentile is right to within 6 %. Answers go
into at most 200 equal steps of time: when the last one is full, neighbours are joined and a step is twice as long.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_STEPS = 200
_FIRST_STEP_S = 1.0
_STEPS_AN_OCTAVE = 8
_LOWEST = -20  # 2^-20 s is a microsecond
_OCTAVES = 40
_LEAST_S = 2.0**_LOWEST  # what a clock that stood still has not measured
_LAST = _OCTAVES * _STEPS_AN_OCTAVE - 1
_PERCENTILES = {"p50": 0.50, "p90": 0.90, "p99": 0.99}


class Meter:
    """Counts the answers of a run, from the moment at which it is made."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._began = clock()
        self._step_s = _FIRST_STEP_S
        self._answers = [0] * MAX_STEPS
        self._throttled = [0] * MAX_STEPS
        self._latencies = [0] * (_LAST + 1)
        self._longest_s = 0.0

    def answered(self, latency_s: float, now: float, *, throttled: bool = False) -> None:
        """Note an answer that came at `now` (of the same clock) after `latency_s` seconds; `throttled`: a 429."""
        step = int((now - self._began) / self._step_s)
        if step < 0:  # noqa: PLR1730 - a call would cost more, and this runs for every answer
            step = 0
        while step >= MAX_STEPS:
            self._coarsen()
            step >>= 1
        self._answers[step] += 1
        if throttled:
            self._throttled[step] += 1
        mantissa, exponent = math.frexp(latency_s or _LEAST_S)
        index = ((exponent - _LOWEST) << 3) + int(mantissa * 16) - _STEPS_AN_OCTAVE
        self._latencies[index if 0 <= index <= _LAST else (0 if index < 0 else _LAST)] += 1
        self._longest_s = max(self._longest_s, latency_s)

    def facts(self) -> dict[str, Any]:
        """What the end of a run keeps in the journal, as JSON.

        `latency_ms`: percentiles, maximum and number of answers; `rate`: `[seconds since the start, answers,
        throttled]` for each step of `rate_bucket_s` seconds. Nothing where no answer came.
        """
        count = sum(self._latencies)
        if not count:
            return {}
        used = max(step for step, answers in enumerate(self._answers) if answers) + 1
        return {
            "latency_ms": {
                **{name: self._percentile(share * count) for name, share in _PERCENTILES.items()},
                "max": _rounded(self._longest_s),
                "answers": count,
            },
            "rate": [[step * self._step_s, self._answers[step], self._throttled[step]] for step in range(used)],
            "rate_bucket_s": self._step_s,
        }

    def _coarsen(self) -> None:
        self._step_s *= 2
        for counts in (self._answers, self._throttled):
            counts[:] = [a + b for a, b in zip(counts[::2], counts[1::2], strict=True)] + [0] * (MAX_STEPS // 2)

    def _percentile(self, rank: float) -> float:
        seen = 0
        for index, count in enumerate(self._latencies):
            seen += count
            if seen >= rank:
                octave, step = divmod(index, _STEPS_AN_OCTAVE)
                middle = math.ldexp((step + 0.5 + _STEPS_AN_OCTAVE) / (2 * _STEPS_AN_OCTAVE), octave + _LOWEST)
                return _rounded(min(middle, self._longest_s))
        return _rounded(self._longest_s)


def _rounded(seconds: float) -> float:
    """Milliseconds, three figures of them."""
    return float(f"{seconds * 1000:.3g}")
