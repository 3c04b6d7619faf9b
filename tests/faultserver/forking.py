"""Processes forked from one that has imported what they need, in a tenth of the time of a start from nothing.

    with Forker("tests.faultserver.server:serve_forked", modules=["uvloop"]) as forker:
        process = forker.fork({"port": 0}, [stdin, stdout, stderr])  # like a Popen

The function is called in the forked process with the order, in a session of its own, on these streams.
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
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Order = dict[str, Any]

_ROOT = Path(__file__).resolve().parents[2]
_ORDER_BYTES = 1 << 20


class Forker:
    """A process that has imported a function (`module:name`) and `modules`, and forks one for each order."""

    def __init__(self, function: str, modules: Sequence[str] = (), env: Mapping[str, str] | None = None) -> None:
        self._words, self._env = (function, *modules), env

    def __enter__(self) -> Self:
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            command = [sys.executable, "-m", "tests.faultserver.forking", str(there.fileno()), *self._words]
            self._process = subprocess.Popen(command, cwd=_ROOT, env=self._env, pass_fds=[there.fileno()])
        self._socket, self._lock = here, threading.Lock()
        if self._socket.recv(100) != b"ready":
            raise RuntimeError("the process to fork from did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait(10)

    def fork(self, order: Order, descriptors: Sequence[int]) -> Forked:
        """A process that obeys the order, with these descriptors as its standard streams."""
        return Forked(self, self.ask(order, descriptors))

    def ask(self, order: Order, descriptors: Sequence[int] = ()) -> int:
        """The number that the process answers."""
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
            return int(self._socket.recv(100))


class Forked:
    """What is needed of a `Popen`, for a process whose parent is another."""

    stdin = stdout = stderr = None

    def __init__(self, forker: Forker, pid: int) -> None:
        self._forker, self.pid, self.returncode = forker, pid, None
        self._pidfd = os.pidfd_open(pid)

    def poll(self) -> int | None:
        return self._reaped(0)

    def wait(self, timeout: float | None = None) -> int:
        if self._reaped(timeout) is None:
            raise subprocess.TimeoutExpired("the forked process", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _reaped(self, timeout: float | None) -> int | None:
        if self.returncode is None and self._has_ended(timeout):
            self.returncode = os.waitstatus_to_exitcode(self._forker.ask({"reap": self.pid}))
            os.close(self._pidfd)
        return self.returncode

    def _has_ended(self, timeout: float | None) -> bool:
        ends = select.poll()  # `select` knows no file descriptor beyond 1,023
        ends.register(self._pidfd, select.POLLIN)
        return bool(ends.poll(None if timeout is None else timeout * 1000))


def main() -> None:
    """Import everything, then fork for each order until the socket is closed."""
    descriptor, function, *modules = sys.argv[1:]
    orders = socket.socket(fileno=int(descriptor))
    module, _, name = function.partition(":")
    obey = getattr(importlib.import_module(module), name)
    for module in modules:
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
            _become(obey, order, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        orders.send(b"%d" % pid)


def _become(obey: Callable[[Order], None], order: Order, descriptors: list[int]) -> NoReturn:
    """In the forked process: a session of its own, its streams, the order; then its end."""
    os.setsid()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    status = 0
    try:
        obey(order)
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    # The end of an interpreter, threads and exit handlers included, but for taking every module apart.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
