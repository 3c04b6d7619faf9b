"""The results file: one line for each input row, replaced as a whole, as CSV or Parquet.

In CSV a cell that a spreadsheet would take for a formula gets an apostrophe in front, and so does a cell that already
looks so treated; taking one apostrophe off is therefore the exact way back.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.disk import new_file, real_path, storing, sync, sync_folder
from importer.errors import ResultsError, StorageError
from importer.journal import SUFFIX, journal_path
from importer.model import FATE
from importer.schema import plain_name
from importer.text import is_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COLUMNS = (*FATE, "target")
FORMATS = (".csv", ".parquet")
REPORT_MARK = "Written by revenue-importer"
"""Stands at the beginning of every report: a file without it is none, and is not written over."""
_INTEGERS = {"row": pl.UInt32, "http_status": pl.UInt16, "attempts": pl.UInt32}
_FORMULA = r"^'*[=+\-@\t\r]"
_TREATED = r"^'+[=+\-@\t\r]"


def is_results_header(header: Sequence[str]) -> bool:
    """Whether a header is that of a results file (columns of `--keep` may follow)."""
    return tuple(header[: len(COLUMNS)]) == COLUMNS


def real_place(path: Path) -> Path:
    """Where a RESULTS is. A link and what it leads to are one file, with one journal."""
    with suppress(OSError):  # `check_place` says what is wrong with it
        return real_path(path) if path.is_symlink() else path
    return path


def results_of(path: Path) -> Path:
    """The RESULTS that a path stands for; a journal stands for its own."""
    return real_place(path.with_name(path.name.removesuffix(SUFFIX)) if path.name.endswith(SUFFIX) else path)


def results_named(text: str) -> list[Path]:
    """The results files that an argument names: one, or all that match a pattern; none is an empty list.

    Of a run that was killed there may be the journal alone, and that counts.
    """
    exact = results_of(Path(text))
    if exact.exists() or journal_path(exact).exists():
        return [exact]
    # Path.glob refuses absolute patterns.
    names = [*glob.glob(text, recursive=True), *glob.glob(text + SUFFIX, recursive=True)]  # noqa: PTH207
    return sorted({found for name in names if (found := results_of(Path(name))).suffix.lower() in FORMATS})


def may_be_results(header: Sequence[str]) -> bool:
    """Whether the lines may be those of a results file, whoever put columns in front, moved, dropped or renamed them.

    As an input such a file would post again what it records.
    """
    names = set(map(plain_name, header))
    return {"status", "revenue_id"} <= names and bool({"finished_at", "target"} & names)


def harmless(name: str) -> pl.Expr:
    """A text column as a spreadsheet may see it."""
    column = pl.col(name)
    return pl.when(column.str.contains(_FORMULA)).then(pl.concat_str(pl.lit("'"), column)).otherwise(column).alias(name)


def as_written(name: str) -> pl.Expr:
    """The way back from `harmless`."""
    column = pl.col(name)
    return pl.when(column.str.contains(_TREATED)).then(column.str.slice(1)).otherwise(column).alias(name)


def kept_titles(header: Sequence[str], results: Path) -> tuple[str, ...]:
    """The names of the columns of `--keep`, as they were in the input; in CSV they are written harmless too."""
    titles = header[len(COLUMNS) :]
    treated = results.suffix.lower() != ".parquet"
    return tuple(title[1:] if treated and re.match(_TREATED, title) else title for title in titles)


def check_place(path: Path, option: str = "--results", formats: Sequence[str] = FORMATS) -> None:
    """Whether RESULTS, or what another `option` names, can be written there at all, as far as looking tells.

    Raises:
        ResultsError: it cannot, and why.
    """
    if formats and path.suffix.lower() not in formats:
        raise ResultsError(f"{path} is neither .csv nor .parquet; give {option} a name that ends in one of them.")
    if path.suffix.lower() == ".parquet" and not is_text(path.absolute()):
        raise ResultsError(f"{path}: Parquet needs a path that is UTF-8 text; give {option} another, or one in .csv.")
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.stat()  # which meets loops of links, and is_dir does not
        if path.is_dir():
            raise ResultsError(f"{path} is a folder; give {option} the name of a file.")
        if path.exists() and not path.is_file():
            raise ResultsError(f"{path} is not a regular file; give {option} the name of one, or of none yet.")
        if not path.parent.is_dir():
            raise ResultsError(
                f"The folder {path.parent} does not exist; make it, or choose another place with {option}."
            )
    except OSError as error:
        raise _unwritable(path, option, error) from error


def check_writable(path: Path, option: str = "--results") -> None:
    """Find out before the first row whether a file can be written, by trying; only who holds the journal may try.

    Raises:
        ResultsError: it cannot, and why.
    """
    try:
        with Replacement(path) as replacement:
            replacement.file.write(b" ")
            replacement.sync()
        if path.exists():
            with path.open("r+b"):
                pass
    except StorageError as error:
        raise _unwritable(path, option, error.__cause__ or error) from error
    except OSError as error:
        raise _unwritable(path, option, error) from error


def _unwritable(path: Path, option: str, error: BaseException) -> ResultsError:
    return ResultsError(
        f"{path} cannot be written ({getattr(error, 'strerror', None) or error}). Close it where it is open, make "
        f"room, or choose another place with {option}."
    )


class Replacement:
    """A file written beside `path`, for the owner only, that takes its place in one step with `put`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with storing("write", path):
            fd, self.temporary = new_file(path)
        self.file: Any = os.fdopen(fd, "w+b")

    def __enter__(self) -> Replacement:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what was not written is not wanted any more
            self.file.close()
        with suppress(OSError):
            self.temporary.unlink(missing_ok=True)

    def sync(self) -> str:
        """Make the content durable; returns its SHA-256."""
        with storing("write", self.path):
            self.file.flush()
            sync(self.file.fileno())
            return digest_of(self.temporary)

    def put(self) -> None:
        """Take the place of `path`, durably."""
        with storing("replace", self.path):
            self.temporary.replace(self.path)
            sync_folder(self.path.parent)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(replacement: Replacement, frames: Iterable[pl.DataFrame], keep: Sequence[str]) -> None:
    """Write frames with `COLUMNS` and the kept columns, in order.

    Raises:
        StorageError: the disk refused.
    """
    columns = [*COLUMNS, *keep]
    with storing("write", replacement.path), refusals_of_the_disk():
        if replacement.path.suffix.lower() == ".parquet":
            _write_parquet(replacement, frames, columns)
        else:
            _write_csv(replacement.file, frames, columns)


