"""Whether lines of the export were stored while attempts of ours were under way.

How far the vendor's clock is from ours is measured on recorded rows, of which both the line and the answer are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.classes import FREE

if TYPE_CHECKING:
    from importer.reconciling.classes import Classes

_TICK = timedelta(seconds=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Window:
    """How much earlier and later than our attempts the vendor's times of storing are; None where nothing tells."""

    before: timedelta | None
    after: timedelta | None

    def spans(self, rows: pl.DataFrame) -> list[Span]:
        """From when to when the vendor may have stored each of these rows, by its own clock."""
        if self.before is None or self.after is None:
            return []
        known = rows.select("since", "until").drop_nulls()
        return [(since - self.before, until + self.after) for since, until in known.iter_rows()]

    def holds(self, doubts: pl.DataFrame, classes: Classes) -> pl.Series:
        """For each row in doubt: the lines of its class fit the attempts of its rows, and its own rows have theirs."""
        if self.before is None or doubts.is_empty():
            return pl.Series([False], dtype=pl.Boolean).new_from_index(0, doubts.height)
        wanted = doubts["c"].unique()
        lines = classes.lines.filter(FREE & pl.col("c").is_in(wanted.implode()))
        rows = classes.rows.filter(pl.col("taken").is_null() & pl.col("c").is_in(wanted.implode()))
        by_class = {c[0]: part for c, part in rows.partition_by("c", as_dict=True).items()}
        stored = {c[0]: part["stored"].to_list() for c, part in lines.partition_by("c", as_dict=True).items()}
        verdict = {c: self._fits(by_class[c], stored.get(c, [])) for c in wanted}
        return pl.Series([verdict[c] for c in doubts["c"]], dtype=pl.Boolean)

    def _fits(self, rows: pl.DataFrame, stored: list[datetime | None]) -> bool:
        """Every line lies in the span of a row in doubt or recorded, and each row in doubt can have one of its own."""
        if any(moment is None for moment in stored):
            return False
        moments = sorted(moment for moment in stored if moment is not None)
        doubt = sorted(self.spans(rows.filter(role="doubt")))
        recorded = self.spans(rows.filter(role="recorded"))
        if not all(any(_is_in(moment, span) for span in [*doubt, *recorded]) for moment in moments):
            return False
        free = [moment for moment in moments if any(_is_in(moment, span) for span in doubt)]
        extra = len(moments) - len(recorded)
        return _pairs(free, doubt) >= min(extra, len(doubt))


def _is_in(moment: datetime, span: Span) -> bool:
    return span[0] <= moment <= span[1]


def _pairs(moments: list[datetime], spans: list[Span]) -> int:
    """How many spans can have a moment each: the earliest that ends first is served first."""
    free = list(moments)
    pairs = 0
    for span in sorted(spans, key=lambda one: one[1]):
        chosen = next((moment for moment in free if _is_in(moment, span)), None)
        if chosen is not None:
            free.remove(chosen)
            pairs += 1
    return pairs


def measured(classes: Classes, most: timedelta) -> Window:
    """What the recorded rows that have one line to themselves say of the vendor's clock, up to `most`.

    The journal has the end of a recorded row's attempt alone, so that `before` holds the time that answers took, too.
    """
    single = classes.counts.filter((pl.col("R") == 1) & (pl.col("V") == 1) & (pl.col("D") == 0)).select("c")
    recorded = classes.rows.filter((pl.col("role") == "recorded") & pl.col("until").is_not_null())
    by_id = recorded.filter(pl.col("taken").is_not_null()).select("until", v="taken")
    by_id = by_id.join(classes.lines.select("v", "stored"), on="v")
    by_class = recorded.filter(pl.col("taken").is_null()).join(single, on="c").select("until", "c")
    free = classes.lines.filter(FREE).select("c", "stored")
    pairs = pl.concat([by_id.select("until", "stored"), by_class.join(free, on="c").select("until", "stored")])
    if pairs.is_empty() or pairs["stored"].null_count():
        return Window(None, None)
    gaps = pairs.select((pl.col("stored") - pl.col("until")).alias("gap"))["gap"]
    first, last = gaps.min(), gaps.max()
    if not isinstance(first, timedelta) or not isinstance(last, timedelta):
        return Window(None, None)
    if first < -most or last > most:
        return Window(None, None)
    return Window(max(-first, timedelta(0)) + _TICK, max(last, timedelta(0)) + _TICK)
