"""The columns of a table as a file with groups has them: the fields of a struct are columns, `order.status`.

What a list holds is several values a row, and no text; the names in it are known, for who looks for a status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl
from polars.datatypes import DataTypeClass

from importer.sources.base import MAX_COLUMNS
from importer.sources.parquet.file import Kind
from importer.sources.parquet.footer import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MOST_FIELDS = 1_000  # of one struct
_LISTS = (pl.List, pl.Array)


class Field(NamedTuple):
    """A column of the header: the `top` column of the file that it stands in, and the names on the way to it."""

    top: int
    path: tuple[str, ...]
    dtype: pl.DataType
    kind: Kind

    @property
    def name(self) -> str:
        """What it is called in the header."""
        return ".".join(self.path)

    def value(self) -> pl.Expr:
        """Its value in a frame that has the file's columns under their numbers."""
        value = pl.col(str(self.top))
        for name in self.path[1:]:
            value = value.struct.field(name)
        return value

    def listed(self) -> list[str]:
        """The names of what each of its rows may hold several times, with its own in front."""
        return [".".join((self.name, *path)) for path, _ in _leaves((), _element(self.dtype))] if self.is_list else []

    @property
    def is_list(self) -> bool:
        """Whether a row holds several values."""
        return isinstance(self.dtype, _LISTS)


def fields_of(
    names: Iterable[str], dtypes: Iterable[pl.DataType], kinds: Mapping[tuple[str, ...], Kind]
) -> list[Field]:
    """The columns of the header, in their order in the file.

    A struct of very many fields stays one column, without text, and so do all where they would be too many together.
    """
    tops = [(top, (name,), dtype) for top, (name, dtype) in enumerate(zip(names, dtypes, strict=True))]
    found = [(top, *leaf) for top, path, dtype in tops for leaf in _split(path, dtype)]
    chosen = found if len(found) <= MAX_COLUMNS else tops
    return [Field(top, path, dtype, kinds.get(path, Kind.PLAIN)) for top, path, dtype in chosen]


def _split(path: tuple[str, ...], dtype: pl.DataType) -> list[tuple[tuple[str, ...], pl.DataType]]:
    leaves = list(_leaves(path, dtype))
    return leaves if len(leaves) <= _MOST_FIELDS else [(path, dtype)]


def _leaves(path: tuple[str, ...], dtype: pl.DataType) -> Iterator[tuple[tuple[str, ...], pl.DataType]]:
    if isinstance(dtype, pl.Struct) and dtype.fields and len(path) < DEEPEST:
        for field in dtype.fields:
            yield from _leaves((*path, field.name), _instance(field.dtype))
    else:
        yield path, dtype


def _element(dtype: pl.DataType) -> pl.DataType:
    while isinstance(dtype, _LISTS):
        dtype = _instance(dtype.inner)
    return dtype


def _instance(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    return dtype() if isinstance(dtype, DataTypeClass) else dtype
