"""One connection: how bytes come in, and the ways in which an answer goes out or does not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Protocol, cast

from tests.faultserver.request import BadFramingError, split_head

if TYPE_CHECKING:
    from tests.faultserver.plan import Json
    from tests.faultserver.request import Arrival, Head
    from tests.faultserver.rules import Verdict

_GULP = 64 * 1024
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends RST


class Judge(Protocol):
    """What a connection asks of the server."""

    idle: Json | None
    careful: bool

    def accepts(self, connection: Connection) -> str | None:
        """Number a new connection and say what happens to it at once."""

    def loses(self, connection: Connection) -> None:
        """The connection is gone."""

    def begins(self, connection: Connection, first: int) -> tuple[Arrival, Verdict | None]:
        """The first byte of a request came; a verdict means that the request is cut short."""

    def cuts(self, arrival: Arrival, verdict: Verdict) -> None:
        """A request was cut short."""

    def answers(self, arrival: Arrival, head: Head, body: bytes) -> tuple[bytes, Verdict]:
        """A whole request: write it down, and say with which bytes and in which way it is answered."""

    async def swaps(self, payload: bytes) -> bytes:
        """Give an answer away and get another's."""


class Connection(asyncio.BufferedProtocol):
    """HTTP/1.1 on one transport, one request at a time; reads no more bytes than the plan allows."""

    def __init__(self, judge: Judge) -> None:
        self.id = 0
        self.requests = 0
        self._judge = judge
        self._chunk = bytearray(_GULP)
        self._data = bytearray()
        self._arrival: Arrival | None = None
        self._cut: Verdict | None = None
        self._busy = self._mute = False
        self._leftover = b""
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection, or do at once to it what the plan says."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance
        fate = self._judge.accepts(self)
        if fate == "mute":
            self._mute = True
            asyncio.get_running_loop().call_soon(self._transport.pause_reading)  # uvloop resumes after this call
        elif fate:
            self.hang_up(reset=fate == "reset")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything that was still to be sent."""
        self._judge.loses(self)
        if self._idle:
            self._idle.cancel()
        if self._task:
            self._task.cancel()

    def get_buffer(self, sizehint: int) -> memoryview:
        """A buffer of as many bytes as may be read now: one at the start of a request that may be cut short."""
        size = _GULP
        if self._cut is not None:
            size = max(1, (self._cut.do.cut_request or 1) - len(self._data))
        elif self._judge.careful and self._arrival is None:
            size = 1
        return memoryview(self._chunk)[:size]

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        self._data += memoryview(self._chunk)[:nbytes]
        if self._idle:
            self._idle.cancel()
            self._idle = None
        self._advance()

    def hang_up(self, *, reset: bool) -> None:
        """End the connection: with FIN after what was written, or with RST."""
        if self._transport.is_closing():
            return
        if not reset:
            self._transport.close()
            return
        with contextlib.suppress(OSError):
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def _advance(self) -> None:
        while self._data and not self._busy and not self._mute and not self._transport.is_closing():
            if self._arrival is None:
                self.requests += 1
                self._arrival, self._cut = self._judge.begins(self, self._data[0])
            if not self._read_request(self._arrival):
                return

    def _read_request(self, arrival: Arrival) -> bool:
        """Deal with the request at the start of the data; False when more bytes are needed, or no more wanted."""
        if self._cut is not None:
            if len(self._data) >= (self._cut.do.cut_request or 1):
                self._judge.cuts(arrival, self._cut)
                self.hang_up(reset=self._cut.do.ending == "reset")
            return False
        try:
            found = split_head(self._data)
        except BadFramingError as error:
            body = str(error).encode("latin-1", "replace")
            self._transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            self.hang_up(reset=False)
            return False
        if found is None or len(self._data) < found[1] + found[0].length:
            return False
        head, start = found
        body = bytes(self._data[start : start + head.length])
        del self._data[: start + head.length]
        self._busy = True
        self._arrival = None
        payload, verdict = self._judge.answers(arrival, head, body)
        self._answer(payload, verdict)
        return True

    def _answer(self, payload: bytes, verdict: Verdict) -> None:
        if verdict.direct and not self._leftover:
            self._transport.write(payload)
            self._rest()
        else:
            self._task = asyncio.get_running_loop().create_task(self._perform(payload, verdict))

    async def _perform(self, payload: bytes, verdict: Verdict) -> None:
        """An answer that is late, slow, cut, doubled or another's."""
        do = verdict.do
        await asyncio.sleep(do.delay_s)
        if do.stall:
            return
        if do.interim:
            await self._interim(*do.interim)
        if do.swap:
            payload = await self._judge.swaps(payload)
        own, payload = payload, self._leftover + payload
        self._leftover = own if do.twice == "next" else b""
        payload += own if do.twice == "now" else b""
        await self._write(payload if do.cut_answer is None else payload[: do.cut_answer], do.drip_s)
        if do.ending != "keep" or do.framing == "close":
            self.hang_up(reset=do.ending == "reset")
            return
        self._task = None
        self._rest()
        self._advance()

    async def _interim(self, status: int, every_s: float, count: int | None) -> None:
        sent = 0
        while count is None or sent < count:
            self._transport.write(b"HTTP/1.1 %d Wait\r\n\r\n" % status)
            sent += 1
            await asyncio.sleep(every_s)

    async def _write(self, payload: bytes, drip_s: float) -> None:
        if not drip_s:
            self._transport.write(payload)
            return
        for i in range(len(payload)):
            self._transport.write(payload[i : i + 1])
            await asyncio.sleep(drip_s)

    def _rest(self) -> None:
        """The request is done with; the connection waits for the next."""
        self._busy = False
        idle = self._judge.idle
        if idle and not self._data:
            self._idle = asyncio.get_running_loop().call_later(idle["ms"] / 1000, self._leave, idle)

    def _leave(self, idle: Json) -> None:
        if idle["farewell"]:
            self._transport.write(idle["farewell"].encode("latin-1"))
        self.hang_up(reset=idle["reset"])
