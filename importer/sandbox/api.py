"""What a request to the vendor's API means: its documented checks, codes and answers.

The vendor does not document how it answers a wrong type of `offer_id` or `timestamp`, an unreadable body or another
content type; this sandbox refuses them, with codes of its own, so that a mistake shows.
"""

from __future__ import annotations

import math
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from importer.sandbox.ledger import EXACT, Ledger, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_BULK_RECORDS = 1000
MAX_BULK_ERRORS = 100
ATTRIBUTION_TYPES = frozenset({"sale", "click", "send"})

_JSON = (b"content-type", b"application/json")
_API_KEY = re.compile(rb"trk_[0-9A-Za-z]{32}")
_MESSAGE_ID = re.compile(r"(?!zz)[0-9A-Za-z_-]{8}")
_JSON_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(rb'"revenue"\s*:\s*-?(?:NaN|Infinity)\b')
_SHORT_NUMBER = 40
_MAX_DIGITS = 400
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `headers` are complete but for the length."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = (_JSON,)


class Refusal(Exception):  # noqa: N818  (an answer, not a failure)
    """The API's `code` and `error` for one record or one request."""

    def __init__(self, code: str, error: str, status: int = 400) -> None:
        self.code = code
        self.error = error
        self.status = status


class _Event(msgspec.Struct):
    message_id: object = None
    # Raw: neither the ledger nor the answer may see another text than the one that arrived.
    revenue: msgspec.Raw = msgspec.Raw(b"null")
    attribution_type: object = None
    offer_id: object = None
    timestamp: object = None


class _Batch(msgspec.Struct):
    records: list[msgspec.Raw] | None = None


_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode_event = msgspec.json.Decoder(_Event).decode
_decode_batch = msgspec.json.Decoder(_Batch).decode


def refused(status: int, error: str, code: str | None = None, *headers: tuple[bytes, bytes]) -> Reply:
    """Make the API's error answer; `code` may be missing, as it is for a suspended account."""
    body = {"error": error} if code is None else {"error": error, "code": code}
    return Reply(status, _encode(body), (_JSON, *headers))


def key_refusal(headers: Mapping[bytes, bytes], only_key: bytes | None) -> Reply | None:
    """Return the 401 for a request without a key, or with an unknown one; None if it may pass."""
    key = headers.get(b"x-api-key")
    if not key:
        return refused(401, "API key is required", "missing_api_key")
    if not (_API_KEY.fullmatch(key) if only_key is None else secrets.compare_digest(key, only_key)):
        return refused(401, "API key is not valid", "invalid_api_key")
    return None


