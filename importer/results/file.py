"""The results file: one line for each input row, replaced as a whole, as CSV or Parquet.

In CSV a cell that a spreadsheet would take for a formula gets an apostrophe in front, and so does a cell that already
looks so treated; taking one apostrophe off is therefore the exact way back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.disk import refusals_of_the_disk, storing
from importer.errors import ResultsError
from importer.model import FATE, KEY
from importer.text import is_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from importer.disk import Replacement

COLUMNS = (*(name for name in FATE if name != "doubt_since"), "target")
FORMATS = (".csv", ".parquet")
INTEGERS = {"row": pl.UInt32, "http_status": pl.UInt16, "attempts": pl.UInt32}
_FORMULA = r"^'*[=+\-@\t\r]"
_TREATED = r"^'+[=+\-@\t\r]"


def is_results_header(header: Sequence[str]) -> bool:
    """Whether a header is that of a results file (columns of `--keep` may follow, and the key)."""
    return tuple(header[: len(COLUMNS)]) == COLUMNS


def check_format(path: Path) -> None:
    """Whether RESULTS can be written under this name.

    Raises:
        ResultsError: it ends in no format that there is, or cannot be named in that format.
    """
    if path.suffix.lower() not in FORMATS:
        raise ResultsError(f"{path} is neither .csv nor .parquet; give --results a name that ends in one of them.")
    if path.suffix.lower() == ".parquet" and not is_text(path.absolute()):
        raise ResultsError(f"{path}: Parquet needs a path that is UTF-8 text; give --results another, or one in .csv.")


def harmless(name: str) -> pl.Expr:
    """A text column as a spreadsheet may see it."""
    column = pl.col(name)
    return pl.when(column.str.contains(_FORMULA)).then(pl.concat_str(pl.lit("'"), column)).otherwise(column).alias(name)


def as_written(name: str) -> pl.Expr:
    """The way back from `harmless`."""
    column = pl.col(name)
    return pl.when(column.str.contains(_TREATED)).then(column.str.slice(1)).otherwise(column).alias(name)


def cell_as_written(text: str) -> str:
    """The same for one cell."""
    return text[1:] if re.match(_TREATED, text) else text


def lines_of(batch: pl.DataFrame, titles: Sequence[str], results: Path) -> pl.DataFrame:
    """A batch of cells of RESULTS as texts in columns of these titles, as they were before: null where empty."""
    lines = batch.select(pl.col(str(i)).replace("", None).alias(title) for i, title in enumerate(titles))
    return lines if results.suffix.lower() == ".parquet" else lines.with_columns(map(as_written, titles))


def key_position(header: Sequence[str]) -> int | None:
    """Where the column `key` is, if there is one: behind all others, unless a program added some."""
    found = [position for position, title in enumerate(header) if title == KEY and position >= len(COLUMNS)]
    return found[-1] if found else None


def kept_titles(header: Sequence[str], results: Path) -> tuple[str, ...]:
    """The names of the columns of `--keep`, as they were in the input, and of the key; in CSV written harmless too."""
    titles = header[len(COLUMNS) :]
    treated = results.suffix.lower() != ".parquet"
    return tuple(cell_as_written(title) if treated else title for title in titles)


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


def _write_csv(file: Any, frames: Iterable[pl.DataFrame], columns: Sequence[str]) -> None:
    titles = pl.DataFrame({"title": columns}).with_columns(harmless("title")).transpose()
    titles.write_csv(file, include_header=False, line_terminator="\r\n")
    texts = [name for name in columns if name not in INTEGERS]
    for frame in frames:
        cells = frame.select(columns).with_columns(pl.col(texts).replace("", None))
        _treated(cells, texts).write_csv(file, include_header=False, line_terminator="\r\n")


def _treated(cells: pl.DataFrame, texts: Sequence[str]) -> pl.DataFrame:
    return cells.with_columns(harmless(name) for name in texts if cells[name].str.contains(_FORMULA).any())


def _write_parquet(replacement: Replacement, frames: Iterable[pl.DataFrame], columns: Sequence[str]) -> None:
    from polars.io.plugins import register_io_source  # noqa: PLC0415 - only where it is needed

    schema = {name: INTEGERS.get(name, pl.String) for name in columns}

    def batches(*_: object) -> Iterator[pl.DataFrame]:
        for frame in frames:
            yield frame.select(pl.col(name).cast(kind, strict=False) for name, kind in schema.items())

    register_io_source(batches, schema=schema).sink_parquet(replacement.temporary)
