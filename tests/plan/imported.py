"""An import in this process, as its caller sees it end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.errors import ImporterError
from importer.run.pipeline import run_import
from importer.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def imported(file: Path, settings: dict[str, Any]) -> tuple[int, Any]:
    """Import a file: the exit status, with the summary or, where it did not start, the sentence."""
    try:
        summary = run_import(Settings(inputs=(str(file),), **settings))
    except ImporterError as error:
        return error.exit_status, str(error)
    return summary.exit_status, summary
