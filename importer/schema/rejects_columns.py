"""The reason columns of a rejects file, when it is imported: some reasons hold until a person takes them away.

A rejects file has a cell for each column and every cell is text, so that a row of the wrong length looks whole there
(cut off, or filled up), and an id that was a number looks like one that was text. Posted as they are, such rows would
be wrong in money or in the message they name. What else was wrong can be seen in the cells again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.codes import CODES
from importer.model import Status
from importer.schema.cells import stripped
from importer.schema.columns import EQUAL_BEFORE, REASONS
from importer.schema.row_identity import fingerprints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.schema.columns import Columns

RAGGED, NUMERIC = "ragged_row", "numeric_message_id"
UNMENDED = "unmended"
SENTENCES = {
    RAGGED: "The cell error_code says so: put the row's cells right, then empty its cell error_code.",
    NUMERIC: "The cell error_code says so: put the id right, then empty the row's cell error_code.",
}
_TOLD = r"^([0-9]{1,9}) \(([0-9a-f]{16})\)$"
BEYOND = "Beyond the header: "
_OURS = [code.word for code in CODES if code.status in {Status.INVALID, Status.REJECTED}]
_OF_THE_API = r"^http_4[0-9]{2}$|^(?:missing|invalid)_[a-z_]+$|_not_found$"


def is_rejects_header(header: Sequence[str]) -> bool:
    """Whether a file may be a rejects file, by its last columns."""
    names = [title.strip() for title in header]
    return tuple(names[-2:]) == REASONS or tuple(names[-3:]) == (*REASONS, EQUAL_BEFORE)


def are_rejects(batch: pl.DataFrame, columns: Columns) -> bool:
    """Whether rows are of a rejects file: by its last columns as they are written there, and by codes that it gives.

    Exports of others have columns of errors, too (`Error Code`), whose codes are their own.
    """
    ends = columns.titles[-2:], columns.titles[-3:]
    if not columns.reasons or (ends[0] != REASONS and ends[1] != (*REASONS, EQUAL_BEFORE)):
        return False
    codes = batch.select(stripped(pl.col(str(columns.reasons[-1])))).to_series().drop_nulls().unique()
    return codes.len() > 0 and bool((codes.is_in(_OURS) | codes.str.contains(_OF_THE_API)).all())


def without_reasons(header: Sequence[str]) -> list[str]:
    """The header without what an earlier rejects file added: there will be new reasons."""
    names = {title.strip() for title in header}
    added = {*REASONS, EQUAL_BEFORE} if names.issuperset(REASONS) else set()
    return [title for title in header if title.strip() not in added]


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


def equal_before_cell(rows: pl.DataFrame) -> pl.Series:
    """What a rejects file says of rows (the five fields, `before`) that have equal ones which are not in it.

    It stands with the content, so that it says nothing of a row whose cells were mended.
    """
    told = rows.with_columns(fingerprints(rows)).select(pl.format("{} ({})", "before", "fingerprint"))
    return told.to_series()


def equal_before(rows: pl.DataFrame, cells: pl.Series | None) -> pl.Series:
    """How many equal rows a rejects file says to be elsewhere, of each normalised row, given its cells that say so."""
    none = pl.Series("before", [0], dtype=pl.UInt32).new_from_index(0, rows.height)
    if cells is None or not cells.str.contains(_TOLD).any():
        return none
    told = rows.with_columns(before=cells.str.extract(_TOLD, 1).cast(pl.UInt32), told=cells.str.extract(_TOLD, 2))
    at = (told["told"].is_not_null() & told["error_code"].is_null()).arg_true()
    told = told[at]
    holds = told["told"] == fingerprints(told)
    return none.scatter(at.filter(holds), told["before"].filter(holds))
