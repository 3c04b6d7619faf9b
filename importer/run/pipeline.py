"""The order of the stages: check everything, decide each row, post, write down what became of each.

`run_check` and `run_import` are the whole of the product for Python callers; the command line uses the same two.
"""

from __future__ import annotations

import re
import secrets
import shlex
import time
from contextlib import ExitStack, closing, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import polars as pl

from importer import __version__
from importer.api import is_loopback, json_bodies, normalise_base_url, target_name
from importer.disk import Spool, check_writable
from importer.errors import (
    ApiKeyError,
    ImporterError,
    SettingsError,
    StorageError,
)
from importer.journal import (
    Events,
    Facts,
    Journal,
    LiveRows,
    RunEnd,
    RunStart,
    Tail,
    doubts,
    intent_facts,
    journal_path,
    load_in_parts,
)
from importer.model import Doubts, Preview, Share, SilentListener, Status, Summary
from importer.plan import (
    Checked,
    Decided,
    Earlier,
    Plan,
    at_places,
    check_input,
    decide,
    held_inputs,
    load_earlier,
    nothing_earlier,
)
from importer.results import Rejects
from importer.run.files import check_files, inputs, other_files, results_path
from importer.run.finish import Ledger, Tally, write_everything
from importer.settings import Settings, recorded_options
from importer.signals import EXIT_STATUSES, held_back

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from importer.journal import Appender, Header
    from importer.model import Listener
    from importer.send import Row, Sent, Stop
    from importer.settings import InputSettings
    from importer.signals import Noted
    from importer.sources import Source

SLICE_ROWS = 2_000
_KEY = re.compile(r"[\x21-\x7e]+")


