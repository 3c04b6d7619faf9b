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


def test_the_first_three_cells_are_named() -> None:
    """Three cells are named, the first ones."""
    text = refusal(judge("24", "1,1", "2,2", "3,3", "4,4", "5,5"))
    assert [cell in text for cell in ("1,1", "2,2", "3,3", "4,4")] == [True, True, True, False]


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
