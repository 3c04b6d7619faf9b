"""What the reasons in a rejects file say of its rows, until a person takes them away."""

from __future__ import annotations

import polars as pl
import pytest

from importer.schema.columns import EQUAL_BEFORE, REASONS
from importer.schema.columns.match import Columns
from importer.schema.rejects_columns import (
    UNMENDED,
    are_rejects,
    equal_before,
    equal_before_cell,
    handed_on,
    is_rejects_header,
    numeric_faults,
    with_reasons,
    without_reasons,
)
from tests.support.normalised import GOOD, normalise

COLUMNS = Columns(positions={"message_id": 0}, constants={}, titles=("message_id", *REASONS), reasons=(1,))


def marked(*codes: str | None, columns: Columns = COLUMNS) -> tuple[list[bool], list[str | None]]:
    """Which rows are ragged, and the reasons that hold."""
    cells = pl.Series("1", codes, dtype=pl.String)
    batch = pl.DataFrame([pl.Series("0", ["tfb0raDk"] * len(codes)), cells]).with_columns(ragged=pl.lit(value=False))
    found = with_reasons(batch, columns)
    return found["ragged"].to_list(), found[UNMENDED].to_list() if UNMENDED in found.columns else []


def test_a_ragged_row_is_ragged_until_its_reason_is_gone() -> None:
    assert marked("ragged_row", "numeric_message_id", None) == (
        [True, False, False],
        ["ragged_row", "numeric_message_id", None],
    )


def test_what_can_be_seen_in_the_cells_again_needs_no_reason() -> None:
    assert marked("invalid_revenue", " ", None) == ([False] * 3, [])


def test_columns_of_others_say_nothing() -> None:
    assert marked("ragged_row", columns=Columns(positions={"message_id": 0}, constants={})) == ([False], [])


def test_equal_rows_elsewhere_are_told_with_their_content() -> None:
    """A row whose cells were mended since is another one, and nothing is said of it."""
    rows = normalise([GOOD, GOOD | {"revenue": "7.00"}]).with_columns(before=pl.Series([3, 1], dtype=pl.UInt32))
    cells = equal_before_cell(rows)
    assert equal_before(rows.drop("before"), cells).to_list() == [3, 1]
    assert equal_before(rows.drop("before"), cells.reverse()).to_list() == [0, 0]
    assert equal_before(rows.drop("before"), None).to_list() == [0, 0]


def test_a_row_that_is_ragged_anyway_stays_so() -> None:
    """Whatever its reason, and whether or not another row has one; of two such columns the first reason holds."""
    first, second = [None, "numeric_message_id", None, "ragged_row"], ["ragged_row", "ragged_row", None, None]
    batch = pl.DataFrame({"0": ["x"] * 4, "1": first, "2": second}).with_columns(
        ragged=pl.Series([False, False, True, True])
    )
    columns = Columns(positions={"message_id": 0}, constants={}, reasons=(1, 2))
    found = with_reasons(batch, columns)
    assert found[UNMENDED].to_list() == ["ragged_row", "numeric_message_id", None, "ragged_row"]
    assert found["ragged"].to_list() == [True, False, True, True]


@pytest.mark.parametrize(
    ("header", "is_one"),
    [
        (("message_id", "error_code", "error_message"), True),
        (("message_id", " error_code ", "error_message"), True),
        (("message_id", "error_code", "error_message", "equal_before"), True),
        (("message_id", "error_code", "error_message", "note"), False),
        (("message_id", "note", "error_code", "equal_before"), False),
        (("error_code", "message_id", "error_message"), False),
        (("message_id", "Error Code", "Error Message"), False),
        (("error_message",), False),
    ],
)
def test_the_last_columns_of_a_rejects_file(header, is_one):
    assert is_rejects_header(header) is is_one


