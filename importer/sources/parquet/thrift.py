"""Thrift's compact protocol, read and written by itself: the form of a Parquet footer.

Nothing in it is believed to be small, or true: a value that ends too early is a `LookupError`, or a `ValueError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_MAX_DEPTH = 50
# Kinds of values.
_TRUE, _FALSE, _I8, I16, I32, I64, _DOUBLE, TEXT, LIST, _SET, _MAP, STRUCT = range(1, 13)
_ONE_BYTE = {_TRUE, _FALSE, _I8}


class Reader:
    """Values in Thrift's compact protocol, one behind the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, wanted: Mapping[int, Callable[[Reader], Any]]) -> dict[int, Any]:
        """Read the wanted fields of a struct; `KeyError` later where one is missing."""
        found: dict[int, Any] = {}
        for field, kind in self.fields():
            read = wanted.get(field)
            if read is None:
                self.pass_over(kind)
            else:
                found[field] = read(self)
        return found

    def number(self) -> int:
        """An integer of any size."""
        value = self._varint()
        return value >> 1 ^ -(value & 1)

    def binary(self) -> bytes:
        """Bytes with their length in front."""
        size = self._varint()
        self._at += size
        return self._data[self._at - size : self._at]

    def text(self) -> str:
        """A text; raises `ValueError` where it is not UTF-8."""
        return self.binary().decode()

    def list_size(self) -> int:
        """How many values a list has, which follow."""
        return self._list_head()[0]

    def list_bytes(self) -> bytes:
        """A list as it is."""
        start = self._at
        self.pass_over(LIST)
        return self._data[start : self._at]

    def raw(self, read: Callable[[Reader], Any]) -> tuple[Any, bytes]:
        """What is read, and the bytes that it was read from."""
        start = self._at
        value = read(self)
        return value, self._data[start : self._at]

    def variant(self) -> int:
        """The field of a union that is set; 0 where none is."""
        found = 0
        for field, kind in self.fields():
            found = field
            self.pass_over(kind)
        return found

    def fields(self) -> Iterator[tuple[int, int]]:
        """The number and the kind of each field of a struct; whoever takes one reads its value, or passes it over."""
        last = 0
        while head := self._byte():
            last = last + (head >> 4) if head >> 4 else self.number()
            yield last, head & 0x0F

    def _list_head(self) -> tuple[int, int]:
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._varint()
        return size, head & 0x0F

    def pass_over(self, kind: int, depth: int = 0) -> None:
        """Leave out a value of this kind; raises `ValueError` where it is nested too deeply."""
        if depth > _MAX_DEPTH:
            raise ValueError("too deep")
        if kind in {I16, I32, I64}:
            self._varint()
        elif kind == _I8:
            self._at += 1
        elif kind == _DOUBLE:
            self._at += 8
        elif kind == TEXT:
            size = self._varint()  # which moves on by itself, before this does
            self._at += size
        elif kind in {LIST, _SET}:
            self._pass_over_list(depth)
        elif kind == STRUCT:
            for _, inner in self.fields():
                self.pass_over(inner, depth + 1)
        elif kind not in {_TRUE, _FALSE}:
            raise ValueError(f"unknown kind {kind}")

    def _pass_over_list(self, depth: int) -> None:
        size, kind = self._list_head()
        if kind in _ONE_BYTE:
            self._at += size
        else:
            for _ in range(size):
                self.pass_over(kind, depth + 1)

    def _byte(self) -> int:
        byte = self._data[self._at]
        self._at += 1
        return byte

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise ValueError("a number without end")


def struct(fields: list[tuple[int, int, bytes]]) -> bytes:
    """Write a struct of fields: number, kind, and the value as it is written."""
    out, last = b"", 0
    for field, kind, value in fields:
        out += bytes([(field - last) << 4 | kind]) + value
        last = field
    return out + b"\0"


def zigzag(value: int) -> bytes:
    """Write an integer as `number` reads it."""
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def varint(value: int) -> bytes:
    """Write a size."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
