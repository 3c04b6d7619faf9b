"""CSV and its relatives: header and delimiter, and the file in blocks of whole records.

Each block goes to polars only when it is proven to be what polars reads correctly; any other block takes the exact
way (`records`), which is slower and finds the line of whatever is wrong.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from importer.errors import InputError
from importer.sources.base import Source
from importer.sources.csv.blocks import BlockParser
from importer.sources.csv.encoding import Text, byte_order_mark, detect_text
from importer.sources.csv.records import Records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from importer.sources.input_file import InputFile

BLOCK_SIZE = 8 << 20  # bytes; larger ones were not faster
MAX_RECORD = 16 << 20  # bytes; bounds the memory that a hostile file can take
_HEADER_BLOCK = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
# A first line that tells Excel the delimiter; it is no row, there as here.
_DECLARED = re.compile(r'"?sep=([,;\t|])"?[ \t]*\r?\n', re.IGNORECASE)


class CsvSource(Source):
    """A CSV file, compressed or not, in any of the encodings and dialects that are read."""

    delimiter: str

    def __init__(
        self,
        file: InputFile,
        *,
        delimiter: str | None = None,
        max_unpacked: int | None = None,
        block_size: int = BLOCK_SIZE,
    ) -> None:
        super().__init__(file)
        self._block_size = block_size
        self._text = detect_text(file, max_unpacked)
        self.encoding = "windows-1252" if self._text.encoding == "cp1252" else self._text.encoding
        method = self._text.compression
        self.format = "csv" if method is None else f"csv ({method})"
        self.warnings += self._text.warnings
        candidates = _DELIMITERS if delimiter is None else (delimiter,)
        with file.reading():
            self._header = _find_header(self._text, candidates, min(block_size, _HEADER_BLOCK))
        self.delimiter = self._header.delimiter
        self._set_header(self._header.cells, line=self._header.next_line - 1)

    def _frames(self) -> Iterator[pl.DataFrame]:
        header = self._header
        parser = BlockParser(len(header.cells), self.delimiter, label=self._file.label, line=header.next_line)
        skip = header.size
        rest = b""
        for block, final in _with_last(self._text.utf8_blocks(self._block_size)):
            body = block[skip:] if skip else block
            skip = max(0, skip - len(block))
            end = len(body) if final else _last_line_end(body)
            if end or final:
                yield from parser.parse(b"".join((rest, memoryview(body)[:end])), final=final)
                rest = parser.rest
            rest += body[end:]
            if len(rest) > MAX_RECORD:
                raise InputError(f"{self._file.label}, line {parser.line}: holds a record of more than 16 MiB.")


class _Header(NamedTuple):
    """The header record: its cells, and where the data start: the bytes of UTF-8 before, and the line."""

    delimiter: str
    cells: list[str]
    size: int
    next_line: int


def _find_header(text: Text, candidates: tuple[str, ...], block_size: int) -> _Header:
    """Read the first record that is not blank; of several delimiters, the one that makes most cells of it."""
    buffer = b""
    for block, final in _with_last(text.utf8_blocks(block_size)):
        buffer += block
        if len(buffer) > MAX_RECORD:
            raise InputError(f"{text.file.label}, line 1: holds a header of more than 16 MiB.")
        start, _ = codecs.utf_8_decode(buffer, "strict", final)
        headers = _headers(start, candidates, text.file.label, final=final)
        if headers is not None:
            return max(headers, key=lambda header: len(header.cells))
    raise InputError(f"{text.file.label} holds only blank lines, not even a header.")


def _headers(start: str, candidates: Sequence[str], label: str, *, final: bool) -> list[_Header] | None:
    """Read the header under each delimiter that can read it; None when more of the file is needed."""
    headers: list[_Header] = []
    refused: InputError | None = None
    declared = _DECLARED.match(start)
    if declared and len(candidates) > 1:
        candidates = (declared[1],)
    for delimiter in candidates:
        records = Records(start, delimiter, final=final, label=label)
        found = iter(records)
        try:
            if declared:
                next(found, None)
            _, cells = next(found, (0, []))
        except InputError as error:
            refused = refused or error
            continue
        if not cells:
            return None
        headers.append(_Header(delimiter, cells, len(start[: records.end].encode()), records.line))
    if refused and not headers:
        raise refused
    return headers


def header_at(head: bytes, *, whole: bool) -> list[str]:
    """Read the header of a file of which only the first bytes are at hand (`whole`: all); empty if they hold none.

    It is the header that a `CsvSource` of the file has, if it can be one.
    """
    mark, encoding = byte_order_mark(head)
    text = head[len(mark) :].decode(encoding, "replace")
    try:
        headers = _headers(text, _DELIMITERS, "", final=whole)
    except InputError:
        return []
    return max(headers, key=lambda header: len(header.cells)).cells if headers else []


def _last_line_end(block: bytes) -> int:
    """Find the offset behind the last line end; a CR at the very end is none, it may be half of a CRLF."""
    return block.rfind(b"\n") + 1 or block.rfind(b"\r", 0, len(block) - 1) + 1


def _with_last(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each block, and whether it is the last."""
    held: bytes | None = None
    for block in blocks:
        if held is not None:
            yield held, False
        held = block
    if held is not None:
        yield held, True
