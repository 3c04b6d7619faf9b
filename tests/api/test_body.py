"""The body of a request: JSON with the row's own digits, and nothing of what the row lacks."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.body import json_bodies
from importer.model import FIELDS

texts = st.text(max_size=12).filter(lambda text: text.encode(errors="replace").decode() == text)
rows = st.tuples(
    texts,
    st.sampled_from(["0", "0.10", "24.90", "1000", "999999999999.99", "0.000000000000000001"]),
    st.sampled_from(["sale", "click", "send"]),
    st.none() | texts,
    st.none() | st.just("2026-02-08T12:00:00Z"),
)


def bodies_of(*given_rows: tuple[str | None, ...]) -> list[str]:
    return json_bodies(pl.DataFrame(given_rows, schema=dict.fromkeys(FIELDS, pl.String), orient="row")).to_list()


@given(st.lists(rows, max_size=4))
def test_a_body_is_the_row(drawn):
    """Whatever stands in a text, a row beside it without anything special among them."""
    for body, row in zip(bodies_of(*drawn), drawn, strict=True):
        fields = {name: cell for name, cell in zip(FIELDS, row, strict=True) if cell is not None}
        assert json.loads(body, parse_float=Decimal) == fields | {"revenue": Decimal(row[1])}


@pytest.mark.parametrize("revenue", ["24.90", "0.10", "1000", "0.000000000000000001"])
def test_the_amount_is_a_number_with_the_digits_of_the_row(revenue):
    """No float is made of it, and no zero is taken off."""
    (body,) = bodies_of(("a1b2c3d4", revenue, "sale", None, None))
    assert body == f'{{"message_id":"a1b2c3d4","revenue":{revenue},"attribution_type":"sale"}}'


def test_only_what_json_wants_escaped_is_escaped():
    """Letters of any script go as they are; a quote, a backslash and what has no glyph do not."""
    plain, special = bodies_of(
        ("a1b2c3d4", "1", "sale", "été “x”", None), ("a1b2c3d4", "1", "sale", 'a"b\\c\x1f\x7f', "2026-02-08T12:00:00Z")
    )
    assert '"offer_id":"été “x”"' in plain
    assert r'"offer_id":"a\"b\\c\u001f' in special
    assert special.endswith('"timestamp":"2026-02-08T12:00:00Z"}')
