"""Whether the input is a newer version of an export that was imported: rows of it were corrected since.

What is recorded cannot be corrected by a post: the corrected row would count beside it. A feed of the last days, in
which the oldest rows fall out and new ones of the same messages come in, is no correction.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.model import KEY
from importer.plan.keys import (
    KEYS,
    OTHER_EVENTS,
    OTHER_KINDS,
    event,
    moment_as_saved,
    occurrence,
    offer,
    other_events,
    spelling,
)
from importer.schema import AMOUNT
from importer.text import amount

if TYPE_CHECKING:
    from datetime import datetime

    from importer.plan.checked import Checked

NAMED_ROWS = 3
_FEED = 5
WINDOW = 3
"""Rows that an export of the last days has from before, at least: one or two are those of a month's end."""


def changed_rows(fates: pl.DataFrame, rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows to post that results record with another amount, moment or offer, or as another type.

    Then the input is a newer version of that export, and its changed rows are no new events. So it is only where at
    least half of `fates`, all that those results record, are in the input, or of those since its first day: another
    month with some of the same messages is none. `rows` are the valid ones of the input, with keys, `event` and `due`,
    and `others` the keys of those that this run leaves out; what is returned has what `changes_named` needs, too.
    """
    gone = gone_since(fates, rows, others)
    if gone is None or gone.is_empty():
        return rows.clear()
    new = unmatched(rows, fates).filter("due")
    changed = changed_to(gone, new, fates, rows)
    if not changed.is_empty():  # who takes these out must not have the others posted by the next run
        changed = changed_to(pl.concat([gone, _come_late(fates, rows)]), new, fates, rows)
    return changed.filter(~_are_left_out_by_type(fates, gone)) if "moment" in changed.columns else changed


def _are_left_out_by_type(fates: pl.DataFrame, gone: pl.DataFrame) -> pl.Expr:
    """Whether a row of another type may be a further event, as all that is recorded of the other type is gone.

    An export of sales alone has no clicks, and further sales of messages that were clicked.
    """
    left = unmatched(fates, gone)["attribution_type"].unique()
    is_whole = ~pl.col("recorded_kind").is_in(left.implode())
    return pl.col("kind").is_not_null() & is_whole & ~_is_same_moment() & ~_is_same_amount()


def gone_since(fates: pl.DataFrame, rows: pl.DataFrame, others: pl.DataFrame | None = None) -> pl.DataFrame | None:
    """The fates that are in the input no longer as they were, where at least half still are; None elsewhere.

    Where it is not half of all it may be half of those since the input's first day: an export of the last days. Where
    any of these is found, rows that come `_come_late` count as found, too: their moments were corrected.
    """
    here = rows.select(KEYS) if others is None else pl.concat([rows.select(KEYS), others.select(KEYS)])
    met = here.join(fates.select(KEYS), on=KEYS, how="semi").unique()
    there = fates.join(met, on=KEYS, how="semi")
    if 2 * there.height >= fates.height:  # most files nearby are others: no need to number their rows
        return _gone_of(fates, here)
    if there.is_empty():
        return None
    recent = since_first(fates, rows, there)
    if there.height >= WINDOW and (gone := _gone_of(recent, here)) is not None:
        return gone
    late = _come_late(fates, rows)
    gone = pl.concat([unmatched(recent, here), late]).unique(maintain_order=True)
    found = there.height + late.height
    return gone if late.height and found >= WINDOW and gone.height - late.height <= found else None


def _come_late(fates: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The fates that no row has as they were, and one to post has at another moment alone, of those days.

    Where what was before the first row comes later than all that is recorded, it came again.
    """
    if "moment" not in rows.columns:
        return fates.clear()
    alike = ["event", "amount", "offer"]
    new = unmatched(rows, fates).filter("due").select(*alike, "moment").sort("moment", maintain_order=True)
    known = unmatched(fates.with_row_index("_at"), rows).with_columns(event(), offer(), moment_as_saved().alias("was"))
    known = known.with_columns(amount=pl.col("revenue").cast(AMOUNT, strict=False)).select("_at", *alike, "was")
    known = known.sort("was", maintain_order=True)
    new, known = (side.with_columns(nth=pl.int_range(pl.len()).over(alike)) for side in (new, known))
    pairs = known.join(new, on=[*alike, "nth"], nulls_equal=True, maintain_order="left")
    return fates[pairs.filter(~_moved_on(fates, rows).fill_null(value=False))["_at"]]


def _gone_of(fates: pl.DataFrame, here: pl.DataFrame) -> pl.DataFrame | None:
    gone = unmatched(fates, here)
    return gone if 2 * gone.height <= fates.height else None


def since_first(fates: pl.DataFrame, rows: pl.DataFrame, met: pl.DataFrame | None = None) -> pl.DataFrame:
    """The fates since the day of the first of the rows, and of those that they have `met`; all where none is known."""
    firsts = [rows["moment"].min()] if "moment" in rows.columns else []
    firsts += [met.select(moment_as_saved()).to_series().min()] if firsts and met is not None else []
    first = pl.Series(firsts, dtype=pl.Datetime("us", "UTC")).min()
    if first is None:
        return fates
    return fates.filter(moment_as_saved() >= pl.lit(first, pl.Datetime("us", "UTC")).dt.truncate("1d"))


def unmatched(frame: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows beyond those equal ones that the other side has, in their order."""
    on = [*KEYS, "nth"]
    one, other = (side.with_columns(nth=occurrence(side, pl.lit(value=True))) for side in (frame, others))
    return one.join(other.select(on), on=on, how="anti", maintain_order="left").drop("nth")


def changed_to(gone: pl.DataFrame, new: pl.DataFrame, fates: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Those of the rows `new` that may be one of `gone` in another version; of `fates` and `rows` these are a part.

    The message is the same, in any spelling; those that have more in common find each other first. `is_other_event`
    says that the type or the spelling of the message is another one.
    """
    readable = gone.filter(pl.col("revenue").cast(AMOUNT, strict=False).is_not_null())
    recorded = readable.select(
        event(),
        *other_events(),
        *([spelling()] if "spelling" in new.columns else []),
        moment_as_saved().alias("was"),
        recorded_amount="revenue",
        recorded_timestamp="timestamp",
        recorded_kind="attribution_type",
    ).with_row_index("_was")
    new = new.with_row_index("_new")
    pairs = _of_one_event(new, recorded)
    if "moment" in pairs.columns:
        others = _of_another_event(new, recorded)
        beside = _beside_a_feed(pl.concat([pairs, others], how="diagonal"), recorded, fates, rows)
        same_kind, others = beside.filter(~pl.col("is_other_event")), beside.filter("is_other_event")
        is_twin = _is_same_moment() & _is_same_amount() & pl.col("kind").is_not_null()
        pairs = _of_one_moment(pl.concat([same_kind, others.filter(is_twin)]))
        for side in ("_new", "_was"):
            others = others.join(pairs, on=side, how="anti", maintain_order="left")
        pairs = pl.concat([pairs, others])
    pairs = pairs.unique("_new", keep="first", maintain_order=True)
    return pairs.drop("_new", "_was", *OTHER_EVENTS, *OTHER_KINDS)


def _of_one_event(new: pl.DataFrame, recorded: pl.DataFrame) -> pl.DataFrame:
    """The pairs of the same message and type."""
    pairs = new.join(recorded.drop("spelling", strict=False), on="event", maintain_order="left_right")
    return pairs.with_columns(kind=pl.lit(None, pl.String), is_other_event=pl.lit(value=False))


def _of_another_event(new: pl.DataFrame, recorded: pl.DataFrame) -> pl.DataFrame:
    """The pairs of the same message with another type (`kind`, where its spelling is the same), or spelt otherwise."""
    pairs = new.join(recorded, on="spelling", maintain_order="left_right", suffix="_there")
    pairs = pairs.filter(pl.col("event") != pl.col("event_there")).drop("event_there")
    kinds = (
        pl.when(pl.col(name) == pl.col("event")).then(kind)
        for name, kind in zip(OTHER_EVENTS, OTHER_KINDS, strict=True)
    )
    return pairs.with_columns(kind=pl.coalesce(*kinds), is_other_event=pl.lit(value=True))


def _is_same_moment() -> pl.Expr:
    return pl.col("was").eq_missing(pl.col("moment"))


def _is_same_amount() -> pl.Expr:
    return pl.col("amount") == pl.col("recorded_amount").cast(AMOUNT, strict=False)


def _of_one_moment(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs, but for those of a row or a fate that has another of its own moment; the first pair is the likeliest.

    A message may be met again and again: what was corrected is then one row, and another is a further event.
    """
    is_same = _is_same_moment()
    pairs = pairs.with_columns(has_its_own=is_same.any().over("_was") | is_same.any().over("_new"))
    pairs = pairs.filter(is_same | ~pl.col("has_its_own")).drop("has_its_own")
    return pairs.sort("_new", ~_is_same_amount(), maintain_order=True)


def _beside_a_feed(
    pairs: pl.DataFrame, recorded: pl.DataFrame, fates: pl.DataFrame, rows: pl.DataFrame
) -> pl.DataFrame:
    """The pairs but for those of which one event fell out of the front of a feed, and another came in.

    That is one at its end, or with another amount, as of a late conversion; the same amount later may be a correction.
    """
    first = pl.lit(rows["moment"].min(), pl.Datetime("us", "UTC"))
    is_another = pl.col("is_other_event") | ~_is_same_amount()
    moved_on = _moved_on(fates, rows) | (pl.col("was") < first) & (pl.col("moment") > first) & is_another
    moved_on = moved_on.fill_null(value=False)
    fell_out = recorded.filter(pl.col("was") < first)
    alone = fell_out.join(pairs, on="_was", how="anti").height
    return pairs.filter(~moved_on) if is_feed(pairs.filter(moved_on)["_new"].n_unique(), alone) else pairs


def _moved_on(fates: pl.DataFrame, rows: pl.DataFrame) -> pl.Expr:
    """Whether what `was` before the first of the rows has a `moment` after the last of the fates."""
    first = pl.lit(rows["moment"].min(), pl.Datetime("us", "UTC"))
    last = pl.lit(fates.select(moment_as_saved()).to_series().max(), pl.Datetime("us", "UTC"))
    return (pl.col("was") < first) & (pl.col("moment") > last)


def is_feed(succeeded: int, alone: int) -> bool:
    """Whether rows fell out of the front of a feed: so many whose message came in again later, and others `alone`.

    A few that come again are no proof: they may be the first rows of an export, with their dates corrected.
    """
    return succeeded >= _FEED or alone > 0


def changes_named(checked: Checked, changed: pl.DataFrame) -> str:
    """A few rows of `changed_rows`, by what they were and are.

    They have `recorded_amount`, `recorded_timestamp` and `recorded_kind`, and `kind` where the type is another one now.
    """
    named = [_change(checked, row) for row in changed.head(NAMED_ROWS).iter_rows(named=True)]
    return "; ".join([*named, "…"] if changed.height > NAMED_ROWS else named)


def _change(checked: Checked, row: dict[str, Any]) -> str:
    """Both types and amounts where they differ, and where these are equal both moments."""
    was, now = amount(Decimal(row["recorded_amount"])), amount(row["amount"].normalize())
    is_same_amount = Decimal(row["recorded_amount"]) == row["amount"]
    if row["kind"] is not None:
        kinds = row["recorded_kind"], row["kind"]
        was, now = kinds if is_same_amount else (f"{kinds[0]} {was}", f"{kinds[1]} {now}")
    elif is_same_amount:
        was, now = row["recorded_timestamp"] or "no timestamp", moment_text(row["moment"])
    if was == now:
        was, now = "another", f"{now} and this {'offer or --key' if KEY in row else 'offer'}"
    return f"{checked.name(row['file'])} row {row['row']}: {now}, recorded with {was}"


def moment_text(moment: datetime | None) -> str:
    """A moment as it is sent; in words where there is none."""
    if moment is None:
        return "no timestamp"
    return moment.replace(tzinfo=None).isoformat(timespec="auto").rstrip("0" if moment.microsecond else "") + "Z"
