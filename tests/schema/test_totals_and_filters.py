"""A total is a question whatever was left out: it may be of the rows that remain, or of all of them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from tests.support.checked import heard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp", "State")
ROWS = [
    (f"tfb0ra{n:02}", f"{n}.10", "sale", "4521", f"2026-0{6 + n // 7}-0{n}", "out" if n in {2, 7} else "in")
    for n in range(1, 10)
]
OF_ALL, OF_JUNE, OF_IN = "45.90", "21.60", "36.70"  # June: rows 1 to 6


def total(amount: str, message_id: str = "xYz12345", when: str = "2026-06-30") -> tuple[str, ...]:
    return message_id, amount, "sale", "4521", when, "in"


def written(path: Path, table: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *table])
    return path


@pytest.mark.parametrize("is_above", [False, True])
@pytest.mark.parametrize("message_id", ["xYz12345", ""])
@pytest.mark.parametrize(
    ("option", "amount"),
    [
        ({"where": ("State=in",)}, OF_ALL),
        ({"where": ("State=in",)}, OF_IN),
        ({"where": ("State!=out", "offer_id=4521")}, OF_ALL),
        ({"period": "2026-06-01/2026-06-30"}, OF_ALL),
        ({"period": "2026-06-01/2026-06-30"}, OF_JUNE),
    ],
)
def test_of_all_rows_or_of_those_that_remain(
    tmp_path: Path, option: dict[str, Any], amount: str, message_id: str, *, is_above: bool
) -> None:
    """With an id it is a question; without one it is a total, and in none."""
    line = total(amount, message_id)
    path = written(tmp_path / "june.csv", [line, *ROWS] if is_above else [*ROWS, line])
    found = heard(path, **option)
    if not message_id:
        assert found.codes["total_row"] == 1
        return
    assert "is the sum of all other rows" in found.said
    assert found.said.count("may be a total") == 1
    rest = 6 if "period" in option else 7
    assert heard(path, **{**option, "where": (*option.get("where", ()), *found.options("--where"))}).posted == rest
    assert heard(path, **option, ignore=found.options("--ignore")).posted == rest + 1


@pytest.mark.parametrize("amount", [OF_ALL, OF_IN])
def test_beside_hidden_rows_and_other_currencies(tmp_path: Path, amount: str) -> None:
    """What a filter of the workbook hides, and what --currency leaves out, may be in it."""
    sheet_path = tmp_path / "june.xlsx"
    with xlsxwriter.Workbook(sheet_path) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([HEADER, *ROWS, total(amount)]):
            sheet.write_row(n, 0, [row[0], float(row[1]) if n else row[1], *row[2:]])
            if row[5] == "out":
                sheet.set_row(n, options={"hidden": True})
    assert "is the sum of all other rows" in heard(sheet_path, hidden="skip").said
    in_two = [(row[0], ("€" if row[5] == "out" else "$") + row[1], *row[2:]) for row in [*ROWS, total(amount)]]
    assert "is the sum of all other rows" in heard(written(tmp_path / "june.csv", in_two), currency="$").said


GROUPS = [*ROWS[:3], total("6.30"), *ROWS[3:6], total("15.30", "xYz12346")]


@pytest.mark.parametrize(
    "lines",
    [
        [(*row[:5], ("Total " if row[0][0] == "x" else "") + row[5]) for row in GROUPS],  # by a label
        [(*row[:4], "" if row[0][0] == "x" else row[4], row[5]) for row in GROUPS],  # without a time
        [(*row[:3], "" if row[0][0] == "x" else "77", *row[4:]) for row in GROUPS],  # by a kind of lines
        [*ROWS[:6], ("Off_4521", *total("21.60")[1:])],  # of an offer
    ],
)
def test_of_groups(tmp_path: Path, lines: list[tuple[str, ...]]) -> None:
    """Sums of groups are sums of what was left out, too."""
    found = heard(written(tmp_path / "june.csv", lines), where=("State!=out",))
    assert "may be" in found.said
    assert not found.posted


@pytest.mark.parametrize(
    "option", [{"where": ("State=in",)}, {"where": ("message_id!=tfb0ra07",)}, {"period": "2026-06-01/2026-06-30"}]
)
def test_rows_beside_those_left_out_are_rows(tmp_path: Path, option: dict[str, Any]) -> None:
    """What is left out asks nothing, and no row is taken for a total."""
    amounts = ("5.00", "10.00", "15.00", "10.00", "5.00", "20.00", "15.00", "80.00", "10.00")
    table = [(row[0], amount, *row[2:]) for row, amount in zip(ROWS, amounts, strict=True)]
    found = heard(written(tmp_path / "june.csv", table), **option)
    assert "total" not in found.said
    assert found.posted >= 6
    with_total = written(tmp_path / "july.csv", [*ROWS, total(OF_ALL)])
    assert heard(with_total, where=("message_id!=xYz12345", "State=in")).posted == 7
