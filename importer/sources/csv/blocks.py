"""Blocks of whole CSV records, as frames: the fast way where it is proven right, the exact way otherwise.

polars pads short rows and skips nothing it should, silently; a stray quote makes it swallow rows. So a block is
believed only when every one of its bytes is accounted for by the cells that came out (without quotes), or when a
regular expression proved its grammar first (with quotes).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import InputError
from importer.sources.base import BATCH_ROWS, MAX_COLUMNS
from importer.sources.csv.records import MAX_CELL, Records
from importer.text import csv_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# One column can hold blank lines that are no rows; beyond 500 the expression's automaton outgrows its cache.
_FAST_WIDTHS = range(2, 501)
_MOST_BLANK, _MOST_BLANK_A_ROW = 5_000_000, 10
_BOM = b"\xef\xbb\xbf"
_BREAKS = pl.sum_horizontal(pl.all().str.count_matches(r"\r\n|\r|\n").fill_null(0))


class BlockParser:
    """Turns blocks into frames, numbering rows and lines as it goes.

    `row` is that of the next record, `line` the line of the file on which the next block starts, `rest` what the last
    block held of a record that goes on in the next. `ragged_backslash` is the line of the first row with the wrong
    number of cells one of which ends in a backslash, 0 where there is none.
    """

    def __init__(self, width: int, delimiter: str, *, label: str, line: int) -> None:
        self.row = 1
        self.line = line
        self.rest = b""
        self.ragged_backslash = 0
        self._blank = 0
        self._width = width
        self._delimiter = delimiter
        self._mark = delimiter.encode()
        self._label = label
        self._names = [str(index) for index in range(width)]
        self._whole_records = _whole_records(width, delimiter)

    def parse(self, block: bytes, *, final: bool) -> Iterator[pl.DataFrame]:
        """Yield the records of a block that starts where a record starts and ends where a line ends.

        `final` says that the file ends with it. Raises `InputError` for malformed quotes and oversized cells.
        """
        self.rest = b""
        block = self._without_blank_lines_at_the_start(block)
        if final and block and not block.endswith(b"\n"):
            block += b"\n"
        if self._width not in _FAST_WIDTHS:
            yield from self._exact(block, final=final)
        elif b'"' in block:
            yield from self._quoted(block, final=final)
        elif block:
            yield from self._unquoted(block, final=final)

    def _without_blank_lines_at_the_start(self, block: bytes) -> bytes:
        """Millions of them take no time."""
        space = b"\r\n" if self._delimiter == " " else b" \r\n"
        blank = block[: len(block) - len(block.lstrip(space))]
        end = max(blank.rfind(b"\n"), blank[:-1].rfind(b"\r")) + 1
        self.line += count_lines(block[:end])
        return block[end:]

    def _unquoted(self, block: bytes, *, final: bool) -> Iterator[pl.DataFrame]:
        returns = block.count(b"\r") if b"\r" in block else 0
        if returns and returns != block.count(b"\r\n"):
            block, returns = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), 0
        frame = self._read(block, None)
        if frame is not None:
            content = frame.select(pl.all().str.len_bytes().sum()).row(0)
            if sum(content) + frame.height * self._width + returns == len(block):
                yield self._numbered(frame, frame.height)
                return
        yield from self._exact(block, final=final)

    def _quoted(self, block: bytes, *, final: bool) -> Iterator[pl.DataFrame]:
        """Read as many records as are proven, and the others, from the first unproven on, exactly."""
        unproven = pl.Series([block.decode()]).str.replace(self._whole_records, "")[0].encode()
        proven = block.removesuffix(unproven)
        frame = self._read(proven, '"') if proven else None
        lines = count_lines(proven)
        if frame is not None and frame.height + _breaks_in_cells(frame, lines) == lines:
            yield self._numbered(frame, lines)
        else:
            unproven = block
        yield from self._exact(unproven, final=final)

    def _read(self, block: bytes, quote: str | None) -> pl.DataFrame | None:
        """Return the block's cells; None when polars refuses it, or it is not for polars."""
        if block.startswith(_BOM):
            return None  # it would take a cell's first character for a byte order mark
        if quote is None and block.count(self._mark, 0, block.find(b"\n")) != self._width - 1:
            return None  # it would make room for as many columns as the first line has cells
        try:
            frame = pl.read_csv(
                block,
                has_header=False,
                schema=dict.fromkeys(self._names, pl.String),
                separator=self._delimiter,
                quote_char=quote,
            )
        except pl.exceptions.PolarsError:
            return None
        longest = frame.select(pl.all().str.len_bytes().max()).row(0)
        return None if max(filter(None, longest), default=0) > MAX_CELL else frame

    def _numbered(self, frame: pl.DataFrame, lines: int) -> pl.DataFrame:
        """Put the places in front of a frame that takes up `lines` lines."""
        row, line = (_numbers(first, frame.height) for first in (self.row, self.line))
        if frame.height != lines:
            line = (line + _BREAKS.cum_sum().shift(1, fill_value=0)).cast(pl.UInt32)
        numbered = frame.select(row.alias("row"), line.alias("line"), pl.lit(False).alias("ragged"), pl.all())
        self.row += frame.height
        self.line += lines
        return numbered

    def _exact(self, block: bytes, *, final: bool) -> Iterator[pl.DataFrame]:
        text = block.decode()
        records = Records(text, self._delimiter, final=final, label=self._label, first_line=self.line)
        found = iter(records)
        while some := list(islice(found, BATCH_ROWS)):
            yield self._table(some)
        self.line = records.line
        self._refuse_blank_lines(records.blank)
        self.rest = text[records.end :].encode()

    def _refuse_blank_lines(self, more: int) -> None:
        """Each is read by itself: as many as no program writes would take minutes."""
        self._blank += more
        if self._blank > max(_MOST_BLANK, _MOST_BLANK_A_ROW * self.row):
            raise InputError(
                f"{self._label}: more than {_MOST_BLANK:,} lines between its rows are blank. Take them out."
            )

    def _table(self, records: Sequence[tuple[int, list[str]]]) -> pl.DataFrame:
        """The records as a frame: those with fewer cells than the header filled up, those with more cut (`surplus`)."""
        lines, rows = zip(*records, strict=True)
        width, counts = self._width, list(map(len, rows))
        if max(counts) > MAX_COLUMNS:
            line = lines[counts.index(max(counts))]
            raise InputError(f"{self._label}, line {line}: {max(counts):,} cells; {MAX_COLUMNS:,} is the most.")
        missing = (None,) * width
        square = (row if len(row) == width else (*row, *missing)[:width] for row in rows)
        columns: dict[str, Sequence[object]] = dict(zip(self._names, zip(*square, strict=True), strict=True))
        if max(counts) > width:
            surplus = (row[width:] for row in rows)
            columns["surplus"] = [csv_line(cells, self._delimiter) if cells else None for cells in surplus]
        if not self.ragged_backslash:
            self.ragged_backslash = next((line for line, row in records if _may_hold_an_escape(row, width)), 0)
        first, self.row = self.row, self.row + len(rows)
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).select(
            pl.int_range(first, self.row, dtype=pl.UInt32).alias("row"),
            pl.Series("line", lines, dtype=pl.UInt32),
            pl.Series("ragged", [count != width for count in counts]),
            pl.all(),
        )


def _whole_records(width: int, delimiter: str) -> str:
    """Write a regular expression for as many well-formed records of `width` cells as stand at the start of a text."""
    mark = f"\\x{ord(delimiter):02x}"
    cell = rf'(?:"[^"]*(?:""[^"]*)*"|[^"{mark}\r\n]*)'
    return rf"\A(?:{cell}(?:{mark}{cell}){{{width - 1}}}\r?\n)*"


def _may_hold_an_escape(row: Sequence[str], width: int) -> bool:
    return len(row) != width and any(cell.endswith("\\") for cell in row[:width])


def count_lines(block: bytes) -> int:
    """Count lines as an editor does: ended by LF, CRLF or CR."""
    lines = block.count(b"\n")
    return lines + block.count(b"\r") - block.count(b"\r\n") if b"\r" in block else lines


def _numbers(first: int, count: int) -> pl.Expr:
    return pl.int_range(first, first + count, dtype=pl.UInt32)


def _breaks_in_cells(frame: pl.DataFrame, lines: int) -> int:
    return 0 if frame.height == lines else int(frame.select(_BREAKS.sum()).item())
