"""The Excel report, read back by another reader: exact numbers, text that stays text, totals that add up."""

# ruff: noqa: DTZ001 - a spreadsheet has no zones

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import zipfile
from datetime import datetime
from decimal import Decimal

import fastexcel
import pytest

from importer.codes import TITLES
from importer.model import Share, Status
from importer.report import make_report, write_report
from importer.report.excel import status_sheet
from importer.report.excel.columns import Column, on_page
from importer.report.excel.sheets import as_number
from importer.report.page.page import render
from tests.report.month import MONTH, cut, month
from tests.support.books import a_book, line

SOFFICE = shutil.which("soffice")


def sheet(path, name, header=0, **options):
    return fastexcel.read_excel(path).load_sheet(name, header_row=header, **options).to_polars()


def written(tmp_path, lines, **options):
    path = a_book(tmp_path / "r.csv", lines, **options)
    write_report(path, tmp_path / "r.xlsx")
    return tmp_path / "r.xlsx"


def summary(path):
    return fastexcel.read_excel(path).load_sheet("Summary", header_row=None, dtypes="string").to_polars().rows()


def balance(path):
    """The lines of the balance, from its heading to the difference."""
    lines = summary(path)
    names = [line[0] for line in lines]
    return {line[0]: line for line in lines[names.index("Status") : names.index("Difference") + 1]}


def test_every_status_has_its_rows_and_the_summary_its_sums(tmp_path):
    """One line for each row on the sheet of its status; rows and revenue of the summary are those of the numbers."""
    results = month(tmp_path)
    write_report(results, tmp_path / "r.xlsx")
    report = make_report([results])
    shares = balance(tmp_path / "r.xlsx")
    for status, part in report.by_status.items():
        name = TITLES[status]
        assert (int(float(shares[name][1])), Decimal(shares[name][3])) == (part.rows, part.revenue)
        assert Decimal(shares[name][2]) == part.revenue
        rows = sheet(tmp_path / "r.xlsx", name)
        assert rows.height == part.rows + 1
        numbers = [Decimal(repr(number)) for number in rows["Revenue"].to_list()[:-1] if number is not None]
        assert sum(numbers) == part.revenue
        assert Decimal(repr(rows["Revenue"][-1])) == part.revenue
    assert (shares["Sum of the sheets"][1], Decimal(shares["Sum of the sheets"][3])) == ("9", report.total.revenue)
    assert Decimal(shares["Sum of the sheets"][2]) == report.total.revenue


def test_ids_are_text_amounts_numbers_and_times_dates(tmp_path):
    """Leading zeros stay, amounts can be added up, and times are dates of the calendar, in UTC."""
    book = written(
        tmp_path, [line(1, message_id="00012345", offer_id="1e5", revenue="24.90"), line(2, revenue="0.001")]
    )
    rows = sheet(book, "Recorded")
    assert rows["Message id"].to_list()[:2] == ["00012345", "m0000002"]
    assert rows["Offer"][0] == "1e5"
    assert rows["Revenue"].to_list()[:2] == [24.9, 0.001]
    assert rows["Timestamp (UTC)"][0] == datetime(2026, 6, 15, 12)
    assert rows["Settled (UTC)"][0] == datetime(2026, 7, 1, 8, 0, 1, 500_000)


def test_amounts_that_a_spreadsheet_would_damage_are_text(tmp_path):
    """Beyond 15 digits a number would lose cents: the cell is text, the exact sum too, and it is said."""
    book = written(tmp_path, [line(1, revenue="12345678901234.56"), line(2, revenue="1.50")])
    rows = sheet(book, "Recorded", dtypes="string")
    assert rows["Revenue"].to_list() == ["12345678901234.56", "1.5", "1.5"]
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
    assert [row[name] for name in ("File", "Message id", "Offer", "What happened")] == [text] * 4
    with zipfile.ZipFile(book) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.endswith(".xml")}
    formulas = [part for name, part in parts.items() if "<f>" in part and "worksheets" in name]
    assert not any(
        "HYPERLINK" in part.split("<f>")[i].split("</f>")[0]
        for part in formulas
        for i in range(1, part.count("<f>") + 1)
    )
    links = [link for part in parts.values() for link in re.findall("<hyperlink [^>]*>", part)]
    assert all(re.search(r"location=\"'[A-Z][a-z ]+'!A1\"", link) and "r:id" not in link for link in links), links


