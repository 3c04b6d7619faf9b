"""What is asked of the disk, and the sentence when it refuses."""

from __future__ import annotations

import errno
import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has none; the README names the systems
    fcntl = None  # type: ignore[assignment]

NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)  # macOS alone has it
_POLL_S = 0.02
_UNKNOWN = (errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.ENOTTY)


class storing:  # noqa: N801 - reads as a statement
    """Turns an `OSError` of a write into `StorageError`: `with storing("write", path): …`."""

    def __init__(self, verb: str, what: object) -> None:
        self._verb, self._what = verb, what

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            remedy = "Make room" if error.errno in NO_ROOM else "Put that right"
            raise StorageError(
                f"The disk refused to {self._verb} {self._what} ({error.strerror or error}). {remedy}, then run the "
                "same command again to continue."
            ) from error


@contextmanager
def refusals_of_the_disk() -> Iterator[None]:
    """What the disk said, which polars tells in words only."""
    import polars as pl  # noqa: PLC0415 - not needed to start up

    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        number = re.search(r"\(os error ([0-9]+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


@contextmanager
def _where_possible() -> Iterator[None]:
    """What this kind of disk knows nothing of is left undone."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNKNOWN:
            raise


def sync(fd: int) -> None:
    """Make all that was written to a file durable, against power loss too: on macOS `fsync` leaves it in the drive."""
    if _FULL_SYNC is not None:
        with _where_possible():
            fcntl.fcntl(fd, _FULL_SYNC)
            return
    os.fsync(fd)


def sync_data(fd: int) -> None:
    """The same, without those facts about the file that reading it does not need."""
    if hasattr(os, "fdatasync"):
        os.fdatasync(fd)
    else:
        sync(fd)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        sync(fd)
    finally:
        os.close(fd)


def try_lock(fd: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Lock an open file for this process, alone or `shared`; False when another holds it, unless told to `wait`.

    Raises:
        OSError: it cannot be locked on this disk.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def is_locked(path: Path) -> bool:
    """Whether another holds the lock of a file now. While it is asked nobody can take it: ask only where it matters."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not try_lock(fd, shared=True)
    except OSError:  # a disk without locks
        return False
    finally:
        os.close(fd)


def lock_within(fd: int, limit_s: float) -> bool:
    """Lock an open file for this process alone, as soon as another that holds it lets go; False if none does in time.

    Raises:
        OSError: it cannot be locked on this disk.
    """
    deadline = time.monotonic() + limit_s
    while not try_lock(fd):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def claim(fd: int, start: int, size: int) -> None:
    """Claim disk space behind the end of a file; until it is written it reads as NULs.

    Raises:
        OSError: there is no room.
    """
    if not hasattr(os, "posix_fallocate"):
        write_all(fd, bytes(size), start)
        return
    with _where_possible():
        os.posix_fallocate(fd, start, size)


def write_all(fd: int, data: bytes, offset: int) -> None:
    """Write all of `data`, however little the system takes at once."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        if written <= 0:
            raise OSError(errno.EIO, "nothing was written")
        view, offset = view[written:], offset + written
