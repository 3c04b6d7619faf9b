"""What every test gets: time limits, no network but loopback, a search for the API key at its end, and the fixtures.

- `fault_server(*rules, **options)`: starts the fault server in a process of its own (see `faultserver.plan.plan`);
- `healthy_server`: one that answers as documented;
- `run`, `start`: the command, in `tmp_path`, forked from a process that has imported it (`warm`; see `support.warm`);
- `warm_program`: the same for shells, by a path (see `support.doorway`);
- `run_here`: the command in this process, in `tmp_path`, at a third of the time (see `support.inside`);
- `run_cold`, `start_cold`, `run_tty`: the same begun from nothing, on a terminal the last (see `support.command`);
- `unproven`: Parquet is decoded in this process alone, as where no other can be started, which takes its time;
- `old_neighbours`: imports in this process take other results for as old as they are elsewhere, and read them once;
- `key_file`: a file with the canary key, in a folder that is not searched;
- `@pytest.mark.time_limit(seconds)`: another limit than 60 s.

`HYPOTHESIS_PROFILE=soak` makes property tests long and random; by default they are short and always the same.
`TIME_LIMITS_TIMES=5` makes every limit five times as long, for a slow or busy machine.
"""

from __future__ import annotations

import contextlib
import faulthandler
import ipaddress
import itertools
import os
import signal
import socket
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import hypothesis
import polars as pl
import pytest

from tests.faultserver.plan import CANARY_KEY, Json, plan
from tests.faultserver.server import FaultServerProcess
from tests.support import command, inside
from tests.support.doorway import Doorway
from tests.support.keysearch import find_key
from tests.support.process import state_home
from tests.support.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from tests.faultserver.forking import Forker

_LIMIT_S = 60.0
_GRACE_S = 15.0
_NUMBERS = itertools.count()
_STDERR = pytest.StashKey[int]()
_PATCHES = pytest.StashKey[pytest.MonkeyPatch]()

