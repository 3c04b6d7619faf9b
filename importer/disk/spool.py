"""Anonymous files of frames: what need not be in memory until it is asked for.

The import reads its input once: what the check found is kept here for the posting and for the results. Whatever
happens to the file during the hours of a run (a spreadsheet saves it, an export replaces it) cannot change what is
posted. The file has no name, so nothing is left behind by a crash.
"""

from __future__ import annotations

import os
import tempfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

from importer.errors import ResultsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl


class Spool:
    """Frames in the order in which they were added, on disk; `close` gives the room back.

    Args:
        or_memory: what the disk has no room for stays in memory, instead of being refused.
    """

    def __init__(self, *, or_memory: bool = False) -> None:
        self.ends: list[int] = []
        """Where each frame ends, in rows of all frames."""
        self._or_memory = or_memory
        self._frames: list[tuple[int, int] | bytes] = []
        self._file: Any = None
        self._end = 0

    def add(self, frame: pl.DataFrame) -> int:
        """Append a frame; returns its number.

        Raises:
            ResultsError: there is no room for temporary files (nothing was posted yet).
        """
        buffer = BytesIO()
        frame.write_ipc_stream(buffer, compression="lz4")
        self._frames.append(self._kept(buffer.getvalue()))
        self.ends.append(frame.height + (self.ends[-1] if self.ends else 0))
        return len(self._frames) - 1

    def _kept(self, data: bytes) -> tuple[int, int] | bytes:
        rest, start = memoryview(data), self._end
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="revenue-importer-", buffering=0)  # noqa: SIM115 - until `close`
            while rest:
                rest = rest[os.pwrite(self._file.fileno(), rest, start + len(data) - len(rest)) :]
        except OSError as error:
            self._refuse(error)
            return data
        self._end += len(data)
        return start, len(data)

    def _refuse(self, error: OSError) -> None:
        if self._or_memory:
            return
        raise ResultsError(
            f"No room for temporary files in {tempfile.tempdir or 'any of the usual places'} ({error.strerror}). "
            "Nothing was posted. Make room, or name another folder in TMPDIR."
        ) from error

    def __getitem__(self, number: int) -> pl.DataFrame:
        return self.read(number)

    def read(self, number: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A frame, or these columns of it, which takes less time."""
        kept = self._frames[number]
        if isinstance(kept, tuple):
            start, size = kept
            kept = os.pread(self._file.fileno(), size, start)
        import polars as pl  # noqa: PLC0415 - not needed to start up

        return pl.read_ipc_stream(BytesIO(kept), columns=None if columns is None else list(columns))

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return map(self.__getitem__, range(len(self._frames)))

    def close(self) -> None:
        """Give the room back."""
        if self._file is not None:
            self._file.close()


class Parts:
    """Rows of the input, each with its number `n`, on disk by the part of the input that they are in.

    What the disk has no room for stays in memory.

    Args:
        ends: where each part ends, in rows of the input, ascending.
    """

    def __init__(self, ends: Sequence[int]) -> None:
        self.ends = ends
        self._spool = Spool(or_memory=True)
        self._frames: dict[int, list[int]] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows of any parts, in any order."""
        import polars as pl  # noqa: PLC0415 - as above

        part_of = pl.Series(self.ends, dtype=pl.UInt32).search_sorted(rows["n"], side="right")
        parts = part_of.unique()
        for part in parts:
            some = rows if len(parts) == 1 else rows.filter(part_of == part)
            self._frames.setdefault(part, []).append(self._spool.add(some))

    def __getitem__(self, part: int) -> list[pl.DataFrame]:
        return [self._spool[number] for number in self._frames.get(part, [])]

    def known(self) -> set[int]:
        """The parts that rows were added of."""
        return set(self._frames)

    def close(self) -> None:
        """Give the room back."""
        self._spool.close()
