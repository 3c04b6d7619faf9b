"""One request to the API, and what its end means for the row: the whole table stands in this file.

The vendor offers no idempotency key and no look-up, so the only thing that settles a row is a believable answer. A
gateway on the way can cut an answer after the API stored the row, and then speaks for itself: with any 5xx, with
`Retry-After`, with JSON of its own. So only what the vendor documents as its own word says "not stored". Everything
that is not named here ends in doubt, by construction.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, NoReturn

import httpx

from importer.api.page_title import title
from importer.api.retry_after import retry_after_seconds
from importer.api.wire import AnswerLost, Body, NeverSent, Transport
from importer.model import REVENUE_ID

ANSWER_MAX_BYTES = 1024 * 1024
TEXT_MAX = 300
CODE_MAX = 64
REVENUE_ID_MAX = 128
HALF_A_CENT = Decimal("0.005")
HIDDEN = "[key]"

OWN_FAILURES = frozenset({"server_error", "internal_error", "save_error"})
"""The application's own word that it failed, which it may not do next time (the vendor's API documentation)."""
_STOPS = frozenset({401, 402, 405, 407})
_LOOKS_LIKE_A_CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_RECORD_NOT_FOUND = re.compile(r"(?:message|offer|contact)_(?:\w+_)?not_found", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class OutcomeKind(Enum):
    """What an attempt's outcome says about its row."""

    RECORDED = "recorded"
    REJECTED = "rejected"
    IN_DOUBT = "in doubt"
    TRANSIENT = "certainly not recorded; try again"
    THROTTLED = "not processed; try again later"
    TURNED_AWAY = "refused by a gateway before the API saw it"
    TOO_LARGE = "refused for its size; nothing of it was stored"
    NEVER_SENT = "not one byte left"
    STOP = "nothing more may be sent: key, account or address"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended: what that means for its row, and the evidence.

    `retry_after_s` is what we were told to wait; `stops` that nothing more may be sent, whatever became of this row.
    """

    kind: OutcomeKind
    code: str | None = None
    text: str | None = None
    http_status: int | None = None
    revenue_id: str | None = None
    retry_after_s: float | None = None
    warning: str | None = None
    stops: bool = False


Answer = tuple[int, httpx.Headers, Body]


def request_headers(api_key: str) -> dict[str, str]:
    """The headers of every request; the transport sends them, to the base URL only."""
    return {
        "X-Api-Key": api_key,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "revenue-importer",
    }


class Client:
    """Posts revenue events to one base URL with one key; the key goes nowhere else.

    Args:
        base_url: everything before `/v2/revenue`.
        api_key: taken out of whatever the API says; `request_headers` has it for the transport.
        transport: the wire, with these headers.
    """

    def __init__(self, base_url: str, api_key: str, transport: Transport) -> None:
        self._revenue_url = httpx.URL(base_url + "/v2/revenue")
        self._bulk_url = httpx.URL(base_url + "/v2/revenue/bulk")
        self._offers_url = httpx.URL(base_url + "/v2/offers?per_page=1")
        self._transport = transport
        self.api_key = api_key

    async def post(self, body: bytes, message_id: str, revenue: str) -> Outcome:
        """Post one row; `revenue` is the text of the number in `body`. Never raises for anything the wire does."""
        answer = await self._exchange(self._revenue_url, body)
        if isinstance(answer, Outcome):
            return answer
        status, headers, content = answer
        return judge(status, headers, content, message_id, revenue, secret=self.api_key)

    async def post_bulk(self, body: bytes) -> Outcome | Answer:
        """Post several rows at once; what a whole answer means for each of them is `bulk.judge_bulk`'s to say."""
        return await self._exchange(self._bulk_url, body)

    async def _exchange(self, url: httpx.URL, body: bytes) -> Outcome | Answer:
        request = httpx.Request("POST", url, stream=httpx.ByteStream(body))
        try:
            response = await self._transport.handle_async_request(request)
        except NeverSent as error:
            code = "certificate" if error.certificate else "proxy_refused" if error.proxy_refused else "unreachable"
            return Outcome(OutcomeKind.NEVER_SENT, code, self._told(error), stops=code != "unreachable")
        except AnswerLost as error:
            code = "interrupted" if error.cut_short else "timeout" if error.timed_out else "connection_lost"
            return Outcome(OutcomeKind.IN_DOUBT, code, self._told(error))
        content = response.stream
        assert isinstance(content, Body)
        return response.status_code, response.headers, content

    def _told(self, error: Exception) -> str:
        return clean(str(error).replace(self.api_key, HIDDEN) if self.api_key else str(error))

    async def is_answering(self) -> bool:
        """Whether the API answers a request that risks no money with anything below 500."""
        request = httpx.Request("GET", self._offers_url, stream=httpx.ByteStream(b""))
        try:
            response = await self._transport.handle_async_request(request)
        except (NeverSent, AnswerLost):
            return False
        return response.status_code < 500

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()


