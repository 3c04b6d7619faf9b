"""What must hold before a row in doubt is settled by an export: each guard by its name, for each row.

"Not recorded" needs completeness: the export lacks nothing. "Recorded" needs exclusivity: nobody else stored what it
shows. Recorded rows, whose fate is known, test both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.plan import spelt

if TYPE_CHECKING:
    from datetime import timedelta

    from importer.reconciling.classes import Classes
    from importer.reconciling.window import Window

LEAST_FOUND = 30
"""So many recorded rows must be found at least: fewer say little of what the export is worth."""
_QUARTER = "15m"  # filters of exports begin and end at midnight of some zone: at a quarter of an hour in UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a person says, and the journals, of how a comparison is to be judged.

    `settle` is how long after an attempt a vendor may store its row, `window` how far the vendor's clock may be from
    ours at most. `marked`: only lines that came by the API take part. `resent`: rows were posted again whose answers
    were lost. `scoped` are the fields that the lines were chosen by.
    """

    settle: timedelta
    window: timedelta
    marked: bool = False
    resent: bool = False
    scoped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the guards look at. `doubts` are the rows in doubt, with `extra`, `D`, `W`, `missing` of their class.

    `found` are recorded rows that the export has; `left` lines that no row of ours explains, `surplus` those beyond all
    rows of a class, with its `c`; `aside` the message ids of lines that take no part.
    """

    classes: Classes
    doubts: pl.DataFrame
    found: pl.DataFrame
    left: pl.DataFrame
    surplus: pl.DataFrame
    aside: pl.Series
    window: Window
    terms: Terms


Holds = bool | pl.Series
"""Whether a guard holds: for all rows in doubt alike, or for each."""


def recorded_found(e: Evidence) -> Holds:
    """Every recorded row is in the export."""
    return int(e.classes.counts["missing"].sum()) == 0


def enough_found(e: Evidence) -> Holds:
    """At least 30 recorded rows are in it."""
    return e.found.height >= LEAST_FOUND


def no_earlier_verdict(e: Evidence) -> Holds:
    """No equal row has a person's verdict, which proves nothing of the export."""
    return e.doubts["W"] == 0


def later_found(e: Evidence) -> Holds:
    """A row that was recorded later than the attempt and the time to settle is found: the export reaches so far."""
    last = e.found["until"].max()
    return (e.doubts["until"] + e.terms.settle < last).fill_null(value=False) if last else False


def earlier_found(e: Evidence) -> Holds:
    """A row that was recorded before the attempt, or in the same quarter of an hour, is found."""
    first = e.found["until"].dt.truncate(_QUARTER).min()
    return (e.doubts["since"].dt.truncate(_QUARTER) >= first).fill_null(value=False) if first else False


def within_dates(e: Evidence) -> Holds:
    """The row's time lies within those of recorded rows that are found."""
    when = pl.coalesce("time", "until").dt.truncate(_QUARTER)
    times = e.found.select(when.alias("when"))["when"].drop_nulls()
    if times.is_empty():
        return False
    return e.doubts.select(when.is_between(times.min(), times.max()).fill_null(value=False)).to_series()


def within_types(e: Evidence) -> Holds:
    """Recorded rows of its attribution type are found."""
    return e.doubts["kind"].is_in(e.found["kind"].unique().implode()).fill_null(value=False)


def within_offers(e: Evidence) -> Holds:
    """Recorded rows of its offer are found; an export that is filtered by offer says nothing of rows without one."""
    known = e.found["offer"].drop_nulls().unique()
    without = e.found["offer"].null_count() > 0 and "offer_id" not in e.terms.scoped
    offer = pl.col("offer")
    return e.doubts.select(
        pl.when(offer.is_null()).then(pl.lit(without)).otherwise(offer.is_in(known.implode())).alias("offer")
    ).to_series()


def within_amounts(e: Evidence) -> Holds:
    """Its amount lies within those of recorded rows that are found: exports may leave out small or large ones."""
    amounts = e.found["amount"].drop_nulls()
    if amounts.is_empty():
        return False
    return e.doubts["amount"].is_between(amounts.min(), amounts.max()).fill_null(value=False)


