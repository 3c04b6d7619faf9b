"""The footer of a Parquet file, read by itself: what polars does not tell, or does not survive.

It is a struct in Thrift's compact protocol. Read here are the columns with their annotations, and how many rows the
file and each of its row groups hold; everything else is passed over. Nothing in it is believed to be small, or true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_MAX_DEPTH = 50
_MAX_ELEMENTS = 200_000
_REPEATED = 2
# Kinds of values in Thrift's compact protocol.
_TRUE, _FALSE, _I8, _I16, _I32, _I64, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_ONE_BYTE = {_TRUE, _FALSE, _I8}
# Fields of `FileMetaData`, `SchemaElement`, `RowGroup`, `ColumnChunk` and `ColumnMetaData`.
_VERSION, _SCHEMA, _ROWS, _GROUPS = 1, 2, 3, 4
_TYPE, _LENGTH, _REPETITION, _NAME, _CHILDREN, _CONVERTED, _LOGICAL = 1, 2, 3, 4, 5, 6, 10
_TIMES, _TIME_UNIT = {7, 8}, 2  # of a `LogicalType`: `TIME` and `TIMESTAMP`
_CHUNKS, _GROUP_ROWS, _CHUNK_META, _CHUNK_VALUES = 1, 3, 3, 5


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the schema: a column, or a group of such. `raw` are its bytes.

    `converted` is the number of its `ConvertedType`, `logical` that of its `LogicalType` and `unit` that of the
    latter's `TimeUnit`, where it has one.
    """

    name: str
    physical: int | None
    length: int | None
    repetition: int | None
    children: int
    converted: int | None
    logical: int | None
    unit: int | None
    raw: bytes

    def bare(self) -> bytes:
        """Its bytes without annotations."""
        name = self.name.encode()
        numbers = {_TYPE: self.physical, _LENGTH: self.length, _REPETITION: self.repetition}
        fields = [(field, _I32, _zigzag(value)) for field, value in numbers.items() if value is not None]
        fields.append((_NAME, _TEXT, _varint(len(name)) + name))
        if self.children:
            fields.append((_CHILDREN, _I32, _zigzag(self.children)))
        return _struct(fields)


@dataclass(frozen=True, slots=True)
class Footer:
    """What a footer says: the elements of the schema in depth-first order, the root first; and the rows."""

    elements: tuple[Element, ...]
    rows: int
    groups: bytes

    @classmethod
    def parse(cls, data: bytes) -> Footer:
        """Read a footer; raises `ValueError` or `LookupError` where it is none, or contradicts itself."""
        fields = {_SCHEMA: _Reader.elements, _ROWS: _Reader.number, _GROUPS: _Reader.list_bytes}
        found = _Reader(data).struct(fields)
        footer = cls(tuple(found[_SCHEMA]), found[_ROWS], found[_GROUPS])
        footer._compare_rows()
        return footer

    @property
    def columns(self) -> list[Element]:
        """The columns of the table, each a value or a group."""
        return [element for element, is_column, _ in self._walk() if is_column]

    def without_annotations(self, elements: Collection[int]) -> bytes:
        """The footer as a file holds it, with nothing but what is needed, and without what annotates these elements."""
        schema = [element.bare() if i in elements else element.raw for i, element in enumerate(self.elements)]
        return _struct(
            [
                (_VERSION, _I32, _zigzag(2)),
                (_SCHEMA, _LIST, bytes([0xF0 | _STRUCT]) + _varint(len(schema)) + b"".join(schema)),
                (_ROWS, _I64, _zigzag(self.rows)),
                (_GROUPS, _LIST, self.groups),
            ]
        )

    def _walk(self) -> Iterator[tuple[Element, bool, bool]]:
        """Each element below the root: whether it is a column, and whether a chunk holds it that has a value a row."""
        open_groups = [self.elements[0].children]
        repeated = [False]
        for element in self.elements[1:]:
            while not open_groups[-1]:
                open_groups.pop()
                repeated.pop()
            open_groups[-1] -= 1
            is_repeated = repeated[-1] or element.repetition == _REPEATED
            yield element, len(open_groups) == 1, is_repeated
            if element.children:
                open_groups.append(element.children)
                repeated.append(is_repeated)
        if any(open_groups):
            raise ValueError("the schema ends within a group")

    def _compare_rows(self) -> None:
        """Refuse a footer whose counts do not agree: polars reads as many rows as one of them says."""
        repeated = [is_repeated for element, _, is_repeated in self._walk() if not element.children]
        reader, total = _Reader(self.groups), 0
        for _ in range(reader.list_size()):
            group = reader.struct({_CHUNKS: _values_of_chunks, _GROUP_ROWS: _Reader.number})
            rows, values = group[_GROUP_ROWS], group[_CHUNKS]
            total += rows
            if len(values) != len(repeated) or any(
                count != rows and not is_repeated for count, is_repeated in zip(values, repeated, strict=True)
            ):
                raise ValueError(f"a row group of {rows} rows holds {values} values")
        if total != self.rows or self.rows < 0:
            raise ValueError(f"the file says {self.rows} rows, its row groups {total}")


