"""What a run is doing, or how it ended, from outside: its journal is read as it is, and nothing is held or changed."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import follow_link, is_locked
from importer.errors import JournalError
from importer.journal import History, RunStart, is_empty, is_in_flight, journal_path, load_by_parts
from importer.model import Share, Status, added
from importer.report.accounts import by_plan
from importer.report.amounts import Reading, sums_by_status
from importer.report.copies import Origin
from importer.report.reading import BATCH_ROWS, Book, open_book

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOOKS = 3
_BETWEEN_LOOKS_S = 0.1
_WINDOW = timedelta(seconds=15)
_COLUMNS = ("row", "revenue", "status", "error_code")
_HERE = pl.col("row").fill_null("") != ""


@dataclass(frozen=True, slots=True)
class Pause:
    """What held a run up, and from when until when (UTC); `until` is None while it does."""

    text: str
    since: str
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """One RESULTS, and the last run into it.

    `state` is `running`; `busy` while a run reads its input or writes its results, or a verdict is noted; `killed` when
    a run is gone without an end; `stopped` when it ended early; `ended`. `by_status` and `in_flight`, the rows whose
    answer a run still waits for, add up to `total`. Of the `to_post` rows of the last run `settled` have their fate,
    those in doubt among them: all that are neither pending nor in flight.
    `settled_since`: a person gave a verdict after the last run began.
    `origin` tells copies of it.
    `rows_a_second` is of the last 15 seconds, of a run that has ended of all of it; None where it is unknown.
    """

    path: str
    state: str
    total: Share
    by_status: Mapping[Status, Share]
    in_flight: Share = Share()
    target: str = ""
    start: RunStart | None = None
    ended: str | None = None
    stopped: str | None = None
    elapsed_s: float | None = None
    settled: int = 0
    to_post: int = 0
    settled_since: bool = False
    rows_a_second: float | None = None
    pauses: tuple[Pause, ...] = ()
    paused_s: float = 0.0
    origin: Origin = field(default_factory=Origin)

    @property
    def alive(self) -> bool:
        """Whether a process is at work on it now."""
        return self.state in {"running", "busy"}

    @property
    def held_up(self) -> str | None:
        """Why a run does not send at this moment."""
        return next((pause.text for pause in self.pauses if pause.until is None and self.alive), None)


def read_status(path: str | Path, *, now: datetime | None = None) -> RunStatus:
    """Look at a RESULTS and its journal, which a run may be writing; `now` is the moment, if not this one.

    Raises:
        ResultsError: neither is there, or one is not what it should be.
        JournalError: the journal is damaged.
    """
    results = follow_link(Path(path))
    journal = journal_path(results)
    for look in range(_LOOKS):
        was_held, is_last = is_locked(journal), look + 1 == _LOOKS
        try:
            seen = _Seen(results, now or datetime.now(UTC))
        except JournalError:
            if is_last or not was_held:  # it may have been read while its last lines were being written
                raise
        else:
            if is_last or was_held == is_locked(journal):
                return seen.status(held=was_held)
        time.sleep(_BETWEEN_LOOKS_S)
    raise AssertionError(path)


@dataclass(slots=True)
class _Sums:
    """Sums by status over rows of the journal."""

    listed: list[dict[Status, Share]] = field(default_factory=list)
    live: list[dict[Status, Share]] = field(default_factory=list)
    in_flight: Share = Share()
    finished: list[pl.Series] = field(default_factory=list)


class _Seen:
    """One look at a RESULTS and its journal."""

    def __init__(self, results: Path, now: datetime) -> None:
        self._now = now
        self._path = results
        self._sums = _Sums()
        if is_empty(journal_path(results)):
            self._book = open_book(results)
            return
        history, live = load_by_parts(journal_path(results), _COLUMNS)
        self._book = Book(results, history, results.is_file(), has_journal=bool(history.header))
        self._reading = Reading(self._book.options)
        with closing(live):
            gone = [self._add_live(part) for part in live.some()]
        self._add_compacted(history, gone)

    def _add_live(self, part: pl.DataFrame) -> pl.Series:
        """Count rows that the last run sent; returns the places of the lines that they supersede."""
        sums, waits = self._sums, part.select(is_in_flight()).to_series()
        sums.live.append(self._by_status(part))
        sums.listed.append(self._by_status(part.filter(_HERE)))
        sums.in_flight += sum(self._by_status(part.filter(waits)).values(), Share())
        done = part.filter(~waits)
        sums.finished.append(done["finished_at"])
        return part["prior"].filter(part["prior"] >= 0)

    def _add_compacted(self, history: History, gone: list[pl.Series]) -> None:
        rows = history.compacted.with_row_index("place").filter(_HERE)
        if gone:
            rows = rows.filter(~pl.col("place").is_in(pl.concat(gone).implode()))
        self._sums.listed.append(self._by_status(rows))

    def _by_status(self, rows: pl.DataFrame) -> dict[Status, Share]:
        return sums_by_status(rows.select(_COLUMNS).iter_slices(BATCH_ROWS), self._reading)

    def status(self, *, held: bool) -> RunStatus:
        """What all of that says; `held`: a process has the journal."""
        events = self._book.events
        start, end = events.last_start, events.ends[-1] if events.ends else None
        runs, ended = held and events.unended is not None, events.unended is None
        total, by_status = self._shares()
        in_flight = self._sums.in_flight if runs else Share()
        if in_flight.rows:
            by_status = {**by_status, Status.IN_DOUBT: by_status[Status.IN_DOUBT] - in_flight}
        stopped = end.stopped if end and ended else None
        words = {"running": runs, "busy": held, "killed": not ended, "stopped": stopped is not None, "ended": True}
        pauses = tuple(self._pauses(still=runs))
        elapsed_s = self._elapsed_s(runs=runs)
        settled = _settled(start, by_status, in_flight)
        return RunStatus(
            path=str(self._path),
            state=next(word for word, holds in words.items() if holds),
            total=total,
            by_status={status: by_status[status] for status in Status if by_status.get(status, Share()).rows},
            in_flight=in_flight,
            target=self._book.target,
            start=start,
            ended=end.at if end and ended else None,
            stopped=stopped,
            elapsed_s=elapsed_s,
            settled=settled,
            to_post=_to_post(start),
            settled_since=self._book.compacted_since,
            rows_a_second=self._rate(runs, settled, elapsed_s),
            pauses=pauses,
            origin=Origin.of(self._book),
            paused_s=(end.paused_s or 0.0) if end and ended else sum(self._seconds(pause) for pause in pauses),
        )

    def _shares(self) -> tuple[Share, Mapping[Status, Share]]:
        """All of the input, and its parts: as written, or as far as it is known."""
        book, sums = self._book, self._sums
        goes_on = book.events.unended is not None or bool(sums.live)
        listed = added(sums.listed)
        if not book.has_results or goes_on:
            found = by_plan(book, lambda: added(sums.live), listed, goes_on=goes_on)
            return found or (sum(listed.values(), Share()), listed)
        shares = {Status(status): part for status, part in book.noted_totals.items()} or self._of_results()
        return sum(shares.values(), Share()), shares

    def _of_results(self) -> dict[Status, Share]:
        """The sums of RESULTS, where nobody noted them."""
        self._reading = Reading(self._book.options)
        known = pl.col("status").is_in([str(status) for status in Status])
        return added(self._by_status(lines.filter(_HERE & known)) for lines in open_book(self._path).lines())

    def _elapsed_s(self, *, runs: bool) -> float | None:
        """How long the last run has gone on, went on, or was seen to go on."""
        start, ends = self._book.events.last_start, self._book.events.ends
        if start is None:
            return None
        seen = [text for times in self._sums.finished if (text := times.max()) is not None]
        last = self._now if runs else _moment(ends[-1].at if ends else str(max(seen, default=start.at)))
        return max((last - _moment(start.at)).total_seconds(), 0.0)

    def _rate(self, runs: bool, settled: int, elapsed_s: float | None) -> float | None:
        if not runs:
            return settled / elapsed_s if settled and elapsed_s else None
        span = min(_WINDOW, timedelta(seconds=max(elapsed_s or 0.0, 1.0)))
        since = (self._now - span).strftime("%Y-%m-%dT%H:%M:%S.%f")
        return sum(int((times >= since).sum()) for times in self._sums.finished) / span.total_seconds()

    def _pauses(self, *, still: bool) -> Iterator[Pause]:
        """What held the last run up, in order; of one that was killed nobody knows when the last pause ended."""
        states = self._book.events.states
        for state, after in zip_longest(states, states[1:]):
            if state.text:
                yield Pause(state.text, state.at, after.at if after else None if still else state.at)

    def _seconds(self, pause: Pause) -> float:
        until = _moment(pause.until) if pause.until else self._now
        return max((until - _moment(pause.since)).total_seconds(), 0.0)


def _to_post(start: RunStart | None) -> int:
    """How many rows the run set out to post."""
    limit = None if start is None else start.options.get("limit")
    return _planned(start) if limit is None else min(_planned(start), int(limit))


def _settled(start: RunStart | None, by_status: Mapping[Status, Share], in_flight: Share) -> int:
    """How many of the rows that the run set out to post are neither pending nor in flight by now."""
    left = by_status.get(Status.PENDING, Share()).rows + in_flight.rows
    return min(max(_planned(start) - left, 0), _to_post(start))


def _planned(start: RunStart | None) -> int:
    """How many rows there were to post, those beyond `--limit` among them; 0 where the journal has no plan."""
    planned = (start.planned if start else None) or {}
    return planned.get(str(Status.PENDING), Share()).rows


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
