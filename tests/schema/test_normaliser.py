"""How a batch goes through the rules: codes and messages of a row come together, and nothing else changes."""

from __future__ import annotations

import re
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
from importer.schema.normaliser import _few
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


@pytest.mark.parametrize(
    ("offers", "few"),
    [
        ([str(n) for n in range(500)] + ["0"], 500),
        ([str(n) for n in range(500)], None),
        ([str(n) for n in range(501)] + ["0"], None),
        ([str(n % 500) for n in range(2000)] + ["500"], 501),
        ([str(n % 500) for n in range(1999)] + ["500"], None),
    ],
)
def test_which_offers_are_few(offers: list[str], few: int | None) -> None:
    """As far as the first 2,000 rows tell, which takes far less time than to look at each."""
    found = _few(pl.Series("offer_id", offers))
    assert (None if found is None else found.len()) == few


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


def counted(rows: list[dict[str, str | None]], **rules: Any) -> Normaliser:
    """A normaliser that has seen these rows."""
    normaliser = Normaliser(Rules(**{"now": NOW} | rules))
    normaliser(batch(rows), COLUMNS)
    return normaliser


@pytest.mark.parametrize(
    ("rows", "rules", "floats"),
    [
        ([{"offer_id": "4521.0"}, {"offer_id": "7.00"}, {"offer_id": "4521"}, {"offer_id": "a.0"}], {}, 2),
        ([{"offer_id": "4521.0", "message_id": "x"}], {}, 1),
        ([{"offer_id": "4.0x"}, {"message_id": "x"}], {}, 0),
        ([{"offer_id": "Spring"}], {"value": ["offer_id:spring=7.0"]}, 1),
        ([{"offer_id": "7.0", "message_id": "x"}], {"value": ["offer_id:7.0=Spring"]}, 1),
        ([{"offer_id": "7.0"}], {"value": ["offer_id:7.0=Spring"]}, 0),
        ([{"offer_id": "7.0"}, {}] * 600, {}, 600),
    ],
)
def test_offers_that_became_numbers_with_decimals_are_counted(
    rows: list[dict[str, str | None]], rules: dict[str, Any], floats: int
) -> None:
    """As the rows show them: what is sent of a valid row, what was read of another."""
    normaliser = counted(rows, **rules)
    assert normaliser.floats == floats
    normaliser.begin()
    assert normaliser.floats == 0


def test_cells_of_which_a_part_is_the_text_are_counted() -> None:
    """Over all batches since the beginning; white space is none of a cell anyway."""
    wrapped = [{"message_id": '="a1b2c3d4"', "offer_id": "'007"}, {"revenue": "'5"}, {"message_id": " a1b2c3d4 "}, {}]
    normaliser = counted(wrapped)
    normaliser(batch(wrapped[:1]), COLUMNS)
    assert normaliser.unwrapped == 5
    assert counted(wrapped[2:]).unwrapped == 0
    normaliser.begin()
    assert normaliser.unwrapped == 0


@pytest.mark.parametrize(
    ("cells", "code", "is_readable"),
    [
        ({"message_id": "hist_0001"}, "invalid_message_id", True),
        ({"message_id": "a b"}, "invalid_message_id", False),
        ({"offer_id": "null"}, "invalid_offer_id", True),
        ({"revenue": "x"}, "invalid_revenue", False),
        ({"revenue": "-5"}, "negative_revenue", False),
        ({"timestamp": "1999-01-01"}, "past_timestamp", True),
        ({"attribution_type": "sold"}, "invalid_attribution_type", False),
        ({"message_id": None}, "missing_message_id", False),
    ],
)
def test_what_an_earlier_version_may_have_sent_is_read(
    cells: dict[str, str | None], code: str, *, is_readable: bool
) -> None:
    """Whatever the rules say by now; what cannot be read keeps its code."""
    assert normalise([cells])["error_code"].to_list() == [code]
    assert normalise([cells], as_sent=True)["error_code"].to_list() == [None if is_readable else code]


FEWER = "The row has fewer cells than the header: a separator is missing, or the row was cut off."
MORE = "The row has more cells than the header: a cell with a separator in it may lack its quotes."
SAYS_SO = "The cell error_code says so: put the row's cells right, then empty its cell error_code."
NUMBER = "The cell error_code says so: put the id right, then empty the row's cell error_code."
LENGTH = "'x' has 1 character; message ids have 8 (--any-message-id accepts ids imported from elsewhere)."


