"""The quick way for the answer that nearly every row gets says what the strict way says."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.api import OutcomeKind, meaning
from importer.api.answer_json import difference, recorded_id
from importer.api.meaning import outcome_of
from importer.api.wire import Body

IDS = ["AbC12345", "abc12345", 'a"b', "a\\b", "", "ü"]
NUMBERS = ["24.99", "24.990", "24.9", "24", "24.0", "024.99", "2.499e1", "-24.99", "0", "0.0", "1e400", ".5", "24.99\n"]
TOKENS = [
    *(b'{"success": true, ', b'{"success":true,', b'{"success": false, ', b'{"success": true,  ', b'{"error": "x", '),
    *(b'"revenue_id": "r1"', b'"revenue_id":"\xc3\xbc"', b'"revenue_id": "a\\u0041"', b'"revenue_id": 7', b", ", b","),
    *(b"}", b"} ", b"}}", b"\xef\xbb\xbf", b'"message_id": ', b'"revenue": ', b'"success": true'),
]


def strictly(monkeypatch, *args, **options):
    with monkeypatch.context() as patched:
        patched.setattr(meaning, "recorded_id", lambda *_: None)
        return outcome_of(*args, **options)


@settings(max_examples=600, deadline=None)
@given(
    sent=st.tuples(st.sampled_from(IDS), st.sampled_from(["24.99", "24", "24.0", "0", "24.990", "1e400"])),
    said=st.tuples(st.sampled_from(IDS), st.sampled_from(NUMBERS)),
    gaps=st.tuples(*[st.sampled_from(["", " ", "  "])] * 2),
    revenue_id=st.sampled_from(["r1", "67a1b2c3d4e5f6a7b8c9d0e1", "", "a b", "x" * 128, "x" * 129, "trk_secret"]),
    more=st.sampled_from(["", ', "revenue": 1', ', "error": null', ', "x": [1]', " "]),
    surplus=st.booleans(),
    status=st.sampled_from([200, 201, 204, 400, 500]),
)
def test_it_says_what_the_strict_way_says(sent, said, gaps, revenue_id, more, surplus, status):
    """Whatever was sent and said: other ids, numbers in other forms, doubled keys, spaces, another answer behind it."""
    one, two = gaps
    text = (
        f'{{"success":{one}true,{two}"revenue_id":{one}"{revenue_id}",{two}"message_id":{one}"{said[0]}",'
        f'{two}"revenue":{one}{said[1]}{more}}}'
    )
    body = Body(text.encode(), surplus=surplus)
    with pytest.MonkeyPatch.context() as monkeypatch:
        strict = strictly(monkeypatch, status, {}, body, *sent, secret="trk_secret")
    assert outcome_of(status, {}, body, *sent, secret="trk_secret") == strict


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=9).map(b"".join))
def test_whatever_the_bytes(data):
    """The same for any order of the pieces of answers."""
    body = Body(data)
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert outcome_of(200, {}, body, "AbC12345", "24.99") == strictly(
            monkeypatch, 200, {}, body, "AbC12345", "24.99"
        )


@pytest.mark.parametrize(("sent", "said"), [("24.99", "24.99"), ("249.00", "249"), ("24.5", "24.50"), ("249", "249.0")])
def test_the_documented_answer_takes_it(sent, said):
    """Or the tests above would compare the strict way with itself."""
    data = f'{{"success": true, "revenue_id": "r1", "message_id": "AbC12345", "revenue": {said}}}'.encode()
    assert recorded_id(Body(data), "AbC12345", sent) == "r1"
    assert outcome_of(200, {}, Body(data), "AbC12345", sent).kind is OutcomeKind.RECORDED


GOOD = b'{"success": true, "revenue_id": "r1", "message_id": "AbC12345", "revenue": 24.99}'


@pytest.mark.parametrize("surplus", [False, True])
@pytest.mark.parametrize("truncated", [False, True])
def test_the_beginning_of_an_answer_is_none_however_well_it_reads(truncated, surplus):
    """Where it was cut, more came; of two answers, this one says which row is its own."""
    body = Body(GOOD, truncated=truncated, surplus=surplus)
    outcome = outcome_of(200, {}, body, "AbC12345", "24.99")
    assert recorded_id(body, "AbC12345", "24.99") == (None if truncated else "r1")
    assert (outcome.kind, outcome.code) == (
        (OutcomeKind.IN_DOUBT, "unreadable_answer") if truncated else (OutcomeKind.RECORDED, None)
    )


@pytest.mark.parametrize("surplus", [False, True])
@pytest.mark.parametrize(("message_id", "revenue"), [("AbC12346", "24.99"), ("AbC12345", "25.99")])
def test_an_answer_about_another_row_is_not_believed(message_id, revenue, surplus):
    """By its message, or by its amount; alone, or with another answer."""
    body = Body(GOOD, surplus=surplus)
    assert recorded_id(body, message_id, revenue) is None
    assert outcome_of(200, {}, body, message_id, revenue).kind is OutcomeKind.IN_DOUBT


@pytest.mark.parametrize(
    ("echoed", "apart"),
    [
        (24, "0.99"), (Decimal("24.99"), "0.00"), ("24.9", "0.09"), ("25", "0.01"), (True, None), (False, None),
        (None, None), ([], None), ({}, None), (24.99, None), ("many", None), ("NaN", None), (Decimal("Infinity"), None),
    ],
)  # fmt: skip
def test_what_is_no_number_is_not_compared(echoed, apart):
    """`true` would be 1."""
    assert difference(echoed, "24.99") == (None if apart is None else Decimal(apart))
