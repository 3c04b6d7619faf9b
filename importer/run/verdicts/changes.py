"""What verdicts make of the rows that they are on, in the journal and in RESULTS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import Status
from importer.run.verdicts.sole_rows import RESOLVED

if TYPE_CHECKING:
    from importer.run.verdicts.cases import Cases

_FACTS = ("row", "source", "place", "revenue_id", "told_recorded", "told_why", "told_revenue_id")
_CHANGED = ("status", "error_code", "error_message", "revenue_id", "finished_at", "doubt_since")


def status_after(recorded: bool) -> Status:
    """The status that a verdict gives."""
    return Status.RECORDED if recorded else Status.PENDING


class Changes:
    """The verdicts on rows, found by the place of these among the fates, or by their row and file in RESULTS.

    Only that is in memory of all: their sentences are long, and made of some at a time. `now` is the moment of them.
    """

    def __init__(self, cases: Cases, now: str) -> None:
        self._cases, self._now = cases, now
        numbered = cases.columns("place", "row", "source").with_row_index("case")
        self._by_place = numbered.select("place", "case").sort("place")
        self._by_row = numbered.select("row", pl.col("source").cast(pl.Categorical()), "case")

    def on_fates(self, fates: pl.DataFrame, first: int) -> pl.DataFrame:
        """Some fates with the verdicts on them; the first has the place `first`."""
        begin, after = (int(self._by_place["place"].search_sorted(at)) for at in (first, first + fates.height))
        changes = self._of(self._by_place["case"].slice(begin, after - begin))
        return _with_changes(fates.with_row_index("place", first), changes, ["place"]).drop("place")

    def on_lines(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Some lines of RESULTS with the verdicts on them."""
        named = lines.select("row", pl.col("source").cast(pl.Categorical()))
        meant = self._by_row.join(named, on=["row", "source"], how="semi")
        return _with_changes(lines, self._of(meant["case"]), ["row", "source"])

    def _of(self, numbers: pl.Series) -> pl.DataFrame:
        """What these verdicts make of their rows, as `new_…`: by `place`, and by `row` and `source`."""
        recorded = pl.col("told_recorded")
        yes, no = ((str(status_after(word)), RESOLVED[not word]) for word in (True, False))
        return self._cases.at(numbers, _FACTS).select(
            *("row", "source", "place"),
            pl.when(recorded).then(pl.lit(yes[0])).otherwise(pl.lit(no[0])).alias("new_status"),
            pl.when(recorded).then(pl.lit(yes[1])).otherwise(pl.lit(no[1])).alias("new_error_code"),
            pl.format("resolved: {}", "told_why").alias("new_error_message"),
            pl.coalesce("told_revenue_id", pl.when(recorded).then("revenue_id")).alias("new_revenue_id"),
            pl.lit(self._now).alias("new_finished_at"),
            pl.lit(None, pl.String).alias("new_doubt_since"),
        )


def _with_changes(lines: pl.DataFrame, changes: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    lines = lines.join(changes.select(*keys, pl.col("^new_.*$")), on=keys, how="left", maintain_order="left")
    hit = pl.col("new_status").is_not_null()
    own = [name for name in _CHANGED if name in lines.columns]
    return lines.with_columns(pl.when(hit).then(f"new_{name}").otherwise(name).alias(name) for name in own)
