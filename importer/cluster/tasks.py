"""What a worker does: check a shard, or import it, and tell the command how far it is."""

from __future__ import annotations

import contextlib
import secrets
import threading
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from distributed import Event, get_worker
from distributed.core import Status as WorkerStatus
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from importer import __version__
from importer.api import check_environment, exposure, read_api_key
from importer.errors import LockedError, SettingsError
from importer.journal import Journal, journal_path
from importer.model import SilentListener
from importer.run import run_check, run_import

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.cluster.shards import Task
    from importer.model import Progress, Summary

PROGRESS_EVERY = 5
POLL_S = 1.0
# Of a machine that died at once a network file system keeps the locks for a while (NFS: 90 s).
LOCK_WAIT_S = 180.0
REPEATED = frozenset({"stage", "input"})


def check_shard(task: Task) -> Summary:
    """Check a shard, and that this worker can import it: same version, results can be locked, the key is there.

    Raises:
        ImporterError: the shard cannot be imported here.
    """
    _check_version(task)
    key = read_api_key(task.api_key_file, None)
    check_environment(task.settings.base_url)
    Journal(journal_path(task.results)).close()
    summary = run_check(replace(task.settings, api_key=key))
    exposed = exposure(task.api_key_file)
    return replace(summary, warnings=(*summary.warnings, exposed)) if exposed else summary


def import_shard(task: Task) -> Summary:
    """Import a shard, or the rest of it, when another worker died with it.

    Raises:
        ImporterError: the shard cannot be imported here, or another process still holds its journal.
    """
    _check_version(task)
    settings = replace(task.settings, api_key=read_api_key(task.api_key_file, None))
    stop = Event(f"{task.run_id}-stop")
    if stop.is_set():
        settings = replace(settings, limit=0)
    # A worker that is cut off from the scheduler, but alive, still holds the journal: it must end, or win.
    patient = Retrying(
        retry=retry_if_exception_type(LockedError), wait=wait_fixed(1), stop=stop_after_delay(LOCK_WAIT_S), reraise=True
    )
    with _stopped_by(stop) as cancel:
        return patient(run_import, settings, _Told(task), cancel=cancel)


def _check_version(task: Task) -> None:
    if task.version != __version__:
        raise SettingsError(
            f"A worker has version {__version__} of this program, the command is {task.version}: install the same one."
        )


@contextlib.contextmanager
def _stopped_by(stop: Event) -> Iterator[threading.Event]:
    """An event that is set when the command asks to stop, or when this worker has lost its scheduler."""
    cancel, ended, worker = threading.Event(), threading.Event(), get_worker()

    def watch() -> None:
        while not ended.wait(POLL_S):
            with contextlib.suppress(Exception):  # whatever it is, the scheduler is out of reach
                if worker.status in (WorkerStatus.running, WorkerStatus.paused) and not stop.is_set():
                    continue
            cancel.set()
            return

    thread = threading.Thread(target=watch, name="stop", daemon=True)
    thread.start()
    try:
        yield cancel
    finally:
        ended.set()
        thread.join()


class _Told(SilentListener):
    """Sends notices and progress to the command, through the scheduler's events."""

    def __init__(self, task: Task) -> None:
        self._worker, self._topic, self._number = get_worker(), task.run_id, task.number
        self._life = secrets.token_hex(4)
        self._looks = 0

    def notice(self, level: str, event: str, text: str) -> None:
        """Send it, unless the check has said it."""
        if event not in REPEATED:
            self._send(notice=[level, event, text])

    def progress(self, progress: Progress) -> None:
        """Send one look in five, and the last."""
        self._looks += 1
        if self._looks % PROGRESS_EVERY == 1 or progress.settled == progress.to_post:
            numbers = asdict(progress)
            recorded = [progress.recorded.rows, f"{progress.recorded.revenue:f}"]
            self._send(progress={**numbers, "recorded": recorded})

    def _send(self, **what: Any) -> None:
        with contextlib.suppress(RuntimeError):  # a worker that has lost its scheduler closes its loop
            self._worker.log_event(self._topic, {"shard": self._number, "life": self._life, **what})
