"""The order of the stages: open, check, decide, send, finish.

`run_check` and `run_import` are the whole of the product for Python callers; the command line uses the same two.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, closing, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.api import target_name
from importer.disk import Spool
from importer.errors import PlanChangedError, SettingsError, StorageError
from importer.model import SilentListener, Status
from importer.plan import check_input, decide, held_inputs, keep_plan, load_earlier, nothing_earlier, refused
from importer.results import Rejects
from importer.run.files import check_files, inputs, results_path
from importer.run.finish import already_finished, finish
from importer.run.job import Job
from importer.run.noting import Noting
from importer.run.offers import allowed_offers
from importer.run.opening import open_import
from importer.run.sending import begin, post
from importer.run.summaries import check_summary
from importer.settings import Settings
from importer.signals import EXIT_STATUSES, held_back

if TYPE_CHECKING:
    import threading
    from contextlib import AbstractContextManager

    from importer.journal import Appender, RunStart
    from importer.model import Listener, Summary
    from importer.plan import Checked, Decided
    from importer.run.opening import Opened
    from importer.send import Stop
    from importer.settings import InputSettings
    from importer.signals import Noted


def run_check(settings: InputSettings, listener: Listener | None = None) -> Summary:
    """Read and judge everything and say what an import would do. Posts nothing.

    Needs no key and no network, but for `check_offers`.

    Raises:
        ImporterError: the input or the earlier results cannot be used (see `importer.errors`).
    """
    started = time.monotonic()
    listener = listener or SilentListener()
    settings = Settings.of(settings)
    sources = inputs(settings)
    target = target_name(settings.base_url, sandbox=settings.sandbox)
    results = results_path(settings, required=False)
    check_files(settings, sources, results)
    with ExitStack() as at_end:
        earlier = load_earlier(results, target=target, shard=settings.shard_name) if results else nothing_earlier()
        at_end.callback(earlier.close)
        spool = at_end.enter_context(closing(Spool())) if settings.rejects else None
        offers = allowed_offers(settings, listener)
        checked = check_input(sources, settings, earlier, results, spool, offers, listener)
        decided = decide(checked, earlier, settings, target, results)
        files = _write_rejects(settings, decided, spool, listener) if spool is not None else {}
    if not settings.no_index and settings.shard is None:  # there may be hundreds, and a person approves the whole
        keep_plan(decided.parts, checked.index)
    summary = check_summary(decided, settings, target, results)
    return replace(summary, files=files, duration_s=time.monotonic() - started)


def run_import(
    settings: Settings, listener: Listener | None = None, *, cancel: threading.Event | None = None
) -> Summary:
    """Check, post each row once, and write the results. The same settings again continue where it stopped.

    In the main thread SIGINT, SIGTERM and SIGHUP end the run in good order; elsewhere they are left alone.

    Args:
        settings: everything the run needs; `importer.settings` has the defaults.
        listener: who is told of stages, progress and what goes wrong, and asked before the first post.
        cancel: once set, from any thread, no new row is sent; the answers in flight are waited for.

    Returns:
        What became of every row and every cent; `exit_status` as the command's.

    Raises:
        ImporterError: it did not start (see `importer.errors`); nothing was posted.
    """
    started = time.monotonic()
    listener = listener or SilentListener()
    with ExitStack() as at_end:
        opened = open_import(settings, at_end)
        checked, spool = _check(opened, listener, at_end)
        job = Job(opened, spool, _decide(opened, checked, listener))
        noting = Noting(job, listener)
        summary = already_finished(job, listener)
        if summary is None:
            started += _ask(job, listener)
            start = job.start()
            appender, stop = _begun(job, start, noting, listener)
            with held_back() as signals:
                sent = post(job, start, appender, listener, signals, cancel) if appender else None
                summary = finish(job, start, sent, sent.stop if sent else stop, noting, listener)
            summary = _interrupted_late(summary, signals, listener)
        noting.end(summary)
        return replace(summary, duration_s=time.monotonic() - started)


def _check(opened: Opened, listener: Listener, at_end: ExitStack) -> tuple[Checked, Spool]:
    """Read and judge every row, and hold the inputs against other runs until `at_end`; the rows are in the spool."""
    spool = at_end.enter_context(closing(Spool()))
    offers = allowed_offers(opened.settings, listener)
    checked = check_input(opened.sources, opened.settings, opened.earlier, opened.results, spool, offers, listener)
    at_end.enter_context(_held(checked, opened, listener))
    return checked, spool


def _decide(opened: Opened, checked: Checked, listener: Listener) -> Decided:
    """Decide each row, and tell what there is to warn of.

    Raises:
        PlanChangedError: the plan is not the one that is expected.
    """
    decided = decide(checked, opened.earlier, opened.settings, opened.target, opened.results)
    for warning in (*checked.warnings, *decided.warnings):
        listener.notice("warning", "input", warning)
    expected = opened.settings.expect_plan
    if expected is not None and expected != decided.parts.digest:
        raise PlanChangedError(refused(expected, decided.parts, checked))
    return decided


def _held(checked: Checked, opened: Opened, listener: Listener) -> AbstractContextManager[None]:
    """Hold the inputs against other runs, wherever their results lie. Each sandbox is an API of its own."""
    settings = opened.settings
    if settings.no_index:
        return nullcontext()
    return held_inputs(
        (str(source.facts()["sha256"]) for source in checked.sources),
        target_name(settings.base_url),
        settings.shard,
        opened.results,
        alone=settings.overlap == "stop",
        warn=lambda text: listener.notice("warning", "state", text),
    )


def _ask(job: Job, listener: Listener) -> float:
    """Ask before the first post, and return how many seconds that took; raises SettingsError when the answer is no."""
    asked = time.monotonic()
    if job.plan.to_post and not listener.confirm(job.preview()):
        raise SettingsError("Nothing was posted.")
    return time.monotonic() - asked


def _begun(job: Job, start: RunStart, noting: Noting, listener: Listener) -> tuple[Appender | None, Stop | None]:
    """The journal to append to, if anything is to be posted, or why the disk does not let it be.

    Raises OverlapError when another run has begun to post the same rows.
    """
    if not job.plan.to_post:
        return None, None
    listener.stage(f"Posting to {job.opened.target}")
    try:
        return begin(job, start, noting), None
    except StorageError as error:
        from importer.send import Stop  # noqa: PLC0415 - what speaks HTTP takes long to load, and a check needs none

        return None, Stop("disk", str(error))


def _interrupted_late(summary: Summary, signals: Noted, listener: Listener) -> Summary:
    """What a signal means that came when nothing was being posted any more."""
    if not signals or summary.stopped is not None:
        return summary
    text = "Interrupted while the results were being written. They are whole."
    listener.notice("warning", "interrupted", text)
    return replace(summary, stopped="interrupted", exit_status=EXIT_STATUSES[signals[0]])


def _write_rejects(settings: InputSettings, decided: Decided, spool: Spool, listener: Listener) -> dict[str, str]:
    """After a check: the invalid rows alone, as nothing was refused by the API. Returns the file, if there is one."""
    assert settings.rejects is not None
    rejects = Rejects(settings.rejects, decided.checked.raw_titles)
    offset = 0
    for rows in spool:
        rejects.add(rows.filter(decided.plan.rows["status"].slice(offset, rows.height) == str(Status.INVALID)))
        offset += rows.height
    notice = rejects.finish()
    if notice is not None:
        listener.notice("warning", "edited", notice)
    return {"rejects": str(settings.rejects)} if settings.rejects.exists() else {}
