"""Parquet files written byte by byte, as no library would write them: any annotation, any count, any page.

One row group or several, every column a chunk with an optional dictionary page and PLAIN (or dictionary) data pages.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTES, FIXED = range(8)
_PLAIN, _DICTIONARY = 0, 8
_FORMATS = {INT32: "<i", INT64: "<q", FLOAT: "<f", DOUBLE: "<d"}
# Kinds of Thrift's compact protocol.
_TRUE, _FALSE, _I32, _I64, _TEXT, _LIST, _STRUCT = 1, 2, 5, 6, 8, 9, 12


class Long(int):
    """A number that Thrift writes as an `i64`."""


@dataclass
class Column:
    """A column: its name, physical type and values; the annotations are fields of its `SchemaElement`."""

    name: str
    kind: int
    values: Sequence[Any]
    converted: int | None = None
    logical: dict[int, Any] | None = None
    length: int | None = None
    scale: int | None = None
    precision: int | None = None
    dictionary: Sequence[Any] = field(default_factory=list)
    codec: int = 0

    def element(self) -> dict[int, Any]:
        """Its `SchemaElement`, as a required column."""
        return {
            1: self.kind,
            2: self.length,
            3: 0,
            4: self.name,
            6: self.converted,
            7: self.scale,
            8: self.precision,
            10: self.logical,
        }

    def pages(self, values: Sequence[Any]) -> tuple[bytes, int]:
        """The chunk's bytes, and where the data page begins in them."""
        if not self.dictionary:
            return page(0, 5, {1: len(values), 2: _PLAIN, 3: 3, 4: 3}, self._plain(values)), 0
        first = page(2, 7, {1: len(self.dictionary), 2: _PLAIN}, self._plain(self.dictionary))
        indexes = b"\x00" + _varint(len(values) << 1) if len(self.dictionary) == 1 else self._indexes(values)
        return first + page(0, 5, {1: len(values), 2: _DICTIONARY, 3: 3, 4: 3}, indexes), len(first)

    def _indexes(self, values: Sequence[Any]) -> bytes:
        """Runs of one, each an index of one byte."""
        return b"\x08" + b"".join(b"\x02" + bytes([self.dictionary.index(value)]) for value in values)

    def _plain(self, values: Sequence[Any]) -> bytes:
        if self.kind == BYTES:
            return b"".join(struct.pack("<I", len(value)) + value for value in values)
        if self.kind in {FIXED, INT96}:
            return b"".join(values)
        return b"".join(struct.pack(_FORMATS[self.kind], value) for value in values)


def page(kind: int, place: int, header: dict[int, Any], content: bytes, *, unpacked: int | None = None) -> bytes:
    """A page, uncompressed: its header and its content. `unpacked` is what the header says of its size."""
    return (
        thrift({1: kind, 2: len(content) if unpacked is None else unpacked, 3: len(content), place: header}) + content
    )


def parquet(
    columns: Sequence[Column],
    *,
    groups: Sequence[int] | None = None,
    rows: int | None = None,
    values: int | None = None,
) -> bytes:
    """A file of these columns, in row groups of so many rows.

    `rows` is what the footer says, `values` what each chunk says that it holds (the truth where None).
    """
    height = len(columns[0].values)
    body, described, done = b"PAR1", [], 0
    for size in groups or [height]:
        chunks = []
        for column in columns:
            content, data = column.pages(column.values[done : done + size])
            meta = {
                1: column.kind,
                2: [_PLAIN, _DICTIONARY],
                3: [column.name],
                4: column.codec,
                5: Long(size if values is None else values),
                6: Long(len(content)),
                7: Long(len(content)),
                9: Long(len(body) + data),
                11: Long(len(body)) if column.dictionary else None,
            }
            chunks.append({2: Long(len(body)), 3: meta})
            body += content
        described.append({1: chunks, 2: Long(len(body)), 3: Long(size)})
        done += size
    root = {4: "schema", 5: len(columns)}
    schema = [root, *(column.element() for column in columns)]
    footer = thrift({1: 2, 2: schema, 3: Long(height if rows is None else rows), 4: described})
    return body + footer + struct.pack("<I", len(footer)) + b"PAR1"


def thrift(fields: dict[int, Any]) -> bytes:
    """A struct in Thrift's compact protocol; fields that are None are left out."""
    out, last = b"", 0
    for number, value in sorted(fields.items()):
        if value is None:
            continue
        kind = _kind(value)
        step = number - last
        out += bytes([step << 4 | kind]) if step < 16 else bytes([kind]) + _varint(number << 1)
        out += b"" if isinstance(value, bool) else _value(value)
        last = number
    return out + b"\x00"


def _kind(value: Any) -> int:
    match value:
        case bool():
            return _TRUE if value else _FALSE
        case Long():
            return _I64
        case int():
            return _I32
        case str() | bytes():
            return _TEXT
        case list():
            return _LIST
    return _STRUCT


def _value(value: Any) -> bytes:
    match value:
        case int():
            return _varint(value << 1 if value >= 0 else (-value << 1) - 1)
        case str() | bytes():
            raw = value.encode() if isinstance(value, str) else value
            return _varint(len(raw)) + raw
        case list():
            size = bytes([len(value) << 4 | _kind(value[0])]) if len(value) < 15 else _long_list(value)
            return size + b"".join(map(_value, value))
    return thrift(value)


def _long_list(value: list[Any]) -> bytes:
    return bytes([0xF0 | _kind(value[0])]) + _varint(len(value))


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])
