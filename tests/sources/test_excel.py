"""Excel input: cells as exact text with their row numbers; errors, lost results and damage are refused by address."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import InputError
from importer.sources import open_inputs
from importer.sources.excel.cell_text import date_text, number_text
from importer.sources.excel.markup import Element
from importer.sources.excel.package import Package

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(rows: list[list[object]], first_row: int = 0, first_column: int = 0, **options: object) -> None:
    """Write cells as a workbook: None leaves a cell out, a tuple is (number, number format)."""
    book = xlsxwriter.Workbook("x.xlsx", options)
    sheet = book.add_worksheet("June")
    for row, cells in enumerate(rows, start=first_row):
        for column, cell in enumerate(cells, start=first_column):
            if isinstance(cell, tuple):
                sheet.write(row, column, cell[0], book.add_format({"num_format": cell[1]}))
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell)
            elif cell is not None:
                sheet.write(row, column, cell)
    book.close()


def rewrite(part: str, change: Callable[[str], str]) -> None:
    """Change one part of the workbook, as another program might have written it."""
    with zipfile.ZipFile("x.xlsx") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    pack(parts)


def pack(parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile("x.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)


def write_xml(rows: str) -> None:
    """Write a workbook whose rows, below a header in row 1 of columns A to C, are this XML."""
    write([["a", "b", "c"]])
    rewrite(SHEET, lambda xml: xml.replace("</sheetData>", f"{rows}</sheetData>"))


def batches(**options: str) -> list[pl.DataFrame]:
    return list(open_inputs(["x.xlsx"], **options)[0].batches())


def cells(**options: str) -> list[tuple[str | None, ...]]:
    return [row for batch in batches(**options) for row in batch.select("0", "1", "2").rows()]


def column(raw: str) -> str | None:
    """The text of one cell, given as XML without its address."""
    write_xml(
        f'<row r="2">{raw.replace("<c", chr(60) + "c r=" + chr(34) + "A2" + chr(34), 1)}<c r="B2"><v>1</v></c></row>'
    )
    return cells()[0][0]


def test_cells_are_text_and_typed_numbers_are_marked():
    """Ids stay text, numbers have their shortest digits and a mark, true and false are words."""
    write([["a", "b", "c"], ["00012345", 24.99, True], ["TRUE1234", 24.0, False], [4521, "24.90", "é 😀"]])
    (batch,) = batches()
    assert batch.drop("0#number", "1#number").rows() == [
        (1, 2, False, "00012345", "24.99", "true"),
        (2, 3, False, "TRUE1234", "24", "false"),
        (3, 4, False, "4521", "24.90", "é 😀"),
    ]
    assert batch["0#number"].to_list() == [False, False, True]
    assert batch["1#number"].to_list() == [True, True, False]
    assert "2#number" not in batch.columns
    assert batch.schema["row"] == batch.schema["line"] == pl.UInt32


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<c><v>24.989999999999998</v></c>", "24.99"),
        ("<c><v>51.550000000000004</v></c>", "51.550000000000004"),
        ("<c><v>0.30000000000000004</v></c>", "0.30000000000000004"),
        ("<c><v>1E-10</v></c>", "0.0000000001"),
        ("<c><v>1.2345678901234567E+16</v></c>", "12345678901234568"),
        ("<c><v>-0</v></c>", "0"),
        ('<c t="n"><v>7</v></c>', "7"),
        ('<c t="inlineStr"><is><t>in</t></is></c>', "in"),
        (
            '<c t="inlineStr"><is><r><t>ri</t></r><r><t xml:space="preserve"> ch</t></r><rPh><t>aid</t></rPh></is></c>',
            "ri ch",
        ),
        ('<c t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "ab"),
        ('<c t="str"><f>""</f><v></v></c>', None),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ('<c t="str"><v>a_x000D_b_x005F_x0041_</v></c>', "a\rb_x0041_"),
        ('<c t="d"><v>2026-02-08T12:00:00</v></c>', "2026-02-08T12:00:00"),
        ('<c t="s"><v>1</v></c>', "b"),
        ('<c s="0"/>', None),
        ('<c t="s"/>', None),
        ("<c><v></v></c>", None),
    ],
)
def test_every_kind_of_cell_has_its_text(raw, text):
    """What other programs write means the same: shared, inline and rich strings, results of formulas, escapes."""
    assert column(raw) == text


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (date(2026, 2, 8), "yyyy-mm-dd", "2026-02-08"),
        (datetime(2026, 2, 8, 12, 0, 5), "dd.mm.yyyy hh:mm", "2026-02-08T12:00:05"),  # noqa: DTZ001
        (datetime(2026, 2, 8, 12, 0, 5, 120_000), "[$-409]m/d/yy h:mm AM/PM;@", "2026-02-08T12:00:05.12"),  # noqa: DTZ001
        (time(13, 5), "hh:mm", "13:05:00"),
        (46061.5, "[h]:mm", "2026-02-08T12:00:00"),
        (46061, 'yyyy"-"mm', "2026-02-08"),
        (46061, "General", "46061"),
        (46061, '0.00 "days"', "46061"),
        (46061, "[Red]0.00;[Blue]-0.00", "46061"),
        (46061, '#,##0.00 "USD"', "46061"),
        (46061, "0.00E+00", "46061"),
        (46061, "0\\d", "46061"),
        (46061, "@", "46061"),
        (46061, 14, "2026-02-08"),
        (46061.5, 22, "2026-02-08T12:00:00"),
        (46061, 4, "46061"),
        (46061, 49, "46061"),
    ],
)
@pytest.mark.parametrize("is_1904", [False, True])
def test_dates_are_iso_8601(value, code, text, is_1904):
    """A number that its format shows as a date or a time is one; any other format leaves it a number."""
    if is_1904 and isinstance(value, float | int) and text.startswith("2026"):
        value -= 1462
    write([["a", "b", "c"], [(value, code)]], date_1904=is_1904)
    (batch,) = batches()
    assert batch["0"].to_list() == [text]
    assert ("0#number" in batch.columns) == text.isdigit()


@pytest.mark.parametrize(
    ("serial", "text"),
    [
        (2958465.9999999999, "2958466"),
        (1, "1900-01-01"),
        (59, "1900-02-28"),
        (60, "60"),
        (61, "1900-03-01"),
        (0, "00:00:00"),
        (0.75, "18:00:00"),
        (46061.9999999999, "2026-02-09"),
        (46061.99999, "2026-02-08T23:59:59.136"),
        (2958465, "9999-12-31"),
        (2958466, "2958466"),
        (1e300, str(int(1e300))),
        (-1, "-1"),
    ],
)
def test_days_are_counted_as_excel_counts_them(serial, text):
    """1900 has a day too many; what is no date stays a number."""
    assert date_text(serial, is_1904=False) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_as_the_same_float_in_plain_digits(value):
    """The text of a number is the same float, without an exponent."""
    for raw in (repr(value), f"{value:.17g}"):
        assert float(number_text(raw)) == value
        assert "e" not in number_text(raw)


def test_empty_rows_keep_their_numbers():
    """A row's line is its row in the sheet; its number counts from the header, empty rows included."""
    write([["a", "b", "c"], ["1"], [], [" "], ["2"]], first_row=2, first_column=0)
    (batch,) = batches()
    assert batch.select("row", "line", "0").rows() == [(1, 4, "1"), (4, 7, "2")]


