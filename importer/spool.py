"""An anonymous file of frames: what the check found, kept for the posting and for the results.

The import reads its input once. Whatever happens to the file during the hours of a run (a spreadsheet saves it, an
export replaces it) cannot change what is posted. The file has no name, so nothing is left behind by a crash.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import ResultsError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Spool:
    """Frames in the order in which they were added, on disk. Iterate at will; `close` gives the room back."""

    def __init__(self) -> None:
        with _room():
            self._file = tempfile.TemporaryFile(prefix="revenue-importer-")  # noqa: SIM115 - lives as long as the object
        self._places: list[tuple[int, int]] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Append a frame.

        Raises:
            ResultsError: no room for temporary files (nothing was posted yet).
        """
        buffer = BytesIO()
        frame.write_ipc_stream(buffer, compression="lz4")
        with _room():
            place = self._file.seek(0, 2)
            self._file.write(buffer.getbuffer())
            self._file.flush()
        self._places.append((place, buffer.tell()))

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for place, size in self._places:
            self._file.seek(place)
            yield pl.read_ipc_stream(BytesIO(self._file.read(size)))

    def close(self) -> None:
        """Give the room back."""
        # What a full disk left in the buffer is written once more, in vain, and is not wanted any more.
        with suppress(OSError):
            self._file.close()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ResultsError(
            f"No room for temporary files in {tempfile.tempdir or 'any of the usual places'} ({error.strerror}). "
            "Nothing was posted. Make room, or name another folder in TMPDIR."
        ) from error
