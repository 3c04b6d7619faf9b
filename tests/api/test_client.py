"""What the end of an attempt means: the whole table, every status with every kind of body."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.client import TEXT_MAX, End, Meaning, clean, judge
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


def answer(status: int, body: bytes, headers: dict[str, str] | None = None, *, truncated: bool = False) -> End:
    return judge(status, httpx.Headers(headers or {}), Body(body, truncated=truncated), SENT_ID, SENT)


def expected(status: int, kind: str) -> Meaning:
    if 200 <= status <= 299:
        return Meaning.REJECTED if kind == "api json" else Meaning.IN_DOUBT
    if status == 429:
        return Meaning.THROTTLED
    if (300 <= status <= 399 and status != 303) or status in STOPS:
        return Meaning.STOP
    if status == 403:
        return Meaning.STOP if kind in API_JSON else Meaning.IN_DOUBT
    if status == 413:
        return Meaning.TOO_LARGE
    if 400 <= status <= 499 and status != 408:
        return Meaning.REJECTED if kind in API_JSON else Meaning.TURNED_AWAY
    return Meaning.IN_DOUBT


@pytest.mark.parametrize("kind", BODIES)
def test_every_status_with_every_body(kind):
    """Each status from 0 to 999 with each kind of body means what the table says; what nobody named is in doubt."""
    for status in range(1000):
        assert answer(status, BODIES[kind]).meaning is expected(status, kind), (status, kind)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226])
def test_any_2xx_with_the_documented_body_is_recorded(status):
    """The status of a success is not documented; the body is what is believed."""
    body = b'{"success": true, "revenue_id": "67a1b2c3d4e5f6a7b8c9d0e1", "message_id": "a1b2c3d4", "revenue": 24.9}'
    assert answer(status, body) == End(Meaning.RECORDED, http_status=status, revenue_id="67a1b2c3d4e5f6a7b8c9d0e1")


GOOD = {"success": True, "revenue_id": "67a1b2c3d4e5f6a7b8c9d0e1", "message_id": SENT_ID, "revenue": 24.9}


@pytest.mark.parametrize(
    ("changes", "meaning", "code"),
    [
        ({"message_id": None, "revenue": None}, Meaning.RECORDED, None),
        ({"revenue": 24.904}, Meaning.RECORDED, None),
        ({"revenue": 24.905}, Meaning.RECORDED, None),
        ({"revenue": "24.90"}, Meaning.RECORDED, None),
        ({"revenue": 24.906}, Meaning.IN_DOUBT, "echo_mismatch"),
        ({"revenue": 2490}, Meaning.IN_DOUBT, "echo_mismatch"),
        ({"revenue": True}, Meaning.IN_DOUBT, "echo_mismatch"),
        ({"revenue": "a lot"}, Meaning.IN_DOUBT, "echo_mismatch"),
        ({"revenue": [24.9]}, Meaning.IN_DOUBT, "echo_mismatch"),
        ({"message_id": "A1B2C3D4"}, Meaning.IN_DOUBT, "echo_mismatch"),
        ({"message_id": 12345678}, Meaning.IN_DOUBT, "echo_mismatch"),
        ({"revenue_id": None}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"revenue_id": ""}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"revenue_id": 5}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"revenue_id": "a\u001b[31mb"}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"revenue_id": "x" * 129}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"success": 1}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"success": "true"}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"success": None}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"error": "x"}, Meaning.IN_DOUBT, "unreadable_answer"),
        ({"error": None}, Meaning.RECORDED, None),
        ({"success": False}, Meaning.REJECTED, "http_200"),
        ({"success": False, "code": "message_not_found"}, Meaning.REJECTED, "message_not_found"),
        ({"success": None, "error": "message_not_found"}, Meaning.REJECTED, "message_not_found"),
    ],
)
def test_what_a_success_must_say(changes, meaning, code):
    """A success is believed only when it is whole and speaks of the row that was sent, to within half a cent."""
    end = answer(200, json.dumps(GOOD | changes).encode())
    assert (end.meaning, end.code) == (meaning, code)


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
    end = answer(200, body)
    assert (end.meaning, end.code) == (Meaning.IN_DOUBT, "unreadable_answer")


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, GOOD, Meaning.RECORDED),
        (200, GOOD | {"message_id": None}, Meaning.IN_DOUBT),
        (400, {"error": "x", "code": "message_not_found"}, Meaning.IN_DOUBT),
        (401, {"error": "x"}, Meaning.IN_DOUBT),
        (429, {"error": "x"}, Meaning.IN_DOUBT),
        (500, {"error": "x"}, Meaning.IN_DOUBT),
    ],
)
def test_one_of_two_answers_is_believed_only_when_it_names_the_row(status, body, meaning):
    """Where two answers came, one of them is another row's: a refusal does not say whose, an echo does."""
    end = judge(status, httpx.Headers(), Body(json.dumps(body).encode(), surplus=True), SENT_ID, SENT)
    assert end.meaning is meaning