def judge(
    status: int, headers: httpx.Headers, body: Body, message_id: str, revenue: str, *, secret: str = ""
) -> Outcome:
    """What a whole answer means for the row that was sent with `message_id` and `revenue`.

    An answer may repeat the key ("invalid key trk_…"): `secret` is taken out of all texts, before they are cut to
    length, or half of it could remain.
    """
    answer = parsed(body)
    if 200 <= status <= 299:
        outcome = _success(status, answer, message_id, revenue)
    else:
        outcome = _refusal(status, headers, answer)
        if outcome.text is None:
            outcome = replace(outcome, text=title(body.data))
    if body.surplus and not (outcome.kind is OutcomeKind.RECORDED and _names_its_row(answer)):
        outcome = _unreadable(status, "more than one answer came, and this one does not say to which row it belongs")
    if (
        outcome.code is None
        and outcome.text is None
        and not (secret and outcome.revenue_id and secret in outcome.revenue_id)
    ):
        return outcome

    def shown(text: str | None, limit: int) -> str | None:
        return text and clean(text.replace(secret, HIDDEN) if secret else text, limit)

    return replace(
        outcome,
        code=shown(outcome.code, CODE_MAX),
        text=shown(outcome.text, TEXT_MAX),
        revenue_id=shown(outcome.revenue_id, REVENUE_ID_MAX),
    )


def _refusal(status: int, headers: httpx.Headers, answer: object) -> Outcome:
    """What any answer but a 2xx means."""
    code, text = error_code(status, answer)
    if isinstance(answer, dict) and answer.get("success") is True:
        why = _with_its_code(status, code, text) or "the answer"
        return Outcome(OutcomeKind.IN_DOUBT, f"http_{status}", f"{why}, and says success at once", status)
    if status == 429:
        return Outcome(OutcomeKind.THROTTLED, code, text, status, retry_after_s=_told_to_wait(headers))
    if 500 <= status <= 599:
        return _server_error(status, headers, answer, code, text)
    if 300 <= status <= 399:
        return _redirect(status, headers, code, text)
    if status in _STOPS or (status == 404 and not _RECORD_NOT_FOUND.fullmatch(code)):
        return Outcome(OutcomeKind.STOP, code, text, status)
    if status == 403:
        return _forbidden(answer, code, text)
    if status == 408 or not 400 <= status <= 499:
        return Outcome(OutcomeKind.IN_DOUBT, f"http_{status}", _with_its_code(status, code, text), status)
    if status == 413:
        return Outcome(OutcomeKind.TOO_LARGE, code, text, status)
    return Outcome(OutcomeKind.REJECTED if _is_api_json(answer) else OutcomeKind.TURNED_AWAY, code, text, status)


def _server_error(status: int, headers: httpx.Headers, answer: object, code: str, text: str | None) -> Outcome:
    """A 500 in the application's own words says that it failed; every other 5xx may be a gateway's, after the fact.

    Varnish says 503 with `Retry-After` for each answer that it lost; `@fastify/http-proxy` 500 with a JSON of its own.
    """
    if status == 500 and _is_api_json(answer) and code in OWN_FAILURES:
        return Outcome(OutcomeKind.TRANSIENT, code, text, status)
    said = _with_its_code(status, code, text)
    return Outcome(OutcomeKind.IN_DOUBT, f"http_{status}", said, status, retry_after_s=_told_to_wait(headers))


def _redirect(status: int, headers: httpx.Headers, code: str, text: str | None) -> Outcome:
    """Never followed. After a POST, 303 commonly says that it was processed (RFC 9110, 15.4.4)."""
    text = text or _where_to(headers)
    if status == 303:
        return Outcome(OutcomeKind.IN_DOUBT, f"http_{status}", text, status, stops=True)
    return Outcome(OutcomeKind.STOP, code, text, status)


def _forbidden(answer: object, code: str, text: str | None) -> Outcome:
    """The API says it in JSON; a page is a filter's, and some look at the answer, after the API has stored the row."""
    if _is_api_json(answer):
        return Outcome(OutcomeKind.STOP, code, text, 403)
    return Outcome(OutcomeKind.IN_DOUBT, "http_403", text, 403, stops=True)


def _with_its_code(status: int, code: str, text: str | None) -> str | None:
    """A code that is not the vendor's names the gateway that spoke."""
    return text if code == f"http_{status}" else f"{code}: {text}" if text else code


def _told_to_wait(headers: httpx.Headers) -> float | None:
    return retry_after_seconds(headers.get("retry-after"), now=_their_now(headers))


