"""The longest valid prefix of a journal, and what is left of a chunk that was being written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import JournalError
from importer.journal.lines import INTENT, MAGIC, OUTCOME, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READ_BYTES = 4 * 1024 * 1024
_ROOM = bytes(READ_BYTES)
_COMMIT = re.compile(rb"\n#([0-9a-f]{32})\n")
_RESTORE = "Nothing was changed or sent. Put back the last good copy of it."
_RESULTS_ALONE = (
    "Without one, move it away, but only if {} was written at the end of the last run (a run that was killed wrote "
    "none, and its rows would be posted again): it is then enough to go on from."
)
_NOTHING_ELSE = (
    "Without one nobody here knows which rows were sent, as {} is not there either: look in the vendor's dashboard "
    "what it has before you import this file again."
)


@dataclass(frozen=True, slots=True)
class Tail:
    """Where the valid prefix ends, the digest there, and the whole lines of a torn last chunk."""

    length: int = 0
    digest: bytes = b""
    torn_lines: bytes = b""
    torn: bool = False


class Reader:
    """Iterates over the verified chunks of a journal, several to a block; `tail` is known afterwards.

    Raises:
        JournalError: not a journal, of a newer format, or damaged before its last chunk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tail = Tail()

    def blocks(self) -> Iterator[bytes]:
        """Verified bytes, whole lines, commit lines among them; the lines of a torn tail come last."""
        with _opened_for_reading(self.path) as file:
            digest, offset, pending, broken = b"", 0, b"", False
            for data in _written(file):
                pending += data
                if broken:
                    continue
                used, digest, broken = self._verified(pending, digest)
                if used:
                    yield pending[:used]
                    offset, pending = offset + used, pending[used:]
        self.tail = self._judged_tail(pending, offset, digest)
        if self.tail.torn_lines:
            yield self.tail.torn_lines

    def _verified(self, data: bytes, digest: bytes) -> tuple[int, bytes, bool]:
        used, view = 0, memoryview(data)
        for match in _COMMIT.finditer(data):
            chunk = view[used : match.start() + 1]
            expected = digest_of(digest, chunk)
            if expected != match.group(1):
                return used, digest, True
            used, digest = match.end(), expected
        return used, digest, False

    def _judged_tail(self, rest: bytes, offset: int, digest: bytes) -> Tail:
        if not rest:
            return Tail(offset, digest)
        if offset == 0:
            raise JournalError(f"{self.path} is damaged at its beginning. {restore(self.path)}")
        commit = _COMMIT.search(rest)
        if commit is not None and (commit.end() < len(rest) or b"\0" not in rest[: commit.start()]):
            raise JournalError(f"{self.path} is damaged at byte {offset:,}, before its end. {restore(self.path)}")
        whole = rest[: rest.find(b"\0")] if b"\0" in rest else rest
        lines = whole[: whole.rfind(b"\n") + 1]
        kept = b"".join(line for line in lines.splitlines(keepends=True) if line[:2] in (INTENT, OUTCOME))
        return Tail(offset, digest, kept, torn=True)


def _written(file: Any) -> Iterator[bytes]:
    """What is in a file, some at a time, without the room behind it.

    A run that was killed leaves what it had set aside for its outcomes: 400 MB of NULs, where it was wide.
    """
    room = 0
    while data := file.read(READ_BYTES):
        text = b"" if data == _ROOM[: len(data)] else data.rstrip(b"\0")  # to compare takes a tenth of the time
        if text:
            yield bytes(room) + text
            room = 0
        room += len(data) - len(text)


def _opened_for_reading(path: Path) -> Any:
    try:
        file = path.open("rb")
    except OSError as error:
        raise JournalError(
            f"{path} cannot be read: {error.strerror}. Nothing was changed; make it readable for this user."
        ) from error
    file.seek(0)  # on macOS a file that is opened through its descriptor begins where the last reader stopped
    head = file.read(len(MAGIC))
    if head != MAGIC:
        file.close()
        raise JournalError(
            f"{path} is not a journal of this program. Nothing was changed; move it away or choose another --results."
        )
    file.seek(0)
    return file


def is_empty(path: Path) -> bool:
    """Whether there is no journal: no file, or an empty one that a run left before its first line."""
    try:
        return path.stat().st_size == 0
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # reading it says what is wrong


def restore(path: Path) -> str:
    """What to do about a journal that cannot be read, which depends on whether its RESULTS is there."""
    results = path.with_name(path.name.removesuffix(".journal"))
    return f"{_RESTORE} {(_RESULTS_ALONE if results.exists() else _NOTHING_ELSE).format(results)}"
