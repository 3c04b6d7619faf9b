"""Totals are exact, whatever is added up, and written with two decimals or with as many as they need."""

from __future__ import annotations

from decimal import Context, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.schema.money.sums import adds_up, exact_sum, exact_sums, largest, with_cents

EXACT = Context(prec=100)
MONEY = st.decimals(min_value=0, max_value=10**15, places=18, allow_nan=False, allow_infinity=False)
ABSURD = st.decimals(min_value=10**18, max_value=10**20 - 1, places=18, allow_nan=False, allow_infinity=False)
CELLS = st.lists(st.none() | MONEY | ABSURD, max_size=30)


def added(amounts: list[Decimal | None]) -> Decimal:
    """The sum as Python knows it."""
    total = Decimal(0)
    for amount in amounts:
        total = total if amount is None else EXACT.add(total, amount)
    return total


def money(*cells: str | None) -> pl.Series:
    """A column of amounts."""
    return pl.Series("amount", [None if cell is None else Decimal(cell) for cell in cells], dtype=pl.Decimal(38, 18))


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        ((), "0.00"), ((None,), "0.00"), (("0.1",), "0.10"), (("0.1", None, "0.15"), "0.25"),
        (("990", "10"), "1000.00"), (("0.005", "0.0005"), "0.0055"), (("2.5", "-3"), "-0.50"),
        (("99999999999999999999.99", "99999999999999999999.99", None, "0.001"), "199999999999999999999.981"),
        (("-99999999999999999999", "-99999999999999999999"), "-199999999999999999998.00"),
    ],
)  # fmt: skip
def test_a_sum_has_two_decimals_or_as_many_as_it_needs(cells: tuple[str | None, ...], total: str) -> None:
    assert f"{exact_sum(money(*cells)):f}" == total


@pytest.mark.parametrize(
    ("cells", "adds"),
    [
        ((), False), ((None,), False), (("1", None), True), (("0",), True), (("-7", "3"), True),
        (("9999999999999999999",), True), (("10000000000000000000",), False), (("-10000000000000000000",), False),
        (("4999999999999999999.9", "1"), True), (("5000000000000000000", "1"), False),
        (("-5000000000000000000", "1"), False),
    ],
)  # fmt: skip
def test_polars_adds_what_cannot_run_over(cells: tuple[str | None, ...], *, adds: bool) -> None:
    """Nineteen digits are left for the sum, even if all amounts were as large as the largest."""
    assert adds_up(money(*cells)) is adds


@pytest.mark.parametrize(
    ("cells", "most", "found"),
    [
        (("3", None, None, "1"), 3, [0, 3, 1]), (("3", None, "4", "1"), 3, [2, 0, 3]), ((None, "4"), 1, [1]),
        (("1", "1", "2", "1"), 2, [2, 0]), (("1", "-1", "0", None), 3, [0, 2, 1]), ((None, None), 1, [0]), ((), 2, []),
    ],
)  # fmt: skip
def test_the_largest_come_first_and_those_without_an_amount_last(
    cells: tuple[str | None, ...], most: int, found: list[int]
) -> None:
    rows = money(*cells).to_frame().with_row_index("n")
    assert largest(rows, most)["n"].to_list() == found


@given(CELLS)
def test_a_sum_is_exact(cells: list[Decimal | None]) -> None:
    """Also of amounts whose sum is more than polars can hold, and of rows without an amount."""
    assert exact_sum(pl.Series(cells, dtype=pl.Decimal(38, 18))) == added(cells)


@given(st.lists(st.tuples(st.sampled_from(["sale", "click", None]), st.none() | MONEY | ABSURD), max_size=30))
def test_the_parts_are_the_whole(cells: list[tuple[str | None, Decimal | None]]) -> None:
    """Each value of a column has its rows and their sum, in both ways to add."""
    frame = pl.DataFrame(
        {"kind": [kind for kind, _ in cells], "amount": [amount for _, amount in cells]},
        schema={"kind": pl.String, "amount": pl.Decimal(38, 18)},
    )
    found = {kind: (rows, revenue) for kind, rows, revenue in exact_sums(frame, "kind")}
    kinds = {kind for kind, _ in cells}
    parts = {kind: [amount for own, amount in cells if own == kind] for kind in kinds}
    assert found == {kind: (len(amounts), added(amounts)) for kind, amounts in parts.items()}


@given(st.lists(st.tuples(st.none() | st.sampled_from("abcdefgh"), st.none() | MONEY | ABSURD), max_size=40))
def test_many_values_have_the_sums_of_few(cells: list[tuple[str | None, Decimal | None]]) -> None:
    """The first values are looked for one by one, the others in a table: each comes once, with all of its rows."""
    schema = {"by": pl.String, "amount": pl.Decimal(38, 18)}
    frame = pl.DataFrame(cells, schema=schema, orient="row")
    found = sorted(exact_sums(frame, "by"), key=str)
    groups = {value: [amount for own, amount in cells if own == value] for value, _ in cells}
    assert found == sorted(((value, len(some), added(some)) for value, some in groups.items()), key=str)


@given(st.lists(st.none() | st.integers(-3, 40), max_size=3000), st.integers(1, 12))
def test_the_largest_are_those_of_a_whole_sort(cells: list[int | None], most: int) -> None:
    """Those without an amount are last, and of equal ones the first is first."""
    frame = pl.DataFrame({"amount": cells}, schema={"amount": pl.Decimal(38, 18)}).with_row_index("n")
    whole = frame.sort("amount", descending=True, nulls_last=True, maintain_order=True)
    assert largest(frame, most).equals(whole.head(most))


@given(MONEY)
def test_cents_change_no_amount(amount: Decimal) -> None:
    """Two decimals or more, none of them needless, and the same amount."""
    text = f"{with_cents(amount):f}"
    assert Decimal(text) == amount
    decimals = text.partition(".")[2]
    assert len(decimals) >= 2
    assert len(decimals) == 2 or not decimals.endswith("0")
