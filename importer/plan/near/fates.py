"""Fates that are nearly those of rows to post: they hold these rows as `looks_recorded`, or stop the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.model import KEY, MAY_COUNT
from importer.plan.fates import NO_PRIOR
from importer.plan.keyed import number_of, with_another_key
from importer.plan.keys import KEYS, OTHER_EVENTS, event, moment_as_saved, offer, other_events, spelling
from importer.plan.near.newer_version import gone_since, since_first, unmatched
from importer.plan.near.renamed import may_be_renamed, only_where_half, under_other_ids, under_other_offers
from importer.plan.near.restated import RESTATED, believed, restated_pairs
from importer.plan.near.twins import PAIRS, near_pairs
from importer.schema import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.plan.checked import Checked
    from importer.plan.fates import Fates
    from importer.plan.matching import Plan
    from importer.plan.past import Earlier

    _Find = Callable[[pl.DataFrame, pl.DataFrame, str], pl.DataFrame]
    _Schema = Mapping[str, type[pl.DataType] | pl.DataType]

_ANOTHER_KEY = "another --key"


def valid_rows(index: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The valid rows, with `due`, `post` and whether they are `new`; copied only where there are others."""
    rows = index.hstack(plan.rows.select("due", "post", new=pl.col("prior") == NO_PRIOR))
    return rows if rows["valid"].all() else rows.filter("valid")


def pairs_of(rows: pl.DataFrame, fates: pl.DataFrame, zone: str, scheme: str | None) -> pl.DataFrame:
    """The pairs (`here`, `there`, `how`) of rows of the input with fates that are nearly theirs.

    Rows and fates with different keys of the `scheme` are different events; where it is None, keys do not count.

    `rows` are valid ones, with keys, `due`, and what comparing needs; of the fates those that may have been counted
    pair first. Rows that are not due take theirs before others.
    """
    return _found(near_pairs, PAIRS, rows, fates, zone, scheme)


def twins_of(rows: pl.DataFrame, fates: pl.DataFrame, zone: str, scheme: str | None) -> pl.DataFrame:
    """`pairs_of`, and the pairs of rows with fates that name them or state them otherwise (`RESTATED`).

    `fates` may be of several `results`. Those of which the input is a newer version count for the first kind alone:
    that it is one stops a run with a sentence of its own.
    """
    if rows.is_empty() or fates.is_empty():
        return pl.DataFrame(schema=RESTATED)
    known = fates.select(event(), *other_events())
    events = pl.concat(known.select(pl.col(name).alias("event")) for name in ("event", *OTHER_EVENTS)).unique()
    rows = rows.with_row_index("_row_of")
    some = rows.join(events, on="event", how="semi", maintain_order="left")
    near = pairs_of(some, fates, zone, scheme)
    near = near.with_columns(here=some["_row_of"].gather(near["here"]))
    near = pl.concat([near, *_renamed((under_other_ids, under_other_offers), rows, fates, near, zone, scheme)])
    known = fates.with_columns(fates[key].scatter(near["there"], rows[key].gather(near["here"])) for key in KEYS)
    return pl.concat([near, _restated(some, known, near, rows.height, zone, scheme)], how="diagonal")


def _renamed(
    finds: Sequence[_Find], rows: pl.DataFrame, fates: pl.DataFrame, near: pl.DataFrame, zone: str, scheme: str | None
) -> Iterator[pl.DataFrame]:
    """The pairs of those that have no partner and are known by other names, one way to find them after the other.

    The first is that of ids. An offer of results of which the input is a newer version may be a correction.
    """
    if not may_be_renamed(rows, _comparable(_with_amount(fates))):
        return
    left, right = _left(rows, fates, near)
    for find in finds:
        yield (pairs := _half(find, left, right, zone, scheme, since_first(right, rows)))
        left = left.filter(~pl.col("_row_of").is_in(pairs["here"].implode()))
        right = right.filter(~pl.col("_known").is_in(pairs["there"].implode()), ~pl.col("newer"))


def _half(
    find: _Find, left: pl.DataFrame, right: pl.DataFrame, zone: str, scheme: str | None, of: pl.DataFrame
) -> pl.DataFrame:
    """The pairs where they are half of the fates `of` one file."""
    found = _found(find, PAIRS, left, right, zone, scheme)
    pairs = only_where_half(found, right["results"], of["results"], left["due"])
    return pairs.with_columns(here=left["_row_of"].gather(pairs["here"]), there=right["_known"].gather(pairs["there"]))


