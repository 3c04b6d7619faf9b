"""The footer of a Parquet file, read by itself: what polars does not tell, or does not survive.

Read here are the columns with their annotations, how many rows the file and each of its row groups hold, and what the
statistics know of texts; everything else is passed over. Nothing in it is believed to be small, or true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.sources.parquet.thrift import I32, I64, LIST, STRUCT, TEXT, Reader, struct, varint, zigzag

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

DEEPEST = 8
"""So many names of an element and the groups around it are told; what is further down is not told apart."""
_MAX_ELEMENTS = 200_000
_REPEATED = 2
# Fields of `FileMetaData`, `SchemaElement`, `RowGroup`, `ColumnChunk` and `ColumnMetaData`.
_VERSION, _SCHEMA, _ROWS, _GROUPS = 1, 2, 3, 4
_TYPE, _LENGTH, _REPETITION, _NAME, _CHILDREN, _CONVERTED, _LOGICAL = 1, 2, 3, 4, 5, 6, 10
_TIMES, _TIME_UNIT = {7, 8}, 2  # of a `LogicalType`: `TIME` and `TIMESTAMP`
_CHUNKS, _GROUP_ROWS, _CHUNK_META, _CHUNK_VALUES, _CHUNK_BYTES, _STATISTICS = 1, 3, 3, 5, 6, 12
_EXTREMES = (1, 2, 5, 6)  # of `Statistics`: the largest and the smallest value, in its older and in its newer order
_BYTES = 6  # the physical type of texts
_FEW_BYTES, _FEW_BYTES_A_VALUE = 1 << 16, 1


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
        fields = [(field, I32, zigzag(value)) for field, value in numbers.items() if value is not None]
        fields.append((_NAME, TEXT, varint(len(name)) + name))
        if self.children:
            fields.append((_CHILDREN, I32, zigzag(self.children)))
        return struct(fields)


@dataclass(frozen=True, slots=True)
class Footer:
    """What a footer says: the elements of the schema in depth-first order, the root first; and the rows."""

    elements: tuple[Element, ...]
    rows: int
    groups: bytes

    @classmethod
    def parse(cls, data: bytes) -> Footer:
        """Read a footer; raises `ValueError` or `LookupError` where it is none, or contradicts itself."""
        fields = {_SCHEMA: _elements, _ROWS: Reader.number, _GROUPS: Reader.list_bytes}
        found = Reader(data).struct(fields)
        footer = cls(tuple(found[_SCHEMA]), found[_ROWS], found[_GROUPS])
        footer._compare_rows()
        return footer

    @property
    def columns(self) -> list[Element]:
        """The columns of the table, each a value or a group."""
        return [element for element, path, _ in self._walk() if len(path) == 1]

    @property
    def by_path(self) -> dict[tuple[str, ...], Element]:
        """The elements by their names, those of the groups around them in front."""
        return {path: element for element, path, _ in self._walk() if len(path) <= DEEPEST}

    def without_annotations(self, elements: Collection[int]) -> bytes:
        """The footer as a file holds it, with nothing but what is needed, and without what annotates these elements."""
        schema = [element.bare() if i in elements else element.raw for i, element in enumerate(self.elements)]
        return struct(
            [
                (_VERSION, I32, zigzag(2)),
                (_SCHEMA, LIST, bytes([0xF0 | STRUCT]) + varint(len(schema)) + b"".join(schema)),
                (_ROWS, I64, zigzag(self.rows)),
                (_GROUPS, LIST, self.groups),
            ]
        )

    def _walk(self) -> Iterator[tuple[Element, tuple[str, ...], bool]]:
        """Each element below the root, with its path, and whether it is in something that a row may hold often."""
        open_groups = [self.elements[0].children]
        repeated = [False]
        names: list[str] = []
        for element in self.elements[1:]:
            while not open_groups[-1]:
                open_groups.pop()
                repeated.pop()
                names.pop()
            open_groups[-1] -= 1
            is_repeated = repeated[-1] or element.repetition == _REPEATED
            yield element, (*names[:DEEPEST], element.name), is_repeated
            if element.children:
                names.append(element.name)
                open_groups.append(element.children)
                repeated.append(is_repeated)
        if any(open_groups):
            raise ValueError("the schema ends within a group")

    def glimpses(self) -> dict[tuple[str, ...], list[bytes] | None]:
        """For each text, by its path, some of its values, as far as they are known without decoding it.

        None for those of which only decoding tells whether they hold few.
        """
        groups = [group[_CHUNKS] for group in self._groups()]
        leaves = [found for found in self._walk() if not found[0].children]
        return {
            path: _united(_glimpse(chunks[leaf]) for chunks in groups)
            for leaf, (element, path, is_repeated) in enumerate(leaves)
            if element.physical == _BYTES and not is_repeated
        }

    def _groups(self) -> Iterator[dict[int, Any]]:
        reader = Reader(self.groups)
        for _ in range(reader.list_size()):
            yield reader.struct({_CHUNKS: _chunks, _GROUP_ROWS: Reader.number})

    def _compare_rows(self) -> None:
        """Refuse a footer whose counts do not agree: polars reads as many rows as one of them says."""
        repeated = [is_repeated for element, _, is_repeated in self._walk() if not element.children]
        total = 0
        for group in self._groups():
            rows, values = group[_GROUP_ROWS], [chunk[_CHUNK_VALUES] for chunk in group[_CHUNKS]]
            total += rows
            if len(values) != len(repeated) or any(
                count != rows and not is_repeated for count, is_repeated in zip(values, repeated, strict=True)
            ):
                raise ValueError(f"a row group of {rows} rows holds {values} values")
        if total != self.rows or self.rows < 0:
            raise ValueError(f"the file says {self.rows} rows, its row groups {total}")


def _elements(reader: Reader) -> list[Element]:
    """The schema."""
    size = reader.list_size()
    if not 0 < size <= _MAX_ELEMENTS:
        raise ValueError(f"{size} elements")
    return [_element(reader) for _ in range(size)]


def _element(reader: Reader) -> Element:
    found, raw = reader.raw(lambda reader: reader.struct(_ELEMENT))
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
        raw=raw,
    )


def _logical_type(reader: Reader) -> tuple[int, int | None]:
    """Which `LogicalType` is set, 0 where none is; and the unit of a time."""
    found, unit = 0, None
    for found, kind in reader.fields():
        if found in _TIMES:
            unit = reader.struct({_TIME_UNIT: Reader.variant}).get(_TIME_UNIT)
        else:
            reader.pass_over(kind)
    return found, unit


_ELEMENT: dict[int, Callable[[Reader], Any]] = {
    **dict.fromkeys((_TYPE, _LENGTH, _REPETITION, _CHILDREN, _CONVERTED), Reader.number),
    _NAME: Reader.text,
    _LOGICAL: _logical_type,
}
_EXTREME_VALUES: dict[int, Callable[[Reader], Any]] = dict.fromkeys(_EXTREMES, Reader.binary)
_OF_CHUNK: dict[int, Callable[[Reader], Any]] = {
    _CHUNK_VALUES: Reader.number,
    _CHUNK_BYTES: Reader.number,
    _STATISTICS: lambda reader: reader.struct(_EXTREME_VALUES),
}


def _chunks(reader: Reader) -> list[dict[int, Any]]:
    """What each column chunk of a row group says of itself."""
    return [reader.struct({_CHUNK_META: _chunk})[_CHUNK_META] for _ in range(reader.list_size())]


def _chunk(reader: Reader) -> dict[int, Any]:
    return reader.struct(_OF_CHUNK)


def _united(several: Iterable[list[bytes] | None]) -> list[bytes] | None:
    found: dict[bytes, None] = {}
    for one in several:
        if one is None:
            return None
        found.update(dict.fromkeys(one))
    return list(found)


def _glimpse(chunk: Mapping[int, Any]) -> list[bytes] | None:
    """Values that a chunk holds, by its statistics; without these none of few, None where it may hold many."""
    extremes = chunk.get(_STATISTICS, {})
    is_few = chunk.get(_CHUNK_BYTES, 1 << 62) <= _FEW_BYTES + _FEW_BYTES_A_VALUE * chunk[_CHUNK_VALUES]
    return list(extremes.values()) if extremes or is_few else None
