"""Message ids that a spreadsheet took for numbers are the ids that they were, however it writes them."""

from __future__ import annotations

from unittest import mock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.plan import message_numbers
from importer.plan.message_numbers import id_hashes

ONE_NUMBER = ["12345678", "12,345,678", "12.345.678,00", "12’345’678", "1.2345678E+07", "12345678.0", "'12345678"]
CHARACTERS = st.sampled_from([*"0123456789eE+-.,'’ \u00a0\tabN_:;", "…", "inf", "nan", "E+0"])


@pytest.mark.parametrize("written", [*ONE_NUMBER, "012345678", "+12345678", "’12345678"])
def test_a_number_is_one_id_however_a_spreadsheet_writes_it(written: str) -> None:
    """With marks of thousands, as a power of ten, with decimals, zeros, a sign or a quote in front."""
    one, other = id_hashes(pl.Series(["12345678", written]))
    assert one == other


def test_other_ids_are_others() -> None:
    """Ids of letters, an empty one, and other numbers are told apart."""
    ids = ["12345678", "12345679", "1234567", "tfb0raDP", "TFB0RADP", "", "inf", "nan", "-12345678", "12-345-678"]
    assert id_hashes(pl.Series(ids)).n_unique() == len(ids)


@given(st.lists(st.lists(CHARACTERS, max_size=10).map("".join), min_size=1, max_size=8))
def test_only_ids_that_begin_as_numbers_can_be_numbers(ids: list[str]) -> None:
    """A close look at the others finds none."""
    quick = id_hashes(pl.Series(ids))
    with mock.patch.object(message_numbers, "_like_numbers", lambda some: pl.arange(len(some), eager=True)):
        assert quick.to_list() == id_hashes(pl.Series(ids)).to_list()
