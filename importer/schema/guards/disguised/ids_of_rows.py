"""How often each message id stands in the files: a line can be left out by its id only if no other row has it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import polars as pl

from importer.settings import condition_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.schema.guards.disguised.total_lines import Line

_IN_AN_OPTION = 20


class IdsOfRows:
    """The ids of all rows that may be sent, as eight bytes each."""

    def __init__(self) -> None:
        self._hashes: list[pl.Series] = []
        self._asked: dict[tuple[str, int], str] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Take in normalised rows."""
        self._hashes.append(_hashes(rows["message_id"]))

    def ask(self, source: str, lines: Sequence[Line]) -> None:
        """Note lines of a file that are asked about, and so no other rows: totals of several files are called alike."""
        self._asked |= {(source, line.row): line.id.lower() for line in lines}

    def way_out(self, source: str, title: str, lines: Sequence[Line], does: str) -> str:
        """How to leave out these lines of a file and no other row, as the beginning of a sentence.

        Args:
            title: the name of the column of ids.
            does: what the option is said to do: `leaves it out`.
        """
        self.ask(source, lines)
        ids = list(dict.fromkeys(line.id for line in lines))
        them = "it" if len(lines) == 1 else "them"
        lowered = {one.lower() for one in ids}
        if self._rows_with(ids) > sum(one in lowered for one in self._asked.values()):
            whose = "its id" if len(lines) == 1 else "their ids"
            return f"Take {them} out of the file, as other rows have {whose}"
        if len(ids) > _IN_AN_OPTION:
            return f"Take {them} out of the file"
        return f"--where {shlex.quote(condition_text(title, ids, is_not=True))} {does}"

    def _rows_with(self, ids: list[str]) -> int:
        known = _hashes(pl.Series(ids, dtype=pl.String)).implode()
        return sum(int(hashes.is_in(known).sum()) for hashes in self._hashes)


def _hashes(ids: pl.Series) -> pl.Series:
    """Of ids as `--where` compares them, whatever their case is."""
    return ids.str.to_lowercase().hash()
