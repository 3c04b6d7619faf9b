"""Every choice of a sandbox in two frozen objects, checked when they are made."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import SettingsError
from importer.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ANSWER_FAULTS = ("stray_429_rate", "server_error_rate", "gateway_error_rate", "dropped_rate", "malformed_rate")
_RATES = (*ANSWER_FAULTS, "reset_rate", "slow_rate")
_AMOUNTS = ("latency_ms", "jitter_ms", "slow_ms", "rate_limit")
_COUNTS = ("suspend_after", "unauthorized_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong, and how often. All can be combined, and changed while the sandbox runs.

    A rate is the share (0 to 1) of the posts of revenue that meet the fault. The rates of one request's answer
    (`stray_429_rate` to `malformed_rate`) exclude each other, so that each keeps the share that it says: their sum is
    at most 1. Which request meets which fault depends on the seed, on its body and on how often that body came
    before, not on the order of arrival: the same file meets the same faults however many requests are in flight.
    Only `reset_rate` goes by the order of arrival, because there nothing is read.

    Raises `SettingsError` for a value out of range.
    """

    latency_ms: float = 0.0
    """Every answer comes this much later (the record is stored at once)."""
    jitter_ms: float = 0.0
    """... plus a random share of this."""
    slow_rate: float = 0.0
    """Answers that come `slow_ms` later still: to provoke timeouts. Stored."""
    slow_ms: float = 5000.0
    rate_limit: float = 0.0
    """Requests a second (0: no limit): a bucket that holds one second's worth. Above it, 429 with `Retry-After`."""
    stray_429_rate: float = 0.0
    """429 without `Retry-After`, whatever the pace. Not stored."""
    server_error_rate: float = 0.0
    """500 with the API's own error JSON. Not stored."""
    gateway_error_rate: float = 0.0
    """502 or 504 with a gateway's HTML. Half of them stored."""
    dropped_rate: float = 0.0
    """The connection is closed without an answer. Stored."""
    malformed_rate: float = 0.0
    """200 with an HTML page. Stored."""
    reset_rate: float = 0.0
    """The connection is reset before the body is read. Not stored."""
    suspend_after: int | None = None
    """After so many records everything is answered 403 without a code: the account is suspended."""
    unauthorized_after: int | None = None
    """After so many records everything is answered 401: the key was withdrawn."""
    outages: tuple[tuple[float, float], ...] = ()
    """From second A to second B after the start (or after this was set) all connections are reset at once, unread."""

    def __post_init__(self) -> None:
        for name in _RATES:
            _require(0 <= getattr(self, name) <= 1, name, "must be a share between 0 and 1")
        for name in _AMOUNTS:
            _require(_finite_positive(getattr(self, name)), name, "must be 0 or more")
        for name in _COUNTS:
            _require((getattr(self, name) or 0) >= 0, name, "must be 0 or more")
        _require(_increasing(self.outages), "outages", "must be pairs of seconds, the first smaller than the second")
        _require(
            math.fsum(getattr(self, name) for name in ANSWER_FAULTS) <= 1,
            ", ".join(ANSWER_FAULTS),
            "must add up to at most 1, because one request has one answer",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings(Faults):
    """All choices of a sandbox: where it listens, what it knows, what it keeps, and its faults.

    Raises `SettingsError` for a value that cannot be used.
    """

    host: str = "127.0.0.1"
    """A loopback address: the sandbox is not protected in any way."""
    port: int = 0
    """0: any free one."""
    ledger: Path | None = None
    """Where the ledger is kept (JSON lines, appended); without it, in memory only."""
    api_key: str | None = field(default=None, repr=False)
    """The only key to accept; without it, every key of the documented form."""
    known_ids: Path | None = None
    """A file of the known message ids, one a line; without it, all but those that begin with `zz`."""
    success_status: int = 200
    """200 or 201: the vendor does not document it."""
    keep_alive_s: int = 75
    """Idle connections are closed after so many seconds."""
    seed: int = 0
    """Chooses which requests meet the faults."""

    def __post_init__(self) -> None:
        Faults.__post_init__(self)
        _require(is_loopback(self.host), "host", f"is {self.host!r}; it must be a loopback address such as 127.0.0.1")
        _require(0 <= self.port <= 65535, "port", "must be between 0 and 65535")
        _require(self.success_status in {200, 201}, "success_status", "must be 200 or 201")
        _require(self.keep_alive_s >= 0, "keep_alive_s", "must be 0 or more")


def _require(holds: bool, name: str, rule: str) -> None:
    if not holds:
        raise SettingsError(f"Sandbox setting {name} {rule}.")


def _finite_positive(value: float) -> bool:
    return math.isfinite(value) and value >= 0


def _increasing(windows: Iterable[tuple[float, float]]) -> bool:
    return all(_finite_positive(start) and math.isfinite(end) and start < end for start, end in windows)
