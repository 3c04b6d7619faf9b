"""What the earlier runs of this RESULTS did, as it and its journal tell."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.api import same_target
from importer.errors import ImporterError, OtherTargetError, ResultsError
from importer.journal import STRENGTH, Events, Tail, fate_columns, journal_path, no_fates
from importer.model import KEY, MAY_COUNT, Status
from importer.plan.fates import IS_HELD, Fates
from importer.plan.keys import KEYS, with_keys
from importer.plan.merge import COMPARED, added_by, once
from importer.results import check_lines, open_record, other_targets, read_results

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.journal import Header
    from importer.results import ImportRecord

_WHICH = "Is --base-url (TRACKLY_BASE_URL) the one that you mean? If it is, choose another --results."


@dataclass(slots=True)
class Earlier:
    """The fates of this RESULTS' earlier runs, which are closed with it.

    `in_order` says that the journal's compacted part is exactly these fates, so that a run can append to it as it is.
    `known_digest` is that of RESULTS if it may be replaced: it is as it was written, or all of it was taken over;
    `current` says that nothing has happened since. `lines` are those of a RESULTS that is all there is: no journal
    tells of a run that wrote it.
    """

    fates: Fates = field(default_factory=Fates)
    header: Header = field(default_factory=dict)
    events: Events = field(default_factory=Events)
    tail: Tail = Tail()
    has_journal: bool = False
    has_results: bool = False
    current: bool = False
    known_digest: str | None = None
    in_order: bool = False
    interrupted: int = 0
    lines: pl.DataFrame | None = None

    @property
    def exists(self) -> bool:
        """Whether there was an earlier run."""
        return self.has_journal or self.has_results

    def is_of_another_input(self, missing: pl.DataFrame) -> bool:
        """Whether all that the journal records (or RESULTS, without one) is among the fates that are `missing`."""
        own = self.fates.lines.filter(pl.col("status").is_in(MAY_COUNT) & ~pl.col("from_results")).height
        return 0 < own == missing.filter(~pl.col("from_results")).height

    def drop_strays(self, missing: pl.DataFrame) -> bool:
        """Forget lines of a changed RESULTS that no row of the input took; returns whether there were any.

        They are other versions of rows that the journal knows, so nothing is forgotten that was recorded.
        `missing` are the fates without a row, with their index as `prior`.
        """
        strays = missing.filter("only_in_results")["prior"]
        if strays.is_empty():
            return False
        self.fates.drop(strays)
        return True

    def close(self) -> None:
        """Give the room of the fates back."""
        self.fates.close()


def nothing_earlier() -> Earlier:
    """No results, no journal."""
    return Earlier()


def load_earlier(results: Path, *, target: str, shard: str | None) -> Earlier:
    """Read RESULTS and its journal; what is recorded in either counts as recorded.

    Raises:
        ResultsError: they belong to something else, or cannot be understood.
    """
    with _fates() as fates:
        return _earlier(_opened(results, fates), fates, target, shard)


def load_for_verdicts(results: Path) -> Earlier:
    """What the journal says; without one, what RESULTS says. A RESULTS that was edited is for the next import.

    Raises:
        ResultsError: they cannot be understood, or do not say into which API they were imported.
    """
    with _fates() as fates:
        record = _opened(results, fates)
        if record.has_journal:
            return _earlier(record, fates, record.target, record.shard, told_by_journal=True)
        targets = read_results(results, "Name the results file of an import.")["target"].drop_nulls().unique().to_list()
        if len(targets) != 1:
            raise ResultsError(f"{results} does not say into which API it was imported; its journal is needed.")
        earlier = _earlier(record, fates, targets[0], None)
        earlier.header = {"target": targets[0]}
        return earlier


@contextmanager
def _fates() -> Iterator[Fates]:
    """New ones, which are closed if reading them fails."""
    fates = Fates()
    try:
        yield fates
    except BaseException:
        fates.close()
        raise


def _opened(results: Path, fates: Fates) -> ImportRecord:
    """RESULTS with its journal, whose rows go into `fates`, each once: one that was sent again has its last fate."""
    record = open_record(results, ("status", "error_code"), fates.add)
    if KEY in record.history.compacted.columns:
        fates.tell_keys(record.history.compacted[KEY])
    fates.drop(record.history.superseded)
    return record


def _earlier(
    record: ImportRecord, fates: Fates, target: str, shard: str | None, *, told_by_journal: bool = False
) -> Earlier:
    history, has_journal = record.history, record.has_journal
    moves = has_journal and not same_target(record.target, target) and _is_unused(record, fates)
    if moves:
        history.header = {**history.header, "target": target}
    if has_journal:
        _check_header(record, target, shard)
    earlier = Earlier(
        fates=fates,
        header=history.header,
        events=history.events,
        tail=history.tail,
        has_journal=has_journal,
        has_results=record.has_results,
        current=record.is_current,
        in_order=has_journal and not moves and history.live.is_empty() and not history.tail.torn,
        interrupted=history.live.filter(error_code="interrupted").height,
    )
    if record.as_written or not has_journal:
        earlier.known_digest = record.sha256
    if record.has_results and not has_journal:
        fates.add(_fates_of_results(record.path, target))
    elif record.as_written is False:
        _take_changed_results(earlier, record.path, target, none=told_by_journal)
    if record.has_results or not fates.lines.is_empty():
        earlier.lines = _only_lines(earlier, record.path)
    return earlier


def _only_lines(earlier: Earlier, results: Path) -> pl.DataFrame | None:
    """The lines of RESULTS where they must tell of every row, as a journal that a verdict made of it knows no more."""
    if earlier.events.starts:
        return None
    lines = no_fates()
    with suppress(ImporterError):
        lines = read_results(results)
    return with_keys(lines).select(*KEYS, "source", "row", "status", "error_code", "message_id", "revenue")


def _is_unused(record: ImportRecord, fates: Fates) -> bool:
    """Whether nothing ever came of a row: the runs went to a wrong address, and may go to another one."""
    has_fates = fates.lines["status"].ne_missing(str(Status.PENDING)).any()
    return not has_fates and not any(True for _ in record.history.events.verdicts)


def _check_header(record: ImportRecord, target: str, shard: str | None) -> None:
    path = journal_path(record.path)
    if not same_target(record.target, target):
        raise OtherTargetError(f"{path} belongs to an import into {record.target}, not into {target}. {_WHICH}")
    if record.history.header.get("shard", shard) != shard:  # one that was made from RESULTS alone does not say
        raise ResultsError(
            f"{path} belongs to shard {record.shard or 'none'}, not to {shard or 'the whole input'}. "
            "Choose another --results, or give the same --shard."
        )


def _take_changed_results(earlier: Earlier, results: Path, target: str, *, none: bool) -> None:
    """RESULTS beside its journal that a person or a program changed: it may still add what is recorded.

    `none` of it counts where the journal alone is asked; but it must not be of another API.
    """
    try:
        frame = read_results(results)
    except ImporterError:
        return
    lines = _lines_of(target, frame, results)
    if none:
        return
    replaced, added = added_by(lines, earlier.fates.whole(COMPARED), earlier.events.verdicts)
    if not added.is_empty():
        earlier.fates.drop(replaced)
        earlier.fates.add(added)
        earlier.in_order = False


def _fates_of_results(results: Path, target: str) -> pl.DataFrame:
    """The fates of a RESULTS that is all there is."""
    frame = read_results(results)
    _check_target(frame, results, target)
    check_lines(frame, results)
    usable = frame.filter(pl.col("status").is_in([str(status) for status in STRENGTH]) | IS_HELD)
    sent = usable.filter((pl.col("status") != "pending") | (pl.col("attempts").fill_null("0") != "0"))
    return once(with_keys(sent.select(fate_columns(sent))))


def _check_target(frame: pl.DataFrame, results: Path, target: str) -> None:
    for other in frame["target"].unique().drop_nulls():
        if not same_target(other, target):
            raise OtherTargetError(
                f"{results} holds the results of an import into {other}, not into {target}. {_WHICH}"
            )


def _lines_of(target: str, frame: pl.DataFrame, results: Path) -> pl.DataFrame:
    """The lines of a changed RESULTS that may be about `target`: those whose target was lost or cut among them."""
    others = other_targets(frame, target)
    if others:
        frame = frame.filter(pl.col("target").is_null() | ~pl.col("target").is_in(others))
        if frame.is_empty():
            raise OtherTargetError(
                f"{results} holds the results of an import into {others[0]}, not into {target}. It is left untouched; "
                f"move it away. {_WHICH}"
            )
    return frame
