"""Decimal points or decimal commas: the revenue column is read as a whole."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import InputError
from importer.model import FIELDS
from importer.run import run_check
from importer.schema import DecimalEvidence
from importer.settings import InputSettings
from tests.support.normalised import column

if TYPE_CHECKING:
    from pathlib import Path

ONLY_COMMA = (
    *("24,99", "1.234,56", "0,123", "1234,567", ",5", ",500", "1.234.567", "1.234.567,8", "24,9", "1,2345", "-24,99"),
    *("€24,99", "24,99 €", "24,99 EUR", "EUR 1.234,50", " 24,99 ", "+24,99", "(24,99)", "1 234,56", "00,123", "1,5e3"),
)
ONLY_POINT = ("24.99", "1,234.56", "0.123", "1234.567", ".5", "1,234,567", "24.9", "$24.99", "1.2345", "1.5e3")
EITHER = ("1.234", "1,234", "$12.345", "999,999")
NEITHER = (
    "24",
    "0",
    "1e3",
    "",
    "abc",
    "1,23.4",
    "12,34,567",
    "1.23,4",
    "N/A",
    "24,",
    "24.",
    "2026-02-08",
    ",",
    "1,2,3",
)


def nowhere(_: int) -> None:
    """The address of a cell in a file that has none."""


def judge(*cells: str | None, delimiter: str | None = ",", source: str = "june.csv") -> DecimalEvidence:
    """The evidence of a column, given in batches of three."""
    evidence = DecimalEvidence()
    for start in range(0, len(cells), 3):
        part = cells[start : start + 3]
        evidence.add(source, delimiter, batch(*part, first=start + 1), nowhere)
    return evidence


def batch(*cells: str | None, first: int = 1, as_written: bool = False) -> pl.DataFrame:
    """Revenue cells as `add` takes them."""
    rows = pl.Series("row", range(first, first + len(cells)), dtype=pl.UInt32)
    cell = pl.Series("cell", cells, dtype=pl.String)
    return pl.DataFrame([rows, cell]).with_columns(line=pl.col("row") + 1, as_written=as_written)


def refusal(evidence: DecimalEvidence) -> str:
    """What is said of the column."""
    with pytest.raises(InputError) as caught:
        evidence.verdict()
    return str(caught.value)


@pytest.mark.parametrize("cell", ONLY_COMMA)
@pytest.mark.parametrize("delimiter", [",", ";", None])
def test_a_cell_that_can_only_be_a_comma_is_refused(cell: str, delimiter: str | None) -> None:
    """One cell that can only be a decimal comma is enough, and is named with its row."""
    text = refusal(judge("24", "7", None, "12", cell, "3", delimiter=delimiter))
    assert f"'{cell.strip()}' (june.csv row 5)" in text
    assert "--decimal comma" in text
    assert "--decimal point" in text


def test_a_cell_of_a_workbook_is_named_by_its_address(tmp_path: Path) -> None:
    """Its row among the data is what RESULTS has; its address is what a person looks for."""
    with xlsxwriter.Workbook(tmp_path / "june.xlsx") as book:
        sheet = book.add_worksheet("October USD")
        for row, cells in enumerate([FIELDS[:3], ("tfb0raDP", "24.00", "sale"), ("tfb0raDQ", "24,99", "sale")]):
            sheet.write_row(row + 1, 1, cells)
    with pytest.raises(InputError, match=r"'24,99' \(june\.xlsx row 2, October USD!C4\)"):
        run_check(InputSettings(inputs=(str(tmp_path / "june.xlsx"),)))


def test_points_and_numbers_without_separators_are_fine() -> None:
    """Cells that can only be points, and cells without separators, say nothing against points."""
    judge(*ONLY_POINT, *NEITHER, *EITHER, None).verdict()
    judge(*ONLY_POINT, *EITHER, delimiter=";").verdict()
    judge(*NEITHER, delimiter=";").verdict()
    judge().verdict()
    judge(*EITHER).verdict()


@pytest.mark.parametrize("cell", EITHER)
@pytest.mark.parametrize("delimiter", [";", "\t", "|", None])
def test_groups_of_three_without_a_comma_between_cells_are_refused(cell: str, delimiter: str | None) -> None:
    """Single groups of three could be either in a file that a comma does not part, unless a cell is only a point."""
    assert f"'{cell}' (june.csv row 4)" in refusal(judge("24", "0", "x", cell, delimiter=delimiter))
    for point in ONLY_POINT:
        judge(cell, "24", "0", "7", point, delimiter=delimiter).verdict()


@pytest.mark.parametrize(("decimal", "revenue"), [("point", "1.234"), ("comma", "1234")])
def test_texts_of_a_workbook_beside_numbers(tmp_path: Path, decimal: Literal["point", "comma"], revenue: str) -> None:
    """A typed number says nothing of how the texts beside it are written; each answer of the advice reads them."""
    with xlsxwriter.Workbook(tmp_path / "june.xlsx") as book:
        sheet = book.add_worksheet("June")
        for row, cells in enumerate([FIELDS[:3], ("tfb0raDP", 24.5, "sale"), ("tfb0raDQ", "1.234", "sale")]):
            sheet.write_row(row, 0, cells)
    given = InputSettings(inputs=(str(tmp_path / "june.xlsx"),))
    with pytest.raises(InputError, match=rf"'1\.234' \(june\.xlsx row 2, June!B3\).*--decimal {decimal}"):
        run_check(given)
    assert run_check(replace(given, decimal=decimal)).total.revenue == Decimal("24.5") + Decimal(revenue)


def test_each_semicolon_file_speaks_for_itself() -> None:
    """The points of one file say nothing of another file's groups of three."""
    evidence = judge("24.99", delimiter=";", source="a.csv")
    evidence.add("b.csv", ";", batch("1.234"), nowhere)
    assert "b.csv row 1" in refusal(evidence)


