"""What neither side explains: recorded rows without a line, lines without a row, and lines beyond all rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.classes import FREE

if TYPE_CHECKING:
    from importer.reconciling.classes import Classes

_RECORDED_BY_WORD = (pl.col("role") == "word") & (pl.col("status") == "recorded")


@dataclass(frozen=True, slots=True)
class Leftovers:
    """`found` are recorded rows that the export has, `absent` those that it lacks (by a person's word among them).

    `matched` are the amounts of lines that stand for a row of ours, `surplus` the lines beyond all rows of their class,
    `lines` those of no row that was sent. `differ` pairs rows with lines of the same message in which `what`, the
    amount or the time, differs; it has the columns of the rows and `v`, `line`, `line_amount`.
    """

    found: pl.DataFrame
    absent: pl.DataFrame
    matched: pl.Series
    surplus: pl.DataFrame
    lines: pl.DataFrame
    others: pl.DataFrame
    differ: pl.DataFrame


def leftovers(classes: Classes) -> Leftovers:
    """What is left of both sides."""
    recorded, lines = _recorded(classes), _lines(classes)
    found = recorded.filter(~pl.col("absent") & pl.col("role").eq("recorded"))
    absent, left = recorded.filter("absent"), lines.filter(kind_of_line="left")
    by_id = _differing_pairs(recorded, lines)
    differ = pl.concat([by_id, _near_pairs(absent, left)])
    matches = (pl.col("kind_of_line") == "matched") & ~pl.col("v").is_in(by_id["v"].implode())
    matched = lines.select(pl.col("amount").filter(matches))["amount"]
    surplus, others = (lines.filter(kind_of_line=kind) for kind in ("surplus", "other"))
    return Leftovers(found, absent, matched, surplus, left, others, differ)


def _recorded(classes: Classes) -> pl.DataFrame:
    """Our recorded rows, with `absent`: of equal ones as many as the export lacks, those with an unknown id first."""
    recorded = classes.rows.filter(pl.col("role").eq("recorded") | _RECORDED_BY_WORD)
    lacking = classes.counts.filter((pl.col("missing") > 0) | (pl.col("W") > 0)).select("c", "R", "V", "missing")
    rows = recorded.join(lacking, on="c", how="inner", maintain_order="left")
    api = (pl.col("role") == "recorded") & pl.col("taken").is_null()
    order = pl.col("revenue_id").is_null().cast(pl.Int8)
    rank = pl.struct(order, "n").rank("ordinal").over("c", pl.lit("") + api.cast(pl.String))
    lacks_word = (pl.col("V") - pl.col("R")).clip(0)
    nth_word = _RECORDED_BY_WORD.cast(pl.Int64).cum_sum().over("c")
    absent = rows.filter((api & (rank <= pl.col("missing"))) | (_RECORDED_BY_WORD & (nth_word > lacks_word)))
    return recorded.with_columns(absent=pl.col("n").is_in(absent["n"].implode()))


def _lines(classes: Classes) -> pl.DataFrame:
    """The lines, with `kind_of_line`: matched, surplus, left, or of another source."""
    words = classes.rows.filter(_RECORDED_BY_WORD).group_by("c").agg(pl.len().cast(pl.Int32).alias("words"))
    counts = classes.counts.join(words, on="c", how="left").with_columns(pl.col("words").fill_null(0))
    room = (pl.col("R") + pl.col("D") + pl.col("words")).alias("room")
    counts = counts.select("c", "V", room, (pl.col("known") + pl.col("words") > 0).alias("is_sent"))
    lines = classes.lines.join(counts, on="c", how="left", maintain_order="left")
    full = lines.filter(FREE & (pl.col("V") > pl.col("room")))
    beyond = full.filter(pl.int_range(1, pl.len() + 1).over("c") > pl.col("room"))["v"]
    return lines.with_columns(
        pl.when(pl.col("taken") | (FREE & ~pl.col("v").is_in(beyond.implode()) & (pl.col("room") > 0)))
        .then(pl.lit("matched"))
        .when(FREE & pl.col("is_sent"))
        .then(pl.lit("surplus"))
        .when(pl.col("ours"))
        .then(pl.lit("left"))
        .otherwise(pl.lit("other"))
        .alias("kind_of_line")
    ).drop("V", "room", "is_sent")


def _differing_pairs(recorded: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Rows whose line has their `revenue_id` and another amount or time."""
    their = lines.select("v", "line", line_amount="a", line_time="t")
    pairs = recorded.filter(pl.col("taken").is_not_null()).join(
        their, left_on="taken", right_on="v", maintain_order="left"
    )
    pairs = pairs.with_columns(v=pl.col("taken"))
    other_amount, other_time = pl.col("a") != pl.col("line_amount"), pl.col("t") != pl.col("line_time")
    what = pl.when(other_amount).then(pl.lit("amount")).when(other_time).then(pl.lit("time")).alias("what")
    return _pairs(pairs.with_columns(what).filter(pl.col("what").is_not_null()))


def _near_pairs(absent: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Absent rows beside lines of the same message: of equal amount and another time, then of another amount."""
    same = absent.select("message_id", "a", "t")
    left = left.join(same, on=["message_id", "a", "t"], how="anti", nulls_equal=True)
    found = [_paired(absent, left, ["message_id", "a"], "time")]
    rows = absent.filter(~pl.col("n").is_in(found[0]["n"].implode()))
    lines = left.filter(~pl.col("v").is_in(found[0]["v"].implode()))
    found.append(_paired(rows, lines, ["message_id"], "amount"))
    return pl.concat(found)


def _paired(rows: pl.DataFrame, lines: pl.DataFrame, keys: list[str], what: str) -> pl.DataFrame:
    nth = pl.int_range(pl.len()).over(keys).alias("nth")
    their = lines.with_columns(nth).select(*keys, "nth", "v", "line", pl.col("a").alias("line_amount"))
    pairs = rows.with_columns(nth).join(their, on=[*keys, "nth"], how="inner", maintain_order="left")
    return _pairs(pairs.with_columns(what=pl.lit(what)))


def _pairs(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("n", "v", "line", "line_amount", "what")
