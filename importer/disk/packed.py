"""Frames packed in memory: of millions of texts that repeat, a tenth of the room, and any row again."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl


class Packed:
    """Frames of the same columns, in the order in which they were added; their rows are numbered from 0."""

    def __init__(self) -> None:
        self._frames: list[tuple[int, bytes]] = []
        self.rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """The next rows."""
        buffer = BytesIO()
        frame.write_ipc_stream(buffer, compression="zstd")
        self._frames.append((frame.height, buffer.getvalue()))
        self.rows += frame.height

    def __iter__(self) -> Iterator[pl.DataFrame]:
        import polars as pl  # noqa: PLC0415 - not needed to start up

        return (pl.read_ipc_stream(BytesIO(data)) for _, data in self._frames)

    def columns(self, names: Sequence[str]) -> pl.DataFrame:
        """These columns of all rows."""
        import polars as pl  # noqa: PLC0415 - as above

        return pl.concat([pl.read_ipc_stream(BytesIO(data), columns=[*names]) for _, data in self._frames])

    def at(self, numbers: pl.Series, names: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows with these numbers, in the order of these, with all columns or those that are named.

        Of the frames those alone are unpacked that have any of the rows.
        """
        import polars as pl  # noqa: PLC0415 - as above

        order = numbers.arg_sort()
        wanted, begin, first = numbers.gather(order), 0, 0
        found = list[pl.DataFrame]()
        for height, data in self._frames:
            after = int(wanted.search_sorted(begin + height))
            if after > first:
                frame = pl.read_ipc_stream(BytesIO(data), columns=None if names is None else [*names])
                found.append(frame[wanted.slice(first, after - first) - begin])
            begin, first = begin + height, after
        rows = pl.concat(found) if found else self._none(names)
        return rows.select(pl.all().gather(order.arg_sort()))

    def _none(self, names: Sequence[str] | None) -> pl.DataFrame:
        none = next(iter(self)).clear()
        return none if names is None else none.select(names)
