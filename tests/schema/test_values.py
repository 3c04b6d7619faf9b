"""`--value`: what a value of the file is called here, and words that stand for no value."""

from __future__ import annotations

import pytest

from importer.errors import SettingsError
from importer.schema import Rules
from importer.schema.values import value_names
from tests.support.normalised import GOOD, NOW, column, message, normalise

NO_VALUES = (
    *(
        "NULL",
        "null",
        "(null)",
        "[NULL]",
        "<null>",
        "\\N",
        "N/A",
        "n/a",
        "NA",
        "<NA>",
        "#N/A",
        "#NA",
        "nan",
        "NaN",
        "-nan",
    ),
    *(
        "None",
        "(none)",
        "nil",
        "NaT",
        "undefined",
        "(not set)",
        "-",
        "--",
        "---",
        "–",
        "—",
        "?",
        ".",
        "#REF!",
        "#VALUE!",
        "#NV",
        "#¡VALOR!",
        "#DIV/0 !",
        "(blank)",
        "(leer)",
        "k. A.",
        "Not available",
    ),
)


@pytest.mark.parametrize("field", GOOD)
def test_words_for_no_value_are_invalid_in_every_field(field: str) -> None:
    """They are not empty, and nothing that could be sent: the offer would be called so."""
    found = column(field, NO_VALUES, any_message_id=True)
    assert dict(zip(NO_VALUES, found, strict=True)) == dict.fromkeys(NO_VALUES, (None, f"invalid_{field}"))


def test_what_only_begins_like_such_a_word_is_a_value() -> None:
    """An offer may be called almost anything."""
    offers = [
        "nullable",
        "N/A-2",
        "None of these",
        "nan1",
        "-1-",
        "a.b",
        "NA1",
        "#4521",
        "Nilsson",
        "no",
        "blank",
        "#Sale!",
        "(summer)",
        "other",
        "#1!",
    ]
    assert column("offer_id", offers) == [(offer, None) for offer in offers]
    assert "say --null 'NULL'" in message("offer_id", " NULL ")


def test_an_id_of_dashes_is_none() -> None:
    """It has eight characters of the alphabet; others that begin or end with a dash are ids."""
    assert column("message_id", ["--------"]) == [(None, "invalid_message_id")]
    ids = ["-------a", "a-------", "-a-----_", "-abcdef-", "________"]
    assert column("message_id", ids) == [(cell, None) for cell in ids]


def test_values_get_their_names() -> None:
    """A value is compared without case and surrounding space; others stay as they are; rows show what is sent."""
    names = ("attribution_type:Verkauf=sale", "attribution_type:klick = click", "offer_id:Spring=Deal=4521")
    rows = [
        {"attribution_type": " VERKAUF "},
        {"attribution_type": "Klick", "offer_id": "spring=deal"},
        {"attribution_type": "send", "offer_id": "Spring"},
    ]
    result = normalise(rows, value=names)
    assert result["error_code"].null_count() == 3
    assert result["attribution_type"].to_list() == ["sale", "click", "send"]
    assert result["offer_id"].to_list() == ["4521", "4521", "Spring"]
    assert result["kind"].to_list() == ["sale", "click", "send"]


def test_an_invalid_row_shows_what_was_read() -> None:
    """The name is only for what is sent."""
    result = normalise([{"attribution_type": "Verkauf", "message_id": "x"}], value=["attribution_type:verkauf=sale"])
    assert (result["attribution_type"][0], result["kind"][0]) == ("Verkauf", "sale")


def test_a_value_may_stand_for_an_amount() -> None:
    """`frei` is no amount, unless somebody says which."""
    assert column("revenue", ["Frei", "5"], value=["revenue:frei=0"]) == [("0", None), ("5", None)]


@pytest.mark.parametrize(
    "text", ["Verkauf=sale", "attribution_type:Verkauf", "attribution_type:=sale", "attribution_type:Verkauf= ", ""]
)
def test_what_cannot_be_read_is_refused_up_front(text: str) -> None:
    """A usage error, with the form."""
    with pytest.raises(SettingsError) as caught:
        Rules(now=NOW, value=[text])
    assert str(caught.value) == (
        f"--value {text!r} cannot be read: it is written FIELD:FROM=TO, such as attribution_type:Verkauf=sale. An "
        "empty cell is no value; see --set and --null."
    )


def test_a_field_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        value_names([" Kind :V=sale"])
    assert str(caught.value) == (
        "--value ' Kind :V=sale': there is no field 'Kind'; the fields are message_id, revenue, attribution_type, "
        "offer_id, timestamp."
    )


def test_names_of_values_are_read() -> None:
    """The last `=` is between the two; fields are written as columns may be, and one value may be told twice."""
    texts = ["Attribution-Type: V = a = sale ", "offer id:x=yes", "offer_id:Z=Yes", "offer_id: X=yes"]
    assert value_names(texts) == {"attribution_type": {"v = a": "sale"}, "offer_id": {"x": "yes", "z": "Yes"}}
    with pytest.raises(SettingsError) as caught:
        value_names([*texts, "OFFER_ID:z=yes"])
    assert str(caught.value) == "--value offer_id: 'z' is called both 'Yes' and 'yes'; choose one."


def test_a_name_must_keep_the_rule_of_its_field() -> None:
    """Otherwise every row with the value would be invalid, for a mistake in the command."""
    with pytest.raises(SettingsError, match="--value attribution_type: 'sold' is not"):
        normalise([{}], value=["attribution_type:Verkauf=sold"])
    with pytest.raises(SettingsError, match="is called both 'sale' and 'click'"):
        Rules(now=NOW, value=["attribution_type:V=sale", "attribution_type:v=click"])
