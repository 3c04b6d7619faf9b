"""The ASGI application: from a request to its answer, its fault, or a closed connection."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import sys
import time
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from importer.errors import SettingsError
from importer.sandbox.api import MAX_BODY_BYTES, Reply, RevenueApi, is_json, key_refusal, refused
from importer.sandbox.faults import FaultInjector
from importer.sandbox.ledger import Ledger
from importer.sandbox.offers import page_of_offers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from importer.sandbox.faults import Draw
    from importer.sandbox.settings import SandboxSettings

    Handler = Callable[[Mapping[bytes, bytes], bytes], Reply]

_PREFIX = "/api"  # which may be left out
_OFFERS = "/v2/offers"
_MAX_PER_PAGE = 100
_LINES_A_CHUNK = 1000
_GATEWAY_PAGE = (
    b"<html>\r\n<head><title>%d %b</title></head>\r\n<body>\r\n<center><h1>%d %b</h1></center>\r\n"
    b"<hr><center>gateway</center>\r\n</body>\r\n</html>\r\n"
)
_OWN_HOST = re.compile(rb"(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_HTML = ((b"content-type", b"text/html"),)
_UNREADABLE_PAGE = b"<!doctype html><html><head><title>Welcome</title></head><body>Please sign in.</body></html>"


class SandboxApp:
    """Answers `{/api,}/v2/...` as the vendor would, and `/sandbox/...` for whoever watches.

    Every request that is not under `/sandbox` is counted, and its answer's status with it (`closed`: no answer). Those
    that a web page of somebody else's made a browser send are refused before, and not counted. The `ledger` is open
    until somebody closes it. `known_ids` are the messages that were sent, None for the default rule.
    """

    def __init__(self, settings: SandboxSettings, known_ids: frozenset[str] | None) -> None:
        self.ledger = Ledger(settings.ledger)
        self.faults = FaultInjector(settings, settings.seed, time.monotonic)
        api = RevenueApi(self.ledger, known_ids, settings.success_status)
        self._only_key = None if settings.api_key is None else settings.api_key.encode()
        self._requests = 0
        self._by_status: Counter[str] = Counter()
        self._posts: dict[str, Handler] = {"/v2/revenue": api.one, "/v2/revenue/bulk": api.bulk}
        self._watching = Starlette(
            routes=[
                Route("/sandbox/ledger", self._show_ledger),
                Route("/sandbox/summary", self._show_summary),
                Route("/sandbox/faults", self._show_faults),
                Route("/sandbox/faults", self._change_faults, methods=["POST"]),
            ]
        )

    def summary(self) -> dict[str, object]:
        """Count records, their exact revenue, requests, and answers by status."""
        return {
            "records": self.ledger.records,
            "revenue": format(self.ledger.total, "f"),
            "requests": self._requests,
            "by_status": dict(sorted(self._by_status.items())),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3, `http` only)."""
        if _is_foreign(scope["headers"]):
            await _send(send, refused(403, "Only programs on this computer are answered", "foreign_request"))
        elif scope["path"].startswith("/sandbox/"):
            await self._watching(scope, receive, send)
        else:
            self._requests += 1
            self._by_status[await self._answer(scope, receive, send)] += 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> str:
        """Answer a request to the API; returns the status, or `closed`."""
        posting = scope["method"] == "POST" and scope["path"].removeprefix(_PREFIX) in self._posts
        if self.faults.in_outage() or (posting and self.faults.resets()):
            return await _close(scope, receive, reset=True)
        body = await _body(receive)
        if body is None:
            return "closed"
        draw = self.faults.draw(body or scope["raw_path"])
        reply = self._reply(scope, body, draw if posting else None)
        if draw.delay_s:
            await asyncio.sleep(draw.delay_s)
        if reply is None:
            return await _close(scope, receive, reset=False)
        await _send(send, reply)
        return str(reply.status)

    def _reply(self, scope: Scope, body: bytes, draw: Draw | None) -> Reply | None:
        """Decide the answer; None for a connection that is closed instead. `draw` is that of a post of revenue."""
        headers = dict(scope["headers"])
        path = scope["path"].removeprefix(_PREFIX)
        handler = self._posts.get(path)
        if handler is None and path != _OFFERS:
            return refused(404, "Not found", "not_found")
        if draw is None and (handler is not None or scope["method"] not in {"GET", "HEAD"}):
            return refused(405, "Method not allowed", "method_not_allowed", (b"allow", b"POST" if handler else b"GET"))
        denied = key_refusal(headers, self._only_key) or self._account_refusal()
        if denied is not None:
            return denied
        if handler is None or draw is None:
            return _offers(scope["query_string"])
        if len(body) > MAX_BODY_BYTES:
            return refused(413, "The body is larger than 5 MB", "payload_too_large", (b"connection", b"close"))
        return _not_stored(draw) or _disguised(handler(headers, body), draw)

    def _account_refusal(self) -> Reply | None:
        faults = self.faults.current
        records = self.ledger.records - self.ledger.opened_with
        if faults.unauthorized_after is not None and records >= faults.unauthorized_after:
            return refused(401, "Unauthorized", "unauthorized")
        if faults.suspend_after is not None and records >= faults.suspend_after:
            return refused(403, "Account is suspended")
        wait_s = self.faults.retry_after_s()
        if wait_s is not None:
            return refused(429, "Too many requests", None, (b"retry-after", str(wait_s).encode()))
        return None

    async def _show_ledger(self, request: Request) -> StreamingResponse | JSONResponse:
        try:
            after = int(request.query_params.get("after", "0"))
            limit = int(request.query_params["limit"]) if "limit" in request.query_params else None
        except ValueError:
            return JSONResponse({"error": "after and limit must be whole numbers"}, 400)
        lines = self.ledger.lines(after, limit)
        return StreamingResponse(_in_chunks(lines), media_type="application/x-ndjson")

    async def _show_summary(self, request: Request) -> JSONResponse:  # noqa: ARG002
        return JSONResponse(self.summary())

    async def _show_faults(self, request: Request) -> JSONResponse:  # noqa: ARG002
        return JSONResponse(msgspec.to_builtins(self.faults.current))

    async def _change_faults(self, request: Request) -> JSONResponse:
        """Change the faults that the JSON object names, and answer with all of them."""
        if not is_json(request.headers.get("content-type", "").encode()):
            return JSONResponse({"error": "Content-Type must be application/json"}, 415)
        try:
            self.faults.change(msgspec.json.decode(await request.body(), type=dict[str, object]))
        except (SettingsError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return await self._show_faults(request)


def _is_foreign(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a name leads here that is none of this computer's, or a page of another origin asks.

    A page that somebody visits can make a name of its own lead to this computer (DNS rebinding), or post across origins
    what browsers take for harmless; both would change the ledger behind the back of who watches it.
    """
    pairs = list(headers)
    hosts = [value for name, value in pairs if name == b"host"]
    origins = [value for name, value in pairs if name == b"origin"]
    is_here = bool(hosts) and all(map(_OWN_HOST.fullmatch, hosts))
    return not is_here or any(origin != b"http://" + hosts[0] for origin in origins)


def _not_stored(draw: Draw) -> Reply | None:
    """Return the answer of a fault that keeps the request from the API."""
    if draw.kind == "stray_429":
        return refused(429, "Too many requests")
    if draw.kind == "server_error":
        return refused(500, "Internal server error", "server_error")
    if draw.kind == "gateway_error" and draw.form < 0.5:
        return _gateway_error(draw.form < 0.25)
    return None


def _disguised(reply: Reply, draw: Draw) -> Reply | None:
    """Return what the client sees of an answer that the API gave; None for nothing."""
    if draw.kind == "dropped":
        return None
    if draw.kind == "malformed":
        return Reply(200, _UNREADABLE_PAGE, _HTML)
    if draw.kind == "gateway_error":
        return _gateway_error(draw.form < 0.75)
    return reply


def _gateway_error(bad_gateway: bool) -> Reply:
    status, reason = (502, b"Bad Gateway") if bad_gateway else (504, b"Gateway Time-out")
    return Reply(status, _GATEWAY_PAGE % (status, reason, status, reason), _HTML)


def _offers(query_string: bytes) -> Reply:
    query = {name: values[-1] for name, values in parse_qs(query_string.decode("latin-1")).items()}
    try:
        page = max(1, int(query.get("page", "1")))
        per_page = min(_MAX_PER_PAGE, max(1, int(query.get("per_page", str(_MAX_PER_PAGE)))))
    except ValueError:
        return refused(400, "page and per_page must be whole numbers", "invalid_pagination")
    return Reply(200, msgspec.json.encode(page_of_offers(page, per_page, query.get("status"))))


async def _in_chunks(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    while chunk := b"".join(islice(lines, _LINES_A_CHUNK)):
        yield chunk


async def _body(receive: Receive) -> bytes | None:
    """Read the body, or its first 5 MB and a bit; None if the client left first: then nothing may be stored."""
    chunks, size = [], 0
    while (message := await receive())["type"] == "http.request":
        chunks.append(message["body"])
        size += len(message["body"])
        if size > MAX_BODY_BYTES or not message.get("more_body", False):
            return b"".join(chunks)
    return None


async def _send(send: Send, reply: Reply) -> None:
    headers = [*reply.headers, (b"content-length", b"%d" % len(reply.body))]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _close(scope: Scope, receive: Receive, *, reset: bool) -> str:
    close_connection(scope["state"]["transport"], reset=reset)
    # Until the server has seen the connection go it would answer 500 in our name.
    while (await receive())["type"] != "http.disconnect":
        pass
    return "closed"


def close_connection(transport: asyncio.Transport, *, reset: bool) -> None:
    """Close at once, without an answer; with `reset`, so that the client's system sees a reset and not an end."""
    if reset:
        # On, and for no time at all; Windows declares the pair as short numbers.
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
