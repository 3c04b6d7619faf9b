"""Totals are exact, whatever is added up, and written with two decimals or with as many as they need."""

from __future__ import annotations

from decimal import Context, Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.schema.money.sums import exact_sum, exact_sums, largest, with_cents

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
    """In a long column, too, whose parts are looked at first; of equal ones the first."""
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
