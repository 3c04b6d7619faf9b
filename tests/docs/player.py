"""Sessions of the documents, played: the commands typed in a fresh folder, and what they print."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.docs.documents import ROOT, Step
from tests.support.command import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PORT = "40404"
_SAMPLES = ("*.csv", "*.xlsx", "*.parquet", "*.toml")
_VARYING = (  # ids and times differ from run to run, but never in length, so that lines break at the same places
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<time>"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "<time>"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ to \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<span>"),
    (r"\bin \d+\.\d s\b", "in <duration>"),
    (r'"duration_s": \d+\.\d+', '"duration_s": <duration>'),
    (r"\b[0-9a-f]{24}\b", "<id>"),
    (r'"run": "[0-9a-f]{8}"', '"run": "<run>"'),
)


class Player:
    """A shell in a folder of its own with the sample data, in which `revenue-importer` is the code under test.

    `program` is what runs that code; None: Python, from nothing.
    """

    def __init__(self, folder: Path, program: Path | None) -> None:
        self._folder = folder
        (folder / "sample_data").mkdir(parents=True)
        for pattern in _SAMPLES:
            for path in (ROOT / "sample_data").glob(pattern):
                if ".results." not in path.name:
                    shutil.copy(path, folder / "sample_data")
        cold = folder / ".bin" / "revenue-importer"
        cold.parent.mkdir()
        cold.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m importer "$@"\n')
        cold.chmod(0o755)
        program = program or cold
        given = environment()
        self._environment = {**given, "PATH": f"{program.parent}{os.pathsep}{given['PATH']}"}
        self._port, self._status = _free_port(), 0
        self._servers: list[subprocess.Popen[str]] = []

    def play(self, step: Step) -> str:
        """What the command prints. `cat` of a file that is not there makes it of what the document shows."""
        words = shlex.split(step.command)
        if words[0] == "cat" and not (self._folder / words[1]).exists():
            (self._folder / words[1]).write_text(step.output, "utf-8")
        if step.command == "echo $?":
            return f"{self._status}\n"
        command = step.command.replace(PORT, self._port)
        printed = self._serve(command) if command.endswith(" &") else self._run(command)
        return printed.replace(self._port, PORT)

    def close(self) -> None:
        """Stop the servers."""
        for server in self._servers:
            server.terminate()
            server.communicate(timeout=20)

    def _run(self, command: str) -> str:
        ended = subprocess.run(
            ["sh", "-c", command], cwd=self._folder, env=self._environment, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._status = ended.returncode
        return ended.stdout

    def _serve(self, command: str) -> str:
        server = subprocess.Popen(
            shlex.split(command.removesuffix(" &")), cwd=self._folder, env=self._environment, text=True,
            executable=self._folder / ".bin" / "revenue-importer",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._servers.append(server)
        assert server.stdout
        return server.stdout.readline()


@contextlib.contextmanager
def player(folder: Path, program: Path | None = None) -> Iterator[Player]:
    """A player whose servers are stopped at the end."""
    shell = Player(folder, program)
    try:
        yield shell
    finally:
        shell.close()


def agrees(shown: str, printed: str) -> bool:
    """Whether a document shows what was printed; `…` alone on a line stands for any lines."""
    parts = re.split(r"^…\n", normal(shown), flags=re.MULTILINE)
    return re.fullmatch("(?:.*\n)*?".join(re.escape(part) for part in parts), normal(printed)) is not None


def normal(text: str) -> str:
    """The text with everything that differs from run to run replaced."""
    for pattern, word in _VARYING:
        text = re.sub(pattern, word, text)
    return text


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
