"""A total with something in the place of an id is a question, and no other row is."""

from __future__ import annotations

import csv
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import InputError
from importer.run.pipeline import run_check
from importer.settings import InputSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.model import Summary

HEADER = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp", "Name")
ROWS = [(f"tfb0ra{n:02}", f"{n}.10", "sale", "", f"2026-06-0{n}", "Ann") for n in range(1, 4)]  # 6.30


def checked(path: Path, table: Sequence[Sequence[str]], **options: Any) -> Summary:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *table])
    return run_check(InputSettings(inputs=(str(path),), **options))


TOTALS = [
    *(
        (f"{label}", "6.30", "sale", "", "", "")
        for label in ("GrandTot", "Insgesmt", "ALLROWS1", "June2026", "00000000")
    ),
    ("Balance_", "$6.30", "sale", "", "", ""),
    ("All_2026", "6.30", "click", "", " ", "Bob"),
    ("xYz12345", "6.30", "sale", "Total", "2026-06-30", ""),
    ("xYz12345", "6.30", "sale", "", "2026-06-30", "Grand total"),
    ("xYz12345", "6.30", "sale", "", "2026-06-30", "All"),
    ("xYz12345", "6.30", "sale", "", "2026-06-30", "Gesamtsumme"),
]


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize("is_above", [False, True])
def test_the_sum_of_all_others_is_a_question(tmp_path: Path, total: tuple[str, ...], is_above: bool) -> None:
    """What is advised leaves it out, or takes it."""
    path, table = tmp_path / "june.csv", [total, *ROWS] if is_above else [*ROWS, total]
    with pytest.raises(InputError) as caught:
        checked(path, table)
    words = shlex.split(str(caught.value).replace("'s", "s"))
    where, ignore = (words[words.index(option) + 1] for option in ("--where", "--ignore"))
    assert checked(path, table, where=(where,)).posted.rows == 3
    assert checked(path, table, ignore=(ignore,)).posted.rows == 4


@pytest.mark.parametrize(
    "table",
    [
        [ROWS[0], ("tfb0raXX", "1.10", "sale", "", "", "")],
        [*ROWS, ("GrandTot", "6.31", "sale", "", "", "")],
        [*ROWS, ("tfb0raXX", "6.30", "sale", "", "2026-06-04", "Ann")],
        [*ROWS, ("tfb0raXX", "5.00", "sale", "", "2026-06-04", "Total")],
        [*ROWS, ("tfb0raXX", "6.30", "sale", "TotalEnergies", "2026-06-04", "Allen")],
        [*((*row[:4], "", "") for row in ROWS), ("tfb0raXX", "6.30", "sale", "", "", "")],
        [(f"tfb0ra{n:02}", "0", "click", "", "", "All") for n in range(3)],
    ],
)
def test_other_rows_are_none(tmp_path: Path, table: list[tuple[str, ...]]) -> None:
    """Two equal rows, an amount of its own, a row that has all that others have: nobody is asked."""
    assert checked(tmp_path / "june.csv", table).posted.rows == len(table)


MORE = [(f"tfb0rb{n:02}", f"{n}.20", "sale", "", f"2026-07-0{n}", "Ann") for n in range(1, 4)]  # 6.60


def line(label: str, amount: str) -> tuple[str, ...]:
    return label, amount, "sale", "", "", ""


GROUPS = [
    ([*ROWS, line("GroupNrd", "6.30"), *MORE, line("GroupSth", "6.60")], 6),
    ([line("GroupNrd", "6.30"), *ROWS, line("GroupSth", "6.60"), *MORE], 6),
    ([*ROWS, line("Campaign", "6.30"), *MORE, line("Campaign", "6.60"), line("AllOfJun", "12.90")], 6),
    ([line("AllOfJun", "12.90"), line("DE______", "6.30"), *ROWS, line("AT______", "6.60"), *MORE], 6),
    ([*ROWS, line("DE-North", "6.30"), MORE[0], line("DE-South", "1.20"), *MORE[1:], line("DE-West_", "5.40")], 6),
    ([*ROWS[:2], line("its-sum_", "3.20"), ROWS[2], line("tfb0raXX", "9.99")], 4),
    ([*ROWS, line("GroupNrd", "6.30"), *MORE], 6),
]


@pytest.mark.parametrize(("table", "rows"), GROUPS)
def test_sums_of_groups_are_a_question(tmp_path: Path, table: list[tuple[str, ...]], rows: int) -> None:
    """Above or below their rows, with a total of all or without: one command leaves them out, or takes them."""
    path = tmp_path / "june.csv"
    with pytest.raises(InputError) as caught:
        checked(path, table)
    sentence = str(caught.value)
    where, ignore = (
        shlex.split(sentence[sentence.index(option) :])[1].rstrip(".;") for option in ("--where", "--ignore")
    )
    assert checked(path, table, where=(where,)).posted.rows == rows
    assert checked(path, table, ignore=(ignore,)).posted.rows == len(table)


@pytest.mark.parametrize(
    "table",
    [
        [*ROWS, line("tfb0raXX", "6.31"), *MORE, line("tfb0raXY", "6.61")],
        [ROWS[0], line("tfb0raXX", "1.10"), ROWS[1], line("tfb0raXY", "2.10")],
        [*ROWS, line("tfb0raXX", "6.30"), *MORE, line("tfb0raXY", "1.00"), line("tfb0raXZ", "2.00")],
        [line(row[0], row[1]) for row in (*ROWS, *MORE)],
        [*ROWS, ("GroupNrd", "6.30", "sale", "", "2026-06-30", "Ann"), *MORE],
    ],
)
def test_rows_that_only_lack_a_timestamp_are_rows(tmp_path: Path, table: list[tuple[str, ...]]) -> None:
    """Amounts of their own, groups of one row, a sum among other lines, files without times: nobody is asked."""
    assert checked(tmp_path / "june.csv", table).posted.rows == len(table)
