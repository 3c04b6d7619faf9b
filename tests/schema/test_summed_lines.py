"""Whether an amount is a sum, or one as a report has it."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from importer.schema.guards.disguised.summed_lines import Money, SummedLines, money_of
from importer.schema.money import AMOUNT


@pytest.mark.parametrize(
    ("total", "amount", "nearly"),
    [
        ("30.30", "30.30", True),
        ("30.30", "30.32", True),
        ("30.30", "30.36", True),  # two in a thousand
        ("30.30", "30.37", False),
        ("3.00", "3.02", True),
        ("3.00", "3.03", False),
        ("149.60", "150", True),  # in whole units
        ("149.60", "149", True),
        ("149.60", "148", False),
        ("149.60", "150.50", False),
        ("30.30", "31", False),  # of little money nobody rounds so
        ("49.60", "50", False),
        ("50.40", "50", True),
        ("900.00", "500.00", False),
    ],
)
def test_what_is_nearly_a_sum(total: str, amount: str, *, nearly: bool) -> None:
    assert Money(Decimal(total), Decimal(total), 3).is_nearly(Decimal(amount)) is nearly


def test_a_sum_is_that_of_all_or_the_same_less_refunds() -> None:
    money = Money(Decimal("30.30"), Decimal("25.30"), 2)
    assert [money.is_sum(Decimal(text)) for text in ("30.30", "25.30", "30.31", "5.00")] == [True, True, False, False]
    assert [money.is_nearly(Decimal(text)) for text in ("30.31", "25.31", "28")] == [True, True, False]
    assert money + Money(Decimal("1.10"), Decimal(1), 3) == Money(Decimal("31.40"), Decimal("26.30"), 5)
    assert Money(Decimal(7), Decimal(7), 1).is_sum(Decimal(7))
    assert Money(Decimal(7), Decimal(7), 1).is_nearly(Decimal("7.01"))
    none = Money(Decimal(0), Decimal(0), 0)
    assert not none.is_sum(Decimal(0))
    assert not none.is_nearly(Decimal(0))


def test_rows_of_no_money_are_none_of_a_sum() -> None:
    amounts = pl.Series("amount", [Decimal(5), None, Decimal(0), Decimal(2)], dtype=AMOUNT)
    refunds = pl.Series("refund", [None, Decimal(-3), None, None], dtype=AMOUNT)
    assert money_of(pl.DataFrame([amounts])) == Money(Decimal(7), Decimal(7), 2)
    assert money_of(pl.DataFrame([amounts, refunds])) == Money(Decimal(7), Decimal(4), 2)


def summed(text: str) -> SummedLines:
    """Rows by their amounts; `=5` is one that may be a total."""
    words = text.split()
    stops = [at for at, word in enumerate(words) if word.startswith("=")]
    amounts = pl.Series("amount", [Decimal(word.removeprefix("=")) for word in words], dtype=AMOUNT)
    lines = SummedLines("june.csv", "Name")
    rows = pl.DataFrame([pl.Series("row", range(1, len(words) + 1)), amounts])
    lines.add(rows, pl.Series(["x"] * len(words)), stops, Money())
    return lines


@pytest.mark.parametrize(
    ("text", "are_sums", "near", "of_all"),
    [
        ("1 2 =3 4 5 =9", True, [2, 2], [False, False]),
        ("1 2 =3 4 5 =12", True, [2, 4], [False, True]),  # the second of all above
        ("=3 1 2 =9 4 5", True, [2, 2], [False, False]),
        ("=12 1 2 =9 4 5", True, [4, 2], [True, False]),  # the first of all below
        ("1 2 =3 =8 3 5", False, [2, 2], [False, False]),  # one above it, one below
        ("5 =5 4 =4", False, [1, 1], [False, False]),  # of single rows
        ("1 2 =3.01 4 5 =12.02 7", False, [2, 4], [False, False]),
        ("1 2 =19.01 4 5 =9 7", False, [5, 2], [False, False]),  # of all, near enough
        ("=5 5", False, [1], [False]),
        ("1 2 =3 3", True, [2], [False]),
        ("3 =6 1 2", True, [3], [True]),
    ],
)
def test_which_lines_are_sums(text: str, near: list[int], of_all: list[bool], *, are_sums: bool) -> None:
    """Of the rows beside them, in one direction, or of all; nearly, of how many rows."""
    lines = summed(text)
    assert lines.are_sums() is are_sums
    assert lines.near() == near
    assert [lines.is_sum_of_all(n) for n in range(len(near))] == of_all


@pytest.mark.parametrize("lines", [1, 300])
def test_lines_at_an_end(lines: int) -> None:
    text = " ".join(["=1"] * lines)
    for around, first, last in (("{} 1", True, False), ("1 {}", False, True), ("1 {} 1", False, False)):
        found = [summed(around.format(text)).is_at_an_end(n) for n in range(lines)]
        middle = [False] * (lines - 2)
        assert found == ([first, *middle, last] if lines > 1 else [first or last])
