"""What every report is known by: a file without it is none, and is not written over."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARK = "Written by revenue-importer"
_WITHIN = 1_024


def is_report(path: Path) -> bool:
    """Whether a file is a report of this program, page or workbook."""
    with suppress(OSError, zipfile.BadZipFile, KeyError):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                return MARK.encode() in package.read("docProps/core.xml")
        with path.open("rb") as file:
            return MARK.encode() in file.read(_WITHIN)
    return False
