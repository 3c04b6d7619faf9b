"""Rows that other results record with another amount or another type: an export whose numbers were stated anew.

What one message did at one time of day is one event, whatever its amount: rounded since, or in another currency. So is
a row of another type whose message, amount and time of day are those of a recorded one. Within one file equal moments
are no sign of anything, so rows are compared with what other results record, and each recorded row accounts for one.

A date is no time of day, and a message may convert twice on it: there half of the rows of one side must have such a
counterpart. Without any timestamp nearly all of both sides must: a feed of each day has other messages. Where neither
amount nor moment is as it was, amounts must be related, as `related_amounts` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import KEY
from importer.plan.keys import OTHER_EVENTS, OTHER_KINDS, by_another_id
from importer.plan.near.related_amounts import CHANGES, related
from importer.plan.near.shifts import NEARLY_ALL
from importer.plan.near.twins import PAIRS, local_days, near_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

RESTATED: Mapping[str, type[pl.DataType] | pl.DataType] = {
    **PAIRS,
    "kind": pl.String,
    **dict.fromkeys(("sure", "timeless", "moved"), pl.Boolean),
    **CHANGES,
}
_ANOTHER_AMOUNT, _ANOTHER_TYPE = "another amount", "another type"
_LEAST = 2
"""Rows without a time of day that must be restated: a single one says nothing."""
_AT = ["event", "moment"]
_ANY = pl.lit(value=True)
_DAY = pl.duration(hours=24 + 14)
"""A date for a time, and a zone forgotten."""
_OFFERS = (pl.col("offer"), pl.col("offer_there"))
_SAME_OFFER = ((_OFFERS[0] == _OFFERS[1]) | by_another_id(*_OFFERS)).fill_null(value=True)
_COMPARED = 8
"""Rows of one message, type and moment that are compared each with each; others pair in their order."""


def restated_pairs(here: pl.DataFrame, there: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Pair each row of `here` with at most one of `there` that states it otherwise: `RESTATED`.

    Both have the columns that `near_pairs` needs, `there` those of `other_events` too, and neither has rows that are
    equal to one of the other's, or nearly. `kind` is the type of the row where that is another one, `sure` says that
    both have the same time of day, `timeless` that one of them has no timestamp, and `moved` that the amount may be
    another one as well as the moment.
    """
    here, there = here.with_row_index("here"), there.with_row_index("there")
    found = [_at_one_time(here, there, zone)]
    for name, kind in zip(OTHER_EVENTS, OTHER_KINDS, strict=True):
        rows, fates = _left(here, there, found)
        found.append(_at_one_time(rows, fates.with_columns(pl.col(name).alias("event")), zone, kind))
    rows, fates = _left(here, there, found)
    found.append(_without_time(near_pairs(rows, fates, zone, any_amount=True), rows, fates, zone))
    rows, fates = _left(here, there, found)
    found.append(_within_a_day(rows, fates, zone, None))
    for name, kind in zip(OTHER_EVENTS, OTHER_KINDS, strict=True):
        rows, fates = _left(here, there, found)
        found.append(_within_a_day(rows, fates.with_columns(pl.col(name).alias("event")), zone, kind))
    return pl.concat(found, how="diagonal").select(list(RESTATED))


