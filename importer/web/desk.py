"""What all steps share: the data folder, its events, the target, and that one step is taken at a time."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from importer.web.chosen import arguments
from importer.web.statuses import Statuses
from importer.web.view import View, Views
from importer.web.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.web.events import EventLog
    from importer.web.folder import DataFolder
    from importer.web.history import History

_MOST_UNPACKED = "16GiB"


class StepError(Exception):
    """A step that is not taken, and has changed nothing: the HTTP status and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Desk:
    """Where steps are taken. `turn` is held while one is judged and written down, so that each has one winner.

    `target` are the options that say to which API imports go, `environment` the variables of child processes.
    """

    def __init__(
        self,
        folder: DataFolder,
        log: EventLog,
        target: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.log = folder, log
        self.target, self.environment = tuple(target), dict(environment or {})
        self.statuses = Statuses()
        self.turn = threading.RLock()
        self.waiting: deque[str] = deque()
        self._busy: dict[str, str] = {}
        self.words = Words(folder, log)
        self._views = Views(folder, log, self.statuses, self.words)

    def find(self, import_id: str) -> View | None:
        """The import as it is now; None where there is none of this id."""
        with self.turn:
            place = self.waiting.index(import_id) + 1 if import_id in self.waiting else 0
            busy = self._busy.get(import_id, "")
        return self._views.look(import_id, busy=busy, waiting=place)

    def look(self, import_id: str) -> View:
        """The import as it is now.

        Raises:
            StepError: there is none of this id.
        """
        view = self.find(import_id)
        if view is None:
            raise StepError(404, "There is no such import.")
        return view

    def due(self, import_id: str, step: str, *states: str) -> View:
        """The import, if it is in one of these states and nothing is being done with it.

        Raises:
            StepError: it is not.
        """
        view = self.look(import_id)
        if view.busy:
            raise StepError(409, f"It is being worked on ({view.busy}): wait until that is done.")
        if view.waiting or view.state not in states:
            state = "waiting for its turn" if view.waiting else view.state.replace("_", " ")
            raise StepError(409, f"To {step} is not due: the import is {state}. Nothing was changed.")
        return view

    def occupy(self, import_id: str, what: str) -> None:
        """Let no other step be taken with this import, until `release`."""
        with self.turn:
            self._busy[import_id] = what

    def release(self, import_id: str) -> None:
        """Let steps be taken again."""
        with self.turn:
            self._busy.pop(import_id, None)

    def command(self, name: str, history: History, output: str) -> list[str]:
        """The command `check` or `import` for what is there now, as far as both have it in common."""
        assert history.file is not None
        folder = self.folder
        return [
            name,
            str(folder.named(history.id, history.version, history.file["name"])),
            f"--results={folder.results(history.id)}",
            f"--rejects={folder.output(history.id, output, '.csv')}",
            f"--max-unpacked={_MOST_UNPACKED}",
            *self.target,
            *arguments(
                history.options,
                folder.profile(history.id, history.options_event),
                folder.results,
                checking=name == "check",
            ),
            "--json",
            "--no-progress",
        ]