@pytest.mark.parametrize(
    ("cells", "extra", "said"),
    [
        ({"message_id": "x"}, {"ragged": [True]}, f"ragged_row: {FEWER}"),
        ({}, {"ragged": [True], "surplus": [None]}, f"ragged_row: {FEWER}"),
        ({}, {"ragged": [True], "surplus": ["a"]}, f"ragged_row: {MORE}"),
        (
            {},
            {"ragged": [True], "surplus": ["a"], "stray": ["G2"]},
            "ragged_row: The sheet's cell G2 is not empty, and its column has no header: empty it, or name it.",
        ),
        ({}, {"ragged": [True], "surplus": ["a"], "unmended": ["ragged_row"]}, f"ragged_row: {SAYS_SO}"),
        (
            {},
            {"ragged": [True], "surplus": ["a"], "unmended": pl.Series([None], dtype=pl.String)},
            f"ragged_row: {MORE}",
        ),
        ({}, {"unmended": ["numeric_message_id"]}, f"numeric_message_id: {NUMBER}"),
        (
            {},
            {"ragged": [True], "unmended": ["numeric_message_id"]},
            f"numeric_message_id: {NUMBER[:-1]}; ragged_row: {FEWER}",
        ),
        (
            {"message_id": "x", "offer_id": "null"},
            {"unmended": ["numeric_message_id"]},
            (
                f"numeric_message_id: {NUMBER[:-1]}; invalid_message_id: {LENGTH[:-1]}; invalid_offer_id: 'null' "
                "stands for no offer: say --null 'null' if such cells are empty."
            ),
        ),
        ({}, {}, None),
    ],
)
def test_the_reason_of_a_row(cells: dict[str, str | None], extra: dict[str, Any], said: str | None) -> None:
    """All rules that it breaks, in one sentence; in another row the same says nothing of it."""
    found = normalise([{}, cells], {name: [values[0], *values] for name, values in extra.items()})
    assert found["error_message"].to_list()[1] == said
    assert found["error_code"].to_list()[1] == (said and said.partition(":")[0])


def test_negative_amounts_are_told_apart_from_amounts() -> None:
    """They are in no sum of what is sent."""
    found = normalise([{"revenue": cell} for cell in ("-5", "(1,000.50)", "5", "x")]).select("amount", "refund").rows()
    assert [tuple(part and float(part) for part in row) for row in found] == [
        (None, -5.0),
        (None, -1000.5),
        (5.0, None),
        (None, None),
    ]
    assert normalise([{}])["refund"].to_list() == [None]


def test_rules_are_told_in_the_order_of_the_fields_in_every_row() -> None:
    bad = {"message_id": "x", "revenue": "x", "attribution_type": "sold", "offer_id": "null", "timestamp": "x"}
    found = normalise([bad, {}] * 500)
    assert found["error_message"].n_unique() == 2
    codes = re.findall(r"(?:^|; )(\w+): ", found["error_message"][998])
    assert codes == [f"invalid_{field}" for field in FIELDS]


def test_rows_that_the_change_to_utc_moves_to_another_month() -> None:
    cells = ["2026-02-01 00:59", "2026-02-01 01:00", "2026-02-01T00:00:00Z", "x", None]
    found = normalise([{"timestamp": cell} for cell in cells], timezone="Europe/Berlin")
    assert found.select("month_moved", "instant").rows() == [
        (True, "2026-01-31T23:59:00Z"),
        (False, "2026-02-01T00:00:00Z"),
        (False, "2026-02-01T00:00:00Z"),
        (False, None),
        (False, None),
    ]
    assert normalise([{}])["month_moved"].to_list() == [False]


def test_a_constant_is_called_by_its_name() -> None:
    """`--value` holds for what `--set` says, too; the rules are asked once."""
    positions = {name: position for name, position in COLUMNS.positions.items() if name != "attribution_type"}
    columns = Columns(positions=positions, constants={"attribution_type": " Verkauf "})
    normaliser = Normaliser(Rules(now=NOW, value=["attribution_type:verkauf=sale"]))
    for _ in range(2):
        assert normaliser(batch([{}]), columns)["attribution_type"].to_list() == ["sale"]
    with pytest.raises(SettingsError, match="--set attribution_type: 'Verkauf' is not"):
        Normaliser(Rules(now=NOW))(batch([{}]), columns)
