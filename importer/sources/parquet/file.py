"""One Parquet file: what its footer says, bytes that polars can read, and the way through them in slices.

Some annotations make polars refuse a whole file (variants, geometries, intervals), and of times of the day it makes
nulls where they are out of range. Such a file is read from a copy whose footer does not name them.
"""

from __future__ import annotations

import struct
import tempfile
from collections import Counter
from contextlib import contextmanager
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from importer.errors import InputError
from importer.sources.parquet.footer import Footer
from importer.sources.sniff import refuse_no_parquet
from importer.text import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.sources.input_file import InputFile
    from importer.sources.parquet.footer import Element

DAMAGED = (
    "{} is damaged, or cut off, or uses something unknown in Parquet, or unpacks to far more than its size. "
    "Export it again."
)
OLD_TIMES = (
    "{}: its times ({}) are of the old type INT96, in a form that cannot be read here, or the file is damaged. Write "
    "them as timestamps: fastparquet without times='int96', pyarrow without use_deprecated_int96_timestamps, Spark "
    "with spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS."
)
_FIRST_ROWS, _SLICE_ROWS = 1_000, 300_000
BATCH_BYTES = 32 << 20
_CELL_BYTES = 16  # what a text takes at least
# A row without a byte of its own is possible (all columns constant), but not millions of them.
_ALWAYS_ROWS, _ROWS_A_BYTE = 1_000_000, 20
_MAX_FOOTER = 16 << 20
_TAIL = struct.Struct("<I4s")
# What polars knows, and what it makes nulls of.
_LOGICAL, _CONVERTED = {*range(1, 9), *range(10, 16)}, range(21)
_TIME, _BSON, _UUID = 7, 13, 14
_CONVERTED_TIMES, _CONVERTED_TIMESTAMPS, _CONVERTED_BSON = {7: "ms", 8: "us"}, {9, 10}, 20
_CONVERTED_EMPTY = 24
_UNITS = {1: "ms", 2: "us", 3: "ns"}
_INT96 = 3


class Kind(Enum):
    """What a column is beyond its type, as far as it matters to its text."""

    PLAIN = "plain"
    TIME_MS = "ms"
    TIME_US = "us"
    TIME_NS = "ns"
    UTC = "a timestamp that is UTC by the older of its annotations, which polars does not heed"
    INT96 = "a timestamp that polars makes the last possible one where it is out of range"
    UUID = "uuid"
    EMPTY = "a column without any value, as older writers call it"
    UNKNOWN = "a type that is unknown here"


class ParquetFile:
    """A file that begins and ends as Parquet does, and whose footer does not contradict itself.

    It has so many `rows`, these `columns`, and by its path the kind of each and of what is in them in `kinds`. Raises
    `InputError` for any other file.
    """

    def __init__(self, file: InputFile) -> None:
        self.file = file
        assert file.path is not None  # what comes from standard input is read as CSV
        refuse_no_parquet(file.label, file.head(4))
        self._folder, self._own_path = _path_in_text(file.path)
        with file.reading(), damage_translated(file.label), file.path.open("rb") as stream:
            self._footer_at, footer = _footer(stream, file)
            self._footer = Footer.parse(footer)
        self.columns = self._footer.columns
        self.kinds = {path: _kind(element) for path, element in self._footer.by_path.items()}
        self.rows = self._footer.rows
        self._refuse_unlikely()
        self._copy: IO[bytes] | None = None

    @cached_property
    def path(self) -> Path:
        """Where polars reads; raises `InputError` where a copy is needed and cannot be made."""
        bare = {i for i, element in enumerate(self._footer.elements) if i and _must_be_bare(element)}
        if not bare:
            return self._own_path
        footer = self._footer.without_annotations(bare)
        with self.file.reading(), self._own_path.open("rb") as stream:
            self._copy = tempfile.NamedTemporaryFile(suffix=".parquet")  # noqa: SIM115 - open as long as it is read
            _copy(stream, self._footer_at, self._copy)
            self._copy.write(footer + _TAIL.pack(len(footer), b"PAR1"))
            self._copy.flush()
        return Path(self._copy.name)

    @cached_property
    def glimpses(self) -> dict[tuple[str, ...], list[bytes] | None]:
        """See `Footer.glimpses`."""
        with damage_translated(self.file.label):
            return self._footer.glimpses()

    def why_unreadable(self, columns: Sequence[int]) -> str:
        """Write what to say when these columns cannot be decoded."""
        names = {self.columns[at].name for at in columns}
        times = [".".join(path) for path, kind in self.kinds.items() if path[0] in names and kind is Kind.INT96]
        return OLD_TIMES.format(self.file.label, ", ".join(times)) if times else DAMAGED.format(self.file.label)

    def _refuse_unlikely(self) -> None:
        label = self.file.label
        name, times = Counter(element.name for element in self.columns).most_common(1)[0] if self.columns else ("", 1)
        if times > 1:
            raise InputError(f"{label}: {times} columns are called {name!r}. Rename them, or leave out all but one.")
        if self.rows > _ALWAYS_ROWS + _ROWS_A_BYTE * self.file.size:
            raise InputError(
                f"{label} says that it holds {self.rows:,} rows, which its {self.file.size:,} bytes cannot. "
                "Export it again."
            )


