"""One connection: a request goes out in one piece, and one whole answer comes back, or the reason why none did.

HTTP is read by httptools (llhttp, the parser of Node.js) as strictly as it can: an answer with two lengths, with a
length and chunks, with folded headers or of another version than 1.0 and 1.1 is not believed. Each answer gets a parser
of its own, so that nothing of the one before can hide in it.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, cast

import httptools

from importer.api.wire.failures import NotHttpError, cut

if TYPE_CHECKING:
    from collections.abc import Callable

# What of an answer is not its body: headers, announcements (1xx), trailers. No honest server says more.
HEAD_MAX_BYTES = 64 * 1024
# And of each byte of the body, at the most, where it comes in chunks of one: a line for its size, and one for its end.
_CHUNK_LINES = 8
ANNOUNCEMENTS_MAX = 100
_SWITCHING_PROTOCOLS = 101
_FIRST = b"HTTP/"


class Answer:
    """One answer, as httptools reads it: its methods are the parser's callbacks.

    `surplus` when more came with it, so that this answer may belong to the request before; `truncated` when its body
    is longer than the cap.

    Args:
        body_max: bytes of the body that are kept.
        is_tunnel: the request was CONNECT, after whose 2xx the connection is no longer HTTP.
    """

    __slots__ = (
        "_announcements", "_body_max", "_fed", "_has_head", "_has_length", "_is_tunnel", "_parser", "_size",
        "body", "headers", "is_whole", "keep_alive", "reason", "status", "surplus", "truncated",
    )  # fmt: skip

    def __init__(self, body_max: int, *, is_tunnel: bool = False) -> None:
        self.status = 0
        self.reason = ""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: list[bytes] = []
        self.is_whole = self.truncated = self.surplus = self.keep_alive = False
        self._body_max = body_max
        self._is_tunnel = is_tunnel
        self._has_head = self._has_length = False
        self._fed = self._size = self._announcements = 0
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Take bytes of the connection.

        Raises:
            NotHttpError: they are not the answer that is waited for.
        """
        self._check_first(data)
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._has_head = self.is_whole = True  # 101, or the 2xx of a tunnel: not HTTP from here on
        except httptools.HttpParserCallbackError as error:
            raise cast("Exception", error.__context__) from None
        except httptools.HttpParserError as error:
            if not self.is_whole:
                raise NotHttpError(str(error)) from error
            self.surplus = True
        if not self.is_whole and self._fed > HEAD_MAX_BYTES + self._size * (1 + _CHUNK_LINES):
            raise NotHttpError("headers without an end")
        if self.is_whole:
            del self._parser  # which refers back: a circle for each row would keep the garbage collector busy

    def _check_first(self, data: bytes) -> None:
        """The parser takes other protocols of the same form, too."""
        due = _FIRST[self._fed :]
        if data[: len(due)] != due[: len(data)]:
            raise NotHttpError("Bad status line")

    def end(self) -> bool:
        """The connection was closed; whether that is how this answer ends: without length or chunks (RFC 9112, 6.3)."""
        self.is_whole = self.is_whole or (self._has_head and not self._has_length)
        return self.is_whole

    def on_message_begin(self) -> None:
        """The first byte of an answer: of the one that is waited for, or of one too many."""
        self.surplus = self.is_whole

    def on_status(self, reason: bytes) -> None:
        """The reason phrase."""
        if not self.is_whole:
            self.reason = reason.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; of those that say where the body ends only what cannot be misunderstood is believed."""
        if self.is_whole:
            return
        self.headers.append((name, value))
        name = name.lower()
        if name == b"transfer-encoding" and (self._has_length or value.lower() != b"chunked"):
            raise NotHttpError("Transfer-Encoding that is not just chunked")
        if name in (b"content-length", b"transfer-encoding"):
            self._has_length = True

    def on_headers_complete(self) -> None:
        """All headers are there."""
        if self.is_whole:
            return
        if self._parser.get_http_version() not in ("1.1", "1.0"):
            raise NotHttpError("another version than 1.1")
        self.status = self._parser.get_status_code()
        self._has_head = not self._is_announcement()
        self.keep_alive = self._parser.should_keep_alive()
        if self._is_tunnel and 200 <= self.status <= 299:
            self.is_whole = self.keep_alive = True

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        if self.is_whole:
            self.surplus = self.surplus or self._is_tunnel
            return
        self.body.append(data)
        self._size += len(data)
        if self._size > self._body_max:
            self.truncated = self.is_whole = True

    def on_message_complete(self) -> None:
        """The end of an answer, or of an announcement, after which the answer is still to come."""
        if self._is_announcement():
            self._announcements += 1
            if self._announcements > ANNOUNCEMENTS_MAX:
                raise NotHttpError("a flood of answers")
            self.headers.clear()
            self._has_length = False
        else:
            self.is_whole = True

    def _is_announcement(self) -> bool:
        return 100 <= self.status <= 199 and self.status != _SWITCHING_PROTOCOLS


class Link(asyncio.Protocol):
    """A connection, as asyncio's protocol of it. It carries one request at a time.

    `idle_since` is when its last answer ended (None: in use), `taken_at` when it was last taken for a request,
    `was_idle_s` how long it had been idle then.

    Args:
        on_idle_close: told for how many seconds it had been idle when the other side closed it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_idle_close: Callable[[float], None]) -> None:
        self.idle_since: float | None = None
        self.taken_at = self.was_idle_s = 0.0
        self.transport: asyncio.Transport | None = None
        self._loop = loop
        self._on_idle_close = on_idle_close
        self._answer: Answer | None = None
        self._whole: asyncio.Future[Answer] | None = None
        self._more: asyncio.Future[bool] | None = None
        self._is_useless = False
        self._poll: select.poll | None = None

    def write(self, request: bytes, answer: Answer) -> asyncio.Future[Answer]:
        """Hand over a request in one piece; the future holds its whole answer, or why there is none.

        What the socket does not take at once, the event loop writes.
        """
        assert self.transport is not None
        self._answer = answer
        self._whole = self._loop.create_future()
        self.transport.write(request)
        return self._whole

    async def says_more(self, within_s: float) -> bool:
        """Whether bytes come within so many seconds that nobody asked for; the end of the connection ends the wait."""
        if not self.is_open():
            return False
        self._more = self._loop.create_future()
        try:
            async with asyncio.timeout(within_s):
                return await self._more
        except TimeoutError:
            return False
        finally:
            self._more = None

    def is_open(self) -> bool:
        """Whether a request can be written, as far as the event loop knows."""
        return self.transport is not None and not self._is_useless and not self.transport.is_closing()

    def is_fresh(self) -> bool:
        """Whether nothing came since the last answer: neither bytes, which would belong to no request, nor the end."""
        if not self.is_open():
            return False
        assert self.transport is not None
        if not hasattr(select, "poll"):
            return not select.select([self.transport.get_extra_info("socket")], [], [], 0)[0]
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not self._poll.poll(0)

    def close(self) -> None:
        """Close it in good order, once what was written has left."""
        self._forget()
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Close it at once: nothing more of a request leaves."""
        self._forget()
        if self.transport is not None:
            self.transport.abort()

    def _forget(self) -> None:
        self._is_useless = True
        self.idle_since = None  # who closes it is on this side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the way out."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that come unasked make the connection useless."""
        answer, whole = self._answer, self._whole
        if answer is None or whole is None:
            self._is_useless = True
            self._tell(more=True)
            return
        try:
            answer.feed(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, there is no answer
            self._fail(error)
            return
        if answer.is_whole:
            self._settle(answer, whole)

    def eof_received(self) -> None:
        """Nothing more comes: asyncio closes the connection, and `connection_lost` says what that means."""

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note the end: that of an answer whose length nobody said, or that of the hope for one."""
        self._is_useless = True
        self._tell(more=False)
        if self.idle_since is not None:
            self._on_idle_close(self._loop.time() - self.idle_since)
        if self._answer is None or self._whole is None:
            return
        if exc is None and self._answer.end():
            self._answer.keep_alive = False
            self._settle(self._answer, self._whole)
        else:
            self._fail(exc or cut())

    def _tell(self, *, more: bool) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(more)

    def _settle(self, answer: Answer, whole: asyncio.Future[Answer]) -> None:
        self._answer = self._whole = None
        if not answer.keep_alive or answer.truncated or answer.surplus:
            self._is_useless = True
        if not whole.done():
            whole.set_result(answer)

    def _fail(self, error: BaseException) -> None:
        whole, self._answer, self._whole = self._whole, None, None
        self._is_useless = True
        if whole is not None and not whole.done():
            whole.set_exception(error)
