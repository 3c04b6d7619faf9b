"""Whether an amount is a sum, or one as a report has it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from importer.schema.guards.disguised.summed_lines import Money


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
    none = Money(Decimal(0), Decimal(0), 0)
    assert not none.is_sum(Decimal(0))
    assert not none.is_nearly(Decimal(0))