def _left(here: pl.DataFrame, there: pl.DataFrame, found: list[pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    pairs = pl.concat(found, how="diagonal")
    return (
        here.join(pairs, on="here", how="anti", maintain_order="left"),
        there.join(pairs, on="there", how="anti", maintain_order="left"),
    )


def _without_time(pairs: pl.DataFrame, here: pl.DataFrame, there: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The pairs that no time of day proves, as `RESTATED`."""
    how = pl.when(pl.col("how") == "").then(pl.lit(_ANOTHER_AMOUNT)).otherwise(_ANOTHER_AMOUNT + ", " + pl.col("how"))
    named = pairs.select(how=how, here=here["here"].gather(pairs["here"]), there=there["there"].gather(pairs["there"]))
    pairs = named.with_columns(kind=pl.lit(None, pl.String), moved=pl.lit(value=False))
    return _with_changes(pairs, here, there, zone)


def _at_one_time(here: pl.DataFrame, there: pl.DataFrame, zone: str, kind: str | None = None) -> pl.DataFrame:
    """The pairs of one event at the same time of day; those of another type (`kind`) have the same amount, too."""
    met = there.filter(_has_time(there, zone)).join(here, on=_AT, how="semi", maintain_order="left")
    if kind is not None:  # a send and a click without money are often alike
        met = met.filter(pl.col("amount") > 0)
    rows = here.join(met, on=_AT, how="semi", maintain_order="left")
    at = [*_AT, *(["amount"] if kind else []), *_key(here, there)]
    pairs = _nearest(rows, met, at)
    rows, others = _left(rows, met, [pairs])
    pairs = pl.concat([pairs, _in_order(rows, others, at)])
    kinds = met.select("there", kind=pl.lit(None, pl.String) if kind is None else kind)
    how = pl.lit(_ANOTHER_TYPE if kind else _ANOTHER_AMOUNT)
    pairs = pairs.join(kinds, on="there", maintain_order="left")
    no = pl.lit(value=False)
    return pairs.select("here", "there", how=how, kind="kind", sure=pl.lit(value=True), timeless=no, moved=no)


def _within_a_day(here: pl.DataFrame, there: pl.DataFrame, zone: str, kind: str | None) -> pl.DataFrame:
    """The pairs of one message (of another type: `kind`) whose moments are near each other, or not both known.

    With the same type and amount the moment is what tells events apart: these are no pairs.
    """
    here, there = (rows.filter(pl.col("amount") > 0) for rows in (here, there))
    is_near = (pl.col("moment") - pl.col("moment_there")).abs() <= _DAY
    differ = pl.lit(value=kind is not None) | (pl.col("amount") != pl.col("amount_there"))
    pairs = _nearest(here, there, ["event", *_key(here, there)], differ & is_near.fill_null(value=True))
    kinds = there.select("there", kind=kind or pl.lit(None, pl.String))
    how = f"{_ANOTHER_TYPE}, and moment or amount" if kind else f"{_ANOTHER_AMOUNT}, and another moment"
    pairs = pairs.join(kinds, on="there", maintain_order="left")
    pairs = pairs.with_columns(how=pl.lit(how), moved=pl.lit(value=True))
    return _with_changes(pairs, here, there, zone)


def _with_changes(pairs: pl.DataFrame, here: pl.DataFrame, there: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Pairs that no time of day proves, with what else they have in `RESTATED`."""
    here, there = (
        rows.select(place, "amount", "moment", is_date=~_has_time(rows, zone))
        for place, rows in (("here", here), ("there", there))
    )
    pairs = pairs.join(here, on="here", maintain_order="left")
    pairs = pairs.join(there, on="there", maintain_order="left", suffix="_there")
    apart = pl.col("moment") - pl.col("moment_there")
    return pairs.select(
        *("here", "there", "how", "kind", "moved"),
        sure=pl.lit(value=False),
        timeless=apart.is_null(),
        was="amount_there",
        now="amount",
        apart_s=pl.when(~pl.any_horizontal("is_date", "is_date_there")).then(apart.dt.total_seconds()),
    )


def _key(here: pl.DataFrame, there: pl.DataFrame) -> list[str]:
    return [KEY] if KEY in here.columns and KEY in there.columns else []


def _has_time(rows: pl.DataFrame, zone: str) -> pl.Series:
    """Which rows have a time of day: midnight neither there nor in UTC, as which a date may have been sent."""
    moments = rows["moment"].dt.timestamp("us")
    is_date = [local_days(moments, name)["is_midnight"] for name in dict.fromkeys([zone, "UTC"])]
    return ~pl.select(pl.any_horizontal(is_date)).to_series().fill_null(value=True)


def _nearest(here: pl.DataFrame, there: pl.DataFrame, at: list[str], which: pl.Expr = _ANY) -> pl.DataFrame:
    """Those pairs that are equal in `at`, one to one, those with the least difference of amounts first."""
    few = [frame.filter(pl.int_range(pl.len()).over(at) < _COMPARED) for frame in (here, there)]
    met = few[0].join(few[1], on=at, suffix="_there").filter(_SAME_OFFER & which)
    amounts = [pl.col("amount"), pl.col("amount" if "amount" in at else "amount_there")]
    far = pl.max_horizontal(amounts) - pl.min_horizontal(amounts)
    met = met.select("here", "there", far=far).sort("far", "here", "there")
    found = [met.clear()]
    while not met.is_empty():
        found.append(met.filter(pl.col("here").is_first_distinct() & pl.col("there").is_first_distinct()))
        met = met.join(found[-1], on="here", how="anti", maintain_order="left")
        met = met.join(found[-1], on="there", how="anti", maintain_order="left")
    return pl.concat(found).select("here", "there")


def _in_order(here: pl.DataFrame, there: pl.DataFrame, at: list[str]) -> pl.DataFrame:
    """The pairs of many rows that are equal in `at`, in their order."""
    at = [*at, "offer"]
    numbered = [frame.with_columns(nth=pl.int_range(pl.len()).over(at)) for frame in (here, there)]
    return numbered[0].join(numbered[1], on=[*at, "nth"], nulls_equal=True).select("here", "there")


def believed(pairs: pl.DataFrame, files: pl.Series, rows: int, left: tuple[pl.Series, int]) -> pl.DataFrame:
    """Those of the pairs that are believed: at a time of day all, others where enough of a side is restated.

    `files` tells where each row of `there` is recorded, `rows` how many the input has. `left` are the files of those
    recorded rows that no other row accounts for, and how many of the input none does.
    """
    sizes = files.alias("file").value_counts(name="size")
    pairs = pairs.with_columns(file=files.gather(pairs["there"])).join(sizes, on="file", maintain_order="left")
    told = ~pl.col("moved")
    dated = told & ~pl.col("timeless")
    of_file, of_all = dated.sum().over("file"), dated.sum()
    is_half = (2 * of_file >= pl.col("size")) | (2 * of_all >= rows)
    is_whole = (told.sum().over("file") >= NEARLY_ALL * pl.col("size")) & (told.sum() >= NEARLY_ALL * rows)
    is_so = pl.when("timeless").then(is_whole).otherwise(is_half) & (told.sum().over("file") >= _LEAST)
    is_believed = pl.col("sure") | (told & is_so)
    known, rest = pairs.filter(is_believed), pairs.filter(~is_believed)
    return pl.concat([known, related(rest, *left)]).drop("file", "size", "moved", *CHANGES)