def _where_to(headers: httpx.Headers) -> str | None:
    """The host that a redirect names: what whoever mistyped the address needs to know."""
    location = headers.get("location")
    return f"the redirect leads to {clean(location).split('?')[0]}" if location else None


def _success(status: int, answer: object, message_id: str, revenue: str) -> Outcome:
    if not isinstance(answer, dict):
        return _unreadable(status, "the answer is not a JSON object")
    revenue_id = answer.get("revenue_id")
    refused = bool(answer.get("error"))
    if answer.get("success") is True and not refused:
        if not isinstance(revenue_id, str) or not REVENUE_ID.fullmatch(revenue_id):
            return _unreadable(status, "the answer has no usable revenue_id")
        return _confirmed(status, answer, revenue_id, message_id, revenue)
    if answer.get("success") is True:
        return _unreadable(status, "the answer says success and error at once")
    if answer.get("success") is False or refused:
        code, text = error_code(status, answer)
        return Outcome(OutcomeKind.REJECTED, code, text, status)
    return _unreadable(status, "the answer does not say whether it succeeded")


def _confirmed(status: int, answer: dict[str, Any], revenue_id: str, message_id: str, revenue: str) -> Outcome:
    echoed_id, echoed_revenue = answer.get("message_id"), answer.get("revenue")
    if echoed_id is not None and echoed_id != message_id:
        text = f"the answer is about message {echoed_id}, not {message_id}"
        return Outcome(OutcomeKind.IN_DOUBT, "echo_mismatch", text, status, revenue_id)
    if echoed_revenue is None:
        return Outcome(OutcomeKind.RECORDED, None, None, status, revenue_id)
    off = difference(echoed_revenue, revenue)
    if off is None or off > HALF_A_CENT:
        text = f"the answer says revenue {echoed_revenue}, sent was {revenue}"
        return Outcome(OutcomeKind.IN_DOUBT, "echo_mismatch", text, status, revenue_id)
    warning = f"the API recorded {echoed_revenue} where {revenue} was sent" if off else None
    return Outcome(OutcomeKind.RECORDED, None, None, status, revenue_id, warning=warning)


def difference(echoed: object, sent: str) -> Decimal | None:
    """How far a number of an answer is from the text that was sent; None where it is no number."""
    if isinstance(echoed, bool) or not isinstance(echoed, int | Decimal | str):
        return None
    try:
        value = Decimal(echoed)
        return abs(value - Decimal(sent)) if value.is_finite() else None
    except (ArithmeticError, ValueError):
        return None


def _names_its_row(answer: object) -> bool:
    return isinstance(answer, dict) and answer.get("message_id") is not None


def _unreadable(status: int, why: str) -> Outcome:
    return Outcome(OutcomeKind.IN_DOUBT, "unreadable_answer", why, status)


def _is_api_json(answer: object) -> bool:
    """A JSON object with a string in `error` or `code`: the application's own word."""
    return isinstance(answer, dict) and any(isinstance(answer.get(key), str) for key in ("error", "code"))


def error_code(status: int, answer: object) -> tuple[str, str | None]:
    """The machine word and the human text of an error: `code`, else `error_code`, `error.code`, `error`, the status."""
    fallback = f"http_{status}"
    if not isinstance(answer, dict):
        return fallback, None
    error = answer.get("error")
    nested = error.get("code") if isinstance(error, dict) else None
    spoken = error if isinstance(error, str) and _LOOKS_LIKE_A_CODE.fullmatch(error) else None
    code = _first_text(answer.get("code"), answer.get("error_code"), nested, spoken) or fallback
    words = error.get("message") if isinstance(error, dict) else error
    return code, _first_text(words, answer.get("message"))


def _first_text(*candidates: object) -> str | None:
    return next((text.strip() for text in candidates if isinstance(text, str) and clean(text)), None)


def _their_now(headers: httpx.Headers) -> datetime:
    """The API's own clock, by which the date in `Retry-After` is meant; the clock of this machine may be wrong."""
    try:
        moment = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def clean(text: str, limit: int = TEXT_MAX) -> str:
    """Text from outside, made fit for one line of a file or a terminal: no control characters, not too long."""
    text = _CONTROL.sub(" ", text[: limit * 4]).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def parsed(body: Body) -> object:
    """The JSON of an answer, or None. Strict: UTF-8, no NaN, no doubled keys, exact decimals, bounded depth."""
    if body.truncated or not body.data:
        return None
    try:
        return _STRICT.decode(body.data.decode())
    except (ValueError, RecursionError, ArithmeticError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("doubled keys")
    return result


# Made once: `json.loads` makes one anew for every call that wants anything special.
_STRICT = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_unique_keys)
