"""Results files that are copies of each other: a row that several of them tell of counts once.

A backup, `june.results (1).csv` and an older state of the same results tell of the same runs. Their journals name
these runs; where one has lost its journal, rows with the content and `revenue_id` (or the end of the attempt) of a row
elsewhere tell of them. Different imports of equal content have other runs and other ids, and add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.journal import with_a_run_in_common
from importer.model import MAY_COUNT, Status
from importer.plan.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.plan.past import Earlier

    Runs = Mapping[str, frozenset[str]]

_OF_OWN = ("status", "error_code", "revenue_id", "finished_at")
_IS_COUNTED = pl.col("status").is_in(MAY_COUNT)
_IS_RECORDED = pl.col("status") == str(Status.RECORDED)
_CONTENT = [*KEYS, "counted"]


def without_copies(fates: pl.DataFrame, runs: Runs) -> pl.DataFrame:
    """The fates of several `results`, of which those of copies count once: `runs` are the names of each file's runs.

    Of each content as many are left as the copy has that knows most of them; where copies were continued apart, those
    that each recorded for itself are left, too.
    """
    for group in copies(fates, runs):
        fates = _once(fates, group)
    return fates


def beyond_own(already: pl.DataFrame, earlier: Earlier, own: str, runs: Runs) -> pl.DataFrame:
    """The fates of `already`, less those that the `earlier` runs of RESULTS know: a copy of `own` may be among them."""
    own_runs = frozenset(earlier.events.began)
    is_counted = earlier.fates.lines["status"].is_in(MAY_COUNT)
    if already.is_empty() or not is_counted.any():
        return already
    known = earlier.fates.counted(_OF_OWN).hstack(earlier.fates.lines.filter(is_counted).select(KEYS))
    both = pl.concat([known.with_columns(results=pl.lit(own)), already], how="diagonal")
    for group in copies(both, {**runs, own: own_runs}):
        if own in group:
            both = _once(both, group, own)
    return both.filter(pl.col("results") != own).select(already.columns)


def copies(fates: pl.DataFrame, runs: Runs) -> Iterator[set[str]]:
    """Those of the results that are copies of each other, as groups of at least two; `fates` are of all of them."""
    groups: list[set[str]] = []
    for pair in map(set, (*with_a_run_in_common(runs), *_with_rows_in_common(fates, runs))):
        met = [group for group in groups if group & pair]
        groups = [group for group in groups if group not in met] + [pair.union(*met)]
    yield from groups


def _with_rows_in_common(fates: pl.DataFrame, runs: Runs) -> Iterator[tuple[str, str]]:
    """Each file without a journal, with those that have a row of its own.

    An id that a file has twice says nothing: some API gives all rows the same.
    """
    loose = [results for results in _files(fates) if not runs.get(results)]
    if not loose:
        return
    is_one = pl.col("revenue_id").is_unique().over("results")
    told = fates.select("results", *KEYS, "finished_at", id=pl.when(is_one).then("revenue_id"))
    for mark in ("id", "finished_at"):
        known = told.select("results", *KEYS, mark).filter(pl.col(mark).fill_null("") != "")
        some = known.filter(pl.col("results").is_in(loose))
        met = some.join(known, on=[*KEYS, mark], suffix="_there").select("results", "results_there").unique()
        yield from ((one, other) for one, other in met.sort(pl.all()).iter_rows() if one != other)


def _files(fates: pl.DataFrame) -> Iterable[str]:
    return fates["results"].drop_nulls().unique(maintain_order=True).to_list()


def _once(fates: pl.DataFrame, group: set[str], own: str | None = None) -> pl.DataFrame:
    """The fates with those of the copies in `group` once, of `own` before others."""
    numbered = fates.with_row_index("_n")
    is_copy = pl.col("results").is_in(list(group))
    rows = numbered.filter(is_copy).with_columns(_IS_COUNTED.alias("counted"), _mark())
    is_main = pl.col("results") == (own or _fullest(rows))
    rows = rows.sort(~is_main, maintain_order=True)
    nth = pl.int_range(pl.len()).over("results", *_CONTENT, "mark")
    rows = rows.with_columns(mark=pl.when(pl.col("mark").is_not_null()).then(pl.format("{} {}", "mark", nth)))
    again = ~pl.struct(*_CONTENT, "mark").is_first_distinct() & pl.col("mark").is_not_null()
    order = [pl.lit(own is not None) & ~is_main, again, ~_IS_RECORDED]
    rows = rows.sort(order, maintain_order=True).with_columns(place=pl.int_range(pl.len()).over(_CONTENT))
    rows = rows.join(_most(rows), on=_CONTENT, maintain_order="left")
    kept = rows.filter(pl.col("place") < pl.col("most"))["_n"]
    return numbered.filter(~is_copy.fill_null(value=False) | pl.col("_n").is_in(kept.implode())).drop("_n")


def _mark() -> pl.Expr:
    """What tells one record of the API from others of equal content; null where a copy may have another one."""
    given, by_verdict = pl.col("revenue_id").replace("", None), pl.col("error_code") == "resolved_recorded"
    ended = pl.when(~by_verdict.fill_null(value=False)).then(pl.col("finished_at").replace("", None))
    return pl.when(_IS_RECORDED).then(pl.coalesce(given, ended)).alias("mark")


def _fullest(rows: pl.DataFrame) -> str:
    """The file that knows most rows that may have been counted, the first of these."""
    counted = rows.group_by("results", maintain_order=True).agg(pl.col("counted").sum())
    return str(counted["results"][int(counted["counted"].arg_max() or 0)])


def _most(rows: pl.DataFrame) -> pl.DataFrame:
    """How many rows of each content there are: as in the copy that has most, or as there are records of the API."""
    of_files = rows.group_by("results", *_CONTENT).agg(most=pl.len())
    most = of_files.group_by(_CONTENT).agg(pl.col("most").max())
    records = rows.group_by(_CONTENT).agg(records=pl.col("mark").drop_nulls().n_unique())
    both = most.join(records, on=_CONTENT)
    return both.select(*_CONTENT, most=pl.max_horizontal("most", "records"))
