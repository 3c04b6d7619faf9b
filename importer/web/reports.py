"""The report of an import, as the command writes it: made anew when what it tells of has changed."""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from importer.journal import journal_path
from importer.web.children import run_to_end
from importer.web.desk import StepError

if TYPE_CHECKING:
    from pathlib import Path

    from importer.web.desk import Desk

_TIMEOUT_S = 600.0
_LARGE = 4 << 20  # of such results a report takes seconds
_OPTIONS = {".html": "--html", ".xlsx": "--excel"}


class Reports:
    """Reports as files, each made once for what RESULTS and the journal then were."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def file(self, import_id: str, suffix: str) -> Path:
        """The report with this suffix, `.html` or `.xlsx`. It raises `StepError` where there is none."""
        results = self._desk.folder.results(import_id)
        if not results.exists() and not journal_path(results).exists():
            raise StepError(404, "There is no report before the first run.")
        with self._turns[import_id + suffix]:
            path = self._desk.folder.output(import_id, f"report-{_stamp(results)}", suffix)
            if not path.exists():
                self._make(import_id, results, path)
            return path

    def prepare(self, import_id: str) -> None:
        """Make the report of a large import before somebody asks for it."""
        results = self._desk.folder.results(import_id)
        with suppress(StepError, OSError):
            if results.stat().st_size > _LARGE:
                self.file(import_id, ".html")

    def _make(self, import_id: str, results: Path, path: Path) -> None:
        for old in path.parent.glob(f"{import_id}.report-*{path.suffix}"):
            old.unlink(missing_ok=True)
        command = ["report", str(results), f"{_OPTIONS[path.suffix]}={path}"]
        _, failure = run_to_end(command, self._desk.environment, _TIMEOUT_S)
        if not path.exists():
            raise StepError(409, failure or "The report could not be made just now. Try again.")


def _stamp(results: Path) -> str:
    stats = [path.stat() for path in (results, journal_path(results)) if path.exists()]
    return hashlib.sha256(repr([(one.st_mtime_ns, one.st_size) for one in stats]).encode()).hexdigest()[:16]