hypothesis.settings.register_profile("quick", max_examples=100, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("soak", max_examples=5000, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "time_limit(seconds): fail the test after so long (default 60 s)")
    config.stash[_STDERR] = os.dup(2)  # at this moment not captured
    config.stash[_PATCHES] = _guard_network()
    config.stash[_PATCHES].setenv("XDG_STATE_HOME", state_home())
    _give_workers_one_thread(config)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Many tests wait, for a process or for a pause to end: twice as many of them as there are processors."""
    return 2 * (os.cpu_count() or 1)


def _give_workers_one_thread(config: pytest.Config) -> None:
    """Polars has one thread in a worker, as there are more of them than processors; commands have all, as ever."""
    if hasattr(config, "workerinput"):
        assert pl.thread_pool_size() == 1  # settled when it was imported
        config.stash[_PATCHES].delenv("POLARS_MAX_THREADS", raising=False)
    else:
        config.stash[_PATCHES].setenv("POLARS_MAX_THREADS", "1")


def pytest_unconfigure(config: pytest.Config) -> None:
    os.close(config.stash[_STDERR])
    config.stash[_PATCHES].undo()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """End the whole session, with all stacks, when a test hangs where `pytest_runtest_call` cannot reach it."""
    faulthandler.dump_traceback_later(_limit_s(item) + _GRACE_S, exit=True, file=item.config.stash[_STDERR])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that takes too long."""
    limit_s = _limit_s(item)

    def fail(*_: object) -> NoReturn:
        pytest.fail(f"the test took over {limit_s:g} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _state_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a state folder of its own: ports, and so the APIs that notes are about, come again."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{state_home()}/{next(_NUMBERS)}")


@pytest.fixture(autouse=True)
def _key_nowhere(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test: the key is in nothing that a command printed, and in no file of the test's folder."""
    command.SEEN.clear()
    yield
    folder = request.node.funcargs.get("tmp_path")
    found = find_key([*command.SEEN, *([folder] if folder else [])])
    command.SEEN.clear()
    if found:
        pytest.fail(f"the API key stands in: {', '.join(found)}")


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other process proves Parquet files: for tests of what their columns say."""

    def no_process(*_: object, **__: object) -> NoReturn:
        raise OSError

    monkeypatch.setattr("importer.sources.parquet.guard.subprocess.Popen", no_process)


@pytest.fixture
def old_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other results count as written long ago, and are read again only where they have changed."""
    monkeypatch.setattr("importer.plan.others.other_results._SETTLED_NS", 0)


@pytest.fixture(scope="session")
def server_forker() -> Iterator[Forker]:
    """A process that fault servers are forked from: `FaultServerProcess(..., forker=server_forker)`."""
    with FaultServerProcess.forker() as forker:
        yield forker


@pytest.fixture
def fault_server(server_forker: Forker, tmp_path: Path) -> Iterator[Callable[..., FaultServerProcess]]:
    """Start servers: `fault_server(rule(...), limit=limit(50))`; each has a ledger of its own."""
    with contextlib.ExitStack() as stack:
        names = (tmp_path / f"server-{i}" / "ledger" for i in range(1, 1000))

        def serve(*rules: Json, **options: Any) -> FaultServerProcess:
            return stack.enter_context(FaultServerProcess(plan(*rules, **options), next(names), forker=server_forker))

        yield serve


@pytest.fixture
def healthy_server(fault_server: Callable[..., FaultServerProcess]) -> FaultServerProcess:
    """A server without faults."""
    return fault_server()


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """A process that starts the command five times as fast (see `support.warm`)."""
    with Warm() as process:
        yield process


@pytest.fixture(scope="session")
def warm_program(warm: Warm) -> Iterator[Path]:
    """A path by which shells start the command so fast (see `support.doorway`)."""
    with Doorway(warm) as door:
        yield door.program


@pytest.fixture
def run(warm: Warm, tmp_path: Path) -> Callable[..., command.Result]:
    """`warm.run` in `tmp_path`."""
    return partial(warm.run, cwd=tmp_path)


@pytest.fixture
def run_here(tmp_path: Path) -> Callable[..., command.Result]:
    """`inside.run` in `tmp_path`."""
    return partial(inside.run, cwd=tmp_path)


@pytest.fixture
def start(warm: Warm, tmp_path: Path) -> Iterator[Callable[..., command.Running]]:
    """`warm.start` in `tmp_path`; what still runs at the end of the test is killed."""
    yield from _starting(partial(warm.start, cwd=tmp_path))


@pytest.fixture
def run_cold(tmp_path: Path) -> Callable[..., command.Result]:
    """`command.run` in `tmp_path`."""
    return partial(command.run, cwd=tmp_path)


@pytest.fixture
def start_cold(tmp_path: Path) -> Iterator[Callable[..., command.Running]]:
    """`command.start` in `tmp_path`; what still runs at the end of the test is killed."""
    yield from _starting(partial(command.start, cwd=tmp_path))


@pytest.fixture
def run_tty(tmp_path: Path) -> Callable[..., command.Result]:
    """`command.run_tty` in `tmp_path`."""
    return partial(command.run_tty, cwd=tmp_path)


@pytest.fixture
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the canary key and a line end."""
    path = tmp_path_factory.mktemp("secret") / "key"
    path.write_text(CANARY_KEY + "\n")
    return path


def _starting(start: Callable[..., command.Running]) -> Iterator[Callable[..., command.Running]]:
    with contextlib.ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(start(*args, **options))


def _limit_s(item: pytest.Item) -> float:
    marker = item.get_closest_marker("time_limit")
    return (float(marker.args[0]) if marker else _LIMIT_S) * float(os.environ.get("TIME_LIMITS_TIMES", "1"))


def _guard_network() -> pytest.MonkeyPatch:
    """Refuse to connect or look up anything but loopback (and `.invalid`, which does not exist) in this process."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _check_address(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _check_address(self, address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or "localhost"
        if not (_is_loopback(name) or name.endswith(".invalid")):
            raise AssertionError(f"a test looks up {name}: only loopback is allowed")
        return look_up(host, *args, **options)

    patches = pytest.MonkeyPatch()
    patches.setattr(socket.socket, "connect", guarded_connect)
    patches.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patches.setattr(socket, "getaddrinfo", guarded_look_up)
    return patches


def _check_address(sock: socket.socket, address: Any) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
        raise AssertionError(f"a test connects to {address}: only loopback is allowed")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
