"""Totals that have an id, a time and an offer like all rows: of groups that a column tells, and of several inputs."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.checked import heard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp", "Partner")
GROUPS = {"Acme": ("1.10", "2.20", "3.30"), "Beta": ("4.10", "5.40", "6.30"), "Cid": ("7.10",)}


def row(n: int, amount: str, group: str, message_id: str = "") -> tuple[str, ...]:
    return message_id or f"tfb0ra{n:02}", amount, "sale", "4521", f"2026-06-{n % 28 + 1:02}", group


def grouped(*, is_above: bool, one_id: bool = False, off: str = "0", groups: Sequence[str] = tuple(GROUPS)) -> list:
    table = []
    for number, group in enumerate(groups):
        amounts = GROUPS[group]
        rows = [row(10 * number + n, amount, group) for n, amount in enumerate(amounts)]
        money = str(sum(map(Decimal, amounts)) + (Decimal(off) if number else 0))
        total = row(90 + number, money, group, "xYz12345" if one_id else f"xYz1234{number}")
        table += [total, *rows] if is_above else [*rows, total]
    return table


def written(path: Path, table: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *table])
    return path


@pytest.mark.parametrize("one_id", [False, True])
@pytest.mark.parametrize("is_above", [False, True])
@pytest.mark.parametrize("grand", [(), (row(99, "29.50", ""),)])
def test_each_group_with_its_sum_is_a_question(
    tmp_path: Path, grand: tuple[tuple[str, ...], ...], *, one_id: bool, is_above: bool
) -> None:
    """By nothing but the amounts and the partner that they repeat, above their rows or below them."""
    table = [*grouped(is_above=is_above, one_id=one_id), *grand]
    found = heard(path := written(tmp_path / "june.csv", table))
    assert "by the column 'Partner' some rows may be totals" in found.said
    assert f"{3 + len(grand)} rows ({'59.00' if grand else '29.50'}), are each the sum" in found.said
    assert heard(path, where=found.options("--where")).posted == 7
    assert heard(path, ignore=found.options("--ignore")).posted == len(table)


@pytest.mark.parametrize(
    "table",
    [
        grouped(is_above=False, off="0.01"),
        grouped(is_above=True, groups=("Acme",)),
        [*grouped(is_above=False), row(50, "8.00", "Dan"), row(51, "8.50", "Dan")],
        [row(n, f"{3 + n // 2}.17", f"P{n // 2}") for n in range(12)],
        [row(n, amount, "AB"[n // 3]) for n, amount in enumerate(("10", "15", "25", "10", "20", "30"))],
        [row(n, f"{n}.10", "AB"[n % 2]) for n in range(1, 13)],
    ],
)
def test_groups_without_their_sums_are_rows(tmp_path: Path, table: list[tuple[str, ...]]) -> None:
    """A cent off, one group alone, one without a sum, pairs of equal amounts, a few round prices: nobody is asked."""
    assert heard(written(tmp_path / "june.csv", table), duplicates="post").posted == len(table)


ROWS = [row(n, f"{n}.10", "Acme") for n in range(1, 10)]  # 45.90
TOTAL = row(90, "45.90", "Acme", "xYz12345")


@pytest.mark.parametrize(
    "files",
    [
        (ROWS[:4], [*ROWS[4:], TOTAL]),
        ([TOTAL, *ROWS[:4]], ROWS[4:]),
        (ROWS[:4], ROWS[4:], [TOTAL]),
        (ROWS[:4], [*ROWS[4:], TOTAL], [row(40, "3.33", "Acme")]),
    ],
)
def test_the_sum_of_several_files_is_a_question(tmp_path: Path, files: Sequence[list[tuple[str, ...]]]) -> None:
    """At an end of one, or a file by itself; it is left out, or taken. Without an id it is a total."""
    paths = [written(tmp_path / f"{n}.csv", table) for n, table in enumerate(files)]
    rows = sum(map(len, files))
    found = heard(*paths, results=tmp_path / "r.csv")
    assert "is the sum of all other rows of these files, 1 row (45.90)" in found.said
    assert heard(*paths, results=tmp_path / "r.csv", where=found.options("--where")).posted == rows - 1
    assert heard(*paths, results=tmp_path / "r.csv", ignore=("message_id",)).posted == rows


def test_the_sum_of_several_files_without_an_id_is_a_total(tmp_path: Path) -> None:
    """It is in no total; and a row of another file with an amount of its own is a row."""
    paths = [written(tmp_path / f"{n}.csv", table) for n, table in enumerate((ROWS[:4], [*ROWS[4:], ("", *TOTAL[1:])]))]
    assert heard(*paths, results=tmp_path / "r.csv").codes == {"total_row": 1}
    others = [written(tmp_path / f"{n}.csv", table) for n, table in enumerate((ROWS[:4], ROWS[4:]))]
    assert heard(*others, results=tmp_path / "r.csv").posted == 9
