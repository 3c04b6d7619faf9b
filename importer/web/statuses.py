"""What the journals say of runs, read as seldom as will do: many browsers may ask, and a journal may be long."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import JournalError, ResultsError
from importer.journal import journal_path
from importer.report import RunStatus, read_codes, read_status

if TYPE_CHECKING:
    from pathlib import Path

_FRESH_S = 0.8
_SHARE_OF_TIME = 5  # a look at a large journal takes seconds: most of the time the processor is the run's

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Look:
    stamp: Stamp
    until: float
    status: RunStatus | None


class Statuses:
    """The last look at each RESULTS; one thread at a time looks at one."""

    def __init__(self) -> None:
        self._looks: dict[Path, _Look] = {}
        self._codes: dict[Path, tuple[Stamp, dict[str, int] | None]] = {}
        self._turns: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)

    def of(self, results: Path) -> RunStatus | None:
        """What the journal says; None where there is none, or it cannot be read."""
        with self._turns[results]:
            known, stamp = self._looks.get(results), stamp_of(results)
            if known is not None and (known.stamp == stamp or time.monotonic() < known.until):
                alive = known.status is not None and known.status.alive
                if not alive or time.monotonic() < known.until:
                    return known.status
            began = time.monotonic()
            status = _read(results)
            took = time.monotonic() - began
            fresh_s = max(_FRESH_S, _SHARE_OF_TIME * took) if status is not None and status.alive else 0.0
            self._looks[results] = _Look(stamp, time.monotonic() + fresh_s, status)
            return status

    def codes(self, results: Path) -> dict[str, int] | None:
        """How many rows have each code now, which wants every line read; None where that cannot be."""
        with self._turns[results]:
            stamp = stamp_of(results)
            if self._codes.get(results, (None,))[0] != stamp:
                self._codes[results] = stamp, _read_codes(results)
            return self._codes[results][1]

    def forget(self, results: Path) -> None:
        """Something has just changed it."""
        with self._turns[results]:
            self._looks.pop(results, None)


def _read(results: Path) -> RunStatus | None:
    try:
        return read_status(results)
    except (ResultsError, JournalError):
        return None


def _read_codes(results: Path) -> dict[str, int] | None:
    try:
        return read_codes(results)
    except (ResultsError, JournalError):
        return None


def stamp_of(results: Path) -> Stamp:
    """What tells RESULTS and its journal from what they were before."""
    stamps = []
    for path in (results, journal_path(results)):
        try:
            found = path.stat()
            stamps.append((found.st_mtime_ns, found.st_size))
        except OSError:
            stamps.append((0, 0))
    return tuple(stamps)
