"""From what the user named (files, patterns, folders, `-`) to the list of input files, in a stable order."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections import Counter
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal
from urllib.parse import unquote

from importer.disk import real_path
from importer.errors import InputError
from importer.sources.input_file import InputFile
from importer.sources.s3 import Bucket, ObjectFile, is_url
from importer.sources.table_formats import from_here, on_disk, refuse_tables
from importer.text import as_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

FileFormat = Literal["csv", "parquet", "xlsx"]

_FORMATS: dict[str, FileFormat] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_HIDDEN = (".", "_")
_EDITED = re.compile(r"\.edited(?:\.[0-9]+)?$")
_COMPRESSIONS = (".gz", ".zst", ".bz2", ".xz", ".zip")
_TEXT = re.compile(rf"\.txt({'|'.join(map(re.escape, _COMPRESSIONS))})?$", re.IGNORECASE)
# What Hive and its successors write into the folder of a partition whose value is missing.
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def file_format(path: Path | None) -> FileFormat | None:
    """Tell the format that a file's name promises; None when it promises none that can be read."""
    if path is None:
        return "csv"
    name = Path(path.name.lower())
    if name.suffix in _COMPRESSIONS:
        inner = Path(name.stem).suffix or (".csv" if name.suffix == ".zip" else "")
        return "csv" if _FORMATS.get(inner) == "csv" else None
    return _FORMATS.get(name.suffix)


def expand_inputs(
    inputs: Sequence[str], stdin: BinaryIO | None = None, *, without: Collection[Path] = ()
) -> list[InputFile]:
    """List the files that `inputs` name: each input in the order given, within one in natural order by path.

    A file that exists under the very name wins over a pattern. Folders are searched to their depth. What patterns and
    folders find of `without` (and copies of it that were set aside) is left out, with a notice.

    Raises `InputError` when one names nothing that can be read, or when a file is named twice.
    """
    if not inputs or not all(inputs):
        raise InputError("No input file was given, or one with an empty name.")
    if inputs.count("-") > 1:
        raise InputError("Standard input (-) is given twice, but can be read only once.")
    own = _Own(without)
    files = [file for given in inputs for file in _expand(given, stdin, own)]
    _refuse_repeats(files)
    parquet = [file.path for file in files if file.path and not isinstance(file, ObjectFile) and _is_parquet(file.path)]
    refuse_tables((real_path(path.parent) / path.name for path in parquet), on_disk, from_here)
    _name_apart(files)
    if own.found:
        names = _some(sorted(path.name for path in own.found))
        files[0].notices += (f"Not read, as this import writes it: {names}.",)
    return files


class _Own:
    """The files that the run itself writes, and those of them that were found among the inputs."""

    def __init__(self, paths: Collection[Path]) -> None:
        self._paths = {os.path.realpath(path) for path in paths}  # which meets loops of links, and Path.resolve fails
        self.found: set[Path] = set()

    def has(self, path: Path) -> bool:
        if not self._paths:
            return False
        is_own = os.path.realpath(path.with_name(_EDITED.sub("", path.name))) in self._paths
        if is_own:
            self.found.add(path)
        return is_own


def _expand(given: str, stdin: BinaryIO | None, own: _Own) -> list[InputFile]:
    if given == "-":
        if stdin is None and sys.stdin is None:
            raise InputError("Standard input (-) is closed: pipe a file into the command.")
        return [InputFile.from_stdin(stdin or sys.stdin.buffer)]
    if is_url(given):
        return _objects(Bucket(given))
    path = Path(given)
    if _is_folder(path):
        return _in_folder(path, path, own)
    if not os.path.lexists(path) and glob.has_magic(given):
        return _matching(given, own)
    return [_single(path, given)]


def _is_sought(path: Path) -> bool:
    """Whether a file that nobody named is read. Text files may be notes: they are read where they are named."""
    return file_format(path) is not None and _TEXT.search(path.name) is None


def _single(path: Path, label: str, base: Path | None = None) -> InputFile:
    if _is_journal(path):
        raise InputError(
            f"{label} is the journal of an import, not an input. Name the file that was imported, or keep other "
            "imports' results and journals in another folder."
        )
    return InputFile(path, label=label, partitions=_partitions(path, base) if base else ())


def _in_folder(folder: Path, base: Path, own: _Own) -> list[InputFile]:
    """Every file below the folder that can be read; what else is there is named in a notice."""
    found: list[Path] = []
    ignored: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=_refuse_folder):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        for path in (Path(parent, name) for name in names):
            if _is_marker(path) or own.has(path):
                continue
            if _is_journal(path) or _is_sought(path):
                found.append(path)
            else:
                ignored.append(path.relative_to(folder).as_posix())
    if not found:
        raise InputError(f"{folder} holds no file that can be read (.csv, .tsv, .parquet or .xlsx).")
    files = [_single(path, str(path), base) for path in sorted(found, key=_natural)]
    if ignored:
        files[0].notices = (f"Not read in {folder}: {_some(sorted(ignored))}.",)
    return files