def test_a_huge_exponent_in_the_echo_is_a_mismatch():
    """Numbers that no context can subtract are not equal to anything."""
    body = b'{"success": true, "revenue_id": "a", "revenue": 1e999999999}'
    assert answer(200, body).code == "echo_mismatch"


def test_an_answer_over_the_cap_is_in_doubt():
    """More than a mebibyte is not an answer of this API, even when its beginning reads well."""
    end = answer(200, b'{"success": true, "revenue_id": "a"}', truncated=True)
    assert (end.meaning, end.code) == (Meaning.IN_DOUBT, "unreadable_answer")


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
        ("message_not_found", Meaning.REJECTED),
        ("offer_not_found", Meaning.REJECTED),
        ("contact_not_found", Meaning.REJECTED),
        ("route_not_found", Meaning.STOP),
        ("not_found", Meaning.STOP),
        ("message_gone", Meaning.STOP),
    ],
)
def test_404_that_names_a_record_is_about_the_row(code, meaning):
    """Every other 404 says that the address is wrong, and burns no rows."""
    assert answer(404, json.dumps({"error": "x", "code": code}).encode()).meaning is meaning


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
    end = answer(status, b"", headers)
    assert (end.meaning, end.retry_after_s) == (Meaning.THROTTLED, told)


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
    end = answer(status, body, headers)
    assert (end.meaning, end.code, end.text) == (Meaning.IN_DOUBT, f"http_{status}", said)
    assert end.retry_after_s == (5 if headers else None)


@pytest.mark.parametrize("code", ["server_error", "internal_error", "save_error"])
@pytest.mark.parametrize(
    "body", ['{{"error":"x","code":"{}"}}', '{{"error":"{}"}}', '{{"error":"x","error_code":"{}"}}']
)
def test_the_applications_own_failure_is_tried_again(body, code):
    """The vendor documents these codes for its own failure and calls it transient."""
    end = answer(500, body.format(code).encode(), {"Retry-After": "5"})
    assert (end.meaning, end.code) == (Meaning.TRANSIENT, code)


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 429, 500, 503])
def test_a_refusal_that_says_success_is_in_doubt(status):
    """Two things at once: one of them is not true, and nobody knows which."""
    end = answer(status, json.dumps(GOOD | {"error": "x", "code": "server_error"}).encode())
    assert (end.meaning, end.code) == (Meaning.IN_DOUBT, f"http_{status}")


@pytest.mark.parametrize("status", [303, 403])
def test_ends_that_stop_the_run_and_leave_their_row_in_doubt(status):
    """303 often follows a POST that was processed; some filters look at answers, after the API has stored."""
    end = answer(status, b"<title>Blocked</title>", {"Location": "https://x/done"})
    assert (end.meaning, end.code, end.stops) == (Meaning.IN_DOUBT, f"http_{status}", True)


def test_text_of_the_api_is_made_harmless():
    """Control characters and length of an error text are tamed before they reach a file or a terminal."""
    end = answer(400, json.dumps({"error": "a\x1b[31mb\nc\u2028d" + "e" * 1000}).encode())
    assert end.text is not None
    assert end.text.isprintable()
    assert len(end.text) <= 300


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
    end = judge(status, httpx.Headers(), Body(json.dumps(body).encode(), truncated=False), SENT_ID, SENT, secret=KEY)
    assert KEY[:12] not in repr(end)


@pytest.mark.parametrize(
    ("date", "told"),
    [("Mon, 01 Jun 2020 12:00:00 GMT", 20), ("Mon, 01 Jun 2020 14:00:00 GMT", 0), ("garbage", 0), (None, 0)],
)
def test_a_date_to_wait_for_is_meant_by_the_clock_of_the_api(date, told):
    """`Retry-After` as a date counts from the `Date` of the same answer, so that a wrong clock here does no harm."""
    headers = {"Retry-After": "Mon, 01 Jun 2020 12:00:20 GMT"} | ({"Date": date} if date else {})
    assert answer(429, b"", headers).retry_after_s == told
