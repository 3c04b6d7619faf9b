"""CSV and its relatives: the file in blocks of whole records.

Each block goes to polars only when it is proven to be what polars reads correctly; any other block takes the exact
way (`records`), which is slower and finds the line of whatever is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.errors import InputError
from importer.sources.base import Source
from importer.sources.csv.blank_rows import BlankRows
from importer.sources.csv.blocks import BlockParser, count_lines
from importer.sources.csv.delimiter_advice import delimiter_advice
from importer.sources.csv.encoding import detect_text
from importer.sources.csv.header import MAX_RECORD, find_header, first_lines, raw_lines, with_last
from importer.sources.csv.quoting import Quoting
from importer.sources.dialect import Dialect
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.sources.input_file import InputFile

BLOCK_SIZE = 4 << 20  # bytes; of larger ones the cells leave the processor's cache, and cost more
_HEADER_BLOCK = 1 << 16
_NONE = pl.Series([None], dtype=pl.String)


class CsvSource(Source):
    """A CSV file, compressed or not, in any of the encodings and dialects that are read."""

    delimiter: str

    def __init__(self, file: InputFile, dialect: Dialect | None = None, *, block_size: int = BLOCK_SIZE) -> None:
        super().__init__(file)
        self._dialect = dialect = dialect or Dialect()
        self._block_size = block_size
        self._text = detect_text(file, dialect.max_unpacked)
        self.encoding = "windows-1252" if self._text.encoding == "cp1252" else self._text.encoding
        method = self._text.compression
        self.format = "csv" if method is None else f"csv ({method})"
        self._notices += self._text.warnings
        with file.reading():
            self._header = find_header(self._text, dialect, min(block_size, _HEADER_BLOCK))
        self.delimiter = self._header.delimiter
        with file.reading():
            self._has_empty_last = self._header.may_lack_a_last and self._rows_end_in_nothing()
            self._leave_out_nameless(self._header.nameless_beyond)
            if len(self._header.cells) == 1:
                self.advice = delimiter_advice(raw_lines(self._text)[self._header.line - 1 :])
        self._set_header(self._header.cells, line=self._header.line)

    def beginning(self) -> list[tuple[int, list[str]]]:
        """See `Source.beginning`."""
        if self._dialect.columns:
            return []
        with self._file.reading():
            return list(first_lines(self._text, self._dialect.delimiter))

    def first_rows(self, *, decode: bool) -> list[list[str]]:  # noqa: ARG002 - cheap enough
        """See `Source.first_rows`; a record on several lines is none."""
        with self._file.reading():
            lines = list(first_lines(self._text, self.delimiter))
        return [
            cells[: len(self._header.cells)]
            for line, cells in lines
            if line >= self._header.next_line and len(cells) in {len(self._header.cells), len(self._header.cells) + 1}
        ]

    def _frames(self) -> Iterator[pl.DataFrame]:
        width = len(self._header.cells)
        quoting = Quoting(self.delimiter, backslash=self._dialect.backslash)
        parser = self._parser(width + self._has_empty_last)
        rows = 0
        for frame in self._parsed(parser, quoting):
            rows += frame.height
            yield frame.drop(str(width)) if self._has_empty_last else frame
        if self._has_empty_last and rows:
            self._notes["last"] = (
                f"{self._file.label}: each row ({rows_text(rows)}) ends in one empty cell more than the header has. It "
                "was left out."
            )
        if quoting.spaced:
            self._notes["spaced"] = (
                f"{self._file.label}: cells with spaces around their quotes ({quoting.spaced:,}) were read without "
                "the spaces."
            )
        if parser.ragged_backslash:
            self._notes["backslash"] = (
                f"{self._file.label}, line {parser.ragged_backslash}: a backslash stands before a quote, and the row "
                "has the wrong number of cells. If the program that wrote the file means a quote, say --escape "
                "backslash."
            )

    def _parser(self, width: int) -> BlockParser:
        return BlockParser(width, self.delimiter, label=self._file.label, line=self._header.next_line)

    def _parsed(self, parser: BlockParser, quoting: Quoting) -> Iterator[pl.DataFrame]:
        skip = self._header.size
        rest = b""
        blanks = BlankRows(self.delimiter)
        for block, final in with_last(self._text.utf8_blocks(self._block_size)):
            body = block[skip:] if skip else block
            skip = max(0, skip - len(block))
            end = len(body) if final else _last_line_end(body)
            if end or final:
                whole = b"".join((rest, memoryview(body)[:end]))
                plain, line = quoting.plain(whole), parser.line
                yield from map(blanks.without, parser.parse(plain, final=final))
                rest = parser.rest if plain is whole else _behind(whole, parser.line - line)
            rest += body[end:]
            if len(rest) > MAX_RECORD:
                raise InputError(f"{self._file.label}, line {parser.line}: holds a record of more than 16 MiB.")

    def _rows_end_in_nothing(self) -> bool:
        """Whether every row has one cell more than the header, which is empty: then none of the others has moved."""
        width = len(self._header.cells)
        is_last_empty = pl.col(str(width)).fill_null("").str.strip_chars() == ""
        return self._all_rows(lambda rows: rows.select(is_last_empty & ~pl.col("ragged")).to_series(), width + 1)

    def _leave_out_nameless(self, beyond: int) -> None:
        """Leave out the empty cells at the end of the header, where every row ends before them."""
        cells = self._header.cells[: len(self._header.cells) - beyond]
        if beyond and self._all_rows(lambda rows: rows.get_column("surplus", default=_NONE).is_null(), len(cells)):
            self._header = self._header._replace(cells=cells)
            more = "one empty cell" if beyond == 1 else f"{beyond:,} empty cells"
            left = "It was" if beyond == 1 else "They were"
            self._notes["header"] = (
                f"{self._file.label}: the header ends in {more} more than each row has. {left} left out."
            )

    def _all_rows(self, condition: Callable[[pl.DataFrame], pl.Series], width: int) -> bool:
        """Whether there are rows, and all of them fulfil a condition when they are read with so many cells."""
        checked = False
        for frame in self._parsed(self._parser(width), Quoting(self.delimiter, backslash=self._dialect.backslash)):
            if not condition(frame).all():
                return False
            checked = True
        return checked


def _behind(block: bytes, lines: int) -> bytes:
    """What of a block is behind so many lines."""
    if lines == count_lines(block):
        return b""
    return b"".join(block.splitlines(keepends=True)[lines:])


def _last_line_end(block: bytes) -> int:
    """Find the offset behind the last line end; a CR at the very end is none, it may be half of a CRLF."""
    return block.rfind(b"\n") + 1 or block.rfind(b"\r", 0, len(block) - 1) + 1
