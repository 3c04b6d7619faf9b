"""Results against an export of the vendor's records: it comes, is compared, and what it proves is noted when told.

The verdicts are shown before anything is noted. They are noted only while results and journal are those that were
compared.
"""

from __future__ import annotations

import csv
import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from importer.errors import SettingsError
from importer.web.children import Child, failure_in, run_to_end, summary_in, text_in
from importer.web.chosen import arguments_of_export, of_exports, read_form
from importer.web.desk import StepError
from importer.web.statuses import stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from importer.web.desk import Desk
    from importer.web.history import History
    from importer.web.uploads import Upload
    from importer.web.verdicts import Verdicts

OURS = "ours"
_WAIT_S, _TIMEOUT_S = 20.0, 600.0
_MOST_CHARACTERS = 1000
_LOST = "The comparison came to no end. Try again; if it happens again, ask who runs this page to look at its log."
_APPLY = {"recorded": ("recorded",), "all": ("recorded", "not_recorded")}
_DIFFERENCES = 2  # the exit status of a comparison that came to nothing


class Comparing:
    """These steps. Each raises `StepError` where it is not due."""

    def __init__(self, desk: Desk, verdicts: Verdicts) -> None:
        self._desk, self._verdicts = desk, verdicts

    def may_upload(self, import_id: str) -> None:
        """Whether an export may come; to be asked before its bytes are taken, too."""
        self._verdicts.due(import_id)

    def keep(self, who: str, import_id: str, upload: Upload, name: str) -> int:
        """Let an upload be the next export; returns its number."""
        with self._desk.turn:
            number = self._verdicts.due(import_id).exports + 1
            upload.keep(f"e{number}", name)
            facts = {"number": number, "name": name, "bytes": upload.size, "sha256": upload.sha256}
            self._desk.log.append(who, "export", import_id, **facts)
            return number

    def compare(self, who: str, import_id: str, form: Sequence[tuple[str, str]]) -> None:
        """Compare; comes back when that is done, or takes longer than some seconds."""
        desk = self._desk
        chosen = _chosen(form)
        with desk.turn:
            history = self._verdicts.due(import_id)
            if history.export is None:
                raise StepError(409, "There is no export yet. Upload one first.")
            number = history.comparisons + 1
            desk.log.append(who, "comparing", import_id, number=number)
            desk.occupy(import_id, "comparing")
            output = desk.folder.output(import_id, f"compare-{number}", "")
            stamp = self._stamp(import_id)
            try:
                draft = f"--verdicts={desk.folder.output(import_id, f'compare-{number}', '.csv')}"
                child = Child([*self._command(history, chosen), draft], output, desk.environment)
            except BaseException:
                desk.release(import_id)
                raise
        facts = {"number": number, "export": history.exports, "options": chosen, "stamp": stamp}
        child.then(lambda status: self._compared(who, import_id, status, facts)).join(_WAIT_S)

    def _command(self, history: History, chosen: dict[str, list[str]]) -> list[str]:
        assert history.export is not None
        folder = self._desk.folder
        ours = [f"--ours={text}" for text in chosen.get(OURS, ())]
        export = folder.export(history.id, history.exports, history.export["name"])
        reading = arguments_of_export(chosen)
        return ["reconcile", str(folder.results(history.id)), f"--against={export}", "--json", *reading, *ours]

    def _compared(self, who: str, import_id: str, status: int, facts: dict[str, Any]) -> None:
        output = self._desk.folder.output(import_id, f"compare-{facts['number']}", "")
        found = None if status == _DIFFERENCES else summary_in(output)
        failure = "" if found is not None else failure_in(text_in(output)) or _LOST
        with self._desk.turn:
            try:
                self._desk.log.append(who, "compared", import_id, **facts, failure=failure)
            finally:
                self._desk.release(import_id)

    def outcome(self, history: History) -> dict[str, Any] | None:
        """What the last comparison printed, if it came to anything."""
        return None if history.compared is None else summary_in(self._output(history))

    def proven(self, history: History) -> Iterable[dict[str, str]]:
        """Yield the rows for which it has a verdict, with the reason."""
        path = self._output(history).with_name(self._output(history).name + ".csv")
        if not path.exists():
            return
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from (line for line in csv.DictReader(file) if line["verdict"])

    def _output(self, history: History) -> Path:
        number = history.compared["number"] if history.compared is not None else 0
        return self._desk.folder.output(history.id, f"compare-{number}", "")

    def is_current(self, history: History) -> bool:
        """Whether results and journal are those that were compared."""
        return history.compared is not None and history.compared["stamp"] == self._stamp(history.id)

    def _stamp(self, import_id: str) -> str:
        return json.dumps(stamp_of(self._desk.folder.results(import_id)))

    def apply(self, who: str, import_id: str, number: str, what: str, why: str) -> None:
        """Note the verdicts of the comparison that was shown: those that a row was recorded, or all."""
        if what not in _APPLY:
            raise StepError(400, "Say whether those that are recorded are noted, or all.")
        if not why.strip():
            raise StepError(400, "Say where the export is from: it is kept with the verdicts.")
        with self._verdicts.occupied(import_id, "noting verdicts") as history:
            if history.compared is None or str(history.compared["number"]) != number or not self.is_current(history):
                raise StepError(409, "Something has changed since this was compared. Compare again.")
            counts = self._counts(history)
            about = {"export": history.export["name"] if history.export else "", "why": why.strip()[:_MOST_CHARACTERS]}
            given = [(verdict, {"rows": counts[verdict], **about}) for verdict in _APPLY[what] if counts[verdict]]
            if not given:
                raise StepError(409, "It proves nothing that could be noted.")
            command = self._command(history, history.compared["options"])
            command += [f"--apply={what}", f"--why={about['why']}", f"--by={who}", "--yes"]
            self._verdicts.write(who, import_id, given, lambda: self._applied(command))

    def _applied(self, command: Sequence[str]) -> str:
        """Why nothing was noted; empty where it was."""
        status, failure = run_to_end(command, self._desk.environment, _TIMEOUT_S)
        return "" if status in (0, 1) else failure or _LOST

    def _counts(self, history: History) -> dict[str, int]:
        found = self.outcome(history) or {}
        kinds = {"recorded": "settled_recorded", "not_recorded": "settled_not_recorded"}
        return {verdict: int(found.get(kind, {}).get("rows", 0)) for verdict, kind in kinds.items()}

    def page(self, history: History, first: int, rows: int) -> list[dict[str, str]]:
        """Some of the rows that have a verdict."""
        return list(islice(self.proven(history), first, first + rows))


def _chosen(form: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The options of reading the export, and what marks its lines that came by the API."""
    ours = [text.strip() for name, text in form if name == OURS and text.strip()]
    try:
        chosen = read_form([pair for pair in form if pair[0] != OURS], {}, of_exports())
    except SettingsError as error:
        raise StepError(400, str(error)) from None
    if len(ours) > 1 or any(len(text) > _MOST_CHARACTERS or not text.isprintable() for text in ours):
        raise StepError(400, "One column marks what came by the API, as COLUMN=VALUE.")
    return chosen | ({OURS: ours} if ours else {})