def _objects(bucket: Bucket) -> list[InputFile]:
    """Download the object, or those of a pattern or a folder that can be read, as for files."""
    base, found = bucket.find()
    if not base and len(found) == 1 and found[0]["path"] == bucket.key:
        _refuse_tables_of(bucket, [Path(bucket.key)])
        return [ObjectFile(bucket, found[0])]
    chosen, ignored = {}, []
    for meta in found:
        path = Path(meta["path"])
        below = path.relative_to(base).parts[:-1]
        if _is_marker(path) or any(name.startswith(_HIDDEN) for name in below):
            continue
        if file_format(path) and not _is_journal(path):
            chosen[path] = meta
        else:
            ignored.append(meta["path"])
    if not chosen:
        raise InputError(f"{bucket.url(bucket.key)} holds no file that can be read (.csv, .tsv, .parquet or .xlsx).")
    _refuse_tables_of(bucket, chosen)
    files: list[InputFile] = [
        ObjectFile(bucket, chosen[path], partitions=_partitions(path, Path(base)))
        for path in sorted(chosen, key=_natural)
    ]
    if ignored:
        files[0].notices = (f"Not read in {bucket.url(base)}: {_some(sorted(ignored))}.",)
    return files


def _refuse_tables_of(bucket: Bucket, paths: Iterable[Path]) -> None:
    parquet = (path for path in paths if _is_parquet(path))
    refuse_tables(parquet, bucket.holds, lambda folder: bucket.url(folder.as_posix()))


def _matching(pattern: str, own: _Own) -> list[InputFile]:
    base = Path(*takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts))  # before the first wildcard
    files: dict[Path | None, InputFile] = {}
    # Path.glob would take hidden files.
    for match in sorted(map(Path, glob.glob(pattern, recursive=True)), key=_natural):  # noqa: PTH207
        is_folder = _is_folder(match)
        folders = match.relative_to(base).parts[: None if is_folder else -1]
        if _is_marker(match) or any(name.startswith(_HIDDEN) for name in folders):
            continue
        if not is_folder and own.has(match):
            continue
        for file in _in_folder(match, base, own) if is_folder else [_single(match, str(match), base)]:
            files.setdefault(file.path, file)
    if not files:
        raise InputError(f"{pattern} does not exist, and no file matches it as a pattern.")
    return list(files.values())


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # opening it as a file then says why it cannot be looked at


def _is_parquet(path: Path) -> bool:
    return file_format(path) == "parquet"


def _is_journal(path: Path) -> bool:
    return path.name.lower().endswith(".journal")


def _is_marker(path: Path) -> bool:
    """Whether a program left the file for itself: hidden, `_SUCCESS`, or the lock of an open workbook."""
    return path.name.startswith((".", "~$")) or (path.name.startswith("_") and file_format(path) is None)


def _partitions(path: Path, base: Path) -> tuple[tuple[str, str | None], ...]:
    """Decode the `key=value` folders between `base` and the file, as Hive writes them."""
    pairs = (part.partition("=") for part in path.relative_to(base).parent.parts)
    try:
        return tuple(
            (_decoded(key), None if value == _NO_VALUE else _decoded(value))
            for key, equals, value in pairs
            if equals and key
        )
    except UnicodeError as error:
        raise InputError(f"{path}: a folder names a value that is not UTF-8 text. Rename it.") from error


def _decoded(text: str) -> str:
    decoded = unquote(text, errors="strict")
    decoded.encode()  # bytes that are no text pass through `unquote` as they are
    return decoded


def _natural(path: Path) -> tuple[list[tuple[bool, int, str]], str]:
    """Sorts `part-2` before `part-10`."""
    pieces = re.split(r"([0-9]+)", path.as_posix())
    return [(piece.isdigit(), int(piece) if piece.isdigit() else 0, piece.casefold()) for piece in pieces], str(path)


def _refuse_folder(error: OSError) -> None:
    raise InputError(f"The folder {error.filename} could not be read: {error.strerror}.") from error


def _refuse_repeats(files: Iterable[InputFile]) -> None:
    seen: dict[tuple[object, ...], InputFile] = {}
    for file in files:
        earlier = seen.setdefault(file.key, file)
        if earlier is not file:
            same = "twice" if earlier.label == file.label else f"twice: as {earlier.label} and as {file.label}"
            raise InputError(f"{file.label} is among the inputs {same}. Its rows would count double.")


def _name_apart(files: Iterable[InputFile]) -> None:
    """Put folders in front of file names that occur more than once, as far as they differ."""
    count = Counter(file.name for file in files)
    repeated = [(file, file.folder) for file in files if file.folder and count[file.name] > 1]
    if repeated:
        base = os.path.commonpath([folder for _, folder in repeated])
        for file, folder in repeated:
            file.name = as_text((folder / file.name).relative_to(base).as_posix())


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
