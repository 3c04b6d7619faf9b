"""Standard streams that survive being closed, full or gone in mid-run; and which of them are terminals."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

from importer.errors import ResultsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import ReadableBuffer

_GONE = frozenset({errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO, errno.ESHUTDOWN})


def is_interactive(*streams: TextIO | None) -> bool:
    """Tell whether every stream is a terminal. FORCE_COLOR and its kin do not make a log file one."""
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether `stream` may be coloured: a terminal that can, and no NO_COLOR (https://no-color.org)."""
    return is_interactive(stream) and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def secure_standard_streams() -> None:
    """Make sys.stdout and sys.stderr survive anything: `| head`, a closed terminal, `>&-`.

    What can no longer be written is dropped, so that a reader that goes away never disturbs a run that posts money.
    """
    _occupy_standard_descriptors()
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.FileIO(0, "r", closefd=False))
    if os.name == "posix":
        sys.stdout = _outlet(1, sys.stdout)
        sys.stderr = _outlet(2, sys.stderr)
        return
    # The console of Windows is written through an interface of its own, which has to stay.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_failure(stream: TextIO) -> str | None:
    """Return why `stream` lost text, when that is worth a word (a full disk); None for a reader that just left."""
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    failure = raw.failure if isinstance(raw, _Outlet) else None
    return None if failure is None or failure.errno in _GONE else failure.strerror


def require_written(what: str) -> None:
    """Raise `ResultsError` when `what`, which is all that a command is for, got lost on its way to standard output."""
    sys.stdout.flush()
    if failure := write_failure(sys.stdout):
        raise ResultsError(f"{what} could not be written to standard output: {failure}. Make room and repeat it.")


def _occupy_standard_descriptors() -> None:
    # With `>&-` the next file opened would be descriptor 1: the journal, say, and everything printed would go there.
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _outlet(descriptor: int, stream: TextIO | None) -> TextIO:
    encoding = stream.encoding if stream is not None else "utf-8"
    buffer = io.BufferedWriter(_Outlet(descriptor, "w", closefd=False))
    return io.TextIOWrapper(buffer, encoding=encoding, errors="backslashreplace", line_buffering=True)


class _Outlet(io.FileIO):
    """A descriptor whose reader may leave: the first failure is kept, and from then on writing does nothing."""

    failure: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        if self.failure is None:
            try:
                return self._write_some(data)
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes

    def _write_some(self, data: ReadableBuffer) -> int:
        # Another program on the same terminal may have made it non-blocking: then None means "not now".
        while (written := super().write(data)) is None:
            select.select([], [self], [])
        return written
