"""Durable appends to a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.disk import NO_ROOM, claim, storing, sync_data, write_all
from importer.errors import StorageError
from importer.journal.events import event_line
from importer.journal.lines import committed

if TYPE_CHECKING:
    from importer.journal.events import Event

# Disk space that is claimed ahead of the end of the file, so that a full disk is met before a row is sent.
ALLOCATE_BYTES = 1024 * 1024


class NoRoomError(StorageError):
    """There is no room for more; nothing was written, and what was claimed before can still be used."""


class Appender:
    """Durable appends. Not safe for several threads at once; `GroupCommit` sees to that.

    A failed write or sync is final: the page cache can no longer be trusted, so nothing is retried.
    """

    def __init__(self, fd: int, length: int, digest: bytes) -> None:
        self._fd, self._length, self._digest = fd, length, digest
        self._allocated = length
        self._broken: StorageError | None = None

    def append(self, lines: bytes, *, reserve: int = 0) -> None:
        """Write whole lines and make them durable, with `reserve` bytes of disk kept free for what must follow.

        Raises:
            StorageError: the disk refused; this and every later append, unless there was merely no room: then what
                fits into the room that was kept free can still be appended.
        """
        if self._broken is not None:
            raise self._broken
        data, digest = committed(self._digest, lines)
        try:
            with storing("write", "the journal"):
                self._allocate(self._length + len(data) + reserve)
                write_all(self._fd, data, self._length)
                sync_data(self._fd)
        except NoRoomError:
            raise
        except StorageError as error:
            self._broken = error
            raise
        self._length += len(data)
        self._digest = digest

    def note(self, event: Event) -> None:
        """Append an event; raises the same."""
        self.append(event_line(event))

    def _allocate(self, end: int) -> None:
        """Claim disk blocks up to `end`. What is claimed and not yet written reads as NULs, which readers ignore."""
        if end <= self._allocated:
            return
        for claimed in (end + ALLOCATE_BYTES, end):
            try:
                claim(self._fd, self._allocated, claimed - self._allocated)
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                refusal = error
            else:
                self._allocated = claimed
                return
        raise NoRoomError(
            f"There is no room for the journal ({refusal.strerror}). Make room, then run the same command again to "
            "continue."
        ) from refusal
