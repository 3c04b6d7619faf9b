"""Ways to break a process of the command from inside, before it begins: for `warm`, by name and plain arguments.

    {"die": ["pwrite", 5, "half"]}          SIGKILL at the fifth write of the journal, half of its bytes written
    {"fail": ["fdatasync", 3, "EIO"]}       from the third sync on each fails
    {"fail_once": ["pwrite", 3, "EIO"]}     the third write fails, the others do not
    {"allocate": 500}                       the journal claims disk space in steps of so many bytes only
    {"largest_file": 100000}                no file may become larger (RLIMIT_FSIZE)
    {"short": 7}                            no write takes more than seven bytes
    {"watch": [path, requests]}             at each sync, how long the journal is and how many requests had been seen
    {"pause": ["replace", 2, 1.5]}          before the second renaming it sleeps for so many seconds
    {"signal": ["replace", 2, "SIGTERM"]}   before the second renaming it is sent this signal
    {"lack": [["os", "fdatasync"]]}         its platform has no such call
    {"signal_after": ["send.send", "SIGTERM"]}    it is sent this signal just after that function has ended
    {"impatient": 1}                        it waits for a Dask scheduler for so many seconds only
    {"hasty": 0.1}                          the first pause of an outage is so many seconds, the others grow from it
    {"clock": -86400}                       the clock on the wall is a day behind
    {"jump": 20}                            after twenty looks at the clock on the wall, it jumps a day ahead, and back

and the negative controls, mistakes that a product could make and that the oracle must find:

    {"intent_after_post": true}             the intent is written after the row was posted
    {"lazy_outcomes": true}                 outcomes are kept in memory until the end
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import itertools
import json
import os
import resource
import signal
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = ("pwrite", "fdatasync", "fsync", "ftruncate", "posix_fallocate", "replace")
"""The calls by which the command changes what it must not lose."""


def apply(breaks: dict[str, Any]) -> None:
    """Do all of `breaks` to this process."""
    for name, value in breaks.items():
        globals()[f"_{name}"](value)


def _die(how: list[Any]) -> None:
    call, nth, when = how

    def dying(real: Callable[..., Any], number: int, *args: Any) -> Any:
        if number != nth:
            return real(*args)
        if when == "half" and call == "pwrite":
            descriptor, data, offset = args
            real(descriptor, bytes(data)[: len(data) // 2], offset)
        elif when != "before":
            real(*args)
        _kill()

    _wrap(call, dying)


def _fail(how: list[Any], *, once: bool = False) -> None:
    call, nth, name = how
    number_of_error = getattr(errno, name)

    def failing(real: Callable[..., Any], number: int, *args: Any) -> Any:
        if number == nth or (number > nth and not once):
            raise OSError(number_of_error, os.strerror(number_of_error))
        return real(*args)

    _wrap(call, failing)


def _fail_once(how: list[Any]) -> None:
    _fail(how, once=True)


def _short(most: int) -> None:
    _wrap("pwrite", lambda real, _, descriptor, data, offset: real(descriptor, bytes(data)[:most], offset))


def _allocate(step: int) -> None:
    from importer.journal import appending

    appending.ALLOCATE_BYTES = step


def _largest_file(most: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _watch(paths: list[str]) -> None:
    log, requests = map(Path, paths)

    def watching(real: Callable[..., Any], _: int, descriptor: int) -> Any:
        seen = requests.read_bytes().count(b"\n") if requests.exists() else 0
        with log.open("a") as file:
            file.write(json.dumps([str(Path(f"/proc/self/fd/{descriptor}").readlink()), seen]) + "\n")
        return real(descriptor)

    _wrap("fdatasync", watching)


def _lack(calls: list[list[str]]) -> None:
    for module, name in calls:
        delattr(importlib.import_module(module), name)


def _hasty(first_pause_s: float) -> None:
    from importer.send.breaker import timing

    timing.FIRST_PAUSE_S = first_pause_s


def _pause(how: list[Any]) -> None:
    call, nth, seconds = how

    def pausing(real: Callable[..., Any], number: int, *args: Any) -> Any:
        if number == nth:
            time.sleep(seconds)
        return real(*args)

    _wrap(call, pausing)


def _signal(how: list[Any]) -> None:
    call, nth, name = how

    def signalling(real: Callable[..., Any], number: int, *args: Any) -> Any:
        if number == nth:
            os.kill(os.getpid(), getattr(signal, name))
        return real(*args)

    _wrap(call, signalling)


def _signal_after(how: list[str]) -> None:
    module_name, _, name = how[0].rpartition(".")
    module = importlib.import_module(f"importer.{module_name}")
    real = getattr(module, name)

    def signalled(*args: Any, **options: Any) -> Any:
        done = real(*args, **options)
        os.kill(os.getpid(), getattr(signal, how[1]))
        return done

    setattr(module, name, signalled)


def _impatient(seconds: float) -> None:
    from importer.cluster import engine

    engine.CONNECT_S = seconds


def _clock(seconds: int) -> None:
    _set_clock(lambda: seconds)


def _jump(looks: int) -> None:
    count = itertools.count(1)
    _set_clock(lambda: 86_400 if (next(count) // looks) % 2 else 0)


def _set_clock(ahead: Callable[[], int]) -> None:
    real, real_ns = time.time, time.time_ns

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=ahead())

    time.time = lambda: real() + ahead()
    time.time_ns = lambda: real_ns() + ahead() * 1_000_000_000
    for name, module in sys.modules.items():
        if name.startswith("importer.") and getattr(module, "datetime", None) is datetime:
            module.datetime = Moved  # type: ignore[attr-defined]


def _intent_after_post(_: Any) -> None:
    from importer.api.client import Client
    from importer.journal import GroupCommit

    put, post = GroupCommit.put, Client.post
    held: dict[Any, tuple[GroupCommit, bytes]] = {}

    def put_later(self: GroupCommit, line: bytes) -> Any:
        if not line.startswith(b"I\t"):
            return put(self, line)
        held[asyncio.current_task()] = (self, line)
        return _done()

    async def post_first(self: Client, *args: Any, **options: Any) -> Any:
        end = await post(self, *args, **options)
        commit, line = held.pop(asyncio.current_task())
        await put(commit, line)
        return end

    GroupCommit.put, Client.post = put_later, post_first  # type: ignore[method-assign]


def _lazy_outcomes(_: Any) -> None:
    from importer.journal import GroupCommit

    put, flush = GroupCommit.put, GroupCommit.flush
    held: list[bytes] = []

    def put_later(self: GroupCommit, line: bytes) -> Any:
        if not line.startswith(b"D\t"):
            return put(self, line)
        held.append(line)
        return _done()

    async def flush_all(self: GroupCommit) -> None:
        for line in held:
            put(self, line)
        await flush(self)

    GroupCommit.put, GroupCommit.flush = put_later, flush_all  # type: ignore[method-assign]


def _done() -> asyncio.Future[None]:
    future = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future


def _wrap(name: str, wrapper: Callable[..., Any]) -> None:
    """Let `wrapper(real, number of the call, *args)` stand in for `os.<name>`."""
    real, count = getattr(os, name), itertools.count(1)
    setattr(os, name, lambda *args: wrapper(real, next(count), *args))


def _kill() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError
