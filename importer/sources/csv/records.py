"""The exact way through CSV text: one record after the other, with the line on which each starts.

The standard library's `csv` module decides what a record is; it reads as spreadsheets do. A quote in the middle of
an unquoted cell is literal text (`5" pipe`). A quote that never closes, or text behind a closing quote, is refused
with the line where that quote opened.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

from importer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CELL = 1 << 20  # characters; a longer one is a quote that was never closed, or no table at all

# How Spark writes a quote within a quoted cell.
_ESCAPE = (
    " A backslash stands before a quote in it: if the program that wrote the file means a quote, say --escape "
    "backslash."
)
_DOUBLE = (
    ' A quote within a quoted cell is written as two (""): export the file again so, or take the quote out if it means '
    "nothing."
)
_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
LINE_END = re.compile(r"\r\n|\r|\n")


class Records:
    """The records of a text that starts where a record starts: iterate for the line and the cells of each.

    LF, CRLF and CR end a record outside quotes; inside they belong to the cell. Lines that are empty or white space
    are no records. When the text goes on elsewhere (`final` is false), a last record that may be unfinished is left
    out. `first_line` is the line of the file, from 1, at which the text starts.

    `end` is the offset in characters behind the last whole record, `line` the line of the file that follows there,
    `blank` how many lines were no records.

    Raises `InputError` for malformed quotes and for cells over `MAX_CELL` characters.
    """

    def __init__(self, text: str, delimiter: str, *, final: bool, label: str, first_line: int = 1) -> None:
        self.end = 0
        self.line = first_line
        self.blank = 0
        self._text = text
        self._delimiter = delimiter
        self._final = final
        self._label = label
        self._fed = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
        first_line = self.line
        reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._refuse(error)
                return
            start, self.end = self.end, self._fed
            line, self.line = self.line, first_line + reader.line_num
            if len(cells) < 2 and not self._text[start : self.end].strip():
                self.blank += 1
                continue
            if self.end - start > MAX_CELL and max(map(len, cells)) > MAX_CELL:
                raise InputError(f"{self._label}, line {line}: holds a cell of more than 1 MiB.")
            yield line, cells

    def _lines(self) -> Iterator[str]:
        length = len(self._text)
        for line in io.StringIO(self._text, newline=""):
            self._fed += len(line)
            # A line may go on behind the text; a carriage return at its very end may be half of a CRLF.
            if self._fed == length and not self._final and not line.endswith("\n"):
                return
            yield line

    def _refuse(self, error: csv.Error) -> None:
        """Raise what is wrong with the record behind `end`; return when it may only be unfinished."""
        fault = _find_fault(self._text, self.end, self._delimiter, final=self._final)
        if fault is not None:
            line = self.line + _count_lines(self._text, self.end, fault.offset)
            advice = _ESCAPE if '\\"' in self._text[fault.offset : fault.end] else _DOUBLE
            raise InputError(f"{self._label}, line {line}: {fault.reason}.{advice}") from error
        if self._final:
            raise InputError(f"{self._label}, line {self.line}: it could not be read as CSV ({error}).") from error


class _Fault(NamedTuple):
    """What is wrong with the cell at `offset`; `end` is how far it was read."""

    offset: int
    reason: str
    end: int


def _find_fault(text: str, start: int, delimiter: str, *, final: bool) -> _Fault | None:
    """Find the cell that `csv` refused in the record at `start`; None when that may only be unfinished."""
    unquoted = re.compile(rf"[^{re.escape(delimiter)}\r\n]*+")
    position = start
    while True:
        quoted = text.startswith('"', position)
        match = (_QUOTED if quoted else unquoted).match(text, position)
        if match is None:
            if final:
                return _Fault(position, "the quoted cell that starts here has no closing quote", position + MAX_CELL)
            if len(text) - position > MAX_CELL:
                return _Fault(
                    position, "the quoted cell that starts here does not close within 1 MiB", position + MAX_CELL
                )
            return None
        if len(match[0]) > MAX_CELL:
            return _Fault(position, "holds a cell of more than 1 MiB", match.end())
        following = text[match.end() : match.end() + 1]
        if quoted and following not in {delimiter, "\r", "\n", ""}:
            return _Fault(position, "text follows the closing quote of the cell that starts here", match.end())
        if following != delimiter:
            return None
        position = match.end() + 1


def _count_lines(text: str, start: int, end: int) -> int:
    return sum(1 for _ in LINE_END.finditer(text, start, end))
