"""One fate for each row where journal and RESULTS differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.journal import STRENGTH, fate_columns
from importer.model import KEY, MAY_COUNT, Status
from importer.plan.keyed import dealt_lines
from importer.plan.keys import KEYS, are_in, occurrence, with_keys
from importer.plan.known_verdicts import without_known_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.journal import VerdictGiven

COMPARED = ("row", "source", "status", "revenue_id", "error_message", "attempts", "finished_at", KEY)
"""What of the journal's fates is compared with the lines of a RESULTS."""
NOT_FROM_RESULTS = (pl.lit(value=False).alias("from_results"), pl.lit(value=False).alias("only_in_results"))


def completed(fates: pl.DataFrame, lines: pl.DataFrame, verdicts: Iterable[VerdictGiven]) -> pl.DataFrame:
    """The fates that a journal tells, with what only the lines of a RESULTS beside it know.

    `fates` have keys, and so has what is returned; `verdicts` are those that the journal keeps.
    """
    merged = stronger(*dealt_lines(fates, _to_compare(lines, fates, verdicts)))
    return with_keys(merged) if KEY in merged.columns else merged


def added_by(
    lines: pl.DataFrame, fates: pl.DataFrame, verdicts: Iterable[VerdictGiven]
) -> tuple[pl.Series, pl.DataFrame]:
    """What only the lines of a RESULTS know beside the `fates` that its journal tells, and the `verdicts` in it.

    `fates` have keys and the columns of `COMPARED`. Returns the indexes of those that are to be replaced, and the
    fates to add, with `from_results` and `only_in_results`.
    """
    return _differences(*dealt_lines(fates, _to_compare(lines, fates, verdicts)))


def _to_compare(lines: pl.DataFrame, fates: pl.DataFrame, verdicts: Iterable[VerdictGiven]) -> pl.DataFrame:
    sent = lines.filter(pl.col("status").is_in([*MAY_COUNT, str(Status.REJECTED)]))
    return without_known_verdicts(once(with_keys(sent.select(fate_columns(sent)))), fates, verdicts)


def _rank() -> pl.Expr:
    return pl.col("status").replace_strict(
        {str(status): rank for status, rank in STRENGTH.items()}, default=9, return_dtype=pl.UInt8
    )


def once(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that stand in RESULTS twice count once, with the stronger of their fates.

    Those that have neither a place nor an id are as often in it too many as every line that has a place.
    """
    lines = lines.with_row_index("index").sort(_rank(), maintain_order=True)
    at_a_place = pl.col("row").is_not_null()
    with_an_id = ~at_a_place & pl.col("revenue_id").is_not_null()
    parts = [
        lines.filter(at_a_place).unique(["source", "row", *KEYS], keep="first"),
        lines.filter(with_an_id).unique(["revenue_id", *KEYS], keep="first"),
        _one_of(lines.filter(~at_a_place & ~with_an_id), _copies(lines.filter(at_a_place))),
    ]
    return pl.concat(parts).sort("index").drop("index")


def _copies(placed: pl.DataFrame) -> int:
    """How often every line with a place stands there: a whole file that was pasted behind itself has each twice."""
    copies = placed.group_by("source", "row", *KEYS).len()["len"].min()
    return int(copies) if isinstance(copies, int) else 1


def _one_of(lines: pl.DataFrame, copies: int) -> pl.DataFrame:
    """Of so many equal lines the first."""
    return lines.filter(pl.int_range(pl.len()).over(KEYS) % copies == 0)


def stronger(journal: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Of each occurrence of a content the stronger fate; on a tie the journal's, which is the truth."""
    replaced, added = _differences(journal, results)
    if added.is_empty():
        return journal
    kept = journal.with_row_index("index").filter(~pl.col("index").is_in(replaced.implode())).drop("index")
    return pl.concat([kept, added], how="diagonal")


def _differences(journal: pl.DataFrame, results: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """The indexes of the journal's fates that are weaker than those of RESULTS, and these.

    A line in doubt is stronger than a row that was not recorded only if it tells of a later attempt: otherwise it is
    an old copy, and a person may have given a verdict on it since.
    """

    def ranked(fates: pl.DataFrame) -> pl.DataFrame:
        ordered = fates.with_row_index("index").with_columns(rank=_rank()).sort("rank", maintain_order=True)
        return ordered.with_columns(occurrence(ordered, pl.lit(value=True)))

    ours, theirs = ranked(journal), ranked(results)
    our_key = {"our_key": KEY} if KEY in ours.columns else {}
    pairs = theirs.join(
        ours.select(*KEYS, "occurrence", our_rank="rank", our_index="index", our_attempts="attempts", **our_key),
        on=[*KEYS, "occurrence"],
        how="left",
        maintain_order="left",
    )
    is_later = pl.col("attempts").cast(pl.Int64, strict=False) > pl.col("our_attempts").cast(pl.Int64, strict=False)
    is_recorded = pl.col("status") == str(Status.RECORDED)
    better = pairs.filter(
        pl.col("our_rank").is_null()
        | ((pl.col("rank") < pl.col("our_rank")) & (is_recorded | is_later.fill_null(value=True)))
    )
    strays = better["our_rank"].is_null() & _is_another_version(better, journal)
    if "our_key" in better.columns:
        better = better.with_columns(
            pl.coalesce(KEY, "our_key") if KEY in better.columns else pl.col("our_key").alias(KEY)
        )
    added = better.select(*fate_columns(better), *KEYS)
    return better["our_index"].drop_nulls(), added.with_columns(from_results=pl.lit(value=True), only_in_results=strays)


def _is_another_version(lines: pl.DataFrame, journal: pl.DataFrame) -> pl.Series:
    """Lines that are a row of the journal whose fields were changed: the same id, or without one the same place.

    Or the same place and moment, where a spreadsheet took the id for a number. Or the same message: that of a row in
    doubt names its id, its amount and the time of its attempt.
    """
    ids = journal["revenue_id"].drop_nulls().unique()
    place = ["source", "row", "status"]
    same_place, same_moment = (are_in(lines, journal, on) for on in (place, [*place, "finished_at"]))
    same_id = lines["revenue_id"].is_in(ids.implode()).fill_null(value=False)
    messages = journal.filter(status=str(Status.IN_DOUBT))["error_message"].drop_nulls().unique()
    same_message = lines["error_message"].is_in(messages.implode()).fill_null(value=False)
    return same_id | same_moment | (lines["revenue_id"].is_null() & (same_place | same_message))
