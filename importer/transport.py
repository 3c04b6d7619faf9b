"""The wire: one HTTP/1.1 request over aiohttp, as an httpx transport, and whether it may have left this machine.

Why not httpx's own pool: it rebuilds its list of connections for every request and so costs ten times as much.
Why not an exception's name as the sign of "never sent": two transports report an answer that was lost as a
connection that was never made, which would post a row twice. Here one fact decides: whether writing had begun.
"""

from __future__ import annotations

import asyncio
import ssl
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

if TYPE_CHECKING:
    from aiohttp.connector import Connection

CONNECT_TIMEOUT_S = 10.0
# Servers commonly close idle connections after 5 s; letting go first keeps clear of the race in which a request
# and the server's close cross on the wire, and the row ends in doubt.
KEEPALIVE_S = 2.0
READ_BYTES = 64 * 1024


class NeverSent(httpx.TransportError):
    """Not one byte of the request left this machine; `certificate` marks a server that cannot be trusted."""

    def __init__(self, message: str, *, certificate: bool = False) -> None:
        super().__init__(message)
        self.certificate = certificate


class AnswerLost(httpx.TransportError):
    """The request may have left and no whole answer came back; `timed_out` when the deadline ended it."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class _Mark:
    """Set the moment before the first byte of a request may be written."""

    __slots__ = ("leaving",)

    def __init__(self) -> None:
        self.leaving = False


_mark: ContextVar[_Mark] = ContextVar("mark")


class _StaleConnectionError(aiohttp.ClientError):
    """An idle connection on which the server said something unasked: what comes next would belong to no request."""


class _MarkedRequest(aiohttp.ClientRequest):
    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        if conn.protocol is None or conn.protocol.should_close:
            conn.close()
            raise _StaleConnectionError("the idle connection was no longer usable")
        _mark.get().leaving = True
        return await super().send(conn)


class Body(httpx.AsyncByteStream):
    """The bytes of an answer, read already; `truncated` when there were more than the cap."""

    __slots__ = ("data", "truncated")

    def __init__(self, data: bytes, *, truncated: bool) -> None:
        self.data = data
        self.truncated = truncated


class Transport(httpx.AsyncBaseTransport):
    """Sends httpx requests over one aiohttp session. Raises `NeverSent` or `AnswerLost`, and nothing else.

    Redirects are not followed, cookies not kept, bodies not decompressed, and no request is ever repeated: aiohttp
    repeats idempotent methods on a stale connection, and POST is not one of them.

    Args:
        timeout_s: the total for one request, from the connection to the last byte of the answer.
        body_max: bytes of an answer that are read; the rest is left and the connection closed.
        proxy: the URL of a proxy, or None.
    """

    def __init__(self, *, timeout_s: float, body_max: int, proxy: str | None = None) -> None:
        self._timeout_s = timeout_s
        self._body_max = body_max
        self._proxy = proxy
        self._deadlines: set[asyncio.Timeout] = set()
        self._session: aiohttp.ClientSession | None = None
        self._url: URL | None = None
        self._url_text = ""

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S, ssl=trusted_certificates())
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=min(self._timeout_s, CONNECT_TIMEOUT_S))
        return aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            request_class=_MarkedRequest,
            trust_env=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`, whose stream is an `httpx.ByteStream`; the answer's stream is a `Body`."""
        session = self._session
        if session is None:
            session = self._session = self._open()
        mark = _Mark()
        _mark.set(mark)
        try:
            return await self._exchange(session, request)
        except TimeoutError as cause:
            if mark.leaving:
                raise AnswerLost(f"no whole answer within {self._timeout_s:g} s", timed_out=True) from cause
            raise NeverSent("no connection in time") from cause
        except Exception as cause:
            if mark.leaving:
                raise AnswerLost(_describe(cause)) from cause
            raise NeverSent(_describe(cause), certificate=_is_about_trust(cause)) from cause

    async def _exchange(self, session: aiohttp.ClientSession, request: httpx.Request) -> httpx.Response:
        async with asyncio.timeout(self._timeout_s) as deadline:
            self._deadlines.add(deadline)
            try:
                answer = await session.request(
                    request.method,
                    self._prepared(request.url),
                    data=b"".join(cast("httpx.ByteStream", request.stream)),
                    headers=dict(request.headers.multi_items()),
                    allow_redirects=False,
                    proxy=self._proxy,
                )
                body = await self._read(answer)
            finally:
                self._deadlines.discard(deadline)
        headers = None if answer.status in (200, 201) else list(answer.raw_headers)
        return httpx.Response(answer.status, headers=headers, stream=body)

    async def _read(self, answer: aiohttp.ClientResponse) -> Body:
        data = await answer.content.read(READ_BYTES)
        if answer.content.at_eof():
            return Body(data, truncated=False)
        parts, size = [data], len(data)
        while size <= self._body_max:
            data = await answer.content.readany()
            if not data:
                return Body(b"".join(parts), truncated=False)
            parts.append(data)
            size += len(data)
        answer.close()
        return Body(b"".join(parts)[: self._body_max], truncated=True)

    def _prepared(self, url: httpx.URL) -> URL:
        text = str(url)
        if text != self._url_text:
            self._url, self._url_text = URL(text, encoded=True), text
        assert self._url is not None
        return self._url

    def cut_short(self) -> None:
        """End every request that is under way now, as if its deadline had passed."""
        now = asyncio.get_running_loop().time()
        for deadline in self._deadlines:
            deadline.reschedule(now)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


def trusted_certificates() -> ssl.SSLContext:
    """The certificates that this machine trusts, a company's own among them (`SSL_CERT_FILE` is honoured)."""
    import truststore

    context: Any = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    return context  # type: ignore[no-any-return]


def environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for `url` (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), or None."""
    target = httpx.URL(url)
    if proxy_bypass(target.host):
        return None
    proxies = getproxies()
    return proxies.get(target.scheme) or proxies.get("all")


def _is_about_trust(error: BaseException | None) -> bool:
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, ssl.SSLError | ssl.CertificateError | aiohttp.ServerFingerprintMismatch):
            return isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE" in str(error).upper()
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _describe(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return text.splitlines()[0][:200]
