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

_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
_LINE_END = re.compile(r"\r\n|\r|\n")


class Record(NamedTuple):
    """One record: its cells, the 0-based line of the text on which it starts, and where it ends.

    `end` is an offset in characters and `lines` the number of lines up to there, line breaks in quoted cells counted.
    """

    cells: list[str]
    line: int
    end: int
    lines: int
    blank: bool


def records(text: str, delimiter: str, *, final: bool, label: str, first_line: int) -> Iterator[Record]:
    """Yield the records of `text`, which starts where a record starts.

    When the text goes on elsewhere (`final` is false), a last record that may be unfinished is left out.
    LF, CRLF and CR end a record outside quotes; inside they belong to the cell.

    Raises `InputError` for malformed quotes and for cells over `MAX_CELL` characters. `first_line` is the line of the
    file, from 1, at which `text` starts.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    lines = _Lines(text, final=final)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start, line = 0, 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = _find_fault(text, start, delimiter, final=final)
            if fault is None and not final:
                return
            where = first_line + line if fault is None else first_line + _count_lines(text, fault.offset)
            reason = f"it could not be read as CSV ({error})" if fault is None else fault.reason
            raise InputError(f"{label}, line {where}: {reason}.") from error
        end = lines.end
        blank = len(cells) < 2 and not text[start:end].strip()
        if end - start > MAX_CELL and max(map(len, cells), default=0) > MAX_CELL:
            raise InputError(f"{label}, line {first_line + line}: holds a cell of more than 1 MiB.")
        yield Record(cells, line, end, reader.line_num, blank)
        start, line = end, reader.line_num


class _Lines:
    """The text's lines with their ends, and how far they were handed out."""

    def __init__(self, text: str, *, final: bool) -> None:
        self._lines = io.StringIO(text, newline="")
        self._final = final
        self._length = len(text)
        self.end = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        end = self.end + len(line)
        # A line may go on behind the text; a carriage return at its very end may be half of a CRLF.
        if end == self._length and not self._final and not line.endswith("\n"):
            raise StopIteration
        self.end = end
        return line


class _Fault(NamedTuple):
    offset: int
    reason: str


def _find_fault(text: str, start: int, delimiter: str, *, final: bool) -> _Fault | None:
    """Where in the record at `start` the cell begins that `csv` refused; None when it may only be unfinished."""
    unquoted = re.compile(rf"[^{re.escape(delimiter)}\r\n]*+")
    position = start
    while True:
        quoted = text.startswith('"', position)
        match = (_QUOTED if quoted else unquoted).match(text, position)
        if match is None:
            if final:
                return _Fault(position, "the quoted cell that starts here has no closing quote")
            too_long = len(text) - position > MAX_CELL
            return (
                _Fault(position, "the quoted cell that starts here does not close within 1 MiB") if too_long else None
            )
        if len(match[0]) > MAX_CELL:
            return _Fault(position, "holds a cell of more than 1 MiB")
        following = text[match.end() : match.end() + 1]
        if quoted and following not in {delimiter, "\r", "\n", ""}:
            return _Fault(position, "text follows the closing quote of the cell that starts here")
        if following != delimiter:
            return None
        position = match.end() + 1


def _count_lines(text: str, end: int) -> int:
    return sum(1 for _ in _LINE_END.finditer(text, 0, end))
