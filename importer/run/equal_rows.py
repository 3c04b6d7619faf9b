"""What a rejects file says of a row with equal ones elsewhere, so that its import does not take it for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import FIELDS, Status
from importer.plan import KEYS, occurrence
from importer.schema import EQUAL_BEFORE, equal_before_cell

if TYPE_CHECKING:
    from importer.run.final_rows import FinalRows

_REFUSED = pl.col("status") == str(Status.REJECTED)
_HELD = (pl.col("status") == str(Status.DUPLICATE)) & (pl.col("error_code") == "duplicate_row")


def equal_before(final: FinalRows) -> pl.Series | None:
    """For each row of the input the cell that says how many equal ones these results account for; None: nothing to say.

    Those are the rows that were not refused or held as equal, the refused ones before it, and what an earlier rejects
    file said.
    """
    repeated = _repeated(final)
    if repeated.is_empty():
        return None
    rows = repeated.hstack(_final(final, repeated["n"]))
    missing = final.job.plan.missing.group_by(KEYS).agg(gone=pl.len())
    rows = rows.join(missing, on=KEYS, how="left", maintain_order="left").with_columns(
        before=pl.col("before").min().over(KEYS)
        + (~_REFUSED & ~_HELD.fill_null(value=False)).sum().over(KEYS)
        + (_REFUSED.cast(pl.UInt32).cum_sum().over(KEYS) - 1)
        + pl.col("gone").fill_null(0)
    )
    told = rows.filter(_REFUSED & (pl.col("before") > 0))
    if told.is_empty():
        return None
    cells = pl.Series(EQUAL_BEFORE, [None], dtype=pl.String).new_from_index(0, final.job.checked.index.height)
    return cells.scatter(told["n"], equal_before_cell(told))


def _repeated(final: FinalRows) -> pl.DataFrame:
    """The valid rows whose content is elsewhere too: in the input, in a row that left it, or as a rejects file says."""
    rows = final.job.checked.index.select("valid", "before", *KEYS).with_row_index("n").filter("valid")
    again = rows.filter((occurrence(rows, pl.lit(value=True)) > 0) | (pl.col("before") > 0))
    keys = pl.concat([again.select(KEYS), final.job.plan.missing.select(KEYS)]).unique()
    return rows.join(keys, on=KEYS, how="semi", maintain_order="left")


def _final(final: FinalRows, chosen: pl.Series) -> pl.DataFrame:
    """What became of the chosen rows, with their fields."""
    parts, offset = [], 0
    for rows in final:
        here = chosen.filter(chosen.is_between(offset, offset + rows.height, closed="left")) - offset
        parts.append(rows.select("status", "error_code", *FIELDS)[here])
        offset += rows.height
    return pl.concat(parts)
