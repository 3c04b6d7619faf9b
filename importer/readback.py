"""The results file read back: its lines as text, whatever program saved it since."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from importer.errors import ImporterError, ResultsError
from importer.results import COLUMNS, as_written, is_results_header
from importer.sources import open_inputs

if TYPE_CHECKING:
    from pathlib import Path

_MOST_FOOTER = 64 << 20


def read_results(path: Path) -> pl.DataFrame:
    """The lines of a results file in the columns of `COLUMNS`, as text, whatever dialect a spreadsheet saved it in.

    Raises:
        ResultsError: not a results file.
    """
    return results_lines(path).select(COLUMNS)


def results_lines(path: Path) -> pl.DataFrame:
    """The same with `line` and `ragged`."""
    try:
        source = open_inputs([str(path)])[0]
        if not is_results_header(source.header):
            raise ResultsError(f"{path} is not a results file; it is left untouched. Choose another --results.")  # noqa: TRY301
        frames = [
            batch.select("line", "ragged", *(pl.col(str(i)).alias(name) for i, name in enumerate(COLUMNS)))
            for batch in source.batches()
        ]
    except ResultsError:
        raise
    except ImporterError as error:
        raise ResultsError(f"{path} cannot be read as a results file; it is left untouched. {error}") from error
    kinds = {"line": pl.UInt32, "ragged": pl.Boolean} | dict.fromkeys(COLUMNS, pl.String)
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=kinds)
    frame = frame.with_columns(pl.col(pl.String).replace("", None))
    return frame if path.suffix.lower() == ".parquet" else frame.with_columns(as_written(name) for name in COLUMNS)


def begins_like_results(path: Path) -> bool:
    """Whether a file may be RESULTS, as far as its beginning (of Parquet its end) tells."""
    try:
        with path.open("rb") as file:
            if path.suffix.lower() != ".parquet":
                return file.read(4096).lstrip(b"\xef\xbb\xbf").startswith(",".join(COLUMNS).encode())
            footer = _parquet_footer(file)
            return all(name.encode() in footer for name in COLUMNS)
    except OSError:
        return False


def _parquet_footer(file: BinaryIO) -> bytes:
    """The end of a Parquet file, which names its columns. polars is not asked: a damaged file can make it panic."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 8))
    length = int.from_bytes(file.read(4), "little")
    file.seek(max(0, size - 8 - length))
    return file.read(_MOST_FOOTER)
