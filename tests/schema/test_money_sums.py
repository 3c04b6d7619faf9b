"""The quick look at lines that may be sums finds what a close look at each of them finds."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING
from unittest import mock

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.run.pipeline import run_check
from importer.schema import Normaliser, Rules, TotalRows
from importer.schema.lines import running_sums
from importer.schema.lines.running_sums import RunningSums
from importer.schema.money.money_sums import MaySum, MoneySums
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


def test_amounts_beyond_what_polars_adds_are_all_looked_at() -> None:
    """A sum of such amounts is found, too."""
    amounts = [Decimal(6 * 10**18), Decimal(5 * 10**18), Decimal(11 * 10**18)]
    money = pl.DataFrame({"amount": amounts, "refund": [None] * 3}, schema=dict.fromkeys(("amount", "refund"), AMOUNT))
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
