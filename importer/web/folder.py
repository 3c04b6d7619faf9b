"""The data folder: what lies where, for its owner only.

events.jsonl                   who did what when
uploads/ID/vN/original         version N of a file, as it came; never written again
uploads/ID/vN/file/NAME        the same bytes under the name that results show
uploads/ID/eN/file/NAME        export N of the vendor's records
profiles/ID.N.toml             the options of reading, as of event N
results/ID.results.csv         RESULTS of all imports, in one folder so that each knows of the others
runs/ID.check-N.*              what a check printed: `.json`, `.log`, and the rows that it refuses: `.csv`
runs/ID.run-N.*                what a run printed
runs/ID.compare-N.*            what a comparison with an export printed, and the verdicts that it proves: `.csv`
runs/ID.verdicts-N.csv         verdicts that were given on several rows at once
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.disk import lock_within, storing
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDERS = ("uploads", "profiles", "results", "runs")
_LOOK_S = 0.25  # whoever looks whether a lock is held has it for a moment
_ID = re.compile(r"[a-z0-9]{4,40}")


def is_id(text: str) -> bool:
    """Whether a text has the form of an import's id, and so may be part of a path."""
    return _ID.fullmatch(text) is not None


class DataFolder:
    """The paths of the data folder, which is made where it is not there.

    Raises:
        StorageError: the disk refused.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.events = self.root / "events.jsonl"
        for folder in (self.root, *(self.root / name for name in _FOLDERS)):
            with storing("create", folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def uploads(self, import_id: str) -> Path:
        """The folder of all versions of a file."""
        return self.root / "uploads" / import_id

    def original(self, import_id: str, version: int) -> Path:
        """A version of the file as it came."""
        return self.uploads(import_id) / f"v{version}" / "original"

    def named(self, import_id: str, version: int, name: str) -> Path:
        """The same bytes under the name that results show."""
        return self.uploads(import_id) / f"v{version}" / "file" / name

    def export(self, import_id: str, number: int, name: str) -> Path:
        """An export of the vendor's records, under its name."""
        return self.uploads(import_id) / f"e{number}" / "file" / name

    def profile(self, import_id: str, number: int) -> Path:
        """The options of reading that an event set."""
        return self.root / "profiles" / f"{import_id}.{number}.toml"

    def results(self, import_id: str) -> Path:
        """RESULTS of an import."""
        return self.root / "results" / f"{import_id}.results.csv"

    def output(self, import_id: str, what: str, suffix: str) -> Path:
        """A file that a command of this import writes: `what` is such as `run-2`."""
        return self.root / "runs" / f"{import_id}.{what}{suffix}"

    def lock(self, name: str) -> Path:
        """A file whose lock says that somebody is at work."""
        return self.root / "runs" / f"{name}.lock"

    @contextmanager
    def served(self) -> Iterator[None]:
        """Hold the folder: two servers of one folder would not see each other's steps.

        Raises:
            SettingsError: another has it.
        """
        held = Lock.take(self.root / "server.lock")
        if held is None:
            raise SettingsError(f"{self.root} is served already, by another process. Use that page, or another --data.")
        with held:
            for broken in self.root.glob("uploads/*/.new-*"):  # of a server that was killed
                shutil.rmtree(broken, ignore_errors=True)
            yield


class Lock:
    """A lock on a file. A process that is started with its descriptor holds it on, when this one has let go."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def take(cls, path: Path) -> Lock | None:
        """Take it, unless another has it."""
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if lock_within(fd, _LOOK_S):
            return cls(fd)
        os.close(fd)
        return None

    def release(self) -> None:
        """Let go, as far as this process is concerned."""
        os.close(self.fd)

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def create(path: Path) -> int:
    """Create a file that must not be there yet, for its owner only; returns its descriptor."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
