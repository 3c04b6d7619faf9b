"""Connections to the API: new ones through aiohttp (names, proxies, TLS), used ones while they are as good as new."""

from __future__ import annotations

import asyncio
import math
import select
from collections import defaultdict, deque
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler

from importer.api.environment import trusted_certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp.connector import Connection
    from yarl import URL

CONNECT_TIMEOUT_S = 10.0
# Servers commonly close idle connections after 2 to 75 s; letting go first keeps clear of the race in which a request
# and the server's close cross on the wire, and the row ends in doubt.
KEEPALIVE_S = 1.0
# No server closes idle connections sooner than this on purpose.
SHORTEST_KEEPALIVE_S = 0.01
# A server may have fewer workers than we have connections, and give each worker to one connection until that ends. A
# request that has waited for its first answer for so long, and much longer than others, waits for one of ours to end.
FIRST_ANSWER_S = 1.0
MUCH_LONGER = 2.0
# Nor is a connection kept idle for longer than this while others wait for their first answer.
KEEPALIVE_OF_FEW_S = 0.1
# A connection that ended while idle may have been the server's habit, or a restart: believed for so long, and for
# twice as long each time it happens again.
LESSON_S, LONGEST_LESSON_S = 10.0, 3600.0
# Announcements (1xx) that wait to be read: no honest server is so far ahead, and nothing else bounds their memory.
ANSWERS_MAX = 100


class Link(ResponseHandler):
    """A connection, as asyncio's protocol of it; it knows since when it is idle (None: in use).

    `connection` is aiohttp's handle of it, `taken_at` when it was last taken for a request, `was_idle_s` how long it
    had been idle then.
    """

    connection: Connection

    def __init__(self, loop: asyncio.AbstractEventLoop, on_idle_close: Callable[[float], None]) -> None:
        super().__init__(loop)
        self.idle_since: float | None = None
        self.was_idle_s = self.taken_at = 0.0
        self._on_idle_close = on_idle_close
        self._poll: select.poll | None = None

    def is_fresh(self) -> bool:
        """Whether nothing came since the last answer: neither bytes, which would belong to no request, nor the end."""
        transport = self.transport
        if transport is None or self.should_close:
            return False
        if not hasattr(select, "poll"):
            return not select.select([transport.get_extra_info("socket")], [], [], 0)[0]
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not self._poll.poll(0)

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


class Route:
    """Where requests go: a method, a URL, a proxy, and the headers of them all.

    Args:
        headers: go with every request. They may hold a key: a proxy that opens a tunnel is not told them.
    """

    def __init__(self, method: str, url: URL, headers: Mapping[str, str], proxy: URL | None) -> None:
        # aiohttp opens connections for its own kind of request; this one is never sent.
        self.opener = aiohttp.ClientRequest(
            method,
            url,
            headers=headers,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            proxy=proxy,
            loop=asyncio.get_running_loop(),
        )
        self.opener.headers.popall("Content-Length", None)
        self.key = self.opener.connection_key
        self._head = b""

    def head(self) -> bytes:
        """The request line and the headers, all but those of the body; to be called once there was a connection."""
        if not self._head:
            opener = self.opener
            # RFC 9112, 3.2: to a proxy the whole URL, unless it opens a tunnel.
            target = opener.url.raw_path_qs if opener.proxy is None or opener.is_ssl() else str(opener.url)
            lines = [
                f"{opener.method} {target} HTTP/1.1",
                *(f"{name}: {text}" for name, text in opener.headers.items()),
            ]
            if any("\r" in line or "\n" in line for line in lines):
                raise ValueError("a line end within the headers")
            self._head = "".join(f"{line}\r\n" for line in lines).encode("latin-1")
        return self._head


