"""Names of files: on Unix a name is any bytes, and may lead elsewhere or nowhere; others hold text only."""

from __future__ import annotations

import os
from pathlib import Path


def real_path(path: Path) -> Path:
    """Where links lead; a loop of them leads into it. `Path.resolve` raises there, in some versions of Python."""
    return Path(os.path.realpath(path))
