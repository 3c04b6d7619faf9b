"""The files that a comparison writes, which must take the place of nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.disk import real_path
from importer.errors import SettingsError
from importer.report import is_report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.settings import ReconcileSettings

DRAFT_BEGINS = "results,row,source,"


def check_outputs(settings: ReconcileSettings, results: Sequence[Path]) -> None:
    """Refuse to write over a file that is no draft, or no report, of this program.

    Raises:
        SettingsError: names the file.
    """
    if settings.verdicts is not None and settings.verdicts.exists() and not _is_draft(settings.verdicts):
        raise SettingsError(f"--verdicts {settings.verdicts} exists, and is no draft of verdicts. Choose another name.")
    if settings.report is not None and settings.report.exists() and not is_report(settings.report):
        raise SettingsError(f"--report {settings.report} exists, and is no report. Choose another name.")
    outputs = {real_path(path) for path in (settings.verdicts, settings.report) if path is not None}
    taken = outputs & {real_path(path) for path in results}
    if taken:
        raise SettingsError(f"{taken.pop()} is a results file; choose another name to write to.")


def _is_draft(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(DRAFT_BEGINS)) == DRAFT_BEGINS.encode()
    except OSError:
        return False