def test_sheets_of_rows_have_a_fixed_header_and_filters(tmp_path):
    """The header stays in view, each column can be filtered, and every sheet fits the width of a page."""
    with zipfile.ZipFile(written(tmp_path, MONTH)) as package:
        sheets = [package.read(f"xl/worksheets/sheet{number}.xml").decode() for number in range(1, 11)]
    assert all('<pane ySplit="1"' in part and "<autoFilter ref=" in part for part in sheets[3:])
    assert all('fitToHeight="0"' in part and 'paperSize="9"' in part for part in sheets)


def test_the_lines_of_the_sign_off_have_the_names_that_are_known(tmp_path):
    """Of a plan that was approved on the page; of another one its digest stands there, and nobody's name."""
    plan = "sha256:" + "cd" * 32
    given = {"plan": plan, "by": "anna", "at": "2026-07-01T07:59:30Z", "prepared_by": "=pia"}
    for approval, names in ((given, ("=pia", None, None, None, "anna, 2026-07-01")), (None, (None,) * 5)):
        lines = summary(written(tmp_path, [line(1)], plan=plan, approved=True, approval=approval))
        at = [cells[0] for cells in lines].index("Prepared by, date")
        assert tuple(cell or None for cell in lines[at - 1]) == names
        assert plan in lines[at + 2][0]


def test_the_difference_is_between_two_independent_counts(tmp_path):
    """What the run counted when it read the input is a number, the sum of the sheets a formula, and the rest, too."""
    path = month(tmp_path)
    cut(path, 1)
    write_report(path, tmp_path / "r.xlsx")
    shares = balance(tmp_path / "r.xlsx")
    assert (shares["The input"][1], Decimal(shares["The input"][3])) == ("9", Decimal("1170.705"))
    assert (shares["Difference"][1], Decimal(shares["Difference"][3])) == ("1", Decimal("24.90"))
    with zipfile.ZipFile(tmp_path / "r.xlsx") as package:
        formulas = re.findall("<f>([^<]*)</f>", package.read("xl/worksheets/sheet1.xml").decode())
    assert [one for one in formulas if re.fullmatch(r"B(\d+)-B\d+|ROUND\(C\d+-C\d+,3\)", one)] == formulas[-2:]


def test_what_is_alike_in_all_rows_has_no_column(tmp_path):
    """Headers are plain; a column with one value is said once, with a word on the summary that links to the sheet."""
    book = written(tmp_path, [line(row, revenue=f"{row}.00", offer_id=str(row)) for row in range(1, 4)])
    titles = sheet(book, "Recorded").columns
    assert titles == ["Row", "Message id", "Revenue", "Offer", "Timestamp (UTC)", "Revenue id", "Settled (UTC)"]
    assert any("Alike in all rows of the sheet Recorded: File june.csv; Type sale" in (text or "")
               for cells in summary(book) for text in cells)  # fmt: skip


def test_long_texts_take_several_lines_and_paper_stays_readable(tmp_path):
    """No cell is clipped, whatever it holds; beside each other stand as many columns as fit in 8 points."""
    lines = [
        line(row, "rejected", offer_id="o" * 60, message_id=f"{row}" * 64, error_message=f"message_not_found: {row}")
        for row in (1, 2)
    ]
    book = written(tmp_path, lines)
    with zipfile.ZipFile(book) as package:
        part = package.read("xl/worksheets/sheet4.xml").decode()
        styles = package.read("xl/styles.xml").decode()
    formats = re.findall("<xf .*?(?:/>|</xf>)", styles.partition("<cellXfs")[2].partition("</cellXfs>")[0])
    (style,) = set(re.findall(r'<c r="[A-Z]+2" s="([0-9]+)" t="inlineStr"><is><t xml:space="preserve">1{64}<', part))
    assert 'wrapText="1"' in formats[int(style)]
    assert on_page([Column("", "", 20.0)] * 12) == 8


def test_codes_stand_beside_their_words(tmp_path):
    """What happened is said without its code, which has a column of its own; a further rule is told with its own."""
    further = "; missing_revenue: The revenue is empty"
    lines = [
        line(row, "invalid", "1.00", error_code=code, error_message=f"{code}: '{row}' is not right{more}.")
        for row, code, more in ((1, "invalid_message_id", further), (2, "ragged_row", ""), (3, "missing_revenue", ""))
    ]
    book = written(tmp_path, lines)
    rows = sheet(book, "Invalid").head(2)
    assert rows.select("Reason", "Code", "What happened").rows() == [
        (
            "Invalid message id",
            "invalid_message_id",
            "'1' is not right; also missing revenue [missing_revenue]: The revenue is empty.",
        ),
        ("Wrong number of cells", "ragged_row", "'2' is not right."),
    ]
    told = [cell for cells in summary(book) for cell in cells if cell]
    assert any("Also in 1 row that is counted by another reason." in cell for cell in told)