def test_columns_keep_their_places():
    """Columns left of the header's first name are there without a name; cells are never shifted."""
    write([["a", None, "c"], [None, None, "3"], ["1"], [None, "2", None, None]], first_column=1)
    source = open_inputs(["x.xlsx"])[0]
    assert source.header == ("", "a", "", "c")
    (batch,) = source.batches()
    assert batch.select("ragged", "0", "1", "2", "3").rows() == [
        (False, None, None, None, "3"),
        (False, None, "1", None, None),
        (False, None, None, "2", None),
    ]


def test_cells_beyond_the_header_make_a_row_ragged():
    """A value under no name is not dropped: its row is ragged, and keeps it as surplus."""
    write([["a", "b", "c"], ["1", "2", "3", None, "x,y"], ["4"]])
    (batch,) = batches()
    assert batch.select("ragged", "0", "surplus").rows() == [(True, "1", ',"x,y"'), (False, "4", None)]


def test_shared_strings_may_be_rich():
    """Runs of a shared string are one text; the reading aids of Japanese text are not part of it."""
    write([["a", "b", "c"], ["text"]])
    rich = "<r><t>te</t></r><r><t>xt 1</t></r><rPh><t>aid</t></rPh>"
    rewrite("xl/sharedStrings.xml", lambda xml: xml.replace("<t>text</t>", rich))
    assert cells() == [("text 1", None, None)]


