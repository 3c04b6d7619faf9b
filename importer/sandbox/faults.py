"""Which request meets which fault: decided by a seed, the request itself and an injected clock."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from hashlib import blake2b
from struct import unpack
from typing import TYPE_CHECKING

import msgspec

from importer.errors import SettingsError
from importer.sandbox.settings import ANSWER_FAULTS, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KINDS = tuple(name.removesuffix("_rate") for name in ANSWER_FAULTS)


@dataclass(frozen=True, slots=True)
class Draw:
    """What one request drew: its fault (a rate's name without `_rate`), which form of it (0 to 1), and its delay."""

    kind: str | None = None
    form: float = 0.0
    delay_s: float = 0.0


class FaultInjector:
    """The faults of a running sandbox, `current` those now in force.

    `clock` counts seconds, from anywhere, and never goes back.
    """

    def __init__(self, faults: Faults, seed: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._person = (seed % (1 << 128)).to_bytes(16, "big")
        self._seen: dict[int, int] = {}
        self._arrivals = 0
        self.set(faults)

    def set(self, faults: Faults) -> None:
        """Replace the faults; outage windows count from now, and the bucket of the rate limit is full."""
        self.current = Faults(**{each.name: getattr(faults, each.name) for each in fields(Faults)})
        self._since = self._refilled = self._clock()
        self._tokens = max(1.0, faults.rate_limit)
        rates = [getattr(faults, name) for name in ANSWER_FAULTS]
        self._bounds = tuple(math.fsum(rates[: n + 1]) for n in range(len(rates)))
        self._any_random = any(rates) or faults.slow_rate > 0 or faults.jitter_ms > 0
        self._plain = Draw(delay_s=faults.latency_ms / 1000)

    def change(self, changes: Mapping[str, object]) -> None:
        """Replace the faults that are named. Raises `SettingsError` for a name or a value that cannot be."""
        wanted = msgspec.to_builtins(self.current)
        if unknown := sorted(changes.keys() - wanted.keys()):
            raise SettingsError(f"Unknown sandbox fault {', '.join(unknown)}. Known are {', '.join(wanted)}.")
        try:
            faults = msgspec.convert(wanted | dict(changes), Faults)
        except msgspec.ValidationError as error:
            raise SettingsError(f"Sandbox fault of the wrong type: {error}.") from None
        self.set(faults)

    def in_outage(self) -> bool:
        """Tell whether this moment is inside an outage window."""
        if not self.current.outages:
            return False
        elapsed = self._clock() - self._since
        return any(start <= elapsed < end for start, end in self.current.outages)

    def resets(self) -> bool:
        """Tell whether this request, the next to arrive, is to be reset unread."""
        if not self.current.reset_rate:
            return False
        self._arrivals += 1
        return self._numbers(b"reset", self._arrivals)[0] < self.current.reset_rate

    def retry_after_s(self) -> int | None:
        """Take one request out of the rate limit's bucket: None if there was one, else whole seconds to wait."""
        rate = self.current.rate_limit
        if not rate:
            return None
        now = self._clock()
        self._tokens = min(max(1.0, rate), self._tokens + (now - self._refilled) * rate)
        self._refilled = now
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        return math.ceil((1 - self._tokens) / rate)

    def draw(self, body: bytes) -> Draw:
        """Draw the fate of the next request with this body."""
        if not self._any_random:
            return self._plain
        # hash() keeps one small number for each body; a collision would only move a fault to another request.
        key = hash(body)
        occurrence = self._seen[key] = self._seen.get(key, 0) + 1
        fault, form, slow, jitter = self._numbers(body, occurrence)
        kind = next((kind for kind, bound in zip(_KINDS, self._bounds, strict=True) if fault < bound), None)
        held_ms = self.current.jitter_ms * jitter + (self.current.slow_ms if slow < self.current.slow_rate else 0)
        return Draw(kind, form, self._plain.delay_s + held_ms / 1000)

    def _numbers(self, content: bytes, occurrence: int) -> tuple[float, ...]:
        salt = occurrence.to_bytes(16, "big")
        digest = blake2b(content, digest_size=16, salt=salt, person=self._person).digest()
        return tuple(number / 2**32 for number in unpack("<4I", digest))
