"""What the end of an attempt means: the whole table, every status with every kind of body."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.meaning import outcome_of
from importer.api.outcome import TEXT_MAX, Outcome, OutcomeKind, clean
from importer.api.wire import Body

SENT_ID, SENT = "a1b2c3d4", "24.90"
KEY = "trk_" + "k" * 32
BODIES = {
    "api json": b'{"error": "Something happened", "code": "some_code"}',
    "code only": b'{"code": "some_code"}',
    "other json": b'{"detail": "nope"}',
    "a list": b'["error"]',
    "html": b"<html><body>Bad gateway</body></html>",
    "empty": b"",
    "half": b'{"error": "Something happ',
}
API_JSON = {"api json", "code only"}
STOPS = {401, 402, 404, 405, 407}


def answer(status: int, body: bytes, headers: dict[str, str] | None = None, *, truncated: bool = False) -> Outcome:
    named = {name.lower(): text for name, text in (headers or {}).items()}
    return outcome_of(status, named, Body(body, truncated=truncated), SENT_ID, SENT)


def expected(status: int, kind: str) -> OutcomeKind:
    if 200 <= status <= 299:
        return OutcomeKind.REJECTED if kind == "api json" else OutcomeKind.IN_DOUBT
    if status == 429:
        return OutcomeKind.THROTTLED
    if (300 <= status <= 399 and status != 303) or status in STOPS:
        return OutcomeKind.STOP
    if status == 403:
        return OutcomeKind.STOP if kind in API_JSON else OutcomeKind.IN_DOUBT
    if status == 413:
        return OutcomeKind.TOO_LARGE
    if 400 <= status <= 499 and status != 408:
        return OutcomeKind.REJECTED if kind in API_JSON else OutcomeKind.TURNED_AWAY
    return OutcomeKind.IN_DOUBT


@pytest.mark.parametrize("kind", BODIES)
def test_every_status_with_every_body(kind):
    """Each status from 0 to 999 with each kind of body means what the table says; what nobody named is in doubt."""
    for status in range(1000):
        assert answer(status, BODIES[kind]).kind is expected(status, kind), (status, kind)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226])
def test_any_2xx_with_the_documented_body_is_recorded(status):
    """The status of a success is not documented; the body is what is believed."""
    body = b'{"success": true, "revenue_id": "67a1b2c3d4e5f6a7b8c9d0e1", "message_id": "a1b2c3d4", "revenue": 24.9}'
    assert answer(status, body) == Outcome(
        OutcomeKind.RECORDED, http_status=status, revenue_id="67a1b2c3d4e5f6a7b8c9d0e1"
    )


GOOD = {"success": True, "revenue_id": "67a1b2c3d4e5f6a7b8c9d0e1", "message_id": SENT_ID, "revenue": 24.9}


@pytest.mark.parametrize(
    ("changes", "meaning", "code"),
    [
        ({"message_id": None, "revenue": None}, OutcomeKind.RECORDED, None),
        ({"revenue": 24.904}, OutcomeKind.RECORDED, None),
        ({"revenue": 24.905}, OutcomeKind.RECORDED, None),
        ({"revenue": "24.90"}, OutcomeKind.RECORDED, None),
        ({"revenue": 24.906}, OutcomeKind.IN_DOUBT, "echo_mismatch"),
        ({"revenue": 2490}, OutcomeKind.IN_DOUBT, "echo_mismatch"),
        ({"revenue": True}, OutcomeKind.IN_DOUBT, "echo_mismatch"),
        ({"revenue": "a lot"}, OutcomeKind.IN_DOUBT, "echo_mismatch"),
        ({"revenue": [24.9]}, OutcomeKind.IN_DOUBT, "echo_mismatch"),
        ({"message_id": "A1B2C3D4"}, OutcomeKind.IN_DOUBT, "echo_mismatch"),
        ({"message_id": 12345678}, OutcomeKind.IN_DOUBT, "echo_mismatch"),
        ({"revenue_id": None}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"revenue_id": ""}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"revenue_id": 5}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"revenue_id": "a\u001b[31mb"}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"revenue_id": "x" * 129}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"success": 1}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"success": "true"}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"success": None}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"error": "x"}, OutcomeKind.IN_DOUBT, "unreadable_answer"),
        ({"error": None}, OutcomeKind.RECORDED, None),
        ({"success": False}, OutcomeKind.REJECTED, "http_200"),
        ({"success": False, "code": "message_not_found"}, OutcomeKind.REJECTED, "message_not_found"),
        ({"success": None, "error": "message_not_found"}, OutcomeKind.REJECTED, "message_not_found"),
    ],
)
def test_what_a_success_must_say(changes, meaning, code):
    """A success is believed only when it is whole and speaks of the row that was sent, to within half a cent."""
    outcome = answer(200, json.dumps(GOOD | changes).encode())
    assert (outcome.kind, outcome.code) == (meaning, code)


def test_a_revenue_that_was_rounded_is_recorded_with_a_warning():
    """The money is in; that the API's number is not the one that was sent is said."""
    assert answer(200, json.dumps(GOOD | {"revenue": 24.9}).encode()).warning is None
    assert answer(200, json.dumps(GOOD | {"revenue": 24.904}).encode()).warning


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b'"ok"',
        b"NaN",
        b'{"success": true, "revenue_id": "a", "revenue": NaN}',
        b'{"success": true, "revenue_id": "a", "revenue_id": "b"}',
        b'{"success": true, "revenue_id": "a"} trailing',
        b'{"success": true, "revenue_id": "a"',
        b"[" * 200_000,
        b'{"success": true, "revenue_id": "a", "revenue": ' + b"9" * 5000 + b"}",
        '{"success": true, "revenue_id": "a"}'.encode("utf-16"),
        b'{"success": true, "revenue_id": "\xff"}',
        b"\x1f\x8b\x08\x00junk",
    ],
)
def test_unreadable_successes_are_in_doubt(body):
    """Whatever a 2xx holds that is not a readable success leaves the row in doubt, without a traceback."""
    outcome = answer(200, body)
    assert (outcome.kind, outcome.code) == (OutcomeKind.IN_DOUBT, "unreadable_answer")


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, GOOD, OutcomeKind.RECORDED),
        (200, GOOD | {"message_id": None}, OutcomeKind.IN_DOUBT),
        (400, {"error": "x", "code": "message_not_found"}, OutcomeKind.IN_DOUBT),
        (401, {"error": "x"}, OutcomeKind.IN_DOUBT),
        (429, {"error": "x"}, OutcomeKind.IN_DOUBT),
        (500, {"error": "x"}, OutcomeKind.IN_DOUBT),
    ],
)
def test_one_of_two_answers_is_believed_only_when_it_names_the_row(status, body, meaning):
    """Where two answers came, one of them is another row's: a refusal does not say whose, an echo does."""
    outcome = outcome_of(status, {}, Body(json.dumps(body).encode(), surplus=True), SENT_ID, SENT)
    assert outcome.kind is meaning


