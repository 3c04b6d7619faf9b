"""The Excel report, read back by another reader: exact numbers, text that stays text, totals that add up."""

# ruff: noqa: DTZ001 - a spreadsheet has no zones

from __future__ import annotations

import zipfile
from datetime import datetime
from decimal import Decimal

import fastexcel
import pytest

from importer.records import Status
from importer.report import make_report, sheets, write_report
from importer.report.sheets import as_moment, as_number
from tests.support.books import a_book, line
from tests.test_report_numbers import MONTH, month


def sheet(path, name, header=0, **options):
    return fastexcel.read_excel(path).load_sheet(name, header_row=header, **options).to_polars()


def written(tmp_path, lines, **options):
    path = a_book(tmp_path / "r.csv", lines, **options)
    write_report(path, tmp_path / "r.xlsx")
    return tmp_path / "r.xlsx"


def summary(path):
    return fastexcel.read_excel(path).load_sheet("Summary", header_row=None, dtypes="string").to_polars().rows()


def test_every_status_has_its_rows_and_the_summary_its_sums(tmp_path):
    """One line for each row on the sheet of its status; rows and revenue of the summary are those of the numbers."""
    results = month(tmp_path)
    write_report(results, tmp_path / "r.xlsx")
    report = make_report([results])
    shares = {line[0]: line for line in summary(tmp_path / "r.xlsx") if line[0]}
    for status, part in report.by_status.items():
        name = sheets.words.TITLES[status]
        assert (int(float(shares[name][1])), Decimal(shares[name][3])) == (part.rows, part.revenue)
        assert Decimal(shares[name][2]) == part.revenue
        rows = sheet(tmp_path / "r.xlsx", name)
        assert rows.height == part.rows + 1
        numbers = [Decimal(repr(number)) for number in rows["revenue"].to_list()[:-1] if number is not None]
        assert sum(numbers) == part.revenue
        assert Decimal(repr(rows["revenue"][-1])) == part.revenue
    assert (shares["The file"][1], Decimal(shares["The file"][3])) == ("9", report.total.revenue)
    assert Decimal(shares["The file"][2]) == report.total.revenue


def test_ids_are_text_amounts_numbers_and_times_dates(tmp_path):
    """Leading zeros stay, amounts can be added up, and times are dates of the calendar, in UTC."""
    book = written(
        tmp_path, [line(1, message_id="00012345", offer_id="1e5", revenue="24.90"), line(2, revenue="0.001")]
    )
    rows = sheet(book, "Recorded")
    assert rows["message_id"].to_list()[:2] == ["00012345", "m0000002"]
    assert rows["offer_id"][0] == "1e5"
    assert rows["revenue"].to_list()[:2] == [24.9, 0.001]
    assert rows["timestamp (UTC)"][0] == datetime(2026, 6, 15, 12)
    assert rows["finished_at (UTC)"][0] == datetime(2026, 7, 1, 8, 0, 1, 500_000)


def test_amounts_that_a_spreadsheet_would_damage_are_text(tmp_path):
    """Beyond 15 digits a number would lose cents: the cell is text, the exact sum too, and it is said."""
    book = written(tmp_path, [line(1, revenue="12345678901234.56"), line(2, revenue="1.50")])
    rows = sheet(book, "Recorded", dtypes="string")
    assert rows["revenue"].to_list() == ["12345678901234.56", "1.5", "1.5"]
    texts = [cell for line in summary(book) for cell in line if cell]
    assert "12345678901236.06" in texts
    assert any("its SUM leaves them out" in text for text in texts)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", '=HYPERLINK("http://x")', "http://example.org", "\t=1", "{=1}"]
)
def test_nothing_from_the_data_becomes_a_formula_or_a_link(tmp_path, text):
    """Cells that look like formulas or addresses are the text that they are."""
    book = written(tmp_path, [line(1, "rejected", source=text, message_id=text, offer_id=text, error_message=text)])
    row = sheet(book, "Rejected").row(0, named=True)
    assert [row[name] for name in ("source", "message_id", "offer_id", "error_message")] == [text] * 4
    with zipfile.ZipFile(book) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.endswith(".xml")}
    formulas = [part for name, part in parts.items() if "<f>" in part and "worksheets" in name]
    assert not any(
        "HYPERLINK" in part.split("<f>")[i].split("</f>")[0]
        for part in formulas
        for i in range(1, part.count("<f>") + 1)
    )
    assert not any("<hyperlink" in part for part in parts.values())


def test_kept_columns_come_along(tmp_path):
    """What `--keep` repeated in RESULTS stands in the workbook too."""
    lines = [
        {**line(1), "Invoice": "INV-1"},
        {**line(2, "invalid", "$3", error_code="invalid_message_id"), "Invoice": None},
    ]
    results = a_book(tmp_path / "r.csv", lines, keep=["Invoice"])
    write_report(results, tmp_path / "r.xlsx")
    assert sheet(tmp_path / "r.xlsx", "Recorded")["Invoice"][0] == "INV-1"
    invalid = sheet(tmp_path / "r.xlsx", "Invalid")
    assert (invalid["revenue"][0], invalid["revenue as read"][0]) == (3, "$3")


def test_more_rows_than_a_sheet_holds(tmp_path, monkeypatch):
    """What finds no room is counted and said; the summary's totals are of all rows."""
    monkeypatch.setattr(sheets, "MAX_ROWS", 5)
    book = written(tmp_path, [line(row, revenue="2.00") for row in range(1, 11)])
    assert sheet(book, "Recorded").height == 4
    assert any("3 rows" in cell and "7 more" in cell for line in summary(book) for cell in line if cell)
    shares = {line[0]: line for line in summary(book) if line[0]}
    assert (shares["Recorded"][1], shares["Recorded"][3]) == ("10", "20.00")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.00", 0.0), ("999999999999999", 999999999999999.0), ("0.123456789012345", 0.123456789012345),
     ("1234567890123.45", 1234567890123.45), ("12345678901234.56", None), ("1000000000000000", None)],
)  # fmt: skip
def test_fifteen_digits_are_the_border(text, number):
    """A spreadsheet keeps 15 significant digits; what has more is not given to it as a number."""
    assert as_number(Decimal(text)) == number


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-08T12:00:00Z", datetime(2026, 2, 8, 12)),
        ("2026-02-08T12:00:00.5Z", datetime(2026, 2, 8, 12, 0, 0, 500_000)),
        ("2026-02-08T12:00:00.123456Z", None),
        ("1899-12-31T00:00:00Z", None),
        ("2026-02-30T00:00:00Z", None),
        ("June", None),
    ],
)
def test_times_that_a_spreadsheet_cannot_hold_are_text(text, moment):
    """Microseconds and years before 1901 would be changed: they stay text."""
    assert as_moment(text) == moment


def test_an_empty_file_has_a_workbook(tmp_path):
    """No row at all is a result too."""
    assert any("nothing to record" in cell for line in summary(written(tmp_path, [])) for cell in line if cell)


def test_all_statuses_of_a_month_have_a_sheet(tmp_path):
    """The sheets are named as the statuses are."""
    names = fastexcel.read_excel(written(tmp_path, MONTH)).sheet_names
    assert names == ["Summary", "Where the money is", "Audit", *(sheets.words.TITLES[status] for status in Status)]
