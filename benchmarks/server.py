"""A loopback API in its own process, fast enough not to be what is measured: the vendor's documented answers, a
request counter, and no more. A connection is one `asyncio.Protocol`; of a request only the first line, the
`Content-Length` and two fields of the body are looked at.

    python -m benchmarks.server [--latency-ms N] [--limit N]

prints `listening PORT`. `GET /stats` answers what was counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections import Counter, deque
from decimal import Decimal
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb'"message_id": ?"([^"]*)"')
_REVENUE = re.compile(rb'"revenue": ?([0-9][0-9.eE+-]*)')
_REFUSED = b'{"error": "Too many requests"}'
_NOT_A_NUMBER = b'{"error": "revenue must be a number", "code": "invalid_revenue"}'
_NO_OFFERS = b'{"offers": [], "pagination": {"page": 1, "per_page": 1, "total": 0, "total_pages": 0}}'
_REASONS = {200: b"200 OK", 400: b"400 Bad Request", 429: b"429 Too Many Requests"}


class Counts:
    """What came in. Times are of the monotonic clock, seconds of the table `by_second` count from the first request."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.connections = self.requests = self.recorded = self.refused = self.throttled = self.most_in_a_second = 0
        self.by_second: Counter[tuple[int, bool]] = Counter()
        self.message_ids: set[bytes] = set()
        self._recent: deque[float] = deque()
        self._first = self._last = 0.0
        self._window, self._used = -1, 0

    def is_allowed(self, now: float) -> bool:
        """Count a request; whether the limit (a fixed window of one second) has room for it."""
        self.requests += 1
        self._first = self._first or now
        self._last = now
        recent = self._recent
        recent.append(now)
        while recent[0] <= now - 1:
            recent.popleft()
        self.most_in_a_second = max(self.most_in_a_second, len(recent))
        if not self.limit:
            return True
        if self._window != int(now):
            self._window, self._used = int(now), 0
        self._used += 1
        allowed = self._used <= self.limit
        self.throttled += not allowed
        self.by_second[int(now - self._first), allowed] += 1
        return allowed

    def facts(self) -> dict[str, object]:
        return {
            "connections": self.connections,
            "requests": self.requests,
            "recorded": self.recorded,
            "refused": self.refused,
            "throttled": self.throttled,
            "distinct": len(self.message_ids),
            "most_in_a_second": self.most_in_a_second,
            "seconds": self._last - self._first,
            "first_at": self._first,
            "by_second": [
                [self.by_second[second, True], self.by_second[second, False]]
                for second in range(int(self._last - self._first) + 1 if self.limit else 0)
            ],
        }


class Connection(asyncio.Protocol):
    """One client connection; requests may arrive in pieces or several at once."""

    def __init__(self, counts: Counts, latency_s: float) -> None:
        self._counts, self._latency_s = counts, latency_s
        self._loop = asyncio.get_running_loop()
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._counts.connections += 1
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        data = self._pending + data if self._pending else data
        while True:
            end = data.find(b"\r\n\r\n") + 4
            if end < 4:
                break
            found = _LENGTH.search(data, 0, end)
            whole = end + int(found.group(1)) if found else end
            if len(data) < whole:
                break
            self._answer(data[: data.find(b"\r")], data[end:whole])
            data = data[whole:]
        self._pending = data

    def _answer(self, first_line: bytes, body: bytes) -> None:
        if first_line.startswith(b"GET"):
            text = json.dumps(self._counts.facts()).encode() if b"/stats" in first_line else _NO_OFFERS
            self._send(200, text)
            return
        status, text = self._judged(first_line, body)
        if self._latency_s:
            self._loop.call_later(self._latency_s, self._send, status, text)
        else:
            self._send(status, text)

    def _judged(self, first_line: bytes, body: bytes) -> tuple[int, bytes]:
        counts = self._counts
        if not counts.is_allowed(time.monotonic()):
            return 429, _REFUSED
        if b"/bulk" in first_line:
            ids, revenues = _MESSAGE_ID.findall(body), _REVENUE.findall(body)
            counts.message_ids.update(ids)
            counts.recorded += len(revenues)
            answer = b'{"success_count": %d, "error_count": 0, "total_revenue": %b, "errors": []}'
            total = format(sum(Decimal(revenue.decode()) for revenue in revenues), "f").encode()
            return 200, answer % (len(revenues), total)
        message_id, revenue = _MESSAGE_ID.search(body), _REVENUE.search(body)
        if message_id is None or revenue is None:
            counts.refused += 1
            return 400, _NOT_A_NUMBER
        counts.recorded += 1
        counts.message_ids.add(message_id.group(1))
        answer = b'{"success": true, "revenue_id": "%024x", "message_id": "%b", "revenue": %b}'
        return 200, answer % (counts.recorded, message_id.group(1), revenue.group(1))

    def _send(self, status: int, text: bytes) -> None:
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (_REASONS[status], len(text)) + text)


async def serve(latency_s: float, limit: int) -> None:
    """Serve until killed."""
    counts = Counts(limit)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(counts, latency_s), "127.0.0.1", 0, backlog=1024
    )
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--limit", type=int, default=0, help="requests a second, the others get 429; 0 = no limit")
    options = parser.parse_args()
    work = serve(options.latency_ms / 1000, options.limit)
    if sys.platform == "win32":
        asyncio.run(work)
    else:
        import uvloop

        uvloop.run(work)


if __name__ == "__main__":
    main()