def test_a_huge_exponent_in_the_echo_is_a_mismatch():
    """Numbers that no context can subtract are not equal to anything."""
    body = b'{"success": true, "revenue_id": "a", "revenue": 1e999999999}'
    assert answer(200, body).code == "echo_mismatch"


def test_an_answer_over_the_cap_is_in_doubt():
    """More than a mebibyte is not an answer of this API, even when its beginning reads well."""
    outcome = answer(200, b'{"success": true, "revenue_id": "a"}', truncated=True)
    assert (outcome.kind, outcome.code) == (OutcomeKind.IN_DOUBT, "unreadable_answer")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": "text here", "code": "message_not_found"}, "message_not_found"),
        ({"error": "text here", "error_code": "invalid_revenue"}, "invalid_revenue"),
        ({"error": {"code": "nested_code", "message": "m"}}, "nested_code"),
        ({"error": "invalid_revenue"}, "invalid_revenue"),
        ({"error": "Account is suspended"}, "http_400"),
        ({"code": ""}, "http_400"),
        ({"code": 7}, "http_400"),
        ([], "http_400"),
    ],
)
def test_where_the_code_of_an_error_comes_from(body, code):
    """`code`, else `error_code`, else `error.code`, else `error` when it looks like a code, else the status."""
    assert answer(400, json.dumps(body).encode()).code == code


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("message_not_found", OutcomeKind.REJECTED),
        ("offer_not_found", OutcomeKind.REJECTED),
        ("contact_not_found", OutcomeKind.REJECTED),
        ("route_not_found", OutcomeKind.STOP),
        ("not_found", OutcomeKind.STOP),
        ("message_gone", OutcomeKind.STOP),
    ],
)
def test_404_that_names_a_record_is_about_the_row(code, meaning):
    """Every other 404 says that the address is wrong, and burns no rows."""
    assert answer(404, json.dumps({"error": "x", "code": code}).encode()).kind is meaning


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": "Message not found"}, "message_not_found"),
        ({"error": "OFFER NOT FOUND."}, "offer_not_found"),
        ({"error": "contact was not found"}, "contact_not_found"),
        ({"error": "Not found"}, None),
        ({"error": "Message route not found"}, None),
        ({"error": "The message endpoint was not found"}, None),
        ({"error": "No message found"}, None),
        ({"message": "Message not found"}, None),
        ({"error": "Message not found", "code": "not_found"}, None),
        ({"error": {"message": "Message not found"}}, None),
    ],
)
def test_404_whose_text_plainly_names_a_record_is_about_the_row(body, code):
    """The vendor leaves out the code at times; anything vaguer still says that the address is wrong."""
    outcome = answer(404, json.dumps(body).encode())
    assert outcome.kind is (OutcomeKind.REJECTED if code else OutcomeKind.STOP)
    assert code is None or outcome.code == code


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (429, {"Retry-After": "7"}, 7),
        (429, {}, None),
        (429, {"Retry-After": "soon"}, None),
    ],
)
def test_throttled_as_long_as_told(status, headers, told):
    """429 was not processed; the wait is what the header says, if it says anything."""
    outcome = answer(status, b"", headers)
    assert (outcome.kind, outcome.retry_after_s) == (OutcomeKind.THROTTLED, told)


