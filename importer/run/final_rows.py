"""What became of each row: what this run did, or what earlier runs did, or what was decided of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.journal import STRENGTH
from importer.model import FIELDS, KEY
from importer.plan import HELD_WHY, NO_PRIOR, held_as_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal import LiveRows
    from importer.run.job import Job

SLICE_ROWS = 50_000
_EVIDENCE = ("revenue_id", "error_code", "error_message", "http_status", "attempts", "finished_at", "doubt_since")


@dataclass(frozen=True, slots=True)
class FinalRows:
    """Every row with its final fate; `live` is what this run did, in the spool's parts."""

    job: Job
    live: LiveRows

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Every input row with its fate, in input order, with `amount` and `known` (it belongs into the journal)."""
        offset = 0
        job, fates = self.job, self.job.opened.earlier.fates
        equals = held_as_equal(job.checked, job.plan)
        earlier = fates.beside(job.plan.rows["prior"], job.spool.ends, ("status", *_EVIDENCE, *FIELDS, KEY))
        for rows, live, known in zip(job.spool, self.live.parts(), earlier, strict=True):
            plan = job.plan.rows.slice(offset, rows.height)
            amounts = job.checked.index["amount"].slice(offset, rows.height)
            here = rows.with_columns(
                *plan.select(planned="status", prior="prior"),
                *plan.select(pl.col("code", "why").cast(pl.String)),
                amounts,
            )
            here = _as_sent(here, plan["post"], known).with_row_index("n", offset)
            here = here.hstack(known.drop(FIELDS).select(pl.all().name.prefix("prior_")))
            here = here.join(equals, on="n", how="left", maintain_order="left")
            now = live.select("n", *(pl.col(name).alias(f"live_{name}") for name in ("status", *_EVIDENCE)))
            yield self._settled(here, now)
            offset += rows.height

    def _settled(self, rows: pl.DataFrame, live: pl.DataFrame) -> pl.DataFrame:
        rows = rows.join(live, on="n", how="left", maintain_order="left") if live.height else _without(rows, live)
        was_live, was_known = pl.col("live_status").is_not_null(), pl.col("prior_status").is_not_null()
        why = pl.coalesce("why_equal", "why")
        own = {"error_code": pl.coalesce("code", "error_code"), "error_message": pl.coalesce(why, "error_message")}

        def last(name: str) -> pl.Expr:
            otherwise = own.get(name, pl.lit(None, pl.String))
            return (
                pl.when(was_live)
                .then(f"live_{name}")
                .when(was_known)
                .then(f"prior_{name}")
                .otherwise(otherwise)
                .alias(name)
            )

        return rows.select(
            "row",
            "source",
            "line",
            *FIELDS,
            pl.coalesce("live_status", "prior_status", pl.col("planned").cast(pl.String)).alias("status"),
            *(last(name) for name in _EVIDENCE),
            pl.lit(self.job.opened.target).alias("target"),
            "amount",
            *self._key(rows),
            (was_live | was_known | pl.col("code").is_in(list(HELD_WHY)).fill_null(value=False)).alias("known"),
            pl.col("^keep_.*$"),
            pl.col("^raw_.*$"),
        )

    def _key(self, rows: pl.DataFrame) -> list[pl.Expr]:
        """The key of this run, or else that of the runs before: it is not forgotten."""
        known = [name for name in (KEY, f"prior_{KEY}") if name in rows.columns]
        if known:
            return [pl.coalesce(known).alias(KEY)]
        return [pl.lit(None, pl.String).alias(KEY)] if self.keyed else []

    @property
    def keyed(self) -> bool:
        """Whether any row may have a key."""
        return self.job.checked.key_scheme is not None or self.job.opened.earlier.fates.keyed

    def gone(self) -> Iterator[pl.DataFrame]:
        """Rows that were sent and are no longer in the input, in the same shape, some at a time."""
        fates = self.job.opened.earlier.fates
        gone = fates.left_by(self.job.plan.rows["prior"], [str(status) for status in STRENGTH])
        keep = [pl.lit(None, pl.String).alias(f"keep_{i}") for i in range(len(self.job.checked.keep))]
        keep += [pl.lit(None, pl.String).alias(KEY)] if self.keyed and not fates.keyed else []
        for some in gone.to_frame().iter_slices(SLICE_ROWS):
            yield fates.at(some.to_series()).with_columns(
                pl.lit(None, pl.UInt32).alias("row"), pl.lit(self.job.opened.target).alias("target"), *keep
            )


def _as_sent(rows: pl.DataFrame, posted: pl.Series, known: pl.DataFrame) -> pl.DataFrame:
    """Rows that were sent before, and are not sent now, get the fields that were sent, which are `known`.

    A row that breaks a rule now is known again by them; an equal one may be written otherwise by now (`4521.0`).
    """
    at = ((rows["prior"] != NO_PRIOR) & ~posted).arg_true()
    if at.is_empty():
        return rows
    return rows.with_columns(rows[name].scatter(at, known[name].gather(at)) for name in FIELDS)


def _without(rows: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in other.columns if name not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in names)
