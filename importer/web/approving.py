"""The steps of who approves: another person than who prepared it, who sees the plan and types the password again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.web.desk import StepError
from importer.web.sessions import too_many_tries

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.web.desk import Desk

_MOST_CHARACTERS = 1000


class Approving:
    """These steps. With `verify` (is that the password of a user, and how long to wait) it takes two, else one."""

    def __init__(self, desk: Desk, verify: Callable[[str, str], tuple[bool, float]] | None) -> None:
        self._desk, self._verify = desk, verify

    def approve(self, who: str, import_id: str, plan: str, password: str) -> None:
        """Approve the plan that was shown."""
        self._refuse(who, import_id, plan)
        if self._verify is not None:
            is_right, wait_s = self._verify(who, password)
            if wait_s:
                raise StepError(429, f"{too_many_tries(wait_s)} Nothing was approved.")
            if not is_right:
                raise StepError(403, "That is not your password. Nothing was approved.")
        with self._desk.turn:
            self._refuse(who, import_id, plan)
            self._desk.log.append(who, "approved", import_id, plan=plan)

    def _refuse(self, who: str, import_id: str, plan: str) -> None:
        history = self._desk.due(import_id, "approve", "submitted").history
        if self._verify is not None and who in history.hands:
            raise StepError(403, "You had a hand in this version. It takes somebody else to approve it.")
        if plan != history.plan:
            raise StepError(
                409, "What was shown to you is not the plan any more. Look at it again; nothing was approved."
            )

    def give_back(self, who: str, import_id: str, why: str) -> None:
        """Return it to who prepared it, with a reason."""
        why = why.strip()[:_MOST_CHARACTERS]
        if not why:
            raise StepError(400, "Say why it goes back.")
        with self._desk.turn:
            self._desk.due(import_id, "return", "submitted", "approved")
            self._desk.log.append(who, "returned", import_id, why=why)
