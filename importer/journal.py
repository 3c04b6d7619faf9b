"""The write-ahead journal beside RESULTS: an append-only, checksummed text file that survives `kill -9` and power loss.

The file is a sequence of chunks. A chunk is lines that were made durable together, ended by a commit line:

    H<TAB>{…}            the header, once: format, target, shard
    E<TAB>{…}            an event: a run began or ended, results were written, a person gave a verdict
    R<TAB>…              a row with its fate (the compacted form: one line a row)
    Z<TAB>rows           the end of the compacted part; what follows was appended by a run under way
    I<TAB>…              the intent to send a row: on disk before the first byte leaves
    D<TAB>…              the outcome of an attempt: on disk before its slot takes another row
    #digest              the commit: BLAKE2b of the commit before it and of the chunk's bytes

Lines are tab-separated; tabs, line ends and backslashes in values are escaped. What the columns of R, I and D mean is
written in `history.py`; this file knows durability only: the lock, the checksums, the repair of a torn tail, group
commit, the reserve of disk space, and the atomic replacement by a compacted file.

A journal is its longest valid prefix. A tail can be torn only within the last chunk (each chunk is synced before the
next is written), so damage before it is reported and never skipped. Of a torn last chunk the whole lines up to the
first broken one still count: an intent in it makes its row doubtful rather than new.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import JournalError, LockedError, ResultsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; the README names the systems
    fcntl = None  # type: ignore[assignment]

FORMAT = 1
MAGIC = b'H\t{"journal":"revenue-importer"'
SUFFIX = ".journal"
DIGEST_BYTES = 16
COMMIT_BYTES = 2 * DIGEST_BYTES + 2
READ_BYTES = 4 * 1024 * 1024
# Disk space that is claimed ahead of the end of the file, so that a full disk is met before a row is sent.
ALLOCATE_BYTES = 1024 * 1024
# The longest outcome that is kept, with what a row may need besides when its attempts are spent.
OUTCOME_MAX_BYTES = 4096
INTENT = b"I\t"
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
QUICK_SYNC_S = 0.001
SYNCS_REMEMBERED = 16
_COMMIT = re.compile(rb"\n#([0-9a-f]{32})\n")
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\1": "?"}
_ESCAPES = str.maketrans(ESCAPES)


def journal_path(results: Path) -> Path:
    """`RESULTS.journal`."""
    return results.with_name(results.name + SUFFIX)


def escaped(text: str) -> str:
    """A value made fit for a tab-separated line. The one character that reading back needs for itself becomes `?`."""
    return text.translate(_ESCAPES)


def _digest(previous: bytes, chunk: bytes | memoryview) -> bytes:
    state = hashlib.blake2b(previous, digest_size=DIGEST_BYTES)
    state.update(chunk)
    return state.hexdigest().encode()


# -- reading ---------------------------------------------------------------------------------------------------------


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
            digest, offset, pending = b"", 0, b""
            while data := file.read(READ_BYTES):
                pending += data
                used, digest, broken = self._verified(pending, digest)
                if used:
                    yield pending[:used]
                    offset, pending = offset + used, pending[used:]
                if broken:
                    pending += file.read()
                    break
        self.tail = self._judged_tail(pending, offset, digest)
        if self.tail.torn_lines:
            yield self.tail.torn_lines

    def _verified(self, data: bytes, digest: bytes) -> tuple[int, bytes, bool]:
        used, view = 0, memoryview(data)
        for match in _COMMIT.finditer(data):
            chunk = view[used : match.start() + 1]
            expected = _digest(digest, chunk)
            if expected != match.group(1):
                return used, digest, True
            used, digest = match.end(), expected
        return used, digest, False

    def _judged_tail(self, rest: bytes, offset: int, digest: bytes) -> Tail:
        rest = rest.rstrip(b"\0")
        if not rest:
            return Tail(offset, digest)
        if offset == 0:
            raise JournalError(f"{self.path} is damaged at its beginning. {_RESTORE}")
        commit = _COMMIT.search(rest)
        if commit is not None and (commit.end() < len(rest) or b"\0" not in rest[: commit.start()]):
            raise JournalError(f"{self.path} is damaged at byte {offset:,}, before its end. {_RESTORE}")
        whole = rest[: rest.find(b"\0")] if b"\0" in rest else rest
        lines = whole[: whole.rfind(b"\n") + 1]
        kept = b"".join(line for line in lines.splitlines(keepends=True) if line[:2] in (INTENT, b"D\t"))
        return Tail(offset, digest, kept, torn=True)


_RESTORE = (
    "Nothing was changed or sent. Put back the last good copy; without one, move the journal away: "
    "RESULTS alone is enough to go on from if it was written by the last run."
)


def _opened_for_reading(path: Path) -> Any:
    try:
        file = path.open("rb")
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}.") from error
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
    except FileNotFoundError:
        return True


def header_line(**facts: Any) -> bytes:
    """The first line of a journal."""
    return (
        b"H\t"
        + json.dumps({"journal": "revenue-importer", "format": FORMAT, **facts}, separators=(",", ":")).encode()
        + b"\n"
    )


def event_line(**facts: Any) -> bytes:
    """One event."""
    return b"E\t" + json.dumps(facts, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


# -- writing ---------------------------------------------------------------------------------------------------------


class Journal:
    """The journal of one RESULTS, held by this process alone until `close`.

    Raises:
        LockedError: another run holds it.
        ResultsError: it cannot be created or written here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._created = not path.exists()
        self._fd = _locked(path)

    def start(self, tail: Tail) -> Appender:
        """Go on after the valid prefix; whatever was torn behind it is cut off."""
        with storing("write", self.path):
            os.ftruncate(self._fd, tail.length)
            os.fsync(self._fd)
        return Appender(self._fd, tail.length, tail.digest)

    @property
    def readable(self) -> Path:
        """Where this very file can be read, even if somebody moved or removed it meanwhile."""
        held = Path(f"/dev/fd/{self._fd}")
        return held if held.exists() else self.path

    def rewrite(self) -> Rewriter:
        """Begin a compacted file that will take this one's place."""
        return Rewriter(self.path)

    def replace(self, rewriter: Rewriter) -> Tail:
        """Put the compacted file in place, whole and synced, and hold that from now on."""
        fd, tail = rewriter.sealed()
        _lock(fd, self.path)
        with storing("replace", self.path):
            rewriter.path.replace(self.path)
            sync_folder(self.path.parent)
        rewriter.taken()
        os.close(self._fd)
        self._fd = fd
        return tail

    def close(self) -> None:
        """Let go; an empty file that this object made is removed."""
        with suppress(OSError):
            if self._created and os.fstat(self._fd).st_size == 0:
                self.path.unlink()
        os.close(self._fd)


