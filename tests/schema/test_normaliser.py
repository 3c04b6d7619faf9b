"""How a batch goes through the rules: codes and messages of a row come together, and nothing else changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import SettingsError
from importer.model import FIELDS
from importer.schema import Columns, Normaliser, RevenueRule, Rules, TimestampRule, local_clock, timestamp_formats
from importer.schema.cells import stripped
from importer.schema.text_fields import AttributionTypeRule, MessageIdRule, OfferIdRule
from tests.support.normalised import COLUMNS, GOOD, NOW, batch, normalise


def test_all_broken_rules_are_told_in_field_order() -> None:
    """The first broken rule in field order is the code; the message has them all, each with its code."""
    bad = {"message_id": "x", "revenue": "x", "attribution_type": "sold", "offer_id": "a\nb", "timestamp": "46061"}
    result = normalise([{}, bad, bad | {"message_id": "a1b2c3d4", "offer_id": None}, dict.fromkeys(GOOD)])
    codes = [f"invalid_{field}" for field in FIELDS]
    assert result["error_code"].to_list() == [None, codes[0], codes[1], "missing_message_id"]
    said = [[part.split(":")[0] for part in text.split("; ") if ": " in part] for text in result["error_message"][1:]]
    required = ["missing_message_id", "missing_revenue", "missing_attribution_type"]
    assert [[code for code in parts if code in {*codes, *required}] for parts in said] == [
        codes,
        [codes[1], codes[2], codes[4]],
        required,
    ]


def test_an_invalid_row_keeps_its_cells_as_read() -> None:
    """The fields of an invalid row are as read, also those that are good; it has no keys."""
    cells = {"message_id": " x ", "revenue": "$5", "attribution_type": "SALE", "timestamp": "2026-02-08"}
    result = normalise([cells, {}])
    assert result.select(FIELDS).row(0, named=True) == cells | {"offer_id": "4521"}
    assert result.select("kind", "key_a", "key_b", "month_moved").row(0) == ("sale", None, None, False)
    assert result.select(pl.col("key_a", "key_b").is_not_null().all()).row(0) == (False, False)


def test_a_ragged_row_stands_alone() -> None:
    """A ragged row has only that code, no amount and no kind, whatever its cells say."""
    rows = [{"message_id": None, "revenue": "x"}, {}, {}]
    result = normalise(rows, {"ragged": [True, True, False], "surplus": [None, "a,b", None]})
    assert result["error_code"].to_list() == ["ragged_row", "ragged_row", None]
    assert [text[:42] for text in result["error_message"][:2]] == [
        "ragged_row: The row has fewer cells than t",
        "ragged_row: The row has more cells than th",
    ]
    assert result.select("amount", "kind", "key_a").rows()[:2] == [(None, None, None)] * 2


@pytest.mark.parametrize("odd", [None, "", "4521.0", " 7 ", "NULL", "a\tb"])
def test_few_offers_are_judged_as_many(odd: str | None) -> None:
    """Where a column has few different offers these are looked at, and each row is as if it stood alone."""
    offers = ["4521", "AB-7", None, "4521", odd] * 200
    together = normalise([{"offer_id": offer} for offer in offers])
    alone = {offer: normalise([{"offer_id": offer}]).drop("row", "line") for offer in set(offers)}
    assert together.drop("row", "line").equals(pl.concat(alone[offer] for offer in offers))


def test_messages_are_short_and_obey_no_terminal() -> None:
    """A cell is shown cut to 40 characters, with nothing that a terminal or a reader would be misled by."""
    cells = ["\x1b[2J" + "x" * 500, "a\r\nb\tc", "a\x7fb", "\u202egnp.exe", "\u009b31m", "a\u200bb\u00a0c"]
    for field in FIELDS[:3]:
        for text in normalise([{field: cell} for cell in cells])["error_message"]:
            assert text.isprintable()
            assert len(text) < 250
    assert "'a\\r\\nb\\tc'" in normalise([{"message_id": cells[1]}])["error_message"][0]


def test_places_and_order_are_kept() -> None:
    """One line for each line of the batch comes out, in order, with its row and line, also of an empty batch."""
    rows = [{"message_id": f"{number:08}", "revenue": "1e1" if number % 3 else "x"} for number in range(100)]
    whole = batch(rows)
    apart = pl.concat([whole[:7], whole[7:60], whole[60:]], rechunk=False)
    for frame in (whole, apart):
        result = Normaliser(Rules(now=NOW))(frame, COLUMNS)
        assert result["row"].to_list() == list(range(1, 101))
        assert result["line"].to_list() == list(range(2, 102))
        assert result["message_id"].to_list() == [row["message_id"] for row in rows]
        assert result["revenue"].to_list() == ["10" if number % 3 else "x" for number in range(100)]
    nothing = Normaliser(Rules(now=NOW))(whole.clear(), COLUMNS)
    assert nothing.height == 0
    assert nothing.schema == result.schema


def test_the_batch_itself_is_not_changed() -> None:
    """The normaliser leaves its input alone."""
    frame = batch([{"revenue": "$5", "timestamp": "2026-02-08"}, {"offer_id": ""}])
    before = frame.clone()
    Normaliser(Rules(now=NOW))(frame, COLUMNS)
    assert frame.equals(before)


def test_constants_and_absent_columns() -> None:
    """A constant stands for a field that the file lacks, by the same rules; an optional field may be absent."""
    columns = Columns(positions={"message_id": 0, "revenue": 1}, constants={"attribution_type": "SALE", "offer_id": ""})
    result = Normaliser(Rules(now=NOW))(batch([{}, {"message_id": "x"}]), columns)
    assert result.select(FIELDS).row(0) == ("a1b2c3d4", "24.99", "sale", None, None)
    assert result["error_code"].to_list() == [None, "invalid_message_id"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("attribution_type", "sold", "--set attribution_type: 'sold' is not"),
        ("revenue", "", "--set revenue: The revenue is empty"),
        ("timestamp", "tomorrow", "--set timestamp: 'tomorrow' is not ISO 8601"),
    ],
)
def test_a_constant_that_breaks_its_rule_is_refused(field: str, value: str, words: str) -> None:
    """A bad constant is one error of the settings, not an error in every row."""
    positions = {name: position for name, position in COLUMNS.positions.items() if name != field}
    columns = Columns(positions=positions, constants={field: value})
    with pytest.raises(SettingsError, match=words):
        Normaliser(Rules(now=NOW))(batch([{}]), columns)


def timestamp_rule(zone: str, form: str | None, ambiguous: Any) -> TimestampRule:
    """The rule of the timestamp, in a zone with changes of its clock."""
    return TimestampRule(clock=local_clock(zone), ambiguous=ambiguous, formats=timestamp_formats(form), now=NOW)


FIELD_RULES: list[Any] = [
    *(MessageIdRule(any_id=any_id) for any_id in (False, True)),
    *(RevenueRule(decimal) for decimal in ("point", "comma")),
    AttributionTypeRule(),
    OfferIdRule(),
    timestamp_rule("UTC", None, "reject"),
    timestamp_rule("Europe/Berlin", None, "reject"),
    timestamp_rule("Europe/Berlin", "%d/%m/%Y %H:%M", "earliest"),
]
LATE = [f"{NOW + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (23, 24, 25, 24 * 365)]
NEAR_MISSES = [
    *(
        "a1b2c3d4",
        "a1b2c3d",
        "hist_0001",
        "x" * 64,
        "x" * 65,
        "24.99",
        "24,99",
        "-1",
        "0",
        "1e3",
        "9" * 16,
        "0.1234567",
    ),
    *("sale", "SALE", "sold", "x" * 128, "x" * 129, "a\nb", "0000-01-01T00:00:00Z", "2026-02-08T12:00:00Z", *LATE),
    *("2026-02-30T12:00:00Z", "2025-10-26T02:30:00", "2025-03-30T02:30:00", "26/10/2025 02:30", "99/99/2025 02:30"),
]
cells = st.sampled_from(NEAR_MISSES) | st.text(max_size=12) | st.from_regex(r"[0-9T:Z.,/-]{1,30}", fullmatch=True)


@given(st.lists(st.none() | cells, min_size=1, max_size=20))
def test_what_a_rule_refuses_is_never_canonical(found: list[str | None]) -> None:
    """`judge` sees only what is not `canonical`: a cell with a code that were canonical would be sent all the same."""
    raw = pl.DataFrame({"cell": [*found, *NEAR_MISSES]}, schema={"cell": pl.String}).with_row_index("at")
    for rule in FIELD_RULES:
        judged = rule.judge(raw.with_columns(stripped(pl.col("cell")), number=pl.lit(value=False)))
        refused = judged.select("at", "code").sort("at")["code"].is_not_null()
        canonical = raw.select(rule.canonical(pl.col("cell"))).to_series()
        assert refused.any()
        assert raw["cell"].filter(refused & canonical).to_list() == [], rule.field
