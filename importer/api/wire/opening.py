"""A new connection to the API: names looked up, addresses tried side by side, TLS, and the way through a proxy.

Nothing of a request is written here: whatever fails here is `NeverSent`.
"""

from __future__ import annotations

import asyncio
import base64
import math
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

import aiohappyeyeballs
import httpx

from importer.api.environment import trusted_certificates
from importer.api.wire.answer import Answer
from importer.api.wire.failures import NeverSent, NotHttpError, is_no_such_name, not_connected, not_found
from importer.api.wire.link import Link

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from aiohappyeyeballs import AddrInfoType

CONNECT_TIMEOUT_S = 10.0
# Names that move are followed, and a server that closes every connection does not cost a look-up a row.
LOOKED_UP_FOR_S = 10.0
# RFC 8305, 5: how long the first address has before the next one is tried beside it.
NEXT_ADDRESS_AFTER_S = 0.25
# Statuses of a proxy that is only busy, or whose API is away; any other 4xx it will say again.
_BUSY = (408, 429)
_PORTS = {"http": 80, "https": 443}


class Opens(Protocol):
    """What opens connections to one place."""

    async def open(self, on_idle_close: Callable[[float], None]) -> Link:
        """A connection over which nothing of a request was sent; raises `NeverSent` where there is none."""
        ...


