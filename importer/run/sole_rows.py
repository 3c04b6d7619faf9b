"""Verdicts that can mean one row alone, found in columns: of a million nearly all are such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.journal import no_fates
from importer.model import FIELDS, Status
from importer.schema import AMOUNT

if TYPE_CHECKING:
    from importer.plan import Fates
    from importer.run.verdicts import Verdicts

RESOLVED = ("resolved_recorded", "resolved_not_recorded")
"""The codes of rows on which a person gave a verdict, which the other verdict corrects until an import acts on it."""
_FACTS = ("row", "source", *FIELDS, "status", "error_code")
_PAIR = ("v", "place", "at", "file", "recorded", "is_open", "error_code")


def sole_places(fates: Fates, verdicts: Verdicts) -> pl.Series:
    """The places of the fates of verdicts that can mean only one row, which no other verdict can mean; null elsewhere.

    These are nearly all of a million: the others are looked at one by one.
    """
    as_copied = pl.any_horizontal(pl.col(FIELDS).str.starts_with("'").fill_null(value=False))
    told = verdicts.columns("recorded", "row", "source", *FIELDS).with_row_index("v").filter(~as_copied)
    by_row, by_id = told.filter(pl.col("row").is_not_null()), told.filter(pl.col("row").is_null())
    pairs, place = [_pairs(no_fates(), by_row, by_id, 0)], 0
    for part in fates.parts(_FACTS):
        pairs.append(_pairs(part, by_row, by_id, place))
        place += part.height
    return _sole(pl.concat(pairs), len(verdicts))


def _pairs(part: pl.DataFrame, by_row: pl.DataFrame, by_id: pl.DataFrame, place: int) -> pl.DataFrame:
    """The verdicts beside the fates that they can mean."""
    part = part.with_columns(pl.col("row").cast(pl.Int64, strict=False)).with_row_index("place", place)
    part = part.with_columns(
        at=pl.col("row"), is_open=pl.col("status") == str(Status.IN_DOUBT), file=pl.col("source").cast(pl.Categorical())
    )
    both = [by_row.join(part, on="row", suffix="_here"), by_id.join(part, on="message_id", suffix="_here")]
    pairs = pl.concat([_agreeing(found).select(_PAIR) for found in both])
    corrected = pl.when("recorded").then(pl.lit(RESOLVED[True])).otherwise(pl.lit(RESOLVED[False]))
    return pairs.with_columns(corrects=(pl.col("error_code") == corrected).fill_null(value=False)).drop("error_code")


def _agreeing(pairs: pl.DataFrame) -> pl.DataFrame:
    """Those in which everything that the verdict says of the row is so."""
    fields = [field for field in ("source", *FIELDS) if f"{field}_here" in pairs.columns]
    same = {field: pl.col(field) == pl.col(f"{field}_here") for field in fields}
    if "revenue" in same:
        told, here = (pl.col(name).cast(AMOUNT, strict=False) for name in ("revenue", "revenue_here"))
        same["revenue"] |= (told == here).fill_null(value=False)
    return pairs.filter(pl.col(field).is_null() | is_same.fill_null(value=False) for field, is_same in same.items())


def _sole(pairs: pl.DataFrame, verdicts: int) -> pl.Series:
    """The place of each verdict that has one to itself."""
    by_row = pairs.filter(pl.col("at").is_not_null()).select("v", "file").unique()["v"]
    unclear = by_row.filter(by_row.is_duplicated())
    doubtful = pairs.filter("is_open")
    corrected = pairs.filter(~pl.col("is_open") & pl.col("corrects") & ~pl.col("v").is_in(doubtful["v"].implode()))
    both = pl.concat([doubtful, corrected]).select("v", "place")
    sole = both.filter(pl.col("v").is_unique() & pl.col("place").is_unique() & ~pl.col("v").is_in(unclear.implode()))
    return pl.Series("place", [None], dtype=pl.UInt32).new_from_index(0, verdicts).scatter(sole["v"], sole["place"])