class _Reader:
    """Values in Thrift's compact protocol, one behind the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, wanted: Mapping[int, Callable[[_Reader], Any]]) -> dict[int, Any]:
        """Read the wanted fields of a struct; `KeyError` later where one is missing."""
        found: dict[int, Any] = {}
        for field, kind in self._fields():
            read = wanted.get(field)
            if read is None:
                self._pass_over(kind)
            else:
                found[field] = read(self)
        return found

    def number(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)

    def text(self) -> str:
        size = self._varint()
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def list_size(self) -> int:
        return self._list_head()[0]

    def list_bytes(self) -> bytes:
        """A list as it is."""
        start = self._at
        self._pass_over(_LIST)
        return self._data[start : self._at]

    def elements(self) -> list[Element]:
        """The schema."""
        size = self.list_size()
        if not 0 < size <= _MAX_ELEMENTS:
            raise ValueError(f"{size} elements")
        return [self._element() for _ in range(size)]

    def _element(self) -> Element:
        start = self._at
        found = self.struct(_ELEMENT)
        logical, unit = found.get(_LOGICAL, (None, None))
        return Element(
            name=found[_NAME],
            physical=found.get(_TYPE),
            length=found.get(_LENGTH),
            repetition=found.get(_REPETITION),
            children=found.get(_CHILDREN, 0),
            converted=found.get(_CONVERTED),
            logical=logical,
            unit=unit,
            raw=self._data[start : self._at],
        )

    def logical_type(self) -> tuple[int, int | None]:
        """Which `LogicalType` is set, 0 where none is; and the unit of a time."""
        found, unit = 0, None
        for found, kind in self._fields():
            if found in _TIMES:
                unit = self.struct({_TIME_UNIT: _Reader.variant}).get(_TIME_UNIT)
            else:
                self._pass_over(kind)
        return found, unit

    def variant(self) -> int:
        """The field of a union that is set; 0 where none is."""
        found = 0
        for field, kind in self._fields():
            found = field
            self._pass_over(kind)
        return found

    def _fields(self) -> Iterator[tuple[int, int]]:
        last = 0
        while head := self._byte():
            last = last + (head >> 4) if head >> 4 else self.number()
            yield last, head & 0x0F

    def _list_head(self) -> tuple[int, int]:
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._varint()
        return size, head & 0x0F

    def _pass_over(self, kind: int, depth: int = 0) -> None:
        if depth > _MAX_DEPTH:
            raise ValueError("too deep")
        if kind in {_I16, _I32, _I64}:
            self._varint()
        elif kind == _I8:
            self._at += 1
        elif kind == _DOUBLE:
            self._at += 8
        elif kind == _TEXT:
            size = self._varint()  # which moves on by itself, before this does
            self._at += size
        elif kind in {_LIST, _SET}:
            self._pass_over_list(depth)
        elif kind == _STRUCT:
            for _, inner in self._fields():
                self._pass_over(inner, depth + 1)
        elif kind not in {_TRUE, _FALSE}:
            raise ValueError(f"unknown kind {kind}")

    def _pass_over_list(self, depth: int) -> None:
        size, kind = self._list_head()
        if kind in _ONE_BYTE:
            self._at += size
        else:
            for _ in range(size):
                self._pass_over(kind, depth + 1)

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


_ELEMENT: dict[int, Callable[[_Reader], Any]] = {
    **dict.fromkeys((_TYPE, _LENGTH, _REPETITION, _CHILDREN, _CONVERTED), _Reader.number),
    _NAME: _Reader.text,
    _LOGICAL: _Reader.logical_type,
}


def _values_of_chunks(reader: _Reader) -> list[int]:
    """How many values each column chunk of a row group says that it holds."""
    chunk = {_CHUNK_META: lambda reader: reader.struct({_CHUNK_VALUES: _Reader.number})}
    return [reader.struct(chunk)[_CHUNK_META][_CHUNK_VALUES] for _ in range(reader.list_size())]


def _struct(fields: list[tuple[int, int, bytes]]) -> bytes:
    out, last = b"", 0
    for field, kind, value in fields:
        out += bytes([(field - last) << 4 | kind]) + value
        last = field
    return out + b"\0"


def _zigzag(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
