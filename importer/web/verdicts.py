"""Verdicts being written down: when they are due, that nothing else happens meanwhile, and what the trail says.

A verdict "not recorded" stands in the trail before the command writes it: a page that is killed in between must not
leave rows that may be posted under an approval of before.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.web.desk import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.web.desk import Desk
    from importer.web.history import History

_CHANGED = "somebody else may have given a verdict. Look at the rows again."


class Verdicts:
    """What all ways to give verdicts share."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def due(self, import_id: str) -> History:
        """The import, if a verdict may be given now; raises `StepError` where not."""
        view = self._desk.look(import_id)
        if view.busy or view.waiting or view.state == "running" or view.history.runs == 0:
            raise StepError(409, "Verdicts can be given when no run is at work, and there was one.")
        return view.history

    @contextmanager
    def occupied(self, import_id: str, what: str) -> Iterator[History]:
        """Let no other step be taken meanwhile. It raises `StepError` where none is due."""
        desk = self._desk
        with desk.turn:
            history = self.due(import_id)
            desk.occupy(import_id, what)
        try:
            yield history
        finally:
            desk.release(import_id)

    def write(
        self, who: str, import_id: str, given: Sequence[tuple[str, Mapping[str, Any]]], do: Callable[[], str]
    ) -> None:
        """Write verdicts down: `given` with what the trail says of each, by `do`, which returns why it was refused.

        Raises `StepError` where it was.
        """
        desk = self._desk
        denies = any(verdict == "not_recorded" for verdict, _ in given)
        if denies:
            desk.log.append(who, "judging", import_id)
        failure = do()
        desk.statuses.forget(desk.folder.results(import_id))
        if failure:
            if denies:
                desk.log.append(who, "not_taken", import_id)
            raise StepError(409, failure)
        for verdict, facts in given:
            desk.log.append(who, "verdict", import_id, verdict=verdict, **facts)


def refusal(exit_status: int, failure: str) -> str:
    """Why the command `resolve` noted nothing; empty where it did."""
    return "" if exit_status == 0 else failure or f"The verdict was not taken: {_CHANGED}"
