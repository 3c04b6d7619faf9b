"""Which lines speak for a row in doubt, the id that the API gave to it, and what a verdict rests on, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.classes import FREE

if TYPE_CHECKING:
    from importer.reconciling.classes import Classes
    from importer.reconciling.outcome import Reconciliation

_NAMED_LINES = 5


def free_lines(classes: Classes) -> pl.DataFrame:
    """The lines that may speak for rows in doubt, as none has them by its revenue id: `c`, `line`, `revenue_id`."""
    return classes.lines.select("c", "line", "revenue_id", "ours", "taken").filter(FREE).drop("ours", "taken")


def with_lines(doubts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Some rows in doubt with `of_lines`, the lines of their class, and `line_id`, the revenue id of a row's own line.

    That is known where the class has as many lines as rows in doubt, none recorded, and all of them are equal. Lists
    of a million rows would take more room than all else: give a slice of them.
    """
    return doubts.hstack(_lines_of(doubts.select("c", "alike", "R", "V", "D", "nth", "verdict"), lines))


def _lines_of(doubts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The two columns."""
    lines = lines.filter(pl.col("c").is_in(doubts["c"].unique().implode())).sort("line")
    by_class = lines.group_by("c").agg(pl.col("line").alias("of_lines"), pl.col("revenue_id").alias("ids"))
    doubts = doubts.join(by_class, on="c", how="left", maintain_order="left")
    sure = pl.col("alike") & (pl.col("R") == 0) & (pl.col("V") == pl.col("D")) & (pl.col("verdict") == "recorded")
    own = pl.when(sure).then(pl.col("ids").list.get(pl.col("nth"), null_on_oob=True)).alias("line_id")
    return doubts.select(own, pl.col("of_lines").fill_null(pl.lit([], pl.List(pl.UInt32))))


def evidence_texts(doubts: pl.DataFrame, found: Reconciliation) -> pl.Series:
    """What the verdicts on rows in doubt rest on, in words."""
    where = f"{found.export}, SHA-256 {found.sha256[:16]}…"
    none = f"no line of {where}, which has all {found.found:,} recorded rows"
    texts = [_lines_text(lines, where) if lines else none for lines in doubts["of_lines"].to_list()]
    return pl.Series("why", texts, dtype=pl.String)


def _lines_text(lines: list[int], where: str) -> str:
    several = "line" if len(lines) == 1 else "lines"
    return f"{several} {', '.join(f'{line:,}' for line in lines[:_NAMED_LINES])} of {where}"