def run_check(settings: InputSettings, listener: Listener | None = None) -> Summary:
    """Read and judge everything and say what an import would do. Posts nothing; needs no key and no network.

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
    earlier = _earlier(results, target, settings) if results else nothing_earlier()
    checked, spool = _checked(sources, settings, earlier, results, listener, spooled=settings.rejects is not None)
    decided = decide(checked, earlier, settings, target, results)
    by_status, findings, kept = decided.by_status(), decided.findings(), decided.plan.kept
    if spool is not None:
        _write_rejects(settings, checked, spool, decided.plan, listener)
    open_questions = decided.plan.has_open_questions
    return Summary(
        total=checked.total,
        by_status=by_status,
        by_code={finding.code: finding.share.rows for finding in findings},
        by_attribution_type=checked.by_kind,
        findings=findings,
        without_timestamp=checked.without_timestamp,
        month_moved=checked.month_moved,
        results=str(results) if results and results.exists() else None,
        target=target,
        duration_s=time.monotonic() - started,
        posted=decided.to_post,
        exit_status=int(open_questions),
        withheld=settings.strict and open_questions,
        kept=kept,
        equals_decided=settings.duplicates == "skip",
        doubts=_doubts(by_status, kept, results, checked),
        warnings=(*checked.warnings, *decided.warnings),
    )


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
    settings = _usable(settings)
    sources = inputs(settings)
    target = target_name(settings.base_url, sandbox=settings.sandbox)
    results = results_path(settings, required=True)
    assert results is not None
    check_files(settings, sources, results)
    with ExitStack() as at_end:
        journal = Journal(journal_path(results))
        at_end.callback(journal.close)
        check_writable(results, "--results")
        for option, path in other_files(settings):
            check_writable(path, option)
        earlier = _earlier(results, target, settings)
        if settings.resume_only and not earlier.exists:
            raise SettingsError(f"There is nothing to resume: neither {results} nor its journal exists.")
        _check_already(earlier, settings)
        checked, spool = _checked(sources, settings, earlier, results, listener, spooled=True)
        assert spool is not None
        at_end.callback(spool.close)
        at_end.enter_context(_held(checked, settings, results, listener))
        decided = decide(checked, earlier, settings, target, results)
        for warning in (*checked.warnings, *decided.warnings):
            listener.notice("warning", "input", warning)
        run = _Run(settings, listener, results, target, journal, earlier, spool, checked, decided, started, cancel)
        return run.carry_out()


@dataclass(slots=True)
class _Run:
    """An import that may begin to post: everything is checked and decided."""

    settings: Settings
    listener: Listener
    results: Path
    target: str
    journal: Journal
    earlier: Earlier
    spool: Spool
    checked: Checked
    decided: Decided
    started: float
    cancel: threading.Event | None

    @property
    def plan(self) -> Plan:
        """What becomes of each row."""
        return self.decided.plan

    def carry_out(self) -> Summary:
        if not self.plan.to_post:
            return self._already_done() or self._finish()
        preview = self._preview()
        if not self.listener.confirm(preview):
            raise SettingsError("Nothing was posted.")
        start = self._start(preview)
        try:
            appender = self._begun(start)
        except StorageError as error:
            from importer.send import Stop  # noqa: PLC0415 - as in `_post`

            return self._finish(stop=Stop("disk", str(error)))
        return self._finish(lambda signals: self._post(appender, start, signals))

    def _preview(self) -> Preview:
        return Preview(
            total=self.checked.total,
            by_status=self.decided.by_status(),
            to_post=self.decided.to_post,
            findings=self.decided.findings(),
            target=self.target,
            results=str(self.results),
            concurrency=self.settings.concurrency,
            rows_a_request=self.settings.bulk or 1,
        )

    # -- posting -----------------------------------------------------------------------------------------------

    def _begun(self, start: RunStart) -> Appender:
        """The journal, in which it stands that this run begins; raises `StorageError` or `OverlapError` otherwise."""
        self.listener.stage(f"Posting to {self.target}")
        tail = self.earlier.tail if self.earlier.in_order else self._compacted()
        appender = self.journal.start(tail)
        appender.note(start)
        try:
            self.decided.look_again()
        except BaseException:
            self.journal.start(tail if self.earlier.has_journal else Tail())  # as if it had never begun
            raise
        return appender

    def _post(self, appender: Appender, start: RunStart, signals: Noted) -> Sent:
        from importer.send import send  # noqa: PLC0415 - what speaks HTTP takes long to load, and a check needs none

        sent = send(
            self._rows(),
            self.plan.to_post,
            self.settings,
            appender,
            self.listener,
            signals,
            self.cancel,
            on_probation=self.earlier.events.stopped_for_doubts,
        )
        with suppress(StorageError):  # the rows are safe, and the reason is known already
            appender.note(_end(start, sent))
        return sent

    def _start(self, preview: Preview) -> RunStart:
        settings = self.settings
        return RunStart(
            run=secrets.token_hex(4),
            at=_text(_now()),
            version=__version__,
            target=self.target,
            shard=settings.shard_name,
            inputs=tuple(source.facts() for source in self.checked.sources),
            planned={str(status): share for status, share in preview.by_status.items()},
            options={one.name: getattr(settings, one.name) for one in recorded_options()},
            control_rows=settings.expect_rows,
            control_revenue=settings.expect_total,
            map=settings.map,
            set=settings.set,
        )

    def _compacted(self) -> Tail:
        """One line for each row that has a fate: what the intents of this run will refer to by place."""
        with self.journal.compaction(self._header()) as compaction:
            compaction.add(self.earlier.fates)
            return self.journal.replace(compaction, self.earlier.events)

    def _rows(self) -> Iterator[Row]:
        """The rows to post, in input order, a slice at a time."""
        from importer.send import Row  # noqa: PLC0415 - as above

        fates = self.earlier.fates.select(*doubts(), attempts_before=pl.col("attempts").cast(pl.Int64, strict=False))
        offset = 0
        for frame in self.spool:
            plan = self.plan.rows.slice(offset, frame.height)
            chosen = frame.with_row_index("n", offset).with_columns(plan["prior"]).filter(plan["post"])
            offset += frame.height
            for part in chosen.iter_slices(SLICE_ROWS):
                ready = part.hstack(at_places(fates, part["prior"])).with_columns(
                    pl.col("attempts_before").fill_null(0), json_bodies(part).alias("body")
                )
                yield from map(Row._make, ready.with_columns(intent_facts()).select(Row._fields).iter_rows())

    # -- writing it down ---------------------------------------------------------------------------------------

    def _finish(self, post: Callable[[Noted], Sent] | None = None, stop: Stop | None = None) -> Summary:
        """Post, where that is left to do, and write down what became of each row; `stop` is why nothing is posted."""
        with held_back() as signals:
            sent = post(signals) if post else None
            summary = self._written_down(sent, sent.stop if sent else stop)
        if not signals or summary.stopped is not None:
            return summary
        text = "Interrupted while the results were being written. They are whole."
        self.listener.notice("warning", "interrupted", text)
        return replace(summary, stopped="interrupted", exit_status=EXIT_STATUSES[signals[0]])

    def _written_down(self, sent: Sent | None, stop: Stop | None) -> Summary:
        self.listener.stage("Writing the results")
        facts, live = load_in_parts(self.journal.readable, self.spool.ends) if sent else self._unsent()
        with closing(live):
            ledger = Ledger(self.checked, self.spool, self.plan, self.earlier, live, self.target)
            try:
                tally, notices = write_everything(
                    ledger,
                    facts,
                    self.journal,
                    self.results,
                    rejects=self.settings.rejects,
                    known_digest=self.earlier.known_digest,
                )
            except StorageError as error:
                self.listener.notice("warning", "disk", f"{error} Nothing recorded is forgotten: the journal has it.")
                return self._summary(Tally.of(ledger), sent, 3, stop.word if stop else "disk")
        for text in notices:
            self.listener.notice("warning", "edited", text)
        if stop is not None:
            self.listener.notice("warning", stop.word, stop.sentence)
        self._report()
        return self._summary(tally, sent, self._exit_status(tally, stop), stop.word if stop else None)

    def _already_done(self) -> Summary | None:
        """The summary of a run that has nothing to post and nothing to write."""
        ledger = Ledger(self.checked, self.spool, self.plan, self.earlier, LiveRows(()), self.target)
        if self.settings.rejects is not None or not ledger.is_written(self.results):
            return None
        if not self.earlier.events.tell(self._start(self._preview())):
            return None
        self._report()
        return self._summary(ledger.all_recorded(), None, 0, None)

    def _report(self) -> None:
        """Write the report that was asked for; the import stands, whatever becomes of it."""
        if self.settings.report is None:
            return
        from importer.report import write_report  # noqa: PLC0415 - most runs write none

        try:
            write_report(self.results, self.settings.report)
        except ImporterError as error:
            text = f"The report was not written: {error} `revenue-importer report {self.results}` makes it any time."
            self.listener.notice("warning", "report", text)

    def _header(self) -> Header:
        return {"target": self.target, "shard": self.settings.shard_name, **self.earlier.header}

    def _unsent(self) -> tuple[Facts, LiveRows]:
        start = self._start(self._preview())
        events = Events((*self.earlier.events.without_idle_runs(), start, _end(start, None)))
        return Facts(header=self._header(), events=events), LiveRows((), self.spool.ends)

    def _exit_status(self, tally: Tally, stop: Stop | None) -> int:
        if stop is not None:
            return stop.exit_status
        unsettled = {*tally.by_status, *tally.kept} - {Status.RECORDED, Status.DUPLICATE}
        return int(bool(unsettled) or self.plan.has_open_questions)

    def _summary(self, tally: Tally, sent: Sent | None, exit_status: int, stopped: str | None) -> Summary:
        counts = sent.counts if sent else None
        return Summary(
            total=self.checked.total,
            by_status={status: tally.by_status[status] for status in Status if status in tally.by_status},
            by_code=tally.by_code,
            by_attribution_type=self.checked.by_kind,
            findings=tuple(tally.findings.values()),
            without_timestamp=self.checked.without_timestamp,
            month_moved=self.checked.month_moved,
            results=str(self.results),
            target=self.target,
            duration_s=time.monotonic() - self.started,
            requests=counts.requests if counts else 0,
            retries=counts.retries if counts else 0,
            posted=Share(counts.recorded, counts.recorded_revenue) if counts else Share(),
            stopped=stopped,
            exit_status=exit_status,
            warnings=counts.all_warnings() if counts else (),
            withheld=self.settings.strict and self.plan.has_open_questions,
            kept=tally.kept,
            equals_decided=self.settings.duplicates == "skip",
            limited=self.settings.limit is not None and stopped is None and Status.PENDING in tally.by_status,
            doubts=_doubts(tally.by_status, tally.kept, self.results, self.checked),
        )


def _doubts(
    by_status: Mapping[Status, Share], kept: Mapping[Status, Share], results: Path | None, checked: Checked
) -> tuple[Doubts, ...]:
    here, gone = (shares.get(Status.IN_DOUBT, Share()).rows for shares in (by_status, kept))
    return (Doubts(str(results), here, gone, several=len(checked.sources) > 1),) if here or gone else ()


def _checked(
    sources: list[Source],
    settings: InputSettings,
    earlier: Earlier,
    results: Path | None,
    listener: Listener,
    *,
    spooled: bool,
) -> tuple[Checked, Spool | None]:
    spool = Spool() if spooled else None
    try:
        return check_input(sources, settings, earlier, results, now=_now(), spool=spool, listener=listener), spool
    except BaseException:
        if spool is not None:
            spool.close()
        raise


def _held(checked: Checked, settings: Settings, results: Path, listener: Listener) -> AbstractContextManager[None]:
    """Hold the inputs against other runs, wherever their results lie. Each sandbox is an API of its own."""
    if settings.no_index:
        return nullcontext()
    return held_inputs(
        (str(source.facts()["sha256"]) for source in checked.sources),
        target_name(settings.base_url),
        settings.shard,
        results,
        alone=settings.overlap == "stop",
        warn=lambda text: listener.notice("warning", "state", text),
    )


def _write_rejects(settings: InputSettings, checked: Checked, spool: Spool, plan: Plan, listener: Listener) -> None:
    """After a check: the invalid rows alone, as nothing was refused by the API."""
    assert settings.rejects is not None
    rejects = Rejects(settings.rejects, checked.raw_titles)
    offset = 0
    for rows in spool:
        rejects.add(rows.filter(plan.rows["status"].slice(offset, rows.height) == str(Status.INVALID)))
        offset += rows.height
    notice = rejects.finish()
    if notice is not None:
        listener.notice("warning", "edited", notice)
    spool.close()


def _usable(settings: Settings) -> Settings:
    """The settings with the base URL in its one form; the command line has checked both, other callers have not."""
    if not _KEY.fullmatch(settings.api_key):
        raise ApiKeyError(
            "The API key is missing, or holds white space, control or non-ASCII characters: give it as `api_key`."
        )
    base_url = normalise_base_url(settings.base_url, allow_http=settings.allow_http)
    if settings.sandbox and not is_loopback(urlsplit(base_url).hostname or ""):
        raise SettingsError(
            f"sandbox is set, and the base URL is {base_url}: nothing was posted. Start a sandbox on this computer "
            "(`with importer.sandbox.Sandbox() as sandbox`) and give its `url`."
        )
    from importer.api import check_environment  # noqa: PLC0415 - loads what speaks TLS; a check needs none

    check_environment(base_url)
    return replace(settings, base_url=base_url)


def _end(start: RunStart, sent: Sent | None) -> RunEnd:
    """How the run went; None: nothing was to do."""
    at = _text(_now())
    if sent is None:
        nothing = Share(0, Decimal("0.00"))
        return RunEnd(run=start.run, at=at, requests=0, retries=0, throttled=0, paused_s=0.0, recorded=nothing)
    counts = sent.counts
    return RunEnd(
        run=start.run,
        at=at,
        requests=counts.requests,
        retries=counts.retries,
        throttled=counts.throttled,
        paused_s=round(sent.paused_s, 3),
        recorded=Share(counts.recorded, counts.recorded_revenue),
        stopped=sent.stop.word if sent.stop else None,
        **sent.measured,
    )


def _earlier(results: Path, target: str, settings: InputSettings) -> Earlier:
    return load_earlier(results, target=target, shard=settings.shard_name)


def _check_already(earlier: Earlier, settings: Settings) -> None:
    """A run writes at its end which rows it held for other results; one that was killed did not."""
    start = earlier.events.unended
    patterns = (start.options.get("already") or ()) if start else ()
    if patterns and not settings.already:
        again = " ".join(f"--already {shlex.quote(pattern)}" for pattern in patterns)
        raise SettingsError(
            f"The run that was interrupted left rows out because of other results. Nothing was posted. Run the same "
            f"command again, with {again}."
        )


def _now() -> datetime:
    return datetime.now(UTC)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
