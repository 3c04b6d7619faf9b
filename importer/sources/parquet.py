"""Parquet: every column as text that says exactly what the typed value was."""

from __future__ import annotations

import os
import struct
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from importer.errors import InputError
from importer.sources.base import BATCH_ROWS, Source
from importer.sources.exact import MAX_CELL
from importer.sources.foreign import refuse_no_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.sources.input_file import InputFile

DAMAGED = "{} is damaged, or cut off, or uses something unknown in Parquet. Export it again."
NO_TEXT = (
    "{}, column {!r}: {} cannot be used: it holds no text, number or time that can be read. Export it as one of these, "
    "or leave the column alone."
)
_FIRST_ROWS = 1_000
_BATCH_BYTES = 32 << 20
_CELL_BYTES = 16  # what a text takes at least
# Whole floats below this are written as integers: then the digits are still the shortest ones, or (from 2^53 on, beyond
# any amount of money) the exact ones, as an id needs them.
_WHOLE_BELOW: dict[type[pl.DataType], float] = {pl.Float64: 2.0**63, pl.Float32: 2.0**24, pl.Float16: 2.0**11}
# The years 1 to 9999, in days from 1970; and how many ticks of a unit make a second.
_FIRST_DAY, _END_DAY = -719_162, 2_932_897
_TICKS = {"ms": 10**3, "us": 10**6, "ns": 10**9}
_PLACEHOLDER = "[{}]"
_NOT_UTF8 = _PLACEHOLDER.format("binary")
_MOST_DIGITS = 38  # of a decimal that polars can hold
# Instants are UTC in Parquet, whatever zone stands beside them; polars fails on zones that it does not know (`+05:30`).
os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")


class ParquetSource(Source):
    """A Parquet file, read in slices, so that large row groups do not need much memory.

    `proven` is called before slice 0, 1, … is decoded, and raises when it must not be.
    """

    format = "parquet"

    def __init__(self, file: InputFile, proven: Callable[[int], None] | None = None) -> None:
        super().__init__(file)
        self._proven = proven
        refuse_no_parquet(file.label, file.head(4))
        with file.reading(), _translated(file.label):
            self._schema = _whole_scan(self._required_path).collect_schema()
        self._set_header(self._schema.names())

    def _frames(self) -> Iterator[pl.DataFrame]:
        for position, (name, dtype) in enumerate(self._schema.items()):
            if self._is_used(position) and not _has_text(dtype):
                raise InputError(NO_TEXT.format(self._file.label, name, dtype))
        done, frames = 0, slices(self._required_path)
        for number in count():
            if self._proven is not None:
                self._proven(number)
            with _translated(self._file.label):
                frame = next(frames, None)
                text = None if frame is None else self._as_text(frame, first_row=done + 1)
            if text is None:
                return
            yield text
            done += text.height

    @property
    def _required_path(self) -> Path:
        if self.path is None:
            raise InputError("Parquet cannot be read from standard input: name the file.")
        return self.path

    def _as_text(self, frame: pl.DataFrame, first_row: int) -> pl.DataFrame:
        dtypes = {str(position): dtype for position, dtype in enumerate(self._schema.dtypes())}
        frame.columns = [name for name, dtype in dtypes.items() if _can_be_decoded(dtype)]
        text = frame.select(
            (pl.int_range(pl.len(), dtype=pl.UInt32) + first_row).alias("row"),
            pl.lit(None, dtype=pl.UInt32).alias("line"),
            pl.lit(False).alias("ragged"),
            *(_text(pl.col(name), dtype).alias(name) for name, dtype in dtypes.items()),
            *(
                pl.col(name).is_not_null().alias(f"{name}#number")
                for name, dtype in dtypes.items()
                if dtype.is_numeric() and _can_be_decoded(dtype)
            ),
        )
        for name, dtype in dtypes.items():
            if isinstance(dtype, pl.Binary) and self._is_used(int(name)) and (text[name] == _NOT_UTF8).any():
                raise InputError(NO_TEXT.format(self._file.label, self._schema.names()[int(name)], dtype))
        for index, longest in enumerate(text.select(pl.col(*dtypes).str.len_bytes().max()).row(0)):
            if (longest or 0) > MAX_CELL:
                column = self._schema.names()[index]
                raise InputError(f"{self._file.label}, column {column!r}: holds a cell of more than 1 MiB.")
        return text


