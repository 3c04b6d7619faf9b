"""What the runs of one user on this computer note for later ones, in the user's state folder."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from importer.disk.paths import real_path


def state_folder() -> Path:
    """Where the state is: `$XDG_STATE_HOME/revenue-importer` on Linux."""
    import platformdirs  # noqa: PLC0415 - not needed to start up

    return Path(platformdirs.user_state_dir("revenue-importer", appauthor=False))


class WrittenDigests:
    """The digests of what this program wrote to one file, so that a later run knows whether somebody changed it.

    For files that no journal tells of: a check keeps none, and several imports may write one rejects file. A digest
    says nothing of what is in the file. Where the folder cannot be used nothing is known, which is no error.
    """

    def __init__(self, path: Path) -> None:
        name = hashlib.sha256(os.fsencode(real_path(path))).hexdigest()[:32]
        self._path = state_folder() / "written" / name

    def known(self) -> set[str]:
        """All digests that were noted."""
        with suppress(OSError, ValueError):
            return set(self._path.read_text("ascii").split())
        return set()

    def note(self, digest: str) -> None:
        """Add one, before the file is in place. Runs that write the file at the same time lose none of each other's."""
        if digest in self.known():
            return
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.open("a", encoding="ascii") as file:
                file.write(digest + "\n")

    def forget(self) -> None:
        """The file is gone."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
