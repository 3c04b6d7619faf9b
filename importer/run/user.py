"""Who runs the program, by the word of the system."""

from __future__ import annotations

import getpass


def system_user() -> str:
    """The name of the user; `unknown` in a container that has none for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
