"""Files that will take the place of others: written beside them, each under a name of its own, never left for long."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; the README names the systems
    fcntl = None  # type: ignore[assignment]

_SUFFIX = ".new"
# A name has at most 255 bytes, and a character of it up to four.
_NAME_CHARACTERS = 50


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
        _lock(fd, wait=True)
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
        if _lock(fd, wait=False):
            path.unlink(missing_ok=True)
    finally:
        os.close(fd)


def _lock(fd: int, *, wait: bool) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # held, or not to be had on this disk
        return False
    return True
