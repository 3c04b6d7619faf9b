"""When two rows are the same, which part they fall into, and the body that is sent for them."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.api import json_bodies
from importer.model import FIELDS
from importer.schema import FLOAT, Normaliser, Rules, identity, shard_of
from importer.schema.row_identity import fingerprints, floats_among, may_be_floats
from tests.support.normalised import COLUMNS, GOOD, NOW, batch, normalise


def keys(rows: list[dict[str, str | None]]) -> list[tuple[int, int]]:
    """The identities of rows as sent."""
    schema = dict.fromkeys(FIELDS, pl.String)
    frame = pl.DataFrame([GOOD | row for row in rows], schema=schema)
    key_a, key_b = identity(frame["offer_id"])
    return frame.select(a=key_a, b=key_b).rows()


def test_equal_means_equal_by_value_and_instant() -> None:
    """Rows whose five fields are equal by value and instant are one row, however they were written."""
    same: list[dict[str, str | None]] = [
        {},
        {"revenue": "24.990"},
        {"revenue": "$24.99", "attribution_type": "SALE"},
        {"timestamp": "2026-02-08 13:00:00.000+01:00"},
        {"timestamp": "2026-02-08T12:00", "message_id": " a1b2c3d4"},
    ]
    result = normalise(same)
    assert result["key_a"].n_unique() == result["key_b"].n_unique() == 1
    assert set(result.select("key_a", "key_b").rows()) == set(keys([{}]))
    assert len(set(keys([{"revenue": "24"}, {"revenue": "24.0"}, {"revenue": "24.000"}]))) == 1
    assert len(set(keys([{"offer_id": None, "timestamp": ""}, {"offer_id": "", "timestamp": None}]))) == 1


def test_any_difference_is_another_row() -> None:
    """Rows that differ in any field differ in both keys; a text does not count as another field's."""
    rows: list[dict[str, str | None]] = [
        {},
        {"message_id": "A1b2c3d4"},
        {"revenue": "24.9"},
        {"revenue": "249.9"},
        {"revenue": "24.990000000000000001"},
        {"revenue": "2499"},
        {"revenue": "24990"},
        {"attribution_type": "click"},
        {"offer_id": None},
        {"offer_id": "04521"},
        {"offer_id": "a1b2c3d4", "message_id": "4521"},
        {"timestamp": None},
        {"timestamp": "2026-02-08T12:00:00.1Z"},
        {"timestamp": "4521", "offer_id": "2026-02-08T12:00:00Z"},
        {"offer_id": None, "timestamp": "4521"},
    ]
    found = keys(rows)
    assert len({a for a, _ in found}) == len({b for _, b in found}) == len({a ^ b for a, b in found}) == len(rows)


