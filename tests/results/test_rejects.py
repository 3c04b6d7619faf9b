"""The round trip of a rejects file: what was refused stays refused until a person mended it, and no mending is lost."""

from __future__ import annotations

import csv
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import pytest
import xlsxwriter

if TYPE_CHECKING:
    from pathlib import Path

RAGGED = "message_id,attribution_type,revenue\nAbCdEf01,sale,24,99\nAbCdEf02,sale,1,234.50\nAbCdEf03,sale\n"


@pytest.fixture
def post(run_here, healthy_server):
    """An import into the server, whose results are left where they are by default."""
    return partial(run_here, "import", "--base-url", healthy_server.url, "--rate", 0)


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def put(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def fates(path: Path) -> dict[str, tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {line["message_id"]: (line["status"], line["error_code"]) for line in csv.DictReader(file)}


def test_a_ragged_row_stays_refused_in_the_rejects_file(post, healthy_server, tmp_path):
    """The rejects file is square: its cells alone would pass, cut off or filled up, for rows that nobody wrote."""
    (tmp_path / "june.csv").write_text(RAGGED)
    assert post("june.csv", "--rejects", "rej.csv").exit == 1
    assert post("rej.csv").exit == 1
    assert healthy_server.ledger() == []
    assert set(fates(tmp_path / "rej.results.csv").values()) == {("invalid", "ragged_row")}
    assert "99" in cells(tmp_path / "rej.csv")[1][-1]


def test_a_mended_row_says_so_with_its_error_code(post, healthy_server, tmp_path):
    """Cells mended and `error_code` emptied: posted. Mended, and the code left alone: invalid, and the row says why."""
    (tmp_path / "june.csv").write_text(RAGGED)
    post("june.csv", "--rejects", "rej.csv")
    rows = cells(tmp_path / "rej.csv")
    rows[1][2:4], rows[2][2] = ["24.99", ""], "1234.50"
    put(tmp_path / "rej.csv", rows)
    mended = post("rej.csv")
    assert mended.exit == 1
    assert [record["revenue"] for record in healthy_server.ledger()] == ["24.99"]
    assert fates(tmp_path / "rej.results.csv")["AbCdEf02"] == ("invalid", "ragged_row")
    assert "empty its cell error_code" in " ".join(mended.stdout.split())


def test_the_surplus_is_handed_on_however_often(post, tmp_path):
    """Rejects of rejects still show the cells that had no column, and repeat no reason."""
    (tmp_path / "june.csv").write_text(RAGGED)
    post("june.csv", "--rejects", "1.csv")
    post("1.csv", "--rejects", "2.csv")
    post("2.csv", "--rejects", "3.csv")
    assert cells(tmp_path / "3.csv") == cells(tmp_path / "2.csv")
    header, first, *_ = cells(tmp_path / "3.csv")
    assert header == ["message_id", "attribution_type", "revenue", "error_code", "error_message"]
    assert first[-1].endswith("Beyond the header: 99")


@pytest.mark.parametrize("options", [(), ("--any-message-id",)])
def test_a_number_stays_refused_in_the_rejects_file(options, post, healthy_server, tmp_path):
    """As CSV an id that was a number is text, and no less damaged."""
    frame = pl.DataFrame({"message_id": [12345678, 4521], "revenue": [1.0, 2.0], "attribution_type": "sale"})
    frame.write_parquet(tmp_path / "june.parquet")
    post("june.parquet", "--rejects", "rej.csv", *options)
    assert post("rej.csv", *options).exit == 1
    assert healthy_server.ledger() == []
    assert set(fates(tmp_path / "rej.results.csv").values()) == {("invalid", "numeric_message_id")}
    rows = cells(tmp_path / "rej.csv")
    rows[2][0], rows[2][3] = "00004521", ""
    put(tmp_path / "rej.csv", rows)
    post("rej.csv", *options)
    assert [record["message_id"] for record in healthy_server.ledger()] == ["00004521"]


def test_rejects_of_parquet_have_the_columns_that_nothing_reads(post, tmp_path):
    """They are not decoded for an import that hands none on; a person who mends the row needs them."""
    frame = pl.DataFrame({"message_id": ["AbCdEf01", "bad"], "revenue": "1.50", "attribution_type": "sale"})
    frame.with_columns(note=pl.Series(["one", "two"]), n=pl.Series([7, 8])).write_parquet(tmp_path / "june.parquet")
    assert post("june.parquet", "--rejects", "rej.csv").exit == 1
    assert [line[:5] for line in cells(tmp_path / "rej.csv")[1:]] == [["bad", "1.50", "sale", "two", "8"]]


WITH_A_REASON = "message_id,revenue,attribution_type,error_code,error_message\nAbCdEf01,5,sale,{},x\n"


@pytest.mark.parametrize("code", ["invalid_revenue", "message_not_found"])
def test_other_reasons_are_no_business_of_the_next_import(code, post, healthy_server, tmp_path):
    """What can be seen in the cells is judged by the cells."""
    (tmp_path / "rej.csv").write_text(WITH_A_REASON.format(code))
    assert post("rej.csv").exit == 0
    assert len(healthy_server.ledger()) == 1


@pytest.mark.parametrize("code", ["duplicate_row", "Ragged", "x"])
def test_reasons_of_others_are_a_question(code, post, healthy_server, tmp_path):
    """No rejects file has such a code: the row may have failed elsewhere."""
    (tmp_path / "rej.csv").write_text(WITH_A_REASON.format(code))
    asked = post("rej.csv")
    assert (asked.exit, healthy_server.ledger()) == (2, [])
    assert "--ignore error_code takes all" in asked.stderr
    assert "--ignore error_message takes all" in asked.stderr
    assert post("rej.csv", "--ignore", "error_code", "--ignore", "error_message").exit == 0
    assert len(healthy_server.ledger()) == 1


def test_the_reason_counts_wherever_a_spreadsheet_put_it(run_here, tmp_path):
    """Columns added behind, moved or renamed in case do not make the row a good one."""
    header = "Error Code,message_id,revenue,attribution_type,error_message,my notes"
    (tmp_path / "rej.csv").write_text(f"{header}\n ragged_row ,AbCdEf01,24,sale,x,\n")
    assert run_here("check", "rej.csv").exit == 2
    assert run_here("check", "rej.csv", "--ignore", "Error Code", "--ignore", "error_message").exit == 1


ONE_BAD = "message_id,revenue,attribution_type\nAbCdEf01,1,sale\nbad,2,sale\n"
FOREIGN = {
    "a table": "message_id,revenue,attribution_type\nAbCdEf01,5,sale\n",
    "a table with a column behind": "message_id,error_code,error_message,mine\nAbCdEf01,x,y,z\n",
    "text": "precious\n",
    "no text": "\x00\x01\x02",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("option", ["--rejects", "--report"])
def test_a_file_that_is_none_of_ours_is_not_overwritten(option, content, run_here, post, healthy_server, tmp_path):
    """Exit 2 before anything is sent, and the file is as it was."""
    (tmp_path / "june.csv").write_text(ONE_BAD)
    (tmp_path / "precious.html").write_text(content)
    refused = post("june.csv", option, "precious.html")
    assert (refused.exit, healthy_server.ledger()) == (2, [])
    assert "precious.html" in refused.stderr
    assert option in refused.stderr
    assert (tmp_path / "precious.html").read_text() == content
    assert not (tmp_path / "june.results.csv.journal").exists()
    if option == "--rejects":
        assert run_here("check", "june.csv", option, "precious.html").exit == 2
        assert (tmp_path / "precious.html").read_text() == content


@pytest.mark.parametrize("command", ["check", "import"])
def test_mended_rejects_are_set_aside(command, run_here, post, tmp_path):
    """A rejects file that a person worked on is kept, and said to be, when the same command writes a new one."""
    again = post if command == "import" else partial(run_here, "check")
    (tmp_path / "june.csv").write_text(ONE_BAD)
    again("june.csv", "--rejects", "rej.csv")
    mended = (tmp_path / "rej.csv").read_text().replace("bad,", "AbCdEf02,")
    (tmp_path / "rej.csv").write_text(mended)
    second = again("june.csv", "--rejects", "rej.csv")
    assert (tmp_path / "rej.csv.edited").read_text() == mended
    assert "rej.csv.edited" in second.stderr
    assert cells(tmp_path / "rej.csv")[1][0] == "bad"


@pytest.mark.parametrize("command", ["check", "import"])
def test_mended_rejects_are_kept_when_nothing_is_refused_any_more(command, run_here, post, tmp_path):
    """The file goes when there is nothing to write into it, but not with a person's work in it."""
    again = post if command == "import" else partial(run_here, "check")
    (tmp_path / "june.csv").write_text(ONE_BAD)
    again("june.csv", "--rejects", "rej.csv")
    (tmp_path / "rej.csv").write_text((tmp_path / "rej.csv").read_text() + "x\n")
    (tmp_path / "june.csv").write_text(ONE_BAD.replace("bad", "AbCdEf02"))
    again("june.csv", "--rejects", "rej.csv")
    assert (tmp_path / "rej.csv.edited").read_text().endswith("x\n")
    assert not (tmp_path / "rej.csv").exists()


@pytest.mark.parametrize("command", ["check", "import"])
def test_rejects_as_they_were_written_are_replaced(command, run_here, post, tmp_path):
    """Nobody touched them: nothing is set aside, whether there are other rejects now, or none."""
    again = post if command == "import" else partial(run_here, "check")
    report = ("--report", "june.html") if command == "import" else ()
    for content in (ONE_BAD, ONE_BAD + "worse,3,sale\n", ONE_BAD, ONE_BAD.replace("bad", "AbCdEf02")):
        (tmp_path / "june.csv").write_text(content)
        assert again("june.csv", "--rejects", "rej.csv", *report).exit < 2
    assert not list(tmp_path.glob("rej.csv*"))


def test_rejects_that_nobody_here_remembers_are_kept(run_here, tmp_path):
    """Without the user's state folder (on another computer) it cannot be told whether a person worked on them."""
    (tmp_path / "june.csv").write_text(ONE_BAD)
    run_here("check", "june.csv", "--rejects", "rej.csv")
    written = (tmp_path / "rej.csv").read_text()
    elsewhere = {"XDG_STATE_HOME": str(tmp_path / "elsewhere")}
    assert "changed" not in run_here("check", "june.csv", "--rejects", "rej.csv", env=elsewhere).stderr
    (tmp_path / "june.csv").write_text(ONE_BAD + "worse,3,sale\n")
    (tmp_path / "forgetful").touch()
    said = run_here("check", "june.csv", "--rejects", "rej.csv", env={"XDG_STATE_HOME": str(tmp_path / "forgetful")})
    assert "may have been changed since it was written; it is kept as rej.csv.edited" in said.stderr
    assert (tmp_path / "rej.csv.edited").read_text() == written


@pytest.mark.parametrize("name", ["june.html", "june.xlsx"])
def test_a_report_of_ours_is_written_anew(name, post, tmp_path):
    """The same command again writes its report again; an ending that none has is refused before anything is sent."""
    (tmp_path / "june.csv").write_text(ONE_BAD)
    for _ in range(2):
        again = post("june.csv", "--report", name)
        assert (again.exit, "report" in again.stderr) == (1, False)
    assert post("june.csv", "--report", "june.pdf").exit == 2


@pytest.mark.parametrize("option", ["--rejects", "--report"])
def test_an_empty_file_may_be_written_over(option, post, tmp_path):
    """Nothing is lost with it: scripts make such files to reserve a name."""
    (tmp_path / "june.csv").write_text(ONE_BAD)
    (tmp_path / "new.html").touch()
    assert post("june.csv", option, "new.html").exit == 1
    assert (tmp_path / "new.html").stat().st_size > 0


def changed(name: str, rows: list[list[str]]) -> list[list[str]]:
    """A results file as a person might have changed it."""
    header = rows[0]
    match name:
        case "a column in front":
            return [["note", *header], *(["", *cells] for cells in rows[1:])]
        case "moved":
            return [cells[::-1] for cells in rows]
        case "in another case":
            return [[title.upper().replace("_", " ") for title in header], *rows[1:]]
        case _:
            dropped = {"dropped": "row", "a few dropped": "target http_status attempts row source"}[name].split()
            keep = [i for i, title in enumerate(header) if title not in dropped]
            return [[cells[i] for i in keep] for cells in rows]


@pytest.mark.parametrize("name", ["a column in front", "moved", "in another case", "dropped", "a few dropped"])
def test_changed_results_are_no_input(name, post, healthy_server, tmp_path):
    """Its recorded rows would be posted again, so it is refused, whatever was done to its columns."""
    (tmp_path / "june.csv").write_text("message_id,revenue,attribution_type\nAbCdEf01,1,sale\n")
    assert post("june.csv").exit == 0
    (tmp_path / "mail").mkdir()
    put(tmp_path / "mail" / "copy.csv", changed(name, cells(tmp_path / "june.results.csv")))
    refused = post("mail/copy.csv")
    assert (refused.exit, len(healthy_server.ledger())) == (2, 1)
    assert "results file" in refused.stderr


@pytest.mark.parametrize("given", ["f", "f/*", "f/**"])
def test_what_a_run_writes_into_its_input_folder_is_left_out(given, post, healthy_server, tmp_path):
    """The same command again continues, with an edited copy beside RESULTS too."""
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "june.csv").write_text(ONE_BAD)
    command = (given, "-o", "f/out.csv", "--rejects", "f/rej.csv", "--report", "f/june.html")
    assert post(*command).exit == 1
    with (folder / "out.csv").open("a") as results:
        results.write("x")
    for _ in range(2):
        again = post(*command)
        assert again.exit == 1, again
        assert "out.csv" in again.stderr
    assert (folder / "out.csv.edited").exists()
    assert len(healthy_server.ledger()) == 1
    assert post(given, "-o", "elsewhere.csv").exit == 2


def test_results_that_are_named_are_refused(post, run_here, tmp_path):
    """Left out is only what a folder or a pattern happens to hold."""
    (tmp_path / "june.csv").write_text("message_id,revenue,attribution_type\nAbCdEf01,1,sale\n")
    post("june.csv", "-o", "out.csv")
    assert post("june.csv", "out.csv", "-o", "out.csv").exit == 2


def test_strict_says_that_and_why_nothing_was_posted(run_here, post, healthy_server, tmp_path):
    """The summary names the option, and the next step is not to run the same again as it is."""
    (tmp_path / "june.csv").write_text(ONE_BAD)
    for result in (run_here("check", "june.csv", "--strict"), post("june.csv", "--strict")):
        said = " ".join(result.stdout.split())
        assert result.exit == 1
        assert "because of --strict" in said
        assert "it continues" not in said
        assert "without it the others are posted" in said
    assert healthy_server.ledger() == []
    assert "because of --strict" not in post("june.csv").stdout
    (tmp_path / "good.csv").write_text("message_id,revenue,attribution_type\nAbCdEf09,1,sale\n")
    assert "--strict" not in post("good.csv", "--strict").stdout


def test_a_stray_cell_of_a_sheet_is_named(run_here, tmp_path):
    """A remark beside the table: no talk of separators and quotes, which a sheet has none of."""
    rows = [["message_id", "revenue", "attribution_type"], ["AbCdEf01", "1", "sale", "", "see mail"]]
    book = xlsxwriter.Workbook(tmp_path / "june.xlsx")
    sheet = book.add_worksheet("June")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    said = " ".join(run_here("check", "june.xlsx").stdout.split())
    assert "cell E2 is not empty" in said


def test_a_cover_sheet_is_named_with_the_way_to_the_others(run_here, tmp_path):
    """The first sheet is read, and when it is none of data, the message says which sheet that was."""
    book = xlsxwriter.Workbook(tmp_path / "june.xlsx")
    book.add_worksheet("Cover").write_row(0, 0, ["Report", "June"])
    book.add_worksheet("All rows").write_row(0, 0, ["message_id", "revenue", "attribution_type"])
    book.close()
    refused = run_here("check", "june.xlsx")
    assert refused.exit == 2
    assert "This is its sheet 'Cover'; --sheet 'All rows' reads another." in refused.stderr
    assert run_here("check", "june.xlsx", "--sheet", "All rows").exit == 0


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_line_for_excel_names_the_delimiter(line, post, healthy_server, tmp_path):
    """`sep=;` is neither header nor row."""
    content = f"\ufeff{line}\r\nmessage_id;revenue;attribution_type;a,b,c,d,e\r\nAbCdEf01;1;sale;x\r\n"
    (tmp_path / "june.csv").write_text(content, "utf-8")
    assert post("june.csv").exit == 0
    assert len(healthy_server.ledger()) == 1
