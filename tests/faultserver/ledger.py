"""What the fault server stored and what it saw: JSON lines, each one write to a file opened for appending.

For a ledger `june.ledger`: the records are in it, the requests in `june.ledger.requests`, the connections in
`june.ledger.connections`. All three are on disk before the answer leaves, and survive the server and the run.

- A record: `n` (from one), the five fields (`revenue` with the exact digits of the request, as text; an absent
  optional field is null), `revenue_id`.
- A request: `t` (`time.monotonic()`, the same clock in every process of a machine), `request` (its number among all),
  `nth` (among those POSTed, or got), `connection`, `method`, `path`, `headers` (names only), `key_right`,
  `message_id` (in bulk a list), `attempt`, `done` (in words), `status`, `stored`, `faults` (what was wrong with it).
- A connection: `t`, `connection`, `listener` (`main` or `decoy`), `event` (`open`, `bytes`), `bytes`, `key_seen`.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, Any]
_APPEND = os.O_APPEND | os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC
_encode = msgspec.json.Encoder(enc_hook=str).encode


class LedgerWriter:
    """The server's pen. One `os.write` a line, so that a line is there whole or not at all."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.stored = len(read_lines(path))
        self._ledger, self._requests, self._connections = (
            os.open(name, _APPEND, 0o600) for name in (path, requests_path(path), connections_path(path))
        )

    def store(self, record: Record, revenue_id: str) -> None:
        """Append one record; its `revenue` is a text with the digits of the request."""
        self.stored += 1
        line = {
            "n": self.stored,
            "message_id": record["message_id"],
            "revenue": record["revenue"],
            "attribution_type": record["attribution_type"],
            "offer_id": record.get("offer_id"),
            "timestamp": record.get("timestamp"),
            "revenue_id": revenue_id,
        }
        _write(self._ledger, line)

    def saw(self, request: Record) -> None:
        """Append one line to the log of requests."""
        _write(self._requests, request)

    def met(self, connection: Record) -> None:
        """Append one line to the log of connections."""
        _write(self._connections, connection)

    def close(self) -> None:
        """Close the three files."""
        for fd in (self._ledger, self._requests, self._connections):
            os.close(fd)


class Books:
    """The reader's side: everything a server wrote down, read anew at each call."""

    ledger_path: Path

    def ledger(self) -> list[Record]:
        """All stored records, in the order in which they were stored."""
        return read_lines(self.ledger_path)

    def requests(self, *, method: str | None = None, since: float | None = None) -> list[Record]:
        """All requests seen, or those of a method, or those that came after a `time.monotonic()`."""
        seen = read_lines(requests_path(self.ledger_path))
        return [r for r in seen if method in {None, r["method"]} and (since is None or r["t"] > since)]

    def connections(self, listener: str = "main") -> list[Record]:
        """The connections that were accepted."""
        lines = read_lines(connections_path(self.ledger_path))
        return [c for c in lines if c["listener"] == listener and c["event"] == "open"]

    def decoy_bytes(self) -> int:
        """How many bytes the second listener, the target of redirects, was sent."""
        return sum(c.get("bytes", 0) for c in read_lines(connections_path(self.ledger_path)))

    def peak_rate(self, window_s: float = 1.0, method: str = "POST") -> int:
        """The most requests in any sliding window of `window_s` (closed at its start, open at its end)."""
        return peak_rate([r["t"] for r in self.requests(method=method)], window_s)


def peak_rate(times: list[float], window_s: float = 1.0) -> int:
    """The most of `times` in any half-open window of that length."""
    times = sorted(times)
    return max((bisect_left(times, start + window_s) - i for i, start in enumerate(times)), default=0)


def requests_path(ledger: Path) -> Path:
    """The log of requests that belongs to a ledger."""
    return ledger.with_name(ledger.name + ".requests")


def connections_path(ledger: Path) -> Path:
    """The log of connections that belongs to a ledger."""
    return ledger.with_name(ledger.name + ".connections")


def read_lines(path: Path) -> list[Record]:
    """The JSON lines of a file; none if there is no file; a last line without its end is not counted."""
    if not path.exists():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0]
    return json.loads(b"[" + whole.replace(b"\n", b",") + b"]") if whole else []


def _write(fd: int, line: Record) -> None:
    try:
        encoded = _encode(line)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can say and UTF-8 cannot
        encoded = json.dumps(line).encode()
    os.write(fd, encoded + b"\n")