def nothing_similar(e: Evidence) -> Holds:
    """No line that might be the row in another form is left over or aside: of its message, or its amount and moment."""
    over = pl.concat([e.left.select("message_id", "a", "t"), e.surplus.select("message_id", "a", "t")])
    if over.is_empty() and e.aside.is_empty():
        return True
    near = pl.concat([frame.select(spelt()) for frame in (over, e.aside.to_frame("message_id"))])["spelling"].unique()
    same_message = e.doubts.select(spelt())["spelling"].is_in(near.implode())
    moments = over.drop_nulls("t").select("a", "t").unique().with_columns(near=pl.lit(value=True))
    same_moment = (
        e.doubts.select("a", "t")
        .join(moments, on=["a", "t"], how="left", maintain_order="left")["near"]
        .fill_null(value=False)
    )
    return ~(same_message | same_moment)


def no_revenue_id(e: Evidence) -> Holds:
    """The API gave no revenue id for it: an answer with one, and another row's content, is no sign of nothing."""
    return e.doubts["revenue_id"].is_null()


def only_ours(e: Evidence) -> Holds:
    """`--ours` marks what came by the API, or the lines were stored while its attempts were under way."""
    return True if e.terms.marked else e.window.holds(e.doubts, e.classes)


def no_strangers(e: Evidence) -> Holds:
    """No line of the export is of no row that was sent."""
    return e.left.is_empty()


def no_other_surplus(e: Evidence) -> Holds:
    """No row is stored more often than it was sent, its own class apart."""
    elsewhere = len(e.surplus["c"].unique())
    own = e.doubts["c"].is_in(e.surplus["c"].unique().implode()).cast(pl.Int64)
    return elsewhere - own == 0


def not_resent(e: Evidence) -> Holds:
    """No run posted rows again whose answers were lost; where one did, the row has one line and no equal ones.

    A row that was posted twice may have left the line that would speak for an equal one.
    """
    if not e.terms.resent:
        return True
    return (e.doubts["known"] == 1) & (e.doubts["extra"] <= 1)


BOTH = {guard.__name__: guard for guard in (recorded_found, enough_found, no_earlier_verdict)}
COMPLETE = {
    guard.__name__: guard
    for guard in (
        later_found, earlier_found, within_dates, within_types, within_offers, within_amounts, nothing_similar,
        no_revenue_id,
    )
}  # fmt: skip
EXCLUSIVE = {guard.__name__: guard for guard in (only_ours, no_strangers, no_other_surplus, not_resent)}
ONE_FORM = "one_form"
"""Of the ways in which the export may round, as far as recorded rows tell, each has the same verdict. It is looked at
when all verdicts are known.
"""

SENTENCES = {
    "recorded_found": "the export lacks recorded rows, so that it proves nothing of others",
    "enough_found": f"fewer than {LEAST_FOUND} recorded rows are in the export",
    "no_earlier_verdict": "an equal row has a person's verdict already",
    "later_found": "no row that was recorded later than the attempt and --settle is in the export yet",
    "earlier_found": "no row that was recorded before the attempt is in the export",
    "within_dates": "its time lies outside those of the recorded rows in the export",
    "within_types": "no recorded row of its attribution type is in the export",
    "within_offers": "no recorded row of its offer is in the export",
    "within_amounts": "its amount is below or above all those of the recorded rows in the export",
    "nothing_similar": "the export has another line of its message, perhaps one that was left out, or of its amount "
    "and time, which might be this row",
    "no_revenue_id": "the API gave a revenue id for it",
    "only_ours": "another source may have stored the line: no --ours marks it, and no time of storing fits the attempt",
    "no_strangers": "the export has lines of no row that was sent",
    "no_other_surplus": "the export has other rows more often than they were sent",
    "not_resent": "rows were posted again with --in-doubt resend",
    ONE_FORM: "nobody can tell how the export rounds amounts or times, and what it says of this row depends on that",
}
