"""Rows to post that other results know nearly the same: how they differ, and whether that stops the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Share
from importer.plan.keys import are_in
from importer.plan.near.fates import twins_of
from importer.plan.near.newer_version import WINDOW, since_first
from importer.schema import exact_sum

if TYPE_CHECKING:
    from pathlib import Path

_NAMED_WAYS = 3


@dataclass(frozen=True, slots=True)
class NearOverlap:
    """Rows to post of which results know nearly the same: `rows`, with `how` they differ.

    `known` of those results' fates, of which there are `of`, are nearly in the input; `recent` of them are since the
    first day of the input, and of those that are nearly in it.
    """

    results: Path
    rows: pl.DataFrame
    known: int
    of: int
    recent: int

    @classmethod
    def between(
        cls, results: Path, rows: pl.DataFrame, fates: pl.DataFrame, zone: str, scheme: str | None
    ) -> NearOverlap | None:
        """What `rows` share with the `fates` of these results; None where that is nothing to post."""
        if "moment" not in rows.columns:  # a check, and they came while it ran
            return None
        pairs = twins_of(rows, fates, zone, scheme)
        there = pairs["there"]
        met = rows.select(pl.all().gather(pairs["here"])).with_columns(
            pairs.select("how", "kind", pl.col("sure").fill_null(value=False), restated=pl.col("sure").is_not_null()),
            recorded_amount=fates["revenue"].gather(there),
            recorded_timestamp=fates["timestamp"].gather(there),
            recorded_kind=fates["attribution_type"].gather(there),
        )
        met = met.filter("due")
        if met.is_empty():
            return None
        recent = since_first(fates, rows, fates.select(pl.all().gather(there))).height
        return cls(results, met, pairs.height, fates.height, recent)

    def without(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of the input, of which these are not `due`."""
        is_near = are_in(rows, self.rows, ["file", "row"])
        return rows.with_columns(due=pl.col("due") & ~is_near)

    @property
    def share(self) -> Share:
        """Rows and money of those to post."""
        return Share(self.rows.height, exact_sum(self.rows["amount"]))

    @property
    def known_most(self) -> bool:
        """Whether half of all fates are known, or three at least and half of the recent ones."""
        return 2 * self.known >= self.of or (self.known >= WINDOW and 2 * self.known >= self.recent)

    @property
    def ways(self) -> str:
        """How they differ, the most frequent way first."""
        return ways_of(self.rows["how"])


def ways_of(how: pl.Series) -> str:
    """A few ways in which rows differ, the most frequent first."""
    counted = how.to_frame("how").group_by("how").len().sort(-pl.col("len").cast(pl.Int64), "how")
    named = counted["how"].head(_NAMED_WAYS).to_list()
    return "; ".join([*named, "…"] if counted.height > _NAMED_WAYS else named)


def is_most(overlaps: list[NearOverlap], rows: pl.DataFrame) -> bool:
    """Whether half of one of those results, of the valid `rows` or of those due are near twins, or one is restated.

    Of an export of the last days it is half of what is recorded since then.
    """
    if any(overlap.known_most or overlap.rows["sure"].any() for overlap in overlaps):
        return True
    places = [overlap.rows.select("file", "row") for overlap in overlaps]
    return bool(places) and 2 * pl.concat(places).unique().height >= int(rows["due"].sum())
