"""The bytes of an answer."""

from __future__ import annotations

import json
import re
import time
from decimal import Decimal
from email.utils import formatdate
from http.client import responses
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.faultserver.request import judge_record

if TYPE_CHECKING:
    from tests.faultserver.plan import Do, Json
    from tests.faultserver.request import Request

_JSON = [["Content-Type", "application/json"]]
_NAMES = re.compile(r"\$(MESSAGE_ID|REVENUE_ID|LAST_REVENUE_ID|REVENUE|DECOY|DATE\(([+-]\d+)\))")
_OFFERS = (
    '{"offers":[{"id":"65f1a2b3c4d5e6f7a8b9c0d1","name":"Summer","external_id":"4521","status":"active"}],'
    '"pagination":{"page":1,"per_page":1,"total":1,"total_pages":1}}'
)


class Facts(NamedTuple):
    """What an answer may speak of, besides the request."""

    revenue_id: str
    last_revenue_id: str
    decoy: str
    bulk: Json | None = None


def render(do: Do, request: Request, facts: Facts) -> bytes:
    """All bytes of the answer to `request`."""
    if do.raw is not None:
        return _fill(do.raw, request, facts).encode("latin-1")
    body = _documented(request, facts) if do.body is None else _fill(do.body, request, facts).encode("latin-1")
    lines = [f"HTTP/1.1 {do.status} {responses.get(do.status, 'Whatever')}"]
    for name, value in _JSON if do.headers is None else do.headers:
        lines.append(f"{name}: {_fill(value, request, facts)}")
    return _frame(lines, body, do.framing)


def judge_bulk(request: Request, options: Json | None) -> tuple[list[dict[str, Any]], Json]:
    """The records of a bulk request that are good, and the answer that says so (or departs from it as told)."""
    told: Json = {"fail": {}, "success_off": 0, "error_off": 0, "total": None, "drop_errors": 0} | (options or {})
    good, errors = [], []
    for index, record in enumerate(request.records):
        code = judge_record(record) or told["fail"].get(record["message_id"])
        if code:
            errors.append({"index": index, "code": code, "error": f"The record was refused: {code}"})
        else:
            good.append(record)
    total = sum((Decimal(record["revenue"]) for record in good), Decimal(0))
    return good, {
        "success_count": len(good) + told["success_off"],
        "error_count": len(errors) + told["error_off"],
        "total_revenue": float(total if told["total"] is None else told["total"]),
        "errors": errors[: len(errors) - told["drop_errors"]],
    }


def _documented(request: Request, facts: Facts) -> bytes:
    if request.head.endpoint == "bulk":
        return json.dumps(facts.bulk).encode()
    if request.head.endpoint == "offers":
        return _OFFERS.encode()
    record = request.records[0]
    return (
        f'{{"success":true,"revenue_id":"{facts.revenue_id}","message_id":{_quote(record["message_id"])},'
        f'"revenue":{_as_double(record["revenue"])}}}'
    ).encode()


def _quote(text: str) -> str:
    return f'"{text}"' if text.isalnum() and text.isascii() else json.dumps(text)


def _as_double(digits: str) -> str:
    """A JSON number that went through a double, as in the vendor's JavaScript: 24.90 comes back as 24.9."""
    return repr(float(digits)).removesuffix(".0")


def _frame(lines: list[str], body: bytes, framing: str | int) -> bytes:
    if framing in {"chunked", "both"}:
        lines.append("Transfer-Encoding: chunked")
    if framing in {"length", "both"}:
        lines.append(f"Content-Length: {len(body)}")
    elif isinstance(framing, int):
        lines.append(f"Content-Length: {framing}")
    elif framing == "close":
        lines.append("Connection: close")
    if framing in {"chunked", "both"}:
        body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _fill(text: str, request: Request, facts: Facts) -> str:
    if "$" not in text:
        return text

    def value(match: re.Match[str]) -> str:
        if match[2]:
            return formatdate(time.time() + int(match[2]), usegmt=True)
        record = request.records[0] if request.records else {}
        known = {
            "MESSAGE_ID": json.dumps(record.get("message_id", ""))[1:-1],
            "REVENUE": str(record.get("revenue", "0")),
            "REVENUE_ID": facts.revenue_id,
            "LAST_REVENUE_ID": facts.last_revenue_id,
            "DECOY": facts.decoy,
        }
        return known[match[1]]

    return _NAMES.sub(value, text)
