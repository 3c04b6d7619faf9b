"""The parts of matching columns, each by itself: what is said of a header, word for word, and what stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.errors import InputError, SettingsError
from importer.schema.columns.contents import Contents
from importer.schema.columns.expected_header import chosen, require_header
from importer.schema.columns.headless import displaced
from importer.schema.columns.match import Columns, match_columns, require_ignored
from importer.schema.columns.names import plain_name, shown_names, word_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE: Mapping[str, str] = {}
FIELDS = ["message_id", "revenue", "attribution_type"]


def matched(*more: str, mapping: Mapping[str, str] = NONE, keep: Sequence[str] = (), **other: Sequence[str]) -> Columns:
    """The columns of a file with the required fields and some more."""
    return match_columns(
        [*FIELDS, *more],
        "june.csv",
        mapping=mapping,
        constants={},
        keep=keep,
        where=other.get("where", ()),
        key=other.get("key", ()),
        ignore=other.get("ignore", ()),
    )


def test_a_place_is_a_row_and_of_a_workbook_a_cell() -> None:
    columns = Columns(positions={}, constants={}, address=lambda line, position: f"June!{position}:{line}")
    assert columns.place(1_234, 7, 2) == "row 1,234, June!2:7"
    assert columns.place(7, None, 2) == "row 7"
    assert columns == Columns(positions={}, constants={})
    assert columns.place(7, 1, 1) != Columns(positions={}, constants={}).place(7, 1, 1) == "row 7"


def test_columns_that_are_read() -> None:
    """The column that tells of equal rows is one of them, where a file has the columns of a rejects file."""
    assert matched("a", "error_code", "error_message", "equal_before").used == {0, 1, 2, 4, 6}
    assert matched("a", "error_code", "equal_before").equal_before is None
    assert matched("equal_before").used == {0, 1, 2}
    assert Columns(positions={}, constants={}, equal_before=4).used == {4}


@pytest.mark.parametrize(
    ("said", "offer"),
    [
        ({}, (("offer_id", 3),)), ({"where": ["offer_id"]}, ()), ({"ignore": ["offer_id"]}, ()),
        ({"where": ["offer_id"], "ignore": ["offer_id"]}, ()),
    ],
)  # fmt: skip
def test_the_offer_s_column_has_a_say_unless_it_decides_or_is_ignored(
    said: dict[str, list[str]], offer: object
) -> None:
    assert matched("offer_id", **said).offer == offer


def test_the_first_of_joined_columns_is_that_of_the_field() -> None:
    columns = matched("Date", "Time", mapping={"timestamp": "Date+Time"})
    assert columns.positions["timestamp"] == 3
    assert columns.joined == {"timestamp": (3, 4)}


def test_kept_columns_of_one_name_or_none_have_their_number() -> None:
    assert matched("x", "x", "", "y", keep=("all",)).keep == (
        ("x (column 4)", 3), ("x (column 5)", 4), ("(column 6)", 5), ("y", 6),
    )  # fmt: skip


def test_the_column_of_a_field_is_no_key() -> None:
    with pytest.raises(SettingsError) as caught:
        matched("a", key=["a", "revenue"])
    assert str(caught.value) == (
        "--key: revenue is the column of a field in june.csv, by which rows are told apart already. Name a column that "
        "the import does not send, such as a conversion number."
    )


def test_an_ignored_column_is_one_of_some_file() -> None:
    require_ignored(["Status"], {})
    require_ignored(["Status"], {"a.csv": ["x"], "b.csv": ["status"]})
    with pytest.raises(InputError, match=r"^--ignore: a\.csv has no column 'Statis'\. Did you mean Status\?"):
        require_ignored(["Statis"], {"a.csv": ["Status"], "b.csv": ["x"]})


def test_a_header_that_is_not_the_profile_s() -> None:
    require_header(["date ", "AMOUNT"], ["Date", "amount"], "a.csv")
    with pytest.raises(InputError) as caught:
        require_header(["Amount", "Dat"], ["Date", "amount", "Commission"], "a.csv")
    assert str(caught.value) == (
        "a.csv is not the export that the profile is for: it has no column 'Date' (but 'Dat') and no column "
        "'Commission'. Columns found: Amount, Dat. Choose the export, or in it the columns, that the profile names; "
        "for another one leave --profile out and name its columns with --map."
    )


def test_one_of_several_columns_is_chosen_or_asked_for() -> None:
    choices = {"revenue": ["Sale Amount", "Commission"], "offer_id": ["X", "Y"]}
    assert chosen(["Commission", "x"], choices, {}, "a.csv") == {"revenue": "Commission", "offer_id": "X"}
    assert chosen(["Sale Amount", "Commission"], choices, {"revenue": "z"}, "a.csv") == {}
    with pytest.raises(InputError) as caught:
        chosen(["Sale amount", "commission"], choices, {}, "a.csv")
    assert str(caught.value) == (
        "a.csv: revenue could be in Sale Amount or Commission, and a wrong guess would cost money. Say --map "
        "revenue='Sale Amount' or --map revenue=Commission."
    )


_OTHERS = (
    " A name such as column4 is of a column that nothing reads: put offer_id, timestamp, or a name of your own there "
    "to use it."
)


@pytest.mark.parametrize(
    ("cell", "shown", "name", "more"),
    [
        (None, "", "", ""), ("x", ", x", ",column4", _OTHERS),
        ("x" * 40, f", {'x' * 40}", ",column4", _OTHERS), ("x" * 41, f", {'x' * 39}…", ",column4", _OTHERS),
    ],
)  # fmt: skip
def test_a_first_line_that_is_a_row(cell: str | None, shown: str, name: str, more: str) -> None:
    row = ["tfb0raDP", "24.99", "sale", *([] if cell is None else [cell])]
    assert displaced(row, [], lambda _: False) == (
        f"has no header: its first line is a row (tfb0raDP, 24.99, sale{shown}), which would be lost. Name its columns "
        f"in their order: --columns message_id,revenue,attribution_type{name}.{more}"
    )


@pytest.mark.parametrize(("columns", "more"), [(20, ""), (21, " and 1 more"), (22, " and 2 more")])
def test_twenty_columns_are_listed(columns: int, more: str) -> None:
    names = [f"c{number}" for number in range(columns)]
    assert shown_names(names) == f"Columns found: {', '.join(names[:20])}{more}."
    assert shown_names([]) == "Columns found: none."


def test_names_by_their_words_and_without_what_keeps_text() -> None:
    assert plain_name('=" Order-ID "') == "order_id"
    words = ["order1ID", "orderID", "IBANCode", "isRefunded", "ID", "a.b"]
    assert [*map(word_name, words)] == ["order1_id", "order_id", "iban_code", "is_refunded", "id", "a_b"]


@pytest.mark.parametrize(
    ("rows", "others", "fit"),
    [(9, 0, 1), (9, 1, 0), (10, 1, 1), (10, 2, 0), (99, 1, 1), (99, 2, 0), (100, 2, 1), (100, 3, 0), (150, 3, 1)],
)
def test_one_of_fifty_cells_may_be_something_else_and_one_of_ten(rows: int, others: int, fit: int) -> None:
    cells = [["sale"]] * (rows - others) + [["a word"]] * others
    assert Contents(cells).fit("attribution_type", 0) == fit


def test_what_all_begins_with_the_same_two_characters_is_no_id() -> None:
    """They are numbers of orders; of two cells it may be by chance."""
    ids = [["ab1xyz9Q"], ["ab2xyz8R"], ["ab3xyz7S"]]
    assert [Contents(ids[:many]).fit("message_id", 0) for many in (2, 3)] == [1, 0]
    assert Contents([*ids, ["ac3xyz7S"]]).fit("message_id", 0) == 1
