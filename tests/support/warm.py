"""The command in a process of its own that need not import it first: forked from one that already has.

    with Warm() as warm:
        running = warm.start("import", file, "--base-url", server.url, cwd=tmp_path)
        running.kill_after(ledger=server.ledger_path, lines=50)
        result = warm.run("import", file, "--base-url", server.url, "--json", cwd=tmp_path)

Real processes that run the real `main`, a fifth of the time each: campaigns of a thousand kills need that. `breaks`
says how the process is to be broken before it begins (see `saboteur`).
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faultserver.forking import Forker
from tests.faultserver.plan import CANARY_KEY
from tests.support import saboteur
from tests.support.command import Running
from tests.support.process import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.process import Result

_ROOT = Path(__file__).resolve().parents[2]
# What a run imports on its way; none of it computes anything at import, so that the forked process can.
_MODULES = (
    "importer.cli.program",
    "importer.cli.commands",
    "importer.api.key",
    "importer.cli.console",
    "importer.cli.logs",
    "importer.run.pipeline",
    "importer.cli.profiles",
    "importer.run.verdicts.resolving",
    "importer.send.loop",
    "encodings.idna",
    "logging.handlers",
    "platformdirs",
    "tenacity",
    "truststore",
    "tzdata",
    "uvloop",
)


class Warm(Forker):
    """A process that has imported the command, and forks one for each start."""

    def __init__(self) -> None:
        package = environment(key=None)["PYTHONPATH"]
        env = environment(key=None) | {"PYTHONPATH": os.pathsep.join(filter(None, [package, str(_ROOT)]))}
        super().__init__("tests.support.warm:become", _MODULES, env)

    def start(self, *args: object, **options: Any) -> Running:
        """Like `command.start`, with `breaks`."""
        return _WarmRunning(self, tuple(map(str, args)), **options)

    def run(self, *args: object, timeout: float = 60, **options: Any) -> Result:
        """Like `command.run`, with `breaks`."""
        with self.start(*args, **options) as running:
            return running.wait(timeout)


class _WarmRunning(Running):
    def __init__(
        self,
        warm: Warm,
        args: tuple[str, ...],
        *,
        cwd: Path,
        key: str | None = CANARY_KEY,
        stdin: bytes = b"",
        env: Mapping[str, str | None] | None = None,
        breaks: dict[str, Any] | None = None,
        **streams: Any,
    ) -> None:
        self._warm, self._breaks = warm, breaks
        super().__init__(args, environment(args, key, env), stdin, cwd, (), streams)

    def _begin(self, command: list[str], streams: dict[str, Any], env: dict[str, str], cwd: Path | None) -> Any:
        order = {"args": command, "env": env, "cwd": str(cwd), "breaks": self._breaks}
        files = [stream if isinstance(stream, int) else stream.fileno() for stream in streams.values()]
        return self._warm.fork(order, files)


def become(order: dict[str, Any]) -> None:
    """In the forked process: folder, environment, arguments; then the command."""
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["revenue-importer", *order["args"]]
    saboteur.apply(order["breaks"] or {})
    time.tzset()
    from importer.__main__ import main

    main()
