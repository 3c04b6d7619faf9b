"""What the fault server is to do to which request: plain data, built by the functions below.

    plan(
        rule(hang_up(stored=True), nth=(10, 12)),
        rule(api_error(500, "server_error"), message_id="a1b2c3d4", attempt=1),
        rule(stall(stored=False), chance=0.01),
        limit=limit(50),
    )

Rules are tried in order and the first match decides. A request that no rule matches is answered as the vendor
documents: 401 for a wrong key, 400 for a body that breaks a rule of the API, otherwise stored and 200. The key and
the body are judged before the rules, so no rule can store what the API could not have stored.

Texts in bodies and header values may hold `$MESSAGE_ID`, `$REVENUE`, `$REVENUE_ID` (a fresh one),
`$LAST_REVENUE_ID` (the one issued before), `$DATE(+5)` (an HTTP date, seconds from now) and `$DECOY` (the base URL
of the server's second listener, which must never get a byte). Bodies are latin-1 text, so any byte can be said.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, replace
from typing import Any

CANARY_KEY = "trk_CanaryKey0SoundsNowhere0zq7XW93b"
"""The API key of all tests: `trk_` and 32 alphanumerics, made to be searched for."""

Json = dict[str, Any]
Span = int | tuple[int, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """What is done to one request. All fields are independent of each other; times are in seconds.

    - `stored`: append the record to the ledger? None: only when the answer is a documented success.
    - `status`, `headers`, `body`, `framing`, `raw`: the answer. `body` None is the documented one; `headers` None is
      `Content-Type: application/json`; `framing` is `length`, `chunked`, `close` (no length, ended by closing),
      `both` (length and chunked) or a number (that Content-Length, true or not); `raw` replaces every byte of it.
    - `delay_s`, `stall`, `drip_s` (a byte each so often), `interim` (status, every s, how many; None = endless).
    - `cut_request`: hang up after so many bytes of the request, whose rest is never read.
    - `cut_answer`: hang up after so many bytes of the answer.
    - `ending`: `keep` the connection, `close` it, or `reset` it (RST).
    - `twice`: the answer goes out twice `now`, or again in front of the `next` answer on this connection.
    - `swap`: exchange answers with the next request (of another connection) that is to be swapped.
    - `bulk`: how a bulk answer departs from the truth; see `bulk()`.
    """

    status: int = 200
    headers: list[list[str]] | None = None
    body: str | None = None
    framing: str | int = "length"
    raw: str | None = None
    stored: bool | None = None
    delay_s: float = 0.0
    stall: bool = False
    drip_s: float = 0.0
    interim: list[Any] | None = None
    cut_request: int | None = None
    cut_answer: int | None = None
    ending: str = "keep"
    twice: str | None = None
    swap: bool = False
    bulk: Json | None = None

    def but(self, **changes: Any) -> Do:
        """The same with other fields, for instance `api_error(500).but(stored=True, delay_s=2)`."""
        return replace(self, **changes)

    @property
    def stores(self) -> bool:
        """Whether a valid request is appended to the ledger."""
        if self.stored is not None:
            return self.stored
        return self.body is None and self.raw is None and 200 <= self.status < 300


def success(
    status: int = 200,
    *,
    without: tuple[str, ...] = (),
    message_id: str = '"$MESSAGE_ID"',
    revenue: str = "$REVENUE",
    revenue_id: str = '"$REVENUE_ID"',
    extra: Json | None = None,
) -> Do:
    """The documented success, or one changed in the named places (values are JSON texts: `revenue='"$REVENUE"'`)."""
    parts = {"success": "true", "revenue_id": revenue_id, "message_id": message_id, "revenue": revenue}
    parts |= {name: json.dumps(value) for name, value in (extra or {}).items()}
    body = ",".join(f"{json.dumps(name)}:{text}" for name, text in parts.items() if name not in without)
    return Do(status=status, body="{" + body + "}", stored=True)


def api_error(
    status: int, code: str | None = None, error: str = "It did not work", *, headers: tuple[tuple[str, str], ...] = ()
) -> Do:
    """The vendor's error JSON, with or without a `code`; nothing stored."""
    body = {"error": error} | ({"code": code} if code else {})
    return Do(status=status, body=_latin(json.dumps(body)), headers=_json_headers(headers))


def throttle(retry_after: str | None = None, *, status: int = 429) -> Do:
    """429 (or 503) with any `Retry-After`, for instance `"2"`, `"$DATE(+5)"`, `"-1"`, `"soon"`."""
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return api_error(status, None, "Too many requests", headers=headers)


