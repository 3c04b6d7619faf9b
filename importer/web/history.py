"""What the events of one import say: its file, its options, who had a hand in it, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from importer.web.chosen import TOTALS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from importer.web.events import Event

    _Unjudged = tuple[str, Event | None, Event | None, set[str], set[str]]

APPROVAL_LASTS = timedelta(days=7)


@dataclass(slots=True)
class History:
    """One import, as its events tell.

    `phase` is how far people have brought it: `new`, `uploaded`, `checked`, `submitted`, `approved` or `started`.
    `hands` are those who uploaded, mapped or submitted what is there now: none of them may approve it. Another version
    of the file does not replace the part of `mappers`, who chose options since there were none, and of `deniers`, who
    said that a row was not recorded, after which no run has begun. `unjudged` is how it was before a verdict that is
    being written down; `export` is the last export of the vendor's records, and `compared` the comparison with it.
    `ran_with` are the submission and the approval that the last run had.
    `previous` is the last check of what was there before, with its options: what changed since is shown.
    `options_event` is the number of the event that set the options, 0 where none did.
    """

    id: str
    name: str = ""
    created_by: str = ""
    created_at: str = ""
    phase: str = "new"
    version: int = 0
    file: Event | None = None
    options: dict[str, list[str]] = field(default_factory=dict)
    options_event: int = 0
    checks: int = 0
    check: Event | None = None
    failure: str = ""
    previous: Event | None = None
    previous_options: dict[str, list[str]] = field(default_factory=dict)
    submitted: Event | None = None
    approval: Event | None = None
    returned: Event | None = None
    runs: int = 0
    run: Event | None = None
    ran_with: tuple[Event | None, Event | None] = (None, None)
    ended: Event | None = None
    stopping: Event | None = None
    hands: set[str] = field(default_factory=set)
    mappers: set[str] = field(default_factory=set)
    deniers: set[str] = field(default_factory=set)
    unjudged: _Unjudged | None = None
    exports: int = 0
    export: Event | None = None
    comparisons: int = 0
    compared: Event | None = None
    totals_seen: bool = False
    totals_changed: bool = False

    @property
    def plan(self) -> str | None:
        """The digest of what is to be approved; None before a check."""
        return self.check["plan"] if self.check is not None else None

    @property
    def prepared_by(self) -> str | None:
        """Who submitted this version, or else brought it."""
        if self.submitted is not None:
            return self.submitted.who
        return self.file.who if self.file is not None else self.created_by or None

    @property
    def approved_by(self) -> str | None:
        """Who approved what is there now."""
        return self.approval.who if self.approval is not None else None

    @property
    def is_one_person(self) -> bool:
        """Whether who approved it had a hand in it."""
        return self.approval is not None and self.approval.who in self.hands

    def go_back_to_run(self) -> None:
        """Nothing is left to post: what counts is the run, with its approval, and none is asked for any more."""
        self.phase, self.returned = "started", None
        self.submitted, self.approval = self.ran_with


def history_of(import_id: str, events: Sequence[Event], now: datetime) -> History:
    """Go through the events of one import, in order."""
    history = History(import_id)
    for event in events:
        _TAKE.get(event.what, _ignore)(history, event)
    approval = history.approval
    if history.phase == "approved" and approval is not None and now - approval.moment > APPROVAL_LASTS:
        history.phase, history.approval = "submitted", None
    return history


def _ignore(_history: History, _event: Event) -> None:
    """Of the audit trail alone."""


def _created(history: History, event: Event) -> None:
    history.name, history.created_by, history.created_at = event["name"], event.who, event.at


def _uploaded(history: History, event: Event) -> None:
    _put_by(history)
    history.version, history.file = event["version"], event
    history.hands = {event.who} | history.mappers | history.deniers
    history.totals_seen = False
    _changed(history)


def _first_options(history: History, event: Event) -> None:
    """No options yet, which is nobody's mapping."""
    history.options_event = event.seq


def _options(history: History, event: Event) -> None:
    _put_by(history)
    before = [history.options.get(name) for name in TOTALS]
    history.options, history.options_event = event["options"], event.seq
    history.hands.add(event.who)
    history.mappers = {event.who, *history.mappers} if history.options else set()
    if history.totals_seen and before != [history.options.get(name) for name in TOTALS]:
        history.totals_changed = True
    _changed(history)


def _put_by(history: History) -> None:
    """Keep what was checked before, to be compared with what comes."""
    if history.check is not None:
        history.previous, history.previous_options = history.check, dict(history.options)


def _changed(history: History) -> None:
    """What was checked, submitted or approved is no longer what is there."""
    history.phase = "uploaded" if history.version else "new"
    history.check = history.submitted = history.approval = history.returned = history.run = history.ended = None
    history.failure = ""
    if not history.totals_seen:
        history.totals_changed = False


def _checking(history: History, _event: Event) -> None:
    history.checks += 1


def _checked(history: History, event: Event) -> None:
    if event["options_event"] != history.options_event or event["version"] != history.version:
        return  # something was changed while it was at work
    history.failure = event["failure"]
    if event["plan"] is not None:
        history.check, history.phase, history.totals_seen = event, "checked", True


def _submitted(history: History, event: Event) -> None:
    history.submitted, history.phase, history.returned = event, "submitted", None
    history.hands.add(event.who)


def _approved(history: History, event: Event) -> None:
    history.approval, history.phase = event, "approved"


def _returned(history: History, event: Event) -> None:
    history.returned, history.phase = event, "checked"
    history.submitted = history.approval = None


def _started(history: History, event: Event) -> None:
    history.runs += 1
    history.run, history.phase, history.ended, history.stopping = event, "started", None, None
    history.ran_with = history.submitted, history.approval
    history.deniers = set()


def _stopping(history: History, event: Event) -> None:
    history.stopping = event


def _ended(history: History, event: Event) -> None:
    if history.run is not None and event["run"] == history.runs:
        history.ended = event


def _judging(history: History, event: Event) -> None:
    """A verdict "not recorded" counts from here on: should the page end before it hears that it was taken."""
    history.unjudged = history.phase, history.submitted, history.approval, {*history.hands}, {*history.deniers}
    _deny(history, event)


def _not_taken(history: History, _event: Event) -> None:
    if history.unjudged is not None:
        history.phase, history.submitted, history.approval, history.hands, history.deniers = history.unjudged


def _verdict(history: History, event: Event) -> None:
    history.hands.add(event.who)
    if event["verdict"] == "not_recorded":
        _deny(history, event)


def _deny(history: History, event: Event) -> None:
    """What was not recorded is posted again, which wants an approval of its own."""
    history.hands.add(event.who)
    history.deniers.add(event.who)
    if history.check is not None:
        history.phase = "checked"
        history.submitted = history.approval = None


def _export(history: History, event: Event) -> None:
    history.exports, history.export, history.compared = event["number"], event, None


def _comparing(history: History, event: Event) -> None:
    history.comparisons = event["number"]


def _compared(history: History, event: Event) -> None:
    if history.export is not None and event["export"] == history.exports:
        history.compared = event


_TAKE: dict[str, Callable[[History, Event], Any]] = {
    "created": _created,
    "uploaded": _uploaded,
    "created_options": _first_options,
    "options": _options,
    "checking": _checking,
    "checked": _checked,
    "submitted": _submitted,
    "approved": _approved,
    "returned": _returned,
    "started": _started,
    "stopping": _stopping,
    "ended": _ended,
    "judging": _judging,
    "not_taken": _not_taken,
    "verdict": _verdict,
    "export": _export,
    "comparing": _comparing,
    "compared": _compared,
}
