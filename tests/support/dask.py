"""A Dask cluster whose workers are processes that can be killed, and the results of all shards as one file.

with DaskCluster(workers=3) as cluster:
    with start("import", file, "--scheduler", cluster.address, "--shards", 3, …) as running:
        cluster.kill_worker(random)
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import faulthandler
import itertools
import json
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.faultserver.forking import Forker
from tests.support.process import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from distributed import Scheduler

    from tests.faultserver.forking import Forked

_ROOT = Path(__file__).resolve().parents[2]


class DaskCluster:
    """A scheduler and workers with one thread each, every one a process of its own; one that is killed is replaced.

    Neither Dask's `LocalCluster` nor its nannies are here: they lose count when a worker dies while it starts. A worker
    that is silent for `silent_s` is given up: its tasks are run elsewhere, though it may be alive. A task is given up
    when more than `deaths` workers died with it. `forker` is one of `forker()` to begin them from, or an own one.
    """

    def __init__(
        self, workers: int, *, silent_s: float = 300, deaths: int = 1000, forker: Forker | None = None
    ) -> None:
        self._count, self._forker = workers, forker
        self._limits = {"worker_ttl": silent_s, "allowed_failures": deaths}
        self._workers: dict[str, Forked] = {}
        self._numbers = itertools.count(1)

    @staticmethod
    def forker() -> Forker:
        """What schedulers and workers can be forked from: `with DaskCluster.forker() as forker`."""
        env = environment()
        env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(_ROOT)])
        return Forker("tests.support.dask:become", ["distributed"], env)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opening:
            self._folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="dask-")))
            if self._forker is None:
                self._forker = opening.enter_context(self.forker())
            opening.callback(self._end)
            here, there = socket.socketpair()
            with there:
                self._scheduler = self._begun({"limits": self._limits}, there)
            with here:
                self._control = opening.enter_context(here.makefile("rw"))
            self.address = self._line()
            for _ in range(self._count):
                self._add()
            self._closing = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def wait_for_workers(self) -> None:
        """Wait until the scheduler knows the workers that live, and no others."""
        self._control.write(json.dumps(sorted(self._workers)) + "\n")
        self._control.flush()
        self._line()

    def kill_worker(self, random: Random) -> int:
        """Kill one worker process, which is replaced at once; its process id."""
        worker = self._workers.pop(self._any(random))
        worker.kill()
        worker.wait(10)
        self._add()
        return worker.pid

    def stop_worker(self, random: Random) -> int:
        """Stop one worker process, which then does nothing, not even end; its process id."""
        worker = self._workers[self._any(random)]
        worker.send_signal(signal.SIGSTOP)
        return worker.pid

    def stacks(self) -> str:
        """Where every thread of the workers is now, for somebody who asks why nothing goes on."""
        for worker in self._workers.values():
            worker.send_signal(signal.SIGUSR2)
        time.sleep(0.5)
        return "\n".join(f"{path.name}\n{path.read_text()}" for path in sorted(self._folder.glob("*.stacks")))

    def _any(self, random: Random) -> str:
        return random.choice(sorted(self._workers))

    def _add(self) -> None:
        name = f"worker-{next(self._numbers)}"
        with Path(os.devnull).open("r+b") as nothing:
            order = {"scheduler": self.address, "name": name, "folder": str(self._folder)}
            self._workers[name] = self._begun(order, nothing)

    def _begun(self, order: dict[str, Any], stream: Any) -> Forked:
        assert self._forker is not None
        return self._forker.fork(order, [stream.fileno(), stream.fileno(), sys.__stderr__.fileno()])

    def _line(self) -> str:
        if not (line := self._control.readline().strip()):
            raise RuntimeError("the scheduler has ended")
        return line

    def _end(self) -> None:
        for process in (*self._workers.values(), *([self._scheduler] if hasattr(self, "_scheduler") else [])):
            process.kill()
            process.wait(10)


def shards_of(file: Path, count: int) -> list[Path]:
    """The results of all shards beside an input."""
    return [file.with_name(f"{file.stem}.{number}-of-{count}.results.csv") for number in range(1, count + 1)]


def merged(paths: Sequence[Path], to: Path) -> Path:
    """Write the lines of all shards in the order of the input."""
    lines: list[dict[str, str]] = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            lines += csv.DictReader(file, strict=True)
    lines.sort(key=lambda line: int(line["row"]))
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return to


def become(order: dict[str, Any]) -> None:
    """In the forked process: a scheduler until its input ends, or a worker until its scheduler does."""
    import dask

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    dask.config.set({"distributed.worker.profile.enabled": False})
    asyncio.run(_worker(**order) if "name" in order else _scheduler(**order))


async def _worker(scheduler: str, name: str, folder: str) -> None:
    from distributed import Worker

    with (Path(folder) / f"{name}.stacks").open("w") as stacks:
        faulthandler.register(signal.SIGUSR2, stacks)
        options = {"nthreads": 1, "memory_limit": 0, "local_directory": folder, "dashboard": False}
        async with Worker(scheduler, name=name, host="127.0.0.1", **options) as worker:
            await worker.finished()


async def _scheduler(limits: dict[str, Any]) -> None:
    from distributed import Scheduler

    async with Scheduler(host="127.0.0.1", port=0, dashboard=False, **limits) as scheduler:
        print(scheduler.address, flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            while _names(scheduler) != json.loads(line):  # noqa: ASYNC110 - Dask has no event for it
                await asyncio.sleep(0.02)
            print("all here", flush=True)


def _names(scheduler: Scheduler) -> list[str]:
    return sorted(worker.name for worker in scheduler.workers.values() if worker.status.name == "running")
