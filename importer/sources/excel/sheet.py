"""The cells of a worksheet, row by row, as text."""

from __future__ import annotations

import re
from operator import gt
from typing import TYPE_CHECKING, NamedTuple

from importer.sources.excel.cell_text import Date, Number, column_of, date_text, letters_of, number_of, number_text
from importer.sources.excel.marks import UNMARKED, Marks, adds_up_rows, is_hidden
from importer.sources.excel.markup import Element
from importer.sources.excel.workbook import RichText, unescaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources.excel.workbook import Workbook
    from importer.sources.input_file import Readable

# Excel's own limits.
_MAX_ROWS, _MAX_COLUMNS = 1 << 20, 1 << 14
_LOOK = 1 << 18
_ROW_TAG = re.compile(rb"""<(?:[\w.-]+:)?row\s(?:[^<>]*?\s)?r=["']([0-9]{1,7})["']""")
_INDEX = re.compile("[0-9]{1,10}")
_TWO_TEXTS = "holds two texts, and which one is meant cannot be told; type it again"
_SPACE = " \t\r\n"  # what XML calls white space; around a number, an index or a word it is none of it


class SheetRow(NamedTuple):
    """A row that holds cells: its 1-based number in the sheet, and its cells that are not empty, by 0-based column."""

    number: int
    cells: dict[int, str]
    marks: Marks = UNMARKED


class Fault(NamedTuple):
    """A cell whose text cannot be told: where it is, from 1, and what to say if its column matters."""

    row: int
    column: int
    reason: str


def seem_in_order(stream: Readable) -> bool:
    """Whether the rows of a worksheet's XML come in the order of their numbers, by a look at their tags.

    It takes a tenth of the time of reading them; who reads them finds out where it was wrong.
    """
    last, rest = 0, b""
    while block := stream.read(_LOOK):
        rest += block
        cut = rest.rfind(b"<")
        numbers = [last, *map(int, _ROW_TAG.findall(rest, 0, cut))]
        if any(map(gt, numbers, numbers[1:])):
            return False
        last, rest = numbers[-1], rest[cut:][:_LOOK]
    return True


