"""By how much all moments of one side are later than those of the other: a zone was forgotten, or another one said.

An event that comes again later looks like one that is shifted, so a shift must be the only way to see it.
"""

from __future__ import annotations

import polars as pl

_SECOND = 1_000_000
_MINUTE, QUARTER, _HOUR = 60 * _SECOND, 900 * _SECOND, 3600 * _SECOND
MOST_SHIFT = 14 * _HOUR
LEAST = 2
"""Rows that must agree on a shift, unless it is that of a single row to the microsecond."""
NEARLY_ALL = 0.8
"""Of the rows of one side so many must agree: of events that come every few hours a shift explains a part, too."""


def believed_shifts(apart: pl.DataFrame) -> list[int]:
    """The shift that explains how far the moments of rows that are alike are `apart`, and that of a changed clock.

    In microseconds; none where they are rather other events. Each line is of a row of the input, `n`, with its `moment`
    and that of a row `n_there`, as far apart as they are.
    """
    quarter = ((pl.col("apart") + QUARTER // 2) // QUARTER * QUARTER).alias("shift")
    close = apart.with_columns(quarter).filter(
        pl.col("shift").is_between(-MOST_SHIFT, MOST_SHIFT)
        & (pl.col("shift") != 0)
        & ((pl.col("apart") - pl.col("shift")).abs() < _MINUTE)
    )
    votes = close.group_by("shift").agg(votes=pl.col("n").n_unique(), exact=(pl.col("apart") == pl.col("shift")).any())
    votes = votes.filter((pl.col("votes") >= LEAST) | pl.col("exact"))
    votes = votes.sort(-pl.col("votes").cast(pl.Int64), pl.col("shift").abs(), "shift")
    if votes.is_empty():
        return []
    first = int(votes["shift"][0])
    second = votes.filter(pl.col("shift").is_in([first - _HOUR, first + _HOUR])).head(1)
    chosen = [first, *map(int, second["shift"])]
    explained = close.filter(pl.col("shift").is_in(chosen))
    shares = [explained[side].n_unique() / apart[side].n_unique() for side in ("n", "n_there")]
    share = max(shares) if int(votes["votes"][0]) >= LEAST or _to_the_second(explained) else min(shares)
    return chosen if share >= NEARLY_ALL else []


def _to_the_second(explained: pl.DataFrame) -> bool:
    """Whether moments are finer than minutes: that two of them are whole quarter hours apart is no chance then.

    Of coarser ones many are. Such a row is believed only where nothing of its message has other moments.
    """
    return bool(explained.select((pl.col("moment") % _MINUTE != 0).all()).item())
