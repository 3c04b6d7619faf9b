"""The fields that are words: message id, attribution type, offer id."""

from __future__ import annotations

import polars as pl
import pytest

from importer.schema.text_fields import AttributionTypeRule, MessageIdRule, OfferIdRule
from tests.support.normalised import column, message, normalise

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


MESSAGE_IDS = {
    "The message id is empty.": [""],
    "{} is what a spreadsheet made of an id like a number: export the file again with the column as text.": [
        *("1.23E+07", "1,23e7", "1e5"),
    ],
    "{} has 5 digits, not 8: a spreadsheet may have taken leading zeros away.": ["12345"],
    "{} has 1 digit, not 8: a spreadsheet may have taken leading zeros away.": ["1"],
    "{} has 9 characters; message ids have 8 (--any-message-id accepts ids imported from elsewhere).": [
        *("hist_0001", "123456789"),
    ],
    "{} has 1 character; message ids have 8 (--any-message-id accepts ids imported from elsewhere).": ["x"],
    "{} looks like the totals line of a report, which is no row: take it out of the file.": [
        *("Total", "grand totals", "Sub-Total", "sum of all", "Summe:", "Total général"),
    ],
    "{} looks like the line of a report with an average or a count, which is no row.": ["average", "Anzahl.", "AVG:"],
    "{} is a macro that was not filled in when the link was clicked.": ["{{id}}", "50%", "a[b]", "<id>"],
    "{} is what a spreadsheet shows when a formula fails or a column is too narrow.": ["#REF!", "#####"],
    "{} stands for no id, and a row without its message id cannot be attributed.": ["n/a", "Unknown", "--------"],
    "{} looks like a date: a spreadsheet may have made it of an id, or it is another column's.": [
        *("12.03.2026", "2026-03-12", "1/2/26", "1-Jan", "1 Jan 26"),
    ],
    "{} is not a message id: 8 letters, digits, `_` or `-`.": ["a1b2 c3d", "ä1b2c3d4"],
}
OTHER_MESSAGE_IDS = {
    "{} has white space or characters beyond ASCII, which no message id has.": ["a b", "ä"],
    "{} stands for no id, and a row without its message id cannot be attributed.": ["n/a"],
}
TYPES = {
    "The attribution type is empty.": [" "],
    "{} is a number, not `sale`, `click` or `send`: cells may have moved.": ["5", "€5.00", "+1"],
    "{} is not `sale`, `click` or `send`: if it is a sale, say --value attribution_type:Verkauf=sale.": ["Verkauf"],
    "{} is not `sale`, `click` or `send`: if it is a click, say --value attribution_type:KLICK=click.": ["KLICK"],
    "{} is not `sale`, `click` or `send`: if it is a send, say --value attribution_type:sms=send.": ["sms"],
    "{} is not `sale`, `click` or `send`.": ["wobbly", "sale;"],
}
OFFERS = {
    "{} stands for no offer: say --null {} if such cells are empty.": ["null", "n/a"],
    "{} is what a spreadsheet shows when a formula fails: it stands for no offer.": ["#REF!"],
}


@pytest.mark.parametrize(
    ("field", "said", "rules"),
    [
        ("message_id", MESSAGE_IDS, {}),
        ("message_id", OTHER_MESSAGE_IDS, {"any_message_id": True}),
        ("attribution_type", TYPES, {}),
        ("offer_id", OFFERS, {}),
    ],
)
def test_the_sentence_of_a_broken_rule(field, said, rules):
    """The first that fits, with the cell in it."""
    for sentence, cells in said.items():
        for cell in cells:
            code = "missing" if sentence[-6:] == "empty." and "{}" not in sentence else "invalid"
            assert message(field, cell, **rules) == f"{code}_{field}: {sentence.replace('{}', repr(cell))}"


def test_how_long_a_word_may_be() -> None:
    """Of a long one the beginning is shown; an offer is counted in characters, not in bytes."""
    assert column("message_id", ["a" * 64], any_message_id=True) == [("a" * 64, None)]
    assert message("message_id", "a" * 65, any_message_id=True) == (
        f"invalid_message_id: '{'a' * 40}…' has more than 64 characters."
    )
    assert message("message_id", f"{'a' * 31} {'a' * 32}", any_message_id=True) == (
        f"invalid_message_id: '{'a' * 31} {'a' * 8}…' has white space or characters beyond ASCII, which no message id "
        f"has."
    )
    for letter in "aä":
        assert column("offer_id", [letter * 128]) == [(letter * 128, None)]
        assert message("offer_id", letter * 129) == f"invalid_offer_id: '{letter * 40}…' has more than 128 characters."
    assert message("offer_id", "a\tb") == (
        "invalid_offer_id: 'a\\tb' has control characters (a line break or a tab within the cell, for example)."
    )


def test_an_id_that_was_a_number_is_refused_for_that() -> None:
    said = normalise([{"message_id": "12345678"}], {"0#number": [True]})["error_message"][0]
    assert said == (
        "numeric_message_id: '12345678' is a number in the file, so that leading zeros may be gone: store the column "
        "as text and export it again."
    )


@pytest.mark.parametrize(
    ("rule", "at_a_glance", "closely"),
    [
        (MessageIdRule(any_id=False), ["a1b2c3d4", "-a1b2c3d", "a1b2c3d-"], ["-------", "-a1b2c3-", "x", " a1b2c3d4"]),
        (MessageIdRule(any_id=True), ["4521", "a1", "x" * 63 + "1"], ["x", "x" * 64 + "1", "#1", "'1", "=1", None]),
        (AttributionTypeRule(), ["sale", "click", "send"], ["SALE", "sales", "", None]),
        (OfferIdRule(), ["4521", "AB-7", "7" * 128, None], ["", "offer", "7" * 129, "'1", "=1", "a 1", "\u00e41"]),
    ],
)
def test_most_cells_need_no_second_look(rule, at_a_glance, closely):
    """What is sent as it stands is told fast; an offer that is not there is such a cell."""
    cells = pl.DataFrame({"cell": [*at_a_glance, *closely]}, schema={"cell": pl.String})
    found = cells.select(rule.canonical(pl.col("cell"))).to_series().to_list()
    assert found == [True] * len(at_a_glance) + [False] * len(closely)