class SheetCells:
    """Collects the rows of a worksheet's XML in `rows`, as they come, for the caller to take away.

    Of each cell only that counts which its type announces: `<is>` for text of its own, `<v>` for all others. What
    cannot be told is an empty cell, and among the `faults`: an error (`#N/A`), a formula without a stored result, a
    value of another kind than was announced.

    Raises `ValueError` or `LookupError` for XML that is no worksheet.
    """

    def __init__(self, workbook: Workbook, strings: Sequence[str | None], sheet: str) -> None:
        self.rows: list[SheetRow] = []
        self.faults: list[Fault] = []
        self._workbook = workbook
        self._strings = strings
        self._sheet = sheet
        self._row = 0
        self._cells: dict[int, str] = {}
        self._column = 0
        self._cell: dict[str, str] = {}
        self._formula = False
        self._marks = UNMARKED
        self._shared_sums: dict[str, bool] = {}
        self._formula_of = ""
        self._value: str | None = None
        self._own = 0
        self._text = RichText()
        cell = Element(
            "c",
            Element("v", text=self._take_value),
            Element("f", start=self._find_formula, text=self._take_formula),
            Element("is", *self._text.elements, start=self._find_own),
            start=self._start_cell,
            end=self._end_cell,
        )
        row = Element("row", cell, start=self._start_row, end=self._end_row)
        self.tree = Element("worksheet", Element("sheetData", row))

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r") or self._row + 1)  # one that does not tell follows the row before it
        if not 1 <= self._row <= _MAX_ROWS:
            raise ValueError(f"there is no row {self._row}")
        self._column = 0
        self._cells = {}
        self._marks = Marks(hidden=True) if is_hidden(attributes) else UNMARKED

    def _end_row(self) -> None:
        if self._cells:
            self.rows.append(SheetRow(self._row, self._cells, self._marks))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell = attributes
        self._formula = False
        self._value = None
        if self._own:
            self._own = 0
            self._text.taken()

    def _take_value(self, text: str) -> None:
        if self._value is not None:
            raise ValueError(f"a cell of row {self._row} has two values")
        self._value = text

    def _find_formula(self, attributes: dict[str, str]) -> None:
        self._formula = True
        self._formula_of = attributes.get("si", "") if attributes.get("t") == "shared" else ""

    def _take_formula(self, text: str) -> None:
        """Note where a formula adds up other rows; one that is shared stands with the first of its cells alone."""
        column = self._next_column()
        adds_up = adds_up_rows(text, self._row, column) if text else self._shared_sums.get(self._formula_of, False)
        if text and self._formula_of:
            self._shared_sums[self._formula_of] = adds_up
        if adds_up:
            self._mark().sums.add(column - 1)

    def _mark(self) -> Marks:
        if self._marks is UNMARKED:
            self._marks = Marks()
        return self._marks

    def _find_own(self, _: dict[str, str]) -> None:
        self._own += 1

    def _end_cell(self) -> None:
        self._column = column = self._next_column()
        if column > _MAX_COLUMNS:
            raise ValueError(f"column {column} is beyond the last")
        text = self._read()
        if text and self._cells.setdefault(column - 1, text) is not text:
            raise ValueError(f"{self._address} is there twice")

    def _next_column(self) -> int:
        """The column of the cell: as it says, or where it names none (some programs write `r="0"`) the next one."""
        address = self._cell.get("r", "")
        letters = address.rstrip("0123456789")
        if not letters:
            return self._column + 1
        if address != f"{letters}{self._row}":
            raise ValueError(f"{address} is no cell of row {self._row}")
        return column_of(letters)

    def _read(self) -> str:
        kind = self._cell.get("t") or "n"
        if kind == "inlineStr":
            return self._own_text()
        raw = self._value
        if raw and kind != "str":
            raw = raw.strip(_SPACE)
        if kind == "e":
            return self._fault(f"holds {raw or 'an error'}; correct the cell, or empty it")
        return self._typed(kind, raw) if raw else self._without_value()

    def _typed(self, kind: str, raw: str) -> str:
        match kind:
            case "s":
                return self._shared(raw)
            case "n":
                return self._number(raw)
            case "str":
                return unescaped(raw)
            case "b":
                return {"1": "true", "0": "false", "true": "true", "false": "false"}[raw]
            case "d":
                return raw
        raise ValueError(f"unknown type of cell {kind!r}")

    def _own_text(self) -> str:
        text = self._text.taken() if self._own == 1 else None if self._own else ""
        if text is None:
            return self._fault(_TWO_TEXTS)
        if self._value and not text:
            return self._fault("is said to hold text of its own, and holds a value instead; type it again")
        return text

    def _number(self, raw: str) -> str:
        if self._workbook.date_styles and int(self._cell.get("s") or 0) in self._workbook.date_styles:
            return Date(date_text(number_of(raw), is_1904=self._workbook.is_1904))
        if self._workbook.currencies:
            currency = self._workbook.currencies.get(int(self._cell.get("s") or 0))
            if currency is not None:
                self._mark().currencies[self._column - 1] = currency
        return Number(number_text(raw))

    def _shared(self, raw: str) -> str:
        if not _INDEX.fullmatch(raw):
            raise ValueError(f"{raw} is no index")
        text = self._strings[int(raw)]
        return self._fault(_TWO_TEXTS) if text is None else text

    def _without_value(self) -> str:
        """An empty cell, unless something else in it says that it is none."""
        is_empty_text = self._value is not None and self._cell.get("t") == "str"
        if self._formula and not is_empty_text:
            return self._fault("holds a formula without a stored result; open the workbook in Excel and save it")
        if self._own and self._text.taken() != "":
            return self._fault("holds text of its own that it does not announce; type it again")
        return ""

    def _fault(self, reason: str) -> str:
        self.faults.append(Fault(self._row, self._column, f"{self._address} {reason}"))
        return ""

    @property
    def _address(self) -> str:
        return f"{self._sheet}!{letters_of(self._column)}{self._row}"
