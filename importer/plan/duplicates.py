"""What is held as equal to an earlier row of the input, and the sentence that names that row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.plan.keys import KEYS

if TYPE_CHECKING:
    from importer.plan.checked import Checked
    from importer.plan.matching import Plan


def held_as_equal(checked: Checked, plan: Plan) -> pl.DataFrame:
    """The number `n` of each row that is held as equal to an earlier one, and a sentence that names that one."""
    rows = checked.index.select("valid", *KEYS, "row", "line", "file").with_row_index("n")
    held = rows.filter(plan.rows["code"] == "duplicate_row")
    equal = rows.filter(pl.col("valid") & pl.col("key_a").is_in(held["key_a"].unique().implode()))
    first = equal.unique(KEYS, keep="first", maintain_order=True)
    pairs = held.join(first, on=KEYS, how="left", maintain_order="left", suffix="_first")
    names = pl.Series([source.name for source in checked.sources], dtype=pl.String)
    line = pl.format(" (line {})", "line_first").fill_null("")  # Parquet has none
    file = pl.when(pl.col("file") != pl.col("file_first")).then(
        pl.format(" of {}", pl.lit(names).gather(pl.col("file_first").cast(pl.UInt32)))
    )
    return pairs.select("n", why_equal=pl.format("the same as row {}{}{}", "row_first", line, file.fill_null("")))
