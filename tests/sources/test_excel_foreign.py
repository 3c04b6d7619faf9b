"""Workbooks by other writers: their cells mean what the standard says, and their habits are no damage."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from importer.errors import InputError
from importer.sources import Dialect, open_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sources import Source

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
STYLES = (
    '<numFmts><numFmt numFmtId="170" formatCode="0.00"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>'
)


pytestmark = pytest.mark.usefixtures("here")


def parts(rows: str, *, styles: str = STYLES, strings: str = "", namespace: str = MAIN) -> dict[str, str]:
    """The parts of a workbook whose first sheet has these rows below a header of the columns `a` and `b`."""
    types = STRICT_RELATIONS if namespace == STRICT else RELATIONS
    found = {
        "xl/styles.xml": f"<styleSheet xmlns='{namespace}'>{styles}</styleSheet>",
        "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{namespace}'><sheetData>{HEADER}{rows}</sheetData></worksheet>",
        "xl/workbook.xml": f"<workbook xmlns='{namespace}' xmlns:r='{types}'><sheets>"
        "<sheet name='June' sheetId='1' r:id='worksheet'/></sheets></workbook>",
    }
    kinds = {"worksheets/sheet1": "worksheet", "styles": "styles"}
    if strings:
        kinds["sharedStrings"] = "sharedStrings"
        found["xl/sharedStrings.xml"] = f"<sst xmlns='{namespace}'>{strings}</sst>"
    related = "".join(
        f"<Relationship Id='{kind}' Type='{types}/{kind}' Target='{part}.xml'/>" for part, kind in kinds.items()
    )
    top = f"<Relationship Id='main' Type='{types}/officeDocument' Target='/xl/workbook.xml'/>"
    return found | {
        "_rels/.rels": f"<Relationships>{top}</Relationships>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{related}</Relationships>",
    }


def pack(found: dict[str, str], name: Callable[[str], str] = str) -> None:
    with zipfile.ZipFile("x.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in found.items():
            package.writestr(zipfile.ZipInfo(name(part)), content, zipfile.ZIP_DEFLATED)


def opened() -> Source:
    return open_inputs(["x.xlsx"])[0]


def column() -> list[str | None]:
    """The cells of column A below the header."""
    return [text for batch in opened().batches() for text in batch["0"]]


def cell(raw: str, **options: str) -> str | None:
    """The text of one cell, given as XML without its address; None where it is empty."""
    addressed = raw.replace("<c", '<c r="A2"', 1)
    pack(parts(f'<row r="2">{addressed}<c r="B2"><v>1</v></c></row>', **options))
    (text,) = column()
    return text


def test_addresses_may_be_in_small_letters() -> None:
    """As some program writes them."""
    pack(parts('<row r="2"><c r="a2"><v>1</v></c><c r="b2"><v>2</v></c></row>'))
    assert column() == ["1"]


def test_shared_texts_may_be_named_and_missing() -> None:
    """Where no cell refers to one; else the workbook is damaged."""
    for value, refused in (("<v>1</v>", False), ("<v>0</v>", True)):
        kind = ' t="s"' if refused else ""
        found = parts(f'<row r="2"><c r="A2"{kind}>{value}</c></row>', strings="<si><t>x</t></si>")
        del found["xl/sharedStrings.xml"]
        pack(found)
        if refused:
            with pytest.raises(InputError, match="damaged"):
                column()
        else:
            assert column() == ["1"]


def test_a_workbook_is_one_wherever_its_parts_are() -> None:
    """Their names are free: relationships lead to them."""
    found = parts('<row r="2"><c r="A2"><v>1</v></c></row>')
    found["_rels/.rels"] = found["_rels/.rels"].replace("/xl/workbook.xml", "/book/main.xml")
    found = {
        name.replace("xl/workbook.xml", "book/main.xml").replace("xl/", "book/"): text for name, text in found.items()
    }
    found["book/_rels/main.xml.rels"] = found.pop("book/_rels/workbook.xml.rels")
    pack(found | {"[Content_Types].xml": "<Types/>", "content.xml": "<a/>"})
    assert column() == ["1"]


COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
FALLBACK = "<mc:Fallback><v>25</v></mc:Fallback></mc:AlternateContent>"
CELLS = {
    "a number beside text that it does not announce": ("<c><v>25</v><is><t>25.00</t></is></c>", "25"),
    "text of its own beside a value": ('<c t="inlineStr"><v>25</v><is><t>25.00</t></is></c>', "25.00"),
    "the same the other way round": ('<c t="inlineStr"><is><t>25.00</t></is><v>25</v></c>', "25.00"),
    "a result beside text of its own": ('<c t="str"><v>abc</v><is><t>def</t></is></c>', "abc"),
    "white space around a number": ("<c><v>\n  25.5\n</v></c>", "25.5"),
    "white space around an index": ('<c t="s"><v> 1 </v></c>', "two"),
    "white space in a text": ('<c t="str"><v> x </v></c>', " x "),
    "true as XML writes it": ('<c t="b"><v>true</v></c>', "true"),
    "an empty value": ("<c><v/></c>", None),
    "an empty index": ('<c t="s"><v/></c>', None),
    "an empty truth": ('<c t="b"><v></v></c>', None),
    "an empty date": ('<c t="d"><v/></c>', None),
    "an empty style": ('<c s=""><v>25</v></c>', "25"),
    "an empty type": ('<c t=""><v>25</v></c>', "25"),
    "no text of its own": ('<c t="inlineStr"><is/></c>', None),
    "empty text of its own": ('<c t="inlineStr"><is><t/></is></c>', None),
    "a formula's text is no value": ("<c><f>1+1</f><v>2</v></c>", "2"),
    "reading aids of runs": (
        '<c t="inlineStr"><is><r><t>1</t></r><rPh sb="0"><t>2</t></rPh><phoneticPr><t>3</t></phoneticPr></is></c>',
        "1",
    ),
    "extensions within a cell": (
        '<c><v>25</v><extLst><ext><x:v xmlns:x="urn:x">1</x:v><v>2</v><t>3</t></ext></extLst></c>',
        "25",
    ),
    "a foreign element of the same name": ('<c><x:v xmlns:x="urn:x">1</x:v><v>25</v></c>', "25"),
    "a comment within a number": ("<c><v>2<!-- 1 -->5</v></c>", "25"),
    "alternatives": (
        f"<c><mc:AlternateContent xmlns:mc='{COMPATIBILITY}'><mc:Choice><v>1</v></mc:Choice>{FALLBACK}</c>",
        "25",
    ),
    "a whole number of many digits": ("<c><v>12345678901234567</v></c>", "12345678901234567"),
    "a character beyond the first 65,536": ('<c t="str"><v>_xD83D__xDE00_</v></c>', "😀"),
    "half of such a character": ('<c t="str"><v>a_xD83D_</v></c>', "a_xD83D_"),
}
STRINGS = "<si><t>one</t></si><si><t>two</t></si>"


@pytest.mark.parametrize(("raw", "text"), CELLS.values(), ids=CELLS.keys())
@pytest.mark.parametrize("namespace", [MAIN, STRICT])
def test_a_cell_is_what_its_type_announces(raw, text, namespace):
    """Text of its own only counts where the type says so, the value everywhere else, and nothing around them."""
    assert cell(raw, strings=STRINGS, namespace=namespace) == text


TWO_MEANINGS = {
    "a value announced as text of its own": ('<c t="inlineStr"><v>25</v></c>', "is said to hold text of its own"),
    "text of its own that is not announced": ("<c><is><t>25</t></is></c>", "holds text of its own that it does not"),
    "plain text beside runs": ('<c t="inlineStr"><is><t>25</t><r><t>.00</t></r></is></c>', "holds two texts"),
    "two plain texts": ('<c t="inlineStr"><is><t>25</t><t>25.00</t></is></c>', "holds two texts"),
    "two texts of its own": ('<c t="inlineStr"><is><t>25</t></is><is><t>25.00</t></is></c>', "holds two texts"),
    "a shared string of two texts": ('<c t="s"><v>0</v></c>', "holds two texts"),
    "an error without its name": ('<c t="e"><v/></c>', "holds an error"),
}


@pytest.mark.parametrize(("raw", "reason"), TWO_MEANINGS.values(), ids=TWO_MEANINGS.keys())
def test_a_cell_of_two_meanings_is_refused_where_it_is_used(raw, reason):
    """What one reader would take and another leave is named with its address, and harmless where nothing reads it."""
    strings = "<si><t>25</t><r><t>25.00</t></r></si>"
    with pytest.raises(InputError, match=rf"^x\.xlsx: June!A2 {reason}"):
        cell(raw, strings=strings)
    source = opened()
    source.use([1])
    assert [batch["0"].to_list() for batch in source.batches()] == [[None]]


FORMATS = {
    "those of differences": '<dxfs><dxf><numFmt numFmtId="170" formatCode="dd.mm.yyyy"/></dxf></dxfs>',
    "those of an extension": '<extLst><ext><x:numFmts xmlns:x="urn:x"><x:numFmt numFmtId="170" formatCode="d"/>'
    '</x:numFmts><numFmts><numFmt numFmtId="170" formatCode="d"/></numFmts></ext></extLst>',
    "styles of an extension": "<extLst><ext><cellXfs><xf numFmtId='14'/><xf numFmtId='14'/></cellXfs></ext></extLst>",
}


@pytest.mark.parametrize("more", FORMATS.values(), ids=FORMATS.keys())
@pytest.mark.parametrize("first", [True, False])
def test_only_the_formats_of_cells_make_a_number_a_date(more, first):
    """Number formats of other things look the same, and have no say: an offer stays a number."""
    styles = more + STYLES if first else STYLES + more
    assert cell('<c s="1"><v>46061</v></c>', styles=styles) == "46061"


def test_rows_and_cells_out_of_order_are_put_in_order():
    """Whatever order they were written in: the header is the first by number, and so are the rows."""
    rows = '<row r="4"><c r="B4"><v>6</v></c><c r="A4"><v>5</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    found = parts(rows)
    sheet = found["xl/worksheets/sheet1.xml"]
    found["xl/worksheets/sheet1.xml"] = sheet.replace(HEADER, "").replace("</sheetData>", f"{HEADER}</sheetData>")
    pack(found)
    source = opened()
    assert source.header == ("a", "b")
    (batch,) = source.batches()
    assert batch.select("row", "line", "0", "1").rows() == [(1, 2, "1", None), (3, 4, "5", "6")]


def test_rows_out_of_order_where_it_does_not_show_are_refused():
    """XML in UTF-16 hides its rows from the look that tells their order: they are refused, not read in a wrong one."""
    found = parts('<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>')
    declared = '<?xml version="1.0" encoding="UTF-16"?>' + found["xl/worksheets/sheet1.xml"]
    pack(found | {"xl/worksheets/sheet1.xml": declared.encode("utf-16")})
    with pytest.raises(InputError, match=r"x\.xlsx is damaged"):
        column()


NAMES = {
    "another case": str.upper,
    "backslashes": lambda name: name.replace("/", "\\"),
    "a slash in front": lambda name: f"/{name}",
    "a dot in front": lambda name: f"./{name}",
    "as in a URL": lambda name: name.replace("sheet1", "sheet%31"),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_parts_are_found_under_the_names_that_programs_give_them(name):
    """The names in the archive and those that lead to them need not be the same letter for letter."""
    pack(parts('<row r="2"><c r="A2" t="s"><v>1</v></c></row>', strings=STRINGS), name)
    assert column() == ["two"]


def test_two_parts_of_one_name_are_refused():
    """Nobody can say which of them is meant."""
    found = parts('<row r="2"><c r="A2"><v>1</v></c></row>')
    pack(found | {"XL/Worksheets/Sheet1.xml": found["xl/worksheets/sheet1.xml"].replace("<v>1<", "<v>2<")})
    with pytest.raises(InputError, match=r"x\.xlsx is damaged"):
        column()


def test_a_number_format_beyond_255_characters_is_refused():
    """Excel writes none, and what would look for its quotes could take for ever."""
    with pytest.raises(InputError, match=r"^x\.xlsx: it holds a number format of more than 255 characters; save it"):
        cell('<c s="1"><v>1</v></c>', styles=STYLES.replace('"0.00"', f"'{'[' * 256}'"))


def test_an_empty_first_sheet_names_the_others():
    """The data is perhaps in the next one: the option that reads it is said, and works."""
    book = xlsxwriter.Workbook("x.xlsx")
    book.add_worksheet("Notes")
    book.add_worksheet("June 2026").write_row(0, 0, ["a", "b"])
    book.close()
    with pytest.raises(InputError, match=r"the sheet 'Notes' is empty\. .*--sheet 'June 2026' reads another\.$"):
        opened()
    assert open_inputs(["x.xlsx"], Dialect(sheets=("June 2026",)))[0].header == ("a", "b")


def test_a_sheet_chosen_that_is_empty_names_the_others():
    """Whoever chose the wrong one is told the right one."""
    book = xlsxwriter.Workbook("x.xlsx")
    book.add_worksheet("Notes").write(0, 0, "a")
    book.add_worksheet("Empty")
    book.close()
    with pytest.raises(InputError, match=r"the sheet 'Empty' is empty\. .*--sheet Notes reads another\.$"):
        open_inputs(["x.xlsx"], Dialect(sheets=("empty",)))
    assert Path("x.xlsx").exists()


@pytest.mark.parametrize("address", ["0", "2", "17"])
def test_cells_that_name_no_column_follow_each_other(address):
    """A program writes numerals alone for their addresses: the order is all that there is, as where they have none."""
    found = parts(f'<row r="2"><c r="{address}"><v>1</v></c><c r="{address}"><v>2</v></c></row>')
    sheet = "xl/worksheets/sheet1.xml"
    pack(found | {sheet: found[sheet].replace('r="A1"', 'r="0"').replace('r="B1"', 'r="0"')})
    source = opened()
    assert source.header == ("a", "b")
    assert [(*batch["0"], *batch["1"]) for batch in source.batches()] == [("1", "2")]
