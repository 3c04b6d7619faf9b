"""The steps of who prepares an import: a name, a file, options, a check, and to submit it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.disk import storing, sync
from importer.errors import SettingsError
from importer.web.children import Child, failure_in, summary_in, text_in
from importer.web.chosen import ALREADY, changed, profile_text, read_form
from importer.web.desk import StepError
from importer.web.folder import create
from importer.web.words import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.web.desk import Desk
    from importer.web.history import History
    from importer.web.uploads import Upload

_MOST_CHARACTERS = 200
_WAIT_S = 20.0
# As long as nothing is under way, what is there may be changed; what was approved is so no longer then.
_CHANGEABLE = (
    "new", "uploaded", "checked", "submitted", "approved", "interrupted", "needs_a_person", "done",
)  # fmt: skip
_LOST = "The check came to no end. Try again; if it happens again, ask who runs this page to look at its log."


class Preparing:
    """These steps, each by one person on one import. Each raises `StepError` where it is not due."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create(self, who: str, name: str) -> str:
        """Begin an import; returns its id."""
        name = " ".join(name.split())
        if not name or len(name) > _MOST_CHARACTERS or not name.isprintable():
            raise StepError(400, f"Give the import a name, of at most {_MOST_CHARACTERS} characters.")
        import_id = secrets.token_hex(6)
        self._desk.log.append(who, "created", import_id, name=name)
        self._set_options(who, import_id, {}, "created_options")
        return import_id

    def may_upload(self, import_id: str) -> None:
        """Whether a file may come; to be asked before its bytes are taken, too."""
        self._desk.due(import_id, "upload", *_CHANGEABLE)

    def keep(self, who: str, import_id: str, upload: Upload, name: str) -> int:
        """Let an upload be the next version of the file; returns its number."""
        with self._desk.turn:
            self.may_upload(import_id)
            version = self._desk.look(import_id).history.version + 1
            upload.keep(f"v{version}", name)
            self._desk.log.append(
                who, "uploaded", import_id, version=version, name=name, bytes=upload.size, sha256=upload.sha256
            )
            return version

    def choose(self, who: str, import_id: str, form: Iterable[tuple[str, str]], *, keep: bool = False) -> None:
        """Set the options: those of a form are all; with `keep` those that it does not name stay as they are."""
        desk = self._desk
        with desk.turn:
            view = desk.due(import_id, "choose options", *_CHANGEABLE)
            try:
                chosen = read_form(map(self._by_id, form), view.history.options if keep else {})
            except SettingsError as error:
                raise StepError(400, str(error)) from None
            for other in chosen.get(ALREADY, ()):
                if other == import_id or desk.find(other) is None:
                    raise StepError(400, f"“{LABELS[ALREADY]}”: {other} is no other import of this page.")
            self._set_options(who, import_id, chosen, "options", **changed(view.history.options, chosen))

    def _by_id(self, pair: tuple[str, str]) -> tuple[str, str]:
        """A path of results of this page is the import that has them."""
        name, text = pair
        path = Path(text.strip())
        is_ours = name == ALREADY and path.parent.absolute() == self._desk.folder.root / "results"
        return (name, path.name.partition(".results.csv")[0]) if is_ours else pair

    def _set_options(
        self, who: str, import_id: str, chosen: dict[str, list[str]], what: str, **changes: list[str]
    ) -> None:
        """Write them down as a profile, and then that it counts."""
        desk = self._desk
        number = desk.log.append(who, what, import_id, options=chosen, **changes).seq
        path = desk.folder.profile(import_id, number)
        with storing("write", path), os.fdopen(create(path), "w", encoding="utf-8") as file:
            file.write(profile_text(chosen))
            file.flush()
            sync(file.fileno())

    def check(self, who: str, import_id: str) -> None:
        """Check the file; comes back when that is done, or takes longer than some seconds."""
        desk = self._desk
        with desk.turn:
            history = desk.due(import_id, "check", "uploaded").history
            number = history.checks + 1
            desk.log.append(who, "checking", import_id, number=number)
            desk.occupy(import_id, "checking")
            output = desk.folder.output(import_id, f"check-{number}", "")
            try:
                child = Child(desk.command("check", history, f"check-{number}"), output, desk.environment)
            except BaseException:
                desk.release(import_id)
                raise
        child.then(lambda _exit: self._checked(who, history, number)).join(_WAIT_S)

    def _checked(self, who: str, history: History, number: int) -> None:
        output = self._desk.folder.output(history.id, f"check-{number}", "")
        summary: dict[str, Any] = summary_in(output) or {}
        plan = summary.get("plan")
        failure = "" if plan is not None else failure_in(text_in(output)) or _LOST
        with self._desk.turn:
            try:
                self._desk.log.append(
                    who, "checked", history.id, number=number, version=history.version, plan=plan, failure=failure,
                    options_event=history.options_event,
                )  # fmt: skip
            finally:
                self._desk.release(history.id)

    def submit(self, who: str, import_id: str) -> None:
        """Give it to somebody else to approve."""
        with self._desk.turn:
            view = self._desk.due(import_id, "submit", "checked")
            self._desk.log.append(who, "submitted", import_id, plan=view.history.plan, version=view.history.version)
