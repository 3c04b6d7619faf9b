"""The reason columns of a rejects file, when it is imported: some reasons hold until a person takes them away.

A rejects file has a cell for each column and every cell is text, so that a row of the wrong length looks whole there
(cut off, or filled up), and an id that was a number looks like one that was text. Posted as they are, such rows would
be wrong in money or in the message they name. What else was wrong can be seen in the cells again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import stripped

if TYPE_CHECKING:
    from importer.schema.columns import Columns

RAGGED, NUMERIC = "ragged_row", "numeric_message_id"
UNMENDED = "unmended"
SENTENCES = {
    RAGGED: "The cell error_code says so: put the row's cells right, then empty its cell error_code.",
    NUMERIC: "The cell error_code says so: put the id right, then empty the row's cell error_code.",
}
BEYOND = "Beyond the header: "


def with_reasons(batch: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Mark the rows whose `error_code` still has such a reason: `unmended` is that code, and a ragged row is ragged."""
    if not columns.reasons:
        return batch
    said = [stripped(pl.col(str(position))) for position in columns.reasons]
    codes = [pl.when(cell.is_in(list(SENTENCES))).then(cell) for cell in said]
    marked = batch.with_columns(pl.coalesce(codes).alias(UNMENDED))
    if marked[UNMENDED].null_count() == marked.height:
        return batch
    return marked.with_columns(pl.col("ragged") | (pl.col(UNMENDED) == RAGGED).fill_null(value=False))


def handed_on(batch: pl.DataFrame, columns: Columns) -> pl.Series | None:
    """The cells beyond the header, of each row that has any: of this file, or told by the reason of an earlier one."""
    found = [pl.col("surplus")] if "surplus" in batch.columns else []
    if UNMENDED in batch.columns:
        told = [pl.col(str(position)).str.extract(f"(?s){BEYOND}(.*)$") for position in columns.messages]
        found += [pl.when(pl.col(UNMENDED) == RAGGED).then(message) for message in told]
    return batch.select(pl.coalesce(found).alias("surplus")).to_series() if found else None


def numeric_faults(batch: pl.DataFrame) -> pl.DataFrame:
    """The faults (`at`, `code`, `message`) of the rows of a marked batch whose id is still that of a number."""
    held = batch.with_row_index("at").filter(pl.col(UNMENDED) == NUMERIC)
    return held.select("at", pl.lit(NUMERIC).alias("code"), pl.lit(SENTENCES[NUMERIC]).alias("message"))