def slices(path: Path) -> Iterator[pl.DataFrame]:
    """Decode a Parquet file from its first row to its last, in frames that need little memory, also as text.

    Raises what polars raises for a damaged file.
    """
    total = row_count(path)
    done, step = 0, _FIRST_ROWS
    while done < total:
        frame = _scan(path).slice(done, step).collect()
        if frame.height != min(step, total - done):
            raise pl.exceptions.ComputeError(f"it says that it holds {total} rows, but does not")
        yield frame
        done += frame.height
        size = frame.estimated_size() + _CELL_BYTES * frame.height * frame.width
        step = max(1, min(BATCH_ROWS, _BATCH_BYTES * frame.height // max(1, int(size))))


def row_count(path: Path) -> int:
    """Read the footer of a Parquet file, and how many rows it says there are; raises what polars raises."""
    scan = _scan(path)
    scan.collect_schema()
    return int(scan.select(pl.len()).collect().item())


def _scan(path: Path) -> pl.LazyFrame:
    """The columns that can be decoded."""
    scan = _whole_scan(path)
    dtypes = scan.collect_schema().dtypes()
    possible = [position for position, dtype in enumerate(dtypes) if _can_be_decoded(dtype)]
    return scan if len(possible) == len(dtypes) else scan.select(cs.by_index(possible))


def _whole_scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _can_be_decoded(dtype: pl.DataType) -> bool:
    return not (isinstance(dtype, pl.Decimal) and (dtype.precision or 0) > _MOST_DIGITS)


def _has_text(dtype: pl.DataType) -> bool:
    known = (pl.String, pl.Categorical, pl.Enum, pl.Null, pl.Boolean, pl.Date, pl.Datetime, pl.Time, pl.Binary)
    return isinstance(dtype, known) or (dtype.is_numeric() and _can_be_decoded(dtype))


def _text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Write a column as text, null where it is null."""
    match dtype:
        case pl.Decimal():
            text = _text_of_decimals(value, dtype)
        case pl.String() | pl.Categorical() | pl.Enum() | pl.Null() | pl.Boolean():
            text = value.cast(pl.String)
        case pl.Date():
            text = _text_of_dates(value)
        case pl.Datetime():
            text = _text_of_instants(value, dtype)
        case pl.Time():
            text = _without_zeros(value.dt.to_string("%H:%M:%S%.f"))
        case pl.Binary():
            text = value.map_batches(_text_of_bytes, return_dtype=pl.String, is_elementwise=True)
        case _ if dtype.is_integer():
            text = value.cast(pl.String)
        case pl.Float16():
            text = value.map_batches(_text_of_halves, return_dtype=pl.String, is_elementwise=True)
        case _ if dtype.is_float():
            text = _text_of_floats(value, _WHOLE_BELOW[dtype.base_type()])
        case _:
            # Only of a column that is not used.
            text = pl.when(value.is_not_null()).then(pl.lit(_PLACEHOLDER.format(dtype.base_type().__name__.lower())))
    return text


def _text_of_decimals(value: pl.Expr, dtype: pl.Decimal) -> pl.Expr:
    if not _can_be_decoded(dtype):
        return pl.lit(_PLACEHOLDER.format("decimal"))
    digits = value.cast(pl.String)
    # Zeros beyond the 18 decimals of any amount are the type's, not the value's.
    return digits.str.replace(r"(\.[0-9]{18})0+$", "${1}") if dtype.scale > 18 else digits


def _text_of_floats(value: pl.Expr, whole_below: float) -> pl.Expr:
    """Write the shortest digits that give the same float; whole ones without a fraction (`24`, not `24.0`)."""
    whole = (value == value.round(0)) & (value.abs() < whole_below)
    shortest = value.cast(pl.String).str.replace("e+", "e", literal=True).str.strip_suffix(".0")
    return pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(shortest)


def _text_of_halves(column: pl.Series) -> pl.Series:
    """Write each of the few floats of two bytes in the fewest digits: as a double it would have more."""
    values = column.cast(pl.Float64)
    known = {value: _shortest_half(value) for value in values.unique().drop_nulls().to_list()}
    return values.replace_strict(known, return_dtype=pl.String) if known else values.cast(pl.String)


def _shortest_half(value: float) -> str:
    whole = value.is_integer()
    for digits in range(1, 6):
        text = f"{value:.{digits}g}"
        with suppress(OverflowError):  # rounded up beyond the largest
            if not whole and struct.pack("e", float(text)) == struct.pack("e", value):
                return text
    return str(int(value)) if whole else str(value)


def _text_of_instants(value: pl.Expr, dtype: pl.Datetime) -> pl.Expr:
    second = _TICKS[dtype.time_unit]
    first = max(-(2**63), _FIRST_DAY * 86_400 * second)
    last = min(2**63, _END_DAY * 86_400 * second) - 1

    def write(instant: pl.Expr) -> pl.Expr:
        if dtype.time_zone is None:
            return _without_zeros(instant.dt.to_string("%Y-%m-%dT%H:%M:%S%.f"))
        return _without_zeros(instant.dt.to_string("%Y-%m-%dT%H:%M:%S%.f")) + "Z"

    return _calendar(value.to_physical().cast(pl.Datetime(dtype.time_unit)), first, last, write)


def _text_of_dates(value: pl.Expr) -> pl.Expr:
    return _calendar(value, _FIRST_DAY, _END_DAY - 1, lambda date: date.cast(pl.String))


def _calendar(value: pl.Expr, first: int, last: int, write: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Write what lies in the years 1 to 9999; on anything beyond, polars fails altogether."""
    known = value.to_physical().is_between(first, last)
    text = write(pl.when(known).then(value))
    return pl.when(known).then(text).when(value.is_not_null()).then(pl.lit("[out of range]"))


def _without_zeros(text: pl.Expr) -> pl.Expr:
    """Cut a fraction's last zeros: it comes in groups of three digits."""
    return text.str.replace(r"(\.[0-9]*[1-9])0+$", "${1}")


def _text_of_bytes(column: pl.Series) -> pl.Series:
    try:
        return column.cast(pl.String)
    except pl.exceptions.ComputeError:  # some are not UTF-8: those alone are no text
        return pl.Series(column.name, [_decoded(value) for value in column], dtype=pl.String)


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return _NOT_UTF8


@contextmanager
def _translated(label: str) -> Iterator[None]:
    """Turn what polars raises for a damaged file into one sentence; its own text can hold cells."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError(DAMAGED.format(label)) from error