def _left(rows: pl.DataFrame, fates: pl.DataFrame, near: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows (`_row_of`) and fates (`_known`) that nothing accounts for.

    `newer` fates are of `results` of which the input is a newer version.
    """
    fates = _by_results(fates.with_row_index("_known"), rows)
    left, right = unmatched(rows, fates), unmatched(fates, rows)
    left = left.filter(~pl.col("_row_of").is_in(near["here"].implode()))
    return left, right.filter(~pl.col("_known").is_in(near["there"].implode()))


def _by_results(fates: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The fates with their `results`, and whether the input is a `newer` version of these."""
    if "results" not in fates.columns:
        fates = fates.with_columns(results=pl.lit(""))
    parts = fates.partition_by("results")
    newer = (part.with_columns(newer=pl.lit(gone_since(part, rows) is not None)) for part in parts)
    return pl.concat(newer)


def _restated(
    rows: pl.DataFrame, fates: pl.DataFrame, near: pl.DataFrame, of: int, zone: str, scheme: str | None
) -> pl.DataFrame:
    """The pairs of those that have no partner; `fates` have the keys of the rows that are nearly theirs.

    A row that these RESULTS know was there as it is when they were begun: it states nothing anew.
    """
    files = fates["results"] if "results" in fates.columns else pl.repeat("", fates.height, eager=True)
    left, right = _left(rows, fates, near)
    left, right = left.filter("new"), right.filter(~pl.col("newer"))
    pairs = _found(restated_pairs, RESTATED, left, right, zone, scheme)
    pairs = pairs.with_columns(here=left["_row_of"].gather(pairs["here"]), there=right["_known"].gather(pairs["there"]))
    return believed(pairs, files, of, (right["results"], of - rows.height + left.height))


def _found(
    find: _Find, schema: _Schema, rows: pl.DataFrame, fates: pl.DataFrame, zone: str, scheme: str | None
) -> pl.DataFrame:
    """What `find` pairs, by what it needs to compare."""
    if rows.is_empty() or fates.is_empty():
        return pl.DataFrame(schema=schema)
    rows, fates = rows.with_row_index("_row"), fates.with_row_index("_fate")
    rows = rows.sort("due", maintain_order=True)
    fates = _with_amount(fates).sort(~pl.col("status").is_in(MAY_COUNT), maintain_order=True)
    numbers = [number_of(scheme)] if scheme is not None and KEY in fates.columns else []
    there = _comparable(fates, *numbers)
    pairs = find(rows, there, zone) if not numbers else _by_key(find, schema, rows, there, zone)
    return pairs.with_columns(here=rows["_row"].gather(pairs["here"]), there=fates["_fate"].gather(pairs["there"]))


def _by_key(find: _Find, schema: _Schema, rows: pl.DataFrame, there: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The pairs with the same key, then those where one of both has none."""
    here = rows.with_row_index("_here")
    there = there.with_row_index("_there")
    found: list[pl.DataFrame] = []
    for which in ("same", "unknown there", "unknown here"):
        taken = pl.concat(found) if found else pl.DataFrame(schema=schema)
        left = here.filter(~pl.col("_here").is_in(taken["here"].implode()))
        right = there.filter(~pl.col("_there").is_in(taken["there"].implode()))
        if which == "unknown there":
            right = right.filter(pl.col(KEY).is_null())
        if which == "unknown here":
            left = left.filter(pl.col(KEY).is_null())
        if which != "same":
            left, right = left.drop(KEY), right.drop(KEY)
        pairs = find(left, right, zone)
        found.append(
            pairs.with_columns(here=left["_here"].gather(pairs["here"]), there=right["_there"].gather(pairs["there"]))
        )
    return pl.concat(found)


def _with_amount(fates: pl.DataFrame) -> pl.DataFrame:
    """Those of the fates that have an event, with `amount`."""
    amounts = fates.with_columns(amount=pl.col("revenue").cast(AMOUNT, strict=False))
    return amounts.filter(pl.col("amount").is_not_null() & pl.col("message_id").is_not_null())


def _comparable(fates: pl.DataFrame, *numbers: pl.Expr) -> pl.DataFrame:
    """What of fates, with their `amount`, is compared with rows."""
    return fates.select(*KEYS, event(), "amount", moment_as_saved(), offer(), spelling(), *other_events(), *numbers)


def held_by(rows: pl.DataFrame, fates: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The fates of `pairs` as if they were of the rows that are nearly theirs: they hold these, as `near`."""
    keys = rows.select(pl.col(KEYS).gather(pairs["here"]))
    fates = fates.select(pl.all().gather(pairs["there"])).with_columns(keys[key] for key in KEYS)
    return fates.with_columns(near=True).drop(KEY, strict=False)


@dataclass(frozen=True, slots=True)
class NearFates:
    """Fates that hold rows of the input which are nearly theirs.

    `fates` are of `--already` and of these RESULTS, as `held_by` makes them; `already` are all of `--already`, those
    that are nearly in the input as if they were in it. `own` has the rows (`file`, `row`, `amount`) that these RESULTS
    hold, with `how` they differ, the index of the fate as `prior`, and `settled` where an earlier run held the row.
    """

    fates: pl.DataFrame
    already: pl.DataFrame
    own: pl.DataFrame

    @classmethod
    def among(
        cls, checked: Checked, plan: Plan, earlier: Earlier, already: pl.DataFrame, own: Path | None, zone: str
    ) -> NearFates:
        """Look for them among `already`, and where earlier recorded rows are missing in the input among these."""
        settled = (plan.rows["code"] == "looks_recorded").fill_null(value=False)
        may_be_held = checked.index["valid"] & (plan.rows["due"] | settled)
        if "moment" not in checked.index.columns or not may_be_held.any():
            return cls(already.clear(), already, _NOTHING_OWN)
        scheme = checked.key_scheme
        rows = valid_rows(checked.index.with_columns(settled=settled), plan)
        pairs = twins_of(rows, already, zone, scheme)
        there = held_by(rows, already, pairs)
        known = already.with_columns(already[key].scatter(pairs["there"], there[key]) for key in KEYS)
        gone = _gone(earlier.fates, plan).with_columns(results=pl.lit(str(own)), near=False)
        pairs = _gone_pairs(rows, gone, zone, scheme) if own is not None else pl.DataFrame(schema=PAIRS)
        if 2 * pairs.height < plan.missing.height:
            pairs = pairs.filter(pl.col("how") == _ANOTHER_KEY)
        if pairs.is_empty():
            return cls(there, known, _NOTHING_OWN)
        here = held_by(rows, gone, pairs).select(there.columns)
        held = rows.select(pl.col("file", "row", "amount", "settled").gather(pairs["here"]))
        own_rows = held.with_columns(pairs["how"], prior=gone["prior"].gather(pairs["there"]))
        return cls(pl.concat([there, here]), known, own_rows)


def _gone_pairs(rows: pl.DataFrame, gone: pl.DataFrame, zone: str, scheme: str | None) -> pl.DataFrame:
    """The pairs of rows with own fates that no row took: those that are equal but for the key before others.

    Among them those whose message id is in another spelling than it was sent in. Another offer is no other spelling: of
    these RESULTS it may be a correction, which `--allow-missing` is for.
    """
    if scheme is None:
        near = pairs_of(rows, gone, zone, None)
    else:
        other = with_another_key(rows, gone).with_columns(how=pl.lit(_ANOTHER_KEY))
        here, there = rows.with_row_index("_here"), gone.with_row_index("_there")
        here = here.join(other, left_on="_here", right_on="here", how="anti", maintain_order="left")
        there = there.join(other, left_on="_there", right_on="there", how="anti", maintain_order="left")
        near = pairs_of(here, there, zone, None)
        near = near.with_columns(here=here["_here"].gather(near["here"]), there=there["_there"].gather(near["there"]))
        near = pl.concat([other, near])
    return pl.concat([near, *_renamed((under_other_ids,), rows.with_row_index("_row_of"), gone, near, zone, None)])


_NOTHING_OWN = pl.DataFrame(
    schema={
        "file": pl.UInt32, "row": pl.UInt32, "amount": AMOUNT, "settled": pl.Boolean, "how": pl.String,
        "prior": pl.UInt32,
    }
)  # fmt: skip


def _gone(fates: Fates, plan: Plan) -> pl.DataFrame:
    """Own fates that no row took: of those that may have been counted, and of those that are known not to be."""
    gone = fates.left_by(plan.rows["prior"], [*MAY_COUNT, "pending", "failed", "rejected"])
    return fates.at(gone).hstack(fates.lines.select(pl.col(KEYS).gather(gone))).with_columns(prior=gone)
