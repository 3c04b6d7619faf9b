"""The journal of one RESULTS, as a file that one process holds at a time."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from importer.disk import lock_within, storing, sync, sync_folder
from importer.errors import LockedError, ResultsError
from importer.journal.appending import Appender
from importer.journal.compacting import Compaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.journal.events import Event
    from importer.journal.lines import Header
    from importer.journal.reading import Tail

SUFFIX = ".journal"
_MOMENT_S = 0.1


def journal_path(results: Path) -> Path:
    """`RESULTS.journal`."""
    return results.with_name(results.name + SUFFIX)


class Journal:
    """The journal of one RESULTS, held by this process alone until `close`.

    Raises:
        LockedError: another run holds it.
        ResultsError: it cannot be created or written here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._created = not os.path.exists(path)  # noqa: PTH110 - false of a name that is too long, too
        self._fd = _locked(path)

    def start(self, tail: Tail) -> Appender:
        """Go on after the valid prefix; whatever was torn behind it is cut off."""
        with storing("write", self.path):
            os.ftruncate(self._fd, tail.length)
            sync(self._fd)
        return Appender(self._fd, tail.length, tail.digest)

    @property
    def readable(self) -> Path:
        """Where this very file can be read, even if somebody moved or removed it meanwhile."""
        held = Path(f"/dev/fd/{self._fd}")
        return held if held.exists() else self.path

    @contextmanager
    def compaction(self, header: Header) -> Iterator[Compaction]:
        """Begin a compacted file, which takes this one's place with `replace`, or is removed again."""
        compaction = Compaction(self.path, header)
        try:
            yield compaction
        finally:
            compaction.discard()

    def replace(self, compaction: Compaction, events: Iterable[Event]) -> Tail:
        """End the compacted file with its events, put it in place, whole and synced, and hold that from now on.

        Returns where a run can go on in it.
        """
        fd, tail = compaction.seal(events)
        _lock(fd, self.path)
        with storing("replace", self.path):
            compaction.path.replace(self.path)
            sync_folder(self.path.parent)
        compaction.taken()
        os.close(self._fd)
        self._fd = fd
        return tail

    def close(self) -> None:
        """Let go; an empty file that this object made is removed."""
        with suppress(OSError):
            if self._created and os.fstat(self._fd).st_size == 0:
                self.path.unlink()
        os.close(self._fd)


def _locked(path: Path) -> int:
    for _ in range(100):
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ResultsError(
                f"{path} cannot be written: {error.strerror}. Choose another place with --results."
            ) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise ResultsError(f"{path} is not a regular file. Choose another place with --results.")
        try:
            _lock(fd, path)
            if os.path.samestat(os.fstat(fd), path.stat()):
                return fd
        except FileNotFoundError:
            pass
        except ResultsError:
            os.close(fd)
            raise
        os.close(fd)  # it was replaced between opening and locking
    raise LockedError(
        f"{path} keeps being replaced by another run. Wait for it to end, then run the same command again."
    )


def _lock(fd: int, path: Path) -> None:
    """Lock it, unless another run has it; who only asks whether one has is through in a moment."""
    try:
        is_ours = lock_within(fd, _MOMENT_S)
    except OSError as error:
        raise ResultsError(
            f"{path} cannot be locked here ({error.strerror}); choose a local disk with --results."
        ) from error
    if not is_ours:
        raise LockedError(
            f"Another run is using {path.with_suffix('')}. Wait for it to end, or stop it, then run the same "
            "command again."
        )
