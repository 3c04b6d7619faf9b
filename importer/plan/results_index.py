"""Where the results of one user's imports lie: so that those in other folders are looked at, too.

For each results file there is a note in the state folder: where it lies, and what tells without opening it that it
shares no event with an input: the first and the last moment in it, and, of one that is not large, four bytes for each
event. Never a key, never a row. What a note tells of a file is believed while that is as it was when it was read.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.api import DEFAULT_TARGET, same_target, target_name
from importer.disk import real_path, state_folder
from importer.journal import journal_path
from importer.plan.index_note import Note, Wanted, summary_of
from importer.results import results_in
from importer.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from importer.settings import InputSettings

_MOST_NOTES = 10_000
_NAMED = 3


@dataclass(slots=True)
class ResultsIndex:
    """The notes of the imports into one API; `warnings` is what there is to say of them."""

    folder: Path
    warnings: list[str] = field(default_factory=list)
    _gone: list[str] = field(default_factory=list)
    _damaged: int = 0

    @classmethod
    def of(cls, target: str) -> ResultsIndex:
        """The notes of this API: the vendor's two hosts are one."""
        api = DEFAULT_TARGET if same_target(target, DEFAULT_TARGET) else target
        return cls(state_folder() / "results" / hashlib.sha256(api.encode()).hexdigest()[:32])

    def note(self, results: Path) -> None:
        """Note where these results lie, before a row is sent; what an old note tells does not hold any more then.

        Raises:
            OSError: the note cannot be written.
        """
        path = self._path(results)
        if path.exists():
            os.utime(path)
        else:
            self._write(results, {}, b"")

    def summarise(self, results: Path, fates: pl.DataFrame, stamp: list[Any]) -> None:
        """Note what `fates`, all that may have been counted there, tell; `stamp` is that of the files then."""
        with suppress(OSError):
            if not self._path(results).exists():
                return
            facts, events = summary_of(fates)
            self._write(results, {"stamp": stamp, **facts}, events)

    def __bool__(self) -> bool:
        """Whether there is any note."""
        with suppress(OSError):
            return any(self.folder.iterdir())
        return False

    def near(self, rows: pl.DataFrame) -> set[Path]:
        """The results that may know an event of `rows`, which are to be posted. Those that are gone are forgotten."""
        wanted = Wanted.of(rows)
        found = {results for results, note in self._notes() if wanted.may_be_in(note)}
        self._tell()
        return found

    def _notes(self) -> Iterator[tuple[Path, Note]]:
        try:
            names = sorted(path for path in self.folder.iterdir() if not path.name.startswith("."))
        except FileNotFoundError:
            return
        except OSError as error:
            self.warnings.append(cannot_be("read", error))
            return
        for path in self._newest(names):
            note = Note.read(path)
            if note is None and path.exists():
                self._damaged += _removed(path)
            elif note is None:  # another run has just forgotten it
                continue
            elif note.results.exists() or journal_path(note.results).exists():
                yield note.results, note
            else:
                yield from self._renamed(note)
                self._gone.append(safe_text(str(note.results)))
                _removed(path)

    def _newest(self, paths: list[Path]) -> list[Path]:
        if len(paths) <= _MOST_NOTES:
            return paths
        by_age = sorted(paths, key=_changed_at)
        for path in by_age[:-_MOST_NOTES]:
            _removed(path)
        self.warnings.append(
            f"{len(paths) - _MOST_NOTES:,} of the oldest notes of where results lie were dropped: name such results "
            "with --already."
        )
        return by_age[-_MOST_NOTES:]

    def _renamed(self, gone: Note) -> Iterator[tuple[Path, Note]]:
        """Results that may be those that are gone: in their folder, or so named in a folder that may be theirs."""
        beside = results_in([gone.results.parent])
        for results in sorted(beside | set(_namesakes(gone.results))):
            if not self._path(results).exists():
                with suppress(OSError):
                    self.note(results)
                yield results, Note(results)

    def _tell(self) -> None:
        if self._gone:
            named = ", ".join(self._gone[:_NAMED]) + (", …" if len(self._gone) > _NAMED else "")
            self.warnings.append(
                f"Results of earlier imports are gone and no longer looked at ({named}): if they were moved, name them "
                "with --already."
            )
        if self._damaged:
            self.warnings.append(
                f"{self._damaged:,} notes in {self.folder} of where results lie could not be read and were dropped: "
                "name results in other folders with --already."
            )
        self._gone, self._damaged = [], 0

    def _path(self, results: Path) -> Path:
        return self.folder / hashlib.sha256(os.fsencode(results)).hexdigest()[:32]

    def _write(self, results: Path, facts: dict[str, Any], events: bytes) -> None:
        """Whole or not at all, whoever writes the same note at this moment."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(results)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        line = json.dumps({"results": str(results), **facts}).encode() + b"\n"
        fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(line + events)
            aside.rename(path)  # over the old one, as these systems do
        except OSError:
            _removed(aside)
            raise


def index_for(settings: InputSettings) -> ResultsIndex | None:
    """The notes that an import with these settings looks at; each sandbox is an API of its own, and has none."""
    if settings.no_index or settings.sandbox:
        return None
    return ResultsIndex.of(target_name(settings.base_url))


def _namesakes(gone: Path) -> Iterator[Path]:
    """Results of the same name in the neighbours of a folder that is gone: it may have been renamed."""
    if gone.parent.exists():
        return
    with suppress(OSError):
        for folder in gone.parent.parent.iterdir():
            results = folder / gone.name
            if results.exists() or journal_path(results).exists():
                yield real_path(results)


def cannot_be(verb: str, error: OSError) -> str:
    """What to say of a state folder that refuses."""
    return (
        f"{state_folder()} cannot be {verb} ({error.strerror}): results in other folders are not looked at. Set "
        "XDG_STATE_HOME to a folder that can be, name such results with --already, or say --no-index."
    )


def _changed_at(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _removed(path: Path) -> int:
    with suppress(OSError):
        path.unlink(missing_ok=True)
    return 1
