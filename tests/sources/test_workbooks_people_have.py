"""Workbooks as people have them: each kind with three examples, and what `check` makes of each of them.

The first example of a kind is one that went wrong for somebody; the others are of its kind, and nobody told them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from tests.sources.test_excel_foreign import NAMES, STYLES, pack, parts
from tests.support.checked import heard

if TYPE_CHECKING:
    from collections.abc import Sequence

AB: dict[str, Any] = {"map": {"message_id": "a", "revenue": "b"}, "set": {"attribution_type": "sale"}}

pytestmark = pytest.mark.usefixtures("here")

# kind: three cells of a workbook as they are written, and what the offer is
CELLS: dict[str, dict[str, str]] = {
    "two contents, of which one is announced": {
        "<c><v>25</v><is><t>25.00</t></is></c>": "25",
        '<c t="inlineStr"><v>25</v><is><t>25.00</t></is></c>': "25.00",
        '<c t="str"><v>7</v><is><t>8</t></is></c>': "7",
    },
    "white space around a number": {"<c><v> 25 </v></c>": "25", "<c><v>\n2.5</v></c>": "2.5", "<c><v>\t7</v></c>": "7"},
    "empty attributes": {
        '<c s=""><v>25</v></c>': "25",
        '<c t=""><v>2.5</v></c>': "2.5",
        '<c s="" t=""><v>7</v></c>': "7",
    },
}
DIFFERENCES = '<dxfs><dxf><numFmt numFmtId="170" formatCode="dd.mm.yyyy"/></dxf></dxfs>'


@pytest.mark.parametrize("kind", CELLS)
def test_cells_of_other_writers(kind: str) -> None:
    """A cell is what its type announces."""
    for raw, revenue in CELLS[kind].items():
        cell = raw.replace("<c", '<c r="B2"', 1)
        pack(parts(f'<row r="2"><c r="A2" t="str"><v>tfb0raDP</v></c>{cell}</row>'))
        assert heard("x.xlsx", **AB).column("revenue") == [revenue], raw


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("styles", [STYLES, DIFFERENCES + STYLES], ids=["", "with differences"])
def test_workbooks_of_other_writers(name: str, styles: str) -> None:
    """Names of parts, rows out of order, formats of other things: none of it is damage, or changes a number."""
    rows = [f'<row r="{n}"><c r="A{n}" t="str"><v>tfb0raD{n}</v></c><c r="B{n}" s="1"><v>46061</v></c></row>'
            for n in (4, 2, 3)]  # fmt: skip
    pack(parts("".join(rows), styles=styles), NAMES[name])
    found = heard("x.xlsx", **AB)
    assert found.column("message_id") == ["tfb0raD2", "tfb0raD3", "tfb0raD4"]
    assert found.column("revenue") == ["46061"] * 3


def workbook(
    *sheets: tuple[str, Sequence[Sequence[Any]]], hide: Sequence[int] = (), formats: Sequence[str] = ()
) -> None:
    """A workbook of these sheets; `hide` rows of the last, `formats` are those of its second column."""
    with xlsxwriter.Workbook("june.xlsx") as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
        for n, form in enumerate(formats, 1):
            sheet.write_number(n, 1, n, book.add_format({"num_format": form}))
        for n in hide:  # the first so, others by having no height
            sheet.set_row(n, None if n == hide[0] else 0, None, {"hidden": n == hide[0]})


LINES = [("message_id", "revenue", "attribution_type"), *[(f"tfb0raD{n}", n, "sale") for n in (1, 2, 3)]]


@pytest.mark.parametrize("hide", [(1,), (2, 3), (1, 2, 3)])
def test_hidden_rows_are_a_question(hide: tuple[int, ...]) -> None:
    """With their amount and their places."""
    workbook(("June", LINES), hide=hide)
    said = heard("june.xlsx").said
    assert f"hides {len(hide)} row" in said
    assert f"(its rows {', '.join(str(n + 1) for n in hide)})" in said
    assert heard("june.xlsx", hidden="skip").posted == 3 - len(hide)
    assert heard("june.xlsx", hidden="read").posted == 3


@pytest.mark.parametrize(
    "formats",
    [
        ("[$€-407] 0.00", '"$"0.00', '"$"0.00'),
        ('0.00 "zł"', '0.00 "zł"', '0.00 "Kč"'),
        ("[$kr-41D] 0", "[$kr-406] 0", "0"),
    ],
)
def test_formats_of_several_currencies_are_a_question(formats: tuple[str, ...]) -> None:
    """What a person sees is not what the file holds; places are addresses of cells."""
    workbook(("June", LINES), formats=formats)
    found = heard("june.xlsx")
    assert "The revenue column is in several currencies" in found.said
    assert "June!B2" in found.said
    assert heard("june.xlsx", ignore=("revenue",)).posted == 3


@pytest.mark.parametrize("texts", [("13/06/2026", "30/06/2026"), ("06/13/2026", "06/30/2026"), ("13.6.26", "30.6.26")])
def test_dates_that_a_spreadsheet_has_swapped(texts: tuple[str, str]) -> None:
    """Days up to 12 are dates, the others texts."""
    with xlsxwriter.Workbook("june.xlsx") as book:
        sheet, day = book.add_worksheet("June"), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, [*LINES[0], "timestamp"])
        for n, moment_ in enumerate((46148, 46179, *texts), 1):
            sheet.write_row(n, 0, (f"tfb0raD{n}", n, "sale", moment_), day)
    found = heard("june.xlsx", timestamp_format=("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y"))
    assert "June!D2" in found.said
    assert found.posted == 0


@pytest.mark.parametrize("first", [[], [[""]], [["", ""], [""]]])
def test_an_empty_first_sheet_names_the_next(first: list[list[str]]) -> None:
    """The option that reads it is said, and works; so do several at once."""
    workbook(("Notes", first), ("June 2026", LINES), ("July", [LINES[0], ("tfb0raD9", 9, "sale")]))
    found = heard("june.xlsx")
    assert found.options("--sheet")[0] == "June 2026"
    assert heard("june.xlsx", sheet=("June 2026",)).posted == 3
    assert heard("june.xlsx", sheet=("June 2026", "July")).posted == 4
