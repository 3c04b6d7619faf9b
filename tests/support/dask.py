"""A Dask cluster in a process of its own, whose workers can be killed, and the results of all shards as one file.

with DaskCluster(workers=3) as cluster:
    with start("import", file, "--scheduler", cluster.address, "--shards", 3, …) as running:
        cluster.kill_worker(random)
"""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.support.process import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_ROOT = Path(__file__).resolve().parents[2]


class DaskCluster:
    """A scheduler and workers with one thread each; a worker that dies is replaced, as by `dask worker`.

    A worker that is silent for `silent_s` is given up: its tasks are run elsewhere, though it may be alive. Unless
    `guarded`, nobody replaces a worker that died, or kills one that was given up. A task is given up when more than
    `deaths` workers died with it.
    """

    def __init__(self, workers: int, *, silent_s: float = 300, guarded: bool = True, deaths: int = 1000) -> None:
        self._workers, self._silent_s, self._guarded, self._deaths = workers, silent_s, guarded, deaths
        self._alone: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        env = environment()
        env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(_ROOT)])
        env["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = str(self._deaths)
        env["DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL"] = f"{self._silent_s}s"
        # Workers are forked from a process that has imported Dask, as in Dask's own tests.
        env["DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD"] = "forkserver"
        command = [sys.executable, "-m", "tests.support.dask", str(self._workers if self._guarded else 0)]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout
        self.address = self._process.stdout.readline().decode().strip()
        if not self.address:
            raise RuntimeError("the cluster did not start")
        if not self._guarded:
            lone = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--no-nanny", "--no-dashboard"]
            for _ in range(self._workers):
                quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                self._alone.append(subprocess.Popen([*lone, "--nthreads", "1"], cwd=_ROOT, env=env, **quiet))
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        for worker in self._alone:
            worker.kill()
            worker.wait()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def wait_for_workers(self) -> None:
        """Wait until those that were killed have been replaced."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise RuntimeError("the cluster has ended")

    def workers(self) -> list[int]:
        """The process ids of the workers that live."""
        if not self._guarded:
            return [worker.pid for worker in self._alone if worker.poll() is None]
        return [pid for forker in _children(self._process.pid) for pid in _children(forker)]

    def kill_worker(self, random: Random, number: int = signal.SIGKILL) -> int:
        """Send a signal to one worker process; its process id."""
        while not (alive := self.workers()):
            time.sleep(0.05)
        pid = random.choice(alive)
        os.kill(pid, number)
        return pid


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


def _children(pid: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] + [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            if task.name != str(pid)
            for child in (task / "children").read_text().split()
        ]
    return []


def main() -> None:
    """Serve until standard input ends; for each line of it, wait for all workers and say so."""
    import logging
    import select

    import dask
    from distributed import LocalCluster

    count = int(sys.argv[1])
    dask.config.set({"distributed.deploy.lost-worker-timeout": "1s"})

    with LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=None,
        silence_logs=logging.CRITICAL,
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        while True:
            asked = select.select([sys.stdin], [], [], 1)[0]
            if asked and not os.read(0, 1):
                return
            cluster.scale(count)  # a worker that is killed while it starts is not replaced by itself
            if asked:
                cluster.wait_for_workers(count)
                print("all here", flush=True)


if __name__ == "__main__":
    main()
