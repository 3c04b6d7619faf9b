"""Parquet: every column as text that says exactly what the typed value was."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from importer.errors import InputError
from importer.sources.base import BATCH_ROWS, Source
from importer.sources.csv.records import MAX_CELL
from importer.sources.parquet.fields import fields_of
from importer.sources.parquet.file import BATCH_BYTES, Kind, damage_translated, slices
from importer.sources.parquet.text import NOT_UTF8, has_text, is_date, is_number, placeholder, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.sources.parquet.file import ParquetFile

NO_TEXT = (
    "{}, column {!r}: {} cannot be used: it holds no text, number or time that can be read. Export it as one of these, "
    "or leave the column alone."
)
_MOST_OF_A_TYPE = 100  # characters: a struct can go on for pages
# Bytes of text: a few values, referred to again and again, can make any number of them.
_ALWAYS_TEXT, _TEXT_A_BYTE = 256 << 20, 200
# Instants are UTC in Parquet, whatever zone stands beside them; polars fails on zones that it does not know (`+05:30`).
os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")


class ParquetSource(Source):
    """A Parquet file, read in slices, so that large row groups do not need much memory.

    `prove` is called with the columns that will be decoded; what it returns is called before slice 0, 1, … of them is
    decoded, and raises when it must not be.
    """

    format = "parquet"

    def __init__(self, parquet: ParquetFile, prove: Callable[[Sequence[int]], Callable[[int], None]]) -> None:
        super().__init__(parquet.file)
        self._parquet = parquet
        self._prove = prove
        with parquet.file.reading(), damage_translated(parquet.file.label):
            schema = pl.scan_parquet(parquet.path, glob=False, hive_partitioning=False).collect_schema()
            if schema.names() != [element.name for element in parquet.columns]:
                raise ValueError(f"other columns than the footer says: {schema.names()}")
        self._fields = fields_of(schema.names(), schema.dtypes(), parquet.kinds)
        self._set_header([field.name for field in self._fields])

    def use(self, positions: Iterable[int], *, alone: bool = False, also: Iterable[int] = ()) -> None:
        """See `Source.use`; the proof begins with what will be read."""
        super().use(positions, alone=alone, also=also)
        self._prove(self._tops(self._decoded))

    def glimpse(self, position: int) -> list[str] | None:
        """See `Source.glimpse`: what the footer's statistics hold."""
        if position >= len(self._fields) or not self._has_text(position):
            return None
        found = self._parquet.glimpses.get(self._fields[position].path)
        try:
            return None if found is None else [value.decode() for value in found]
        except UnicodeDecodeError:
            return None

    def listed(self, position: int) -> list[str]:
        """See `Source.listed`."""
        return self._fields[position].listed() if position < len(self._fields) else []

    def first_rows(self, *, decode: bool) -> list[list[str]]:
        """See `Source.first_rows`."""
        if not decode:
            return []
        self.use(())
        columns = self._decoded
        with suppress(InputError):
            frame = next(self._slices(columns), pl.DataFrame()) if columns else pl.DataFrame()
            texts = {int(name): frame[name].fill_null("").to_list() for name in frame.columns if name.isdecimal()}
            nothing = [""] * frame.height
            return list(map(list, zip(*(texts.get(at, nothing) for at in range(len(self._fields))), strict=True)))
        return []

    @property
    def _decoded(self) -> list[int]:
        """The columns that are read, if anything in them can be."""
        return [at for at in range(len(self._fields)) if self._is_read(at) and self._has_text(at)]

    def _tops(self, positions: Iterable[int]) -> list[int]:
        """The columns of the file that hold these of the header."""
        return sorted({self._fields[position].top for position in positions})

    def _has_text(self, position: int) -> bool:
        return has_text(self._fields[position].dtype, self._fields[position].kind)

    def _frames(self) -> Iterator[pl.DataFrame]:
        self._refuse_what_has_no_text()
        decoded = self._decoded
        left = _ALWAYS_TEXT + _TEXT_A_BYTE * self._file.size
        done = 0
        for frame in self._slices(decoded) if decoded else _bare(self._parquet.rows):
            texts = frame.select(pl.col(pl.String).str.len_bytes())
            self._refuse_long_cells(texts)
            left -= sum(filter(None, texts.sum().row(0)))
            if left < 0:
                raise InputError(
                    f"{self._file.label} repeats its texts until they are more than {_TEXT_A_BYTE} times its size. "
                    "Export it as CSV."
                )
            for part in _in_batches(frame, texts):
                yield self._with_places(part, first_row=done + 1)
                done += part.height

    def _slices(self, decoded: list[int]) -> Iterator[pl.DataFrame]:
        """The decoded columns as text, under their positions."""
        tops = self._tops(decoded)
        proven = self._prove(tops)
        frames = slices(self._parquet.path, tops)
        for number in count():
            proven(number)
            with damage_translated(self._file.label, self._parquet.why_unreadable(tops)):
                frame = next(frames, None)
                if frame is None:
                    return
                frame.columns = list(map(str, tops))
                text = self._as_text(frame, decoded)
            yield text

    def _as_text(self, frame: pl.DataFrame, decoded: list[int]) -> pl.DataFrame:
        fields = [(position, self._fields[position]) for position in decoded]
        text = frame.select(
            *(text_of(field.value(), field.dtype, field.kind).alias(str(position)) for position, field in fields),
            *(
                field.value().is_not_null().alias(f"{position}#{name}")
                for name, is_of_it in (("number", is_number), ("date", is_date))
                for position, field in fields
                if is_of_it(field.dtype, field.kind)
            ),
        )
        for position, field in fields:
            may_have_none = isinstance(field.dtype, pl.Binary) or field.kind is Kind.EMPTY
            if may_have_none and self._is_used(position) and (text[str(position)] == NOT_UTF8).any():
                self._refuse(position, str(field.dtype))
        return text

    def _with_places(self, text: pl.DataFrame, first_row: int) -> pl.DataFrame:
        """All columns; those that were not decoded take up nothing."""
        return text.select(
            pl.int_range(first_row, first_row + text.height, dtype=pl.UInt32).alias("row"),
            pl.lit(None, dtype=pl.UInt32).alias("line"),
            pl.lit(value=False).alias("ragged"),
            *(
                pl.col(str(position)) if str(position) in text.columns else self._not_decoded(position)
                for position in range(len(self._fields))
            ),
            *(name for name in text.columns if "#" in name),
        )

    def _not_decoded(self, position: int) -> pl.Expr:
        value = placeholder(self._fields[position].dtype) if self._is_read(position) else None
        return pl.lit(value, dtype=pl.String).alias(str(position))

    def _refuse_what_has_no_text(self) -> None:
        for position, field in enumerate(self._fields):
            if self._is_used(position) and not self._has_text(position):
                self._refuse(position, "its type" if field.kind is Kind.UNKNOWN else str(field.dtype))

    def _refuse(self, position: int, what: str) -> NoReturn:
        if len(what) > _MOST_OF_A_TYPE:
            what = self._fields[position].dtype.base_type().__name__
        raise InputError(NO_TEXT.format(self._file.label, self._fields[position].name, what))

    def _refuse_long_cells(self, texts: pl.DataFrame) -> None:
        for name, longest in zip(texts.columns, texts.max().row(0), strict=True):
            if (longest or 0) > MAX_CELL:
                column = self._fields[int(name)].name
                raise InputError(f"{self._file.label}, column {column!r}: holds a cell of more than 1 MiB.")


def _in_batches(frame: pl.DataFrame, texts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows in parts of so much text as is good for the memory of whoever copies it."""
    sizes = texts.select(pl.sum_horizontal(pl.all()).cum_sum() // BATCH_BYTES).to_series()
    done = 0
    for height in sizes.rle().struct.field("len"):
        yield frame.slice(done, height)
        done += height


def _bare(rows: int) -> Iterator[pl.DataFrame]:
    """Frames of so many rows of which nothing is read."""
    for start in range(0, rows, BATCH_ROWS):
        yield pl.DataFrame({"rows": pl.repeat(None, min(BATCH_ROWS, rows - start), dtype=pl.String, eager=True)})
