"""A file that comes: streamed to disk, within limits, and there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import unicodedata
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING

from importer.disk import storing, sync, sync_folder
from importer.text import safe_text
from importer.web.folder import create

if TYPE_CHECKING:
    from importer.web.folder import DataFolder

_RESERVE = 256 << 20
_LOOK_EVERY = 64 << 20
_LONGEST_STEM = 100
# What the command takes for a pattern, what systems refuse in names, and what shells and paths take for more.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f*?\[\]<>|":/\\]')


class TooLargeError(Exception):
    """The file is larger than what is taken."""


class NoRoomError(Exception):
    """The disk has not enough room for the file."""


class Upload:
    """The bytes of a file under way. As a context manager it leaves nothing, unless `keep` was called.

    Raises:
        TooLargeError: there are more than `limit` bytes.
        NoRoomError: they would fill the disk.
        StorageError: the disk refused.
    """

    def __init__(self, folder: DataFolder, import_id: str, limit: int) -> None:
        self._folder, self._id, self._limit = folder, import_id, limit
        self._uploads = folder.uploads(import_id)
        self._place = self._uploads / f".new-{secrets.token_hex(8)}"
        self.size = 0
        self._look_at = 0
        self._digest = hashlib.sha256()
        with storing("create", self._place):
            self._place.mkdir(mode=0o700, parents=True)
            self._fd = create(self._place / "original")

    @property
    def sha256(self) -> str:
        """SHA-256 of what has come."""
        return self._digest.hexdigest()

    def expect(self, size: int) -> None:
        """What is said to come."""
        if size > self._limit:
            raise TooLargeError
        if size > shutil.disk_usage(self._uploads).free - _RESERVE:
            raise NoRoomError

    def write(self, data: bytes) -> None:
        """Take some more bytes."""
        self.size += len(data)
        if self.size > self._limit:
            raise TooLargeError
        if self.size > self._look_at:
            self.expect(0)
            self._look_at = self.size + _LOOK_EVERY
        self._digest.update(data)
        with storing("write", self._place):
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]

    def keep(self, place: str, name: str) -> None:
        """Let it be there, durably: `v2` is version 2 of the file. Another one of that place cannot come after it."""
        with storing("keep", self._place):
            sync(self._fd)
            named = self._place / "file" / name
            named.parent.mkdir(mode=0o700)
            _link(self._place / "original", named)
            sync_folder(self._place)
            self._place.rename(self._uploads / place)
            sync_folder(self._uploads)

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            os.close(self._fd)
        shutil.rmtree(self._place, ignore_errors=True)


def _link(original: os.PathLike[str], named: os.PathLike[str]) -> None:
    try:
        os.link(original, named)
    except OSError:  # a disk without such links
        shutil.copyfile(original, named)


def plain_name(given: str) -> str:
    """The name under which results show a file: its last part, of characters that every system takes.

    Empty where nothing is left of it.
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    name = _NOT_IN_NAMES.sub("_", safe_text(name)).strip(" ._-")
    suffixes = "".join(PurePath(name).suffixes[-2:])[-20:]
    stem = name.removesuffix(suffixes)
    while len((stem[:_LONGEST_STEM] + suffixes).encode()) > 200:
        stem = stem[:-10] if len(stem) <= _LONGEST_STEM else stem[:_LONGEST_STEM]
    return stem[:_LONGEST_STEM] + suffixes if stem else ""
