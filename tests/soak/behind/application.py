"""The API as an application of WSGI and of ASGI, for the servers that Python programs are run by.

It reads its ledger's path from `GATEWAYS_LEDGER`, and from `GATEWAYS_DELAY_S` how long it works on a POST before it
stores; it stores whether or not the client still waits, as such applications do.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faultserver.answers import Facts, judge_bulk, render
from tests.faultserver.ledger import LedgerWriter
from tests.faultserver.plan import CANARY_KEY, Do, api_error
from tests.faultserver.request import ENDPOINTS, Arrival, Head, Request, read_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

_BOOKS = LedgerWriter(Path(os.environ["GATEWAYS_LEDGER"]))
_DELAY_S = float(os.environ.get("GATEWAYS_DELAY_S", "0"))
_RUN = secrets.token_hex(4)
_NUMBERS = itertools.count(1)
_JSON = "application/json"


def wsgi(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """The application for WSGI."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    key, kind = environ.get("HTTP_X_API_KEY"), environ.get("CONTENT_TYPE", "")
    request = _request(environ["REQUEST_METHOD"], environ["PATH_INFO"], key, kind, body)
    time.sleep(_delay_s(request))
    status, answer = _answer(request)
    start_response(f"{status} Whatever", [("Content-Type", _JSON), ("Content-Length", str(len(answer)))])
    return [answer]


async def asgi(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """The application for ASGI."""
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    path, kind = scope["path"], headers.get("content-type", "")
    request = _request(scope["method"], path, headers.get("x-api-key"), kind, body)
    await asyncio.sleep(_delay_s(request))
    status, answer = _answer(request)
    length = (b"content-length", str(len(answer)).encode())
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", _JSON.encode()), length]}
    )
    await send({"type": "http.response.body", "body": answer})


def _request(method: str, path: str, key: str | None, kind: str, body: bytes) -> Request:
    number = next(_NUMBERS)
    endpoint = ENDPOINTS.get(path.removeprefix("/api"))
    head = Head(method, path, (), (key,) if key else (), kind, len(body), endpoint)
    return read_request(Arrival(number, number, 0, 0), head, body, CANARY_KEY)


def _delay_s(request: Request) -> float:
    return _DELAY_S if request.head.method == "POST" else 0.0


def _answer(request: Request) -> tuple[int, bytes]:
    """Store what is to be stored, write the request down, and say what the API says."""
    stored, bulk = [], None
    if not request.refusal and request.records:
        stored, bulk = judge_bulk(request, None) if request.head.endpoint == "bulk" else (request.records, None)
    ids = [f"{_RUN}{next(_NUMBERS):016x}" for _ in stored] or [""]
    for record, revenue_id in zip(stored, ids, strict=False):
        _BOOKS.store(record, revenue_id)
    _log(request, len(stored))
    do = api_error(*request.refusal) if request.refusal else Do()
    return do.status, render(do, request, Facts(ids[0], "", "", bulk)).partition(b"\r\n\r\n")[2]


def _log(request: Request, stored: int) -> None:
    head = request.head
    line = {"t": time.monotonic(), "request": request.arrival.request, "method": head.method, "path": head.target}
    ids = {"message_id": request.message_ids, "key_right": request.key_right}
    _BOOKS.saw({**line, **ids, "stored": stored, "faults": request.faults})
