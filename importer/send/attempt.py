"""One attempt to post rows, in the words of the journal: what is sent, that it is about to be, and its outcome."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.api import Outcome, OutcomeKind
from importer.journal import doubt_sentence, intent_line, outcome_line
from importer.model import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

_STATUSES = {
    OutcomeKind.RECORDED: Status.RECORDED,
    OutcomeKind.REJECTED: Status.REJECTED,
    OutcomeKind.IN_DOUBT: Status.IN_DOUBT,
}


class Attempt(NamedTuple):
    """An attempt that may start: its number, and the epoch of its slot and the moment of its permit."""

    number: int
    epoch: int
    started_at: float


class Row(NamedTuple):
    """A row to post.

    `n` is its index in the input, `facts` what its first intent says of it, `body` the request. `doubt_since` and
    `doubt_code` are those of an earlier run after which it is in doubt, or None.
    """

    n: int
    row: int
    source: str
    message_id: str
    revenue: str
    facts: str
    body: str
    doubt_since: str | None = None
    doubt_code: str | None = None

    @property
    def doubt(self) -> Doubt | None:
        """The doubt that an earlier run left, if any."""
        return None if self.doubt_since is None else Doubt(self.doubt_since, self.doubt_code or "connection_lost")


Batch = tuple[Row, ...]
"""The rows of one request: one, or up to a hundred with the bulk endpoint."""


class Doubt(NamedTuple):
    """The first lost answer of a row: since when the row may be recorded, and the code of that outcome."""

    since: str
    code: str


class Doubts:
    """The doubts of the rows that have no end yet. What an earlier run left is the row's own."""

    def __init__(self) -> None:
        self._by_row: dict[int, Doubt] = {}

    def of(self, row: Row) -> Doubt | None:
        """The doubt of a row, if any."""
        return self._by_row.get(row.n) or row.doubt

    def add(self, row: Row, sent_at: str, outcome: Outcome) -> None:
        """An answer to the row was lost; the first doubt stands."""
        self._by_row.setdefault(row.n, row.doubt or Doubt(sent_at, outcome.code or "connection_lost"))

    def end(self, row: Row) -> Doubt | None:
        """The doubt of a row that is sent no more, if any; it is forgotten here."""
        return self._by_row.pop(row.n, None) or row.doubt


def intent_lines(batch: Batch, number: int, sent_at: str) -> bytes:
    """The lines that must be on disk before the rows are sent."""
    first = number == 1
    return b"".join([intent_line(row.n, number, sent_at, row.facts if first else "") for row in batch])


def outcome_lines(batch: Batch, outcomes: Sequence[Outcome], number: int, sent_at: str, doubts: Doubts) -> bytes:
    """The lines that say how an attempt ended; of a lost answer `doubts` takes note."""
    finished_at = utc_now()
    lines = []
    for row, outcome in zip(batch, outcomes, strict=True):
        lines.append(_outcome_line(row, number, sent_at, finished_at, outcome, doubts.of(row)))
        if outcome.kind is OutcomeKind.IN_DOUBT:
            doubts.add(row, sent_at, outcome)
    return b"".join(lines)


def _outcome_line(
    row: Row, number: int, sent_at: str, finished_at: str, outcome: Outcome, doubt: Doubt | None
) -> bytes:
    """Whatever comes after a lost answer says nothing of the attempt before: only a confirmation ends the doubt."""
    status = _STATUSES.get(outcome.kind, Status.PENDING)
    code, text = outcome.code, outcome.text
    if doubt is not None and status not in (Status.RECORDED, Status.IN_DOUBT):
        status = Status.IN_DOUBT
        code = doubt.code
        text = f"an answer was lost before this one: {_in_words(outcome)}"
    since = None
    if status is Status.IN_DOUBT:
        since = doubt.since if doubt is not None else sent_at
        text = doubt_sentence(text or "no believable answer", row.message_id, row.revenue, since)
    said = outcome.http_status, code, text, outcome.revenue_id
    return outcome_line(row.n, number, finished_at, status, *said, since)


def failed_line(row: Row, number: int, outcome: Outcome) -> bytes:
    """The line of a row that has no attempts left and is not in doubt: as the last outcome says."""
    return outcome_line(row.n, number, utc_now(), Status.FAILED, outcome.http_status, outcome.code, outcome.text, None)


def _in_words(outcome: Outcome) -> str:
    return " ".join(part for part in (outcome.code, outcome.text) if part) or "nothing was sent"


def utc_now() -> str:
    """The time in UTC to the millisecond, as text; all but the milliseconds is written once a second."""
    second, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{_to_the_second(second)}.{nanoseconds // 1_000_000:03d}Z"


@lru_cache(maxsize=1)
def _to_the_second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
