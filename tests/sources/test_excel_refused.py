"""Workbooks that are refused: lost results, damaged XML, packages that are broken or hostile."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from importer.errors import InputError
from importer.sources import open_inputs
from importer.sources.excel.markup import Element
from importer.sources.excel.package import Package
from tests.sources.workbooks import SHEET, batches, pack, rewrite, write, write_xml

pytestmark = pytest.mark.usefixtures("here")


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
