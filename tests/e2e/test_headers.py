"""Files whose header is not their first line: what is said of them is followed to the letter, and every row arrives."""

from __future__ import annotations

import re
import shlex

import pytest
import xlsxwriter

HEADER = "message_id,revenue,attribution_type,offer_id"
ROWS = "AbCdEf01,249.00,sale,5103\nAbCdEf02,1.50,click,\n"


def told(refused, option):
    """The option, with its value, that a refusal names."""
    found = re.search(rf"{option} (?:'[^']*'|[^\s.;]+)", refused.stderr.replace("\n  ", " "))
    assert (refused.exit, bool(found)) == (2, True), refused
    return shlex.split(found[0])


@pytest.mark.parametrize(
    ("above", "header", "rows", "options"),
    [
        ("Partner report\nGenerated 2026-07-01\n\n", HEADER, ROWS, ()),
        ("Report;Partner 12\n", HEADER.replace(",", ";"), ROWS.replace(",", ";"), ()),
        ("Account,Acme\n" * 20, "Klick,Betrag,Art", "AbCdEf01,249.00,sale\nAbCdEf02,1.50,click\n",
         ("--map", "message_id=Klick", "--map", "revenue=Betrag", "--map", "attribution_type=Art")),
        ("x\n", "aff_sub,payout,event", "AbCdEf01,249.00,sale\nAbCdEf02,1.50,click\n",
         ("--map", "message_id=aff_sub", "--map", "revenue=payout", "--map", "attribution_type=event")),
    ],
)  # fmt: skip
def test_lines_above_the_header(above, header, rows, options, run_here, tmp_path):
    """The likely header is pointed to, also with a mapping, and `--skip-rows` reads it; lines are those of the file."""
    wrong = rows.splitlines()[0].replace("AbCdEf01", "AbC").replace("249.00", "1.00")
    (tmp_path / "june.csv").write_text(f"{above}{header}\n{rows}{wrong}\n")
    skip = told(run_here("check", "june.csv", *options), "--skip-rows")
    checked = run_here("check", "june.csv", *options, *skip, "--json")
    assert (checked.exit, checked.json["rows"], checked.json["revenue"]) == (1, 3, "251.50"), checked
    line = above.count("\n") + 4
    assert f"june.csv row 3 (line {line})" in run_here("check", "june.csv", *options, *skip).stdout


def test_a_header_of_unknown_names_is_the_line_above_the_first_row(run_here, tmp_path):
    """As long as the rows are; then the names are told, and how to map them."""
    (tmp_path / "june.csv").write_text("Bericht;\n\nKlick;Betrag;Art\nAbCdEf01;249,00;sale\n")
    refused = run_here("check", "june.csv")
    skip = told(refused, "--skip-rows")
    assert (skip[1], "Columns found: Klick, Betrag, Art" in run_here("check", "june.csv", *skip).stderr) == ("2", True)


def test_rows_above_the_header_of_a_sheet(run_here, tmp_path):
    """The rows of a sheet are counted as it numbers them."""
    book = xlsxwriter.Workbook(str(tmp_path / "june.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row("A1", ["Partner report"])
    sheet.write_row("B3", ["of", "June"])
    for number, line in enumerate([HEADER, *ROWS.splitlines()], start=5):
        for column, cell in enumerate(line.split(",")):
            sheet.write_string(number, column, cell)
    book.close()
    skip = told(run_here("check", "june.xlsx"), "--skip-rows")
    assert skip == ["--skip-rows", "5"]
    assert run_here("check", "june.xlsx", *skip, "--json").json["revenue"] == "250.50"
    assert "has nothing below its row 9" in run_here("check", "june.xlsx", "--skip-rows", "9").stderr


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("options", [(), ("--map", "message_id=AbCdEf01", "--map", "revenue=249.00")])
def test_a_file_without_a_header(delimiter, options, run_here, tmp_path):
    """Its first row is never taken, nor offered, for a header; with `--columns` all rows are read."""
    (tmp_path / "june.csv").write_text(ROWS.replace(",", delimiter))
    refused = run_here("check", "june.csv", *options)
    assert "--map" not in refused.stderr
    columns = told(refused, "--columns")
    assert columns == ["--columns", "message_id,revenue,attribution_type,column4"]
    checked = run_here("check", "june.csv", *columns, "--json")
    assert (checked.exit, checked.json["rows"], checked.json["revenue"]) == (0, 2, "250.50"), checked


def test_columns_are_named_only_where_there_is_no_doubt(run_here, tmp_path):
    """Of two columns that may be the amount none is called so."""
    (tmp_path / "june.csv").write_text("AbCdEf01,149.00,249.00,sale\n")
    refused = run_here("check", "june.csv")
    assert told(refused, "--columns")[1] == "message_id,column2,column3,attribution_type"
    assert "Put revenue in place" in refused.stderr
    assert run_here("check", "june.csv", "--columns", "message_id,x,attribution_type").exit == 2
    checked = run_here("check", "june.csv", "--columns", "message_id,cost,revenue,attribution_type", "--json")
    assert checked.json["revenue"] == "249.00"


def test_a_sheet_without_a_header(run_here, tmp_path):
    """As of CSV; its first row is row 1."""
    book = xlsxwriter.Workbook(str(tmp_path / "june.xlsx"))
    sheet = book.add_worksheet()
    for number, line in enumerate(ROWS.replace(",1.50,", ",x,").splitlines(), start=2):
        for column, cell in enumerate(line.split(",")[:3]):
            sheet.write_string(number, column, cell)
    book.close()
    columns = told(run_here("check", "june.xlsx"), "--columns")
    checked = run_here("check", "june.xlsx", *columns)
    assert (checked.exit, "june.xlsx row 2 " in checked.stdout) == (1, True), checked


def test_a_row_above_the_header_is_not_left_out(run_here, tmp_path):
    """Nothing is said that would lose it."""
    (tmp_path / "june.csv").write_text(f"AbCdEf09,5.00,sale,\n{HEADER}\n{ROWS}")
    refused = run_here("check", "june.csv")
    assert (refused.exit, "Move the row below it" in refused.stderr, "--skip" in refused.stderr) == (2, True, False)


def test_a_profile_holds_them(run_here, tmp_path):
    """Number and names as TOML has them; the same import continues with the profile."""
    (tmp_path / "p.toml").write_text('skip-rows = 1\ncolumns = "message_id,revenue,attribution_type,offer_id"\n')
    (tmp_path / "june.csv").write_text(f"Report\n{ROWS}")
    assert run_here("import", "june.csv", "--sandbox", "--profile", "p.toml", "--json").json["by_status"] == {
        "recorded": {"rows": 2, "revenue": "250.50"}
    }
    again = run_here("import", "june.csv", "--sandbox", "--skip-rows", "1", "--columns",
                "message_id,revenue,attribution_type,offer_id", "--json")  # fmt: skip
    assert (again.exit, again.json["requests"]) == (0, 0)
