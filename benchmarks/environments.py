"""Throw-away virtual environments for the peers, made when the first of them runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.run import KEY

if TYPE_CHECKING:
    from benchmarks.bench import Bench

HERE = Path(__file__).resolve().parent
INSTALL_S = 600


class SkippedError(Exception):
    """A peer cannot be run here; the text is the sentence that says why."""


class Environments:
    """Says with which command a peer runs; installs what it needs at the first call."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._failed: dict[str, str] = {}

    def command(self, script: str, *words: object) -> list[object]:
        """A script of `peers`, for the interpreter that it needs.

        Raises:
            SkippedError: something that it needs is not there and cannot be installed.
        """
        path = HERE / "peers" / script
        if path.suffix == ".py":
            return [self._binary("requirements.txt", "python"), path, *words]
        for program in ("bash", "parallel", "curl"):
            if shutil.which(program) is None:
                raise SkippedError(f"`{program}` is not installed here")
        return ["bash", path, *words]

    def csv2http(self, path: Path, url: str) -> list[object]:
        """Its own command, as many in flight as the others."""
        program = self._binary("requirements-csv2http.txt", "csv2http")
        return [program, path, url, "--concurrency", 64, "--no-save", "--header", f"X-Api-Key:{KEY}"]

    def _binary(self, requirements: str, name: str) -> Path:
        folder = self._bench.kept / f"venv-{Path(requirements).stem}"
        binary = folder / ("Scripts" if sys.platform == "win32" else "bin") / name
        if requirements in self._failed:
            raise SkippedError(self._failed[requirements])
        if not folder.exists():
            self._bench.say(f"  installing benchmarks/{requirements} into a throw-away environment")
            try:
                self._install(folder, requirements)
            except (subprocess.SubprocessError, OSError) as error:
                self._failed[requirements] = f"benchmarks/{requirements} could not be installed ({error})"
                raise SkippedError(self._failed[requirements]) from error
        return binary

    def _install(self, folder: Path, requirements: str) -> None:
        venv.create(folder, with_pip=True)
        python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command = [*pip, "-r", str(HERE / requirements)]
        subprocess.run(command, check=True, timeout=INSTALL_S, stdout=subprocess.DEVNULL)
