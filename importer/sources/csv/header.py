"""The header of a CSV file: where it is, which delimiter it has, and what stands around it."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from importer.errors import InputError
from importer.sources.base import FIRST_LINES
from importer.sources.csv.encoding import byte_order_mark
from importer.sources.csv.quoting import Quoting
from importer.sources.csv.records import LINE_END, Records
from importer.sources.dialect import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.sources.csv.encoding import Text

MAX_RECORD = 16 << 20  # bytes; bounds the memory that a hostile file can take
_ENOUGH = 1 << 20  # bytes of a file, to see the record behind the header
_DELIMITERS = (",", ";", "\t", "|")
# A first line that tells Excel the delimiter; it is no row, there as here.
_DECLARED = re.compile(r'"?sep=([^\w\s"]|\t)"?[ \t]*\r?\n', re.IGNORECASE)


class Header(NamedTuple):
    """The names of the columns, and where the data start: the bytes of UTF-8 before them, and the line.

    `line` is that of the first record, and `before` the bytes above it; `first_row` are the cells of the record behind
    it, None where that was not seen.
    """

    delimiter: str
    cells: list[str]
    size: int
    next_line: int
    line: int
    before: int
    first_row: list[str] | None

    @property
    def may_lack_a_last(self) -> bool:
        """Whether the first row has one cell more, which is empty."""
        return _is_one_longer(self.first_row or [], len(self.cells))

    @property
    def nameless_beyond(self) -> int:
        """How many cells at the end of the header are empty, and beyond the first row."""
        beyond = self.cells[len(self.first_row or self.cells) :]
        return 0 if any(map(str.strip, beyond)) else len(beyond)


def find_header(text: Text, dialect: Dialect, block_size: int) -> Header:
    """Read the first record that is not blank; of several delimiters, the one that makes most cells of it.

    Raises `InputError` where there is none, or where it does not fit the names that the user gives.
    """
    candidates = _DELIMITERS if dialect.delimiter is None else (dialect.delimiter,)
    buffer, enough = b"", 0
    for block, final in with_last(text.utf8_blocks(block_size)):
        buffer += block
        if len(buffer) > MAX_RECORD:
            raise InputError(f"{text.file.label}, line 1: holds a header of more than 16 MiB.")
        if len(buffer) < enough and not final:
            continue
        enough = 2 * len(buffer)  # of a long header not every block begins anew
        start, _ = codecs.utf_8_decode(buffer, "strict", final)
        headers = _headers(start, candidates, text.file.label, final=final, dialect=dialect)
        if headers is not None:
            found = max(headers, key=lambda header: len(header.cells))
            if found.first_row is None and not final and len(buffer) < _ENOUGH:
                continue
            return _named(found, dialect.columns, text.file.label) if dialect.columns else found
    if dialect.skip_rows:
        raise InputError(
            f"{text.file.label}: nothing stands below the {dialect.skip_rows:,} lines that --skip-rows leaves out. "
            "Give a smaller number."
        )
    raise InputError(f"{text.file.label} holds only blank lines, not even a header.")


def _named(first: Header, names: tuple[str, ...], label: str) -> Header:
    """The header of a file that has none, of which `first` is the first row."""
    if len(first.cells) != len(names) and not _is_one_longer(first.cells, len(names)):
        raise InputError(
            f"{label}, line {first.line}: the first row has {len(first.cells):,} cells, and --columns names "
            f"{len(names):,} columns. Name each column of the file, in its order."
        )
    return first._replace(cells=list(names), size=first.before, next_line=first.line, first_row=first.cells)


def _is_one_longer(cells: Sequence[str], width: int) -> bool:
    return len(cells) == width + 1 and not cells[-1].strip()


def _headers(
    start: str, candidates: Sequence[str], label: str, *, final: bool, dialect: Dialect
) -> list[Header] | None:
    """Read the header under each delimiter that can read it; None when more of the file is needed."""
    headers: list[Header] = []
    refused: InputError | None = None
    declared = _DECLARED.match(start)
    if declared and len(candidates) > 1:
        candidates = (declared[1],)
    above = max(dialect.skip_rows, 1 if declared else 0)
    if _offset_of_line(start, above) is None:
        return None
    for delimiter in candidates:
        try:
            header = _header(start, delimiter, label, above, final=final, dialect=dialect)
        except InputError as error:
            refused = refused or error
            continue
        if header is None:
            return None
        headers.append(header)
    if refused and not headers:
        raise refused
    return headers


def _header(start: str, delimiter: str, label: str, above: int, *, final: bool, dialect: Dialect) -> Header | None:
    below = Quoting(delimiter, backslash=dialect.backslash).plain_text(start[_offset_of_line(start, above) :])
    records = Records(below, delimiter, final=final, label=label, first_line=above + 1)
    found = iter(records)
    line, cells = next(found, (0, []))
    if not cells:
        return None
    next_line = records.line
    before, end = (len(start[: _offset_of_line(start, lines)].encode()) for lines in (line - 1, next_line - 1))
    second = None
    with suppress(InputError, StopIteration):  # a fault is for whoever reads the rows
        _, second = next(found)
    return Header(delimiter, cells, end, next_line, line, before, second)


def header_at(head: bytes, *, whole: bool) -> list[str]:
    """Read the header of a file of which only the first bytes are at hand (`whole`: all); empty if they hold none.

    It is the header that a `CsvSource` of the file has, if it can be one.
    """
    mark, encoding = byte_order_mark(head)
    text = head[len(mark) :].decode(encoding, "replace")
    try:
        headers = _headers(text, _DELIMITERS, "", final=whole, dialect=Dialect())
    except InputError:
        return []
    return max(headers, key=lambda header: len(header.cells)).cells if headers else []


def raw_lines(text: Text) -> list[str]:
    """The first lines of a file as they stand there."""
    head = next(iter(text.utf8_blocks(1 << 16)), b"").decode(errors="replace")
    return LINE_END.split(head)[:FIRST_LINES]


def first_lines(text: Text, delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """The first lines of a file, each by itself, with its number and the cells that it has under its best delimiter."""
    for number, line in enumerate(raw_lines(text), start=1):
        yield number, max((_cells(line, mark) for mark in (delimiter or _DELIMITERS)), key=len)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next((cells for _, cells in Records(line, delimiter, final=True, label="")), [])
    except InputError:
        return []


def _offset_of_line(text: str, lines: int) -> int | None:
    """Where the line behind so many lines begins; None where there are fewer line ends."""
    return next((end.end() for end in islice(LINE_END.finditer(text), lines - 1, None)), None) if lines else 0


def with_last(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each block, and whether it is the last."""
    held: bytes | None = None
    for block in blocks:
        if held is not None:
            yield held, False
        held = block
    if held is not None:
        yield held, True
