"""Lines of a RESULTS that only repeat a person's verdict which its journal knows.

What RESULTS alone records counts as recorded, but not for ever: a verdict can be corrected, and a program may save the
RESULTS of before. A line says when its verdict was given; if the journal keeps that one, it also knows what came of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import Status
from importer.plan.keys import KEYS, moment_as_saved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.journal import VerdictGiven

_CODE = "resolved_recorded"
_MINUTE = pl.col("moment").dt.truncate("1m").alias("minute")
_KNOWN = dict.fromkeys(("message_id", "source", "row", "timestamp"), pl.String)


def without_known_verdicts(lines: pl.DataFrame, fates: pl.DataFrame, verdicts: Iterable[VerdictGiven]) -> pl.DataFrame:
    """The lines of a RESULTS but for those with a verdict that is one of its journal's, and stands there no more.

    `lines` and the journal's `fates` have keys. Of each content as many are left as have a verdict in the journal, too.
    """
    told = lines.with_row_index("line").filter(status=str(Status.RECORDED), error_code=_CODE)
    standing = fates.filter(pl.col("error_message").str.starts_with("resolved: "), status=str(Status.RECORDED))
    standing = standing.group_by(KEYS).agg(standing=pl.len())
    told = told.with_columns(nth=pl.int_range(pl.len()).over(KEYS)).join(standing, on=KEYS, how="left")
    told = told.filter(pl.col("nth") >= pl.col("standing").fill_null(0))
    if told.is_empty():
        return lines
    known = _repeating(told, verdicts)
    return lines.with_row_index("line").filter(~pl.col("line").is_in(known.implode())).drop("line")


def _repeating(told: pl.DataFrame, verdicts: Iterable[VerdictGiven]) -> pl.Series:
    """The `line` of those that say when a verdict on their row was given, one that `verdicts` has."""
    ended = told.select("line", "message_id", "source", "row", timestamp="finished_at")
    given = pl.DataFrame(
        [(one.message_id, one.source, f"{one.row or ''}", one.at) for one in verdicts if one.verdict == "recorded"],
        schema=_KNOWN,
        orient="row",
    )
    ended, given = (frame.with_columns(moment_as_saved()).with_columns(_MINUTE) for frame in (ended, given))
    # A spreadsheet may have dropped the seconds, and the zeros of an id.
    is_same = (pl.col("moment") == pl.col("minute")) | (pl.col("moment") == pl.col("moment_given"))
    pairs = (
        ended.join(given, on=["minute", *of_row], suffix="_given").filter(is_same)["line"]
        for of_row in (["message_id"], ["source", "row"])
    )
    return pl.concat(pairs).unique()