class Lesson:
    """How long a connection may be idle, as far as the server has shown.

    Some servers close idle connections sooner than `KEEPALIVE_S`. From the first that did, half of that time is the
    most, so that no second request is on its way when a connection closes. A server that was only restarted closed
    them at any age: what does not happen again is forgotten.
    """

    def __init__(self) -> None:
        self._most_s = KEEPALIVE_S
        self._until = -math.inf
        self._lasts_s = LESSON_S

    def learn(self, idle_s: float, now: float) -> None:
        """A connection that was idle for so long was closed by the server."""
        if idle_s < SHORTEST_KEEPALIVE_S:
            return
        if now >= self._until:
            is_a_habit = now < self._until + self._lasts_s
            self._lasts_s = min(self._lasts_s * 2, LONGEST_LESSON_S) if is_a_habit else LESSON_S
            self._most_s = KEEPALIVE_S
        self._most_s = min(self._most_s, idle_s / 2)
        self._until = now + self._lasts_s

    def idle_max_s(self, now: float) -> float:
        """Seconds that a connection may be idle and used again."""
        return self._most_s if now < self._until else KEEPALIVE_S


class Connections:
    """Opens connections, keeps those that can be used again, and lets go of those that nobody needs."""

    def __init__(self, connect_timeout_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._connector = aiohttp.TCPConnector(limit=0, ssl=trusted_certificates())
        self._connector._factory = cast("Any", partial(Link, self._loop, self.learn))  # noqa: SLF001 - there is no other way
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=min(connect_timeout_s, CONNECT_TIMEOUT_S))
        self._idle: defaultdict[Any, deque[Link]] = defaultdict(deque)
        self._unanswered: dict[Link, float] = {}
        self._lesson = Lesson()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    async def take(self, route: Route) -> Link:
        """Return a used connection that is as good as a new one, or a new one, over which nothing has been sent."""
        idle = self._idle[route.key]
        while idle:
            link = idle.pop()
            assert link.idle_since is not None
            now = self._loop.time()
            link.was_idle_s = now - link.idle_since
            if link.was_idle_s <= self._lesson.idle_max_s(now) and link.is_fresh():
                link.idle_since, link.taken_at = None, now
                return link
            link.connection.close()
        connection = await self._connector.connect(route.opener, [], self._timeout)
        link = cast("Link", connection.protocol)
        link.connection = connection
        self._unanswered[link] = link.taken_at = self._loop.time()
        return link

    def give_back(self, route: Route, link: Link) -> None:
        """Keep a connection whose answer was read to its end, if it can be used again and does not stand in the way."""
        self._unanswered.pop(link, None)
        now = self._loop.time()
        if link.should_close or self._stands_in_the_way(link, now):
            link.connection.close()
            return
        link.idle_since = now
        self._idle[route.key].append(link)
        self._let_go_at(now + self._kept_for_s(now))

    def give_up(self, link: Link) -> None:
        """Close a connection whose answer was not read to its end."""
        self._unanswered.pop(link, None)
        link.connection.close()

    def _stands_in_the_way(self, link: Link, now: float) -> bool:
        if not self._unanswered:
            return False
        longest_s = now - next(iter(self._unanswered.values()))
        return longest_s > max(FIRST_ANSWER_S, MUCH_LONGER * (now - link.taken_at))

    def _kept_for_s(self, now: float) -> float:
        most_s = self._lesson.idle_max_s(now)
        return min(most_s, KEEPALIVE_OF_FEW_S) if self._unanswered else most_s

    def _let_go_at(self, due: float) -> None:
        if self._timer is not None:
            if self._timer_at <= due:
                return
            self._timer.cancel()
        # uvloop's handles do not all know when they are due.
        self._timer, self._timer_at = self._loop.call_at(due, self._let_go), due

    def _let_go(self) -> None:
        """Close what has been idle for too long; not only when the next request comes, which may be in an hour."""
        self._timer = None
        now = self._loop.time()
        most_s = self._kept_for_s(now)
        for idle in self._idle.values():
            while idle and now - cast("float", idle[0].idle_since) >= most_s:
                idle.popleft().connection.close()
        oldest = min((cast("float", idle[0].idle_since) for idle in self._idle.values() if idle), default=None)
        if oldest is not None:
            self._let_go_at(oldest + most_s)

    def learn(self, idle_s: float) -> None:
        """A connection that was idle for so long was closed by the server."""
        self._lesson.learn(idle_s, self._loop.time())

    async def aclose(self) -> None:
        """Close all connections."""
        if self._timer is not None:
            self._timer.cancel()
        for idle in self._idle.values():
            while idle:
                idle.pop().connection.close()
        await self._connector.close()
