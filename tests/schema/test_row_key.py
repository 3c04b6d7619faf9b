"""The digests of `--key`: results of earlier versions hold them, so that they stay what they are."""

from __future__ import annotations

import re

import polars as pl
import pytest

from importer.schema.row_key import DIGEST, row_keys, scheme_of


def test_columns_are_known_by_their_names_in_any_order() -> None:
    assert scheme_of(["Order ID", "line"]) == scheme_of(["line", "order_id"]) == "kfc39938d"
    assert scheme_of(["order"]) != scheme_of(["order", "line"])
    assert scheme_of([]) is None


def keys(cells: list[str | None], null: tuple[str, ...] = ()) -> list[str | None]:
    return row_keys(pl.DataFrame({"0": cells}, {"0": pl.String}), (0,), null, "kfc39938d").to_list()


@pytest.mark.parametrize("cell", ["A-1", "a-1", " A-1 ", "'A-1"])
def test_capitals_and_blanks_make_no_other_key(cell: str) -> None:
    (key,) = keys([cell])
    assert key == "kfc39938d:c9f5688f85b6956a"
    assert re.fullmatch(DIGEST, key)


@pytest.mark.parametrize("cell", ["7", "007", "7.0", "'7"])
def test_a_number_is_the_same_however_it_is_written(cell: str) -> None:
    assert keys([cell]) == ["kfc39938d:e75017cace788f82"]


@pytest.mark.parametrize("cell", [None, "", "n/a", "#N/A", "1.23E+15", "123456789012345000", "none yet"])
def test_what_tells_nothing_is_no_key(cell: str | None) -> None:
    """Nor what a spreadsheet has rounded: two ids that were different may look alike then."""
    assert keys([cell], null=("none yet",)) == [None]


def test_one_cell_of_several_is_enough_and_its_place_counts() -> None:
    batch = pl.DataFrame({"0": ["a", "", None, "ab"], "1": ["b", "ab", None, None]}, schema_overrides={"1": pl.String})
    digests = row_keys(batch, (0, 1), (), "kfc39938d").to_list()
    assert digests[2] is None
    assert len(set(digests)) == 4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0", "00", True),
        ("0a", "a", True),
        ("7.00", "07", True),
        ('="0012"', "12", True),
        ("Ä", "ä", True),
        ("7.5", "7.50", False),
        ("a.0", "a", False),
        ("1-2", "12", False),
        ("12345678901234", "12345678901235", False),
    ],
)
def test_cells_that_are_the_same_key(one: str, other: str, *, same: bool) -> None:
    assert None not in keys([one, other])
    assert (keys([one]) == keys([other])) is same


def test_cells_do_not_run_into_each_other() -> None:
    """One that is empty has its place as well."""
    batch = pl.DataFrame({"0": ["ab", "a", None, "abc"], "1": ["c", "bc", "abc", None]})
    assert row_keys(batch, (0, 1), (), "k").n_unique() == 4
    assert row_keys(batch, (0,), (), "k").to_list()[2] is None
    assert row_keys(batch, (1, 0), (), "k").to_list() != row_keys(batch, (0, 1), (), "k").to_list()
    assert row_keys(batch, (0, 1), (), "k").name == "key"
