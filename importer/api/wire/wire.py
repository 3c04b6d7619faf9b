"""One request and its whole answer, or one of two exceptions: it never left, or its answer is lost."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, cast

import aiohttp
import httpx
from yarl import URL

from importer.api.wire.connections import Connections, Route
from importer.api.wire.deadlines import Deadlines
from importer.api.wire.failures import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import StreamReader

    from importer.api.wire.connections import Link

READ_BYTES = 64 * 1024


class NeverSent(httpx.TransportError):
    """Not one byte of the request left this machine.

    `certificate` marks a server that cannot be trusted, `proxy_refused` a proxy that opens no way: to try again would
    change neither.
    """

    def __init__(self, message: str, *, certificate: bool = False, proxy_refused: bool = False) -> None:
        super().__init__(message)
        self.certificate, self.proxy_refused = certificate, proxy_refused


class AnswerLost(httpx.TransportError):
    """The request may have left and no whole answer came back; `timed_out` or `cut_short` when that is why."""

    def __init__(self, message: str, *, timed_out: bool = False, cut_short: bool = False) -> None:
        super().__init__(message)
        self.timed_out, self.cut_short = timed_out, cut_short


class Body(httpx.AsyncByteStream):
    """The bytes of an answer, read already.

    `truncated` when there were more than the cap; `surplus` when another answer came with it, so that this one may
    belong to the request before.
    """

    __slots__ = ("data", "surplus", "truncated")

    def __init__(self, data: bytes, *, truncated: bool = False, surplus: bool = False) -> None:
        self.data, self.truncated, self.surplus = data, truncated, surplus


class Transport(httpx.AsyncBaseTransport):
    """Sends httpx requests. Raises `NeverSent` or `AnswerLost`, and nothing else.

    Redirects are not followed, cookies not kept, bodies not decompressed, and no request is ever repeated.

    Args:
        timeout_s: the total for one request, from the connection to the last byte of the answer.
        body_max: bytes of an answer that are read; the rest is left and the connection closed.
        proxy: the URL of a proxy, or None.
        headers: go with every request; prepared once, they cost a row nothing. They may hold a key: a proxy that
            opens a tunnel is not told them.
    """

    def __init__(
        self, *, timeout_s: float, body_max: int, proxy: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self._timeout_s, self._body_max = timeout_s, body_max
        self._proxy = URL(proxy) if proxy else None
        self._headers = dict(headers or {})
        self._deadlines = Deadlines(timeout_s)
        self._connections: Connections | None = None
        self._routes: dict[object, Route] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`, whose stream is an `httpx.ByteStream`; the answer's stream is a `Body`."""
        if self._deadlines.are_over:
            raise NeverSent("the requests were cut short")
        if self._connections is None:
            self._connections = Connections(self._timeout_s)
        link: Link | None = None
        try:
            task = self._deadlines.begin(asyncio.get_running_loop())
            try:
                route = self._route(request)
                link = await self._connections.take(route)
                # From here on, the request may have left.
                return await self._converse(link, route, request)
            finally:
                if self._deadlines.end(task):
                    raise TimeoutError
        except TimeoutError as cause:
            if link is None:
                raise NeverSent(f"no connection to {request.url.netloc.decode()} in time") from cause
            if self._deadlines.are_over:
                raise AnswerLost("cut short by a second interrupt", cut_short=True) from cause
            raise AnswerLost(f"no whole answer within {self._timeout_s:g} s", timed_out=True) from cause
        except Exception as cause:
            if link is None:
                raise NeverSent(
                    describe(cause), certificate=_is_about_trust(cause), proxy_refused=_is_a_proxys_no(cause)
                ) from cause
            self._connections.learn(link.was_idle_s)
            raise AnswerLost(describe(cause)) from cause

    def _route(self, request: httpx.Request) -> Route:
        key = (request.method, str(request.url), *request.headers.raw)
        route = self._routes.get(key)
        if route is None:
            headers = self._headers | dict(request.headers.multi_items())
            route = Route(request.method, URL(str(request.url), encoded=True), headers, self._proxy)
            self._routes[key] = route
        return route

    async def _converse(self, link: Link, route: Route, request: httpx.Request) -> httpx.Response:
        """Write the request, read the answer, and keep the connection if it can be used again."""
        assert self._connections is not None
        try:
            _write(link, route.head(), b"".join(cast("httpx.ByteStream", request.stream)))
            while True:
                message, content = await link.read()
                if not 100 <= message.code <= 199 or message.code == 101:
                    break
            body = await self._read(content)
        except BaseException:
            self._connections.give_up(link)  # or it stays open until somebody collects the garbage
            raise
        # A link is a queue of answers, of which ours has been taken out.
        body.surplus = len(link) > 0
        if body.truncated:
            self._connections.give_up(link)
        else:
            self._connections.give_back(route, link)
        headers = None if message.code in (200, 201) else list(message.raw_headers)
        return httpx.Response(message.code, headers=headers, stream=body)

    async def _read(self, content: StreamReader) -> Body:
        data = await content.read(READ_BYTES)
        if content.at_eof():
            return Body(data)
        parts, size = [data], len(data)
        while size <= self._body_max:
            data = await content.readany()
            if not data:
                return Body(b"".join(parts))
            parts.append(data)
            size += len(data)
        return Body(b"".join(parts)[: self._body_max], truncated=True)

    def cut_short(self) -> None:
        """End every request that is under way now, as if its deadline had passed; let no other one begin."""
        self._deadlines.end_all()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._connections is not None:
            await self._connections.aclose()


def _write(link: Link, head: bytes, body: bytes) -> None:
    """Hand over the whole request in one piece; what the socket does not take at once, the event loop writes."""
    if link.transport is None or link.transport.is_closing():
        raise ConnectionResetError("the connection was closed as soon as it was made")
    link.set_response_params(read_until_eof=True, auto_decompress=False)
    link.transport.write(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body) if body else head + b"\r\n")


def _is_a_proxys_no(error: BaseException) -> bool:
    """A proxy refuses to open a tunnel for good, unless it says that it is only busy, or that the API is away."""
    status = error.status if isinstance(error, aiohttp.ClientHttpProxyError) else None
    return status is not None and 400 <= status <= 499 and status not in (408, 429)


def _is_about_trust(error: BaseException | None) -> bool:
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, ssl.SSLError | ssl.CertificateError | aiohttp.ServerFingerprintMismatch):
            return isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE" in str(error).upper()
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False
