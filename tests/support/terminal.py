"""The command on a terminal: what it asks, what is typed, what the screen shows."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

from tests.faultserver.plan import CANARY_KEY
from tests.support.process import PROGRAM, SEEN, Result, environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_POLL_S = 0.01
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def run_tty(
    *args: object,
    dialog: Sequence[tuple[str, str]] = (),
    key: str | None = CANARY_KEY,
    timeout: float = 60,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    program: Sequence[str] = PROGRAM,
    size: tuple[int, int] = (40, 120),
) -> Result:
    r"""Run it on a terminal of its own (all three streams, `/dev/tty` too).

    `dialog`: wait until the pattern is found in what the screen showed since the last answer, then type the text
    (`"y\n"`; `"\x03"` is Ctrl-C). Raises `TimeoutError`, with the screen, when it is not found or the command does
    not end.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    words = tuple(map(str, args))
    settings = environment(args, key, {"TERM": "xterm-256color", **(env or {})})
    # The first terminal that the leader of a new session opens becomes its controlling one.
    shell = [shutil.which("sh") or "/bin/sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(slave), *program, *words]
    SEEN.append("\0".join(words).encode("utf-8", "surrogateescape"))
    began = time.monotonic()
    try:
        # The terminal stays open here too, or it would be gone before the shell opens it.
        with subprocess.Popen(shell, env=settings, cwd=cwd, start_new_session=True) as process:
            try:
                raw = _converse(process, master, dialog, began + timeout)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    finally:
        os.close(slave)
        os.close(master)
    SEEN.append(raw)
    return Result(words, process.returncode, screen_text(raw), "", time.monotonic() - began, raw)


def screen_text(raw: bytes) -> str:
    """What a terminal was sent, without escapes; what a carriage return overwrote stays, on a line of its own."""
    return re.sub(r"\r+\n?", "\n", _ESCAPES.sub("", raw.decode("utf-8", "replace")))


def _converse(
    process: subprocess.Popen[bytes], master: int, dialog: Sequence[tuple[str, str]], deadline: float
) -> bytes:
    """Type the answers; all that the screen was sent until the process ended."""
    raw, answered, waiting = b"", 0, list(dialog)
    while True:
        ended = process.poll() is not None
        while select.select([master], [], [], 0 if ended else _POLL_S)[0]:
            raw += os.read(master, 65536)
        if waiting and re.search(waiting[0][0], screen_text(raw[answered:])):
            answered = len(raw)
            os.write(master, waiting.pop(0)[1].encode())
        elif ended and not waiting:
            return raw
        elif ended or time.monotonic() > deadline:
            what = f"{waiting[0][0]!r} was never shown" if waiting else "it did not end"
            raise TimeoutError(f"{what}:\n{screen_text(raw)}")
