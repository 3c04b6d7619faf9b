"""What the program says of a file, followed to the letter, gets on; and no such sentence is forgotten."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import zipfile
from typing import TYPE_CHECKING, NamedTuple

import pytest
import xlsxwriter

from importer.cli.program import run
from tests.cli.advice import is_a_test, says, sentences, told

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "message_id,revenue,attribution_type,offer_id,timestamp,Invoice\n"
ROW = "tfb0raDP,10.50,sale,4521,2026-06-01T10:00:00Z,7\n"
NOTE = 'message_id,revenue,attribution_type,note\ntfb0raDP,10.50,sale,"a\\",b"\n'


class Case(NamedTuple):
    """A part of a sentence, a file and options about which it is said, and the options of who follows it.

    `{--null}` stands for the value of that option in what was said.
    """

    said: str
    text: str
    then: str
    given: str = ""


def row(**cells: str) -> str:
    names = HEADER.strip().split(",")
    return ",".join(cells.get(name, cell) for name, cell in zip(names, ROW.strip().split(","), strict=True)) + "\n"


def timed(cell: str) -> str:
    return HEADER + row(timestamp=f'"{cell}"')


FOLLOWED = [
    Case("the same for all rows can be given as --set", "message_id,revenue\ntfb0raDP,10.50\n", "--set {--set}"),
    Case("Name the file's own with", "x,revenue,attribution_type\nabc,10.50,sale\n", "{given} --map message_id=x",
         given="--any-message-id"),
    Case("a constant is for a field that the file lacks", HEADER + ROW, "", given="--set revenue=1"),
    Case("by which rows are told apart already", HEADER + ROW, "--key Invoice", given="--key offer_id"),
    Case("Say --decimal comma", HEADER + row(revenue='"10,50"'), "--decimal {--decimal}"),
    Case("the whole column is written so, say --decimal", HEADER + row(revenue='"10,50"'), "--decimal {--decimal}",
         given="--decimal point"),
    Case("the whole column is written so, say --decimal", HEADER + row(revenue="1.234.567"), "--decimal comma",
         given="--decimal point"),
    Case("is above the {} of --max-revenue", HEADER + ROW, "--max-revenue 11", given="--max-revenue 10"),
    Case("leaves no row at all", HEADER + ROW, "--where Invoice=7", given="--where Invoice=8"),
    Case("leaves out no row", HEADER + ROW, "", given="--where Invoice!=8"),
    Case("no row has", HEADER + row(offer_id="a") + row(offer_id="b"), "--where offer_id=a",
         given="--where offer_id=a,c"),
    Case("no amount shows this currency", HEADER + row(revenue="$10.50"), "--currency USD", given="--currency EUR"),
    Case("stands for no offer: say --null", HEADER + row(offer_id="(not set)"), "--null {--null}"),
    Case("stands for no offer: say --null", HEADER + row(offer_id="k. A."), "--null {--null}"),
    Case("stands for no time: say --null", timed("N/A"), "--null {--null}"),
    Case("stands for no time: say --null", timed("0000-00-00 00:00:00"), "--null {--null}"),
    Case("stands for no time: say --null", timed("NULL"), "--null {--null}"),
    Case("as programs write for no date: say --null", timed("1899-12-30 00:00"), "--null {--null}"),
    Case("as programs write for no date: say --null", timed("1601-01-01T00:00:00Z"), "--null {--null}"),
    Case("another --timezone may be meant", timed("2026-06-01 10:00 PDT"), "{given} --timezone America/Los_Angeles",
         given="--timestamp-format '%Y-%m-%d %H:%M %Z'"),
    Case("clocks were put forward over it", timed("2026-03-29 02:30"), "", given="--timezone Europe/Rome"),
    Case("happened twice in", timed("2025-10-26 02:30"), "{given} --ambiguous earliest",
         given="--timezone Europe/Rome"),
    Case("happened twice in", timed("2025-11-02 01:30"), "{given} --ambiguous latest",
         given="--timezone America/Chicago"),
    Case("is no real time in the form of", timed("1/6 2026"), "--timestamp-format '%d/%m %Y'",
         given="--timestamp-format '%d.%m.%Y'"),
    Case("since 1970: say --timestamp-format", timed("1780308000.5"), "--timestamp-format {--timestamp-format}"),
    Case("since 1970: say --timestamp-format", timed("1780308000000"), "--timestamp-format {--timestamp-format}"),
    Case("since 1970: say --timestamp-format", timed("1780308000000000001"), "--timestamp-format {--timestamp-format}"),
    Case("--timestamp-format describes other forms", timed("D2026-06-01"), "--timestamp-format D%Y-%m-%d"),
    Case("--timestamp-format {}: {}.", timed("2026-06-01"), "--timestamp-format %Y-%m-%d",
         given="--timestamp-format %Y-%m"),
    Case("is called both", HEADER + row(attribution_type="VK"), "--value attribution_type:VK=sale",
         given="--value attribution_type:VK=sale --value attribution_type:vk=click"),
    Case("An empty cell is no value", "message_id,revenue\ntfb0raDP,10.50\n", "--set attribution_type=sale",
         given="--value attribution_type:=sale"),
    Case("there is no field", HEADER + row(attribution_type="VK"), "--value attribution_type:VK=sale",
         given="--value kind:VK=sale"),
    Case("knows no summer time", timed("2026-06-01 10:00"), "--timezone {--timezone}", given="--timezone EST"),
    Case("is no IANA time zone", timed("2026-06-01 10:00"), "--timezone Europe/Berlin",
         given="--timezone Europe/Berln"),
    Case("say --timezone with the place", timed("2026-06-01 10:00"), "--timezone Asia/Kolkata", given="--timezone IST"),
    Case("is given twice", "book", "--sheet June", given="--sheet June --sheet june"),
    Case("Choose one with --sheet", "hidden book", "--sheet June"),
    Case("Leave --sheet out", HEADER + ROW, "", given="--sheet June"),
    Case("name the columns of the file in their order with --columns", "1,2,3\ntfb0raDP,10.50,sale\n",
         "--skip-rows 1 --columns message_id,revenue,attribution_type"),
    Case("Give a smaller number", HEADER + ROW, "--skip-rows 0", given="--skip-rows 5"),
    Case("Name each column of the file", ROW, f"--columns {HEADER.strip()}", given="--columns message_id,revenue"),
    Case("Name each column of the sheet", "book", "--sheet Bare --columns message_id,revenue,attribution_type",
         given="--sheet Bare --columns message_id,revenue"),
    Case("and the row has the wrong number of cells", NOTE, "--escape backslash"),
    Case("A backslash stands before a quote in it", HEADER + row(Invoice='"7 \\"x\\" 8"'), "--escape {--escape}"),
    Case("say --max-unpacked", "packed", "--max-unpacked 1MiB", given="--max-unpacked 1KiB"),
]  # fmt: skip
ELSEWHERE = {
    "together hold timestamp, say --map": "schema/test_column_advice.py::test_date_and_time_in_columns_of_their_own",
    "{} say --timezone {}.": "schema/test_column_advice.py::test_a_zone_in_a_column_of_its_own_is_pointed_to",
    "{} say --map timestamp={}.": "schema/test_column_advice.py::test_a_zone_in_a_column_of_its_own_is_pointed_to",
    "may be in {}: say": "schema/test_column_advice.py::test_two_equally_likely_columns_are_both_named",
    "If {} holds {}, say": "schema/test_column_advice.py::test_columns_are_known_by_their_cells",
    "Choose with {}.": "cli/test_profile.py::test_two_columns_that_could_be_the_amount",
    "a wrong guess would cost money": "cli/test_profile.py::test_two_columns_that_could_be_the_amount",
    "--map: {} the column": "schema/test_columns.py::test_options_that_name_nothing_are_refused_with_the_nearest",
    "is not the export that the profile is for": "cli/test_profile.py::test_network_profile_knows_its_header",
    "takes only the rows in that one": "schema/test_guards.py::test_currencies_in_the_revenue_column",
    "to have swapped day and month": "schema/test_guards.py::test_swapped_dates",
    "--hidden skip leaves them out": "sources/test_workbooks_people_have.py::test_hidden_rows_are_a_question",
    "--allow-tune goes on": "schema/test_guards.py::test_an_export_of_tune_would_count_twice",
    "leaves out what stands above": "e2e/test_headers.py::test_lines_above_the_header",
    "say --value attribution_type": "schema/test_column_advice.py::test_words_for_a_type_are_known",
    "could be {} days": "schema/test_messages.py::test_every_format_that_is_advised_reads_the_cell",
    "the place whose time is called so": "schema/test_time_advice.py::test_an_abbreviation_needs_its_zone",
    "is not in the form of {}: say": "schema/test_time_advice.py::test_a_second_form_is_named_beside_the_first",
    "is not ISO 8601: say": "schema/test_time_advice.py::test_every_format_that_is_advised_reads_the_cell",
    ", with --timestamp-format {}": "schema/test_exports_people_have.py::test_one_refusal_tells_of_every_field",
    "say --delimiter": "schema/test_column_advice.py::test_another_delimiter_is_told",
    "--sheet reads another": "sources/test_excel.py::test_sheets_are_chosen_by_name",
    "--where {} {}": "schema/test_disguised_totals.py::test_the_sum_of_all_others_is_a_question",
    "credentials; --debug shows more": "sources/test_s3.py::test_wrong_credentials",
}
NO_ADVICE = ("left out by --hidden skip", "Left out by --currency", "Left out by --where")


def write(path: Path, text: str) -> None:
    if text == "packed":
        path.write_bytes(gzip.compress((HEADER + ROW + "\n" * 5_000).encode()))
    elif text.endswith("book"):
        with xlsxwriter.Workbook(path) as book:
            for name, lines in (("June", (HEADER, ROW)), ("Bare", (ROW,))):
                sheet = book.add_worksheet(name)
                for at, line in enumerate(lines):
                    sheet.write_row(at, 0, line.strip().split(",")[:3])
        if text.startswith("hidden"):
            hide_all_sheets(path)
    else:
        path.write_text(text, "utf-8")


def hide_all_sheets(path: Path) -> None:
    """As no spreadsheet lets a person do, but programs may."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"<sheet name", b'<sheet state="hidden" name')
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)


