"""The command as a user runs it: another process, a clean environment, with and without a terminal.

    result = run("import", "june.csv", "--base-url", server.url, "--json", cwd=tmp_path)
    result.exit, result.stderr, result.json["by_status"]

    with start("import", "june.csv", "--base-url", server.url, cwd=tmp_path) as running:
        running.kill_after(ledger=server.ledger_path, lines=50)

    run_tty("import", "june.csv", "--base-url", server.url, dialog=[("Post .* rows", "y\\n")], cwd=tmp_path).stdout

Everything that a run printed, and what `ps` could see of it, is kept in `SEEN`, in which every test's end searches
for the API key.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any, Self

from tests.faultserver.plan import CANARY_KEY
from tests.support.process import PROGRAM, SEEN, Result, environment
from tests.support.terminal import run_tty, screen_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["PROGRAM", "SEEN", "Result", "Running", "environment", "run", "run_tty", "screen_text", "start"]

_POLL_S = 0.0005


def run(
    *args: object,
    key: str | None = CANARY_KEY,
    timeout: float = 60,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    program: Sequence[str] = PROGRAM,
) -> Result:
    """Run the command off a terminal to its end; `key` is put in `TRACKLY_API_KEY` (None: no key).

    `env` adds variables (None removes one). Raises `TimeoutError`, with what was printed, after killing it.
    """
    with start(*args, key=key, stdin=stdin, cwd=cwd, env=env, program=program) as running:
        return running.wait(timeout)


def start(
    *args: object,
    key: str | None = CANARY_KEY,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    program: Sequence[str] = PROGRAM,
    **popen: Any,
) -> Running:
    """Start the command off a terminal; as a context manager it is dead at the end. `popen` goes to `Popen`."""
    return Running(tuple(map(str, args)), environment(args, key, env), stdin, cwd, program, popen)


class Running:
    """A command under way. Its output goes to files, so nobody has to read it for it to go on."""

    def __init__(
        self,
        args: tuple[str, ...],
        env: dict[str, str],
        stdin: bytes,
        cwd: Path | None,
        program: Sequence[str],
        popen: dict[str, Any],
    ) -> None:
        self.args = args
        self._result: Result | None = None
        self._stdout, self._stderr = _spool(), _spool()
        self._began = time.monotonic()
        with tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            streams = {"stdin": given, "stdout": self._stdout, "stderr": self._stderr} | popen
            # A session of its own: no controlling terminal to ask on, and a group to kill.
            self.process = self._begin([*program, *args], streams, env, cwd)
        SEEN.append("\0".join([*program, *args]).encode("utf-8", "surrogateescape"))

    def _begin(self, command: list[str], streams: dict[str, Any], env: dict[str, str], cwd: Path | None) -> Any:
        return subprocess.Popen(command, env=env, cwd=cwd, start_new_session=True, **streams)

    @property
    def pid(self) -> int:
        """The process id of the command."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def send_signal(self, number: int) -> None:
        """Send a signal to the command (not to its children)."""
        self.process.send_signal(number)

    def wait(self, timeout: float = 60) -> Result:
        """Its result, once it has ended; raises `TimeoutError`, with what was printed, after killing it."""
        if self._result is None:
            try:
                code = self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise TimeoutError(f"still running after {timeout} s: {self.wait()}") from None
            self._kill_group()
            out, err = self.stdout_so_far(), self.stderr_so_far()
            self._result = Result(self.args, code, _text(out), _text(err), time.monotonic() - self._began, out)
            self._stdout.close()
            self._stderr.close()
            SEEN.extend([out, err])
        return self._result

    def kill(self, number: int = signal.SIGKILL) -> Result:
        """End it with a signal and wait."""
        if self.alive:
            self.process.send_signal(number)
        return self.wait()

    def kill_after(
        self,
        seconds: float = 0.0,
        *,
        ledger: Path | None = None,
        lines: int = 1,
        number: int = signal.SIGKILL,
        timeout: float = 60,
    ) -> bool:
        """Kill it so many seconds from now, or when the ledger has so many lines; False: it had ended by itself.

        With `number` another signal than SIGKILL; then `wait()` gives the result. Raises `TimeoutError` if the
        ledger does not get there.
        """
        if ledger:
            _wait_for_lines(ledger, lines, self, timeout)
        deadline = time.monotonic() + seconds
        while self.alive and time.monotonic() < deadline:
            time.sleep(min(_POLL_S, seconds))
        if not self.alive:
            return False
        self.process.send_signal(number)
        return number != signal.SIGKILL or self.wait(timeout).exit == -number

    def wait_for(self, pattern: str, timeout: float = 60) -> str:
        """All output so far, once `pattern` is found in stdout or stderr; raises `TimeoutError` if it never is."""
        deadline = time.monotonic() + timeout
        while True:
            ended = not self.alive
            shown = _text(self.stdout_so_far() + self.stderr_so_far())
            if re.search(pattern, shown):
                return shown
            if ended or time.monotonic() > deadline:
                raise TimeoutError(f"{pattern!r} was never printed:\n{shown}")
            time.sleep(0.01)

    def seen_by_ps(self) -> str:
        """What `ps` shows of the arguments of the command and its children; kept for the search at the test's end."""
        listing = subprocess.run(["ps", "-ww", "-o", "args", "-s", str(self.pid)], capture_output=True, check=False)
        SEEN.append(listing.stdout)
        return _text(listing.stdout)

    def stdout_so_far(self) -> bytes:
        """What it has written to stdout."""
        return os.pread(self._stdout.fileno(), 2**31 - 1, 0)

    def stderr_so_far(self) -> bytes:
        """What it has written to stderr."""
        return os.pread(self._stderr.fileno(), 2**31 - 1, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def _wait_for_lines(ledger: Path, lines: int, running: Running, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    count = 0
    with contextlib.ExitStack() as stack:
        file = None
        while count < lines and running.alive:
            if file is None and ledger.exists():
                file = stack.enter_context(ledger.open("rb"))
            count += file.read().count(b"\n") if file else 0
            if time.monotonic() > deadline:
                raise TimeoutError(f"{count} lines in {ledger}, not {lines}, after {timeout} s: {running.kill()}")
            time.sleep(_POLL_S)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _spool() -> IO[bytes]:
    return tempfile.TemporaryFile()
