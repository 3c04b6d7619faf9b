"""Which rows to post: the content of the input against the fates of earlier runs.

Rows are recognised by content (`key_a`, `key_b`: the five fields by value and instant) and by which occurrence of that
content they are. The fates known for a content are dealt out to its occurrences in the order of the input, those that
may have been counted first, so that no order, removal or addition of rows can turn a recorded row into a new one.
What was sent stands whatever the rules say now: a row that breaks one keeps its fate, and is never posted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.model import FIELDS, MAY_COUNT, Share, Status
from importer.plan.fates import HELD, IS_HELD, NO_PRIOR
from importer.plan.keys import KEYS, occurrence
from importer.schema import AMOUNT, exact_sum

if TYPE_CHECKING:
    from importer.plan.fates import Fates
    from importer.settings import Settings

STATUS = pl.Enum([str(status) for status in Status])
HELD_CODES = pl.Enum(["duplicate_row", "already_recorded", "already_in_doubt", "looks_recorded"])
HELD_WHY = {
    "already_recorded": "recorded in {} (--already)",
    "already_in_doubt": "in doubt in {} (--already)",
    "looks_recorded": "nearly the same row is recorded or in doubt in {}",
}
"""Why a row is held, in the name of the other results: a verdict there frees it by that name."""
_RESENT = "resent"
"""A row in doubt that `--in-doubt resend` posts again: none that the rows of other results files may account for."""
# own fates that may have been counted, then those of other results files, then own ones that may be posted (again)
_OWN, _ALREADY = True, False
_ORDER = (
    (_OWN, "recorded"),
    (_OWN, "in_doubt"),
    (_ALREADY, "recorded"),
    (_ALREADY, "in_doubt"),
    (_ALREADY, "looks_recorded"),
    (_OWN, "already_recorded"),
    (_OWN, "already_in_doubt"),
    (_OWN, "looks_recorded"),
    (_OWN, _RESENT),
    (_OWN, "rejected"),
    (_OWN, "failed"),
    (_OWN, "pending"),
)
_WHY = pl.Categorical()
PART_ROWS, _MOST_PARTS = 125_000, 16
_FATES = pl.Enum(list(dict.fromkeys(fate for _, fate in _ORDER)))


@dataclass(slots=True)
class Plan:
    """One line for each input row, and the fates that found no row.

    `rows` has `status`, `code` and `why` (of rows held for other results, or as equal), `prior` (the index of the row's
    earlier fate, or -1), `due` (it is to be posted) and `post` (now: neither `--limit` nor `--strict` keeps it back).
    """

    rows: pl.DataFrame
    missing: pl.DataFrame
    has_open_questions: bool
    """Whether rows are invalid, or held for a person's decision: what `--strict` refuses and exit status 1 reports."""

    @property
    def to_post(self) -> int:
        """Rows that will be posted."""
        return int(self.rows["post"].sum())

    @property
    def kept(self) -> dict[Status, Share]:
        """Rows and money of those that may have been counted, and are no longer in the input."""
        gone = self.missing.select("status", pl.col("revenue").cast(AMOUNT, strict=False).alias("amount"))
        return {
            Status(str(status)): Share(part.height, exact_sum(part["amount"]))
            for (status,), part in gone.group_by("status", maintain_order=True)
        }


def make_plan(index: pl.DataFrame, fates: Fates, already: pl.DataFrame, settings: Settings) -> Plan:
    """Decide each row of `index` (`valid`, keys, `before`).

    `fates` are those of this RESULTS and `already` those of the files of `--already`, with keys; of
    the latter `results` is the file, `near` says that they are nearly those of the rows whose keys they have, and those
    that were not recorded there free what was held for them.
    """
    known = _dealt(fates.lines, beyond(already, index), settings)
    rows = index.select("valid", "excluded", *KEYS).with_columns(occurrence(index, pl.col("valid")))
    rows = _joined(rows, known)
    decided = rows.select(*_decisions(settings)).with_columns(due="post")
    has_open_questions = bool(decided.select(_is_open_question(settings.duplicates).any()).item())
    if settings.strict and has_open_questions:
        decided = decided.with_columns(post=pl.lit(value=False))
    if settings.limit is not None:
        decided = decided.with_columns(post=pl.col("post") & (pl.col("post").cum_sum() <= settings.limit))
    return Plan(decided, _missing(fates, rows), has_open_questions)


def _is_open_question(duplicates: str) -> pl.Expr:
    left_out_knowingly = pl.col("code") == "already_recorded"
    if duplicates == "skip":
        left_out_knowingly = left_out_knowingly | (pl.col("code") == "duplicate_row")
    held = (pl.col("status") == "duplicate") & ~left_out_knowingly.fill_null(value=False)
    return held | (pl.col("status") == "invalid")


