"""Whether lines of the export were stored while attempts of ours were under way.

How far the vendor's clock is from ours is measured on recorded rows, of which both the line and the answer are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.classes import FREE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reconciling.classes import Classes

_TICK = timedelta(seconds=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Window:
    """How much earlier and later than our attempts the vendor's times of storing are; None where nothing tells."""

    before: timedelta | None
    after: timedelta | None

    def holds(self, doubts: pl.DataFrame, classes: Classes) -> pl.Series:
        """For each row in doubt: the lines of its class fit the attempts of its rows, and its own rows have theirs."""
        if self.before is None or doubts.is_empty():
            return pl.Series([False], dtype=pl.Boolean).new_from_index(0, doubts.height)
        wanted = doubts["c"].unique().implode()
        lines = classes.lines.filter(FREE & pl.col("c").is_in(wanted)).select("c", "stored")
        rows = classes.rows.filter(pl.col("taken").is_null() & pl.col("c").is_in(wanted))
        rows = rows.select("c", "role", begins=pl.col("since") - self.before, ends=pl.col("until") + self.after)
        is_alone = pl.len().over("c") == 1
        fits = pl.concat([_of_one(rows.filter(is_alone), lines), _of_several(rows.filter(~is_alone), lines)])
        return doubts.select("c").join(fits, on="c", how="left", maintain_order="left")["fits"]


def _of_one(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Of classes with one row, which are most of them: whether every line lies in its span."""
    lies_within = pl.col("stored").is_between("begins", "ends").fill_null(value=False)
    outside = rows.join(lines, on="c").filter(~lies_within)["c"].unique()
    return rows.select("c", fits=~pl.col("c").is_in(outside.implode()))


def _of_several(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Of classes with several rows: whether their lines fit them one by one."""
    stored = dict(lines.join(rows, on="c", how="semi").group_by("c").agg("stored").iter_rows())
    spans = rows.group_by("c", maintain_order=True).agg("role", "begins", "ends")
    fits = [_fit(stored.get(c, []), list(zip(*each, strict=True))) for c, *each in spans.iter_rows()]
    return spans.select("c", pl.Series("fits", fits, dtype=pl.Boolean))


def _fit(stored: Sequence[datetime | None], rows: Sequence[tuple[str, datetime | None, datetime | None]]) -> bool:
    """Every line lies in the span of a row in doubt or recorded, and each row in doubt can have one of its own."""
    moments = sorted(moment for moment in stored if moment is not None)
    if len(moments) < len(stored):
        return False
    spans = sorted((role, begin, end) for role, begin, end in rows if begin is not None and end is not None)
    doubt, recorded = ([(begin, end) for role, begin, end in spans if role == of] for of in ("doubt", "recorded"))
    extra = len(moments) - len(recorded)
    return _all_within(moments, sorted([*doubt, *recorded])) and _paired(moments, doubt) >= min(extra, len(doubt))


def _all_within(moments: Sequence[datetime], spans: Sequence[Span]) -> bool:
    """Whether each moment lies in a span; both ascend."""
    begun, last = 0, datetime.min.replace(tzinfo=UTC)
    for moment in moments:
        while begun < len(spans) and spans[begun][0] <= moment:
            last = max(last, spans[begun][1])
            begun += 1
        if last < moment:
            return False
    return True


def _paired(moments: Sequence[datetime], spans: Sequence[Span]) -> int:
    """How many spans can have a moment each: of those that a moment lies in, the one that ends first has it."""
    begun, pairs, ends = 0, 0, list[datetime]()
    for moment in moments:
        while begun < len(spans) and spans[begun][0] <= moment:
            heappush(ends, spans[begun][1])
            begun += 1
        while ends and ends[0] < moment:
            heappop(ends)
        if ends:
            heappop(ends)
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
