"""The installed command as a child: in a session of its own, its output in files, so that it outlives the server.

A child that must not be doubled holds locks, whose descriptors it gets from here: they are free when it is gone, and
not before, whatever becomes of the server.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from importer.web.folder import create

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from importer.web.folder import Lock

COMMAND = (sys.executable, "-m", "importer")
_MOST_LOG = 1 << 20
_ERROR = re.compile(r"^error: ", re.MULTILINE)
_JSON_SUFFIX, _LOG_SUFFIX, _PID_SUFFIX = ".json", ".log", ".pid"


class Child:
    """A command under way, with `output` (without suffix) as the name of the files that it prints into."""

    def __init__(
        self, arguments: Sequence[str], output: Path, environment: Mapping[str, str], locks: Sequence[Lock] = ()
    ) -> None:
        out, log = create(printed(output)), create(said(output))
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own command; what is chosen stands behind `=`
                [*COMMAND, *arguments],
                stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                env={**environment, "NO_COLOR": "1", "COLUMNS": "100"},
                start_new_session=True,
                pass_fds=[lock.fd for lock in locks] if sys.platform != "win32" else (),
            )  # fmt: skip
        finally:
            os.close(out)
            os.close(log)
        with suppress(OSError), os.fdopen(create(_pid_file(output)), "w") as file:
            file.write(str(self._process.pid))

    def wait(self) -> int:
        """Its exit status, once it has ended."""
        return self._process.wait()

    def then(self, do: Callable[[int], object]) -> threading.Thread:
        """Do something with its exit status once it has ended, in a thread of its own."""
        thread = threading.Thread(target=lambda: do(self.wait()), daemon=True)
        thread.start()
        return thread


def run_to_end(arguments: Sequence[str], environment: Mapping[str, str], timeout_s: float) -> tuple[int, str]:
    """Run a short command; returns its exit status and what it said on standard error."""
    try:
        done = subprocess.run(  # noqa: S603 - as above
            [*COMMAND, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=timeout_s,
            env={**environment, "NO_COLOR": "1", "COLUMNS": "100"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 3, f"It took longer than {timeout_s:.0f} seconds, and was stopped."
    return done.returncode, failure_in(done.stderr.decode("utf-8", "replace"))


def interrupt(output: Path) -> bool:
    """Ask the child that prints to `output`, and that lives, to come to its end; False where it is not known."""
    try:
        os.kill(int(_pid_file(output).read_text("ascii")), signal.SIGINT)
    except (OSError, ValueError):
        return False
    return True


def printed(output: Path) -> Path:
    """Where its standard output is."""
    return output.with_name(output.name + _JSON_SUFFIX)


def said(output: Path) -> Path:
    """Where its standard error is."""
    return output.with_name(output.name + _LOG_SUFFIX)


def _pid_file(output: Path) -> Path:
    return output.with_name(output.name + _PID_SUFFIX)


def summary_in(output: Path) -> dict[str, Any] | None:
    """The summary that it printed; None where it did not come to that."""
    try:
        found = json.loads(printed(output).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def text_in(output: Path) -> str:
    """The end of what it said on standard error."""
    try:
        with said(output).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _MOST_LOG))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def failure_in(text: str) -> str:
    """The sentence with which a command ended that did not do what it was to do; empty where there is none."""
    found = _ERROR.split(text)
    return " ".join(found[-1].split()) if len(found) > 1 else ""
