"""Who did what when: an append-only file of JSON lines, each with the digest of the one before it.

`hash` is SHA-256 of the line without it, `prev` the `hash` of the line before: a line that was changed or taken out
shows. Each line is on disk before the step that it tells of counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from importer.disk import storing, sync, write_all
from importer.errors import ResultsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_BEGIN = "0" * 64
_OWN = frozenset({"seq", "at", "who", "what", "import", "prev", "hash"})


@dataclass(frozen=True, slots=True)
class Event:
    """One line. `about` is the id of the import, empty where it is about none; `at` is UTC."""

    seq: int
    at: str
    who: str
    what: str
    about: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:  # JSON
        return self.facts[name]

    @property
    def moment(self) -> datetime:
        """When it was."""
        return datetime.fromisoformat(self.at)


def utc_now() -> datetime:
    """The moment that it is."""
    return datetime.now(UTC)


class EventLog:
    """The file, read once and appended to.

    A last line without its end is what a crash left of a step that never counted: it is cut off.

    Raises:
        ResultsError: a line was changed, or taken out.
        StorageError: the disk refused.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = utc_now) -> None:
        self.now = now
        self._path = path
        self._turn = threading.Lock()
        self._prev = _BEGIN
        self._events: list[Event] = []
        self._by_import: defaultdict[str, list[Event]] = defaultdict(list)
        with storing("open", path):
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._load()

    def _load(self) -> None:
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(self._fd, whole)
        for line in data[:whole].splitlines():
            self._take(self._read(line))

    def _read(self, line: bytes) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(line)
            intact = found["prev"] == self._prev and found.pop("hash") == _digest(found)
        except (ValueError, KeyError, TypeError):
            intact, found = False, {}
        if not intact:
            raise ResultsError(
                f"{self._path}, line {len(self._events) + 1}, is not as it was written, or a line before it is gone: "
                "the audit trail was changed. Put the file back from a copy."
            )
        return found

    def _take(self, line: dict[str, Any]) -> Event:
        facts = {name: value for name, value in line.items() if name not in _OWN}
        event = Event(line["seq"], line["at"], line["who"], line["what"], line["import"], facts)
        self._prev = _digest(line)
        self._events.append(event)
        self._by_import[event.about].append(event)
        return event

    def append(self, who: str, what: str, about: str = "", **facts: object) -> Event:
        """Write down what happened; it is on disk when this returns.

        Raises:
            StorageError: the disk refused.
        """
        with self._turn:
            at = self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            line = {"seq": len(self._events) + 1, "at": at, "who": who, "what": what, "import": about, **facts}
            line["prev"] = self._prev
            text = json.dumps(line | {"hash": _digest(line)}, ensure_ascii=False) + "\n"
            with storing("write", self._path):
                self._write(text.encode("utf-8", "backslashreplace"))
            return self._take(line)

    def _write(self, data: bytes) -> None:
        """All of the line, or none."""
        end = os.fstat(self._fd).st_size
        try:
            write_all(self._fd, data, end)
            sync(self._fd)
        except OSError:
            os.ftruncate(self._fd, end)
            raise

    def of(self, about: str) -> list[Event]:
        """The events of one import, in order."""
        with self._turn:
            return list(self._by_import.get(about, ()))

    def imports(self) -> list[str]:
        """The ids of all imports, oldest first."""
        with self._turn:
            return [event.about for event in self._events if event.what == "created"]

    def close(self) -> None:
        """Nothing more is to be written."""
        os.close(self._fd)


def _digest(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")).hexdigest()
