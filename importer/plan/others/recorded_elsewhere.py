"""What one other results file and its journal record, as far as they can be read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.api import same_target
from importer.errors import ImporterError, JournalError, ResultsError
from importer.journal import Events, History, is_empty, journal_path, no_fates
from importer.model import MAY_COUNT, Status
from importer.plan.keys import with_keys
from importer.plan.merge import NOT_FROM_RESULTS, completed
from importer.results import ImportRecord, check_lines, has_vain_id, open_record, other_targets, read_results

if TYPE_CHECKING:
    from pathlib import Path

    from importer.journal import RunStart

_NOT_RECORDED = pl.col("status").is_in(["rejected", "failed"]) | (
    (pl.col("status") == "pending") & (pl.col("attempts").fill_null("0").replace("", "0") != "0")
)
_ADVICE = "--already takes the results files of earlier imports."


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a results file and its journal know together.

    `fates` are the rows that are recorded or in doubt, with keys, `not_recorded` those that were sent and not recorded.
    `other_api` names another API that all of them went to (then there are no fates), `start` is the event of a run that
    has not ended, `at_work` says that it goes on now. `damage` is why the journal could not be read. `events` are what
    the journal says besides.
    """

    fates: pl.DataFrame
    not_recorded: pl.DataFrame = field(default_factory=lambda: with_keys(no_fates()))
    other_api: str | None = None
    start: RunStart | None = None
    at_work: bool = False
    damage: str | None = None
    events: Events = field(default_factory=Events)


def recorded_in(results: Path, target: str, *, named: bool = False) -> Recorded:
    """What a results file and its journal know; what is recorded in either counts as recorded.

    Of a file that was not `named` by the user RESULTS is enough where the journal is damaged, and lines that somebody
    changed count as far as they tell.

    Raises:
        NotResultsError: it is no results file.
        ResultsError: it cannot be read.
    """
    record, damage = _opened(results, named=named)
    if not (record.has_journal or results.exists()):
        if named and not journal_path(results).exists():  # an empty one is of a run that was killed before it began
            raise ResultsError(f"{results} does not exist; name the results file of an earlier import with --already.")
        return Recorded(with_keys(no_fates()))
    is_ours = not record.has_journal or same_target(record.target, target)
    fates = with_keys(record.history.fates() if is_ours else no_fates())
    other_api = None if is_ours else record.target
    lines = _lines_to_add(record, named=named)
    if lines is not None:
        others = other_targets(lines, target)
        ours = lines.filter(pl.col("target").is_null() | ~pl.col("target").is_in(others))
        if others and ours.is_empty() and not record.has_journal:
            other_api = others[0]
        fates = completed(fates.with_columns(NOT_FROM_RESULTS), ours, record.history.events.verdicts)
        fates = fates.drop("from_results", "only_in_results")
    counting = fates.filter(pl.col("status").is_in(MAY_COUNT))
    start = None if other_api else _unended(record.history)
    other_api = other_api if counting.is_empty() else None
    rest = fates.filter(_NOT_RECORDED)
    return Recorded(counting, rest, other_api, start, damage=damage, events=record.history.events)


def _opened(results: Path, *, named: bool) -> tuple[ImportRecord, str | None]:
    """RESULTS and its journal, or RESULTS alone and why the journal cannot be read."""
    journal = journal_path(results)
    try:
        return open_record(results), None
    except JournalError as error:
        if not is_empty(journal) and (named or not results.exists()):
            raise
        damage = None if is_empty(journal) else str(error)  # empty: its run has just stepped back
        return ImportRecord(results, History(), results.is_file(), has_journal=False), damage


def _lines_to_add(record: ImportRecord, *, named: bool) -> pl.DataFrame | None:
    """The lines of RESULTS, unless the journal knows them all: it wrote them."""
    if record.has_journal:
        try:
            return read_results(record.path) if record.as_written is False else None
        except ImporterError:  # it is not there any more, or no longer what it was
            return None
    lines = read_results(record.path, _ADVICE)
    if named:
        check_lines(lines, record.path)
    recorded = pl.when(has_vain_id()).then(pl.lit(str(Status.RECORDED))).otherwise("status")
    return lines.with_columns(recorded.alias("status"))


def _unended(history: History) -> RunStart | None:
    """The start of a run that has not ended, with its shard, which early versions noted in the first line alone."""
    start = history.events.unended
    return replace(start, shard=start.shard or history.header.get("shard")) if start else None
