"""The disk: what was written and synced, call by call, and what a crash may leave of it.

Files are real ones (in memory, where the system has such a folder). The calls that change them are noted on the way,
as they come from the product: written bytes and sizes are sure only after a sync of their file, a name only after a
sync of its folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.simulation.choices import Choices

_FULL = ("posix_fallocate", "pwrite")
_BROKEN = ("pwrite", "fdatasync", "fsync", "ftruncate")
_SECTORS = (64, 512)


class Call(NamedTuple):
    """A call that changed a file: `write` of data at an offset, `size`, `sync`, `name` (it became the journal).

    `folder` is the sync of a folder.
    """

    kind: str
    inode: int
    at: int = 0
    data: bytes = b""

    def __str__(self) -> str:
        said = {"write": f"{len(self.data)} bytes at {self.at}: {_kinds(self.data)}", "size": f"{self.at} bytes"}
        return f"disk: {self.kind} {said.get(self.kind, '')}".rstrip()


def _kinds(data: bytes) -> str:
    return " ".join(line[:12].decode("ascii", "replace").replace("\t", " ") for line in data.splitlines()[:6])


@dataclass(slots=True)
class _Content:
    """A file: what is on disk for sure, and what was done to it since."""

    sure: bytes = b""
    since: list[Call] = field(default_factory=list)


class Disk:
    """Notes calls while it is `installed`; fails some of them, from `fails_at` on or once.

    Args:
        noted: told each call.
    """

    def __init__(self, noted: Callable[[Call], object] = lambda _call: None) -> None:
        self.calls: list[Call] = []
        self._noted = noted
        self._seen = 0
        self._fails_at = self._error = 0
        self._is_short = False

    def get_ill(self, choices: Choices) -> None:
        """Be full from some call on, or broken, or take a part of what is written only."""
        self._error = choices.one_of((0, 0, 0, 0, errno.ENOSPC, errno.EIO))
        self._fails_at = choices.below(60) if self._error else 0
        self._is_short = choices.chance(10)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """The calls of this process are noted within."""
        names = ("pwrite", "posix_fallocate", "fdatasync", "fsync", "ftruncate", "replace")
        with contextlib.ExitStack() as stack:
            for name in names:
                stack.enter_context(mock.patch.object(os, name, self._wrapped(name, getattr(os, name))))
            yield

    def _wrapped(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        note = getattr(self, f"_{name}")

        def call(*args: object) -> object:
            self._seen += 1
            self._fail(name)
            return note(real, *args)

        return call

    def _fail(self, name: str) -> None:
        if self._error and self._seen >= self._fails_at and name in (_FULL if self._error == errno.ENOSPC else _BROKEN):
            raise OSError(self._error, os.strerror(self._error))

    def _note(self, kind: str, fd: int, at: int = 0, data: bytes = b"") -> None:
        """Files without a name, which hold what waits, are nobody's business after a crash."""
        found = os.fstat(fd)
        if found.st_nlink:
            call = Call("folder" if stat.S_ISDIR(found.st_mode) else kind, found.st_ino, at, data)
            self.calls.append(call)
            self._noted(call)

    def _pwrite(self, real: Callable[..., int], fd: int, data: bytes, offset: int) -> int:
        taken = bytes(data)[: max(1, len(data) // 2)] if self._is_short else bytes(data)
        self._note("write", fd, offset, taken)
        return real(fd, taken, offset)

    def _posix_fallocate(self, real: Callable[..., None], fd: int, start: int, size: int) -> None:
        real(fd, start, size)
        self._note("size", fd, start + size)

    def _ftruncate(self, real: Callable[..., None], fd: int, size: int) -> None:
        real(fd, size)
        self._note("size", fd, size)

    def _fdatasync(self, real: Callable[..., None], fd: int) -> None:
        real(fd)
        self._note("sync", fd)

    _fsync = _fdatasync

    def _replace(self, real: Callable[..., None], source: Path, target: Path) -> None:
        real(source, target)
        fd = os.open(target, os.O_RDONLY)
        self._note("name", fd)
        os.close(fd)


class Images:
    """What the journal may be after each of the calls: `after(n)` for n that never goes back.

    Args:
        first: the content of the journal before the first call.
    """

    def __init__(self, calls: list[Call], inode: int, first: bytes) -> None:
        self._calls = calls
        self._done = 0
        self._contents = {inode: _Content(first)}
        self._names = [inode]
        """The journal's file for sure, and those that took its name since."""

    def after(self, number: int, choices: Choices, torn: int) -> Iterator[bytes]:
        """What there may be after so many calls, `torn` of the many ways in which a part may be lost among them."""
        for call in self._calls[self._done : number]:
            self._do(call)
        self._done = max(self._done, number)
        for inode in self._names:
            content = self._contents[inode]
            yield _applied(content.sure, content.since)
            if content.since:
                yield content.sure
                for _ in range(torn):
                    yield _torn(content, choices)

    def _do(self, call: Call) -> None:
        content = self._contents.setdefault(call.inode, _Content())
        if call.kind == "sync":
            content.sure, content.since = _applied(content.sure, content.since), []
        elif call.kind == "name":
            self._names.append(call.inode)
        elif call.kind == "folder":
            del self._names[:-1]
        else:
            content.since.append(call)


def _applied(content: bytes, calls: list[Call]) -> bytes:
    if not calls:
        return content
    image = bytearray(content)
    for call in calls:
        end = call.at + len(call.data)
        if call.kind == "size" and end < len(image):
            del image[end:]
        elif end > len(image):
            image += bytes(end - len(image))
        image[call.at : call.at + len(call.data)] = call.data
    return bytes(image)


def _torn(content: _Content, choices: Choices) -> bytes:
    """Some of what was done since the sync: cut off anywhere, or sectors of it, in no order."""
    *before, last = content.since
    if before and choices.chance(40):
        return _applied(content.sure, [call for call in content.since if choices.chance(50)])
    if not last.data:
        return _applied(content.sure, before if choices.chance(50) else [])
    if choices.chance(50):
        kept = last.data[: choices.below(len(last.data))]
        return _applied(content.sure, [*before, last._replace(data=kept)])
    whole, size = _applied(content.sure, content.since), choices.one_of(_SECTORS)
    image = bytearray(whole)
    begin, end = last.at, last.at + len(last.data)
    for start in range(begin - begin % size, end, size):
        if choices.chance(40):
            low, high = max(start, begin), min(start + size, end)
            image[low:high] = content.sure[low:high].ljust(high - low, b"\0")
    return bytes(image)
