"""Lines that sum up others are in no total of money, and no row is taken for one."""

from __future__ import annotations

import csv
import shlex
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model import Share, Status
from importer.run.pipeline import run_check
from importer.schema import TotalRows
from importer.settings import InputSettings
from importer.sources.excel.marks import adds_up_rows
from tests.schema.tables import batches
from tests.support.examples import FEWER_EXAMPLES
from tests.support.inputs import rows, total, write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.model import Summary

HEADER = ("message_id", "revenue", "attribution_type", "Date")
ROWS = [("tfb0raDP", "10.10", "sale", "2026-06-01"), ("tfb0raDQ", "20.20", "sale", "2026-06-02")]


def checked(path: Path, **options: Any) -> Summary:
    return run_check(InputSettings(inputs=(str(path),), **options))


def summary_of(path: Path, table: Sequence[Sequence[str]], **options: Any) -> Summary:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *table])
    return checked(path, **options)


@pytest.mark.parametrize(
    "line",
    [
        ("Total", "30.30", "", ""),
        ("Grand Total:", "$30.30", "", ""),
        ("TOTAL (2 rows)", "1", "", ""),
        ("Summe", "30.30", "sale", ""),
        ("Gesamtsumme", "30.3", "", ""),
        ("Total général", "30.30", "", ""),
        ("Suma", "9.99", "", ""),
        ("Subtotal", "12.00", "sale", "2026-06-02"),
        ("Total123", "30.30", "sale", "2026-06-02"),
        ("Totalsum", "30.30", "sale", "2026-06-02"),
        ("TOTAL_EU", "30.30", "sale", "2026-06-02"),
        ("SUMTOTAL", "30.3", "sale", ""),
        ("Gesamt01", "30.30", "sale", "2026-06-02"),
        ("06_Summe", "30.30", "sale", "2026-06-02"),
        ("SUM_JUNE", "30.30", "sale", "2026-06-02"),
        ("JuneSum1", "30.30", "sale", "2026-06-02"),
        ("TTL_2026", "30.30", "sale", "2026-06-02"),
        ("", "12.00", "", "Total"),
        ("", "12.00", "", "June Total"),
        ("", "12.00", "", "Acme-Total"),
        ("", "30.30", "", ""),
        ("", "30.3000", "sale", "2026-06-02"),
        ("-", "30.30", "", ""),
        ("N/A", "30.30", "sale", ""),
        ("Итого", "30.30", "", ""),
        ("Összesen: 2", "30.30", "", ""),
        ("合計", "30.30", "", ""),
        ("Somme", "9.99", "sale", ""),
        ("Σ", "30.30", "", ""),
        ("All", "30.30", "", ""),
        ("2 rows", "30.30", "", "2026-06-30"),
        ("Net revenue", "30.3", "", ""),
    ],
)
def test_a_total_is_in_no_total(tmp_path: Path, line: tuple[str, ...]) -> None:
    """By a word where an id should be, or anywhere without an id, or by its amount."""
    summary = summary_of(tmp_path / "june.csv", [*ROWS, line], expect_total="30.30")
    assert summary.by_code == {"total_row": 1}
    assert summary.total == Share(3, Decimal("30.30"))
    assert summary.by_status[Status.INVALID] == Share(1, Decimal("0.00"))
    assert summary.findings[0].examples[0].text.startswith("total_row: ")


@pytest.mark.parametrize("label", ["Total", "SUMME", "Grand total:"])
def test_where_any_text_is_an_id_a_word_for_totals_is_none(tmp_path: Path, label: str) -> None:
    """Though nothing else is wrong with its row."""
    table = [*ROWS, (label, "30.30", "sale", "2026-06-02")]
    summary = summary_of(tmp_path / "june.csv", table, any_message_id=True)
    assert summary.by_code == {"total_row": 1}


@pytest.mark.parametrize(
    "line",
    [
        ("tfb0raDR", "30.30", "sale", "2026-06-02"),
        ("tfb0raTT", "30.31", "sale", "2026-06-02"),
        ("All", "30.31", "", ""),
        ("2 rows", "30.30", "sale", ""),
        ("aTotaaLb", "30.30", "sale", "2026-06-02"),
        ("", "30.31", "sale", "2026-06-02"),
        ("", "10.10", "sale", "2026-06-02"),
        ("short", "30.30", "sale", "2026-06-02"),
    ],
)
def test_another_row_is_none(tmp_path: Path, line: tuple[str, ...]) -> None:
    """What has a message id, or an amount of its own, counts as always."""
    summary = summary_of(tmp_path / "june.csv", [*ROWS, line])
    assert "total_row" not in summary.by_code
    assert summary.total.revenue == Decimal("30.30") + Decimal(line[1])


