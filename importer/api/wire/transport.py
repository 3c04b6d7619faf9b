"""One request and its whole answer, or one of two exceptions: it never left, or its answer is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import httpx

from importer.api.wire.answer import PLAIN_SUCCESS, Answer, KnownHeads
from importer.api.wire.connections import Connections
from importer.api.wire.deadlines import Deadlines
from importer.api.wire.failures import AnswerLost, NeverSent, describe
from importer.api.wire.opening import MakesOpener, Opener, proxy_headers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from importer.api.wire.link import Link


# The transport sends every body in one piece, and says how long it is.
_OF_THE_BODY = ("content-length", "transfer-encoding")
# Of a plain success nobody asks for headers; to copy an empty list of them costs less than to make one of nothing.
_NO_HEADERS = httpx.Headers()


class Body(httpx.AsyncByteStream):
    """The bytes of an answer, read already.

    `truncated` when there were more than the cap; `surplus` when another answer came with it, so that this one may
    belong to the request before.
    """

    __slots__ = ("data", "surplus", "truncated")

    def __init__(self, data: bytes, *, truncated: bool = False, surplus: bool = False) -> None:
        self.data = data
        self.truncated = truncated
        self.surplus = surplus

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes, for readers that know of streams only."""
        yield self.data


class Transport(httpx.AsyncBaseTransport):
    """Sends httpx requests. Raises `NeverSent` or `AnswerLost`, and nothing else.

    Redirects are not followed, cookies not kept, bodies not decompressed, and no request is ever repeated.

    Args:
        timeout_s: the total for one request, from the connection to the last byte of the answer.
        body_max: bytes of an answer that are read; the rest is left and the connection closed.
        proxy: the URL of a proxy, or None.
        headers: go with every request; prepared once, they cost a row nothing. They may hold a key: a proxy that
            opens a tunnel is not told them.
        make_opener: makes what opens connections to one place.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        body_max: int,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        make_opener: MakesOpener = Opener,
    ) -> None:
        self._timeout_s = timeout_s
        self._body_max = body_max
        self._proxy = httpx.URL(proxy) if proxy else None
        self._headers = dict(headers or {})
        self._make_opener = make_opener
        self._deadlines = Deadlines(timeout_s)
        self._connections: dict[tuple[str, bytes], Connections] = {}
        self._routes: dict[object, Route] = {}
        self._heads = KnownHeads()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the stream of the whole answer is a `Body`, and a plain success has no headers.

        Raises:
            NeverSent, AnswerLost: there is no answer.
        """
        if self._deadlines.are_over:
            raise NeverSent("the requests were cut short")
        link: Link | None = None
        try:
            route = self._route(request)
            message = _message(route.head, await _content(request))
            task = self._deadlines.begin()
            try:
                link = route.connections.take() or await route.connections.open()
                # From here on, the request may have left.
                answer = await self._converse(link, route, message)
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
                raise _never_sent(cause) from cause
            route.connections.learn(link.was_idle_s)
            raise AnswerLost(describe(cause)) from cause
        return _response(answer, self._body_max)

    def _route(self, request: httpx.Request) -> Route:
        key = (request.method, str(request.url), *request.headers.raw)
        return self._routes.get(key) or self._new_route(request, key)

    def _new_route(self, request: httpx.Request, key: object) -> Route:
        url = request.url
        opened = self._connections.setdefault(
            (url.scheme, url.netloc), Connections(self._make_opener(url, self._proxy, self._timeout_s))
        )
        headers = self._headers | dict(request.headers.multi_items())
        route = Route(opened, request_head(request.method, url, headers, self._proxy))
        self._routes[key] = route
        return route

    async def _converse(self, link: Link, route: Route, message: bytes) -> Answer:
        """Write the request, read the answer, and keep the connection if it can be used again."""
        try:
            answer = await link.write(message, Answer(self._body_max, self._heads))
            if 300 <= answer.status <= 500:
                answer.surplus = answer.surplus or await link.says_more(route.connections.patience_s())
        except BaseException:
            route.connections.give_up(link)  # or it stays open until somebody collects the garbage
            raise
        if answer.truncated:
            route.connections.give_up(link)
        else:
            route.connections.give_back(link, succeeded=200 <= answer.status <= 299)
        return answer

    def cut_short(self) -> None:
        """End every request that is under way now, as if its deadline had passed; let no other one begin."""
        self._deadlines.end_all()

    async def aclose(self) -> None:
        """Close all connections."""
        for connections in self._connections.values():
            connections.close()
        await asyncio.sleep(0)  # a turn of the loop, in which they close


def _never_sent(cause: Exception) -> NeverSent:
    return cause if isinstance(cause, NeverSent) else NeverSent(describe(cause))


class Route(NamedTuple):
    """Where requests go: connections, and the request line with the headers of them all."""

    connections: Connections
    head: bytes


def request_head(method: str, url: httpx.URL, headers: Mapping[str, str], proxy: httpx.URL | None) -> bytes:
    """The request line and the headers, all but those of the body.

    To a proxy goes the whole URL (RFC 9112, 3.2.2), and who asks, unless it opens a tunnel.

    Raises:
        ValueError: a header that holds the end of a line.
    """
    through_proxy = proxy if url.scheme == "http" else None
    target = str(url) if through_proxy else url.raw_path.decode("ascii")
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in {name.lower() for name in headers}:
        lines.append(f"Host: {url.netloc.decode('ascii')}")
    lines += [f"{name}: {text}" for name, text in headers.items() if name.lower() not in _OF_THE_BODY]
    if through_proxy:
        lines += proxy_headers(through_proxy)
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line end within the headers")
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def _message(head: bytes, body: bytes) -> bytes:
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body) if body else head + b"\r\n"


async def _content(request: httpx.Request) -> bytes:
    stream = request.stream
    return b"".join(stream) if isinstance(stream, httpx.ByteStream) else await request.aread()


def _response(answer: Answer, body_max: int) -> httpx.Response:
    body = Body(b"".join(answer.body)[:body_max], truncated=answer.truncated, surplus=answer.surplus)
    headers = _NO_HEADERS if answer.status in PLAIN_SUCCESS else answer.headers
    return httpx.Response(answer.status, headers=headers, stream=body)
