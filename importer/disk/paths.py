"""Names of files: where they lead, and whether a file can be written there, before any work is done."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from importer.disk.replacing import Replacement
from importer.errors import ResultsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def as_paths(names: str | Path | Sequence[str | Path]) -> list[Path]:
    """Names of files as a caller from Python gives them, one or several."""
    return [Path(names)] if isinstance(names, str | Path) else [Path(name) for name in names]


def real_path(path: Path) -> Path:
    """Where links lead; a loop of them leads into it. `Path.resolve` raises there, in some versions of Python."""
    return Path(os.path.realpath(path))


def follow_link(path: Path) -> Path:
    """The path itself, or where it leads if it is a link: a link and what it leads to are one file."""
    with suppress(OSError):  # `check_path` says what is wrong with it
        return real_path(path) if path.is_symlink() else path
    return path


def check_path(path: Path, option: str) -> None:
    """Whether the file that `option` names can be written there at all, as far as looking tells.

    Raises:
        ResultsError: it cannot, and why.
    """
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.stat()  # which meets loops of links, and is_dir does not
        if path.is_dir():
            raise ResultsError(f"{path} is a folder; give {option} the name of a file.")
        if path.exists() and not path.is_file():
            raise ResultsError(f"{path} is not a regular file; give {option} the name of one, or of none yet.")
        if path.parent.is_file():
            raise ResultsError(f"{path.parent} is a file, not a folder; choose another place with {option}.")
        if not path.parent.is_dir():
            raise ResultsError(
                f"The folder {path.parent} does not exist; make it, or choose another place with {option}."
            )
    except OSError as error:
        raise _unwritable(path, option, error) from error


def check_writable(path: Path, option: str) -> None:
    """Find out before the first row whether a file can be written, by trying; only who holds the journal may try.

    Raises:
        ResultsError: it cannot, and why.
    """
    try:
        with Replacement(path) as replacement:
            replacement.file.write(b" ")
            replacement.sync()
        if path.exists():
            with path.open("r+b"):
                pass
    except StorageError as error:
        raise _unwritable(path, option, error.__cause__ or error) from error
    except OSError as error:
        raise _unwritable(path, option, error) from error


def _unwritable(path: Path, option: str, error: BaseException) -> ResultsError:
    return ResultsError(
        f"{path} cannot be written ({getattr(error, 'strerror', None) or error}). Close it where it is open, make "
        f"room, or choose another place with {option}."
    )
