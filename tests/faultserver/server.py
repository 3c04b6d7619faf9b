"""The API on loopback, with every fault a test can ask for, and a ledger of what it really stored.

In a process of its own, so that what it wrote down survives whatever happens to the test:

    with FaultServerProcess(plan(rule(hang_up(stored=True), nth=3)), tmp_path / "june.ledger") as server:
        run("import", file, "--base-url", server.url)
        server.replan(plan())  # from now on all is well: same port, same ledger
        run("import", file, "--base-url", server.url)
        server.ledger(), server.requests(), server.peak_rate()

or, for tests of few requests, in a thread: `with FaultServer(plan(...)) as server`. By hand:

    python -m tests.faultserver.server --port 0 --ledger PATH --plan JSON|@FILE

which prints its port and, on a second line, the port of the decoy, the target of redirects.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.faultserver import tls
from tests.faultserver.api import HOST, Api, bound, tls_directory
from tests.faultserver.forking import Forked, Forker
from tests.faultserver.ledger import Books
from tests.faultserver.plan import Json, plan

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence
    from types import TracebackType

_ROOT = Path(__file__).resolve().parents[2]


class _Handle(Books):
    """What a test holds in its hand of a server that runs elsewhere."""

    def __init__(self, chosen: Json | None = None, ledger: Path | None = None, port: int = 0) -> None:
        self._folder = None if ledger else tempfile.TemporaryDirectory(prefix="faultserver-")
        self.ledger_path = ledger or Path(self._folder.name if self._folder else ".") / "ledger"
        self._plan = chosen or plan()
        self.port = port
        self.decoy_port = 0

    @property
    def root(self) -> str:
        """Scheme, host and port; the API answers with and without `/api`."""
        return f"{'https' if self._plan['tls'] else 'http'}://{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL for the command."""
        return f"{self.root}/api"

    @property
    def target(self) -> str:
        """The API's host as it stands in the results."""
        return f"{HOST}:{self.port}"

    @property
    def ca_file(self) -> Path:
        """The authority of a `tls="trusted"` server, for `SSL_CERT_FILE`."""
        return tls.ca_file(tls_directory(self.ledger_path))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        troubles = self.stop()
        if self._folder:
            self._folder.cleanup()
        if troubles and error is None:
            raise RuntimeError(f"the fault server itself failed:\n{troubles}")
        if troubles and error is not None:
            error.add_note(f"the fault server itself failed:\n{troubles}")

    def start(self) -> None:
        """Start it; returns when it listens."""
        raise NotImplementedError

    def stop(self) -> str:
        """End it; the errors of the server itself, which is no fault that anybody asked for."""
        raise NotImplementedError


