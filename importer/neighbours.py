"""What other results files know: those named by `--already`, and those nearby that nobody named."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import ImporterError, ResultsError
from importer.fates import MAY_COUNT, with_keys
from importer.history import FATE, load, no_fates
from importer.journal import SUFFIX, is_empty, journal_path
from importer.plan import KEYS
from importer.readback import begins_like_results, read_results
from importer.records import Share
from importer.results import FORMATS
from importer.target import same_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def counted_fates(results: Path, target: str) -> pl.DataFrame:
    """The recorded and doubtful rows of another results file and of its journal, with keys.

    Raises:
        ResultsError: neither is there, or one cannot be read.
    """
    journal = journal_path(results)
    frames = []
    if not is_empty(journal):
        history = load(journal)
        if same_target(history.header.get("target", ""), target):
            frames.append(history.fates())
    elif results.exists():
        frame = read_results(results)
        ours = pl.Series([same_target(other or "", target) for other in frame["target"].to_list()], dtype=pl.Boolean)
        frames.append(frame.filter(ours).select(FATE))
    else:
        raise ResultsError(f"{results} does not exist; name the results file of an earlier import.")
    fates = pl.concat([*frames, no_fates()])
    return with_keys(fates.filter(pl.col("status").is_in(MAY_COUNT)))


def already_fates(patterns: Sequence[str], *, own: Path, target: str) -> tuple[pl.DataFrame, set[Path]]:
    """The fates in the files of `--already` (globs allowed), and which files these are."""
    files: set[Path] = set()
    for pattern in patterns:
        matches = _matching(pattern)
        if not matches:
            raise ResultsError(f"--already {pattern} matches no file.")
        files.update(path.resolve() for path in matches)
    files.discard(own.resolve())
    frames = [counted_fates(path, target) for path in sorted(files)]
    return pl.concat([*frames, with_keys(no_fates())]), files


def _matching(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.exists() or not any(char in pattern for char in "*?["):
        return [path] if path.exists() else []
    import glob  # noqa: PLC0415 - only where it is needed

    found = (Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns
    return [name for name in found if name.suffix.lower() in FORMATS and not name.name.endswith(SUFFIX)]


def share_of(fates: pl.DataFrame) -> Share:
    """How many fates, and their exact revenue."""
    return sum((Share(1, Decimal(text)) for text in fates["revenue"].to_list()), Share())


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another results file that may already have counted rows which are about to be posted."""

    path: Path
    share: Share


def find_overlaps(to_post: pl.DataFrame, folders: Iterable[Path], known: set[Path], target: str) -> list[Overlap]:
    """Results files (and journals whose results were never written) in `folders` that hold rows of `to_post`.

    `to_post` has the keys; `known` are files that were taken into account already.
    """
    overlaps = []
    for results in _results_files(folders, known):
        try:
            fates = counted_fates(results, target)
        except ImporterError:
            continue
        # The table to look up in is made of the right side: better of the few than of millions of rows to post.
        met = to_post.select(KEYS).join(fates.select(KEYS).unique(), on=KEYS, how="semi").unique()
        again = fates.join(met, on=KEYS, how="semi")
        if not again.is_empty():
            overlaps.append(Overlap(results, share_of(again)))
    return overlaps


def _results_files(folders: Iterable[Path], known: set[Path]) -> list[Path]:
    found: set[Path] = set()
    for folder in {folder.resolve() for folder in folders}:
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        for path in entries:
            if path.name.endswith(SUFFIX):
                path = path.with_name(path.name.removesuffix(SUFFIX))  # noqa: PLW2901
            elif path.suffix.lower() not in FORMATS or not begins_like_results(path):
                continue
            if path not in known and path.suffix.lower() in FORMATS:
                found.add(path)
    return sorted(found)
