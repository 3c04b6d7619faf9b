"""The values of a Parquet column as text that says exactly what the typed value was."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import polars as pl

from importer.sources.parquet.file import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

# Whole floats below this are written as integers: then the digits are still the shortest ones, or (from 2^53 on, beyond
# any amount of money) the exact ones, as an id needs them.
_WHOLE_BELOW: dict[type[pl.DataType], float] = {pl.Float64: 2.0**63, pl.Float32: 2.0**24, pl.Float16: 2.0**11}
# The years 1 to 9999, in days from 1970; and how many ticks of a unit make a second.
_FIRST_DAY, _END_DAY = -719_162, 2_932_897
_TICKS = {"ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_S = 86_400
_OUT_OF_RANGE = pl.lit("[out of range]")
_PLACEHOLDER = "[{}]"
NOT_UTF8 = _PLACEHOLDER.format("binary")
_MOST_DIGITS = 38  # of a decimal that polars can hold
_TIMES = {Kind.TIME_MS, Kind.TIME_US, Kind.TIME_NS}


def has_text(dtype: pl.DataType, kind: Kind) -> bool:
    """Whether values of a column can be told as text."""
    if isinstance(dtype, pl.Decimal):
        return (dtype.precision or 0) <= _MOST_DIGITS
    known = (pl.String, pl.Categorical, pl.Enum, pl.Null, pl.Boolean, pl.Date, pl.Datetime, pl.Binary)
    return kind is not Kind.UNKNOWN and (isinstance(dtype, known) or dtype.is_numeric())


def is_number(dtype: pl.DataType, kind: Kind) -> bool:
    """Whether values of a column are numbers."""
    return dtype.is_numeric() and has_text(dtype, kind) and kind not in _TIMES | {Kind.EMPTY}


def is_date(dtype: pl.DataType, kind: Kind) -> bool:
    """Whether values of a column are dates or times."""
    return (dtype.is_temporal() or kind in _TIMES) and has_text(dtype, kind) and kind is not Kind.EMPTY


def placeholder(dtype: pl.DataType) -> str:
    """What stands for the values of a column that has no text."""
    return _PLACEHOLDER.format(dtype.base_type().__name__.lower())


def text_of(value: pl.Expr, dtype: pl.DataType, kind: Kind) -> pl.Expr:
    """Write a column that has text as text, null where it is null."""
    if kind is Kind.EMPTY:
        return pl.when(value.is_not_null()).then(pl.lit(NOT_UTF8))
    if kind in _TIMES:
        return _text_of_times(value, kind.value)
    if kind is Kind.UUID:
        return value.bin.encode("hex").str.replace("^(.{8})(.{4})(.{4})(.{4})(.{12})$", "$1-$2-$3-$4-$5")
    match dtype:
        case pl.Decimal():
            return _text_of_decimals(value, dtype)
        case pl.Date():
            return _calendar(value, _FIRST_DAY, _END_DAY - 1, lambda date: date.cast(pl.String))
        case pl.Datetime():
            return _text_of_instants(value, dtype, kind)
        case pl.Binary():
            return value.map_batches(_text_of_bytes, return_dtype=pl.String, is_elementwise=True)
        case pl.Float16():
            return value.map_batches(_text_of_halves, return_dtype=pl.String, is_elementwise=True)
        case _ if dtype.is_float():
            return _text_of_floats(value, _WHOLE_BELOW[dtype.base_type()])
        case _:
            return value.cast(pl.String)


def _text_of_times(value: pl.Expr, unit: str) -> pl.Expr:
    second = _TICKS[unit]
    known = value.is_between(0, _DAY_S * second - 1)
    time = pl.when(known).then(value.cast(pl.Int64) * (_TICKS["ns"] // second)).cast(pl.Time)
    return _known_or_out_of_range(value, known, _without_zeros(time.dt.to_string("%H:%M:%S%.f")))


def _text_of_decimals(value: pl.Expr, dtype: pl.Decimal) -> pl.Expr:
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


def _text_of_instants(value: pl.Expr, dtype: pl.Datetime, kind: Kind) -> pl.Expr:
    second = _TICKS[dtype.time_unit]
    first = max(-(2**63), _FIRST_DAY * _DAY_S * second)
    # The last one of all stands for whatever polars could not hold.
    last = min(2**63 - (kind is Kind.INT96), _END_DAY * _DAY_S * second) - 1
    suffix = "" if dtype.time_zone is None and kind is not Kind.UTC else "Z"

    def write(instant: pl.Expr) -> pl.Expr:
        return _without_zeros(instant.dt.to_string("%Y-%m-%dT%H:%M:%S%.f")) + suffix

    return _calendar(value.to_physical().cast(pl.Datetime(dtype.time_unit)), first, last, write)


def _calendar(value: pl.Expr, first: int, last: int, write: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Write what lies in the years 1 to 9999; on anything beyond, polars fails altogether."""
    known = value.to_physical().is_between(first, last)
    return _known_or_out_of_range(value, known, write(pl.when(known).then(value)))


def _known_or_out_of_range(value: pl.Expr, known: pl.Expr, text: pl.Expr) -> pl.Expr:
    return pl.when(known).then(text).when(value.is_not_null()).then(_OUT_OF_RANGE)


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
        return NOT_UTF8