class Opener:
    """Opens connections to one host and port, directly or through an HTTP proxy.

    Args:
        url: where requests go; only scheme, host and port count here.
        proxy: the URL of an HTTP proxy with its name and password, or None.
        timeout_s: for the connection, and again for TLS.
    """

    def __init__(self, url: httpx.URL, proxy: httpx.URL | None, timeout_s: float) -> None:
        self.url = url
        self.proxy = proxy
        self._is_tunnelled = proxy is not None and url.scheme == "https"
        self._timeout_s = min(timeout_s, CONNECT_TIMEOUT_S)
        self._loop = asyncio.get_running_loop()
        self._addresses: list[AddrInfoType] = []
        self._looked_up_at = -math.inf
        self._silent: set[object] = set()
        self._context: ssl.SSLContext | None = None

    async def open(self, on_idle_close: Callable[[float], None]) -> Link:
        """A connection over which nothing of a request was sent.

        Raises:
            NeverSent: there is none, and why.
        """
        link = Link(self._loop, on_idle_close)
        first = self.proxy or self.url
        where = _where(first) if self.proxy is None else f"the proxy {_where(first)}"
        connected = await self._connected(first, where)
        try:
            await self._start(link, connected, first, where)
            if self._is_tunnelled:
                await self._tunnel(link)
            _refuse_closed(link, where)
        except BaseException:
            link.abort()
            raise
        return link

    async def _connected(self, first: httpx.URL, where: str) -> socket.socket:
        addresses = await self._lookup(first)
        try:
            async with asyncio.timeout(self._timeout_s):
                connected = await aiohappyeyeballs.start_connection(
                    addresses, happy_eyeballs_delay=NEXT_ADDRESS_AFTER_S, interleave=1, loop=self._loop
                )
        except (OSError, TimeoutError) as error:
            self._looked_up_at = -math.inf  # the name may have moved
            raise not_connected(where, error) from error
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connected

    async def _lookup(self, first: httpx.URL) -> list[AddrInfoType]:
        if self._loop.time() - self._looked_up_at < LOOKED_UP_FOR_S:
            return self._addresses
        host, port = _name(first), _port(first)
        try:
            found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        except OSError as error:
            if not self._addresses or is_no_such_name(error):
                whose = "host name of the proxy" if self.proxy else "host name"
                raise not_found(host, error, whose=whose) from error
            # RFC 8767: a resolver that is away does not make the API unreachable.
            self._looked_up_at = self._loop.time()
            return self._addresses
        self._addresses, self._looked_up_at = self._silent_last(found), self._loop.time()
        return self._addresses

    def _silent_last(self, found: Sequence[AddrInfoType]) -> list[AddrInfoType]:
        """The addresses of a name; those last that took a connection and began no TLS, as long as there are others."""
        if self._silent.issuperset(address for *_, address in found):
            self._silent.clear()
        return sorted(found, key=lambda one: one[-1] in self._silent)

    async def _start(self, link: Link, connected: socket.socket, first: httpx.URL, where: str) -> None:
        address: object = None
        if self.proxy is not None and first.scheme == "https":
            where += ", to be spoken to in TLS as its URL begins with https:// (http:// is usual)"
        try:
            address = connected.getpeername()
            async with asyncio.timeout(self._timeout_s):
                if first.scheme == "https":
                    await self._loop.create_connection(
                        lambda: link, sock=connected, ssl=self._certificates(), server_hostname=_name(first)
                    )
                else:
                    await self._loop.create_connection(lambda: link, sock=connected)
        except BaseException as error:
            connected.close()
            self._silent.add(address)
            self._looked_up_at = -math.inf  # the next connection looks elsewhere first
            if isinstance(error, OSError | TimeoutError):
                raise not_connected(where, error) from error
            raise

    async def _tunnel(self, link: Link) -> None:
        """Have the proxy connect to the API, and begin TLS with that through it: the proxy sees no header of ours."""
        assert self.proxy is not None
        answer = await self._asked(link)
        if answer.surplus:
            raise NeverSent("what the proxy answered is not HTTP")
        if not 200 <= answer.status <= 299:
            reason = answer.reason.replace(_credentials(self.proxy) or "\0", "…")  # some repeat what they were told
            raise NeverSent(
                f"the proxy refused ({answer.status} {reason})",
                proxy_refused=400 <= answer.status <= 499 and answer.status not in _BUSY,
            )
        where = _where(self.url)
        assert link.transport is not None
        try:
            async with asyncio.timeout(self._timeout_s):
                transport = await self._loop.start_tls(
                    link.transport, link, self._certificates(), server_hostname=_name(self.url)
                )
        except (OSError, TimeoutError) as error:
            raise not_connected(where, error) from error
        if transport is None:
            raise not_connected(where, ConnectionResetError())
        link.connection_made(transport)

    async def _asked(self, link: Link) -> Answer:
        assert self.proxy is not None
        authority = _where(self.url)
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", *proxy_headers(self.proxy), "", ""]
        try:
            async with asyncio.timeout(self._timeout_s):
                return await link.write("\r\n".join(lines).encode("ascii"), Answer(0, is_tunnel=True))
        except NotHttpError as error:
            raise NeverSent("what the proxy answered is not HTTP") from error
        except (OSError, TimeoutError) as error:
            raise not_connected(f"the proxy {_where(self.proxy)}", error) from error

    def _certificates(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = trusted_certificates()
        return self._context


MakesOpener = Callable[[httpx.URL, httpx.URL | None, float], Opens]
"""Makes what opens connections, of what `Opener` is made of: the URL, a proxy, and the seconds for each step."""


def _refuse_closed(link: Link, where: str) -> None:
    """Some close a connection as soon as they made it: nothing was written yet."""
    if not link.is_open():
        raise not_connected(where, ConnectionResetError())


def proxy_headers(proxy: httpx.URL) -> list[str]:
    """The line that tells a proxy who asks, if it is to be told."""
    told = _credentials(proxy)
    return [f"Proxy-Authorization: Basic {told}"] if told else []


def _credentials(proxy: httpx.URL) -> str | None:
    if not proxy.userinfo:
        return None
    name, _, password = proxy.userinfo.decode("ascii").partition(":")
    told = f"{unquote(name)}:{unquote(password)}".encode("latin-1", "replace")
    return base64.b64encode(told).decode("ascii")


def _name(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _port(url: httpx.URL) -> int:
    return url.port or _PORTS[url.scheme]


def _where(url: httpx.URL) -> str:
    """Host and port, as a user and the request line of CONNECT write them."""
    host = _name(url)
    return f"[{host}]:{_port(url)}" if ":" in host else f"{host}:{_port(url)}"
