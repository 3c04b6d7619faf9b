"""What is asked of the disk, and the sentence when it refuses."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from importer.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


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


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes, offset: int) -> None:
    """Write all of `data`, however little the system takes at once."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        if written <= 0:
            raise OSError(errno.EIO, "nothing was written")
        view, offset = view[written:], offset + written