def test_subtotals_and_a_grand_total(tmp_path: Path) -> None:
    """Each is the sum since the last, the last one of all; a group of one row counts where there were others before."""
    table = [
        *ROWS,
        ("", "30.30", "", ""),
        ROWS[0],
        ("", "10.10", "", ""),
        *ROWS,
        ("", "30.30", "", ""),
        ("", "70.70", "", ""),
    ]
    summary = summary_of(tmp_path / "june.csv", table, duplicates="post")
    assert summary.by_code == {"total_row": 4}
    assert summary.total.revenue == Decimal("70.70")


MORE = [("tfb0raDR", "5.00", "sale", "2026-06-03"), ("tfb0raDS", "7.00", "sale", "2026-06-03")]


@pytest.mark.parametrize(
    ("table", "totals"),
    [
        ([("", "30.30", "", ""), *ROWS], 1),
        ([("-", "$30.30", "sale", "2026-06-02"), *ROWS], 1),
        ([("", "42.30", "", ""), *ROWS, *MORE, ("", "42.30", "", "")], 2),
        ([("", "42.30", "", ""), ("", "30.30", "", ""), *ROWS, ("", "12.00", "", ""), *MORE], 3),
        ([("", "30.30", "sale", ""), *ROWS, ("", "5.00", "sale", ""), MORE[0]], 2),
        ([("", "29.30", "", ""), *ROWS, ("tfb0raDT", "-1.00", "sale", "")], 1),
        ([("", "37.30", "", ""), *ROWS, ("", "7.00", "sale", "2026-06-03")], 1),
        ([("", "30.31", "", ""), *ROWS], 0),
        ([("", "10.10", "sale", "2026-06-01"), *ROWS], 0),
        ([("", "30.30", "", ""), *ROWS, MORE[0]], 0),
    ],
)
def test_a_total_above_its_rows(tmp_path: Path, table: list[tuple[str, ...]], totals: int) -> None:
    """A report may begin with its total, and a group with its sum: neither counts, in control totals either."""
    summary = summary_of(tmp_path / "june.csv", table)
    assert summary.by_code.get("total_row", 0) == totals
    assert summary.by_code.get("missing_message_id", 0) == sum(len(row[0]) < 8 for row in table) - totals
    if totals:
        own = [Decimal(row[1]) for row in table if len(row[0]) == 8 or row == ("", "7.00", "sale", "2026-06-03")]
        assert summary.total.revenue == sum(amount for amount in own if amount > 0)


def test_a_total_above_is_looked_for_in_each_file(tmp_path: Path) -> None:
    """Also where rows come in several batches; other files are none of its rows."""
    many = rows(400, plain=True)
    amount = total(many)
    for name in ("june.csv", "july.csv"):
        write_csv(tmp_path / name, many)
        text = (tmp_path / name).read_text("utf-8").split("\n", 1)
        (tmp_path / name).write_text(f"{text[0]}\n,{amount},,,\n{text[1]}", "utf-8")
    summary = run_check(InputSettings(inputs=(str(tmp_path / "*.csv"),), duplicates="post"))
    assert (summary.by_code, summary.total) == ({"total_row": 2}, Share(802, 2 * amount))


@pytest.mark.parametrize(
    ("table", "totals"),
    [
        ([ROWS[0], ("", "10.10", "sale", ""), *ROWS, ("", "30.30", "sale", ""), ("", "40.40", "sale", "")], 3),
        ([ROWS[0], ("", "10.10", "sale", ""), ROWS[1], ("", "20.20", "sale", ""), ("", "30.30", "sale", "")], 3),
        ([ROWS[0], ("", "10.10", "", "")], 1),
        ([ROWS[0], ("", "10.10", "sale", "2026-06-01")], 0),
        ([ROWS[0], ("", "10.10", "sale", "2026-06-01"), *ROWS], 0),
        ([ROWS[0], ("", "10.10", "sale", ""), *ROWS, ("", "7.00", "sale", "")], 0),
    ],
)
def test_a_subtotal_of_a_single_row(tmp_path: Path, table: list[tuple[str, ...]], totals: int) -> None:
    """The lines behind it tell that it is one; alone it may be the row above without its id, if it has a type."""
    summary = summary_of(tmp_path / "june.csv", table, duplicates="post")
    assert summary.by_code.get("total_row", 0) == totals
    assert summary.by_code.get("missing_message_id", 0) == sum(not row[0] for row in table) - totals


