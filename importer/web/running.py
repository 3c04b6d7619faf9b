"""Runs: one at a time, as the pace is that of the key; the others wait in line, where everybody sees them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from importer.disk import is_locked
from importer.journal import APPROVAL, Approval
from importer.web.children import Child, interrupt
from importer.web.desk import StepError
from importer.web.folder import Lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.web.desk import Desk
    from importer.web.history import History

_LOOK_S = 0.5
_SENDING = "sending"


class Running:
    """Starts and stops runs; `after` is called with the id of an import whose run has ended.

    The line is forgotten with the server: nothing starts by itself after a crash.
    """

    def __init__(self, desk: Desk, after: Callable[[str], None]) -> None:
        self._desk, self._after = desk, after
        self._limits: dict[str, tuple[str, int | None]] = {}
        self._watch: threading.Thread | None = None

    def run(self, who: str, import_id: str, limit: str) -> None:
        """Post what was approved, or go on with it; at most `limit` rows of it, if that is said."""
        desk = self._desk
        most = _rows(limit)
        with desk.turn:
            view = desk.look(import_id)
            if not view.may_run:
                desk.due(import_id, "run")
            desk.log.append(who, "asked_to_run", import_id, limit=most)
            self._limits[import_id] = who, most
            desk.waiting.append(import_id)
            self._start_next()

    def stop(self, who: str, import_id: str) -> None:
        """Send no new rows, and come to an end; or leave the line."""
        desk = self._desk
        with desk.turn:
            view = desk.look(import_id)
            if view.waiting:
                desk.waiting.remove(import_id)
                desk.log.append(who, "left_the_line", import_id)
                return
            number = view.history.runs
            told = any(event.what == "stopping" and event["run"] == number for event in desk.log.of(import_id))
            # Told twice, a run gives up the answers that it waits for.
            if told or view.state != "running":
                raise StepError(409, "There is nothing to stop, or it is stopping already.")
            if not interrupt(desk.folder.output(import_id, f"run-{number}", "")):
                raise StepError(409, "The run cannot be reached. It may be ending just now.")
            desk.log.append(who, "stopping", import_id, run=number)

    def _start_next(self) -> None:
        """Start the first in line, if no run is at work; otherwise look again when it may have ended."""
        desk = self._desk
        with desk.turn:
            if not desk.waiting:
                return
            sending = Lock.take(desk.folder.lock(_SENDING))
            if sending is None:
                self._look_again()
                return
            with sending:
                self._start(desk.waiting.popleft(), sending)

    def _start(self, import_id: str, sending: Lock) -> None:
        desk = self._desk
        who, limit = self._limits.pop(import_id)
        mine = Lock.take(desk.folder.lock(import_id))
        if mine is None:  # nobody has it but a run of this import, which has the other lock too
            return
        with mine:
            history = desk.look(import_id).history
            number = history.runs + 1
            status = desk.statuses.of(desk.folder.results(import_id))
            before = status.start.run if status is not None and status.start is not None else None
            desk.log.append(who, "started", import_id, run=number, limit=limit, plan=history.plan, before=before)
            output = desk.folder.output(import_id, f"run-{number}", "")
            environment = {**desk.environment, **_approval(history)}
            child = Child(self._command(history, number, limit), output, environment, (mine, sending))
        child.then(lambda exit_status: self._ended(who, import_id, number, exit_status))

    def _command(self, history: History, number: int, limit: int | None) -> list[str]:
        return [
            *self._desk.command("import", history, f"run-{number}"),
            f"--expect-plan={history.plan}",
            *([] if limit is None else [f"--limit={limit}"]),
            "--yes",
        ]

    def _ended(self, who: str, import_id: str, number: int, exit_status: int) -> None:
        desk = self._desk
        with desk.turn:
            desk.statuses.forget(desk.folder.results(import_id))
            desk.log.append(who, "ended", import_id, run=number, exit=exit_status)
        self._start_next()
        self._after(import_id)

    def _look_again(self) -> None:
        if self._watch is None or not self._watch.is_alive():
            self._watch = threading.Thread(target=self._wait_for_turn, daemon=True)
            self._watch.start()

    def _wait_for_turn(self) -> None:
        """The run that is at work may be one that an earlier server began."""
        while self._desk.waiting:
            time.sleep(_LOOK_S)
            if not is_locked(self._desk.folder.lock(_SENDING)):
                self._start_next()


def _rows(limit: str) -> int | None:
    if not limit.strip():
        return None
    if not limit.strip().isascii() or not limit.strip().isdigit() or not 0 < int(limit) < 10**9:
        raise StepError(400, f"'{limit[:20]}' is not a number of rows.")
    return int(limit)


def _approval(history: History) -> dict[str, str]:
    """The variable that tells a run who approved what it does: its journal keeps it for the report."""
    if history.approval is None or history.plan is None:
        return {}
    given = history.approval
    told = Approval(
        plan=history.plan,
        by=given.who,
        at=f"{given.moment:%Y-%m-%dT%H:%M:%SZ}",
        prepared_by=history.prepared_by or "",
        alone=history.is_one_person,
    )
    return {APPROVAL: told.to_text()}