def answer(
    status: int, body: bytes | str = b"", *, headers: tuple[tuple[str, str], ...] | None = None, stored: bool = False
) -> Do:
    """Any status, any bytes, any headers (default: JSON's content type)."""
    listed = None if headers is None else [list(pair) for pair in headers]
    return Do(status=status, body=_latin(body), headers=listed, stored=stored)


def redirect(status: int = 307, to: str = "$DECOY/v2/revenue", *, stored: bool = False) -> Do:
    """A redirect, by default to the second listener, which logs whether it got a byte."""
    return answer(status, b"", headers=(("Location", to),), stored=stored)


def hang_up(
    *, stored: bool = False, reset: bool = False, request_bytes: int | None = None, answer_bytes: int = 0
) -> Do:
    """Close (or reset) after so many bytes of the answer; or after `request_bytes` >= 1 of the request, unstored.

    A rule with `request_bytes` decides at the first byte, so it cannot match by message id, attempt or endpoint.
    """
    if request_bytes is not None and (stored or request_bytes < 1):
        raise ValueError("a request cut short has at least one byte and cannot be stored")
    ending = "reset" if reset else "close"
    return Do(stored=stored, cut_request=request_bytes, cut_answer=answer_bytes, ending=ending)


def stall(*, stored: bool) -> Do:
    """Read everything, never answer."""
    return Do(stored=stored, stall=True)


def drip(every_s: float, *, stored: bool = True) -> Do:
    """The documented success, one byte each `every_s`."""
    return Do(stored=stored, drip_s=every_s)


def interim(status: int = 103, *, every_s: float = 0.1, count: int | None = None, stored: bool = True) -> Do:
    """`count` informational answers before the success; None: for ever."""
    return Do(stored=stored, interim=[status, every_s, count])


def bulk(
    *,
    fail: dict[str, str] | None = None,
    success_off: int = 0,
    error_off: int = 0,
    total: str | None = None,
    drop_errors: int = 0,
    store_first: int | None = None,
) -> Do:
    """A bulk answer: `fail` maps message ids to codes; counts off by so much; the last errors not listed.

    `store_first` stores only so many of the good records (the answer still counts all): a request that died half-way,
    to be lost with `.but(cut_answer=0, ending="reset")`.
    """
    options = {"fail": fail or {}, "success_off": success_off, "error_off": error_off, "total": total}
    return Do(bulk=options | {"drop_errors": drop_errors, "store_first": store_first})


def rule(
    do: Do,
    *,
    nth: Span | None = None,
    message_id: str | list[str] | None = None,
    matching: str | None = None,
    attempt: Span | None = None,
    on_connection: Span | None = None,
    chance: float | None = None,
    seconds: tuple[float, float] | None = None,
    endpoint: str | None = None,
    larger_than: int | None = None,
) -> Json:
    """When to do it: every condition given must hold; spans are a number or (first, last), last None = open.

    - `nth`: the n-th POST (of the n-th GET with `endpoint="offers"`), counted from one over all connections.
    - `message_id` (one or a list), `matching` (a regular expression, full match): of the row; in bulk, of any row.
    - `attempt`: how often this message id was seen, this time included (in bulk: the first record's).
    - `on_connection`: the n-th request of its connection; `(2, None)` = only on a reused one.
    - `chance`: decided by seed, rule, message id and attempt, so that it does not depend on the order of arrival.
    - `seconds`: a window since the plan began (or since the first POST: `plan(clock="first_post")`).
    - `endpoint`: `revenue`, `bulk` or `offers`; without it a rule matches POSTs only.
    - `larger_than`: requests of more rows than that.
    """
    ids = [message_id] if isinstance(message_id, str) else message_id
    when = {"nth": nth, "message_ids": ids, "matching": matching, "attempt": attempt, "on_connection": on_connection}
    when |= {"chance": chance, "seconds": seconds, "endpoint": endpoint, "larger_than": larger_than}
    return {"when": when, "do": asdict(do)}


def limit(
    per_second: float,
    kind: str = "bucket",
    *,
    burst: float | None = None,
    retry_after: str | None = None,
    api_json: bool = True,
) -> Json:
    """A real limiter on POSTs: a token `bucket` (of `burst`, default 0.1 s of the rate) or a fixed `window` of 1 s."""
    return {
        "per_second": per_second,
        "kind": kind,
        "burst": max(1.0, per_second / 10) if burst is None else burst,
        "do": asdict(throttle(retry_after) if api_json else answer(429, b"<h1>Slow down</h1>")),
    }


def outage(how: str = "reset", *, after_posts: int | None = None, from_s: float = 0.0, for_s: float = 1.0) -> Json:
    """For `for_s`, beginning at a time or with the n-th POST, nothing is stored and every request ends in trouble.

    `reset`: each request is read and reset. `refuse`: open connections are reset, the listening socket is closed and
    comes back on the same port. `stall`: no answer.
    """
    return {"how": how, "after_posts": after_posts, "from_s": from_s, "for_s": for_s}


