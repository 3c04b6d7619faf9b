"""The files of the notes of the index of results: one for each results file, in one folder for each API."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.disk import lock_within, state_folder
from importer.plan.index.note import Note, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK_S = 3.0


@dataclass(frozen=True, slots=True)
class NoteFiles:
    """The notes in a folder, which need not be there yet. Writing raises `OSError`."""

    folder: Path

    def paths(self) -> list[Path]:
        """The files of all notes; raises OSError where the folder cannot be read."""
        with suppress(FileNotFoundError):
            return sorted(path for path in self.folder.iterdir() if not path.name.startswith("."))
        return []

    def path(self, results: Path) -> Path:
        """Where the note of these results is, if there is one."""
        return self.folder / hashlib.sha256(os.fsencode(results)).hexdigest()[:32]

    def read(self, results: Path) -> Note | None:
        """The note of these results, if there is one that can be read."""
        return Note.read(self.path(results))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone while a note is read and written anew; raises OSError where that cannot be had."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(state_folder() / f"lock-{self.folder.name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not lock_within(fd, _LOCK_S):
                raise TimeoutError(errno.ETIMEDOUT, "another run holds it")
            yield
        finally:
            os.close(fd)

    def write(self, results: Path, facts: dict[str, Any], content: bytes, *, durable: bool = False) -> None:
        """The note of these results: its facts, and the events and rows behind them."""
        self.put(self.path(results), first_line({"results": str(results), **facts}) + content, durable=durable)

    def tell_gone(self, note: Note) -> None:
        """Note that an import has said that these results are gone, if the note is as it was read then."""
        if note.path is None:
            return
        with suppress(OSError), self.locked():
            content = note.path.read_bytes()
            if content.startswith(note.line):
                self.put(note.path, first_line({**note.facts, "told_gone": True}) + content[len(note.line) :])

    def put(self, path: Path, content: bytes, *, durable: bool = False) -> None:
        """Write a file whole or not at all."""
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(fd)
            aside.rename(path)  # over the old one, as these systems do
        except OSError:
            remove(aside)
            raise


def by_last_change(paths: list[Path]) -> list[Path]:
    """These files, the one first that has not been changed for longest."""
    return sorted(paths, key=_changed_at)


def _changed_at(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def remove(path: Path) -> None:
    """Remove a file, if it can be."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def cannot_be(verb: str, error: OSError) -> str:
    """What to say of a state folder that refuses."""
    return (
        f"{state_folder()} cannot be {verb} ({error.strerror}): results in other folders are not looked at. Set "
        "XDG_STATE_HOME to a folder that can be, name such results with --already, or say --no-index."
    )