def test_the_two_keys_are_independent() -> None:
    """Among 500,000 neighbours neither key, nor a half of one, has more collisions than chance gives."""
    n = 500_000
    number = pl.int_range(n)
    digits = (number + 10_000_000).cast(pl.String)
    moments = pl.from_epoch(number + 1_700_000_000).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    for field, cells in {"message_id": digits, "revenue": digits, "timestamp": moments}.items():
        frame = pl.select(**{name: pl.lit(text) for name, text in GOOD.items() if name != field})
        frame = frame.join(pl.select(cells.alias(field)), how="cross")
        key_a, key_b = identity(frame["offer_id"])
        found = frame.select(a=key_a, b=key_b).with_columns(x=pl.col("a") ^ pl.col("b"))
        assert found.select(pl.all().n_unique()).row(0) == (n, n, n)
        halves = found.select((pl.all() // 2**32).n_unique().name.suffix(" high"), (pl.all() % 2**32).n_unique())
        # By chance 29 of 500,000 values of 32 bits meet another.
        assert min(halves.row(0)) > n - 80


def test_shards_are_the_same_everywhere() -> None:
    """A row's part follows from its content alone: these numbers must never change."""
    rows: list[dict[str, str | None]] = [
        {},
        {"revenue": "24.990"},
        {"revenue": "2400"},
        {"revenue": "2400.0"},
        {"offer_id": None, "timestamp": None},
        {"offer_id": "", "timestamp": ""},
        {"message_id": "zzzzzzzz"},
        {"offer_id": "Frühling 💰"},
    ]
    frame = pl.DataFrame([GOOD | row for row in rows], schema=dict.fromkeys(FIELDS, pl.String))
    assert shard_of(frame, 1000).to_list() == [579, 579, 920, 920, 972, 972, 101, 47]
    assert shard_of(frame, 1).to_list() == [0] * len(rows)


def test_shards_are_even() -> None:
    """Rows spread evenly over the parts."""
    frame = pl.select(**{name: pl.lit(text) for name, text in GOOD.items() if name != "message_id"})
    frame = frame.join(pl.select(message_id=pl.int_range(10_000).cast(pl.String)), how="cross")
    counts = shard_of(frame, 4).value_counts()["count"]
    assert counts.len() == 4
    assert counts.min() > 2300


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(st.lists(st.tuples(texts, st.none() | texts, st.none() | st.just("2026-02-08T12:00:00.5Z")), min_size=1))
def test_bodies_are_json_of_exactly_the_fields(rows: list[tuple[str, str | None, str | None]]) -> None:
    """A body is a JSON object of the fields that are not null, with any text intact and the amount digit for digit."""
    frame = pl.DataFrame(
        [GOOD | {"message_id": a, "offer_id": b, "timestamp": c, "revenue": "24.90"} for a, b, c in rows],
        schema=dict.fromkeys(FIELDS, pl.String),
    )
    for body, row in zip(json_bodies(frame), frame.iter_rows(named=True), strict=True):
        wanted = {field: text for field, text in row.items() if text is not None}
        assert json.loads(body, parse_float=str) == wanted
        assert isinstance(json.loads(body, parse_float=Decimal)["revenue"], Decimal)
        assert list(json.loads(body)) == list(wanted)


def test_a_body_to_the_letter() -> None:
    """The body has no white space and the fields in their order."""
    frame = pl.DataFrame([GOOD | {"revenue": "24.90"}, GOOD | {"offer_id": None, "timestamp": None, "revenue": "0"}])
    assert json_bodies(frame).to_list() == [
        (
            '{"message_id":"a1b2c3d4","revenue":24.90,"attribution_type":"sale","offer_id":"4521",'
            '"timestamp":"2026-02-08T12:00:00Z"}'
        ),
        '{"message_id":"a1b2c3d4","revenue":0,"attribution_type":"sale"}',
    ]


OFFERS = st.none() | st.sampled_from(
    ["", "4521", "4521.0", "7.000", " 4521.0 ", "a.0", ".0", "4.05", "4521.00\u200b", "-"]
)


@given(st.lists(st.tuples(st.sampled_from(["a1b2c3d4", "short"]), OFFERS), min_size=1, max_size=6))
def test_offers_that_became_floats_are_counted(cells: list[tuple[str, str | None]]) -> None:
    """In valid rows and in others, as they stand in the normalised rows."""
    normaliser = Normaliser(Rules(now=NOW))
    rows = normaliser(batch([{"message_id": message, "offer_id": offer} for message, offer in cells]), COLUMNS)
    assert normaliser.floats == rows["offer_id"].str.contains(FLOAT).fill_null(value=False).sum()


def content(*offers: str | None, **fields: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        [GOOD | {"offer_id": offer} | fields for offer in offers], schema=dict.fromkeys(FIELDS, pl.String)
    )


def test_an_offer_that_became_a_float_is_the_offer() -> None:
    """In keys, shards and fingerprints; where it is known that there are none, nobody looks for them."""
    frame = content("4521", "4521.0", "4521.00", "4521.05", "a.0")
    for key in identity(frame["offer_id"]):
        found = frame.select(key).to_series().to_list()
        assert found[0] == found[1] == found[2]
        assert len({*found}) == 3
    for key in identity(frame["offer_id"], floats=False):
        assert frame.select(key).to_series().n_unique() == 5
    assert fingerprints(frame).n_unique() == shard_of(frame, 2**31).n_unique() == 3


def test_a_row_whose_amount_cannot_be_read_has_a_key() -> None:
    """It is that of its other fields: results may hold any text there."""
    frame = pl.concat([content("1", revenue=revenue) for revenue in ("x", None, "-", "1")])
    for key in identity(frame["offer_id"]):
        found = frame.select(key).to_series().to_list()
        assert found[0] == found[1] == found[2] != found[3]
        assert None not in found


def test_offers_that_may_be_floats() -> None:
    """By one look at all of them, of which none goes on in the next."""
    for offers, may in ((["a", "4521.0"], True), (["4.0x", None], True), (["a.", "0"], False), ([None, "4521"], False)):
        assert may_be_floats(pl.Series(offers, dtype=pl.String)) is may
    assert floats_among(pl.Series(["7.0", "7.00", "7", "7.05", "a.0", ".0", "7.0 ", None])) == 2


def test_fingerprints_are_written_down() -> None:
    """Results of earlier versions hold them, so that they stay what they are."""
    assert fingerprints(content("4521")).to_list() == ["a5e7d24f5e8d6edb"]
    assert fingerprints(content("4521", revenue="24.9900")).to_list() == ["a5e7d24f5e8d6edb"]
    amounts = [fingerprints(content("1", revenue=revenue))[0] for revenue in ("10", "10.", "10.00", "1", "100", "0.10")]
    assert amounts[0] == amounts[1] == amounts[2]
    assert len({*amounts}) == 4
    for empty in (content(None, timestamp=""), content("", timestamp=None), content("", timestamp="")):
        assert fingerprints(empty).to_list() == fingerprints(content(None, timestamp=None)).to_list()
    assert fingerprints(content("4521", revenue=None)).to_list() == fingerprints(content("4521", revenue="")).to_list()
