"""A journal in its compacted form: written whole beside the old one, which it replaces in one step."""

from __future__ import annotations

import os
from itertools import groupby
from typing import TYPE_CHECKING

from importer.disk import new_file, storing, sync, write_all
from importer.journal.events import event_line
from importer.journal.lines import committed, header_line
from importer.journal.reading import Tail
from importer.journal.rows import key_lines, row_lines
from importer.journal.verdict_lines import VerdictLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import polars as pl

    from importer.journal.events import Event
    from importer.journal.lines import Header

CHUNK_ROWS = 5_000


class Compaction:
    """A new journal under way: header, one line for each row that has a fate, events, seal.

    Raises:
        StorageError: the disk refused; so do all methods.
    """

    def __init__(self, target: Path, header: Header) -> None:
        with storing("write", target):
            self._fd, self.path = new_file(target)
        self._length = 0
        self._digest = b""
        self._rows = 0
        try:
            self._write(header_line(header))
        except BaseException:
            self.discard()
            raise

    def add(self, fates: pl.DataFrame) -> None:
        """The next rows, of a frame with the columns of `FATE`, and a key where there is one."""
        for part in fates.iter_slices(CHUNK_ROWS):
            self._write(row_lines(part) + key_lines(part, self._rows))
            self._rows += part.height

    def seal(self, events: Iterable[Event]) -> tuple[int, Tail]:
        """End it with its events and make it durable; returns the open file, and where a run can go on in it."""
        for lines in _lines_of(events):
            self._write(lines)
        self._write(b"Z\t%d\n" % self._rows)
        with storing("write", self.path):
            sync(self._fd)
        return self._fd, Tail(self._length, self._digest)

    def _write(self, lines: bytes) -> None:
        """Write one chunk of whole lines."""
        if not lines:
            return
        data, digest = committed(self._digest, lines)
        with storing("write", self.path):
            write_all(self._fd, data, self._length)
        self._length += len(data)
        self._digest = digest

    def taken(self) -> None:
        """The file is in place and its descriptor has another owner."""
        self._fd = -1

    def discard(self) -> None:
        """Remove the file, if it was not taken."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self.path.unlink(missing_ok=True)


def _lines_of(events: Iterable[Event]) -> Iterator[bytes]:
    """The lines of all events, chunk by chunk: there may be millions of verdicts."""
    for are_verdicts, some in groupby(events, lambda event: isinstance(event, VerdictLines)):
        if are_verdicts:
            yield from (lines for event in some if isinstance(event, VerdictLines) for lines in event.lines())
        else:
            yield b"".join(map(event_line, some))
