"""Rows of ours and lines of the export in classes of equal content, and what is left over on either side.

A recorded row takes the line with its `revenue_id` first. The rest is compared by content: message id, amount, and
every other field that all rows and lines of that message and amount have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.reconciling.scale import Scale

_GROUP = ["message_id", "a"]
_FIELDS = ["kind", "offer", "t"]
COMPARED = ("n", "message_id", "revenue_id", "status", "role", "kind", "offer", "amount", "time", "since", "until")
"""What of a row of ours takes part in a comparison: of a million rows all else would be copied again and again."""
FREE = pl.col("ours") & ~pl.col("taken")
"""The lines that take part, and that no row has by its `revenue_id`."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The comparison at one scale.

    `rows` (with the columns of `COMPARED`) and `lines` are both sides with the class `c` of each and `taken`, whether a
    line was found by its `revenue_id` (of a row: the number `v` of that line). `counts` has, of each class, `D` rows in
    doubt, `W` rows with a person's verdict, `R` recorded rows and `V` lines that are left when known pairs are out,
    `missing` recorded rows that the export lacks, `extra` lines beyond the recorded rows, `known` rows of ours that are
    recorded or in doubt.
    """

    rows: pl.DataFrame
    lines: pl.DataFrame
    counts: pl.DataFrame

    @property
    def found(self) -> int:
        """How many recorded rows the export has."""
        recorded = int((self.rows["role"] == "recorded").sum())
        return recorded - int(self.counts["missing"].sum())

    @property
    def as_written(self) -> int:
        """How many of them it has in this form: a line that has the `revenue_id` of a row may have another."""
        by_id = self.rows.filter(pl.col("taken").is_not_null()).join(self.lines, left_on="taken", right_on="v")
        differ = by_id.select(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_right") for name in ("a", "t")).sum())
        return self.found - int(differ.item() or 0)


def classify(rows: pl.DataFrame, lines: pl.DataFrame, scale: Scale) -> Classes:
    """Put both sides into classes; lines that are not `ours` are in none."""
    rows = rows.select(COMPARED).with_columns(scale.amount(), scale.time())
    lines = lines.with_columns(pl.col("amount").alias("a"), scale.wall().alias("t"))
    rows, lines = _by_id(rows, lines)
    rows, lines = _numbered(rows, lines)
    return Classes(rows, lines, _counts(rows, lines))


def _by_id(rows: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Recorded rows take the lines with their ids. A row whose id is not there can take none that has another id."""
    known = lines.filter(pl.col("revenue_id").is_not_null()).select("revenue_id", taken="v")
    if known.is_empty():
        return rows.with_columns(taken=pl.lit(None, pl.UInt32)), lines.with_columns(taken=pl.lit(value=False))
    sure = rows["role"] == "recorded"
    rows = rows.join(known, on="revenue_id", how="left", maintain_order="left")
    rows = rows.with_columns(taken=pl.when(sure).then("taken"))
    taken = rows["taken"].drop_nulls()
    return rows, lines.with_columns(taken=pl.col("v").is_in(taken.implode()))


def _numbered(rows: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides with the number `c` of their class: a field takes part where no row or line of its group lacks it."""
    texts = {name: _coded(rows[name], lines[name]) for name in ("message_id", "kind", "offer")}
    both = pl.DataFrame(texts).hstack(pl.concat([side.select("a", "t") for side in (rows, lines)]))
    ours = pl.concat([pl.repeat(True, rows.height, eager=True), lines["ours"]])
    group = _numbers(both.select(_GROUP))
    for name in _FIELDS:
        lacking = group.filter(both[name].is_null() & ours).unique()
        both = both.with_columns(pl.when(~group.is_in(lacking.implode())).then(name).alias(name))
    number = _numbers(both.select(_FIELDS).with_columns(group.alias("group"))).alias("c")
    return rows.with_columns(number.head(rows.height)), lines.with_columns(number.tail(lines.height))


def _coded(ours: pl.Series, theirs: pl.Series) -> pl.Series:
    """The texts of both sides as numbers, each of which stands for one text."""
    words = pl.Categories.random()  # of these alone: the texts go with them
    return pl.concat([ours.cast(pl.String), theirs]).cast(pl.Categorical(words)).to_physical()


def _numbers(frame: pl.DataFrame) -> pl.Series:
    """One number for all equal rows; nulls are equal. A sort takes less memory than millions of small groups."""
    order = frame.select(pl.arg_sort_by(frame.columns)).to_series()
    is_new = pl.repeat(False, frame.height, eager=True)
    for column in frame:  # one by one: side by side they would be there several times
        in_order = column.gather(order)
        is_new |= in_order.ne_missing(in_order.shift(1))
    number = is_new.cum_sum().cast(pl.UInt32)
    return number.scatter(order, number)


def _counts(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    left = lines.filter(FREE)
    uses_ids = bool(lines["revenue_id"].is_not_null().any())
    role = pl.col("role")
    open_ = (role == "recorded") & pl.col("taken").is_null()
    named = open_ & pl.col("revenue_id").is_not_null() & pl.lit(uses_ids)
    ours = {
        "D": role == "doubt",
        "W": role == "word",
        "R": open_ & ~named,
        "named": named,
        "known": role.is_in(["recorded", "doubt"]),
    }
    theirs = {"V": pl.col("c").is_not_null(), "nameless": pl.col("revenue_id").is_null()}
    classes = 1 + max(int(side["c"].max() or 0) for side in (rows, lines))  # type: ignore[arg-type]
    counted = [_counted(side, kinds, classes) for side, kinds in ((rows, ours), (left, theirs))]
    counts = pl.DataFrame([column for columns in counted for column in columns]).with_row_index("c")
    by_content = pl.min_horizontal("named", "nameless")
    counts = counts.with_columns(R=pl.col("R") + by_content, lost=pl.col("named") - by_content)
    return counts.with_columns(
        missing=pl.col("lost") + (pl.col("R") - pl.col("V")).clip(0), extra=(pl.col("V") - pl.col("R")).clip(0)
    )


def _counted(side: pl.DataFrame, kinds: Mapping[str, pl.Expr], classes: int) -> Iterator[pl.Series]:
    """How many rows of each kind every class has, class by class."""
    for name, kind in kinds.items():
        runs = side.filter(kind.fill_null(value=False))["c"].sort().rle().struct.unnest()
        yield pl.zeros(classes, pl.Int32, eager=True).scatter(runs["value"], runs["len"].cast(pl.Int32)).alias(name)
