"""What there is to see of an import: its state, which is derived each time and stored nowhere, and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.disk import is_locked
from importer.model import Share, Status
from importer.report import status_fields
from importer.web.children import failure_in, summary_in, text_in
from importer.web.history import History, history_of
from importer.web.wording import STOPPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.report import RunStatus
    from importer.web.events import EventLog
    from importer.web.folder import DataFolder
    from importer.web.statuses import Statuses
    from importer.web.words import Words

_GONE = "The run was gone before it began."
_FIGURES = ("rows", "revenue", "by_status")
_SETTLED = {Status.RECORDED, Status.EXCLUDED, Status.DUPLICATE}
_OPEN_CODES = {"already_in_doubt", "looks_recorded"}  # of rows that are held for a person's decision
_SENT = (Status.RECORDED, Status.REJECTED, Status.FAILED, Status.IN_DOUBT)
_PROGRESS = ("settled", "to_post", "percent", "rows_a_second", "eta_s", "held_up", "in_flight", "paused_s")


@dataclass(frozen=True, slots=True)
class View:
    """One import as it is now.

    `summary` is that of the command's `--json`, with the figures of the journal where there is one. `problem` says why
    it did not get further, as the command says it, empty where nothing is wrong; `problem_words` says that in the words
    of the page. `busy` is what the page itself is doing with it, and `waiting` its place in the line of imports that
    are to run, 0 when it is not in it.
    """

    history: History
    state: str
    summary: dict[str, Any] | None = None
    status: RunStatus | None = None
    problem: str = ""
    problem_words: str = ""
    busy: str = ""
    waiting: int = 0

    def share(self, *statuses: Status) -> int:
        """How many rows have one of these statuses, as far as that is known."""
        by_status = (self.summary or {}).get("by_status", {})
        return sum(by_status.get(str(status), {}).get("rows", 0) for status in statuses)

    @property
    def has_posted(self) -> bool:
        """Whether a run of this import, be it of an earlier version of the file, has sent anything."""
        return self.status is not None and _rows(self.status, *_SENT) > 0

    @property
    def to_post(self) -> dict[str, Any] | None:
        """Rows and revenue that a run would post, as the check says, or the journal after a run; None before both."""
        summary = self.summary or {}
        share = summary.get("by_status", {}).get(str(Status.PENDING)) if self.history.run else summary.get("to_post")
        return dict(share) if share else None

    @property
    def stopping(self) -> bool:
        """Whether the run at work was asked to stop."""
        return self.state == "running" and self.history.stopping is not None

    @property
    def may_run(self) -> bool:
        """Whether a run is due: what was approved has not begun, or has not come to its end."""
        if self.busy or self.waiting:
            return False
        left = self.share(Status.PENDING, Status.FAILED)
        return self.state in {"approved", "interrupted"} or (
            self.state == "needs_a_person" and self.history.phase == "started" and left > 0
        )

    def fields(self) -> dict[str, Any]:
        """The object of `/imports/{id}.json`."""
        history = self.history
        return {
            "id": history.id,
            "name": history.name,
            "state": self.state,
            "plan": history.plan,
            "summary": self.summary,
            "version": history.version,
            "file": history.file["name"] if history.file else None,
            "prepared_by": history.prepared_by,
            "approved_by": history.approved_by,
            "one_person": history.is_one_person,
            "returned": history.returned["why"] if history.returned else None,
            "problem": self.problem_words or None,
            "busy": self.busy or None,
            "waiting": self.waiting,
            "stopping": self.stopping,
            "progress": self.progress(),
        }

    def progress(self) -> dict[str, Any] | None:
        """How far the run is, while there is one."""
        if self.status is None or self.state != "running" or not _has_begun(self.history, self.status):
            return None
        fields = status_fields([self.status])
        return {name: fields[name] for name in _PROGRESS}


class Views:
    """Looks at imports."""

    def __init__(self, folder: DataFolder, log: EventLog, statuses: Statuses, words: Words) -> None:
        self._folder, self._log, self._statuses, self._words = folder, log, statuses, words

    def look(self, import_id: str, *, busy: str = "", waiting: int = 0) -> View | None:
        """The import as it is now; None where there is none of this id."""
        events = self._log.of(import_id)
        if not events:
            return None
        history = history_of(import_id, events, self._log.now())
        state, problem, status = self._state(history)
        told = STOPPED.get(problem) or self._words(problem)
        return View(history, state, self._summary(history, status), status, problem, told, busy, waiting)

    def _state(self, history: History) -> tuple[str, str, RunStatus | None]:
        results = self._folder.results(history.id)
        if history.run is None:
            return history.phase, history.failure, self._statuses.of(results) if history.runs else None
        if history.phase != "started":
            status = self._statuses.of(results)
            if status is None or not _is_over(status):
                return history.phase, "", status
            history.go_back_to_run()
            return _end(status), "", status
        if is_locked(self._folder.lock(history.id)):
            return "running", "", self._statuses.of(results)
        status = self._statuses.of(results)
        if status is not None and status.alive:  # the look is of a moment ago
            self._statuses.forget(results)
            status = self._statuses.of(results)
        return *self._outcome(history, status), status

    def _outcome(self, history: History, status: RunStatus | None) -> tuple[str, str]:
        """What became of the last run, which is gone, and why it did not come further."""
        assert history.run is not None
        output = self._folder.output(history.id, f"run-{history.runs}", "")
        if not _has_begun(history, status) and summary_in(output) is None:
            failure = failure_in(text_in(output))
            return ("approved", failure) if failure else ("interrupted", _GONE)
        if status is None:
            return "interrupted", failure_in(text_in(output))
        if status.state == "killed":
            return "interrupted", ""
        if status.stopped is not None and not _is_over(status):
            return "interrupted", status.stopped
        return _end(status), ""

    def _summary(self, history: History, status: RunStatus | None) -> dict[str, Any] | None:
        if history.check is None:
            return None
        summary = summary_in(self._folder.output(history.id, f"check-{history.check['number']}", ""))
        if history.run is None or summary is None:
            return summary
        summary = summary_in(self._folder.output(history.id, f"run-{history.runs}", "")) or summary
        if status is None:
            return summary
        fields = status_fields([status])
        summary |= {name: fields[name] for name in _FIGURES}
        return summary | (self._after_verdicts(history, status) if status.settled_since else {})

    def _after_verdicts(self, history: History, status: RunStatus) -> dict[str, Any]:
        """What verdicts change of what the run printed: as the same command would print it now."""
        codes = None if status.alive else self._statuses.codes(self._folder.results(history.id))
        if codes is None:
            return {}
        ended = {"stopped": None, "exit": _exit(history, status, codes)} if _is_over(status) else {}
        return {"by_code": codes, **ended}


def _has_begun(history: History, status: RunStatus | None) -> bool:
    """Whether the journal tells of the last run, and not of the one before."""
    start = status.start if status is not None else None
    return start is not None and history.run is not None and start.run != history.run["before"]


def _exit(history: History, status: RunStatus, codes: Mapping[str, int]) -> int:
    """The exit status of a run that has nothing to post: whether a row is neither recorded nor left out knowingly."""
    skips = "skip" in history.options.get("duplicates", ())
    held = (_OPEN_CODES if skips else _OPEN_CODES | {"duplicate_row"}) & set(codes)
    return int(bool(held or set(status.by_status) - _SETTLED))


def _is_over(status: RunStatus) -> bool:
    """Whether a run has ended and left nothing to post, by what verdicts have made of its rows since."""
    return status.state in {"ended", "stopped"} and not _rows(status, Status.PENDING)


def _end(status: RunStatus) -> str:
    """The state after a run that came to its end."""
    if _rows(status, Status.IN_DOUBT, Status.FAILED):
        return "needs_a_person"
    return "approved" if _rows(status, Status.PENDING) else "done"


def _rows(status: RunStatus, *some: Status) -> int:
    return sum(status.by_status.get(one, Share()).rows for one in some)