@contextmanager
def refusals_of_the_disk() -> Iterator[None]:
    """What the disk said, which polars tells in words only."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        number = re.search(r"\(os error ([0-9]+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def _write_csv(file: Any, frames: Iterable[pl.DataFrame], columns: Sequence[str]) -> None:
    titles = pl.DataFrame({"title": columns}).with_columns(harmless("title")).transpose()
    titles.write_csv(file, include_header=False, line_terminator="\r\n")
    texts = [name for name in columns if name not in _INTEGERS]
    for frame in frames:
        cells = frame.select(columns).with_columns(pl.col(texts).replace("", None))
        _treated(cells, texts).write_csv(file, include_header=False, line_terminator="\r\n")


def _treated(cells: pl.DataFrame, texts: Sequence[str]) -> pl.DataFrame:
    return cells.with_columns(harmless(name) for name in texts if cells[name].str.contains(_FORMULA).any())


def _write_parquet(replacement: Replacement, frames: Iterable[pl.DataFrame], columns: Sequence[str]) -> None:
    from polars.io.plugins import register_io_source  # noqa: PLC0415 - only where it is needed

    schema = {name: _INTEGERS.get(name, pl.String) for name in columns}

    def batches(*_: object) -> Iterator[pl.DataFrame]:
        for frame in frames:
            yield frame.select(pl.col(name).cast(kind, strict=False) for name, kind in schema.items())

    register_io_source(batches, schema=schema).sink_parquet(replacement.temporary)


def set_aside(path: Path) -> Path:
    """Move a file that a person changed out of the way, never over another one.

    Raises:
        StorageError: the disk refused.
    """
    place = path.with_name(path.name + ".edited")
    number = 2
    while place.exists():
        place = path.with_name(f"{path.name}.edited.{number}")
        number += 1
    with storing("rename", path):
        path.replace(place)
    return place
