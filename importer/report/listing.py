"""The rows that a person may want to see: of each status and code the largest, as texts, with what tells them apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Status
from importer.report.reading import KEPT
from importer.results import COLUMNS
from importer.schema import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_LISTED = 500
_SHOWN = (*COLUMNS, "results", "local", "amount", "refund", "at", "part")
_MOST_KEPT = 3


@dataclass(slots=True)
class Listing:
    """Of each status and code at most `MAX_LISTED` lines: those of the largest amounts, `at` their place among all."""

    _seen: int = 0
    _parts: dict[tuple[str, str], pl.DataFrame] = field(default_factory=dict)

    def add(self, lines: pl.DataFrame) -> None:
        """Take a batch of lines with their `code`."""
        in_doubt = pl.col("status") == str(Status.IN_DOUBT)
        lines = lines.with_row_index("at", self._seen)
        self._seen += lines.height
        open_ = lines.filter(in_doubt | (pl.col("in_input") & (pl.col("status") != str(Status.RECORDED))))
        if open_.is_empty():
            return
        shown = [*_SHOWN, *(name for name in lines.columns if name.startswith(KEPT))]
        for (status, code), group in open_.group_by("status", "code", maintain_order=True):
            key = str(status), str(code)
            known = self._parts.get(key)
            found = _largest(group).select(shown)
            self._parts[key] = found if known is None else _largest(pl.concat([known, found], how="diagonal"))

    def of(self, status: Status, code: str) -> list[Mapping[str, str]]:
        """The lines with this status and code, as texts: empty where there is nothing."""
        found = self._parts.get((str(status), code))
        if found is None:
            return []
        local = pl.from_epoch("local", time_unit="s").dt.to_string("%Y-%m-%d %H:%M:%S")
        texts = found.with_columns(local.alias("local"), pl.col("amount", "refund").cast(pl.String)).with_columns(
            pl.all().cast(pl.String).fill_null("")
        )
        return list(texts.iter_rows(named=True))


def _largest(lines: pl.DataFrame) -> pl.DataFrame:
    size = pl.coalesce("amount", pl.lit(0, AMOUNT) - pl.col("refund"))
    return lines.sort(size, "at", descending=[True, False], nulls_last=True).head(MAX_LISTED)


def telling(lines: Sequence[Mapping[str, str]]) -> list[str]:
    """The `--keep` columns by which their owner knows these rows: at most three that are not the same in all."""
    names = [name for name in (lines[0] if lines else {}) if name.startswith(KEPT)]
    differing = [name for name in names if len(lines) == 1 or len({line[name] for line in lines}) > 1]
    by_values = sorted(differing, key=lambda name: -len({line[name] for line in lines}))[:_MOST_KEPT]
    return [name for name in names if name in by_values and any(line[name] for line in lines)]