@pytest.mark.parametrize("amount", ["980.00", "1000.00", "$1,000.00"])
@pytest.mark.parametrize("name", ["Total", "Netto gesamt", ""])
def test_a_total_with_refunds_or_without(tmp_path: Path, amount: str, name: str) -> None:
    """A footer less the refunds, and one of the sales alone: known by its amount, whatever it is called."""
    table = [
        ("tfb0raDP", "700.00", "sale", "2026-06-01"),
        ("tfb0raDQ", "300.00", "sale", "2026-06-02"),
        ("tfb0raDR", "-20.00", "sale", "2026-06-03"),
        ("", amount, "", name),
    ]
    summary = summary_of(tmp_path / "june.csv", table)
    assert summary.by_code == {"negative_revenue": 1, "total_row": 1}
    assert (summary.total.revenue, summary.refunds) == (Decimal(1000), Share(1, Decimal("-20.00")))


def test_subtotals_with_refunds(tmp_path: Path) -> None:
    """Of each group, less its own refunds; an amount between the two is none."""
    table = [
        *ROWS,
        ("tfb0raDR", "(0.30)", "sale", "2026-06-03"),
        ("", "30.00", "", ""),
        ("tfb0raDS", "5.00", "sale", "2026-06-03"),
        ("tfb0raDT", "-1.00", "sale", "2026-06-03"),
        ("", "4.00", "", ""),
        ("", "34.00", "", ""),
        ("", "33.90", "", ""),
    ]
    summary = summary_of(tmp_path / "june.csv", table)
    assert summary.by_code == {"negative_revenue": 2, "total_row": 3, "missing_message_id": 1}


def test_an_excluded_total_counts_nowhere(tmp_path: Path) -> None:
    """It is left out like its neighbours, and its money is in no total all the same."""
    summary = summary_of(tmp_path / "june.csv", [*ROWS, ("Total", "30.30", "", "")], where=("attribution_type=sale",))
    assert summary.by_status[Status.EXCLUDED] == Share(1, Decimal("0.00"))
    assert (summary.total.revenue, summary.exit_status) == (Decimal("30.30"), 0)


@pytest.mark.parametrize("said", ["Total", "Summe: 2, netto", "", "-", "it's Total"])
@pytest.mark.parametrize("title", ["message_id", "SMS ID"])
def test_the_advice_leaves_it_out(tmp_path: Path, said: str, title: str) -> None:
    """Followed to the letter, nothing is left to do, and no file has to be edited."""
    path = tmp_path / "june.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([(title, *HEADER[1:]), *ROWS, (said, "30.30", "", "")])
    mapping = {"message_id": title}
    (finding,) = checked(path, map=mapping).findings
    words = shlex.split(finding.examples[0].text.split("; ")[1])
    followed = checked(path, map=mapping, where=(words[1],))
    assert (words[0], followed.exit_status, followed.posted) == ("--where", 0, Share(2, Decimal("30.30")))


def test_ids_of_any_length(tmp_path: Path) -> None:
    """A word by itself is no id there either; one with more to it may be."""
    summary = summary_of(
        tmp_path / "june.csv",
        [*ROWS, ("Total", "1", "sale", ""), ("Total-7", "2", "sale", "")],
        any_message_id=True,
        ignore=("message_id",),
    )
    assert summary.by_code == {"total_row": 1}
    assert summary.posted == Share(3, Decimal("32.30"))