class FaultServer(_Handle):
    """The server in a thread of this process."""

    def start(self) -> None:
        """Start it; returns when it listens."""
        self._troubles: list[str] = []
        started: threading.Event = threading.Event()
        self._thread = threading.Thread(target=self._main, args=(started,), daemon=True)
        self._thread.start()
        if not started.wait(30):
            raise RuntimeError(f"the fault server did not start: {self._troubles}")
        self.port, self.decoy_port = self._api.port, self._api.decoy_port

    def replan(self, chosen: Json) -> None:
        """From now on another plan; returns when it is in force."""

        async def obey() -> None:
            self._api.replan(chosen)

        asyncio.run_coroutine_threadsafe(obey(), self._loop).result(10)

    def stop(self) -> str:
        """End it; the errors of the server itself."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._api.close)
        self._thread.join(10)
        return "".join(self._troubles)

    def _main(self, started: threading.Event) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._loop.set_exception_handler(lambda _, context: self._troubles.append(_describe(context)))
            self._api = Api(self.ledger_path, self._plan, self.port)
            await self._api.serve(started.set)

        try:
            _run(main())
        except Exception as error:
            self._troubles.append(repr(error))


class FaultServerProcess(_Handle):
    """The server in a process of its own, which ends with this one at the latest; forked, if there is a forker."""

    def __init__(
        self, chosen: Json | None = None, ledger: Path | None = None, port: int = 0, *, forker: Forker | None = None
    ) -> None:
        super().__init__(chosen, ledger, port)
        self._forker = forker

    @staticmethod
    def forker() -> Forker:
        """What servers can be forked from: `with FaultServerProcess.forker() as forker`."""
        return Forker("tests.faultserver.server:serve", ["uvloop"] if importlib.util.find_spec("uvloop") else [])

    def start(self) -> None:
        """Start it; returns when it listens."""
        self.ledger_path.parent.mkdir(parents=True, exist_ok=True)
        chosen = self.ledger_path.with_name(self.ledger_path.name + ".plan")
        chosen.write_text(json.dumps(self._plan))
        words = ["--port", str(self.port), "--control"]
        words += ["--ledger", str(self.ledger_path.absolute()), "--plan", f"@{chosen.absolute()}"]
        self._stderr = self.ledger_path.with_name(self.ledger_path.name + ".stderr")
        here, there = socket.socketpair()
        with here, there, self._stderr.open("wb") as stderr:
            self._control = here.makefile("rwb")
            self.process = self._begin(words, [there.fileno(), there.fileno(), stderr.fileno()])
        try:
            self.port, self.decoy_port = int(self._line()), int(self._line())
        except ValueError:
            raise RuntimeError(f"the fault server did not start:\n{self.stop()}") from None

    def replan(self, chosen: Json) -> None:
        """From now on another plan; returns when it is in force."""
        self._control.write(json.dumps(chosen).encode() + b"\n")
        self._control.flush()
        if self._line() != "ok":
            raise RuntimeError(f"the fault server took no other plan:\n{self._stderr.read_text()}")

    def kill(self) -> None:
        """SIGKILL the server."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> str:
        """End it; the errors of the server itself."""
        with contextlib.suppress(BrokenPipeError):
            self._control.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        return self._stderr.read_text()

    def _begin(self, words: list[str], streams: list[int]) -> subprocess.Popen[bytes] | Forked:
        if self._forker:
            return self._forker.fork({"words": words}, streams)
        command = [sys.executable, "-m", "tests.faultserver.server", *words]
        stdin, stdout, stderr = streams
        return subprocess.Popen(command, cwd=_ROOT, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True)

    def _line(self) -> str:
        return self._control.readline().decode().strip()


@contextlib.contextmanager
def dead_port() -> Iterator[int]:
    """A port on loopback that refuses connections, and stays ours: `with dead_port() as port`."""
    with bound(0) as sock:
        yield sock.getsockname()[1]


@contextlib.contextmanager
def stalled_port() -> Iterator[int]:
    """A port on loopback on which a connect neither succeeds nor fails (its backlog is full)."""
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(bound(0))
        sock.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(sock.getsockname())
        yield sock.getsockname()[1]


def _describe(context: dict[str, Any]) -> str:
    error = context.get("exception")
    # A client that breaks off a TLS handshake is what some tests are about.
    return "" if isinstance(error, ssl.SSLError | ConnectionError) else f"{context['message']}: {error!r}\n"


def _run(main: Coroutine[Any, Any, None]) -> None:
    """In uvloop's loop where there is one: twice as many requests a second."""
    factory = importlib.import_module("uvloop").new_event_loop if importlib.util.find_spec("uvloop") else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


async def _serve_process(options: argparse.Namespace, chosen: Json) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: sys.stderr.write(_describe(context)))
    api = Api(options.ledger, plan() | chosen, options.port)
    orders = bytearray()

    def obey() -> None:
        orders.extend(data := os.read(0, 2**20))
        if not data:
            loop.remove_reader(0)
            api.close()
        while b"\n" in orders:
            line, _, rest = orders.partition(b"\n")
            orders[:] = rest
            api.replan(json.loads(line))
            _say("ok")

    if options.control:
        loop.add_reader(0, obey)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, api.close)
    await api.serve(lambda: _say(f"{api.port}\n{api.decoy_port}"))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def serve(order: dict[str, Any]) -> None:
    """In a forked process: what the command line asks for."""
    main(order["words"])


def main(words: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM, or with `--control` until stdin ends; each line of stdin is then a new plan."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--plan", default="{}", help="JSON, or @FILE")
    parser.add_argument("--control", action="store_true", help="take further plans from stdin, end with it")
    options = parser.parse_args(words)
    text = Path(options.plan[1:]).read_text() if options.plan.startswith("@") else options.plan
    _run(_serve_process(options, json.loads(text)))


if __name__ == "__main__":
    main()
