"""The rejects file: the lines that were refused, for a person to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement, WrittenDigests, digest_of, refusals_of_the_disk, set_aside, storing
from importer.results.file import harmless
from importer.schema import EQUAL_BEFORE, REASONS, is_rejects_header
from importer.sources import header_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HEADER_WITHIN = 1 << 20


def is_rejects(path: Path) -> bool:
    """Whether a file begins as a rejects file does."""
    with storing("read", path), path.open("rb") as file:
        head = file.read(_HEADER_WITHIN)
        return is_rejects_header(header_at(head, whole=not file.read(1)))


class Rejects:
    """The lines that were refused, exactly as they stood in their file, with the reason: to be fixed and imported.

    What is in the reasons may be the API's words; as in RESULTS they get an apostrophe where they look like a formula.
    """

    def __init__(self, path: Path, titles: Sequence[str], *, with_equal: bool = False) -> None:
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

    def finish(self) -> str | None:
        """Put the file in place, or leave none where nothing was refused.

        Returns what to say of a file that was there, if a person may have worked on it: it is set aside.
        """
        with self:
            digest, written = self._replacement.sync(), WrittenDigests(self._path)
            known = written.known()
            aside = set_aside(self._path) if _is_changed(self._path, {digest, *known}) else None
            if self._rows:
                written.note(digest)
                self._replacement.put()
            else:
                with storing("remove", self._path):
                    self._path.unlink(missing_ok=True)
                written.forget()
        if aside is None:
            return None
        had_been = "had been" if known else "may have been"
        return f"{self._path} {had_been} changed since it was written; it is kept as {aside.name}."

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        self._replacement.__exit__()


def _is_changed(path: Path, written: set[str]) -> bool:
    """Whether there is a rejects file that is none of those `written`: a person may have worked on it."""
    with storing("read", path):
        return path.exists() and bool(path.stat().st_size) and digest_of(path) not in written
