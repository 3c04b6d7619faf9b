"""A connection to Dask: submits one task a shard, relays what the workers tell, and judges how each task ended."""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from distributed import Client, Event, Future, wait

from importer.cluster.local import local_cluster, processes_for
from importer.cluster.merging import ShardProgress
from importer.cluster.shards import LOCAL, Task
from importer.cluster.tasks import check_shard, import_shard
from importer.errors import ImporterError, SettingsError
from importer.model import Share
from importer.run import run_check
from importer.send import CANCELLED
from importer.signals import EXIT_STATUSES

if TYPE_CHECKING:
    import signal
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from distributed import LocalCluster

    from importer.model import Listener, Summary
    from importer.settings import Settings

CONNECT_S = 10
POLL_S = 0.2
LOOK_S = 5.0
STOPPED_EARLY = 3
_log = logging.getLogger("importer.cluster")


class Engine:
    """A Dask cluster for the time of one import.

    Raises:
        SettingsError: the scheduler cannot be reached, or has no workers.
    """

    def __init__(
        self, scheduler: str, settings: Settings, shards: int | None, listener: Listener, cancel: threading.Event | None
    ) -> None:
        self._scheduler = scheduler
        self._settings = settings
        self._shards = shards
        self._listener = listener
        self._cancel = cancel
        self._signals: Sequence[signal.Signals] = ()
        self._closing = ExitStack()
        self._cluster: LocalCluster | None = None
        self._processes = 0
        self._looked = self._seen = time.monotonic()
        self.run_id = f"revenue-importer-{secrets.token_hex(4)}"
        self.slots = 1

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._client = opening.enter_context(self._connected(opening))
            opening.enter_context(self._client.as_current())
            try:
                self._client.wait_for_workers(1, timeout=CONNECT_S)
            except TimeoutError as error:
                raise SettingsError(f"The Dask scheduler at {self._scheduler} has no workers.") from error
            self.slots = max(1, sum(self._client.nthreads().values()))
            self._closing = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _connected(self, opening: ExitStack) -> Client:
        if self._scheduler == LOCAL:
            self._processes = processes_for(self._shards)
            self._cluster = opening.enter_context(local_cluster(self._processes, self._settings.api_key))
            return Client(self._cluster, set_as_default=False)
        try:
            return Client(self._scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The Dask scheduler {self._scheduler} cannot be reached ({type(error).__name__}). Give its address as "
                "it prints it, such as tcp://10.0.0.5:8786, or `local`."
            ) from error

    # -- the two rounds ----------------------------------------------------------------------------------------

    def check(self, tasks: Sequence[Task]) -> list[Summary]:
        """Check every shard.

        Raises:
            ImporterError: what the first shard that cannot be imported said.
        """
        done = {task.number: self._answer(task, future) for task, future in self._run(check_shard, tasks)}
        if len(done) < len(tasks):
            raise SettingsError("Interrupted, or the connection to the scheduler was lost. Nothing was posted.")
        return [done[task.number] for task in tasks]

    def import_all(
        self, tasks: Sequence[Task], checks: Sequence[Summary], signals: Sequence[signal.Signals]
    ) -> list[Summary]:
        """Import every shard; of one that did not end, what its journal says of it now.

        The first of `signals`, which are held back, lets the rows in flight arrive.
        """
        self._signals = signals
        self._progress = ShardProgress(self._listener, checks)
        self._client.subscribe_topic(self.run_id, self._progress.hear)
        done: dict[int, Summary] = {}
        try:
            for task, future in self._run(import_shard, tasks):
                try:
                    done[task.number] = self._answer(task, future)
                except ImporterError as error:
                    self._listener.notice("warning", "shard", f"{task.name}: {error}")
        except _DesertedError as error:
            self._listener.notice("warning", "no_workers", str(error))
        return [done.get(task.number) or _as_it_is(task, check) for task, check in zip(tasks, checks, strict=True)]

    def requests(self, merged: int) -> int:
        """The requests of all shards, those of workers that died among them as far as they were told."""
        return max(merged, self._progress.requests)

    def exit_status(self, merged: int) -> int:
        """The exit status of the whole: of a signal that this process got, or of the shards."""
        if self._signals:
            return EXIT_STATUSES[self._signals[0]]
        return CANCELLED if self._stopping() else merged

    def _run(self, work: Callable[[Task], Summary], tasks: Sequence[Task]) -> Iterator[tuple[Task, Future[Any]]]:
        """Run a task for each shard, as many at once as the rate was divided by; yields those that ended."""
        waiting = list(tasks)
        running: dict[Future[Any], Task] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self.slots and self._may_start():
                    task = waiting.pop(0)
                    name = f"{self.run_id}-{work.__name__}-{task.number}-of-{task.shards}"
                    # An error that a shard raised is an answer; only a lost worker makes Dask run it again.
                    running[self._client.submit(work, task, key=name, pure=False, retries=0)] = task
                if not running:
                    return
                with contextlib.suppress(TimeoutError, CancelledError):  # the latter when the scheduler is gone
                    wait(list(running), timeout=POLL_S, return_when="FIRST_COMPLETED")
                self._pass_on_the_stop()
                if self._is_deserted():
                    raise _DesertedError("The cluster has no workers any more. Run the same command again to continue.")
                for future in [future for future in running if future.done()]:
                    yield running.pop(future), future
        finally:
            for future in running:
                future.release()

    def _answer(self, task: Task, future: Future[Any]) -> Summary:
        try:
            return future.result(timeout=CONNECT_S)  # type: ignore[no-any-return]
        except ImporterError:
            raise
        except Exception as error:  # whatever befell the worker, or the connection to it
            _log.debug("%s", task.name, exc_info=error)
            what = {
                "FutureCancelledError": "the connection to the scheduler was lost",
                "KilledWorker": "its workers died again and again, and the cluster gave it up",
                "ModuleNotFoundError": "a worker lacks a package; install this program with its extras there too",
            }.get(type(error).__name__, f"the cluster lost it ({type(error).__name__})")
            raise ImporterError(f"{what}. Run the same command again to continue.") from error

    def _is_deserted(self) -> bool:
        """Whether the cluster has had no worker for as long as an outage may take."""
        now = time.monotonic()
        if now - self._looked < LOOK_S or self._client.status != "running":
            return False
        self._looked = now
        workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if self._cluster is not None and workers < self._processes:
            self._cluster.scale(self._processes)  # Dask replaces a worker, but not one that died while it started
        if workers:
            self._seen = now
        elif self._seen >= now - 2 * LOOK_S:
            self._listener.notice("warning", "no_workers", "The cluster has no workers; waiting for some.")
        return now - self._seen > self._settings.outage_wait_s

    # -- being told to stop ------------------------------------------------------------------------------------

    def _may_start(self) -> bool:
        return not self._stopping() and self._client.status == "running"

    def _stopping(self) -> bool:
        return bool(self._signals) or (self._cancel is not None and self._cancel.is_set())

    def _pass_on_the_stop(self) -> None:
        if self._stopping() and not hasattr(self, "_stop"):
            text = "Interrupted: no new rows are sent; waiting for the answers in flight."
            self._listener.notice("warning", "interrupted", text)
            self._stop = Event(f"{self.run_id}-stop", client=self._client)
            self._stop.set()  # for good: shards may go on after this command has ended


class _DesertedError(ImporterError):
    """No worker is left to run anything."""


def _as_it_is(task: Task, before: Summary) -> Summary:
    """A shard that did not end: its rows as its journal has them, without posting anything."""
    try:
        now = run_check(task.settings)
    except ImporterError:
        now = before
    return replace(now, posted=Share(), exit_status=STOPPED_EARLY, stopped="cluster", warnings=())
