"""Who runs the program, by the word of the system, and who approved what it does, by the word of the page."""

from __future__ import annotations

import getpass
import os

from importer.journal import APPROVAL, Approval


def system_user() -> str:
    """The name of the user; `unknown` in a container that has none for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def approval_of(plan: str | None) -> Approval | None:
    """Who approved this plan on the page that started the run; None where no page did."""
    told = Approval.from_text(os.environ.get(APPROVAL, ""))
    return told if told is not None and told.plan == plan else None
