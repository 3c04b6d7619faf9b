"""The quick look at lines that may be sums finds what a close look at each of them finds."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING
from unittest import mock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.run.pipeline import run_check
from importer.schema import Normaliser, Rules, TotalRows
from importer.schema.lines import running_sums
from importer.schema.lines.running_sums import RunningSums
from importer.schema.money.money_sums import MaySum, Money, MoneySums
from importer.schema.money.rule import AMOUNT
from importer.settings import InputSettings
from tests.support.normalised import COLUMNS, NOW, batch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MONEY = st.sampled_from(["", "0", "1", "1", "2", "3", "4", "6", "-1", "-2", "0.1", "0.30005", "999999999999999"])
LINES = st.lists(st.tuples(st.sampled_from(["tfb0raDP", "tfb0raDP", "", "Totalsum", "Total"]), MONEY), max_size=12)


class EveryLine(MaySum):
    """Leaves out no line, so that each is looked at closely."""

    def near(self, sums: Iterable[MoneySums], passed: MoneySums) -> pl.Series:
        return pl.repeat(value=True, n=len(self._at), eager=True)


@given(st.lists(LINES, min_size=1, max_size=3), st.sampled_from(["sale", ""]))
def test_looking_at_likely_lines_finds_what_looking_at_all_finds(
    batches: list[list[tuple[str, str]]], kind: str
) -> None:
    """The quick look at all lines of a batch leaves out none that is a sum, whatever was found before."""
    normaliser = Normaliser(Rules(now=NOW))
    cells = [
        batch([{"message_id": x, "revenue": y, "attribution_type": "sale" if x else kind} for x, y in lines])
        for lines in batches
    ]
    rows = [normaliser(one, COLUMNS) for one in cells]

    def found() -> list[list[str | None]]:
        totals = TotalRows(any_id=False)
        return [totals(*pair, COLUMNS)["error_code"].to_list() for pair in zip(rows, cells, strict=True)]

    quick = found()
    with mock.patch.object(running_sums, "MaySum", EveryLine):
        assert quick == found()


def money_of(*cells: str | None) -> pl.DataFrame:
    """Rows with these amounts, those with a minus as refunds."""
    amounts = [None if cell is None else Decimal(cell) for cell in cells]
    rows = [(None, one) if one is not None and one < 0 else (one, None) for one in amounts]
    return pl.DataFrame(rows, schema=dict.fromkeys(("amount", "refund"), AMOUNT), orient="row")


def sums_of(*cells: str | None) -> MoneySums:
    """The sums of rows with these amounts."""
    sums = MoneySums()
    sums.add(Money(money_of(*cells)))
    return sums


@pytest.mark.parametrize(
    ("cells", "amount", "least", "found"),
    [
        *((("5", "3"), amount, 2, True) for amount in ("8", "8.00009", "7.99991")),
        *((("5", "3"), amount, 2, False) for amount in ("8.0001", "7.9999", "5", "3", "0")),
        *((("5", "3", None), "8", least, least < 3) for least in (1, 2, 3)),
        *((("5", "3", "-2"), "8", least, least < 3) for least in (1, 2, 3)),
        *((("5", "3", "-2"), "6", least, least < 4) for least in (2, 3, 4)),
        *((("5", "3", "-2"), amount, 3, False) for amount in ("6.0001", "5.9999", "10")),
        (("-2",), "-2", 1, True), (("-2",), "-2", 2, False), ((), "0", 1, False), ((None,), "0", 1, False),
    ],
)  # fmt: skip
def test_a_sum_is_that_of_rows_enough_with_or_without_refunds(
    cells: tuple[str | None, ...], amount: str, least: int, *, found: bool
) -> None:
    """But for less than a hundredth of a cent, which binary sums may be beside it."""
    assert sums_of(*cells).have(Decimal(amount), least=least) is found
    parts = MoneySums()
    for cell in cells:
        assert parts.copy().beyond(parts) == (0, 0)  # which asks for the sums of the rows so far
        parts.add(Money(money_of(cell)))
    assert parts.have(Decimal(amount), least=least) is found


def test_sums_are_joined_and_copied_and_compared() -> None:
    """A copy goes on by itself; what another has is added, with its rows; what is beyond has refunds apart."""
    one = sums_of("5", "-2")
    same = one.copy()
    one.join(sums_of("3", "-1"))
    assert [one.have(Decimal(amount), least=least) for amount, least in ((8, 2), (5, 4), (8, 3))] == [True, True, False]
    assert [same.have(Decimal(amount), least=1) for amount in (5, 3, 8)] == [True, True, False]
    assert one.beyond(same) == (Decimal(3), Decimal(2))


@pytest.mark.parametrize(
    ("batch_", "before", "passed", "near"),
    [
        (("1", "2", "3", "6", "12", "23.9999", "49"), (), 0, "3 6 12 23.9999"),
        (("1", "2", "3", "3", "6", "20"), (), 2, "3 6"),
        (("10", "7", "16", "36"), ("7", "3"), 0, "10"),
        (("10", "20.0001", "40.0003"), ("7", "3"), 0, "10 20.0001"),
        (("4", "-1", "3", "6", "12.9999"), (), 0, "3 6 12.9999"),
        (("4", None, "5", "9", "17"), (), 0, "9"),
        (("1", "-30", "5"), ("40", "-4", "-2"), 0, "5"),
        (("1", "2", "3"), ("40", "-35"), 0, ""),
        (("1", "2", "6"), ("20000000000000000000", "-19999999999999999997"), 0, "6"),
        ((None, None), ("1",), 0, ""),
        ((), ("1",), 0, ""),
    ],
)  # fmt: skip
def test_the_quick_look_leaves_amounts_that_the_rows_above_sum_up_to(
    batch_: tuple[str | None, ...], before: tuple[str, ...], passed: int, near: str
) -> None:
    """All rows above it, or those of the batch behind some that passed, without refunds or with them."""
    money = money_of(*batch_)
    at = money["amount"].is_not_null().arg_true()
    found = MaySum(money, at).near([sums_of(*before)], sums_of(*batch_[:passed]))
    assert money["amount"].gather(at.filter(found)).to_list() == [Decimal(amount) for amount in near.split()]


@pytest.mark.parametrize("least", [10**18, 6 * 10**18])
def test_amounts_beyond_what_polars_adds_are_all_looked_at(least: int) -> None:
    """A sum of such amounts is found, too."""
    money = money_of(f"{least}", "5000000000000000000", f"{5 * 10**18 + least}")
    assert MaySum(money, pl.Series([0, 2], dtype=pl.UInt32)).near([MoneySums()], MoneySums()).to_list() == [True, True]


def test_a_file_without_ids_is_read_as_fast_as_others(tmp_path: Path) -> None:
    """Each of its rows may be a total, and is none: they are looked at together."""
    table = [("", f"{number}.01", "sale", "") for number in range(2_000)]
    path = tmp_path / "june.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("message_id", "revenue", "attribution_type", "Date"), *table])
    with mock.patch.object(RunningSums, "_is_sum", side_effect=RunningSums._is_sum, autospec=True) as closely:
        summary = run_check(InputSettings(inputs=(str(path),)))
    assert summary.by_code == {"missing_message_id": 2_000}
    assert closely.call_count < 20
