"""Rows that are recorded under another name: of their message id, in another spelling, or of their offer.

Message ids are exact text, and a message has several offers, so one such row says nothing. But where half of what other
results record, or half of the input, is met again so, it is that export once more: with ids in another case or without
their zeros, or with other offers at the very seconds of those that are recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import KEY
from importer.plan.keys import OTHER_EVENTS
from importer.plan.near.shifts import QUARTER
from importer.plan.near.twins import PAIRS, SHIFTED, SPELLING, near_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[pl.DataFrame, pl.DataFrame, str], pl.DataFrame]

_MESSAGE = "the message id in another case or without its zeros"
_OFFER, _UNTIMED = "another offer at the same moment", "another offer, and no timestamp on either side"
_AT = ["event", "amount", "moment"]


def may_be_renamed(rows: pl.DataFrame, fates: pl.DataFrame) -> bool:
    """A cheap look whether any of the rows may be one of these fates; both as the two functions below need them."""
    if not rows.join(fates, on=_AT, how="semi", nulls_equal=True).is_empty():
        return True
    return not _spelt_otherwise(rows, fates).is_empty()


def _spelt_otherwise(rows: pl.DataFrame, fates: pl.DataFrame) -> pl.DataFrame:
    """The rows whose message id only another spelling of a recorded one is, and no recorded one."""
    known = pl.concat(fates.select(pl.col(name).alias("event")) for name in ("event", *OTHER_EVENTS))
    some = rows.join(fates, on="spelling", how="semi", maintain_order="left")
    return some.join(known, on="event", how="anti", maintain_order="left")


def under_other_ids(here: pl.DataFrame, there: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Pair each row of `here` with at most one of `there` that is nearly it but for its message id (`PAIRS`).

    Both are as `near_pairs` needs them, with `spelling`; `there` has the columns of `other_events`, too.
    """
    here, there = here.with_row_index("_ours"), there.with_row_index("_theirs")
    rows = _spelt_otherwise(here, there)
    pairs = _by_spelling(rows, there, zone)
    if pairs["how"].str.contains(SHIFTED, literal=True).any():
        pairs = pl.concat([pairs, _shifted_with_them(here, there, pairs, zone)])
    how = pl.when(pl.col("how") == SPELLING).then(pl.lit(_MESSAGE)).otherwise(pl.lit(f"{_MESSAGE}, ") + pl.col("how"))
    return pairs.select("here", "there", how=how)


def _by_spelling(rows: pl.DataFrame, there: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The pairs (by `_ours` and `_theirs`) of rows whose message id is equal but for its spelling."""
    fates = there.join(rows, on="spelling", how="semi", maintain_order="left")
    pairs = near_pairs(rows.with_columns(event="spelling"), fates.with_columns(event="spelling"), zone)
    return pairs.with_columns(here=rows["_ours"].gather(pairs["here"]), there=fates["_theirs"].gather(pairs["there"]))


def _shifted_with_them(here: pl.DataFrame, there: pl.DataFrame, pairs: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The pairs of rows whose id was in that spelling before, and whose moment is shifted as those of `pairs` are.

    By themselves these may be too few for a shift to be believed.
    """
    all_pairs = _by_spelling(here.join(there, on="spelling", how="semi", maintain_order="left"), there, zone)
    more = all_pairs.filter(
        ~pl.col("here").is_in(pairs["here"].implode()), ~pl.col("there").is_in(pairs["there"].implode())
    )
    return more.filter(pl.col("how").is_in(pairs["how"].unique().implode()), pl.col("how").str.contains(SHIFTED))


def under_other_offers(here: pl.DataFrame, there: pl.DataFrame, zone: str) -> pl.DataFrame:  # noqa: ARG001
    """Pair each row of `here` with at most one of `there` that has all but its offer (`PAIRS`).

    Moments tell events apart where they are finer than the quarters of an hour: dates and hourly sums have many offers.
    Where there are none on either side, every offer must have become one other.
    """
    at = [*_AT, *([KEY] if KEY in here.columns and KEY in there.columns else [])]
    sides = (rows.with_row_index(name) for name, rows in (("here", here), ("there", there)))
    rows, fates = (side.with_columns(nth=pl.int_range(pl.len(), dtype=pl.UInt32).over(at)) for side in sides)
    pairs = rows.join(fates, on=[*at, "nth"], nulls_equal=True, suffix="_there")
    timed, untimed = pairs.filter(pl.col("moment").is_not_null()), pairs.filter(pl.col("moment").is_null())
    is_fine = timed["moment"].dt.timestamp("us") % QUARTER != 0
    timed = timed.filter(2 * int(is_fine.sum()) >= timed.height)
    untimed = untimed.filter(_are_one_to_one(untimed["offer"], untimed["offer_there"]))
    how = pl.when(pl.col("moment").is_null()).then(pl.lit(_UNTIMED)).otherwise(pl.lit(_OFFER))
    return pl.concat([timed, untimed]).select("here", "there", how=how)


def _are_one_to_one(offers: pl.Series, others: pl.Series) -> bool:
    """Whether each of the offers stands for one of the others, and none of them for two."""
    names = pl.DataFrame({"one": offers, "other": others}).unique()
    return names["one"].n_unique() == names["other"].n_unique() == names.height


def only_where_half(pairs: pl.DataFrame, files: pl.Series, of: pl.Series, due: pl.Series) -> pl.DataFrame:
    """The pairs with results of which half is met so, or all where half of the input's rows is, or of those `due`.

    All of those rows that no other row accounts for; `files` tells of each such row of `there` where it is recorded,
    `of` the same of those that the input may have, and `due` of each of `here` whether it is to be posted.
    """
    sizes = of.alias("file").value_counts(name="size")
    told = pairs.with_columns(file=files.gather(pairs["there"]))
    told = told.join(sizes, on="file", how="left", maintain_order="left")
    is_most = 2 * pairs.height >= len(due) or 2 * due.gather(pairs["here"]).sum() >= due.sum() > 0
    is_half = (2 * pl.len().over("file") >= pl.col("size").fill_null(0)) | pl.lit(is_most)
    return told.filter(is_half).select(list(PAIRS))