@FEWER_EXAMPLES
@given(st.integers(2, 60), st.integers(0, 50))
def test_no_row_with_a_message_id_is_one(tmp_path_factory: pytest.TempPathFactory, n: int, start: int) -> None:
    """However much it is: also where it happens to be the sum of those above, and another cell speaks of a total."""
    chosen = rows(n, start=start, plain=True)
    amount = total(chosen)
    path = write_csv(tmp_path_factory.mktemp("rows") / "june.csv", chosen)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"Tobals_1,{amount},sale,Total,\n,{amount + amount},sale,,\n")
    summary = checked(path, ignore=("timestamp", "offer_id", "message_id"))  # a person has said that it is none
    assert summary.by_code == {"total_row": 1}
    assert summary.total == Share(n + 2, amount + amount)


@pytest.mark.parametrize(
    ("formula", "adds_up"),
    [
        ("SUM(B2:B3)", True),
        ("SUBTOTAL(9,B2:B3)", True),
        ("SUBTOTAL(109,Table1[Revenue])", True),
        ("ROUND(SUM($B$2:$B$3),2)", True),
        ("SUM(B:B)", True),
        ("SUM(B2,B3)", True),
        ("SUM(C4:D4)", False),
        ("SUM(Table1[@[Net]:[Tax]])", False),
        ("SUM(Data!B2:B3)", False),
        ("SUMIF(A2:A3,A4,B2:B3)", False),
        ("B2+B3", False),
        ('IF(A4="SUM(B2:B3)",1,2)', False),
        ("SUM(C2:D3)", False),
    ],
)
def test_formulas(formula: str, *, adds_up: bool) -> None:
    """What adds up its own column in other rows sums them up; what adds up its own row is an amount like any."""
    assert adds_up_rows(formula, 4, 2) is adds_up


SUMS_UP = "total_row: The line sums up others ({!r}), and is no row: its money is that of the rows"
WITHOUT_AN_ID = "; --where 'message_id!=\"\"' leaves it out, as it does all rows without an id"
IN_BETWEEN = "2026-01-31T23:30:00-08:00"  # months: in UTC it is February


@pytest.mark.parametrize(
    ("line", "said"),
    [
        *(
            (
                (word, "$9.99", "sale", "", ""),
                SUMS_UP.format("$9.99") + f"; --where 'message_id!={word}' leaves it out.",
            )
            for word in ("Subtotal", "SUBTOTAL", "subtotal", "SubTotal")
        ),
        (("subTotal", "9.99", "sale", "", ""), None),
        (("Totality", "9.99", "sale", "", ""), None),
        (("Totalsum", "6.00", "sale", "", ""), None),
    ],
)
def test_words_that_have_as_many_characters_as_an_id(line: tuple[str, ...], said: str | None) -> None:
    table = [("tfb0raDP", "2.00", "sale", "", ""), ("tfb0raDQ", "3.00", "sale", "", ""), line]
    ((rows, cells, columns),) = batches(table)
    found = TotalRows(any_id=False)(rows, cells, columns)
    assert found["error_message"][2] == said


def test_what_is_left_of_a_total() -> None:
    """Nothing that counts; the rows beside it stay as they are, and its first fault is what it is."""
    table = [
        ("tfb0raDP", "2.00", "sale", "", IN_BETWEEN),
        ("", "-2.00", "click", "Sum", IN_BETWEEN),
        ("Total", "2.00", "sale", "", IN_BETWEEN),
        ("", "", "", "", "Total"),
        ("tfb0raDQ", "-3.00", "send", "", IN_BETWEEN),
    ]
    ((rows, cells, columns),) = batches(table)
    found = TotalRows(any_id=False)(rows, cells, columns)
    assert found["error_code"].to_list() == [None, *["total_row"] * 3, "negative_revenue"]
    own = ("amount", "kind", "refund", "month_moved")
    assert found.select(own).rows()[1:4] == [(None, None, None, False)] * 3
    assert found[[0, 4]].equals(rows[[0, 4]])
    assert found.select(own).rows()[0] == (Decimal(2), "sale", None, True)
    assert found.drop(*own, "error_code", "error_message").equals(rows.drop(*own, "error_code", "error_message"))
    assert found["error_message"].to_list()[1:4] == [
        f"{SUMS_UP.format('-2.00')}{WITHOUT_AN_ID}; {rows['error_message'][1]}",
        f"{SUMS_UP.format('2.00')}; --where 'message_id!=Total' leaves it out; {rows['error_message'][2]}",
        f"{SUMS_UP.replace(' ({!r})', '')}{WITHOUT_AN_ID}; {rows['error_message'][3]}",
    ]
