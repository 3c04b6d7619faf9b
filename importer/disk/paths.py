"""Names of files: on Unix a name is any bytes, and may lead elsewhere or nowhere; others hold text only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def real_path(path: Path) -> Path:
    """Where links lead; a loop of them leads into it. `Path.resolve` raises there, in some versions of Python."""
    return Path(os.path.realpath(path))


def follow_link(path: Path) -> Path:
    """The path itself, or where it leads if it is a link: a link and what it leads to are one file."""
    with suppress(OSError):  # `check_path` says what is wrong with it
        return real_path(path) if path.is_symlink() else path
    return path