def idle(ms: float, *, reset: bool = False, farewell: str | None = None) -> Json:
    """Close (or reset) a connection that was idle for `ms` after an answer; `farewell`: raw bytes sent just before."""
    return {"ms": ms, "reset": reset, "farewell": farewell}


def at_accept(do: str, *, nth: Span | None = None, seconds: tuple[float, float] | None = None) -> Json:
    """`close`, `reset` or `mute` (never read; over https: a handshake that stalls) the n-th connection."""
    return {"do": do, "nth": nth, "seconds": seconds}


def plan(
    *rules: Json,
    key: str | None = CANARY_KEY,
    seed: int = 0,
    limit: Json | None = None,
    outages: tuple[Json, ...] = (),
    idle: Json | None = None,
    accept: tuple[Json, ...] = (),
    tls: str | None = None,
    clock: str = "start",
) -> Json:
    """A whole plan. `key` None takes any key; `tls` is `trusted`, `self_signed` or `other_host` (see `tls`)."""
    made = {"rules": list(rules), "seed": seed, "limit": limit, "outages": list(outages), "idle": idle}
    made |= {"accept": list(accept), "tls": tls, "clock": clock}
    return made if key == CANARY_KEY else made | {"key": key}  # so that no plan on disk holds the canary


def gzip_bomb(mebibytes: int = 256) -> Do:
    """A documented-looking success that unpacks to `mebibytes` of white space and a brace; stored."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(b'{"success":true,"padding":"')]
    parts += [packer.compress(b" " * 2**20) for _ in range(mebibytes)]
    parts += [packer.compress(b'"}'), packer.flush()]
    headers = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
    return answer(200, b"".join(parts), headers=headers, stored=True)


_GOOD = '{"success":true,"revenue_id":"$REVENUE_ID","message_id":"$MESSAGE_ID","revenue":$REVENUE}'

STRANGE_BODIES: dict[str, bytes] = {
    "empty": b"",
    "html": b"<!doctype html><html><body><h1>It works!</h1></body></html>",
    "null": b"null",
    "true": b"true",
    "number": b"42",
    "string": b'"ok"',
    "list": b'[{"success":true}]',
    "empty_object": b"{}",
    "half_json": _GOOD[:40].encode(),
    "trailing_text": _GOOD.encode() + b"\n<!-- cached -->",
    "two_objects": _GOOD.encode() * 2,
    "without_revenue_id": b'{"success":true,"message_id":"$MESSAGE_ID","revenue":$REVENUE}',
    "null_revenue_id": _GOOD.replace('"$REVENUE_ID"', "null").encode(),
    "empty_revenue_id": _GOOD.replace("$REVENUE_ID", "").encode(),
    "object_revenue_id": _GOOD.replace('"$REVENUE_ID"', "{}").encode(),
    "without_success": _GOOD.replace('"success":true,', "").encode(),
    "success_as_text": _GOOD.replace("true", '"true"').encode(),
    "nan": _GOOD.replace("$REVENUE}", "NaN}").encode(),
    "infinity": _GOOD.replace("$REVENUE}", "1e999}").encode(),
    "long_number": _GOOD.replace("$REVENUE}", "9" * 5000 + "}").encode(),
    "duplicate_keys": _GOOD.replace('"success":true', '"success":false,"success":true').encode(),
    "deep_nesting": b"[" * 100_000,
    "deep_object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "two_mebibytes": _GOOD[:-1].encode() + b',"padding":"' + b"x" * (2 * 2**20) + b'"}',
    "utf_16": '{"success":true,"revenue_id":"67a1b2c3d4e5f6a7b8c9d0e1"}'.encode("utf-16"),
    "bad_utf_8": _GOOD[:-1].encode() + b',"note":"\xff\xfe\xc3("}',
    "lone_surrogate": _GOOD.replace("$REVENUE_ID", "\\ud800").encode(),
    "nul_in_id": _GOOD.replace("$REVENUE_ID", "a\\u0000b").encode(),
    "escape_in_id": _GOOD.replace("$REVENUE_ID", "\\u001b[2J\\u001b]0;owned\\u0007").encode(),
    "formula_in_id": _GOOD.replace("$REVENUE_ID", "=cmd|' /C calc'!A0").encode(),
}
"""Bodies that are no documented success, by name, for `answer(200, STRANGE_BODIES[name], stored=…)`."""


def _latin(body: bytes | str) -> str:
    return body.decode("latin-1") if isinstance(body, bytes) else body


def _json_headers(headers: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [["Content-Type", "application/json"], *(list(pair) for pair in headers)]
