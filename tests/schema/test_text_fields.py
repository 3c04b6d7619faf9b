"""The fields that are words: message id, attribution type, offer id."""

from __future__ import annotations

import pytest

from tests.support.normalised import column, normalise

IDS = (
    "a1b2c3d4",
    "AbC12345",
    "00012345",
    "1e234567",
    "TRUE1234",
    "____-___",
    "20260208",
    "null_000",
    " a1b2c3d4\ufeff",
)
NO_IDS = (
    *("a1b2c3d", "a1b2c3d45", "a1b2 3d4", "a1b2c3d!", "1.23E+07", "12345.67", "ä1b2c3d4", "a1b2c3d\u0661", "hist_0001"),
    *("NULL", "N/A", "-", "Total", "a1b2c3d4\nx", "a1b2\x00c3d", "{{sendId}}", "a" * 65, "=1+1+1+1", "４１b2c3d4"),
)
OTHER_IDS = ("x", "hist_0001", "4521", "a" * 64, "!~", '"\\', "1.23E+07")
NO_OTHER_IDS = ("a" * 65, "a b", "ä", "a\u00a0b", "a\tb", "\x7f")


def test_message_ids_are_8_characters() -> None:
    """A message id is 8 of `[0-9A-Za-z_-]`, sent byte for byte."""
    assert column("message_id", IDS) == [(cell.strip(" \ufeff"), None) for cell in IDS]
    assert column("message_id", NO_IDS) == [(None, "invalid_message_id")] * len(NO_IDS)
    assert column("message_id", ["", None, "  "]) == [(None, "missing_message_id")] * 3


def test_any_message_id_is_printable_ascii() -> None:
    """With `--any-message-id`, an id is 1 to 64 printable ASCII characters without white space."""
    assert column("message_id", OTHER_IDS, any_message_id=True) == [(cell, None) for cell in OTHER_IDS]
    codes = column("message_id", NO_OTHER_IDS, any_message_id=True)
    assert codes == [(None, "invalid_message_id")] * len(NO_OTHER_IDS)
    assert column("message_id", [""], any_message_id=True) == [(None, "missing_message_id")]


@pytest.mark.parametrize("any_message_id", [False, True])
def test_numeric_ids_are_refused_for_messages_only(any_message_id: bool) -> None:
    """A typed number is `numeric_message_id`, alone for its field; offers take its digits; empty is missing."""
    rows = [{"message_id": "12345678"}, {"message_id": "123"}, {"message_id": "12345678"}, {"message_id": None}]
    numbers = {"0#number": [True, True, False, None], "3#number": [True] * 4, "2#number": [False] * 4}
    result = normalise(rows, numbers, any_message_id=any_message_id)
    assert result["error_code"].to_list() == [*["numeric_message_id"] * 2, None, "missing_message_id"]
    assert result["offer_id"].to_list() == ["4521"] * 4
    assert result["error_message"][1].count("message_id:") == 1


def test_attribution_types_are_three() -> None:
    """The attribution type is `sale`, `click` or `send`, sent in lower case."""
    good = {"sale": "sale", "CLICK": "click", " Send ": "send"}
    assert column("attribution_type", good) == [(sent, None) for sent in good.values()]
    bad = ["sales", "sold", "purchase", "NULL", "-", "0", "sale;", "s a l e", "24.99", "\u017fale"]
    assert column("attribution_type", bad) == [(None, "invalid_attribution_type")] * len(bad)
    assert column("attribution_type", ["", None]) == [(None, "missing_attribution_type")] * 2


def test_offer_ids_are_any_short_line() -> None:
    """An offer id is any text of up to 128 characters without control characters; empty is none."""
    good = ["4521", "007", "x" * 128, "ä" * 128, "Spring Sale, 2026", '"\\/', "#4521", "nanny", "\U0001f4b0", "=1"]
    assert column("offer_id", good) == [(cell, None) for cell in good]
    assert column("offer_id", [" 4521 ", "", None, " "]) == [("4521", None), *[(None, None)] * 3]
    bad = ["x" * 129, "ä" * 129, "a\nb", "a\x00b", "a\x7fb", "a\u009bb", "a\tb", "a\x1fb"]
    assert column("offer_id", bad) == [(None, "invalid_offer_id")] * len(bad)
