"""What the runs of one user on this computer know of each other: who imports which input at this moment.

For each input (by its content) and API there is a lock in the user's state folder, wherever RESULTS lies. A lock dies
with its process. The files are small: they hold where the RESULTS of the run is, never a key and never a row.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from importer.api import one_name
from importer.disk import state_folder, try_lock
from importer.errors import OverlapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_POLL_S, _POLLS = 0.02, 50


def at_work(results: Iterable[str]) -> OverlapError:
    """What to raise when other runs import the same input, or rows of it, into these results."""
    return OverlapError(
        f"Another run imports the same file at this moment, or rows of it, into {', '.join(results)}. Nothing was "
        "posted. Wait for it to end, then continue there with --results, or post its rows once more with --overlap "
        "allow."
    )


@contextmanager
def held_inputs(
    digests: Iterable[str],
    target: str,
    shard: tuple[int, int] | None,
    results: Path,
    *,
    alone: bool,
    warn: Callable[[str], None],
) -> Iterator[None]:
    """Hold these inputs for one run. Different shards of as many share no row, and may run together.

    A state folder that cannot be used is no reason not to run: `warn` is told.

    Raises:
        OverlapError: another run holds one of them, and this one must be `alone`.
    """
    api = one_name(target)
    with ExitStack() as held:
        try:
            for digest in sorted(set(digests)):
                for lock in _locks(hashlib.sha256(f"{api}\n{digest}".encode()).hexdigest()[:32], shard, results):
                    held.callback(lock.release)
        except OverlapError:
            if alone:
                raise
        except OSError as error:
            warn(
                f"{state_folder()} cannot be written ({error.strerror}): a run of the same file into another folder at "
                "this moment would not be seen. Set XDG_STATE_HOME to a folder that can be, or say --no-index."
            )
        yield


def _locks(name: str, shard: tuple[int, int] | None, results: Path) -> Iterator[_Lock]:
    """All of an input, for one run; or for the shards of one number, and then its own shard for each."""
    whole = _Lock(name)
    if shard is None:
        yield whole.take(results)
        return
    yield whole.share(shard[1], results)
    yield _Lock(f"{name}.{shard[0]}-of-{shard[1]}").take(results)


class _Lock:
    """A file that is locked while a run is under way, and says which."""

    def __init__(self, name: str) -> None:
        self._path = state_folder() / "running" / name
        self._fd = -1

    def take(self, results: Path) -> _Lock:
        """Hold it alone."""
        if not self._locked():
            raise at_work([self._said("results") or "other results"])
        self._say(results, None)
        return self

    def share(self, shards: int, results: Path) -> _Lock:
        """Hold it with others that import as many shards: who finds it free says how many."""
        for _ in range(_POLLS):
            if self._locked():
                self._say(results, shards)
                os.close(self._fd)
            if self._locked(shared=True):
                if self._said("shards") == shards:
                    return self
                os.close(self._fd)
            time.sleep(_POLL_S)  # another shard may be about to say it, or to remove the file
        raise at_work([self._said("results") or "other results"])

    def release(self) -> None:
        """Let go; the last one removes the file."""
        with suppress(OSError):
            if try_lock(self._fd):
                self._path.unlink()
        os.close(self._fd)

    def _locked(self, *, shared: bool = False) -> bool:
        """Lock the file that has this name by then; False: another run holds it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if not try_lock(self._fd, shared=shared):
                    os.close(self._fd)
                    return False
                if os.path.samestat(os.fstat(self._fd), self._path.stat()):
                    return True
            except FileNotFoundError:
                pass
            except OSError:
                os.close(self._fd)
                raise
            os.close(self._fd)  # it was removed between opening and locking

    def _say(self, results: Path, shards: int | None) -> None:
        if os.fstat(self._fd).st_size:  # of a run that was killed
            os.ftruncate(self._fd, 0)
        os.write(self._fd, json.dumps({"results": str(results), "shards": shards}).encode())

    def _said(self, name: str) -> Any:
        with suppress(OSError, ValueError):
            said = json.loads(self._path.read_bytes())
            return said.get(name) if isinstance(said, dict) else None
        return None
