"""A request as it came: its parts, its place in the order of things, and what the API's documentation says of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

ENDPOINTS = {"/v2/revenue": "revenue", "/v2/revenue/bulk": "bulk", "/v2/offers": "offers"}
_METHODS = {"revenue": "POST", "bulk": "POST", "offers": "GET"}
_FIELDS = {"message_id", "revenue", "attribution_type", "offer_id", "timestamp"}
_REQUIRED = ("message_id", "revenue", "attribution_type")
_MAX_BODY = 5 * 10**6
_MAX_HEAD = 64 * 1024

Refusal = tuple[int, str | None, str]


class Digits(str):
    """A JSON number, as the very digits that were sent; a JSON string is a plain `str`."""

    __slots__ = ()


class BadFramingError(ValueError):
    """The bytes are no HTTP/1.1 request that this server understands."""


@dataclass(frozen=True, slots=True)
class Head:
    """The request line and the headers."""

    method: str
    target: str
    names: tuple[str, ...]
    keys: tuple[str, ...]
    content_type: str
    length: int
    endpoint: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request's place in the order of things, known at its first byte; all numbers count from one."""

    request: int
    nth: int
    connection: int
    on_connection: int


@dataclass(slots=True)
class Request:
    """A whole request: where it came, what it holds, what is wrong with it."""

    arrival: Arrival
    head: Head
    records: list[dict[str, Any]]
    key_right: bool
    refusal: Refusal | None
    faults: list[str]
    attempt: int = 0

    @property
    def message_ids(self) -> list[Any]:
        """The message ids of its records."""
        return [record.get("message_id") for record in self.records]


def split_head(data: bytearray) -> tuple[Head, int] | None:
    """The head of the request that `data` begins with, and where its body starts; None while it is incomplete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > _MAX_HEAD:
            raise BadFramingError("a head of over 64 KiB")
        return None
    return _parse_head(bytes(data[:end])), end + 4


@lru_cache(maxsize=4096)
def _parse_head(head: bytes) -> Head:
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadFramingError(f"request line {lines[0]!r}")
    pairs = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
    fields = {name.lower(): value for name, value in pairs}
    if "transfer-encoding" in fields or not fields.get("content-length", "0").isdigit():
        raise BadFramingError("a request body has a Content-Length")
    path = parts[1].partition("?")[0].removeprefix("/api")
    return Head(
        method=parts[0],
        target=parts[1],
        names=tuple(name for name, _ in pairs),
        keys=tuple(value for name, value in pairs if name.lower() == "x-api-key"),
        content_type=fields.get("content-type", ""),
        length=int(fields.get("content-length", "0")),
        endpoint=ENDPOINTS.get(path),
    )


def read_request(arrival: Arrival, head: Head, body: bytes, key: str | None) -> Request:
    """Judge a request as the vendor documents it; `faults` also holds what a real API would let pass in silence."""
    faults: list[str] = []
    key_right = len(head.keys) == 1 and key in {None, head.keys[0]}
    if len(head.keys) > 1:
        faults.append("several X-Api-Key headers")
    refusal = _refuse_head(head, key_right=key_right)
    records: list[dict[str, Any]] = []
    if head.method == "POST" and head.endpoint in {"revenue", "bulk"}:
        if not head.content_type.lower().startswith("application/json"):
            faults.append(f"Content-Type {head.content_type!r}")
        records, body_refusal = _read_body(head.endpoint, body, faults)
        refusal = refusal or body_refusal
    return Request(arrival, head, records, key_right, refusal, faults)


def judge_record(record: dict[str, Any]) -> str | None:
    """The vendor's code for a record that breaks a documented rule, or None."""
    for field in _REQUIRED:
        if record.get(field) in (None, ""):
            return f"missing_{field}"
    if not isinstance(record["message_id"], str) or isinstance(record["message_id"], Digits):
        return "missing_message_id"
    revenue = record["revenue"]
    if not isinstance(revenue, Digits) or revenue.startswith("-"):
        return "invalid_revenue"
    return None if record["attribution_type"] in ("sale", "click", "send") else "invalid_attribution_type"


def _refuse_head(head: Head, *, key_right: bool) -> Refusal | None:
    if head.endpoint is None:
        return 404, None, "Not found"
    if head.method != _METHODS[head.endpoint]:
        return 405, None, "Method not allowed"
    if not head.keys:
        return 401, "missing_api_key", "API key is required"
    if not key_right:
        return 401, "invalid_api_key", "Invalid API key"
    return (413, None, "Payload too large") if head.length > _MAX_BODY else None


def _read_body(endpoint: str, body: bytes, faults: list[str]) -> tuple[list[dict[str, Any]], Refusal | None]:
    try:
        parsed = _decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        faults.append(f"the body is not JSON in UTF-8, each key once: {error}")
        return [], (400, "invalid_json", "Invalid JSON")
    records = parsed.get("records") if endpoint == "bulk" and isinstance(parsed, dict) else [parsed]
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        return [], (400, "missing_records" if endpoint == "bulk" else "missing_message_id", "Nothing to record")
    if len(records) > 1000:
        return [], (413, "too_many_records", "Too many records")
    for record in records:
        _find_faults(record, faults)
    code = judge_record(records[0]) if endpoint == "revenue" else None
    return records, ((400, code, f"The request was refused: {code}") if code else None)


def _find_faults(record: dict[str, Any], faults: list[str]) -> None:
    """What the documentation does not allow although a lenient server would take it."""
    if not record.keys() <= _FIELDS:
        faults.append(f"unknown fields {sorted(record.keys() - _FIELDS)}")
    for field in ("offer_id", "timestamp"):
        if field in record and (type(record[field]) is not str or not record[field]):
            faults.append(f"{field} is {record[field]!r}, neither a text nor left out")
    if not str(record.get("revenue", "0")).replace(".", "", 1).isdecimal():
        faults.append(f"revenue {record.get('revenue')!r} is not in plain notation")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice")
    return record


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


_decode = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=Digits, parse_int=Digits, parse_constant=_no_constant
).decode
