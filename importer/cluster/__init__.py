"""The same import as tasks of a Dask cluster: one task a shard, each with results and a journal of its own.

The engine decides which worker runs a shard, and starts the shard of a dead worker again on another one; there it goes
on from its journal, like any import that was killed. Nothing here schedules, retries or talks over the network.

    shards      one import → the settings of its shards
    engine      a connection to Dask, and what became of each task
    local       a cluster of this machine's processors
    tasks       what a worker does
    merging     what many shards say → one summary, one progress
"""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from importer.cluster.shards import LOCAL, Task, make_tasks
from importer.errors import ImporterError, PlanChangedError, SettingsError
from importer.model import EXACT, Share, SilentListener, Status
from importer.signals import held_back

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from importer.cluster.engine import Engine
    from importer.model import Listener, Summary
    from importer.settings import Settings


def run_on_cluster(
    settings: Settings,
    scheduler: str = LOCAL,
    *,
    shards: int | None = None,
    api_key_file: str | None = None,
    listener: Listener | None = None,
    cancel: threading.Event | None = None,
) -> Summary:
    """Check and import in shards on a Dask cluster. The same settings again continue where it stopped.

    First every shard is checked; only when all of them can start is anything posted. `rate` is that of all shards
    together; `concurrency` and `stop_after` are for each shard.

    Args:
        settings: of the whole import. Workers of another machine never get `api_key`: they read the key themselves,
            from `api_key_file` or their environment. Files are looked up under the same absolute paths everywhere.
        scheduler: the address of a Dask scheduler (`tcp://…`, `tls://…`), or `local` for processes on this machine.
        shards: how many; as many as an earlier run had, otherwise as many as the workers have threads now.
        api_key_file: where each worker finds the key; without it, in TRACKLY_API_KEY or a systemd credential.
        listener: who is told, and asked once before the first post.
        cancel: once set, no shard sends a new row; the answers in flight are waited for.

    Returns:
        The sums over all shards. `exit_status` is that of the shard that needs most attention; `results` is a pattern
        that `report` takes.

    Raises:
        ImporterError: it did not start (see `importer.errors`); nothing was posted.
    """
    if find_spec("distributed") is None:
        raise SettingsError(
            "--scheduler needs Dask: pip install '.[scale]', in the folder of the program, on every worker too."
        )
    from importer.cluster.engine import Engine  # noqa: PLC0415 - not installed everywhere

    started = time.monotonic()
    listener = listener or SilentListener()
    with Engine(scheduler, settings, shards, listener, cancel) as engine:
        tasks = make_tasks(settings, shards, slots=engine.slots, api_key_file=api_key_file, run_id=engine.run_id)
        summary = _carried_out(engine, tasks, settings, listener)
    return replace(summary, duration_s=time.monotonic() - started - summary.duration_s)


def _carried_out(engine: Engine, tasks: Sequence[Task], settings: Settings, listener: Listener) -> Summary:
    """Check, ask and post; `duration_s` is that of the question alone."""
    from importer.cluster.merging import merged, merged_preview  # noqa: PLC0415 - imports polars

    at_once = min(len(tasks), engine.slots)
    listener.stage(f"Checking {len(tasks)} shards, {at_once} at a time")
    checks = engine.check(tasks)
    before = merged(checks, tasks)
    for warning in before.warnings:
        listener.notice("warning", "input", warning)
    _compare_plans(settings, before)
    tasks = [
        replace(task, settings=replace(task.settings, expect_plan=check.plan))
        for task, check in zip(tasks, checks, strict=True)
    ]
    withheld, asked = settings.strict and bool(before.exit_status), time.monotonic()
    if withheld:
        tasks = [replace(task, settings=replace(task.settings, limit=0)) for task in tasks]
        listener.notice("warning", "strict", "Some rows are invalid or held: with --strict nothing is posted.")
    elif before.posted.rows and not listener.confirm(merged_preview(before, settings, at_once)):
        raise SettingsError("Nothing was posted.")
    asked = time.monotonic() - asked
    listener.stage(f"Posting to {before.target}")
    with held_back() as signals:
        after = merged(engine.import_all(tasks, checks, signals), tasks)
        if _report(tasks, settings, listener):
            after = replace(after, files={**after.files, "report": str(settings.report)})
    recorded_before, recorded = (summary.by_status.get(Status.RECORDED, Share()) for summary in (before, after))
    # What a worker that died had posted is in no shard's own count.
    posted = Share(recorded.rows - recorded_before.rows, EXACT.subtract(recorded.revenue, recorded_before.revenue))
    return replace(
        after,
        posted=posted,
        withheld=withheld,
        duration_s=asked,
        requests=engine.requests(after.requests),
        exit_status=engine.exit_status(after.exit_status),
    )


def _compare_plans(settings: Settings, checked: Summary) -> None:
    """Hold the plan of all shards together against the one that was approved."""
    if settings.expect_plan is None or settings.expect_plan == checked.plan:
        return
    assert checked.plan_parts is not None
    from importer.plan import refused  # noqa: PLC0415 - imports polars

    raise PlanChangedError(refused(settings.expect_plan, checked.plan_parts))


def _report(tasks: Sequence[Task], settings: Settings, listener: Listener) -> bool:
    """Write the one report of all shards, and say whether it was; the import stands, whatever becomes of it."""
    if settings.report is None:
        return False
    from importer.report import make_report, write_as  # noqa: PLC0415 - most runs write none

    paths = [task.results for task in tasks]
    try:
        write_as(make_report(paths), paths, settings.report)
    except ImporterError as error:
        listener.notice("warning", "report", f"The report was not written: {error}")
        return False
    return True