class RevenueApi:
    """The two endpoints that store revenue. `known_ids`: the messages that were sent, None for the default rule."""

    def __init__(self, ledger: Ledger, known_ids: frozenset[str] | None, success_status: int) -> None:
        self._ledger = ledger
        self._is_known: Callable[[str], object] = _MESSAGE_ID.fullmatch if known_ids is None else known_ids.__contains__
        self._success_status = success_status

    def one(self, headers: Mapping[bytes, bytes], body: bytes) -> Reply:
        """POST /v2/revenue: check the event, store it, and echo its amount digit for digit."""
        try:
            _require_json(headers)
            record = self._record(body, bulk=False)
            self._store([record])
        except Refusal as refusal:
            return refused(refusal.status, refusal.error, refusal.code)
        answer = b'{"success":true,"revenue_id":"%b","message_id":%b,"revenue":%b}' % (
            record.revenue_id.encode(),
            _encode(record.message_id),
            record.revenue.encode(),
        )
        return Reply(self._success_status, answer)

    def bulk(self, headers: Mapping[bytes, bytes], body: bytes) -> Reply:
        """POST /v2/revenue/bulk: store the records that hold, name the others (the first 100 of them) by index."""
        stored: list[Record] = []
        errors: list[dict[str, object]] = []
        try:
            _require_json(headers)
            batch = _batch(body)
            for index, event in enumerate(batch):
                try:
                    stored.append(self._record(bytes(event), bulk=True))
                except Refusal as refusal:
                    errors.append({"index": index, "code": refusal.code, "error": refusal.error})
            self._store(stored)
        except Refusal as refusal:
            return refused(refusal.status, refusal.error, refusal.code)
        total = Decimal(0)
        for record in stored:
            total = EXACT.add(total, Decimal(record.revenue))
        answer = {
            "success_count": len(stored),
            "error_count": len(errors),
            "total_revenue": msgspec.Raw(format(total, "f").encode()),
            "errors": errors[:MAX_BULK_ERRORS],
        }
        return Reply(self._success_status, _encode(answer))

    def _record(self, body: bytes, *, bulk: bool) -> Record:
        event = _event(body)
        message_id = _text(event.message_id, "message_id")
        revenue = bytes(event.revenue)
        if revenue == b"null":
            raise Refusal("missing_revenue", "revenue is required")
        attribution_type = _text(event.attribution_type, "attribution_type")
        if not _is_amount(revenue):
            raise Refusal("invalid_revenue", "revenue must be a number of 0 or more")
        if attribution_type not in ATTRIBUTION_TYPES:
            raise Refusal("invalid_attribution_type", "attribution_type must be one of: sale, click, send")
        offer_id = _optional_text(event.offer_id, "offer_id")
        timestamp = _moment(event.timestamp)
        if not self._is_known(message_id):
            raise Refusal("message_not_found", f"Message {message_id} was not found")
        return Record(
            revenue_id=secrets.token_hex(12),
            message_id=message_id,
            revenue=revenue.decode(),
            attribution_type=attribution_type,
            offer_id=offer_id,
            timestamp=timestamp,
            received_at=datetime.now(UTC),
            bulk=bulk,
        )

    def _store(self, records: list[Record]) -> None:
        try:
            self._ledger.append(records)
        except OSError:
            raise Refusal("save_error", "The record could not be saved", 500) from None


def is_json(content_type: bytes) -> bool:
    """Tell whether a `Content-Type` says JSON; a page of another origin cannot send that without being asked first."""
    return content_type.partition(b";")[0].strip().lower() == b"application/json"


def _require_json(headers: Mapping[bytes, bytes]) -> None:
    if not is_json(headers.get(b"content-type", b"")):
        raise Refusal("invalid_content_type", "Content-Type must be application/json")


def _event(body: bytes) -> _Event:
    try:
        return _decode_event(body)
    except _UNREADABLE:
        # NaN and Infinity are not JSON, but what is wrong with such a body is its revenue.
        if _NOT_A_NUMBER.search(body):
            raise Refusal("invalid_revenue", "revenue must be a number of 0 or more") from None
        raise Refusal("invalid_json", "The body must be one JSON object") from None


def _batch(body: bytes) -> list[msgspec.Raw]:
    try:
        records = _decode_batch(body).records
    except msgspec.ValidationError:
        raise Refusal("missing_records", "records must be a list of objects") from None
    except _UNREADABLE:
        raise Refusal("invalid_json", "The body must be one JSON object") from None
    if not records:
        raise Refusal("missing_records", "records is required")
    if len(records) > MAX_BULK_RECORDS:
        raise Refusal("too_many_records", f"At most {MAX_BULK_RECORDS} records in a request", 413)
    return records


def _text(value: object, name: str) -> str:
    text = _optional_text(value, name)
    if not text:
        raise Refusal(f"missing_{name}", f"{name} is required")
    return text


def _optional_text(value: object, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise Refusal(f"invalid_{name}", f"{name} must be a string")


def _moment(value: object) -> str | None:
    text = _optional_text(value, "timestamp")
    if text is not None:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise Refusal("invalid_timestamp", "timestamp must be ISO 8601") from None
    return text


def _is_amount(text: bytes) -> bool:
    """Tell whether this JSON is a number of 0 or more that a double can hold."""
    if not _JSON_NUMBER.fullmatch(text):
        return False
    if text.startswith(b"-") or b"e" in text or b"E" in text or len(text) > _SHORT_NUMBER:
        return _is_unusual_amount(text.decode())
    return True


def _is_unusual_amount(text: str) -> bool:
    # The limit on length and exponent keeps the ledger's sums exact and their cost bounded.
    if len(text) > _MAX_DIGITS or not math.isfinite(float(text)):
        return False
    amount = Decimal(text)
    return amount >= 0 and (amount.is_zero() or amount.adjusted() >= -_MAX_DIGITS)
