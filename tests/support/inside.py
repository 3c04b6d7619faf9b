"""The command within this process: what it does and says, at a third of the time of a process of its own.

    result = inside.run("import", file, "--base-url", server.url, "--json", cwd=tmp_path)

Arguments, environment, folder and streams are those of `command.run`, and so is the result. Whatever is about the
process itself needs one: signals, kills, terminals, files open at its end, standard input by its descriptor.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING
from unittest import mock

from tests.faultserver.plan import CANARY_KEY
from tests.support.process import SEEN, Result, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def run(*args: object, cwd: Path, key: str | None = CANARY_KEY, env: Mapping[str, str | None] | None = None) -> Result:
    """Run the command to its end in the folder `cwd`, with nothing on standard input; see `command.run`."""
    words = tuple(map(str, args))
    began = time.monotonic()
    with _streams() as (out, err), contextlib.chdir(cwd), _environment(environment(words, key, env)), _hooks():
        from importer.cli.program import run as run_command

        status = run_command(words)
        sys.stdout.flush()
        sys.stderr.flush()
    SEEN.extend(["\0".join(words).encode("utf-8", "surrogateescape"), out.getvalue(), err.getvalue()])
    texts = [stream.getvalue().decode("utf-8", "backslashreplace") for stream in (out, err)]
    return Result(words, status, *texts, time.monotonic() - began, out.getvalue())


@contextlib.contextmanager
def _streams() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard streams of which none is a terminal."""
    taken = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(each, "utf-8", "backslashreplace", line_buffering=True) for each in taken)
    with mock.patch.multiple(sys, stdin=io.TextIOWrapper(io.BytesIO()), stdout=out, stderr=err):
        yield taken
    out.detach()
    err.detach()


@contextlib.contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    with mock.patch.dict(os.environ, env, clear=True):
        time.tzset()
        yield
    time.tzset()


@contextlib.contextmanager
def _hooks() -> Iterator[None]:
    """Put back what a program sets once for its process: where log records, warnings and late errors go.

    The thread that waits for SIGUSR1 is for as long as a process lives.
    """
    root = logging.getLogger()
    handlers, level, show = root.handlers[:], root.level, warnings.showwarning
    late = mock.patch.object(threading, "excepthook", threading.excepthook)
    no_thread = mock.patch("importer.cli.base.told_by_signal")
    with late, no_thread, mock.patch.object(sys, "unraisablehook", sys.unraisablehook):
        try:
            yield
        finally:
            logging.captureWarnings(capture=False)
            root.handlers, warnings.showwarning = handlers, show
            root.setLevel(level)
