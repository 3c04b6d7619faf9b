"""Programs of others, each with a throw-away configuration on a port of loopback, all ended at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Self

from tests.faultserver.api import HOST
from tests.support.airflow import make_venv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LONGEST_START_S = 30
_LONGEST_END_S = 5
_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


class MissingProgramError(Exception):
    """A program that a scenario needs is not on this machine."""


class Program:
    """A program that listens on a port; as a context manager it and its children are gone at the end."""

    def __init__(self, command: list[object], port: int, log: Path, env: Mapping[str, str] | None = None) -> None:
        self.port = port
        self._command, self._log, self._env = [str(part) for part in command], log, {**os.environ, **(env or {})}

    def start(self) -> None:
        """Start it; returns when it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env, start_new_session=True
            )
        deadline = time.monotonic() + _LONGEST_START_S
        while not _listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} does not listen:\n{self._log.read_text(errors='replace')}")
            time.sleep(0.02)

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it and its children: with a signal first, by force if that is not enough."""
        for each in (number, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, each)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LONGEST_END_S)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Tools:
    """Where programs come from: the system, and for what npm and pip bring a folder, filled when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def program(self, name: str) -> str:
        """The path of a program of the system."""
        path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM_FOLDERS])
        if found := shutil.which(name, path=path):
            return found
        raise MissingProgramError(name)

    def node_modules(self, *packages: str) -> Path:
        """A folder with these packages of npm, for `NODE_PATH`."""
        folder = self._folder / "npm"
        if not all((folder / "node_modules" / package).is_dir() for package in packages):
            command = [self.program("npm"), "install", "--no-audit", "--no-fund", "--prefix", folder, *packages]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                raise MissingProgramError(f"{' '.join(packages)} (npm: {done.stderr.strip()[-200:]})")
        return folder / "node_modules"

    def environment(self, name: str, *packages: str) -> Path:
        """The `bin` of an environment with these packages of PyPI."""
        folder = self._folder / name
        if not (folder / "complete").exists():
            try:
                make_venv(folder, *packages)
            except RuntimeError as error:
                raise MissingProgramError(f"{name} ({error})") from None
            (folder / "complete").touch()
        return folder / "bin"


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False