@pytest.mark.parametrize("by", ["sheet", "currency"])
def test_sheets_and_currencies_are_not_added_up(tmp_path, by):
    """Each has a balance of its own, by a formula over its rows; no sum is over several."""
    if by == "sheet":
        lines, keep = [line(row, source=f"june.xlsx!{name}") for row, name in ((1, "EUR"), (2, "USD"), (3, "USD"))], []
    else:
        lines, keep = (
            [{**line(row), "Currency": name} for row, name in ((1, "EUR"), (2, "USD"), (3, "USD"))],
            ["Currency"],
        )
    book = written(tmp_path, lines, keep=keep)
    texts = [cell for cells in summary(book) for cell in cells if cell]
    assert "49.80" in texts
    assert "24.90" in texts
    assert "74.70" not in texts
    with zipfile.ZipFile(book) as package:
        parts = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
    assert parts[0].count("SUMIFS(") == 2
    names = [cells[0] for cells in summary(book)]
    at = names.index("All parts together")
    assert [cells[:3] for cells in summary(book)[at + 1 : at + 4]] == [
        ("Sum of the parts", "3", None), ("The input", "3", None), ("Difference", "0", None)
    ]  # fmt: skip
    assert not any(re.search(r"<f>SUM\([A-Z]+2:", part) for part in parts[1:])
    page = render(make_report([tmp_path / "r.csv"]))
    assert ("49.80" in page, "74.70" in page.partition('id="audit"')[0]) == (True, False)


def test_days_are_in_both_calendars_too(tmp_path):
    """Where the file has a zone of its own, its days have a table beside those in UTC."""
    lines = [line(1, timestamp="2026-06-15T01:00:00Z")]
    book = written(tmp_path, lines, options={"timezone": "America/New_York"})
    names = [cells[0] for cells in sheet(book, "Where the money is", header=None, dtypes="string").rows()]
    assert names[names.index("Day (UTC)") + 1] == "2026-06-15"
    assert names[names.index("Day (America/New_York)") + 1] == "2026-06-14"


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
    assert (invalid["Revenue"][0], invalid["Revenue as read"][0]) == (3, "$3")


@pytest.mark.parametrize("keep", [[], ["Currency"]])
def test_more_rows_than_a_sheet_holds_take_several(tmp_path, monkeypatch, keep):
    """Every row stands in the workbook, the summary's formulas are over all sheets of a status, and it is said."""
    monkeypatch.setattr(status_sheet, "MAX_ROWS", 5)
    lines = [{**line(row, revenue="2.00"), "Currency": "EUR" if row % 2 else "USD"} for row in range(1, 8)]
    book = written(tmp_path, lines, keep=keep)
    parts = ["Recorded", "Recorded 2", "Recorded 3"]
    assert fastexcel.read_excel(book).sheet_names[3:] == parts
    rows = [sheet(book, name, dtypes="string")["Message id"].drop_nulls().to_list() for name in parts]
    assert [one for part in rows for one in part if one] == [f"m{row:07}" for row in range(1, 8)]
    assert any("first 3 of 7 rows" in cell for line in summary(book) for cell in line if cell)
    with zipfile.ZipFile(book) as package:
        formulas = re.findall("<f>([^<]*)</f>", package.read("xl/worksheets/sheet1.xml").decode())
    if keep:
        assert sum(one.count("SUMIFS(") for one in formulas) == 6
    else:
        assert "ROWS('Recorded'!A2:A4)+ROWS('Recorded 2'!A2:A4)+ROWS('Recorded 3'!A2:A2)" in formulas
        assert balance(book)["Recorded"][1:4] == ("7", "14", "14.00")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.00", 0.0), ("0", 0.0), ("1200", 1200.0), ("0.001", 0.001), ("999999999999999", 999999999999999.0),
     ("0.123456789012345", 0.123456789012345), ("1234567890123.45", 1234567890123.45),
     ("0.000000000000000012", 0.000000000000000012), ("12345678901234.56", None),
     ("100000000000000.5", None), ("0.1234567890123456", None)],
)  # fmt: skip
def test_fifteen_digits_are_the_border(tmp_path, text, number):
    """A spreadsheet keeps 15 significant digits; what has more is not given to it as a number, in rows or in sums."""
    assert as_number(Decimal(text)) == number
    cell = sheet(written(tmp_path, [line(1, revenue=text)]), "Recorded")["Revenue"][0]
    assert cell == (text if number is None else number)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-08T12:00:00Z", datetime(2026, 2, 8, 12)),
        ("2026-02-08T12:00:00.5Z", datetime(2026, 2, 8, 12, 0, 0, 500_000)),
        ("1901-01-01T00:00:00Z", datetime(1901, 1, 1)),
        ("2026-02-08T12:00:00.123456Z", None),
        ("1900-12-31T00:00:00Z", None),
        ("1899-12-31T00:00:00Z", None),
        ("2026-02-30T00:00:00Z", None),
        ("June", None),
    ],
)
def test_times_that_a_spreadsheet_cannot_hold_are_text(tmp_path, text, moment):
    """Microseconds and years before 1901 would be changed: they stay text."""
    rows = sheet(written(tmp_path, [line(1, timestamp=text)]), "Recorded")
    assert rows["Timestamp (UTC)"][0] == (moment or text)


