"""One attempt to post rows, in the words of the journal: what is sent, that it is about to be, and how it ended."""

from __future__ import annotations

import time
from typing import NamedTuple

from importer.api import Outcome, OutcomeKind
from importer.journal import intent_line, outcome_line
from importer.model import LOOK_UP, Status

_STATUSES = {
    OutcomeKind.RECORDED: Status.RECORDED,
    OutcomeKind.REJECTED: Status.REJECTED,
    OutcomeKind.IN_DOUBT: Status.IN_DOUBT,
}


class Row(NamedTuple):
    """A row to post.

    `n` is its place in the input, `facts` what its first intent says of it, `body` the request. `doubt_since` and
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
    """The first lost answer of a row that was sent again: since when it may be recorded, and the code of the end."""

    since: str
    code: str


def intents(batch: Batch, number: int, sent_at: str) -> bytes:
    """The lines that must be on disk before the rows are sent."""
    first = number == 1
    return b"".join([intent_line(row.n, number, sent_at, row.facts if first else "") for row in batch])


def outcome_record(
    row: Row, number: int, sent_at: str, finished_at: str, outcome: Outcome, doubt: Doubt | None
) -> bytes:
    """The line that says how an attempt ended.

    Whatever comes after a lost answer says nothing of the attempt before: only an answer that confirms the row ends
    its doubt.
    """
    status, code, text = _STATUSES.get(outcome.kind, Status.PENDING), outcome.code, outcome.text
    if doubt is not None and status not in (Status.RECORDED, Status.IN_DOUBT):
        status, code, text = Status.IN_DOUBT, doubt.code, f"an answer was lost before this one: {_said(outcome)}"
    if status is Status.IN_DOUBT:
        since = doubt.since if doubt is not None else sent_at
        text = f"{text or 'no believable answer'}; {LOOK_UP.format(row.message_id, row.revenue, since)}"
    return outcome_line(row.n, number, finished_at, status, outcome.http_status, code, text, outcome.revenue_id)


def _said(outcome: Outcome) -> str:
    return " ".join(part for part in (outcome.code, outcome.text) if part) or "nothing was sent"


class _Watch:
    """The time in UTC to the millisecond, as text; all but the milliseconds is written once a second."""

    def __init__(self) -> None:
        self._second, self._text = -1, ""

    def now(self) -> str:
        second, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        if second != self._second:
            self._second, self._text = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._text}.{nanoseconds // 1_000_000:03d}Z"


utc_now = _Watch().now
