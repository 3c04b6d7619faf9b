"""What stands around a cell's text and is none of it, and words that stand for nothing."""

from __future__ import annotations

import polars as pl
import pytest

from importer.model import FIELDS
from importer.schema.wrapping import unwrapped
from tests.support.normalised import GOOD, column, message, normalise

WRAPPED = ('="{}"', "'{}", "\x1f{}", " \u200b'{} ", '\ufeff="{}"\u2060', '="{}\u200b"')


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("field", FIELDS)
def test_tricks_that_keep_zeros_are_taken_off(field: str, wrapped: str) -> None:
    """`="00123"`, a leading apostrophe and U+001F are their text, in every field."""
    plain = {**GOOD, "message_id": "00123456", "offer_id": "007"}[field]
    assert column(field, [wrapped.format(plain), plain]) == [(plain, None)] * 2


def test_an_apostrophe_may_be_text() -> None:
    """In the name of an offer, and in an id that is not of 8 characters, where no number follows."""
    names = ["'t Hoekje", "'s", "O'Neill", "a='b'", "=x", '="a""b"']
    assert column("offer_id", names) == [(name, None) for name in names]
    assert column("message_id", ["'abc", "'0012"], any_message_id=True) == [("'abc", None), ("0012", None)]
    assert column("revenue", ["'-5"]) == column("revenue", ["-5"])
    assert column("revenue", ['="x"', "''5"]) == [(None, "invalid_revenue")] * 2


def test_characters_without_a_width() -> None:
    """Around a cell they are no part of it, nor within one that can have none; in an offer's name they may be text."""
    for character in "\u200b\u200c\u200d\u2060\ufeff":
        assert column("message_id", [f"a1b2{character}c3d4{character}"]) == [("a1b2c3d4", None)]
        assert column("revenue", [f"{character}24{character}.99"]) == [("24.99", None)]
        assert column("attribution_type", [f"sa{character}le"]) == [("sale", None)]
    assert column("offer_id", ["\u200b4521\u200d", "👩\u200d🎨"]) == [("4521", None), ("👩\u200d🎨", None)]


@pytest.mark.parametrize(
    ("cell", "name"), [("\u200eabcd123", "U+200E"), ("abcd\xad123", "U+00AD"), ("a\u202ebcd123", "U+202E")]
)
def test_other_characters_that_nobody_sees_are_named(cell: str, name: str) -> None:
    """A person who looks at the cell sees nothing wrong."""
    assert f"(with {name})" in message("message_id", cell)
    assert "(with" not in message("message_id", "a\nb")


def test_words_that_stand_for_nothing() -> None:
    """A cell that holds exactly such a word is empty, in every field; others are what they are."""
    null = frozenset(["NULL", "\\N", "0.00"])
    codes = {field: f"missing_{field}" for field in FIELDS[:3]}
    for field in FIELDS:
        for cell in ("NULL", " \\N ", "0.00"):
            assert column(field, [cell], null=null) == [(None, codes.get(field))]
    assert column("offer_id", ["NULLS"], null=null) == [("NULLS", None)]
    assert column("offer_id", ["null", "\\n"], null=null) == [(None, "invalid_offer_id")] * 2
    row = normalise([{"offer_id": "NULL", "timestamp": "\\N"}], null=null)
    assert row["key_a"].to_list() == normalise([{"offer_id": "", "timestamp": None}])["key_a"].to_list()


@pytest.mark.parametrize(
    ("cell", "as_text", "as_value"),
    [
        ('="00123"', "00123", "00123"),
        ('="\u200b7"', "7", "7"),
        ('=""', None, None),
        ('="a"b"', '="a"b"', '="a"b"'),
        ("=x", "=x", "=x"),
        ("'00123", "00123", "00123"),
        ("'=x", "=x", "=x"),
        ("'@x", "@x", "@x"),
        ("'.5", ".5", ".5"),
        ("'+1", "+1", "+1"),
        ("'-1", "-1", "-1"),
        ("''5", "''5", "'5"),
        ("'t Hoekje", "'t Hoekje", "t Hoekje"),
        ("'", "'", None),
        ("\x1f7", "7", "7"),
        ("a\u200bb", "a\u200bb", "ab"),
        ("'\u200b5", "'\u200b5", "5"),
        ("plain", "plain", "plain"),
    ],
)
def test_what_is_none_of_a_cell(cell: str, as_text: str | None, as_value: str | None) -> None:
    """Where an apostrophe may be text, only one before a number or a formula is the trick."""
    cells = pl.Series("cell", [cell, "plain"])
    assert unwrapped(cells, may_have_apostrophes=True).to_list() == [as_text, "plain"]
    assert unwrapped(cells, may_have_apostrophes=False).to_list() == [as_value, "plain"]