def test_any_text_comes_back(tmp_path):
    """What a cell of RESULTS holds is what another reader finds, but for two characters that XML cannot hold."""
    texts = [
        *("&amp;", "]]>", "<v>", "_x0041_", "a_x000D_b", "_x005F_x0041_", "\x00", "\x07", "a\rb", "a\tb\r\nc", "\x7f"),
        *("0", "1e5", "TRUE", "#N/A", "'0", " a ", "é😀", "\u202e", "x" * 32_767),
    ]
    changed = ["\ufffe\uffff", "y" * 40_000]
    lines = [line(row, "rejected", error_message=text) for row, text in enumerate([*texts, *changed], 1)]
    results = a_book(tmp_path / "r.parquet", lines)
    write_report(results, tmp_path / "r.xlsx")
    found = sheet(tmp_path / "r.xlsx", "Rejected")["What happened"].to_list()
    assert found == [*texts, "\ufffd\ufffd", "y" * 32_767, None]


def test_an_empty_file_has_a_workbook(tmp_path):
    """No row at all is a result too."""
    assert any("nothing to record" in cell for line in summary(written(tmp_path, [])) for cell in line if cell)


def test_all_statuses_of_a_month_have_a_sheet(tmp_path):
    """The sheets are named as the statuses are."""
    lines = [*MONTH, line(10, "excluded", "12.00")]
    names = fastexcel.read_excel(written(tmp_path, lines)).sheet_names
    assert names == ["Summary", "Where the money is", "Audit", *(TITLES[status] for status in Status)]


@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice (soffice) on PATH")
def test_another_program_calculates_the_same_totals(tmp_path):
    """LibreOffice, which is not told the values of the formulas, comes to the cents of the numbers, on every sheet."""
    results = month(tmp_path)
    write_report(results, tmp_path / "r.xlsx")
    formulas = without_values(tmp_path / "r.xlsx", tmp_path / "bare.xlsx")
    assert formulas > 20
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    office = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    command = [SOFFICE, office, "--headless", "--convert-to", every_sheet, "--outdir", tmp_path, tmp_path / "bare.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    shutil.rmtree(tmp_path / "office", ignore_errors=True)

    def table(name):
        return list(csv.reader((tmp_path / f"bare-{name}.csv").read_text("utf-8").splitlines()))

    report = make_report([results])
    lines = table("Summary")
    names = [cells[0] for cells in lines]
    shares = {cells[0]: cells[1:3] for cells in lines[names.index("Status") : names.index("Difference") + 1]}
    for status, part in report.by_status.items():
        title = TITLES[status]
        assert (int(shares[title][0]), Decimal(shares[title][1].strip())) == (part.rows, part.revenue)
        rows = table(title)
        assert Decimal(rows[-1][rows[0].index("Revenue")].strip()) == part.revenue
    for name, part in (("Sum of the sheets", report.total), ("Difference", Share(0, Decimal(0)))):
        assert (int(shares[name][0]), Decimal(shares[name][1].strip())) == (part.rows, part.revenue)
    totals = [
        list(map(Decimal, map(str.strip, cells[1:8]))) for cells in table("Where the money is") if cells[0] == "Total"
    ]
    tables = [found.total for found in (report.kinds, report.local_months, report.offers, report.local_days)]
    assert totals == [
        [total.file.rows, total.file.revenue, total.recorded.rows, total.recorded.revenue, total.in_doubt.revenue,
         total.left_out.revenue, total.others.revenue]
        for total in tables
    ]  # fmt: skip


def without_values(book, bare):
    """Copy a workbook without what its formulas are said to come to; returns how many there were."""
    count = 0
    with zipfile.ZipFile(book) as given, zipfile.ZipFile(bare, "w") as made:
        for name in given.namelist():
            part, found = re.subn(rb"(</f>)<v>[^<]*</v>", rb"\1", given.read(name))
            made.writestr(name, part)
            count += found
    return count
