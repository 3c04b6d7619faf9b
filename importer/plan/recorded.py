"""What one other results file and its journal record, as far as they can be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.api import same_target
from importer.disk import digest_of
from importer.errors import ImporterError, JournalError, ResultsError
from importer.journal import History, is_empty, journal_path, load, no_fates, unended
from importer.model import MAY_COUNT, Status
from importer.plan.keys import with_keys
from importer.plan.merge import NOT_FROM_RESULTS, completed
from importer.results import check_lines, has_vain_id, other_targets, read_results

if TYPE_CHECKING:
    from pathlib import Path

_NOT_RECORDED = pl.col("status").is_in(["rejected", "failed"]) | (
    (pl.col("status") == "pending") & (pl.col("attempts").fill_null("0").replace("", "0") != "0")
)
_ADVICE = "--already takes the results files of earlier imports."


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a results file and its journal know together.

    `fates` are the rows that are recorded or in doubt, with keys, `not_recorded` those that were sent and not recorded.
    `other_api` names another API that all of them went to (then there are no fates), `start` is the event of a run that
    has not ended, `at_work` says that it goes on now. `damage` is why the journal could not be read.
    """

    fates: pl.DataFrame
    not_recorded: pl.DataFrame = field(default_factory=lambda: with_keys(no_fates()))
    other_api: str | None = None
    start: dict[str, Any] | None = None
    at_work: bool = False
    damage: str | None = None


def recorded_in(results: Path, target: str, *, named: bool = False) -> Recorded:
    """What a results file and its journal know; what is recorded in either counts as recorded.

    Of a file that was not `named` by the user RESULTS is enough where the journal is damaged, and lines that somebody
    changed count as far as they tell.

    Raises:
        NotResultsError: it is no results file.
        ResultsError: it cannot be read.
    """
    journal, damage = journal_path(results), None
    try:
        history = load(journal)
    except JournalError as error:
        if not is_empty(journal) and (named or not results.exists()):
            raise
        history, damage = History(), None if is_empty(journal) else str(error)  # empty: its run has just stepped back
    if not history.header and not results.exists():
        if named and not journal.exists():  # an empty one is of a run that was killed before it began
            raise ResultsError(f"{results} does not exist; name the results file of an earlier import with --already.")
        return Recorded(with_keys(no_fates()))
    fates, other_api = with_keys(no_fates()), None
    if history.header:
        there = str(history.header.get("target", ""))
        other_api = None if same_target(there, target) else there
        fates = fates if other_api else with_keys(history.fates())
    lines = _lines_to_add(results, history, named=named)
    if lines is not None:
        others = other_targets(lines, target)
        ours = lines.filter(pl.col("target").is_null() | ~pl.col("target").is_in(others))
        if others and ours.is_empty():
            other_api = other_api or (None if history.header else others[0])
        fates = completed(fates.with_columns(NOT_FROM_RESULTS), ours).select(fates.columns)
    counting = fates.filter(pl.col("status").is_in(MAY_COUNT))
    start = None if other_api else _unended(history)
    other_api = other_api if counting.is_empty() else None
    return Recorded(counting, fates.filter(_NOT_RECORDED), other_api, start, damage=damage)


def _lines_to_add(results: Path, history: History, *, named: bool) -> pl.DataFrame | None:
    """The lines of RESULTS, unless the journal knows them all: it wrote them."""
    if history.header:
        written = {event["sha256"] for event in history.events if event.get("event") == "results"}
        try:
            return None if digest_of(results) in written else read_results(results)
        except (OSError, ImporterError):  # it is not there, or no longer what it was
            return None
    lines = read_results(results, _ADVICE)
    if named:
        check_lines(lines, results)
    recorded = pl.when(has_vain_id()).then(pl.lit(str(Status.RECORDED))).otherwise("status")
    return lines.with_columns(recorded.alias("status"))


def _unended(history: History) -> dict[str, Any] | None:
    """The start of a run that has not ended, with its shard."""
    start = unended(history.events)
    return {"shard": history.header.get("shard"), **start} if start else None