# What gateways answered after the API behind them had stored the row, as it was seen.
FASTIFY = b'{"statusCode":500,"code":"ECONNRESET","error":"Internal Server Error","message":"read ECONNRESET"}'
FASTIFY_504 = b'{"statusCode":504,"code":"FST_REPLY_FROM_GATEWAY_TIMEOUT","error":"Gateway Timeout","message":"x"}'
VARNISH = b"<!DOCTYPE html><html><head><title>503 Backend fetch failed</title></head><body></body></html>"


@pytest.mark.parametrize(
    ("status", "body", "headers", "said"),
    [
        (503, VARNISH, {"Retry-After": "5"}, 'the page says "503 Backend fetch failed"'),
        (503, b'{"error":"x","code":"server_error"}', {"Retry-After": "5"}, "server_error: x"),
        (502, b'{"error":"x","code":"server_error"}', {}, "server_error: x"),
        (504, FASTIFY_504, {}, "FST_REPLY_FROM_GATEWAY_TIMEOUT: Gateway Timeout"),
        (500, FASTIFY, {}, "ECONNRESET: Internal Server Error"),
        (500, b'{"error":"Internal Server Error"}', {}, "Internal Server Error"),
        (500, b'{"detail":"?","nested":{"code":"server_error"}}', {}, None),
        (500, b'{"error":{"code":"server_error"}}', {}, "server_error"),
        (408, b'{"error":"x","code":"server_error"}', {}, "server_error: x"),
    ],
)
def test_what_a_gateway_says_proves_nothing(status, body, headers, said):
    """Only a 500 with a code that the vendor documents is the application's word; all else may follow a stored row."""
    outcome = answer(status, body, headers)
    assert (outcome.kind, outcome.code, outcome.text) == (OutcomeKind.IN_DOUBT, f"http_{status}", said)
    assert outcome.retry_after_s == (5 if headers else None)