REFUSED_CELLS = {
    "an error": ('<row r="2"><c r="B2" t="e"><f>NA()</f><v>#N/A</v></c></row>', "June!B2 holds #N/A"),
    "a lost reference": ('<row r="17"><c r="AA17" t="e"><v>#REF!</v></c></row>', "June!AA17 holds #REF!"),
    "no result": ('<row r="2"><c r="C2"><f>1+1</f></c></row>', "June!C2 holds a formula without a stored result"),
    "an empty result": ('<row r="2"><c r="C2"><f>1+1</f><v></v></c></row>', "June!C2 holds a formula without a stored"),
    "no text result": ('<row r="2"><c r="C2" t="str"><f>A1</f></c></row>', "June!C2 holds a formula without a stored"),
}


@pytest.mark.parametrize(("rows", "message"), REFUSED_CELLS.values(), ids=REFUSED_CELLS.keys())
def test_errors_and_lost_results_are_refused_by_address(rows, message):
    """What a spreadsheet could not calculate is never read as empty or zero."""
    write_xml(rows)
    with pytest.raises(InputError) as refusal:
        batches()
    assert str(refusal.value).startswith(f"x.xlsx: {message}")


UNUSED_FAULTS = {
    "an error": '<c r="C2" t="e"><f>NA()</f><v>#N/A</v></c>',
    "no result": '<c r="C2"><f>1+1</f></c>',
    "no text result": '<c r="C2" t="str"><f>A1</f></c>',
}


@pytest.mark.parametrize("cell", UNUSED_FAULTS.values(), ids=UNUSED_FAULTS.keys())
def test_errors_and_lost_results_are_empty_where_nothing_reads_them(cell):
    """A broken formula in a column of remarks is no reason to stop; a row of nothing else is a blank one."""
    write_xml(f'<row r="2"><c r="A2"><v>1</v></c>{cell}</row><row r="3">{cell.replace("C2", "C3")}</row>')
    (source,) = open_inputs(["x.xlsx"])
    source.use([0, 1])
    assert [row for batch in source.batches() for row in batch.select("row", "0", "1", "2").rows()] == [
        (1, "1", None, None)
    ]
    source.use([2])
    with pytest.raises(InputError, match=r"^x.xlsx: June!C2 holds "):
        list(source.batches())


@pytest.mark.parametrize("cell", UNUSED_FAULTS.values(), ids=UNUSED_FAULTS.keys())
def test_errors_and_lost_results_in_the_header_are_refused(cell):
    """A column whose name is not known may be any column."""
    write([["a", "b", None]])
    rewrite(SHEET, lambda xml: xml.replace("</row>", f"{cell.replace('C2', 'C1')}</row>"))
    with pytest.raises(InputError, match=r"^x.xlsx: June!C1 holds "):
        open_inputs(["x.xlsx"])


DAMAGED_XML = {
    "a row that is there twice": '<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>',
    "a cell that is there twice": '<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>',
    "two values in a cell": '<row r="2"><c r="A2"><v>1</v><v>2</v></c></row>',
    "elements within a value": '<row r="2"><c r="A2"><v>1<b>2</b>3</v></c></row>',
    "a number as Python writes it": '<row r="2"><c r="A2"><v>1_000</v></c></row>',
    "digits of another script": '<row r="2"><c r="A2"><v>\u0661</v></c></row>',
    "a cell of another row": '<row r="2"><c r="A3"><v>1</v></c></row>',
    "an impossible column": '<row r="2"><c r="AAAA2"><v>1</v></c></row>',
    "a column beyond the last": '<row r="2"><c r="ZZZ2"><v>1</v></c></row>',
    "a row beyond the last": '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
    "no number": '<row r="2"><c r="A2"><v>one</v></c></row>',
    "an unknown string": '<row r="2"><c r="A2" t="s"><v>99</v></c></row>',
    "a negative string": '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>',
    "an unknown type": '<row r="2"><c r="A2" t="x"><v>1</v></c></row>',
    "a bad boolean": '<row r="2"><c r="A2" t="b"><v>2</v></c></row>',
    "no XML": "<row",
}


@pytest.mark.parametrize("rows", DAMAGED_XML.values(), ids=DAMAGED_XML.keys())
def test_a_sheet_that_is_none_is_refused(rows):
    """XML that no spreadsheet program writes is damage, not data."""
    write_xml(rows)
    with pytest.raises(InputError, match=r"x\.xlsx is damaged, or not an Excel workbook"):
        batches()


