"""The command in a process of its own that need not import it first: forked from one that already has.

    with Warm() as warm:
        running = warm.start("import", file, "--base-url", server.url, cwd=tmp_path)
        running.kill_after(ledger=server.ledger_path, lines=50)
        result = warm.run("import", file, "--base-url", server.url, "--json", cwd=tmp_path)

Real processes that run the real `main`, a third of the time each: campaigns of a thousand kills need that. `breaks`
says how the process is to be broken before it begins (see `saboteur`).
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from tests.support import saboteur
from tests.support.command import Running
from tests.support.faultplan import CANARY_KEY
from tests.support.process import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.process import Result

_ROOT = Path(__file__).resolve().parents[2]
_ORDER_BYTES = 1 << 20
# What a run imports on its way; none of it computes anything at import, so that the forked process can.
_MODULES = (
    "importer.cli",
    "importer.api_key",
    "importer.console",
    "importer.logs",
    "importer.pipeline",
    "importer.profile",
    "importer.resolve",
    "importer.sending",
    "truststore",
    "uvloop",
)


class Warm:
    """A process that has imported the command, and forks one for each start."""

    def __enter__(self) -> Self:
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            command = [sys.executable, "-m", "tests.support.warm", str(there.fileno())]
            env = environment(key=None) | {"PYTHONPATH": os.pathsep.join(filter(None, [_package(), str(_ROOT)]))}
            self._process = subprocess.Popen(command, cwd=_ROOT, env=env, pass_fds=[there.fileno()])
        self._socket, self._lock = here, threading.Lock()
        if self._socket.recv(100) != b"ready":
            raise RuntimeError("the warm process did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait(10)

    def start(self, *args: object, **options: Any) -> Running:
        """Like `command.start`, with `breaks`."""
        return _WarmRunning(self, tuple(map(str, args)), **options)

    def run(self, *args: object, timeout: float = 60, **options: Any) -> Result:
        """Like `command.run`, with `breaks`."""
        with self.start(*args, **options) as running:
            return running.wait(timeout)

    def ask(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """The number that the process answers."""
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
            return int(self._socket.recv(100))


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
        return _Forked(self._warm, self._warm.ask(order, files))


class _Forked:
    """What `Running` needs of a `Popen`, for a process whose parent is another."""

    stdin = stdout = stderr = None

    def __init__(self, warm: Warm, pid: int) -> None:
        self._warm, self.pid, self.returncode = warm, pid, None
        self._pidfd = os.pidfd_open(pid)

    def poll(self) -> int | None:
        return self._reaped(0)

    def wait(self, timeout: float | None = None) -> int:
        if self._reaped(timeout) is None:
            raise subprocess.TimeoutExpired("the command", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            signal.pidfd_send_signal(self._pidfd, number)

    def _reaped(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._pidfd], [], [], timeout)[0]:
            self.returncode = os.waitstatus_to_exitcode(self._warm.ask({"reap": self.pid}, []))
            os.close(self._pidfd)
        return self.returncode


def _package() -> str:
    return environment()["PYTHONPATH"]


def main() -> None:
    """Import the command, then fork for each order until the socket is closed."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    for module in _MODULES:
        importlib.import_module(module)
    gc.freeze()  # what is shared stays shared: a collection in a forked process would have every page copied
    orders.send(b"ready")
    while True:
        data, descriptors, _, _ = socket.recv_fds(orders, _ORDER_BYTES, 3)
        if not data:
            return
        order = json.loads(data)
        if "reap" in order:
            orders.send(b"%d" % os.waitpid(order["reap"], 0)[1])
            continue
        pid = os.fork()
        if pid == 0:
            orders.close()
            _become(order, descriptors)
            return
        for descriptor in descriptors:
            os.close(descriptor)
        orders.send(b"%d" % pid)


def _become(order: dict[str, Any], descriptors: list[int]) -> None:
    """In the forked process: streams, folder, environment, arguments; then the command, to its end."""
    os.setsid()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["revenue-importer", *order["args"]]
    saboteur.apply(order["breaks"] or {})
    time.tzset()
    from importer.__main__ import main as run

    try:
        run()
    except SystemExit as end:
        _leave(int(end.code or 0))


def _leave(status: int) -> NoReturn:
    """End as the interpreter would, threads and exit handlers included, but for taking every module apart."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
