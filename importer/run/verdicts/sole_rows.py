"""Verdicts that can mean one row alone, found in columns: of a million nearly all are such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.journal import no_fates
from importer.model import FIELDS, Status
from importer.schema import AMOUNT

if TYPE_CHECKING:
    from importer.plan import Fates
    from importer.run.verdicts.given import Verdicts

RESOLVED = ("resolved_recorded", "resolved_not_recorded")
"""The codes of rows on which a person gave a verdict, which the other verdict corrects until an import acts on it."""
_FACTS = ("row", "source", *FIELDS, "status", "revenue_id", "error_code")
_PAIR = ("v", "place", "at", "file", "kind")
_OPEN, _STANDING, _CORRECTED = range(3)
"""What a verdict can be on, the first there is: a row in doubt, one with the same verdict, or one with another."""


def sole_places(fates: Fates, verdicts: Verdicts) -> tuple[pl.Series, pl.Series]:
    """The places of the fates of verdicts that can mean only one row, which no other verdict can mean; null elsewhere.

    With them goes whether that verdict stands already. These are nearly all of a million: the others are looked at one
    by one.
    """
    as_copied = pl.any_horizontal(pl.col(FIELDS).str.starts_with("'").fill_null(value=False))
    told = verdicts.columns("recorded", "revenue_id", "row", "source", *FIELDS).with_row_index("v").filter(~as_copied)
    by_row, by_id = told.filter(pl.col("row").is_not_null()), told.filter(pl.col("row").is_null())
    pairs, place = [_pairs(no_fates(), by_row, by_id, 0)], 0
    for part in fates.parts(_FACTS):
        pairs.append(_pairs(part, by_row, by_id, place))
        place += part.height
    return _sole(pl.concat(pairs), len(verdicts))


def _pairs(part: pl.DataFrame, by_row: pl.DataFrame, by_id: pl.DataFrame, place: int) -> pl.DataFrame:
    """The verdicts beside the fates that they can mean."""
    part = part.with_columns(pl.col("row").cast(pl.Int64, strict=False)).with_row_index("place", place)
    part = part.with_columns(at=pl.col("row"), file=pl.col("source").cast(pl.Categorical()))
    both = [by_row.join(part, on="row", suffix="_here"), by_id.join(part, on="message_id", suffix="_here")]
    return pl.concat([_agreeing(found).with_columns(_kind()).select(_PAIR) for found in both])


def _kind() -> pl.Expr:
    """What the row is to the verdict; null where that cannot mean it."""
    yes, no = (pl.lit(RESOLVED[not recorded]) for recorded in (True, False))
    same, other = (pl.when("recorded").then(one).otherwise(two) for one, two in ((yes, no), (no, yes)))
    has_id = pl.col("revenue_id").is_null() | (pl.col("revenue_id") == pl.col("revenue_id_here"))
    has_it = pl.col("error_code") == same
    return (
        pl.when(pl.col("status") == str(Status.IN_DOUBT))
        .then(_OPEN)
        .when((pl.col("error_code") == other) | (has_it & ~has_id.fill_null(value=False)))
        .then(_CORRECTED)
        .when(has_it)
        .then(_STANDING)
        .alias("kind")
    )


def _agreeing(pairs: pl.DataFrame) -> pl.DataFrame:
    """Those in which everything that the verdict says of the row is so."""
    fields = [field for field in ("source", *FIELDS) if f"{field}_here" in pairs.columns]
    same = {field: pl.col(field) == pl.col(f"{field}_here") for field in fields}
    if "revenue" in same:
        told, here = (pl.col(name).cast(AMOUNT, strict=False) for name in ("revenue", "revenue_here"))
        same["revenue"] |= (told == here).fill_null(value=False)
    return pairs.filter(pl.col(field).is_null() | is_same.fill_null(value=False) for field, is_same in same.items())


def _sole(pairs: pl.DataFrame, verdicts: int) -> tuple[pl.Series, pl.Series]:
    """The place of each verdict that has one to itself, and whether it stands there."""
    by_row = pairs.filter(pl.col("at").is_not_null()).select("v", "file").unique()["v"]
    unclear = by_row.filter(by_row.is_duplicated())
    meant = pairs.drop_nulls("kind").filter(pl.col("kind") == pl.col("kind").min().over("v"))
    sole = meant.filter(pl.col("v").is_unique() & pl.col("place").is_unique() & ~pl.col("v").is_in(unclear.implode()))
    places = pl.Series("place", [None], dtype=pl.UInt32).new_from_index(0, verdicts).scatter(sole["v"], sole["place"])
    standing = sole["v"].filter(sole["kind"] == _STANDING)
    return places, pl.repeat(value=False, n=verdicts, eager=True).scatter(standing, values=True)
