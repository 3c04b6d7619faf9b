"""Whether a revenue column speaks of decimal points or of decimal commas, read as a whole.

A cell such as `1.234` could be either, and taking it for the wrong one is wrong by a factor of a thousand. So cells
that can only be the one or the other are looked for, and without an answer the input is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.schema.cells import CELL, matches, shown, stripped
from importer.schema.money.amount_forms import MINUSES
from importer.schema.money.currency_names import NAME

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = 3

# What may stand around the digits of an amount: it says nothing of how they are punctuated.
_BEFORE = rf"^(?:[{MINUSES}+(]|\p{{Sc}}|\s|{NAME}|[A-Za-z]{{2,3}})*"
_AFTER = rf"(?:[eE][+-]?[0-9]+)?(?:[{MINUSES})]|\p{{Sc}}|\s|{NAME}|[A-Za-z]{{2,3}})*$"
_BETWEEN_CELLS = "\x1f"
_NOT_PLAIN = rf",|\.[^.{_BETWEEN_CELLS}]*\."

Address = Callable[[int], str | None]
"""The address of the revenue cell in a line of a workbook; None of other files."""
_Place = tuple[str, str]  # the cell, and where it is


def _only(point: str, group: str) -> str:
    """Write the forms that are numbers with this decimal point, and none with the other."""
    no_group = rf"[0-9]*[{point}](?:[0-9]{{1,2}}|[0-9]{{4,}})|(?:0[0-9]*|[0-9]{{4,}})?[{point}][0-9]{{3}}"
    grouped = rf"[1-9][0-9]{{0,2}}(?:[{group}\s'’][0-9]{{3}})+[{point}][0-9]+"
    only_groups = rf"[1-9][0-9]{{0,2}}(?:[{group}][0-9]{{3}}){{2,}}"
    return f"{_BEFORE}(?:{no_group}|{grouped}|{only_groups}){_AFTER}"


_ONLY_COMMA = _only(",", ".")
_ONLY_POINT = _only(".", ",")
_EITHER = rf"{_BEFORE}[1-9][0-9]{{0,2}}[.,][0-9]{{3}}{_AFTER}"


@dataclass(slots=True)
class _Column:
    """The first cells of each kind in the revenue column of one file."""

    source: str
    address: Address
    may_be_commas: str = ""
    comma: list[_Place] = field(default_factory=list)
    point: list[_Place] = field(default_factory=list)
    either: list[_Place] = field(default_factory=list)

    def note(self, found: list[_Place], cells: pl.DataFrame, pattern: str, most: int) -> None:
        if len(found) < most:
            new = cells.filter(matches(pattern)).head(most - len(found)).select("row", "line", shown(CELL))
            found += [(cell, self._place(row, line)) for row, line, cell in new.iter_rows()]

    def _place(self, row: int, line: int | None) -> str:
        address = None if line is None else self.address(line)
        return f"{self.source} row {row:,}" + (f", {address}" if address else "")


class DecimalEvidence:
    """Gathers the evidence over all files, for runs without `--decimal`."""

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}

    def add(self, source: str, delimiter: str | None, cells: pl.DataFrame, address: Address) -> None:
        """Take in the raw revenue cells of a batch (`row`, `line`, `cell`), without those that were typed numbers.

        `as_written` is true where a row is valid and its revenue is sent as it is written: digits, with one point at
        most. Such a cell is no sign of commas, so that in most files nearly all are done with at no cost.
        """
        column = self._columns.setdefault(source, _Column(source, address))
        if column.point:
            are_plain = cells["as_written"].fill_null(value=False)
            if are_plain.all():
                return
            cells = cells.filter(~are_plain)
        # One look at all cells in one text: several times as fast as a look at each, and nearly always enough.
        everything = cells["cell"].str.join(_BETWEEN_CELLS)
        has_comma = everything.str.contains(_NOT_PLAIN).any()
        undecided = not column.point and (has_comma or everything.str.contains(".", literal=True).any())
        if not has_comma and not undecided:
            return
        cells = cells.with_columns(stripped(CELL))
        if has_comma:
            column.note(column.comma, cells, _ONLY_COMMA, EXAMPLES)
        if undecided:
            column.note(column.point, cells, _ONLY_POINT, 1)
        column.may_be_commas = column.may_be_commas or _why_commas(delimiter, cells)
        if undecided and column.may_be_commas:
            column.note(column.either, cells, _EITHER, EXAMPLES)

    def verdict(self) -> None:
        """Return where the points are points.

        Raises:
            InputError: a column has decimal commas, or could have.

        """
        comma = [place for column in self._columns.values() for place in column.comma]
        point = [place for column in self._columns.values() for place in column.point]
        if comma and point:
            raise InputError(
                f"The revenue column mixes decimal commas with decimal points: {_list(comma)} can only have a comma, "
                f"{_list(point[:1])} only a point. {_WAY_OUT}"
            )
        if comma:
            raise InputError(f"The revenue column has decimal commas: {_list(comma)}. {_WAY_OUT}")
        for column in self._columns.values():
            if column.either and not column.point:
                raise InputError(
                    f"The revenue column could have decimal points or decimal commas: {_list(column.either)}, in a "
                    f"{column.may_be_commas}. {_WAY_OUT}"
                )


def _why_commas(delimiter: str | None, cells: pl.DataFrame) -> str:
    """What says that a number such as `1.234` may have a separator of thousands; empty where a comma tells cells apart.

    Of Parquet, too, whose texts programs wrote: cells of it have no line.
    """
    if delimiter is None:
        is_sheet = cells["line"].null_count() < cells.height
        return "workbook whose amounts are texts, as somebody typed or pasted them" if is_sheet else ""
    names = {";": "semicolons", "\t": "tabs", "|": "bars"}
    return f"file with {names[delimiter]}, as decimal commas require" if delimiter in names else ""


_WAY_OUT = (
    "Nothing was posted. Say --decimal comma (`1.234,56`) or --decimal point (`1,234.56`); rows that are not written "
    "so are then `invalid_revenue`."
)


def _list(places: list[_Place]) -> str:
    return ", ".join(f"{cell} ({place})" for cell, place in places[:EXAMPLES])