@pytest.mark.parametrize("code", ["server_error", "internal_error", "save_error"])
@pytest.mark.parametrize(
    "body", ['{{"error":"x","code":"{}"}}', '{{"error":"{}"}}', '{{"error":"x","error_code":"{}"}}']
)
def test_the_applications_own_failure_is_tried_again(body, code):
    """The vendor documents these codes for its own failure and calls it transient."""
    outcome = answer(500, body.format(code).encode(), {"Retry-After": "5"})
    assert (outcome.kind, outcome.code) == (OutcomeKind.TRANSIENT, code)


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 429, 500, 503])
def test_a_refusal_that_says_success_is_in_doubt(status):
    """Two things at once: one of them is not true, and nobody knows which."""
    outcome = answer(status, json.dumps(GOOD | {"error": "x", "code": "server_error"}).encode())
    assert (outcome.kind, outcome.code) == (OutcomeKind.IN_DOUBT, f"http_{status}")


@pytest.mark.parametrize("status", [303, 403])
def test_ends_that_stop_the_run_and_leave_their_row_in_doubt(status):
    """303 often follows a POST that was processed; some filters look at answers, after the API has stored."""
    outcome = answer(status, b"<title>Blocked</title>", {"Location": "https://x/done"})
    assert (outcome.kind, outcome.code, outcome.stops) == (OutcomeKind.IN_DOUBT, f"http_{status}", True)


def test_text_of_the_api_is_made_harmless():
    """Control characters and length of an error text are tamed before they reach a file or a terminal."""
    outcome = answer(400, json.dumps({"error": "a\x1b[31mb\nc\u2028d" + "e" * 1000}).encode())
    assert outcome.text is not None
    assert outcome.text.isprintable()
    assert len(outcome.text) <= 300


@given(st.text())
def test_clean_text_is_one_printable_line(text):
    """Whatever comes in, no control character and no line break comes out."""
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in clean(text))


@pytest.mark.parametrize(
    "body",
    [
        {"error": f"invalid key {KEY}!", "code": f"bad_{KEY}"},
        {"error": "x" * (TEXT_MAX - 10) + KEY, "code": "x" * 50 + KEY},
        {"error": {"code": KEY, "message": KEY}},
        {"success": True, "revenue_id": KEY},
        {"success": True, "revenue_id": "a", "message_id": [KEY]},
        {"success": True, "revenue_id": "a", "revenue": "y" * 200 + KEY},
    ],
)
@pytest.mark.parametrize("status", [200, 401, 500])
def test_the_key_in_an_answer_is_hidden(status, body):
    """An API that repeats the key gets no half of it into a file, also where a text is cut to length."""
    outcome = outcome_of(status, {}, Body(json.dumps(body).encode(), truncated=False), SENT_ID, SENT, secret=KEY)
    assert KEY[:12] not in repr(outcome)


@pytest.mark.parametrize(
    ("date", "told"),
    [("Mon, 01 Jun 2020 12:00:00 GMT", 20), ("Mon, 01 Jun 2020 14:00:00 GMT", 0), ("garbage", 0), (None, 0)],
)
def test_a_date_to_wait_for_is_meant_by_the_clock_of_the_api(date, told):
    """`Retry-After` as a date counts from the `Date` of the same answer, so that a wrong clock here does no harm."""
    headers = {"Retry-After": "Mon, 01 Jun 2020 12:00:20 GMT"} | ({"Date": date} if date else {})
    assert answer(429, b"", headers).retry_after_s == told


@pytest.mark.parametrize("told", [KEY, KEY.upper(), KEY.removeprefix("trk_"), KEY.title()])
def test_a_key_in_another_dress_is_taken_out_too(told):
    """In capitals, or without what all keys begin with."""
    said = clean(f"bad key {told}!", secret=KEY)
    assert "kkkk" not in said.lower()
    assert said.startswith("bad key ")
    assert said.endswith("!")


def test_a_key_that_is_a_word_takes_only_itself_out():
    """A short one behind the prefix would take half the sentence."""
    assert clean("a bad key trk_a", secret="trk_a") == "a bad key [key]"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"success": true, "error": "Busy", "code": "busy"}',
            "the answer has an error status and says success at once (busy: Busy)",
        ),
        (b'{"success": true}', "the answer has an error status and says success at once"),
    ],
)
def test_an_error_that_says_success_is_quoted(body, said):
    found = answer(500, body)
    assert (found.kind, found.code) == (OutcomeKind.IN_DOUBT, "http_500")
    assert found.text == said