def checked(arguments: str, name: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit status of a check, and all that it says, in one line."""
    status = run(["check", name, *shlex.split(arguments), "--no-progress"])
    said = capsys.readouterr()
    return status, " ".join((said.out + said.err).split())


@pytest.mark.parametrize("case", FOLLOWED, ids=lambda case: f"{case.said[:40]}: {case.then}")
def test_it_gets_on(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence is said; with the options that it names, all rows would be posted, and it is not said again."""
    monkeypatch.chdir(tmp_path)
    name = {"packed": "june.csv.gz", "book": "june.xlsx", "hidden book": "june.xlsx"}.get(case.text, "june.csv")
    write(tmp_path / name, case.text)
    _, said = checked(case.given, name, capsys)
    assert says(said, case.said), said
    then = re.sub(r"\{(--[a-z-]+)\}", lambda found: told(said, found[1]), case.then.replace("{given}", case.given))
    status, after = checked(then, name, capsys)
    assert status == 0, after
    assert not says(after, case.said)
    assert run(["check", name, *shlex.split(then), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["by_status"]["pending"]["rows"] == 1


def test_no_sentence_is_forgotten() -> None:
    """Each that names an option is followed here, or by the test that is named, or gives no advice."""
    known = [case.said for case in FOLLOWED]
    known += [*ELSEWHERE, *NO_ADVICE]
    found = [*sentences("schema", "sources")]
    assert [text for text in found if not any(part in text for part in known)] == []
    assert [name for name in ELSEWHERE.values() if not is_a_test(name)] == []
    assert [part for part in known if not any(part in text for text in found)] == []


def test_a_condition_on_a_column_that_only_one_file_has(tmp_path: Path, monkeypatch, capsys) -> None:
    """Its question is asked about that file, and the answer can be given for that file alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(
        "message_id,revenue,attribution_type,Status\nm0000001,10,sale,approved\nm0000002,2,sale,no\n"
    )
    (tmp_path / "b.csv").write_text("message_id,revenue,attribution_type\nn0000001,10,sale\n")
    assert run(["check", "a.csv", "b.csv", "--where", "Status=approved"]) == 2
    said = capsys.readouterr().err
    assert "b.csv has no column 'Status', which a.csv has. Import the files that have it by themselves" in said
    assert [run(["check", "a.csv", "--where", "Status=approved"]), run(["check", "b.csv"])] == [0, 0]
