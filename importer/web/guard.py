"""What every request passes: its host, where it comes from, and what every answer tells the browser.

A page of somebody else's may make a browser send requests here, with the cookie or under a name of its own that leads
to this computer. So only known hosts are answered, and what changes anything must say that it comes from this page.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from importer.web.settings import ServeSettings

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NOWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - no host that anybody asks for

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Hosts:
    """The names under which the page may be asked for; behind a proxy the port is the proxy's business."""

    def __init__(self, settings: ServeSettings, port: int) -> None:
        names = {*settings.allowed_hosts, settings.host}
        if settings.is_local or settings.socket is not None:
            names |= set(_LOOPBACK)
        if not settings.is_local:
            names |= {socket.gethostname(), socket.getfqdn()}
        self._names = {name.lower().strip("[]") for name in names} - set(_NOWHERE)
        self._port = None if settings.socket is not None else port
        self._schemes = ("http", "https") if settings.socket is not None else ("https" if settings.has_tls else "http",)

    def knows(self, host: str) -> bool:
        """Whether a request for `host`, as its header says, is for this page."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname, parts.port
        except ValueError:
            return False
        if parts.username is not None or parts.path or name is None or name not in self._names:
            return False
        default = 443 if "https" in self._schemes else 80
        return self._port is None or (port or default) == self._port

    def is_origin(self, origin: str, host: str) -> bool:
        """Whether an `Origin` is this page, as it was asked for under `host`."""
        return any(origin == f"{scheme}://{host}" for scheme in self._schemes)


def comes_from_here(headers: Headers, hosts: Hosts) -> bool:
    """Whether a request that changes something comes from this page.

    A form of a page without referrer says `Origin: null`, which tells nothing.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    is_ours = origin is not None and hosts.is_origin(origin, headers.get("host", ""))
    if site is not None:
        return site == "same-origin" and (is_ours or origin in (None, "null"))
    return is_ours


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or let it in; and put the headers on its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        app = self._app if refusal is None else JSONResponse({"error": refusal}, 403)
        await app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or not self._hosts.knows(headers["host"]):
            return "This page is not known under that host. --allowed-host adds one."
        if scope["method"] not in _SAFE and not comes_from_here(headers, self._hosts):
            return "The request does not say that it comes from this page: nothing was changed."
        return None
