"""Files that will take the place of others: written beside them, each under a name of its own, never left for long."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from importer.disk.durable import storing, sync, sync_folder, try_lock

_SUFFIX = ".new"
# A name has at most 255 bytes, and a character of it up to four.
_NAME_CHARACTERS = 50


class Replacement:
    """A file written beside `path`, for the owner only, that takes its place in one step with `put`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with storing("write", path):
            fd, self.temporary = new_file(path)
        self.file: Any = os.fdopen(fd, "w+b")

    def __enter__(self) -> Replacement:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what was not written is not wanted any more
            self.file.close()
        with suppress(OSError):
            self.temporary.unlink(missing_ok=True)

    def sync(self) -> str:
        """Make the content durable; returns its SHA-256."""
        with storing("write", self.path):
            self.file.flush()
            sync(self.file.fileno())
            return digest_of(self.temporary)

    def put(self) -> None:
        """Take the place of `path`, durably."""
        with storing("replace", self.path):
            self.temporary.replace(self.path)
            sync_folder(self.path.parent)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def set_aside(path: Path) -> Path:
    """Move a file that a person changed out of the way, never over another one.

    Raises:
        StorageError: the disk refused.
    """
    aside = path.with_name(path.name + ".edited")
    number = 2
    while aside.exists():
        aside = path.with_name(f"{path.name}.edited.{number}")
        number += 1
    with storing("rename", path):
        path.replace(aside)
    return aside


def new_file(path: Path) -> tuple[int, Path]:
    """Create a file beside `path`, for the owner only; remove those that runs which were killed left there.

    The descriptor holds a lock: it tells a file that is being written from one that nobody will finish.

    Raises:
        OSError: it cannot be created.
    """
    prefix = f".{path.name[:_NAME_CHARACTERS]}."
    _sweep(path.parent, prefix)
    while True:
        fd, name = tempfile.mkstemp(_SUFFIX, prefix, path.parent)
        created = Path(name)
        with suppress(OSError):  # not to be had on this disk
            try_lock(fd, wait=True)
        with suppress(FileNotFoundError):  # another run took it for left, as it was not locked yet
            if os.path.samestat(os.fstat(fd), created.stat()):
                return fd, created
        os.close(fd)


def _sweep(folder: Path, prefix: str) -> None:
    is_ours = re.compile(re.escape(prefix) + "[a-z0-9_]{8}" + re.escape(_SUFFIX)).fullmatch
    with suppress(OSError):  # what cannot be listed or removed does no harm
        for path in folder.iterdir():
            if is_ours(path.name):
                _remove_if_left(path)


def _remove_if_left(path: Path) -> None:
    fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if try_lock(fd):
            path.unlink(missing_ok=True)
    finally:
        os.close(fd)
