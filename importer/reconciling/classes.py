"""Rows of ours and lines of the export in classes of equal content, and what is left over on either side.

A recorded row takes the line with its `revenue_id` first. The rest is compared by content: message id, amount, and
every other field that all rows and lines of that message and amount have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from importer.reconciling.scale import Scale

_GROUP = ["message_id", "a"]
_FIELDS = ["kind", "offer", "t"]
FREE = pl.col("ours") & ~pl.col("taken")
"""The lines that take part, and that no row has by its `revenue_id`."""
ALIKE = pl.struct("kind", "offer", "time", "amount").n_unique().over("c") == 1
"""The rows whose class has rows that are equal as they were sent, not only in the form of the export."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The comparison at one scale.

    `rows` and `lines` are both sides with the class `c` of each and `taken`, whether a line was found by its
    `revenue_id` (of a row: the number `v` of that line). `counts` has, of each class, `D` rows in doubt, `W` rows with
    a person's verdict, `R` recorded rows and `V` lines that are left when known pairs are out, `missing` recorded rows
    that the export lacks, `extra` lines beyond the recorded rows, `known` rows of ours that are recorded or in doubt.
    """

    rows: pl.DataFrame
    lines: pl.DataFrame
    counts: pl.DataFrame

    @property
    def found(self) -> int:
        """How many recorded rows the export has."""
        recorded = int((self.rows["role"] == "recorded").sum())
        return recorded - int(self.counts["missing"].sum())


def classify(rows: pl.DataFrame, lines: pl.DataFrame, scale: Scale) -> Classes:
    """Put both sides into classes; lines that are not `ours` are in none."""
    rows = rows.with_columns(scale.amount(), scale.time())
    lines = lines.with_columns(pl.col("amount").alias("a"), scale.wall().alias("t"))
    rows, lines = _by_id(rows, lines)
    rows, lines = _numbered(rows, lines)
    return Classes(rows, lines, _counts(rows, lines))


def _by_id(rows: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Recorded rows take the lines with their ids. A row whose id is not there can take none that has another id."""
    known = lines.filter(pl.col("revenue_id").is_not_null()).select("revenue_id", taken="v")
    sure = rows["role"] == "recorded"
    rows = rows.join(known, on="revenue_id", how="left", maintain_order="left")
    rows = rows.with_columns(taken=pl.when(sure).then("taken"))
    taken = rows["taken"].drop_nulls()
    return rows, lines.with_columns(taken=pl.col("v").is_in(taken.implode()))


def _numbered(rows: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides with the number `c` of their class."""
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {"kind": pl.String, "offer": pl.String, "t": pl.Datetime("us")}
    ours = lines.filter("ours")
    both = pl.concat([side.select(*_GROUP, *(pl.col(n).cast(k) for n, k in kinds.items())) for side in (rows, ours)])
    lacking = both.group_by(_GROUP).agg(pl.col(name).is_null().any().alias(f"no_{name}") for name in _FIELDS)
    sides = []
    for side in (rows, lines):
        compared = side.join(lacking, on=_GROUP, how="left", maintain_order="left", nulls_equal=True)
        sides.append(compared.with_columns(
            pl.when(~pl.col(f"no_{name}").fill_null(value=False)).then(name).alias(f"k_{name}") for name in _FIELDS
        ))  # fmt: skip
    keys = [*_GROUP, *(f"k_{name}" for name in _FIELDS)]
    every = pl.concat([side.select(keys) for side in sides]).unique(maintain_order=True).with_row_index("c")
    numbered = [side.join(every, on=keys, how="left", maintain_order="left", nulls_equal=True) for side in sides]
    drop = [f"{prefix}_{name}" for prefix in ("no", "k") for name in _FIELDS]
    return numbered[0].drop(drop), numbered[1].drop(drop)


def _counts(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    left = lines.filter(FREE)
    uses_ids = bool(lines["revenue_id"].is_not_null().any())
    role = pl.col("role")
    open_ = (role == "recorded") & pl.col("taken").is_null()
    named = open_ & pl.col("revenue_id").is_not_null() & pl.lit(uses_ids)
    ours = rows.group_by("c").agg(
        (role == "doubt").sum().alias("D"),
        (role == "word").sum().alias("W"),
        (open_ & ~named).sum().alias("R"),
        named.sum().alias("named"),
        role.is_in(["recorded", "doubt"]).sum().alias("known"),
    )
    theirs = left.group_by("c").agg(pl.len().alias("V"), pl.col("revenue_id").is_null().sum().alias("nameless"))
    counts = ours.join(theirs, on="c", how="full", coalesce=True).fill_null(0)
    counts = counts.with_columns(pl.all().exclude("c").cast(pl.Int64))
    by_content = pl.min_horizontal("named", "nameless")
    counts = counts.with_columns(R=pl.col("R") + by_content, lost=pl.col("named") - by_content)
    return counts.with_columns(
        missing=pl.col("lost") + (pl.col("R") - pl.col("V")).clip(0), extra=(pl.col("V") - pl.col("R")).clip(0)
    ).sort("c")