def test_sheets_are_chosen_by_name():
    """--sheet chooses, without regard to case; the first visible sheet is read otherwise, and the others are named."""
    book = xlsxwriter.Workbook("x.xlsx")
    for name in ("Hidden", "June", "July & co"):
        book.add_worksheet(name).write_row(0, 0, [f"{name} a", "b", "c"])
    book.worksheets()[1].activate()
    book.worksheets()[0].hide()
    book.close()
    (source,) = open_inputs(["x.xlsx"])
    assert source.header[0] == "June a"
    assert source.warnings == (
        "x.xlsx holds the sheets 'Hidden', 'June', 'July & co': only 'June' is read. --sheet reads another.",
    )
    assert open_inputs(["x.xlsx"], sheet="july & CO")[0].header[0] == "July & co a"
    assert open_inputs(["x.xlsx"], sheet="Hidden")[0].warnings == ()
    with pytest.raises(InputError, match=r"x\.xlsx holds no sheet 'May', but 'Hidden', 'June', 'July & co'"):
        open_inputs(["x.xlsx"], sheet="May")


def test_other_programs_prefixes_and_paths_are_read():
    """Names of elements may have a prefix, relationships may be absolute, cells and rows may lack their address."""
    write([["a", "b", "c"]])
    rewrite(
        SHEET,
        lambda _: (
            '<x:worksheet xmlns:x="urn:x"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c>'
            '<x:c t="str"><x:v>b</x:v></x:c><x:c t="str"><x:v>c</x:v></x:c></x:row>'
            "<x:row><x:c><x:v>1</x:v></x:c><x:c/><x:c><x:v>3</x:v></x:c></x:row></x:sheetData></x:worksheet>"
        ),
    )
    rewrite("xl/_rels/workbook.xml.rels", lambda xml: xml.replace('"worksheets/', '"/xl/worksheets/'))
    assert cells() == [("1", None, "3")]


def test_an_empty_sheet_and_one_without_names_are_refused():
    """A header is needed: the first row that is not empty, with names in it."""
    write([])
    with pytest.raises(InputError, match=r"the sheet 'June' is empty\.$"):
        batches()
    write([[1, 2, 3]], first_row=4)
    with pytest.raises(InputError, match="line 5: the header holds no column names"):
        batches()


def test_a_header_alone_has_no_batches():
    """No rows are nothing to do, not an error."""
    write([["a", "b", "c"]])
    assert batches() == []


def test_many_rows_come_in_order():
    """Batches go on from one to the next."""
    write([["a", "b", "c"], *([f"{index:08}", index / 100, None] for index in range(4_000))])
    rows = pl.concat(batches())
    assert rows["0"].to_list() == [f"{index:08}" for index in range(4_000)]
    assert [float(text) for text in rows["1"]] == [index / 100 for index in range(4_000)]
    assert rows["row"].to_list() == list(range(1, 4_001))


def _parts() -> dict[str, bytes]:
    write([["a", "b", "c"], ["1", "2", "3"]])
    with zipfile.ZipFile("x.xlsx") as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize(
    "part",
    ["_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET, "xl/styles.xml", "xl/sharedStrings.xml"],
)
@pytest.mark.parametrize("content", [None, b"", b"<a>", b"\x00\x01"])
def test_a_package_with_a_broken_part_is_refused(part, content):
    """Every part that is needed is there and is XML."""
    parts = _parts() | {part: content}
    pack({name: data for name, data in parts.items() if data is not None})
    with pytest.raises(InputError, match=r"x\.xlsx is damaged, or not an Excel workbook"):
        batches()


def test_a_package_cut_off_or_changed_anywhere_is_refused_or_read():
    """A truncated workbook is refused; changed bytes are refused or read, and never fail otherwise."""
    _parts()
    whole = Path("x.xlsx").read_bytes()
    for end in range(0, len(whole), 211):
        Path("x.xlsx").write_bytes(whole[:end])
        with pytest.raises(InputError, match=r"^x\.xlsx "):
            batches()
    refused = 0
    for place in range(0, len(whole), 47):
        Path("x.xlsx").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            batches()
        except InputError:
            refused += 1
    assert refused > 20
    Path("x.xlsx").write_bytes(whole)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_entities_do_not_expand(part):
    """A document type declaration, which could make a small file huge, is refused."""
    _parts()
    rewrite(part, lambda xml: xml.replace("?>", f"?>{ENTITIES}", 1))
    with pytest.raises(InputError, match="document type declaration"):
        batches()


def test_a_part_that_unpacks_to_too_much_is_refused():
    """What is read of a package is bounded, however well it was packed."""
    _parts()
    rewrite("xl/styles.xml", lambda xml: xml + " " * (3 << 20))
    with (
        zipfile.ZipFile("x.xlsx") as archive,
        pytest.raises(InputError, match=r"part xl/styles\.xml is larger than 2 MiB"),
    ):
        Package(archive).read("xl/styles.xml", Element("styleSheet"), limit=2 << 20)
