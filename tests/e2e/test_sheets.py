"""Workbooks of several sheets: which are read, what results are called, and where a row is said to be."""

from __future__ import annotations

import json
import re
import shlex

import polars as pl
import pytest
import xlsxwriter

from tests.faultserver.plan import hang_up, rule

HEADER = ["message_id", "offer_id", "revenue", "attribution_type"]
MAY = [["AbCdEf01", "x", "1.00", "sale"], ["AbCdEf02", "", "2.00", "sale"], ["AbC", "x", "free", "sale"]]
JUNE = [["AbCdEf03", "x", "4.00", "sale"], ["AbCdEf04", "x", "8.x", "sale"]]


@pytest.fixture
def book(tmp_path):
    """A workbook with a sheet for each of two months, the second with a title, and one that is empty."""
    path = tmp_path / "year.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        made.add_worksheet("Cover")
        for name, rows, above in (("May", MAY, 0), ("June USD", JUNE, 2)):
            sheet = made.add_worksheet(name)
            for number, cells in enumerate([HEADER, *rows], start=above):
                for column, cell in enumerate(cells):
                    sheet.write_string(number, column, cell)
    return path


def test_an_empty_first_sheet_names_the_others(run_here, book):
    """Followed, the advice reads them."""
    refused = run_here("check", book.name)
    options = re.findall(r"--sheet (?:'[^']*'|\S+)", refused.stderr)
    assert (refused.exit, options) == (2, ["--sheet May", "--sheet 'June USD'"])
    assert run_here("check", book.name, *shlex.split(options[0]), "--json").json["rows"] == 3
    assert run_here("check", book.name, *shlex.split(" ".join(options)), "--json").json["rows"] == 5


def test_all_sheets_are_read_in_order(run_here, book, tmp_path):
    """As inputs of their own, whose name has the sheet's; and the same command continues."""
    ran = run_here("import", book.name, "--sheet", "june usd", "--sheet", "May", "--sandbox", "--json")
    assert ran.json["by_status"]["recorded"] == {"rows": 3, "revenue": "7.00"}
    results = tmp_path / "year.june usd+May.sandbox.results.csv"
    assert ran.json["results"] == str(results) or ran.json["results"] == results.name
    lines = pl.read_csv(results, infer_schema=False)
    assert lines["source"].to_list() == ["year.xlsx!June USD"] * 2 + ["year.xlsx!May"] * 3
    assert lines["row"].to_list() == ["1", "2", "1", "2", "3"]
    assert (
        run_here("import", book.name, "--sheet", "june usd", "--sheet", "May", "--sandbox", "--json").json["requests"]
        == 0
    )
    assert "is given twice" in run_here("check", book.name, "--sheet", "May", "--sheet", "may").stderr


def test_places_are_cells(run_here, book):
    """Of the field that is wrong, with its sheet."""
    checked = run_here("check", book.name, "--sheet", "May", "--sheet", "June USD").stdout
    assert "year.xlsx!May row 3 (May!A4): " in checked
    assert "year.xlsx!June USD row 2 (June USD!C5): " in checked
    assert "year.xlsx row 2 (June USD!C5): " in run_here("check", book.name, "--sheet", "June USD").stdout


def test_the_sheet_is_part_of_the_results_name(run_here, book, tmp_path):
    """So that another sheet begins results of its own; those that do not name it, of an earlier version, go on."""
    first = run_here("import", book.name, "--sheet", "May", "--sandbox", "-o", "year.sandbox.results.csv", "--json")
    assert first.json["by_status"]["recorded"]["rows"] == 2
    again = run_here("import", book.name, "--sheet", "may", "--sandbox", "--json")
    assert (again.json["requests"], again.json["by_status"]["recorded"]["rows"]) == (0, 2), again
    assert not [*tmp_path.glob("year.[Mm]ay*")]
    other = run_here("import", book.name, "--sheet", "June USD", "--sandbox", "--json")
    assert other.json["by_status"]["recorded"] == {"rows": 1, "revenue": "4.00"}
    assert (tmp_path / "year.June USD.sandbox.results.csv").exists()


@pytest.mark.parametrize("row", ["June USD!C4", "'june usd'!$A$4", "A4", "1"])
def test_resolve_takes_the_address_of_a_cell(row, run_here, book, fault_server, tmp_path):
    """Any cell of the row; without a sheet where there is one."""
    server = fault_server(rule(hang_up(stored=True), message_id="AbCdEf03", attempt=1))
    run_here("import", book.name, "--sheet", "June USD", "--base-url", server.url, "-o", "r.csv")
    resolved = run_here("resolve", "r.csv", "--row", row, "--recorded", "--why", "seen", "--yes")
    assert resolved.exit == 0, resolved
    assert pl.read_csv(tmp_path / "r.csv", infer_schema=False)["error_code"][0] == "resolved_recorded"


def test_a_cell_that_means_no_row_is_refused(run_here, book, fault_server, tmp_path):
    """Above the data, of another sheet, or of one of several."""
    server = fault_server(rule(hang_up(stored=True), attempt=1))
    run_here("import", book.name, "--sheet", "June USD", "--sheet", "May", "--base-url", server.url, "-o", "r.csv")
    for row, reason in (
        ("May!A1", "above the data"),
        ("C4", "more than one sheet"),
        ("X!C4", "no sheet"),
        ("x", "B12"),
    ):
        refused = run_here("resolve", "r.csv", "--row", row, "--recorded", "--why", "seen", "--yes")
        assert (refused.exit, reason in refused.stderr.replace("\n  ", " ")) == (2, True), refused
    (tmp_path / "v.csv").write_text("row,verdict,why\nJune USD!C4,recorded,seen\nMay!A2,not_recorded,seen\n")
    resolved = run_here("resolve", "r.csv", "--from", "v.csv", "--sure", "--yes")
    assert resolved.exit == 0, resolved
    told = json.loads(run_here("report", "r.csv", "--json").stdout)
    assert told["by_status"]["recorded"]["rows"] == 1