@pytest.mark.parametrize(
    ("titles", "reasons", "codes", "are"),
    [
        (("id", *REASONS), (1,), ["invalid_revenue", None, " "], True),
        (("id", *REASONS, EQUAL_BEFORE), (1,), ["duplicate_conflict_x", "invalid_revenue"], False),
        (("id", *REASONS, EQUAL_BEFORE), (1,), ["http_404", "offer_not_found", "missing_token", " ragged_row "], True),
        (("id", *REASONS), (1,), ["http_500"], False),
        (("id", *REASONS), (1,), ["11", "invalid_revenue"], False),
        (("id", *REASONS), (1,), [None, ""], False),
        (("id", *REASONS), (), ["invalid_revenue"], False),
        (("id", *REASONS, "note"), (1,), ["invalid_revenue"], False),
        (("id", *REASONS, "a", "b"), (1,), ["invalid_revenue"], False),
        (("id", "note", *REASONS), (1, 2), ["gift", None], True),
    ],
)
def test_rows_of_a_rejects_file_have_codes_that_it_gives(titles, reasons, codes, are):
    """By its last columns as they are written there: other exports tell errors, too, with codes of their own."""
    last = ["ragged_row", None] if len(reasons) == 2 else [None] * len(codes)
    batch = pl.DataFrame({"1": codes, "2": last}, schema={"1": pl.String, "2": pl.String})
    columns = Columns(positions={"message_id": 0}, constants={}, titles=titles, reasons=reasons)
    assert are_rejects(batch, columns) is are


@pytest.mark.parametrize(
    ("header", "left"),
    [
        (["id", "error_code", " error_message "], ["id"]),
        (["id", "error_code", "note", "error_message", "equal_before"], ["id", "note"]),
        ([" id ", "error_code", "equal_before"], [" id ", "error_code", "equal_before"]),
    ],
)
def test_the_header_without_earlier_reasons(header, left):
    """Both columns are ours, or none is."""
    assert without_reasons(header) == left


def test_cells_beyond_the_header_are_handed_on() -> None:
    """Those of this file, or those that the reason of an earlier one tells, while the row is still ragged."""
    columns = Columns(positions={}, constants={}, messages=(1, 2))
    told = ["x. Beyond the header: a,b\nc", "Beyond the header: d", "Beyond the header: e", "nothing"]
    batch = pl.DataFrame({"1": told, "2": ["", "", "", "Beyond the header: f"]})
    assert handed_on(batch, columns) is None
    marked = batch.with_columns(pl.Series(UNMENDED, ["ragged_row", "numeric_message_id", None, "ragged_row"]))
    assert _list(handed_on(marked, columns)) == ["a,b\nc", None, None, "f"]
    surplus = pl.Series("surplus", [None, "g", None, "h"])
    assert _list(handed_on(batch.with_columns(surplus), columns)) == [None, "g", None, "h"]
    assert _list(handed_on(marked.with_columns(surplus), columns)) == ["a,b\nc", "g", None, "h"]


def _list(found: pl.Series | None) -> list[str | None]:
    assert found is not None
    assert found.name == "surplus"
    return found.to_list()


def test_ids_that_were_numbers_are_found_where_they_stand() -> None:
    batch = pl.DataFrame({UNMENDED: [None, "numeric_message_id", "ragged_row", "numeric_message_id"]})
    assert numeric_faults(batch).rows() == [
        (
            at,
            "numeric_message_id",
            "The cell error_code says so: put the id right, then empty the row's cell error_code.",
        )
        for at in (1, 3)
    ]


def test_what_a_cell_says_of_equal_rows() -> None:
    """Only a number with the content of its row, which is valid, says how many they are."""
    rows = normalise([{}, {"message_id": "x"}, {}, {}, {}, {}])
    (mark,) = equal_before_cell(rows.head(1).with_columns(before=pl.lit(999_999_999, dtype=pl.UInt32)))
    assert mark == "999999999 (a5e7d24f5e8d6edb)"
    cells = [mark, mark, None, f"9{mark}", mark.replace("a5", "a6"), f"{mark} "]
    assert equal_before(rows, pl.Series(cells)).to_list() == [999_999_999, 0, 0, 0, 0, 0]
    assert equal_before(rows, pl.Series(["x"] * 6)).to_list() == [0] * 6
