"""The wire: one HTTP/1.1 request over aiohttp, as an httpx transport, and whether it may have left this machine.

Why not httpx's own pool: it rebuilds its list of connections for every request and so costs ten times as much.
Why not an exception's name as the sign of "never sent": two transports report an answer that was lost as a
connection that was never made, which would post a row twice. Here one fact decides: a request that failed before it
was given a connection never left, and every other one may have.
"""

from __future__ import annotations

import asyncio
import re
import select
import ssl
import time
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import ClientRequest, ClientTimeout
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

CONNECT_TIMEOUT_S = 10.0
# Servers commonly close idle connections after 2 to 75 s; letting go first keeps clear of the race in which a request
# and the server's close cross on the wire, and the row ends in doubt.
KEEPALIVE_S = 1.0
# No server closes idle connections sooner than this on purpose.
SHORTEST_KEEPALIVE_S = 0.01
READ_BYTES = 64 * 1024
# Announcements (1xx) that wait to be read: no honest server is so far ahead, and nothing else bounds their memory.
ANSWERS_MAX = 100
STALL_CHECK_S = 0.25
# Shorter delays are those of a busy machine, and leave the deadline what it is.
STALL_MIN_S = 1.0
_PASSWORD = re.compile(r"//[^/@\s]*@")


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
    """How far a request got. One that does not say so has left: a hook that is not called must not cost money."""

    __slots__ = ("handed_over", "idle_s", "is_connecting", "protocol")

    def __init__(self) -> None:
        self.is_connecting = False
        self.handed_over = False
        self.idle_s = 0.0
        self.protocol: ResponseHandler | None = None


_mark: ContextVar[_Mark] = ContextVar("mark")


class _Connector(aiohttp.TCPConnector):
    """Marks the moment at which a request is given its connection, and gives it none that the server is done with.

    Some servers close idle connections sooner than `KEEPALIVE_S`. From the first that did, this one learns to let go
    at half of that time, so that no second request is on its way when a connection closes.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(keepalive_timeout=KEEPALIVE_S, **options)
        self._factory = cast("partial[ResponseHandler]", partial(_Protocol, self._loop, self.learn))
        self._idle_max_s = KEEPALIVE_S

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:  # noqa: ASYNC109 - aiohttp's signature
        """Return a new connection, or a used one that is as good."""
        mark = _mark.get()
        mark.is_connecting = not mark.handed_over
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            if not isinstance(protocol, _Protocol) or protocol.idle_since is None:
                break
            mark.idle_s = self._loop.time() - protocol.idle_since
            if mark.idle_s <= self._idle_max_s and protocol.is_fresh():
                break
            connection.close()
        if isinstance(protocol, _Protocol):
            protocol.idle_since = None
            connection.add_callback(protocol.rest)
        mark.is_connecting, mark.handed_over = False, True
        mark.protocol = protocol
        return connection

    def learn(self, idle_s: float) -> None:
        """A connection that was idle for so long was closed by the server."""
        if idle_s >= SHORTEST_KEEPALIVE_S:
            self._idle_max_s = min(self._idle_max_s, idle_s / 2)


class _Protocol(ResponseHandler):
    """A connection that knows since when it is idle (None: in use), and tells when the server closes it then."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_idle_close: Callable[[float], None]) -> None:
        super().__init__(loop)
        self.idle_since: float | None = None
        self._on_idle_close = on_idle_close

    def rest(self) -> None:
        """The connection was given back."""
        self.idle_since = self._loop.time()

    def is_fresh(self) -> bool:
        """Whether nothing came since the last answer: neither bytes, which would belong to no request, nor the end."""
        transport = self.transport
        if transport is None or self.should_close:
            return False
        sock = transport.get_extra_info("socket")
        return sock is None or not _is_readable(sock.fileno())

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that come unasked make the connection useless, and a flood of answers ends it."""
        if data and self.idle_since is not None:
            self.force_close()
        super().data_received(data)
        if len(self) > ANSWERS_MAX and self.transport is not None:
            self.set_exception(aiohttp.ClientPayloadError("a flood of answers"))
            self.transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note the end; aiohttp forgets the transport before it closes one itself."""
        if self.idle_since is not None and self.transport is not None:
            self._on_idle_close(self._loop.time() - self.idle_since)
        super().connection_lost(exc)