def _dealt(fates: pl.DataFrame, already: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """All known fates with the occurrence that each belongs to, and whether that is `wanted`: meant to be posted once.

    Own fates that other results push beyond the rows that were ever to be posted belong to rows held as duplicates.
    """
    counted = already.filter(pl.col("status").is_in(MAY_COUNT))
    resent = pl.lit(settings.in_doubt == "resend") & ~pl.col("key_a").is_in(counted["key_a"].unique().implode())
    own = _still_own(fates, already).select("prior", *KEYS, _fate(resent), why=pl.lit(None, _WHY), own=pl.lit(_OWN))
    others = counted.select(*KEYS, _fate(pl.lit(value=False), near=pl.col("near")), _why(), own=pl.lit(_ALREADY))
    both = pl.concat([own, others.select(pl.lit(NO_PRIOR, pl.Int32).alias("prior"), pl.all())])
    order = pl.lit(None, pl.UInt8)
    for rank, (is_own, fate) in enumerate(_ORDER):
        order = pl.when((pl.col("own") == is_own) & (pl.col("fate") == fate)).then(rank).otherwise(order)
    both = both.with_columns(order=order).drop_nulls("order").sort("order", maintain_order=True).drop("order")
    both = both.with_columns(occurrence(both, pl.lit(value=True)))
    if counted.is_empty() and not fates.select(IS_HELD.any()).item():
        return both.with_columns(wanted=pl.lit(value=True))
    both = both.join(_meant(fates), on=KEYS, how="left", maintain_order="left")
    return both.with_columns(wanted=pl.col("occurrence") < pl.col("meant").fill_null(0)).drop("meant")


def _meant(fates: pl.DataFrame) -> pl.DataFrame:
    """How many rows of each content were ever to be posted, at least: one held now may be one that was refused once."""
    is_counted, is_held = pl.col("status").is_in(MAY_COUNT), IS_HELD.fill_null(value=False)
    others = pl.max_horizontal(is_held.sum(), (~is_counted & ~is_held).sum())
    return fates.group_by(KEYS).agg(meant=is_counted.sum() + others)


def beyond(fates: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    """The fates of other results, less those that belong to rows which a rejects file says to be `before` its own."""
    before = index.filter(pl.col("valid") & (pl.col("before") > 0)).select(KEYS)
    if before.is_empty():
        return fates
    least = index.filter("valid").join(before, on=KEYS, how="semi").group_by(KEYS).agg(pl.col("before").min())
    ranked = fates.sort(pl.col("status").cast(_FATES, strict=False), nulls_last=True, maintain_order=True)
    ranked = ranked.with_columns(nth=pl.int_range(pl.len()).over(KEYS)).join(least, on=KEYS, how="left")
    is_counted = pl.col("status").is_in(MAY_COUNT)
    return ranked.filter(~is_counted | (pl.col("nth") >= pl.col("before").fill_null(0))).select(fates.columns)


def _still_own(fates: pl.DataFrame, already: pl.DataFrame) -> pl.DataFrame:
    """Own fates with their indexes, less those of rows held for other results which `already` judges anew.

    As many as `already` holds now, and those in doubt of which the same results say by now that they were not recorded.
    """
    own = fates.select(pl.int_range(pl.len(), dtype=pl.Int32).alias("prior"), pl.all())
    held = own.filter(IS_HELD)
    if held.is_empty() or already.is_empty():
        return own
    is_counted = pl.col("status").is_in(MAY_COUNT)
    renewed = _nth_of(held, already.filter(is_counted), KEYS)
    in_vain = already.filter(~is_counted).with_columns(_why().alias("error_message"))
    may_be_freed = pl.col("error_code").is_in(["already_in_doubt", "looks_recorded"])
    doubtful = held.filter(may_be_freed & ~pl.col("prior").is_in(renewed.implode()))
    freed = _nth_of(doubtful, in_vain, [*KEYS, "error_message"])
    return own.filter(~pl.col("prior").is_in([*renewed, *freed]))


def _nth_of(held: pl.DataFrame, others: pl.DataFrame, on: list[str]) -> pl.Series:
    """The indexes of as many held rows as there are `others` like them."""
    ranked = held.with_columns(nth=pl.int_range(pl.len()).over(on))
    pairs = ranked.join(others.group_by(on).agg(like=pl.len()), on=on)
    return pairs.filter(pl.col("nth") < pl.col("like"))["prior"]


def _why() -> pl.Expr:
    """Why other results hold a row; where they say that it was not recorded, why they did."""
    name = pl.col("results").str.extract("([^/]*)$")
    recorded, in_doubt, near = (pl.format(text, name) for text in HELD_WHY.values())
    exact = pl.when(pl.col("status") == str(Status.RECORDED)).then(recorded).otherwise(in_doubt)
    return pl.when("near").then(near).otherwise(exact).cast(_WHY).alias("why")


def _fate(resent: pl.Expr, near: pl.Expr | None = None) -> pl.Expr:
    """The status, which of rows in doubt may be "resent": not of those whose answer named another record.

    Of rows that were held for other results it is why: they stay held. Of fates that are `near` it is that.
    """
    resent = resent & (pl.col("status") == "in_doubt") & (pl.col("error_code").fill_null("") != "echo_mismatch")
    word = pl.when(resent).then(pl.lit(_RESENT)).when(IS_HELD).then("error_code").otherwise("status")
    word = word if near is None else pl.when(near).then(pl.lit("looks_recorded")).otherwise(word)
    return word.cast(_FATES, strict=False).alias("fate")


def _joined(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    if known.is_empty():
        return rows.with_columns(
            pl.lit(None, known.schema[name]).alias(name) for name in ("prior", "own", "fate", "why", "wanted")
        )
    of_known = known.select(pl.col("prior", "own", "fate", "why", "wanted").gather(_met(rows, known)))
    return _with_broken(rows.hstack(of_known), known)


def _met(rows: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """For each row the index in `known` of its content's fate, of its own occurrence; null where there is none.

    Joined part by part, as the tables of a whole join take as much memory as all rows, and more time.
    """
    numbered = [*KEYS, "occurrence"]
    here = rows.with_row_index("n").filter("valid").select("n", *numbered)
    there = known.with_row_index("at").select("at", *numbered)
    found = pl.Series([None], dtype=pl.UInt32).new_from_index(0, rows.height)
    parts = min(1 + rows.height // PART_ROWS, _MOST_PARTS)
    for part in range(parts):
        is_here = pl.col("key_a") % parts == part
        met = here.filter(is_here).join(there.filter(is_here), on=numbered)
        found = found.scatter(met["n"], met["at"])
    return found


def _with_broken(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Rows that break a rule now, and were sent when they did not: they keep the fates that no valid row took.

    So do excluded rows, of those fates only that may have been counted.
    """
    broken = rows.with_row_index("n").filter(~pl.col("valid") & (pl.col("key_a") != 0))
    broken = broken.select("n", "excluded", *KEYS)
    if broken.is_empty():
        return rows
    numbered = [*KEYS, "occurrence"]
    left = known.filter(pl.col("fate") != "pending")
    left = left.join(rows.filter("valid").select(numbered), on=numbered, how="anti", maintain_order="left")
    left = left.with_columns(occurrence(left, pl.lit(value=True)))
    broken = broken.with_columns(occurrence(broken, pl.lit(value=True)))
    met = broken.join(left, on=numbered, how="inner")
    met = met.filter(~pl.col("excluded") | (pl.col("own") & pl.col("fate").is_in([*MAY_COUNT, _RESENT])))
    return rows.with_columns(rows[name].scatter(met["n"], met[name]) for name in ("prior", "own", "fate", "why"))


def _decisions(settings: Settings) -> list[pl.Expr]:
    fate, own = pl.col("fate"), pl.col("own").fill_null(value=False)
    valid, unknown = pl.col("valid"), pl.col("fate").is_null()
    repeated = pl.col("occurrence") > 0
    left_out = repeated & (settings.duplicates == "skip")
    pushed = ~pl.col("wanted").fill_null(value=True) & (settings.duplicates != "post")
    sent_again = ["failed", "pending"] + ["rejected"] * settings.retry_rejected
    equal = repeated & (settings.duplicates != "post") & unknown
    equal = equal | (own & fate.is_in(sent_again) & left_out) | (own & fate.is_in([*sent_again, "rejected"]) & pushed)
    equal = valid & equal.fill_null(value=False)
    again = own & fate.is_in([*sent_again, _RESENT]) & ~left_out & ~pushed
    post = valid & ((unknown & ~equal) | again)
    held = equal | (~unknown & (~own | fate.is_in(HELD)))
    code = (
        pl.when(equal)
        .then(pl.lit("duplicate_row", HELD_CODES))
        .when(fate.is_in(["recorded", "already_recorded"]))
        .then(pl.lit("already_recorded", HELD_CODES))
        .when(fate == "looks_recorded")
        .then(pl.lit("looks_recorded", HELD_CODES))
        .otherwise(pl.lit("already_in_doubt", HELD_CODES))
    )
    status = (
        pl.when(unknown & pl.col("excluded"))
        .then(pl.lit("excluded", STATUS))
        .when(~valid & unknown)
        .then(pl.lit("invalid", STATUS))
        .when(held)
        .then(pl.lit("duplicate", STATUS))
        .when(post)
        .then(pl.lit("pending", STATUS))
        .when(fate == _RESENT)
        .then(pl.lit("in_doubt", STATUS))
        .otherwise(fate.cast(STATUS))
    )
    return [
        status.alias("status"),
        pl.when(held).then(code).alias("code"),
        pl.when(held & ~equal).then("why").alias("why"),
        pl.when(own & ~equal).then("prior").otherwise(NO_PRIOR).fill_null(NO_PRIOR).cast(pl.Int32).alias("prior"),
        post.fill_null(value=False).alias("post"),
    ]


def _missing(fates: Fates, rows: pl.DataFrame) -> pl.DataFrame:
    """Fates that may have been counted and that no row of the input took."""
    missing = fates.left_by(rows.filter("own")["prior"], MAY_COUNT)
    lines = fates.lines.select(pl.all().gather(missing)).with_columns(missing)
    return lines.hstack(fates.at(missing, FIELDS))