def _locked(path: Path) -> int:
    for _ in range(100):
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ResultsError(
                f"{path} cannot be written: {error.strerror}. Choose another place with --results."
            ) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise ResultsError(f"{path} is not a regular file. Choose another place with --results.")
        try:
            _lock(fd, path)
            if os.path.samestat(os.fstat(fd), path.stat()):
                return fd
        except FileNotFoundError:
            pass
        except ResultsError:
            os.close(fd)
            raise
        os.close(fd)  # it was replaced between opening and locking
    raise LockedError(f"{path} keeps being replaced by another run.")


def _lock(fd: int, path: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            raise LockedError(
                f"Another run is using {path.with_suffix('')}. Wait for it to end, or stop it, then run the same "
                "command again."
            ) from error
        raise ResultsError(
            f"{path} cannot be locked here ({error.strerror}); choose a local disk with --results."
        ) from error


class storing:  # noqa: N801 - reads as a statement
    """Turns an `OSError` of a write into `StorageError`: `with storing("write", path): …`."""

    def __init__(self, verb: str, what: object) -> None:
        self._verb, self._what = verb, what

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            remedy = "Make room" if error.errno in _NO_ROOM else "Put that right"
            raise StorageError(
                f"The disk refused to {self._verb} {self._what} ({error.strerror or error}). {remedy}, then run the "
                "same command again to continue."
            ) from error


class _NoRoomError(StorageError):
    """There is no room for more; nothing was written, and what was claimed before can still be used."""


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        if written <= 0:
            raise OSError(errno.EIO, "nothing was written")
        view, offset = view[written:], offset + written


class Appender:
    """Durable appends. Not safe for several threads at once; `GroupCommit` sees to that.

    A failed write or sync is final: the page cache can no longer be trusted, so nothing is retried.
    """

    def __init__(self, fd: int, length: int, digest: bytes) -> None:
        self._fd, self._length, self._digest = fd, length, digest
        self._allocated = length
        self._broken: StorageError | None = None

    def append(self, lines: bytes, *, reserve: int = 0) -> None:
        """Write whole lines and make them durable, with `reserve` bytes of disk kept free for what must follow.

        Raises:
            StorageError: the disk refused; this and every later append, unless there was merely no room: then what
                fits into the room that was kept free can still be appended.
        """
        if self._broken is not None:
            raise self._broken
        digest = _digest(self._digest, lines)
        data = lines + b"#" + digest + b"\n"
        try:
            with storing("write", "the journal"):
                self._allocate(self._length + len(data) + reserve)
                _write_all(self._fd, data, self._length)
                os.fdatasync(self._fd)
        except _NoRoomError:
            raise
        except StorageError as error:
            self._broken = error
            raise
        self._length += len(data)
        self._digest = digest

    def _allocate(self, end: int) -> None:
        """Claim disk blocks up to `end`. What is claimed and not yet written reads as NULs, which readers ignore."""
        if end <= self._allocated or not hasattr(os, "posix_fallocate"):
            return
        for claimed in (end + ALLOCATE_BYTES, end):
            try:
                os.posix_fallocate(self._fd, self._allocated, claimed - self._allocated)
            except OSError as error:
                if error.errno in (errno.EOPNOTSUPP, errno.EINVAL):
                    return
                if error.errno not in _NO_ROOM:
                    raise
                refusal = error
            else:
                self._allocated = claimed
                return
        raise _NoRoomError(
            f"There is no room for the journal ({refusal.strerror}). Make room, then run the same command again to "
            "continue."
        ) from refusal

    @property
    def tail(self) -> Tail:
        """The end of what is durable."""
        return Tail(self._length, self._digest)


class _Batch:
    """Lines that wait to be written together, and the one future of all who handed them over."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.waiter: asyncio.Future[None] | None = None

    def add(self, line: bytes) -> asyncio.Future[None]:
        self.lines.append(line)
        if self.waiter is None:
            self.waiter = asyncio.get_running_loop().create_future()
            self.waiter.add_done_callback(_seen)
        return self.waiter

    def settle(self, failure: Exception | None) -> None:
        if self.waiter is None or self.waiter.done():
            return
        if failure is None:
            self.waiter.set_result(None)
        else:
            self.waiter.set_exception(failure)


class GroupCommit:
    """Many tasks, one write and one sync for all that wait: the file is appended to by a thread of its own.

    Outcomes come before the intents that wait with them: a slot's old row is settled before its new one is announced.
    When the disk is full intents are refused, and outcomes still go into the `reserve` that was set aside for them.
    """

    def __init__(self, appender: Appender, *, reserve: int, on_failure: Callable[[Exception], None]) -> None:
        self._appender, self._reserve, self._on_failure = appender, reserve, on_failure
        self._outcomes, self._intents = _Batch(), _Batch()
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    def put(self, line: bytes) -> asyncio.Future[None]:
        """Hand over a line. Await the result to know that it is durable, and so is all that was handed over before."""
        batch = self._intents if line.startswith(INTENT) else self._outcomes
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())
        return batch.add(line)

    async def _write(self) -> None:
        try:
            while self._outcomes.lines or self._intents.lines:
                outcomes, intents = self._outcomes, self._intents
                self._outcomes, self._intents = _Batch(), _Batch()
                failure = await self._appended(outcomes.lines + intents.lines, self._reserve)
                intents.settle(failure)
                if isinstance(failure, _NoRoomError):
                    failure = await self._appended(outcomes.lines, 0)
                outcomes.settle(failure)
        finally:
            self._writing = None

    async def _appended(self, lines: list[bytes], reserve: int) -> Exception | None:
        """Append `lines`; returns why not, after telling who has to know."""
        if not lines:
            return None
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._append, b"".join(lines), reserve)
        except BaseException as error:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
            failure = error if isinstance(error, Exception) else StorageError(str(error))
            self._on_failure(failure)
            return failure
        return None

    def _append(self, lines: bytes, reserve: int) -> None:
        self._appender.append(lines, reserve=reserve)

    async def flush(self) -> None:
        """Wait until everything handed over is durable, or known not to be."""
        while self._writing is not None:
            await asyncio.wait([self._writing])

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()


def _seen(waiter: asyncio.Future[None]) -> None:
    if not waiter.cancelled():
        waiter.exception()


class Rewriter:
    """Writes a whole new journal beside the old one: header, events, rows, seal."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(target.name + ".new")
        with storing("write", self.path):
            self.path.unlink(missing_ok=True)
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._length, self._digest, self._rows = 0, b"", 0

    def write(self, lines: bytes, *, rows: int = 0) -> None:
        """Write one chunk of whole lines, `rows` of them rows."""
        if not lines:
            return
        digest = _digest(self._digest, lines)
        data = lines + b"#" + digest + b"\n"
        with storing("write", self.path):
            _write_all(self._fd, data, self._length)
        self._length, self._digest, self._rows = self._length + len(data), digest, self._rows + rows

    def sealed(self) -> tuple[int, Tail]:
        """End the compacted part and make the file durable."""
        self.write(b"Z\t%d\n" % self._rows)
        with storing("write", self.path):
            os.fsync(self._fd)
        return self._fd, Tail(self._length, self._digest)

    def taken(self) -> None:
        """The file is in place and its descriptor has another owner."""
        self._fd = -1

    def discard(self) -> None:
        """Remove the file, if it was not taken."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self.path.unlink(missing_ok=True)
