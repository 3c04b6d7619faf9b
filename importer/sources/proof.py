"""Parquet files are decoded in a process of their own, a slice ahead of this one.

Some damaged files make polars ask for an absurd amount of memory, which ends the process at once, and others make its
threads print traces on stderr. Here that befalls a process which has nothing to lose and whose stderr goes nowhere.
This process decodes a slice when the other one has survived it, so that a second processor shortens the wait.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import InputError
from importer.sources.foreign import is_parquet
from importer.sources.parquet import DAMAGED, row_count, slices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from importer.sources.input_file import InputFile

# The other process says that it is there, then a word for each footer, then words for each slice of each file.
_READY, _SURVIVED, _WHOLE, _DAMAGED = b"r", b"+", b".", b"-"


def prove(files: Iterable[InputFile]) -> dict[InputFile, Callable[[int], None]]:
    """Begin to decode these Parquet files in another process; where none can be started, nothing is proven.

    Files that do not even begin as Parquet are left for their reader to refuse.

    Returns:
        For each file a function to call before slice 0, 1, … is decoded here: it waits until the other process has
        done so, and raises `InputError` when it could not.

    Raises:
        InputError: for the first file whose footer cannot be read.
    """
    begun = [file for file in files if file.path is not None and is_parquet(file.head(4))]
    if not begun:
        return {}
    proof = _Proof([file.path for file in begun if file.path is not None])
    for file in begun:
        _refuse_unless(proof.has_footer(), file)
    return {file: partial(_await, proof, file, number) for number, file in enumerate(begun)}


def _await(proof: _Proof, file: InputFile, number: int, part: int) -> None:
    _refuse_unless(proof.covers(number, part), file)


def _refuse_unless(survived: bool, file: InputFile) -> None:
    if not survived:
        file.check_unchanged()
        raise InputError(DAMAGED.format(file.label))


class _Proof:
    """The other process, and what it said so far. It ends with this object at the latest."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._survived = [0] * len(paths)
        self._ended: list[bytes] = []
        self._process = _started(paths)
        if self._process is not None:
            weakref.finalize(self, _end, self._process)
            if self._word() != _READY:
                self._process = None

    def has_footer(self) -> bool:
        """Whether it could read the next footer."""
        return self._process is None or self._word() == _WHOLE

    def covers(self, file: int, part: int) -> bool:
        """Whether it got through this slice of this file, or through all of it."""
        while self._process is not None and file >= len(self._ended) and part >= self._survived[file]:
            match self._word():
                case word if word == _SURVIVED:
                    self._survived[len(self._ended)] += 1
                case b"":  # it did not survive
                    return False
                case word:
                    self._ended.append(word)
        return self._process is None or part < self._survived[file] or self._ended[file] == _WHOLE

    def _word(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.read(1)


def _started(paths: Iterable[Path]) -> subprocess.Popen[bytes] | None:
    # -P and PYTHONPATH: it finds modules where this process finds them, and nowhere else.
    command = [sys.executable, "-P", "-m", __name__]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("TRACKLY_API_KEY", None)
    try:
        process = subprocess.Popen(  # noqa: S603 - nothing in it is the user's
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
    except OSError:
        return None
    assert process.stdin is not None
    with suppress(OSError), process.stdin as names:  # it may have ended already
        names.write(b"\0".join(os.fsencode(path.absolute()) for path in paths))
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def main() -> None:
    """Decode the files named on standard input, with a NUL between the names, and say how it goes."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _say(_READY)
    paths = [Path(os.fsdecode(name)) for name in sys.stdin.buffer.read().split(b"\0")]
    for path in paths:
        _say(_verdict(row_count, path))
    for path in paths:
        _say(_verdict(_decode, path))


def _decode(path: Path) -> None:
    for _ in slices(path):
        _say(_SURVIVED)


def _verdict(work: Callable[[Path], object], path: Path) -> bytes:
    try:
        work(path)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return _DAMAGED
    return _WHOLE


def _say(word: bytes) -> None:
    sys.stdout.buffer.write(word)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
