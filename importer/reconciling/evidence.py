"""Which lines speak for a row in doubt, and the id that the API gave to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.classes import ALIKE, FREE

if TYPE_CHECKING:
    from importer.reconciling.classes import Classes


def with_lines(doubts: pl.DataFrame, classes: Classes) -> pl.DataFrame:
    """Rows in doubt with `of_lines`, the lines of their class, and `line_id`, the revenue id of a row's own line.

    That is known where the class has as many lines as rows in doubt, none recorded, and all of them are equal.
    """
    free = classes.lines.filter(FREE & pl.col("c").is_in(doubts["c"].unique().implode()))
    by_class = free.sort("line").group_by("c").agg(pl.col("line").alias("of_lines"), pl.col("revenue_id").alias("ids"))
    doubts = doubts.join(by_class, on="c", how="left", maintain_order="left")
    nth = pl.int_range(pl.len()).over("c")
    sure = ALIKE & (pl.col("R") == 0) & (pl.col("V") == pl.col("D")) & (pl.col("verdict") == "recorded")
    own = pl.when(sure).then(pl.col("ids").list.get(nth, null_on_oob=True)).alias("line_id")
    return doubts.with_columns(own, pl.col("of_lines").fill_null(pl.lit([], pl.List(pl.UInt32)))).drop("ids")
