"""Rows in doubt: what a person is to look up, and the verdict, which the command `resolve` writes down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.errors import ImporterError
from importer.run import rows_in_doubt
from importer.web.children import run_to_end
from importer.web.desk import StepError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.web.desk import Desk

_VERDICTS = {"recorded": "--recorded", "not_recorded": "--not-recorded", "not-recorded": "--not-recorded"}
_TIMEOUT_S = 300.0
_SHOWN = 200
_MOST_CHARACTERS = 1000
_CHANGED = "somebody else may have given a verdict. Look at the rows again."


class Doubts:
    """The rows in doubt of imports."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def rows(self, import_id: str) -> list[dict[str, Any]]:
        """The first rows in doubt, as the journal has them; none where there are no results yet."""
        try:
            found = rows_in_doubt(self._desk.folder.results(import_id))
        except ImporterError:
            return []
        return found.head(_SHOWN).to_dicts()

    def settle(self, who: str, import_id: str, form: Mapping[str, str]) -> None:
        """Write down a verdict. It raises `StepError` where it is not taken."""
        desk = self._desk
        arguments = _arguments(form)
        with desk.turn:
            view = desk.look(import_id)
            if view.busy or view.waiting or view.state == "running" or view.history.runs == 0:
                raise StepError(409, "Verdicts can be given when no run is at work, and there was one.")
            desk.occupy(import_id, "noting a verdict")
        try:
            self._resolve(who, import_id, form, arguments)
        finally:
            desk.release(import_id)

    def _resolve(self, who: str, import_id: str, form: Mapping[str, str], arguments: list[str]) -> None:
        desk = self._desk
        results = desk.folder.results(import_id)
        command = ["resolve", str(results), *arguments, f"--by={who}", "--yes"]
        exit_status, failure = run_to_end(command, desk.environment, _TIMEOUT_S)
        if exit_status != 0:
            raise StepError(409, failure or f"The verdict was not taken: {_CHANGED}")
        desk.statuses.forget(results)
        verdict = form["verdict"].replace("-", "_")
        named = {name: form[name] for name in ("row", "source", "message_id", "revenue_id") if form.get(name)}
        desk.log.append(who, "verdict", import_id, verdict=verdict, why=form["why"].strip(), **named)


def _arguments(form: Mapping[str, str]) -> list[str]:
    verdict, why = form.get("verdict", ""), form.get("why", "").strip()
    if verdict not in _VERDICTS:
        raise StepError(400, "The verdict is recorded or not_recorded.")
    if not why:
        raise StepError(400, "Say how you know: the reason is kept with the verdict.")
    if any(len(form.get(name, "")) > _MOST_CHARACTERS for name in _NAMES):
        raise StepError(400, "That is too long to name a row.")
    if not form.get("row") and not form.get("message_id"):
        raise StepError(400, "Name the row.")
    named = [f"--{name.replace('_', '-')}={form[name]}" for name in _NAMES if form.get(name)]
    return [*named, _VERDICTS[verdict], f"--why={why[:_MOST_CHARACTERS]}", *(["--sure"] if form.get("sure") else [])]


_NAMES = ("row", "source", "message_id", "revenue_id")
