"""Parquet files are decoded once in a process of their own, before this one reads them.

Some damaged files make polars ask for an absurd amount of memory, which ends the process at once, and others make its
threads print traces on stderr. Here that befalls a process which has nothing to lose and whose stderr goes nowhere.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import InputError
from importer.sources.foreign import is_parquet
from importer.sources.parquet import DAMAGED, slices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.sources.input_file import InputFile

_READY, _WHOLE, _DAMAGED = "+.-"


def prove(files: Iterable[InputFile]) -> None:
    """Decode every cell of these Parquet files in another process; where none can be started, do nothing.

    Files that do not even begin as Parquet are left for their reader to refuse.

    Raises `InputError` for the first that cannot be decoded.
    """
    proven = {file.path: file for file in files if file.path is not None and is_parquet(file.head(4))}
    if not proven:
        return
    ready, verdicts = _verdicts(proven)
    for file, verdict in zip_longest(proven.values(), verdicts) if ready else ():
        if verdict != _WHOLE:  # or none: the process did not survive it
            file.check_unchanged()
            raise InputError(DAMAGED.format(file.label))


def _verdicts(paths: Iterable[Path]) -> tuple[bool, str]:
    """Whether there was a process, and a character for each file that it got to the end of."""
    # -P and PYTHONPATH: it finds modules where this process finds them, and nowhere else.
    command = [sys.executable, "-P", "-m", __name__]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("TRACKLY_API_KEY", None)
    names = b"\0".join(os.fsencode(path.absolute()) for path in paths)
    try:
        ended = subprocess.run(  # noqa: S603 - nothing in it is the user's
            command, input=names, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, check=False
        )
    except OSError:
        return False, ""
    said = ended.stdout.decode()
    return said.startswith(_READY), said.removeprefix(_READY)


def main() -> None:
    """Decode the files named on standard input, with a NUL between the names, and print a character for each."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _say(_READY)
    for name in sys.stdin.buffer.read().split(b"\0"):
        _say(_WHOLE if _can_be_decoded(Path(os.fsdecode(name))) else _DAMAGED)


def _can_be_decoded(path: Path) -> bool:
    try:
        for _ in slices(path):
            pass
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return False
    return True


def _say(character: str) -> None:
    sys.stdout.write(character)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