def test_cells_that_are_sent_as_written_show_points_and_hide_no_comma() -> None:
    """A point is heard among cells that are sent as they are written, and a comma beside them too."""
    evidence = DecimalEvidence()
    evidence.add("a.csv", ";", batch("1.234", "24.99", as_written=True), nowhere)
    evidence.add("a.csv", ";", batch("1.234", as_written=True), nowhere)
    evidence.verdict()
    evidence.add("a.csv", ";", pl.concat([batch("1.234", as_written=True), batch("24,99", first=2)]), nowhere)
    assert "24,99' (a.csv row 2)" in refusal(evidence)


def test_a_point_among_cells_that_are_sent_as_written_tells_what_groups_are() -> None:
    """It comes first or last, and in a batch with others that are not sent so."""
    for cells in (("1.234", "24.99"), ("24.99", "1.234")):
        evidence = DecimalEvidence()
        for row, cell in enumerate(cells, 1):
            evidence.add("a.csv", ";", batch(cell, first=row, as_written=cell == "24.99"), nowhere)
        evidence.verdict()
        evidence.add("a.csv", ";", batch("7,5", first=3), nowhere)
        assert "'7,5' (a.csv row 3) can only have a comma, '24.99' (a.csv row" in refusal(evidence)


WAY_OUT = (
    "Nothing was posted. Say --decimal comma (`1.234,56`) or --decimal point (`1,234.56`); rows that are not written "
    "so are then `invalid_revenue`."
)


def test_the_first_three_cells_are_named() -> None:
    """Those of several batches, and of several files; of a line of a workbook with the cell's address."""
    evidence = judge("24", "1,1", "2,2", "3.5", "3.6", "7")
    evidence.add("july.xlsx", None, batch("3,3", first=1_234).with_columns(line=None), lambda line: f"July!B{line}")
    evidence.add("july.xlsx", None, batch("4,4", first=1_235), lambda line: f"July!B{line}")
    assert refusal(evidence) == (
        "The revenue column mixes decimal commas with decimal points: '1,1' (june.csv row 2), '2,2' (june.csv row 3), "
        f"'3,3' (july.xlsx row 1,234) can only have a comma, '3.5' (june.csv row 4) only a point. {WAY_OUT}"
    )
    others = DecimalEvidence()
    others.add("july.xlsx", None, batch("4,4", "5", "6,6", first=1_235), lambda line: f"July!B{line}")
    others.add("july.xlsx", None, batch("7,7", "8,8", first=1_238), lambda line: f"July!B{line}")
    assert refusal(others) == (
        "The revenue column has decimal commas: '4,4' (july.xlsx row 1,235, July!B1236), '6,6' (july.xlsx row 1,237, "
        f"July!B1238), '7,7' (july.xlsx row 1,238, July!B1239). {WAY_OUT}"
    )


@pytest.mark.parametrize(
    ("delimiter", "where"),
    [
        (";", "file with semicolons, as decimal commas require"),
        ("\t", "file with tabs, as decimal commas require"),
        ("|", "file with bars, as decimal commas require"),
        (None, "workbook whose amounts are texts, as somebody typed or pasted them"),
    ],
)
def test_why_groups_of_three_may_be_decimals_is_said(delimiter: str | None, where: str) -> None:
    evidence = judge("24", "1.234", "0", "1,234", "7", "12.345", "999.999", delimiter=delimiter)
    assert refusal(evidence) == (
        "The revenue column could have decimal points or decimal commas: '1.234' (june.csv row 2), '1,234' (june.csv "
        f"row 4), '12.345' (june.csv row 6), in a {where}. {WAY_OUT}"
    )


def test_texts_that_a_program_wrote_into_a_table_have_points() -> None:
    """Parquet has no lines: nobody typed its cells. A line of any other tells that it is a workbook."""
    evidence = DecimalEvidence()
    evidence.add("june.parquet", None, batch("1.234", "5").with_columns(line=None), nowhere)
    evidence.verdict()
    evidence.add("june.parquet", None, batch("1,5").with_columns(line=None), nowhere)
    assert refusal(evidence) == f"The revenue column has decimal commas: '1,5' (june.parquet row 1). {WAY_OUT}"
    some = DecimalEvidence()
    some.add("june.xlsx", None, batch("1.234", "5").with_columns(line=pl.Series([None, 3])), nowhere)
    assert "'1.234' (june.xlsx row 1), in a workbook" in refusal(some)


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("cells", [("24.99", "1", "2", "3", "24,99"), ("24,99", "1", "2", "3", "24.99")])
def test_a_column_that_speaks_with_two_tongues(cells: tuple[str, ...], delimiter: str) -> None:
    """A column with both kinds is refused, and the message names both."""
    text = refusal(judge(*cells, delimiter=delimiter))
    assert "mixes decimal commas with decimal points" in text
    assert "24,99" in text
    assert "24.99" in text


numbers = st.from_regex(r"\A[$]?[0-9]{0,5}(?:[.,][0-9]{1,4}){0,3}\Z").filter(lambda text: any(map(str.isdigit, text)))


@given(st.lists(numbers, min_size=1, max_size=15))
def test_evidence_agrees_with_the_rules(cells: list[str]) -> None:
    """A cell that only `--decimal comma` can read is evidence; a cell that only `--decimal point` can read is none."""
    point = [code is None for _, code in column("revenue", cells)]
    comma = [code is None for _, code in column("revenue", cells, decimal="comma")]
    for cell, by_point, by_comma in zip(cells, point, comma, strict=True):
        evidence = judge(cell)
        if by_comma and not by_point:
            refusal(evidence)
        else:
            evidence.verdict()
