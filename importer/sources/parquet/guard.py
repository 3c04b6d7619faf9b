"""Parquet files are decoded in a process of their own, a slice ahead of this one.

Some damaged files make polars ask for an absurd amount of memory, which ends the process at once, and others make its
threads print traces on stderr. Here that befalls a process which has nothing to lose, whose memory is limited by the
files' size, and whose stderr goes nowhere. This process decodes a slice when the other one has survived it, so that a
second processor shortens the wait.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, cast

import polars as pl

from importer.errors import InputError
from importer.sources.parquet.file import ParquetFile, row_count, slices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The other process says that it is there, then a word for each footer, then words for each slice of each job.
_READY, _SURVIVED, _WHOLE, _DAMAGED = b"r", b"+", b".", b"-"
_MEMORY, _MEMORY_A_BYTE = 512 << 20, 8
_THREADS = 4  # each takes memory of its own


class _Job(NamedTuple):
    """Some columns of one of the files."""

    file: int
    columns: tuple[int, ...]


def prove(files: Sequence[ParquetFile]) -> dict[ParquetFile, Callable[[Sequence[int]], Callable[[int], None]]]:
    """Start another process that decodes these files; where none can be started, nothing is proven.

    Returns:
        For each file a function of the columns to decode, which begins with that and returns a function to call before
        slice 0, 1, … is decoded here: it waits until the other process has done so, and raises `InputError` when it
        could not.

    Raises:
        InputError: for the first file whose footer cannot be read.
    """
    process = _started() if files else None
    if process is None or not (proof := _Proof(process, files)).is_ready:
        return dict.fromkeys(files, lambda _: lambda _: None)
    for file in files:
        _refuse_unless(proof.has_footer(), file)

    def begin(number: int, file: ParquetFile, columns: Sequence[int]) -> Callable[[int], None]:
        job = proof.begin(_Job(number, tuple(columns)))
        return lambda part: _refuse_unless(proof.covers(job, part), file, columns)

    return {file: partial(begin, number, file) for number, file in enumerate(files)}


def _refuse_unless(survived: bool, file: ParquetFile, columns: Sequence[int] = ()) -> None:
    if not survived:
        file.file.check_unchanged()
        raise InputError(file.why_unreadable(columns))


class _Proof:
    """The other process, and what it said so far. It ends with this object at the latest."""

    def __init__(self, process: subprocess.Popen[bytes], files: Sequence[ParquetFile]) -> None:
        self._jobs: dict[_Job, int] = {}
        self._survived: list[int] = []
        self._ended: list[bytes] = []
        self._orders = cast("IO[bytes]", process.stdin)
        self._words = cast("IO[bytes]", process.stdout)
        weakref.finalize(self, _end, process)
        self._tell([os.fspath(file.path.absolute()) for file in files])
        self._tell(_MEMORY + _MEMORY_A_BYTE * max(file.file.size for file in files))
        self.is_ready = self._word() == _READY

    def has_footer(self) -> bool:
        """Whether it could read the next footer."""
        return self._word() == _WHOLE

    def begin(self, job: _Job) -> int:
        """Let it decode some columns, if it does not yet; returns the number of the job."""
        if job not in self._jobs:
            self._jobs[job] = len(self._jobs)
            self._survived.append(0)
            self._tell(job)
        return self._jobs[job]

    def covers(self, job: int, part: int) -> bool:
        """Whether it got through this slice of this job, or through all of it."""
        while job >= len(self._ended) and part >= self._survived[job]:
            match self._word():
                case word if word == _SURVIVED:
                    self._survived[len(self._ended)] += 1
                case b"":  # it did not survive
                    return False
                case word:
                    self._ended.append(word)
        return part < self._survived[job] or self._ended[job] == _WHOLE

    def _tell(self, what: object) -> None:
        with suppress(OSError):  # it may have ended already, which shows when it says nothing
            self._orders.write(json.dumps(what).encode() + b"\n")
            self._orders.flush()

    def _word(self) -> bytes:
        return self._words.read(1)


def _started() -> subprocess.Popen[bytes] | None:
    # -P and PYTHONPATH: it finds modules where this process finds them, and nowhere else.
    command = [sys.executable, "-P", "-m", __name__]
    threads = min(_THREADS, os.cpu_count() or 1, int(os.environ.get("POLARS_MAX_THREADS") or _THREADS))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "POLARS_MAX_THREADS": str(threads)}
    environment.pop("TRACKLY_API_KEY", None)
    try:
        return subprocess.Popen(  # noqa: S603 - nothing in it is the user's
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
    except OSError:
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError), process:  # which waits, and closes the pipes: not all that it was told may have left
        process.kill()


def main() -> None:
    """Decode what standard input names, line by line: the files, the most memory, then jobs; and say how it goes."""
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    # Read on its own, so that whoever gives orders never waits for the answers to be taken.
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()
    paths = [Path(path) for path in json.loads(orders.get())]
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_DATA, json.loads(orders.get()))
    _say(_READY)
    for path in paths:
        _say(_verdict(row_count, path))
    while order := orders.get():
        job = _Job(*json.loads(order))
        _say(_verdict(_decode, paths[job.file], job.columns))


def _read_orders(orders: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        orders.put(line)
    orders.put(b"")


def _limit(what: int, most: int) -> None:
    with suppress(OSError, ValueError):
        resource.setrlimit(what, (most, most))


def _decode(path: Path, columns: Sequence[int]) -> None:
    for _ in slices(path, columns):
        _say(_SURVIVED)


def _verdict(work: Callable[..., object], *details: object) -> bytes:
    try:
        work(*details)
    except (OSError, MemoryError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return _DAMAGED
    return _WHOLE


def _say(word: bytes) -> None:
    sys.stdout.buffer.write(word)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
