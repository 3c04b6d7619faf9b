"""What a whole answer means for the row that was sent: the whole table stands in this file.

The vendor offers no idempotency key and no look-up, so the only thing that settles a row is a believable answer. A
gateway on the way can cut an answer after the API stored the row, and then speaks for itself: with any 5xx, with
`Retry-After`, with JSON of its own. So only what the vendor documents as its own word says "not stored". Everything
that is not named here ends in doubt, by construction.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.api.answer_json import HALF_A_CENT, difference, error_code, is_api_json, parsed, recorded_id
from importer.api.outcome import CODE_MAX, Outcome, OutcomeKind, clean
from importer.api.page_title import title
from importer.api.retry_after import told_to_wait
from importer.model import REVENUE_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.api.wire import Body

OWN_FAILURES = frozenset({"server_error", "internal_error", "save_error"})
"""The application's own word that it failed, which it may not do next time (the vendor's API documentation)."""
_STOPS = frozenset({401, 402, 405, 407})
_RECORD_NOT_FOUND = re.compile(r"(?:message|offer|contact)_(?:\w+_)?not_found", re.ASCII)
_SAYS_NOT_FOUND = re.compile(r"(message|offer|contact) (?:was )?not found[.!]?", re.ASCII | re.IGNORECASE)


def outcome_of(
    status: int, headers: Mapping[str, str], body: Body, message_id: str, revenue: str, *, secret: str = ""
) -> Outcome:
    """What a whole answer means for the row that was sent with `message_id` and `revenue`.

    An answer may repeat the key ("invalid key trk_…"): `secret` is taken out of all texts.
    """
    if 200 <= status <= 299 and (revenue_id := recorded_id(body, message_id, revenue)) is not None:
        return _made_fit(Outcome(OutcomeKind.RECORDED, None, None, status, revenue_id), secret)
    answer = parsed(body)
    if 200 <= status <= 299:
        outcome = _success(status, answer, message_id, revenue)
    else:
        outcome = _refusal(status, headers, answer)
        if outcome.text is None:
            outcome = outcome._replace(text=title(body.data))
    if body.surplus and not (outcome.kind is OutcomeKind.RECORDED and _names_its_row(answer)):
        outcome = _unreadable(status, "more than one answer came, and this one does not say to which row it belongs")
    return _made_fit(outcome, secret)


def _made_fit(outcome: Outcome, secret: str) -> Outcome:
    """The outcome with what the answer said in a form that can be shown; nearly every outcome has nothing to change."""
    code, text, revenue_id = outcome.code, outcome.text, outcome.revenue_id
    if code is None and text is None and not (secret and revenue_id and secret in revenue_id):
        return outcome
    return outcome._replace(
        code=code and clean(code, CODE_MAX, secret=secret),
        text=text and clean(text, secret=secret),
        revenue_id=revenue_id and clean(revenue_id, secret=secret),
    )


def _refusal(status: int, headers: Mapping[str, str], answer: object) -> Outcome:
    """What any answer but a 2xx means."""
    code, text = error_code(status, answer)
    if isinstance(answer, dict) and answer.get("success") is True:
        said = _with_its_code(status, code, text)
        why = "the answer has an error status and says success at once" + (f" ({said})" if said else "")
        return Outcome(OutcomeKind.IN_DOUBT, f"http_{status}", why, status)
    if status == 429:
        return Outcome(OutcomeKind.THROTTLED, code, text, status, retry_after_s=told_to_wait(headers))
    if 500 <= status <= 599:
        return _server_error(status, headers, answer, code, text)
    if 300 <= status <= 399:
        return _redirect(status, headers, code, text)
    if status == 404:
        code = _of_a_record(code, text, answer)
    if status in _STOPS or (status == 404 and not _RECORD_NOT_FOUND.fullmatch(code)):
        return Outcome(OutcomeKind.STOP, code, text, status)
    if status == 403:
        return _forbidden(answer, code, text)
    if status == 408 or not 400 <= status <= 499:
        return Outcome(OutcomeKind.IN_DOUBT, f"http_{status}", _with_its_code(status, code, text), status)
    if status == 413:
        return Outcome(OutcomeKind.TOO_LARGE, code, text, status)
    return Outcome(OutcomeKind.REJECTED if is_api_json(answer) else OutcomeKind.TURNED_AWAY, code, text, status)


def _of_a_record(code: str, text: str | None, answer: object) -> str:
    """The code of a 404; the vendor leaves it out at times, and a text that plainly names a record is as good."""
    said = _SAYS_NOT_FOUND.fullmatch(text or "") if code == "http_404" and is_api_json(answer) else None
    return f"{said[1].lower()}_not_found" if said else code


def _server_error(status: int, headers: Mapping[str, str], answer: object, code: str, text: str | None) -> Outcome:
    """A 500 in the application's own words says that it failed; every other 5xx may be a gateway's, after the fact.

    Varnish says 503 with `Retry-After` for each answer that it lost; `@fastify/http-proxy` 500 with a JSON of its own.
    """
    if status == 500 and is_api_json(answer) and code in OWN_FAILURES:
        return Outcome(OutcomeKind.TRANSIENT, code, text, status)
    said = _with_its_code(status, code, text)
    return Outcome(OutcomeKind.IN_DOUBT, f"http_{status}", said, status, retry_after_s=told_to_wait(headers))


def _redirect(status: int, headers: Mapping[str, str], code: str, text: str | None) -> Outcome:
    """Never followed. After a POST, 303 commonly says that it was processed (RFC 9110, 15.4.4)."""
    text = text or _where_to(headers)
    if status == 303:
        return Outcome(OutcomeKind.IN_DOUBT, f"http_{status}", text, status, stops=True)
    return Outcome(OutcomeKind.STOP, code, text, status)


def _forbidden(answer: object, code: str, text: str | None) -> Outcome:
    """The API says it in JSON; a page is a filter's, and some look at the answer, after the API has stored the row."""
    if is_api_json(answer):
        return Outcome(OutcomeKind.STOP, code, text, 403)
    return Outcome(OutcomeKind.IN_DOUBT, "http_403", text, 403, stops=True)


def _with_its_code(status: int, code: str, text: str | None) -> str | None:
    """A code that is not the vendor's names the gateway that spoke."""
    return text if code == f"http_{status}" else f"{code}: {text}" if text else code


def _where_to(headers: Mapping[str, str]) -> str | None:
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


def _confirmed(status: int, answer: dict[str, object], revenue_id: str, message_id: str, revenue: str) -> Outcome:
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


def _names_its_row(answer: object) -> bool:
    return isinstance(answer, dict) and answer.get("message_id") is not None


def _unreadable(status: int, why: str) -> Outcome:
    return Outcome(OutcomeKind.IN_DOUBT, "unreadable_answer", why, status)
