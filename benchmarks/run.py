"""Runs commands one at a time, and reads what each used from the operating system's own account of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
KEY = "trk_" + "0123456789abcdef" * 2
PATIENCE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Used:
    """What one command used: `wall_s` and `cpu_s` (user and system, its children too) in seconds, `peak` in bytes."""

    wall_s: float
    cpu_s: float
    peak: int
    exit_status: int
    output: str


class FailedError(Exception):
    """A command did not end as it should; the text says which and how."""


def run(command: Sequence[object], *, statuses: Sequence[int] = (0,), **environment: str) -> Used:
    """Run a command to its end, in the root of the repository.

    The peak is that of its largest process, as the kernel reports it. It is never less than what this process held when
    it started the command, so nothing large may be imported here.

    Raises:
        FailedError: it ended with another status than those of `statuses`.
    """
    # A state folder of its own: no run looks for results of another that lay in a folder which is gone.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as state:
        env = {**os.environ, "TRACKLY_API_KEY": KEY, "XDG_STATE_HOME": state, **environment}
        began = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output, env=env, cwd=ROOT)
        try:
            status, usage = _awaited(process, began + PATIENCE_S)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall_s = time.monotonic() - began
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status not in statuses:
        words = " ".join(str(word) for word in command)
        last = (text.strip() or "no output").splitlines()[-1]
        raise FailedError(f"{last} (exit status {status} of `{words}`)")
    unit = 1 if sys.platform == "darwin" else 1024
    return Used(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, status, text)


def _awaited(process: subprocess.Popen[bytes], deadline: float) -> tuple[int, Any]:
    # wait4 alone tells what this child used, and not all children so far. Time is read to within 2 ms.
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage
        if time.monotonic() > deadline:
            raise FailedError(f"{process.args!r} did not end within {PATIENCE_S:.0f} s")
        time.sleep(0.002)


def importer(*words: object) -> list[object]:
    """Our own command, as installed beside this interpreter."""
    return [sys.executable, "-m", "importer", *words]


def import_command(path: Path, base_url: str, results: Path, *more: object) -> list[object]:
    """Our import at full speed; options in `more` win."""
    speed = ("--rate", 0, "--concurrency", 64, "--yes", "--quiet", "--results", results)
    return importer("import", path, "--base-url", base_url, *speed, *more)


class Server:
    """A running `benchmarks.server`."""

    def __init__(self, port: int) -> None:
        self._root = f"http://127.0.0.1:{port}"
        self.base_url = f"{self._root}/api"

    def stats(self) -> dict[str, Any]:
        """What it has counted so far."""
        with urllib.request.urlopen(f"{self._root}/stats", timeout=60) as answer:
            facts: dict[str, Any] = json.load(answer)
        return facts


@contextmanager
def server(*, latency_ms: float = 0, limit: int = 0) -> Iterator[Server]:
    """A fresh server in a process of its own, for as long as the block runs."""
    command = [sys.executable, "-m", "benchmarks.server", f"--latency-ms={latency_ms}", f"--limit={limit}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    try:
        assert process.stdout is not None
        yield Server(int(process.stdout.readline().split()[1]))
    finally:
        process.kill()
        process.wait()


def forget(results: Path) -> None:
    """Remove RESULTS and its journal, so that the next import starts anew."""
    results.unlink(missing_ok=True)
    results.with_name(results.name + ".journal").unlink(missing_ok=True)
