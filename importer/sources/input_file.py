"""One input file: its name, its bytes, and the certainty that it stayed the same while it was read."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import threading
import weakref
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from importer.disk import real_path
from importer.errors import InputError
from importer.text import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_HASH_BLOCK = 1 << 20
_LARGE = 8 << 20  # bytes whose digest takes a while
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}


class Readable(Protocol):
    """Bytes that are read forwards."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class _Identity(NamedTuple):
    """What an edit or a replacement of a file changes."""

    device: int
    inode: int
    size: int
    modified_ns: int


class InputFile:
    """A regular file, or standard input spooled to an anonymous temporary file.

    `label` is what messages call it (as the user gave it), `name` what results call it, `origin` where a report says
    that its bytes came from; `key` is equal for two names of the same file, and `folder` tells files of the same name
    apart. `size` counts the bytes as stored (compressed, if they are). `path`, `origin` and `folder` are None for
    standard input. `partitions` are the `key=value` folders above it, `notices` sentences about how it was found.

    Raises `InputError` when the file is missing, may not be read, or is not a regular file.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        label: str,
        partitions: tuple[tuple[str, str | None], ...] = (),
        spool: BinaryIO | None = None,
    ) -> None:
        self.path = path
        self.label = label
        self.name = as_text(path.name) if path else "-"
        self.partitions = partitions
        self.notices: tuple[str, ...] = ()
        self._changed = f"{label} changed while it was read. Start again when nothing writes to it any more."
        self._spool = spool
        if spool is not None:
            weakref.finalize(self, spool.close)
        self._hashing: threading.Thread | None = None
        self._hashed: str | None = None
        self._identity = self._look()
        self.size = self._identity.size
        self.key: tuple[object, ...] = self._identity[:2]
        self.origin = as_text(path) if path else None
        self.folder: PurePath | None = real_path(path.parent) if path else None

    @classmethod
    def from_stdin(cls, stream: BinaryIO) -> InputFile:
        """Read standard input to its end, so that it can be read more than once."""
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the source is used
        try:
            shutil.copyfileobj(stream, spool, _HASH_BLOCK)
            spool.flush()
        except OSError as error:
            spool.close()
            raise InputError(
                f"Standard input could not be kept in a temporary file: {error.strerror or error}."
            ) from error
        return cls(None, label="standard input", spool=spool)

    @cached_property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of the bytes as stored."""
        if self._hashing is not None:
            self._hashing.join()
            self.check_unchanged()
        return self._hashed or self._digest()

    def begin_digest(self) -> None:
        """Compute the digest of a large file in a thread of its own, while something else is done."""
        if self._hashing is None and self._spool is None and self.size >= _LARGE:
            self._hashing = threading.Thread(target=self._hash, name="digest of a file", daemon=True)
            self._hashing.start()

    def _hash(self) -> None:
        with suppress(InputError):  # who asks for it hears the same
            self._hashed = self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        with self.reading(), self.open() as stream:
            while block := stream.read(_HASH_BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def head(self, size: int) -> bytes:
        """Read the first bytes, as stored."""
        with self.reading(), self.open() as stream:
            return stream.read(size)

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Open the file's bytes from the start; independent of every other reader of it."""
        if self._spool is not None:
            yield _SpoolReader(self._spool)
        elif self.path is not None:
            with self.path.open("rb", buffering=0) as stream:
                yield stream

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around one pass over the file: it must be the same file, unchanged, before and after.

        Raises `InputError` for a change (which explains every other failure better) and for failing reads.
        """
        self.check_unchanged()
        try:
            yield
        except OSError as error:
            self.check_unchanged()
            raise InputError(f"{self.label} could not be read: {error.strerror or error}.") from error
        except UnicodeError as error:
            # Its encoding was proven before: only other bytes than then can break it.
            raise InputError(self._changed) from error
        except InputError:
            self.check_unchanged()
            raise
        self.check_unchanged()

    def check_unchanged(self) -> None:
        """Raise `InputError` when the file is not the one that was opened, or was written to since."""
        if self._look() != self._identity:
            raise InputError(self._changed)

    def _look(self) -> _Identity:
        try:
            status = os.fstat(self._spool.fileno()) if self._spool is not None else Path(self.path or "").stat()
        except FileNotFoundError as error:
            raise InputError(f"{self.label} does not exist.") from error
        except (OSError, ValueError) as error:
            raise InputError(f"{self.label} could not be read: {getattr(error, 'strerror', error)}.") from error
        if not stat.S_ISREG(status.st_mode):
            raise InputError(
                f"{self.label} is {_KINDS.get(stat.S_IFMT(status.st_mode), 'a device')}, not a file. Name a file, or - "
                "for standard input."
            )
        return _Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class _SpoolReader:
    """A reader with a position of its own, so that passes over one spool do not disturb each other."""

    def __init__(self, spool: BinaryIO) -> None:
        self._spool = spool
        self._position = 0

    def read(self, size: int = -1, /) -> bytes:
        self._spool.seek(self._position)
        block = self._spool.read(size)
        self._position += len(block)
        return block

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence, self._end) + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True

    @property
    def _end(self) -> int:
        return os.fstat(self._spool.fileno()).st_size
