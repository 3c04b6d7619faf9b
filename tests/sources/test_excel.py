"""Workbooks: the text of every kind of cell, and where rows and columns are."""

from __future__ import annotations

from datetime import date, datetime, time

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import InputError
from importer.sources import Dialect, open_inputs
from importer.sources.excel.cell_text import date_text, number_text
from tests.sources.workbooks import SHEET, batches, cells, column, rewrite, write

pytestmark = pytest.mark.usefixtures("here")


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
    assert open_inputs(["x.xlsx"], Dialect(sheets=("july & CO",)))[0].header[0] == "July & co a"
    assert open_inputs(["x.xlsx"], Dialect(sheets=("Hidden",)))[0].warnings == ()
    with pytest.raises(InputError, match=r"^x\.xlsx holds no sheet 'May', but 'Hidden', 'June', 'July & co'\.$"):
        open_inputs(["x.xlsx"], Dialect(sheets=("May",)))


def test_of_very_many_sheets_some_are_named():
    """A sentence stays one, whatever a workbook holds."""
    book = xlsxwriter.Workbook("x.xlsx")
    for number in range(23):
        book.add_worksheet(f"Day {number}").write_row(0, 0, ["a", "b"])
    book.close()
    (warning,) = open_inputs(["x.xlsx"])[0].warnings
    assert "'Day 19' and 3 more: only 'Day 0' is read" in warning
    with pytest.raises(InputError, match=r"'Day 0', .*'Day 19' and 3 more"):
        open_inputs(["x.xlsx"], Dialect(sheets=("May",)))


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