def _path_in_text(path: Path) -> tuple[tempfile.TemporaryDirectory[str] | None, Path]:
    """The path, or where its bytes are no UTF-8, which polars does not take, a link to it; it goes with the folder."""
    if is_text(path.absolute()):
        return None, path
    folder = tempfile.TemporaryDirectory(prefix="revenue-importer-")
    link = Path(folder.name, "input.parquet")
    link.symlink_to(path.absolute())
    return folder, link


def slices(path: Path, columns: Sequence[int]) -> Iterator[pl.DataFrame]:
    """Decode some columns of a file from its first row to its last, in frames that need little memory, also as text.

    Raises what polars raises for a damaged file.
    """
    total = row_count(path)
    chosen = pl.scan_parquet(path, glob=False, hive_partitioning=False).select(cs.by_index(columns))
    done, step = 0, _FIRST_ROWS
    while done < total:
        frame = chosen.slice(done, step).collect()
        if frame.height != min(step, total - done):
            raise pl.exceptions.ComputeError(f"it says that it holds {total} rows, but does not")
        yield frame
        done += frame.height
        size = frame.estimated_size() + _CELL_BYTES * frame.height * frame.width
        step = max(1, min(_SLICE_ROWS, BATCH_BYTES * frame.height // max(1, int(size))))


def row_count(path: Path) -> int:
    """Read the footer of a Parquet file, and how many rows it says there are; raises what polars raises."""
    scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    scan.collect_schema()
    return int(scan.select(pl.len()).collect().item())


@contextmanager
def damage_translated(label: str, sentence: str | None = None) -> Iterator[None]:
    """Turn what is raised for a damaged file into one sentence; the text of polars can hold cells."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, LookupError, ValueError, struct.error) as error:
        raise InputError(sentence or DAMAGED.format(label)) from error


def _footer(stream: IO[bytes], file: InputFile) -> tuple[int, bytes]:
    """Where the footer begins, and its bytes."""
    end = file.size - _TAIL.size
    stream.seek(max(0, end))
    size, magic = _TAIL.unpack(stream.read(_TAIL.size))
    if magic == b"PARE":
        raise InputError(f"{file.label} is encrypted. Export it without encryption.")
    if magic != b"PAR1" or size > end:
        raise ValueError("no Parquet file ends so")
    if size > _MAX_FOOTER:
        raise InputError(
            f"{file.label}: its footer is larger than {_MAX_FOOTER >> 20} MiB. Export it with fewer columns, or larger "
            "row groups."
        )
    stream.seek(end - size)
    return end - size, stream.read(size)


def _copy(source: IO[bytes], size: int, target: IO[bytes]) -> None:
    while size and (block := source.read(min(size, 1 << 20))):
        target.write(block)
        size -= len(block)


def _must_be_bare(element: Element) -> bool:
    return _is_unknown(element) or _time_unit(element) is not None


def _is_unknown(element: Element) -> bool:
    return (element.logical is not None and element.logical not in _LOGICAL) or (
        element.converted is not None and element.converted not in _CONVERTED
    )


def _time_unit(element: Element) -> str | None:
    if element.logical == _TIME:
        return _UNITS.get(element.unit or 0)
    return _CONVERTED_TIMES.get(element.converted or 0) if element.logical is None else None


def _kind(column: Element) -> Kind:
    unit = _time_unit(column)
    if column.converted == _CONVERTED_EMPTY and column.logical is None and not column.children:
        return Kind.EMPTY
    if _is_unknown(column) or column.logical == _BSON or column.converted == _CONVERTED_BSON:
        return Kind.UNKNOWN
    if unit is not None:
        return Kind(unit)
    if column.logical is None and column.converted in _CONVERTED_TIMESTAMPS:
        return Kind.UTC
    if column.physical == _INT96:
        return Kind.INT96
    return Kind.UUID if column.logical == _UUID else Kind.PLAIN
