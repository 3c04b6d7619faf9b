"""Where things are: the files that a run reads and writes, each another one."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from importer.disk import check_path, follow_link, real_path
from importer.errors import InputError, SettingsError
from importer.journal import journal_path
from importer.journal import load as load_journal
from importer.results import check_format, is_rejects, may_be_results
from importer.sources import Source, dialect_of, open_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.settings import Settings

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_LONGEST_SHEETS = 100  # bytes


def inputs(settings: Settings) -> list[Source]:
    """Open all inputs; raises `InputError`, also for a file that this program wrote."""
    stdin = sys.stdin.buffer if "-" in settings.inputs else None
    sources = open_inputs(
        settings.inputs,
        dialect_of(settings),
        stdin=stdin,
        without=_own_files(settings),
    )
    for source in sources:
        if may_be_results(source.header):
            raise InputError(
                f"{source.name} is a results file of this program, not an input. Name the file that it was made from, "
                "or its rejects file."
            )
    return sources


def _own_files(settings: Settings) -> list[Path]:
    """What this run writes, and a folder that it reads may hold from the last time."""
    results = settings.results  # beside a single input it is never one of a folder's
    own = [] if results is None else [results, journal_path(results), journal_path(follow_link(results))]
    return [*own, *(path for _, path in other_files(settings))]


def results_path(settings: Settings, *, required: bool) -> Path | None:
    """The results file: the one named, or the one beside a single input file; None where there is none.

    A link is followed here, once for all: journal and lock belong to what it leads to.

    Raises:
        SettingsError: it is `required`, and has to be named.
    """
    if settings.results is not None:
        if re.match(r"[A-Za-z0-9+.-]{2,}:/", str(settings.results)):  # what a path makes of s3://
            raise SettingsError("RESULTS and its journal must be on a disk, not in an object store: give a path.")
        return follow_link(settings.results)
    single = Path(settings.inputs[0]) if len(settings.inputs) == 1 else None
    if single is None or settings.inputs[0] == "-" or not single.is_file():
        if required:
            raise SettingsError(
                "Several files, a folder, standard input and object stores need --results: name the file for the "
                "results."
            )
        return None
    stem = single.name
    for suffix in (".gz", ".zst", ".bz2", ".xz", ".zip", ".csv", ".tsv", ".parquet", ".xlsx"):
        stem = stem[: -len(suffix)] if stem.lower().endswith(suffix) else stem
    plain = stem
    stem += _sheets_in_name(settings.sheet)
    if stem != plain and _goes_on_without_sheets(
        _beside(single, plain, settings), _beside(single, stem, settings), settings
    ):
        stem = plain
    return follow_link(_beside(single, stem, settings))


def _beside(single: Path, stem: str, settings: Settings) -> Path:
    if settings.shard is not None:
        stem += f".{settings.shard[0]}-of-{settings.shard[1]}"
    if settings.sandbox:
        stem += ".sandbox"
    return single.with_name(f"{stem}.results.csv")


def _sheets_in_name(sheets: Sequence[str]) -> str:
    """The chosen sheets as a part of a file's name: results of one sheet are not those of another."""
    words = "+".join(_NOT_IN_NAMES.sub("_", sheet).strip(" .") for sheet in sheets)
    if len(words.encode()) > _LONGEST_SHEETS:
        words = f"{len(sheets)} sheets {hashlib.sha256(words.encode()).hexdigest()[:8]}"
    return f".{words}" if words else ""


def _goes_on_without_sheets(plain: Path, named: Path, settings: Settings) -> bool:
    """Whether an earlier version began to import these sheets into results that do not name them."""
    if any(path.exists() for path in (named, journal_path(named))) or not journal_path(plain).exists():
        return False
    start = load_journal(journal_path(plain), ("status",)).events.last_start
    before = start.options.get("sheet") if start else None
    return [name.casefold() for name in ([before] if isinstance(before, str) else before or ())] == [
        name.casefold() for name in settings.sheet
    ]


def check_files(settings: Settings, sources: list[Source], results: Path | None) -> None:
    """Every file that is to be written can be there, and is not another one that is read or written."""
    written = other_files(settings)
    if results is not None:
        check_format(results)
        check_path(results, "--results")
        written = [("--results", results), ("the journal of --results", journal_path(results)), *written]
    for option, path in other_files(settings):
        check_path(path, option)
    seen = {real_path(source.path): f"the input {source.name}" for source in sources if source.path is not None}
    for name, path in written:
        other = seen.setdefault(real_path(path), name)
        if other is not name:
            raise SettingsError(f"{name} and {other} are the same file, {path}; give each its own.")
    for option, path in other_files(settings):
        _check_replaceable(option, path)


def _check_replaceable(option: str, path: Path) -> None:
    """Refuse to write over a file that this program did not make. An empty one holds nothing to lose.

    Raises:
        SettingsError: it is another file.
    """
    if not path.exists() or not path.stat().st_size:
        return
    what, is_one = "rejects file", is_rejects
    if option == "--report":
        from importer.report import is_report  # noqa: PLC0415 - most runs write none

        what, is_one = "report", is_report
    if not is_one(path):
        raise SettingsError(
            f"{path} is there already and is no {what} of this program: it is left untouched, and nothing was posted. "
            f"Move it away, or give {option} another name."
        )


def other_files(settings: Settings) -> list[tuple[str, Path]]:
    """What is written besides RESULTS, by the option that names it."""
    named = {"--rejects": settings.rejects, "--report": settings.report}
    return [(option, path) for option, path in named.items() if path is not None]
