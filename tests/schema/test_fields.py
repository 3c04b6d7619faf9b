"""The fields that are words, and how a row's codes and messages come together."""

from __future__ import annotations

import polars as pl
import pytest

from importer.errors import SettingsError
from importer.model import FIELDS
from importer.schema import Columns, Normaliser, Rules
from tests.support.normalised import COLUMNS, GOOD, NOW, batch, column, normalise

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
    good = ["4521", "007", "x" * 128, "ä" * 128, "Spring Sale, 2026", '"\\/', "NULL", "-", "\U0001f4b0", "=1"]
    assert column("offer_id", good) == [(cell, None) for cell in good]
    assert column("offer_id", [" 4521 ", "", None, " "]) == [("4521", None), *[(None, None)] * 3]
    bad = ["x" * 129, "ä" * 129, "a\nb", "a\x00b", "a\x7fb", "a\u009bb", "a\tb", "a\x1fb"]
    assert column("offer_id", bad) == [(None, "invalid_offer_id")] * len(bad)


def test_all_broken_rules_are_told_in_field_order() -> None:
    """The first broken rule in field order is the code; the message has them all, each with its code."""
    bad = {"message_id": "x", "revenue": "-5", "attribution_type": "sold", "offer_id": "a\nb", "timestamp": "46061"}
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
