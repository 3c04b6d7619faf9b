"""The rule: what the lines of a class say of its rows in doubt, and whether that is proven.

Of R recorded rows, D rows in doubt and V lines, V - R are left for the rows in doubt. None left: not recorded. As many
as D: all are recorded. Fewer: so many of rows that are equal in all five fields. More: all are, and the surplus is
stored twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.guards import BOTH, COMPLETE, EXCLUSIVE, ONE_FORM, Evidence
from importer.reconciling.leftovers import leftovers
from importer.reconciling.window import measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.reconciling.classes import Classes
    from importer.reconciling.guards import Terms
    from importer.reconciling.leftovers import Leftovers

RECORDED, NOT_RECORDED = "recorded", "not_recorded"
SLICE_ROWS = 50_000
_COUNTS = ("D", "W", "R", "V", "known", "missing", "extra")
_KEPT = ("n", "c", "message_id", "amount", "alike", "nth", "D", "R", "V", "extra")
NAME = pl.Enum([*BOTH, *COMPLETE, *EXCLUSIVE, ONE_FORM])


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it.

    `doubts` are the rows in doubt with `suggested` (what the lines say), `verdict` (the same where it is proven,
    otherwise null), `failed` (the names of the guards that it needs and that do not hold) and a column for each guard;
    `guards` says of each whether it holds for all of them.
    """

    doubts: pl.DataFrame
    left: Leftovers
    guards: dict[str, bool]


def judge(classes: Classes, aside: pl.Series, terms: Terms) -> Judged:
    """The verdict on every row in doubt, and what is left over; `aside` are the message ids of lines left out."""
    left = leftovers(classes)
    doubts = classes.rows.filter(role="doubt")
    doubts = _beside_each_other(doubts.hstack(classes.counts.select(pl.col(_COUNTS).gather(doubts["c"]))))
    evidence = Evidence(
        classes, doubts, left.found, left.lines, left.surplus, aside, measured(classes, terms.window), terms
    )
    guards = {**BOTH, **COMPLETE, **EXCLUSIVE}
    held = {name: guard(evidence) for name, guard in guards.items()}
    columns = [_column(name, holds, doubts.height) for name, holds in held.items()]
    told = {name: holds if isinstance(holds, bool) else bool(holds.all()) for name, holds in held.items()}
    doubts = doubts.select(_KEPT).hstack(columns)
    # The names of all guards that fail stand side by side in between, which of a million rows takes room.
    parts = [_decided(some) for some in (doubts.clear(), *doubts.iter_slices(SLICE_ROWS))]
    return Judged(_all_or_none(doubts.hstack(pl.concat(parts, rechunk=True))), left, told)


def _beside_each_other(doubts: pl.DataFrame) -> pl.DataFrame:
    """Rows in doubt with `nth`, their number in their class, and `alike`.

    That says whether those of the class are equal as they were sent, not only in the form of the export.
    """
    several = doubts.filter(pl.col("D") > 1).select(
        "n",
        nth=pl.int_range(pl.len()).over("c"),
        alike=pl.struct("kind", "offer", "time", "amount").n_unique().over("c") == 1,
    )
    if several.is_empty():  # as nearly always: a join would copy all columns
        return doubts.with_columns(nth=pl.lit(0, pl.Int64), alike=pl.lit(value=True))
    doubts = doubts.join(several, on="n", how="left", maintain_order="left")
    return doubts.with_columns(pl.col("nth").fill_null(0), pl.col("alike").fill_null(value=True))


def _column(name: str, holds: bool | pl.Series, rows: int) -> pl.Series:
    if isinstance(holds, bool):
        return pl.Series(name, [holds], dtype=pl.Boolean).new_from_index(0, rows)
    return holds.alias(name)


def _decided(doubts: pl.DataFrame) -> pl.DataFrame:
    """What the lines say of some rows, which guards fail for it, and the verdict."""
    extra, rows = pl.col("extra"), pl.col("D")
    alike, nth = pl.col("alike"), pl.col("nth")
    doubts = doubts.with_columns(
        pl.when(extra == 0)
        .then(pl.lit(NOT_RECORDED))
        .when((extra >= rows) | (alike & (nth < extra)))
        .then(pl.lit(RECORDED))
        .when(alike)
        .then(pl.lit(NOT_RECORDED))
        .alias("suggested")
    )
    some = (extra > 0) & (extra < rows)
    needs_complete, needs_exclusive = some | (extra == 0), some | (extra > 0)
    failed = pl.concat_list(
        _failed(BOTH, pl.lit(value=True)), _failed(COMPLETE, needs_complete), _failed(EXCLUSIVE, needs_exclusive)
    )
    doubts = doubts.with_columns(failed.list.drop_nulls().alias("failed"))
    proven = pl.col("failed").list.len() == 0
    return doubts.select("suggested", "failed", pl.when(proven).then("suggested").alias("verdict"))


def _all_or_none(doubts: pl.DataFrame) -> pl.DataFrame:
    """Of equal rows of which some are recorded all have a verdict, or none: which is which nobody can tell.

    So a guard that fails for one of them fails for all: the line that is missing may be that of any.
    """
    is_some = (pl.col("extra") > 0) & (pl.col("extra") < pl.col("D"))
    failing = doubts.filter(is_some & (pl.col("failed").list.len() > 0)).select("c", "failed")
    if failing.is_empty():
        return doubts
    by_class = failing.explode("failed").group_by("c").agg(pl.col("failed").unique().sort().alias("of_class"))
    told = doubts.select("c").join(by_class, on="c", how="left", maintain_order="left")["of_class"]
    is_open = pl.col("of_class").is_not_null()
    return doubts.hstack([told]).with_columns(
        pl.when(is_open).then("of_class").otherwise("failed").alias("failed"),
        pl.when(~is_open).then("verdict").alias("verdict"),
    ).drop("of_class")  # fmt: skip


def _failed(names: Iterable[str], needed: pl.Expr) -> pl.Expr:
    """The names of the guards that are needed and do not hold."""
    each: Sequence[pl.Expr] = [pl.when(needed & ~pl.col(name)).then(pl.lit(name, NAME)) for name in names]
    return pl.concat_list(each) if each else pl.lit([], pl.List(NAME))
