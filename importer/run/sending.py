"""The posting, from the journal's side: that the run begins, the rows with what their intents say, that it ended."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import polars as pl

from importer.api import json_bodies
from importer.errors import StorageError
from importer.journal import Tail, doubts, intent_facts
from importer.model import KEY
from importer.plan import NO_PRIOR
from importer.run.job import ended

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from importer.journal import Appender, RunStart
    from importer.model import Listener
    from importer.run.job import Job
    from importer.run.noting import Noting
    from importer.run.opening import Opened
    from importer.send import Row, Sent
    from importer.signals import Noted

SLICE_ROWS = 2_000


def begin(job: Job, start: RunStart, noting: Noting) -> Appender:
    """Write into the journal that this run begins, and make sure that no other run has begun to post the same rows.

    Raises:
        StorageError: the disk refused.
        OverlapError: other results know rows to post by now, or another run imports the same file; the journal is as
            if this run had never begun.
    """
    opened = job.opened
    tail = opened.earlier.tail if opened.earlier.in_order else _compacted(opened)
    appender = opened.journal.start(tail)
    appender.note(start)
    try:
        noting.begin(start.run)
        job.decided.look_again()
    except BaseException:
        noting.take_back()
        opened.journal.start(tail if opened.earlier.has_journal else Tail())
        raise
    return appender


def _compacted(opened: Opened) -> Tail:
    """One line for each row that has a fate: what the intents of this run will refer to by place."""
    with opened.journal.compaction(opened.header) as compaction:
        for fates in opened.earlier.fates.parts():
            compaction.add(fates)
        return opened.journal.replace(compaction, opened.earlier.events)


def post(
    job: Job, start: RunStart, appender: Appender, listener: Listener, signals: Noted, cancel: threading.Event | None
) -> Sent:
    """Post all rows that are to be posted, or as many as can be, and write into the journal how that ended."""
    from importer.send import send  # noqa: PLC0415 - what speaks HTTP takes long to load, and a check needs none

    sent = send(
        _rows(job),
        job.plan.to_post,
        job.opened.settings,
        appender,
        listener,
        signals,
        cancel,
        on_probation=job.opened.earlier.events.stopped_for_doubts,
    )
    with suppress(StorageError):  # the rows are safe, and the reason is known already
        appender.note(ended(start, sent))
    return sent


def _rows(job: Job) -> Iterator[Row]:
    """The rows to post, in input order, a slice at a time."""
    from importer.send import Row  # noqa: PLC0415 - as above

    again = _sent_before(job)
    offset = 0
    for frame in job.spool:
        plan = job.plan.rows.slice(offset, frame.height)
        chosen = frame.with_row_index("n", offset).with_columns(plan["prior"]).filter(plan["post"])
        offset += frame.height
        for part in chosen.iter_slices(SLICE_ROWS):
            ready = part.join(again, on="prior", how="left", maintain_order="left").with_columns(
                pl.col("attempts_before").fill_null(0), json_bodies(part).alias("body")
            )
            known = [name for name in (KEY, f"prior_{KEY}") if name in ready.columns]
            ready = ready.with_columns([pl.coalesce(known).alias(KEY)] if known else [])
            yield from map(
                Row._make, ready.with_columns(intent_facts(keyed=bool(known))).select(Row._fields).iter_rows()
            )


def _sent_before(job: Job) -> pl.DataFrame:
    """What the intents of rows that are sent again say of their earlier fates, by `prior`.

    The key is said again even where this run has no `--key`: it may be killed, and a later one have it.
    """
    prior = job.plan.rows.select(pl.col("prior").filter(pl.col("post") & (pl.col("prior") != NO_PRIOR))).to_series()
    fates = job.opened.earlier.fates.at(prior, ("status", "error_code", "attempts", "finished_at", "doubt_since", KEY))
    attempts = pl.col("attempts").cast(pl.Int64, strict=False)
    keys = [pl.col(KEY).alias(f"prior_{KEY}")] if KEY in fates.columns else []
    return fates.select(*doubts(), *keys, attempts_before=attempts).with_columns(prior)
