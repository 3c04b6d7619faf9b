"""Inputs, whatever their format, as batches of text cells with their places.

`open_inputs` is the way in; a `Source` is one file. What columns mean is for the next stage.

base        what every source offers: a header, and batches of cells
dialect     what the user says of how the files are written
expand      inputs as the user names them → files; s3: the objects of an S3 store
table_formats  folders whose files count only as a manifest says
input_file  one file's bytes, and that they stay the same
decompress  packed bytes → bytes
sniff       what a file really is, when it is not what its name says
csv, parquet, excel  the sources of these formats
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, BinaryIO

from importer.errors import InputError
from importer.sources.base import Source as Source  # noqa: TC001 - others take it from here
from importer.sources.csv.header import header_at as header_at
from importer.sources.csv.reader import CsvSource
from importer.sources.dialect import Dialect as Dialect
from importer.sources.dialect import dialect_of as dialect_of
from importer.sources.expand import expand_inputs, file_format
from importer.sources.s3 import is_url as is_url

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from importer.sources.input_file import InputFile


_UNSAID = Dialect()


def open_inputs(
    inputs: Sequence[str],
    dialect: Dialect = _UNSAID,
    *,
    stdin: BinaryIO | None = None,
    without: Collection[Path] = (),
) -> list[Source]:
    """Open every file that `inputs` name (files, patterns, folders, `-`) and read its header.

    What patterns and folders find of `without`, the files that the run itself writes, is left out.
    `stdin` is what `-` reads.

    Raises `InputError` for anything that cannot be read.
    """
    files = expand_inputs(inputs, stdin, without=without)
    _refuse_unfit(dialect, files)
    parquet = _parquet([file for file in files if file_format(file.path) == "parquet"])

    def opened(file: InputFile) -> Sequence[Source]:
        match file_format(file.path):
            case "parquet":
                return [parquet[file]]
            case "xlsx":
                return _sheets(file, dialect)
            case _:
                return [CsvSource(file, dialect)]

    return [source for file in files for source in opened(file)]


# What reads a format is imported when there is such a file: most have CSV.


def _parquet(files: Sequence[InputFile]) -> dict[InputFile, Source]:
    if not files:
        return {}
    from importer.sources.parquet.file import ParquetFile  # noqa: PLC0415
    from importer.sources.parquet.guard import prove  # noqa: PLC0415
    from importer.sources.parquet.reader import ParquetSource  # noqa: PLC0415

    opened = {file: ParquetFile(file) for file in files}
    proofs = prove(list(opened.values()))
    return {file: ParquetSource(found, proofs[found]) for file, found in opened.items()}


def _sheets(file: InputFile, dialect: Dialect) -> list[Source]:
    from importer.sources.excel.reader import ExcelSource  # noqa: PLC0415

    return [ExcelSource(file, dialect, sheet=sheet) for sheet in dialect.sheets or (None,)]


def _refuse_unfit(dialect: Dialect, files: Sequence[InputFile]) -> None:
    """Refuse what is said of formats of which there is no file."""
    formats = {file_format(file.path) or "csv" for file in files}
    plain = [sheet.casefold() for sheet in dialect.sheets]
    for sheet in dialect.sheets:
        if plain.count(sheet.casefold()) > 1:
            raise InputError(f"--sheet {shlex.quote(sheet)} is given twice. Its rows would count double.")
    if dialect.sheets and "xlsx" not in formats:
        raise InputError(
            f"--sheet {shlex.quote(dialect.sheets[0])} names a sheet of an Excel workbook, and {files[0].label} is "
            "none. Leave --sheet out, or name the workbook."
        )
    said = "--columns" if dialect.columns else "--skip-rows" if dialect.skip_rows else ""
    if said and formats == {"parquet"}:
        raise InputError(
            f"{said} is for CSV files and workbooks, and {files[0].label} is Parquet, which names its columns itself. "
            f"Leave {said} out."
        )
