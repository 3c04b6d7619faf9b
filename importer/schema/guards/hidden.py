"""Rows that a workbook hides or filters out: nobody saw them in the sheet that was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.model import Share
from importer.schema.money import exact_sum
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.schema.columns import Columns

_NAMED = 3


class HiddenRowsGuard:
    """Counts hidden rows, by file."""

    def __init__(self) -> None:
        self._shares: dict[str, Share] = {}
        self._lines: dict[str, list[int]] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:  # noqa: ARG002
        """See `Guard.look`."""
        if "hidden" not in batch.columns or not batch["hidden"].any():
            return
        hidden = rows.filter(batch["hidden"])
        self._shares[source] = self._shares.get(source, Share()) + Share(hidden.height, exact_sum(hidden["amount"]))
        lines = self._lines.setdefault(source, [])
        lines += hidden["line"].head(_NAMED - len(lines)).to_list()

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for source, share in self._shares.items():
            lines = self._lines[source]
            first = ", ".join(f"{line:,}" for line in lines) + (", …" if share.rows > len(lines) else "")
            yield (
                f"{source}: the sheet hides {share_text(share)}, by hand or by a filter (its rows {first}). "
                "--hidden skip leaves them out, --hidden read takes them like all others."
            )
