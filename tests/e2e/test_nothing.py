"""Words that stand for an empty cell, in every format, and in a run that continues."""

from __future__ import annotations

import polars as pl
import pytest
import xlsxwriter

ROWS = [
    ("AbCdEf01", "249.00", "sale", "NULL", "\\N"),
    ("AbCdEf02", "1.50", "click", "5103", "2026-06-01T12:00:00Z"),
    ("AbCdEf03", "n/a", "sale", "NULL", "\\N"),
]
HEADER = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")
NULL = ("--null", "NULL", "--null", "\\N", "--null", "n/a")


def write(path):
    """The rows in the format of the name."""
    if path.suffix == ".csv":
        path.write_text("".join(",".join(cells) + "\n" for cells in (HEADER, *ROWS)))
    elif path.suffix == ".parquet":
        pl.DataFrame(ROWS, schema=list(HEADER), orient="row").write_parquet(path)
    else:
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet()
        for number, cells in enumerate((HEADER, *ROWS)):
            sheet.write_row(number, 0, cells)
        book.close()


@pytest.mark.parametrize("name", ["june.csv", "june.parquet", "june.xlsx"])
def test_words_that_stand_for_nothing(name, run, tmp_path):
    """They are empty cells; what is kept, and what is rejected, is as it was written."""
    write(tmp_path / name)
    ran = run("import", name, "--sandbox", *NULL, "--keep", "offer_id", "--rejects", "bad.csv", "--json")
    assert ran.json["by_status"].keys() == {"recorded", "invalid"}, ran
    assert ran.json["by_code"]["missing_revenue"] == 1
    results = pl.read_csv(tmp_path / "june.sandbox.results.csv", infer_schema=False)
    assert results["offer_id"].to_list() == [None, "5103", None]
    assert results[results.columns[-1]].to_list() == ["NULL", "5103", "NULL"]
    assert "AbCdEf03,n/a,sale,NULL,\\N" in (tmp_path / "bad.csv").read_text()


def test_a_run_without_them_knows_what_was_sent(run, tmp_path):
    """The row that is invalid without the option is recorded all the same, and stays so."""
    write(tmp_path / "june.csv")
    assert run("import", "june.csv", "--sandbox", *NULL, "--json").json["by_status"]["recorded"]["rows"] == 2
    again = run("import", "june.csv", "--sandbox", "--json")
    assert (again.json["requests"], again.json["by_status"]["recorded"]["rows"]) == (0, 2), again
