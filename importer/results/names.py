"""Which files are RESULTS: by their name, and by how they begin."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from importer.disk import follow_link, real_path
from importer.journal import SUFFIX, journal_path
from importer.results.file import COLUMNS, FORMATS, is_results_header
from importer.schema import plain_name
from importer.sources import header_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HEADS = (1 << 16, 1 << 20)
_MOST_FOOTER = 64 << 20


def results_of(path: Path) -> Path:
    """The RESULTS that a path stands for; a journal stands for its own."""
    return follow_link(path.with_name(path.name.removesuffix(SUFFIX)) if path.name.endswith(SUFFIX) else path)


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


def results_in(folders: Iterable[Path]) -> set[Path]:
    """The results files in these folders; of a run that was killed there may be the journal alone."""
    found: set[Path] = set()
    for folder in set(map(real_path, folders)):
        try:
            entries = list(folder.iterdir())
        except OSError:
            continue
        for path in entries:
            results = results_of(path)
            if results.suffix.lower() in FORMATS and (results != path or begins_like_results(path)):
                found.add(follow_link(results))
    return found


def may_be_results(header: Sequence[str]) -> bool:
    """Whether the lines may be those of a results file, whoever put columns in front, moved, dropped or renamed them.

    As an input such a file would post again what it records.
    """
    names = set(map(plain_name, header))
    return {"status", "revenue_id"} <= names and bool({"finished_at", "target"} & names)


def begins_like_results(path: Path) -> bool:
    """Whether a file may be RESULTS, as far as its beginning (of Parquet its end) tells. Large files cost no more."""
    try:
        with path.open("rb") as file:
            if path.suffix.lower() == ".parquet":
                footer = _parquet_footer(file)
                return all(name.encode() in footer for name in COLUMNS)
            return is_results_header(_header(file))
    except OSError:
        return False


def _header(file: BinaryIO) -> list[str]:
    head, cells = b"", list[str]()
    for size in _HEADS:  # kept columns may make it a long one
        head += file.read(size - len(head))
        cells = header_at(head, whole=len(head) < size)
        if cells or len(head) < size:
            break
    return cells


def _parquet_footer(file: BinaryIO) -> bytes:
    """The end of a Parquet file, which names its columns. polars is not asked: a damaged file can make it panic."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 8))
    length = int.from_bytes(file.read(4), "little")
    file.seek(max(0, size - 8 - length))
    return file.read(_MOST_FOOTER)
