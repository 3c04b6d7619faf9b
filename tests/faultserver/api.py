"""The API itself, faults included: lives in one event loop, judges requests, keeps the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from tests.faultserver import tls
from tests.faultserver.answers import Facts, judge_bulk, render
from tests.faultserver.ledger import LedgerWriter
from tests.faultserver.plan import CANARY_KEY, Json
from tests.faultserver.request import Arrival, Head, Request, read_request
from tests.faultserver.rules import Rules, Verdict
from tests.faultserver.wire import Connection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOST = "127.0.0.1"
_TICK_S = 0.005
_SWAP_WAIT_S = 20.0


class Api:
    """One server: its listeners, its connections, its ledger, and the plan in force."""

    def __init__(self, ledger: Path, chosen: Json, port: int = 0) -> None:
        self._ledger_path = ledger
        self._books = LedgerWriter(ledger)
        self._run = secrets.token_hex(4)
        self._last_id = ""
        self._count = {"connections": 0, "requests": 0, "ids": 0}
        self._open: set[Connection] = set()
        self._decoys: set[asyncio.Transport] = set()
        self._swapped: list[tuple[bytes, asyncio.Future[bytes]]] = []
        self._server: asyncio.Server | None = None
        self._closing = asyncio.Event()
        # Bound and never listening: keeps the port ours while an outage has the real listener closed.
        self._placeholder = bound(port)
        self.port: int = self._placeholder.getsockname()[1]
        self.decoy_port = 0
        self._tls = tls.server_context(chosen["tls"], tls_directory(ledger)) if chosen["tls"] else None
        self.replan(chosen)

    def replan(self, chosen: Json) -> None:
        """Go on with another plan: counters and clock start anew, ledger, ids and TLS stay."""
        self._rules = Rules(chosen)
        self._key: str | None = chosen.get("key", CANARY_KEY)
        self._epoch: float | None = time.monotonic() if chosen["clock"] == "start" else None
        self.idle: Json | None = chosen["idle"]
        self.careful = self._rules.careful

    async def serve(self, ready: Callable[[], None]) -> None:
        """Listen, call `ready()`, and serve until `close()`."""
        loop = asyncio.get_running_loop()
        decoy = await loop.create_server(partial(_Decoy, self._books, self._decoys), HOST, 0)
        self.decoy_port = decoy.sockets[0].getsockname()[1]
        await self._listen()
        ready()
        while not self._closing.is_set():
            # Only an outage that refuses connections needs the clock; everything else is decided by requests.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _TICK_S if self._rules.outages.refuses else 0.1)
            if self._refusing():
                self._refuse()
            elif self._server is None:
                await self._listen()
        self._refuse()
        decoy.close()
        for transport in self._decoys:
            transport.abort()
        await asyncio.sleep(0.01)  # lets the transports close their sockets
        self._placeholder.close()
        self._books.close()

    def close(self) -> None:
        """End `serve()`; open connections are reset."""
        self._closing.set()

    def accepts(self, connection: Connection) -> str | None:
        """Number a new connection and say what happens to it at once."""
        self._count["connections"] += 1
        connection.id = self._count["connections"]
        self._open.add(connection)
        line = {"t": time.monotonic(), "connection": connection.id, "listener": "main", "event": "open"}
        self._books.met(line)
        return self._rules.at_accept(connection.id, self._elapsed())

    def loses(self, connection: Connection) -> None:
        """The connection is gone."""
        self._open.discard(connection)

    def begins(self, connection: Connection, first: int) -> tuple[Arrival, Verdict | None]:
        """The first byte of a request came; a verdict means that the request is cut short."""
        post = first == ord("P")
        if post and self._epoch is None:
            self._epoch = time.monotonic()
        self._count["requests"] += 1
        nth = self._rules.count(post=post)
        arrival = Arrival(self._count["requests"], nth, connection.id, connection.requests)
        return arrival, self._rules.cut(arrival, self._elapsed()) if post else None

    def cuts(self, arrival: Arrival, verdict: Verdict) -> None:
        """A POST was cut short."""
        head = Head("POST", "", (), (), "", 0, None)
        self._log(Request(arrival, head, [], key_right=False, refusal=None, faults=[]), verdict, 0)

    def answers(self, arrival: Arrival, head: Head, body: bytes) -> tuple[bytes, Verdict]:
        """A whole request: write it down, and say with which bytes and in which way it is answered."""
        request = read_request(arrival, head, body, self._key)
        verdict = self._rules.decide(request, self._elapsed())
        revenue_id = self._fresh_id()
        bulk, stored = None, 0
        if request.refusal is None and request.records:
            good = request.records
            if head.endpoint == "bulk":
                good, bulk = judge_bulk(request, verdict.do.bulk)
            stored = self._store(good, verdict, revenue_id)
        self._log(request, verdict, stored)
        facts = Facts(revenue_id, self._last_id, f"http://{HOST}:{self.decoy_port}", bulk)
        self._last_id = revenue_id
        if verdict.do.cut_answer == 0 or verdict.do.stall:
            return b"", verdict
        return render(verdict.do, request, facts), verdict

    async def swaps(self, payload: bytes) -> bytes:
        """Give an answer away and get another's; one's own again if nobody comes in time."""
        if self._swapped:
            other, waiter = self._swapped.pop(0)
            waiter.set_result(payload)
            return other
        waiter = asyncio.get_running_loop().create_future()
        self._swapped.append((payload, waiter))
        try:
            return await asyncio.wait_for(waiter, _SWAP_WAIT_S)
        except TimeoutError:
            return payload
        finally:
            self._swapped = [pair for pair in self._swapped if pair[1] is not waiter]

    def _store(self, records: list[dict[str, Any]], verdict: Verdict, revenue_id: str) -> int:
        if not verdict.do.stores:
            return 0
        kept = records[: (verdict.do.bulk or {}).get("store_first")]
        for i, record in enumerate(kept):
            self._books.store(record, self._fresh_id() if i else revenue_id)
        return len(kept)

    def _log(self, request: Request, verdict: Verdict, stored: int) -> None:
        arrival, head = request.arrival, request.head
        ids = request.message_ids
        line = {
            "t": time.monotonic(),
            "request": arrival.request,
            "nth": arrival.nth,
            "connection": arrival.connection,
            "method": head.method,
            "path": head.target,
            "headers": head.names,
            "key_right": request.key_right,
            "message_id": ids if head.endpoint == "bulk" else (ids or [None])[0],
            "attempt": request.attempt,
            "done": verdict.why,
            "status": verdict.do.status,
            "stored": stored,
            "faults": request.faults,
        }
        self._books.saw(line)

    def _fresh_id(self) -> str:
        self._count["ids"] += 1
        return f"{self._run}{self._count['ids']:016x}"

    def _elapsed(self) -> float:
        return -1.0 if self._epoch is None else time.monotonic() - self._epoch

    def _refusing(self) -> bool:
        outages = self._rules.outages
        return outages.refuses and outages.now(self._rules.posts, self._elapsed()) == "refuse"

    def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            for connection in list(self._open):
                connection.hang_up(reset=True)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        sock = bound(self.port)
        self._server = await loop.create_server(partial(Connection, self), sock=sock, backlog=1024, ssl=self._tls)


class _Decoy(asyncio.Protocol):
    """The other host of a redirect: writes down what it gets, and answers as if it had stored it."""

    def __init__(self, books: LedgerWriter, transports: set[asyncio.Transport]) -> None:
        self._books = books
        self._transports = transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance
        self._transports.add(self._transport)
        self._books.met({"t": time.monotonic(), "listener": "decoy", "event": "open"})

    def data_received(self, data: bytes) -> None:
        line = {"listener": "decoy", "event": "bytes", "bytes": len(data), "key_seen": CANARY_KEY.encode() in data}
        self._books.met({"t": time.monotonic()} | line)
        self._transport.write(b'HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n{"success":true,"revenue_id":"bad"}')

    def connection_lost(self, exc: Exception | None) -> None:
        self._transports.discard(self._transport)


def bound(port: int) -> socket.socket:
    """A socket on loopback that shares its port with others of ours."""
    sock = socket.socket()
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((HOST, port))
    except BaseException:
        sock.close()
        raise
    return sock


def tls_directory(ledger: Path) -> Path:
    """Where the certificates of the server with that ledger are."""
    return ledger.with_name(ledger.name + ".tls")
