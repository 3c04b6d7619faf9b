"""What a run writes besides RESULTS: the rejects; and whether a file that is there already may be replaced by one."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from time import time_ns
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement, digest_of, refusals_of_the_disk, set_aside, storing
from importer.errors import SettingsError
from importer.results.file import REPORT_MARK, harmless
from importer.schema import EQUAL_BEFORE, REASONS, is_rejects_header
from importer.sources import header_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REPORT_FORMATS = (".html", ".xlsx")
_MARK_WITHIN = 1_024
_HEADER_WITHIN = 1 << 20
_SECOND = 10**9
_TICK = 100  # nanoseconds: what the coarser of the file systems with fractions of a second keep


def check_replaceable(option: str, path: Path) -> None:
    """Refuse to write over a file that this program did not make. An empty one holds nothing to lose.

    Raises:
        SettingsError: it is another file, or a report's name has an ending that none is written with.
    """
    is_report = option == "--report"
    if is_report and path.suffix.lower() not in REPORT_FORMATS:
        raise SettingsError(f"{path} is neither .html nor .xlsx; give {option} a name that ends in one of them.")
    if not path.exists() or not path.stat().st_size:
        return
    if not (_is_report(path) if is_report else _is_rejects(path)):
        what = "report" if is_report else "rejects file"
        raise SettingsError(
            f"{path} is there already and is no {what} of this program: it is left untouched, and nothing was posted. "
            f"Move it away, or give {option} another name."
        )


def _is_rejects(path: Path) -> bool:
    with storing("read", path), path.open("rb") as file:
        head = file.read(_HEADER_WITHIN)
        return is_rejects_header(header_at(head, whole=not file.read(1)))


def _is_report(path: Path) -> bool:
    with suppress(OSError, zipfile.BadZipFile, KeyError):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                return REPORT_MARK.encode() in package.read("docProps/core.xml")
        with path.open("rb") as file:
            return REPORT_MARK.encode() in file.read(_MARK_WITHIN)
    return False


class Rejects:
    """The lines that were refused, exactly as they stood in their file, with the reason: to be fixed and imported.

    What is in the reasons may be the API's words; as in RESULTS they get an apostrophe where they look like a formula.

    `aside` is where a file went that a person had worked on, once this one has taken its place.
    """

    def __init__(self, path: Path, titles: Sequence[str], *, with_equal: bool = False) -> None:
        self.aside: Path | None = None
        self._path = path
        added = [*REASONS, *([EQUAL_BEFORE] if with_equal else [])]
        self._columns = [f"raw_{i}" for i in range(len(titles))] + added
        self._replacement = Replacement(path)
        self._rows = 0
        self._write(pl.DataFrame([[title] for title in (*titles, *added)], schema=self._columns))

    def add(self, frame: pl.DataFrame) -> None:
        """Lines with their cells in columns `raw_0` …, and the reasons, which are made harmless.

        With `equal_before`, if that is told.
        """
        self._write(frame.select(pl.col(self._columns).replace("", None)).with_columns(map(harmless, REASONS)))
        self._rows += frame.height

    def _write(self, cells: pl.DataFrame) -> None:
        with storing("write", self._path), refusals_of_the_disk():
            cells.write_csv(self._replacement.file, include_header=False, line_terminator="\r\n")

    def finish(self) -> int:
        """Put the file in place, or leave none where nothing was refused; returns the number of lines."""
        with self:
            digest = self._replacement.sync()
            if _holds_work(self._path, digest):
                self.aside = set_aside(self._path)
            if self._rows:
                with storing("write", self._path):
                    _seal(self._replacement.temporary, digest)
                self._replacement.put()
            else:
                with storing("remove", self._path):
                    self._path.unlink(missing_ok=True)
        return self._rows

    @property
    def notice(self) -> str | None:
        """What to say of a file that was set aside."""
        if self.aside is None:
            return None
        return f"{self._path} had been changed since it was written; it is kept as {self.aside.name}."

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        self._replacement.__exit__()


def _holds_work(path: Path, fresh: str) -> bool:
    """Whether a person may have worked on a rejects file: it is neither as it was written nor what is written now."""
    with storing("read", path):
        if not path.exists() or not path.stat().st_size:
            return False
        digest = digest_of(path)
        return digest != fresh and path.stat().st_mtime_ns % _SECOND // _TICK != _checksum(digest)


def _seal(path: Path, digest: str) -> None:
    """Make the time of the file's change tell its content, so that a later run knows whether it was edited.

    There is no other place to write that down: a check keeps no journal, and every cell of the file is the user's.
    Where the time is lost (another file system, a copy), a file as it was written is only set aside for nothing.
    """
    now = time_ns()
    os.utime(path, ns=(now, now - now % _SECOND + _checksum(digest) * _TICK))


def _checksum(digest: str) -> int:
    return int(digest[:12], 16) % (_SECOND // _TICK)
