"""The end of an import: every row's final fate, written to RESULTS and to the compacted journal in the same pass."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement, digest_of, set_aside, storing
from importer.errors import ImporterError, StorageError
from importer.journal import Events, Facts, LiveRows, ResultsWritten, journal_path, load_in_parts
from importer.model import KEY, MAY_COUNT, Share, Status
from importer.results import COLUMNS, Rejects, write
from importer.run.equal_rows import equal_before
from importer.run.final_rows import FinalRows
from importer.run.job import ended
from importer.run.summaries import Tally, import_summary
from importer.schema import exact_sum
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.journal import Compaction, RunStart
    from importer.model import Listener, Summary
    from importer.run.job import Job
    from importer.run.noting import Noting
    from importer.send import Sent, Stop

KNOWN_DIGESTS = 3


def finish(
    job: Job, start: RunStart, sent: Sent | None, stop: Stop | None, noting: Noting, listener: Listener
) -> Summary:
    """Write down what became of each row. `sent` is what was posted, if anything was to be; `stop` why no more was."""
    listener.stage("Writing the results")
    facts, live = _done(job, start, sent)
    with closing(live):
        final = FinalRows(job, live)
        try:
            tally, digest, notices = write_everything(final, facts)
        except StorageError as error:
            listener.notice("warning", "disk", f"{error} Nothing recorded is forgotten: the journal has it.")
            summary = import_summary(job, _counted(final), sent, 3, stop.word if stop else "disk")
            return replace(summary, run=start.run)
    noting.written(start.run if sent else None, digest, tally.may_count)
    for text in notices:
        listener.notice("warning", "edited", text)
    if stop is not None:
        listener.notice("warning", stop.word, stop.sentence)
    summary = import_summary(job, tally, sent, _exit_status(job, tally, stop), stop.word if stop else None)
    return replace(summary, run=start.run, files=_files(job, reported=report(job, listener)))


def _files(job: Job, *, reported: bool) -> dict[str, str]:
    """What was written, by what it holds. A rejects file without rows is none."""
    settings, results = job.opened.settings, job.opened.results
    rejects = settings.rejects if settings.rejects and settings.rejects.exists() else None
    files = {"results": results, "journal": journal_path(results), "rejects": rejects}
    files |= {"report": settings.report if reported else None}
    return {name: str(path) for name, path in files.items() if path is not None}


def _done(job: Job, start: RunStart, sent: Sent | None) -> tuple[Facts, LiveRows]:
    """What the journal says by now besides its rows, and what became of the rows of this run."""
    opened = job.opened
    if sent:
        return load_in_parts(opened.journal.readable, job.spool.ends)
    events = Events((*opened.earlier.events.without_idle_runs(), start, ended(start, None)))
    return Facts(header=opened.header, events=events), LiveRows((), job.spool.ends)


def _counted(final: FinalRows) -> Tally:
    """The numbers alone, where nothing could be written."""
    tally = Tally(kept=final.job.plan.kept)
    for rows in final:
        tally.add(rows)
    return tally


def _exit_status(job: Job, tally: Tally, stop: Stop | None) -> int:
    if stop is not None:
        return stop.exit_status
    unsettled = {*tally.by_status, *tally.kept} - {Status.RECORDED, Status.EXCLUDED, Status.DUPLICATE}
    return int(bool(unsettled) or job.plan.has_open_questions)


def report(job: Job, listener: Listener) -> bool:
    """Write the report that was asked for, and say whether it was; the import stands, whatever becomes of it."""
    results, path = job.opened.results, job.opened.settings.report
    if path is None:
        return False
    from importer.report import write_report  # noqa: PLC0415 - most runs write none

    try:
        write_report(results, path)
    except ImporterError as error:
        text = f"The report was not written: {error} `revenue-importer report {results}` makes it any time."
        listener.notice("warning", "report", text)
        return False
    return True


def already_finished(job: Job, listener: Listener) -> Summary | None:
    """The summary of a run that has nothing to post and nothing to write; None where there is something."""
    if job.plan.to_post or job.opened.settings.rejects is not None or not _is_written(job):
        return None
    if not job.opened.earlier.events.tell(job.start()):
        return None
    reported = report(job, listener)
    amounts = job.checked.index["amount"]
    tally = Tally({Status.RECORDED: Share(len(amounts), exact_sum(amounts))} if len(amounts) else {})
    files = {"report": str(job.opened.settings.report)} if reported else {}
    return replace(import_summary(job, tally, None, 0, None), files=files)


def _is_written(job: Job) -> bool:
    """Whether RESULTS and the journal say already what would be written: every row is recorded, at its old place.

    Of a million rows, to write both anew costs as much as to find that out. A row may be spelt in another way: it is
    its value.
    """
    earlier, checked = job.opened.earlier, job.checked
    lines, prior = earlier.fates.lines, job.plan.rows["prior"]
    if not (earlier.current and earlier.in_order) or checked.keep or lines.height != checked.index.height:
        return False
    stands = lines.select(
        (pl.col("status") == str(Status.RECORDED)).all()
        & pl.col("error_code").cast(pl.String).fill_null("").eq("").all()
        & (prior == pl.int_range(pl.len())).all()
    ).item()
    if not (stands and _are_in_place(job)):
        return False
    return tuple(open_inputs((str(job.opened.results),))[0].header) in (COLUMNS, (*COLUMNS, KEY))


def _are_in_place(job: Job) -> bool:
    """Whether each fate is of the row that stands at its place in the input."""
    names, offset = job.checked.names, 0
    for fates in job.opened.earlier.fates.parts(("row", "source")):
        rows = job.checked.index.slice(offset, fates.height)
        same_row, same_source = (
            fates["row"] == rows["row"].cast(pl.String),
            fates["source"] == names.gather(rows["file"]),
        )
        if not (same_row & same_source).all():
            return False
        offset += fates.height
    return True


def write_everything(final: FinalRows, facts: Facts) -> tuple[Tally, str, list[str]]:
    """Write RESULTS, the compacted journal and the rejects.

    Returns the numbers, the digest of RESULTS, and what to say of edited files.

    The journal is replaced first: it knows the digest of the new RESULTS before that is in place, so that a crash
    between the two is not mistaken for an edit. A RESULTS that was changed since it
    was written is set aside.

    Raises:
        StorageError: the disk refused; the old files are as they were.
    """
    job, opened = final.job, final.job.opened
    results, rejects = opened.results, opened.settings.rejects
    tally = Tally(kept=job.plan.kept)
    with ExitStack() as closing:
        compaction = closing.enter_context(opened.journal.compaction(facts.header))
        replacement = closing.enter_context(Replacement(results))
        equal = equal_before(final) if rejects else None
        titles = job.checked.raw_titles
        refused = closing.enter_context(Rejects(rejects, titles, with_equal=equal is not None)) if rejects else None
        frames = _written(final, tally, compaction, refused, equal)
        write(replacement, frames, [*job.checked.keep, *([KEY] if final.keyed else [])])
        totals = {str(status): share for status, share in tally.by_status.items()}
        digest = replacement.sync()
        written = ResultsWritten(sha256=digest, name=results.name, totals=totals)
        opened.journal.replace(compaction, facts.events.with_results(written, keep=KNOWN_DIGESTS))
        aside = set_aside(results) if _is_changed(results, opened.earlier.known_digest) else None
        replacement.put()
        notice = refused.finish() if refused is not None else None
    notices = []
    if aside is not None:
        notices.append(
            f"{results} had been changed; it is kept as {aside.name}, and was written anew from the journal."
        )
    if notice is not None:
        notices.append(notice)
    return tally, digest, notices


def _is_changed(results: Path, known_digest: str | None) -> bool:
    """Whether there is a RESULTS that somebody changed, be it while the run was under way."""
    with storing("read", results):
        return results.exists() and digest_of(results) != known_digest


def _written(
    final: FinalRows, tally: Tally, compaction: Compaction, refused: Rejects | None, equal: pl.Series | None
) -> Iterator[pl.DataFrame]:
    offset = 0
    names = {f"keep_{i}": name for i, name in enumerate(final.job.checked.keep)}
    titles = [*COLUMNS, *names.values(), *([KEY] if final.keyed else [])]
    for rows in final:
        tally.add(rows)
        compaction.add(rows.filter("known"))
        if refused is not None:
            told = rows if equal is None else rows.with_columns(equal.slice(offset, rows.height))
            refused.add(told.filter(pl.col("status").is_in(["invalid", "rejected"])))
        offset += rows.height
        yield rows.rename(names).select(titles)
    for gone in final.gone():
        compaction.add(gone)
        shown = gone.filter(pl.col("status").is_in(MAY_COUNT))  # the others the journal alone remembers
        if shown.height:
            yield shown.rename(names).select(titles)