def _is_readable(fd: int) -> bool:
    if not hasattr(select, "poll"):
        return bool(select.select([fd], [], [], 0)[0])
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


class _Deadlines:
    """The deadlines of the requests under way. Time in which this process itself stood still does not count.

    After a SIGSTOP, or when the machine did not run it, the answers are in the sockets all the same: to give them up
    unread would leave every row in flight in doubt. Time in which it was busy does count, or a server that floods it
    could hold a row for ever.

    All are equally long, so they are due in the order in which they began, and one timer serves them all: one for
    each request, as `asyncio.timeout` has it, costs more than all else that is done for a row here.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._due: dict[asyncio.Task[Any], float] = {}
        self._overdue: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._used_s = 0.0
        self.are_over = False

    def begin(self, loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any]:
        """The current task has from now on `timeout_s`; it is cancelled after that."""
        task = asyncio.current_task(loop)
        assert task is not None
        due = self._due[task] = loop.time() + self._timeout_s
        if self._timer is None or due < self._timer_at:
            self._set_timer(loop)
        return task

    def end(self, task: asyncio.Task[Any]) -> bool:
        """The task's request has ended; whether it was its deadline, and nobody else, that cancelled the task."""
        self._due.pop(task, None)
        if task not in self._overdue:
            return False
        self._overdue.discard(task)
        return task.uncancel() == 0

    def end_all(self) -> None:
        """Let all deadlines be now, and no request begin."""
        self.are_over = True
        for task in list(self._due):
            self._cancel(task)

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        del self._due[task]
        self._overdue.add(task)
        task.cancel()

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = min(next(iter(self._due.values())), loop.time() + STALL_CHECK_S)
        self._used_s = time.process_time()
        self._timer = loop.call_at(self._timer_at, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        stood_still_s = now - self._timer_at - (time.process_time() - self._used_s)
        if stood_still_s > STALL_MIN_S:
            self._due = {task: due + stood_still_s for task, due in self._due.items()}
        for task in [task for task, due in self._due.items() if due <= now]:
            self._cancel(task)
        if self._due:
            self._set_timer(loop)


class Body(httpx.AsyncByteStream):
    """The bytes of an answer, read already.

    `truncated` when there were more than the cap; `surplus` when another answer came with it, so that this one may
    belong to the request before.
    """

    __slots__ = ("data", "surplus", "truncated")

    def __init__(self, data: bytes, *, truncated: bool = False, surplus: bool = False) -> None:
        self.data, self.truncated, self.surplus = data, truncated, surplus


class Transport(httpx.AsyncBaseTransport):
    """Sends httpx requests over one aiohttp session. Raises `NeverSent` or `AnswerLost`, and nothing else.

    Redirects are not followed, cookies not kept, bodies not decompressed, and no POST is ever repeated: aiohttp
    repeats idempotent methods on a stale connection, and POST is not one of them.

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
        self._timeout_s = timeout_s
        self._body_max = body_max
        self._proxy = proxy
        # A session's own headers go to the proxy too, with the request to open a tunnel.
        self._session_headers = None if proxy else headers
        self._request_headers = dict(headers or {}) if proxy else {}
        self._deadlines = _Deadlines(timeout_s)
        self._connector: _Connector | None = None
        self._session: aiohttp.ClientSession | None = None
        self._url: URL | None = None
        self._url_text = ""

    def _open(self) -> aiohttp.ClientSession:
        self._connector = _Connector(limit=0, ssl=trusted_certificates())
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=min(self._timeout_s, CONNECT_TIMEOUT_S))
        return aiohttp.ClientSession(
            connector=self._connector,
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers=self._session_headers,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`, whose stream is an `httpx.ByteStream`; the answer's stream is a `Body`."""
        if self._deadlines.are_over:
            raise NeverSent("the requests were cut short")
        session = self._session
        if session is None:
            session = self._session = self._open()
        mark = _Mark()
        _mark.set(mark)
        try:
            return await self._exchange(session, request, mark)
        except TimeoutError as cause:
            if mark.is_connecting:
                raise NeverSent("no connection in time") from cause
            raise AnswerLost(f"no whole answer within {self._timeout_s:g} s", timed_out=True) from cause
        except Exception as cause:
            if mark.is_connecting:
                raise NeverSent(_describe(cause), certificate=_is_about_trust(cause)) from cause
            if self._connector is not None:
                self._connector.learn(mark.idle_s)
            raise AnswerLost(_describe(cause)) from cause

    async def _exchange(self, session: aiohttp.ClientSession, request: httpx.Request, mark: _Mark) -> httpx.Response:
        task = self._deadlines.begin(asyncio.get_running_loop())
        try:
            answer = await session.request(
                request.method,
                self._prepared(request.url),
                data=b"".join(cast("httpx.ByteStream", request.stream)),
                headers=self._request_headers | dict(request.headers.multi_items()) or None,
                allow_redirects=False,
                proxy=self._proxy,
            )
            body = await self._read(answer)
            # The protocol is a queue of answers, of which ours has been taken out.
            body.surplus = mark.protocol is not None and len(mark.protocol) > 0
        finally:
            if self._deadlines.end(task):
                raise TimeoutError
        headers = None if answer.status in (200, 201) else list(answer.raw_headers)
        return httpx.Response(answer.status, headers=headers, stream=body)

    async def _read(self, answer: aiohttp.ClientResponse) -> Body:
        try:
            body = await self._read_capped(answer)
        except BaseException:
            answer.close()  # or its connection stays open until somebody collects the garbage
            raise
        if body.truncated:
            answer.close()
        return body

    async def _read_capped(self, answer: aiohttp.ClientResponse) -> Body:
        data = await answer.content.read(READ_BYTES)
        if answer.content.at_eof():
            return Body(data)
        parts, size = [data], len(data)
        while size <= self._body_max:
            data = await answer.content.readany()
            if not data:
                return Body(b"".join(parts))
            parts.append(data)
            size += len(data)
        return Body(b"".join(parts)[: self._body_max], truncated=True)

    def _prepared(self, url: httpx.URL) -> URL:
        text = str(url)
        if text != self._url_text:
            self._url, self._url_text = URL(text, encoded=True), text
        assert self._url is not None
        return self._url

    def cut_short(self) -> None:
        """End every request that is under way now, as if its deadline had passed; let no other one begin."""
        self._deadlines.end_all()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


def trusted_certificates() -> ssl.SSLContext:
    """The certificates that this machine trusts, a company's own among them (`SSL_CERT_FILE` is honoured)."""
    import truststore  # noqa: PLC0415 - only where it is needed

    context: Any = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    return context  # type: ignore[no-any-return]


def environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for `url` (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), or None.

    Raises:
        SettingsError: it is of a kind that cannot be used here. The message does not repeat it: it may hold a password.
    """
    target = httpx.URL(url)
    port = target.port or (443 if target.scheme == "https" else 80)
    if proxy_bypass(target.host) or proxy_bypass(f"{target.host}:{port}"):
        return None
    proxies = getproxies()
    proxy = proxies.get(target.scheme) or proxies.get("all")
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    parts = httpx.URL(proxy)
    if parts.scheme not in ("http", "https") or not parts.host:
        raise SettingsError(
            f"The environment names a proxy for {target.host} that is not an HTTP proxy. "
            f"Change {target.scheme.upper()}_PROXY, or put {target.host} in NO_PROXY."
        )
    return proxy


def _is_about_trust(error: BaseException | None) -> bool:
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, ssl.SSLError | ssl.CertificateError | aiohttp.ServerFingerprintMismatch):
            return isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE" in str(error).upper()
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _describe(error: BaseException) -> str:
    """The first line of what the library says, without the password of a proxy."""
    text = str(error) or type(error).__name__
    return _PASSWORD.sub("//", text.splitlines()[0])
