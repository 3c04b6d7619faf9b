"""Rows that earlier runs recorded and the input does not have as sent: when that stops a run, or what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.errors import ResultsError
from importer.model import MAY_COUNT, Status
from importer.plan.fates import NO_PRIOR
from importer.plan.keyed import content_of
from importer.plan.keys import KEYS, moment_as_saved, spelling
from importer.plan.near import NAMED_ROWS, changed_to, changes_named, is_feed, ways_of
from importer.plan.totals import sent_and_broken
from importer.schema import exact_sum
from importer.text import amount, rows_text

if TYPE_CHECKING:
    from pathlib import Path

    from importer.plan.checked import Checked
    from importer.plan.matching import Plan
    from importer.plan.near import NearFates
    from importer.plan.past import Earlier
    from importer.settings import InputSettings


def about_missing(
    checked: Checked, plan: Plan, earlier: Earlier, near: NearFates, settings: InputSettings, results: Path
) -> list[str]:
    """Refuse to go on where it could post something twice.

    Recorded rows are not in the input, or rows to post have no line in a RESULTS that is all there is.
    """
    missing, unknown = plan.missing, _without_line(checked, plan, earlier)
    if settings.allow_missing:
        return [*_kept(missing, results), *_new(unknown, results)]
    settled = near.own.filter("settled")["prior"]
    suspicious = _suspicious(checked, plan, earlier).filter(~pl.col("prior").is_in(settled.implode()))
    if not suspicious.is_empty():
        others = suspicious.filter(~pl.col("prior").is_in(near.own["prior"].implode()))
        changed = _changed(checked, plan, earlier, others)
        _refuse_nearly(checked, near.own, suspicious, changed, results)
        now = f"; now {changes_named(checked, changed)}" if changed.height else ""
        another = "Another export needs --results of its own. " if _is_another(earlier, missing) else ""
        raise ResultsError(
            f"{results.name} records {rows_text(suspicious.height)} that the input does not have as sent "
            f"({_contents(suspicious)}{now}). Nothing was posted. Is it another file, or were ids, amounts, dates, "
            f"--timezone or --map changed? {another}{_going_on(checked, plan, changed)}"
        )
    if not unknown.is_empty():
        raise ResultsError(
            f"{results} has no line for {rows_text(unknown.height)} to post ({_where(checked, unknown)}), and it "
            "should have one for every row of the input. Nothing was posted. If lines were cut out, put back the whole "
            "file, or its journal. If these rows were added to the input, or mended, and none of them was ever sent, "
            "--allow-missing posts them."
        )
    return _kept(missing, results)


def _is_another(earlier: Earlier, missing: pl.DataFrame) -> bool:
    """Whether nothing that is recorded is in the input: the export of another month, perhaps, by the same name."""
    return missing.height == int(earlier.fates.lines["status"].is_in(MAY_COUNT).sum())


def _going_on(checked: Checked, plan: Plan, changed: pl.DataFrame) -> str:
    """What `--allow-missing` does."""
    to_post = checked.index["amount"].filter(plan.rows["post"])
    posts = f"posts {rows_text(len(to_post))} ({amount(exact_sum(to_post))})" if len(to_post) else "posts nothing"
    if changed.is_empty():
        return f"--allow-missing goes on: it {posts} beside what is recorded."
    if changed.height == 1:
        return (
            "What is recorded cannot be corrected by a post: to go on without the change, put the row back as it was; "
            f"if it is a further event, --allow-missing goes on: it {posts}, this one beside what is recorded."
        )
    return (
        "What is recorded cannot be corrected by a post: to go on without the changes, put the rows that were "
        "corrected back as they were; the others, if they are further events, --allow-missing posts: it "
        f"{posts} in all."
    )


def _changed(checked: Checked, plan: Plan, earlier: Earlier, missing: pl.DataFrame) -> pl.DataFrame:
    """The rows to post that may be one of `missing` in another version."""
    rows = checked.index.hstack(plan.rows.select("due")).filter("valid")
    return changed_to(missing, rows.filter("due"), earlier.fates.counted(("timestamp",)), rows)


def _refuse_nearly(
    checked: Checked, near: pl.DataFrame, missing: pl.DataFrame, changed: pl.DataFrame, results: Path
) -> None:
    """Refuse with what is nearly in the input, where something is, and with rows that `changed` besides."""
    if near.is_empty():
        return
    money = amount(exact_sum(near["amount"]))
    raise ResultsError(
        f"{results.name} records {rows_text(missing.height)} that the input does not have as sent; "
        f"{rows_text(near.height)} of the input ({money}) look like them: the same message, amount and type "
        f"({ways_of(near['how'])}), such as {_places(checked, near)}. Nothing was posted. Import the file as it was "
        "then, or with the --timezone, --timestamp-format or --map of then. --allow-missing goes on with the other "
        f"rows and holds these as looks_recorded{_but_first(checked, changed)}."
    )


def _but_first(checked: Checked, changed: pl.DataFrame) -> str:
    """What to do with rows that `--allow-missing` would post beside what they were recorded as."""
    if changed.is_empty():
        return ""
    them, they = ("it", "it") if changed.height == 1 else ("them", "they")
    return (
        f"; {rows_text(changed.height)} of the others changed since ({changes_named(checked, changed)}): take "
        f"{them} out of the input first, as {they} would count beside what is recorded"
    )


def _places(checked: Checked, rows: pl.DataFrame) -> str:
    named = [f"{checked.name(file)} row {row}" for file, row in rows.select("file", "row").head(NAMED_ROWS).iter_rows()]
    return "; ".join([*named, "…"] if rows.height > NAMED_ROWS else named)


def _suspicious(checked: Checked, plan: Plan, earlier: Earlier) -> pl.DataFrame:
    """The missing rows that may be among those to post, in another version.

    Those are all where the input may be another one; otherwise those whose message id, apart from case and leading
    zeros, is that of a row about to be posted: probably the same event with a changed amount, date or spelling.
    """
    missing = plan.missing
    if missing.is_empty() or earlier.lines is not None or earlier.is_of_another_input(missing):
        return missing
    to_post = checked.index.filter(plan.rows["due"])
    spelt = missing.select(spelling()).to_series()
    comes_again = spelt.is_in(to_post["spelling"].unique().implode())
    left = _left_the_front(checked, earlier, missing, to_post)
    is_one = is_feed(int((left & comes_again).sum()), int((left & ~comes_again).sum()))
    return missing.filter(comes_again & ~left if is_one else comes_again)


def _left_the_front(checked: Checked, earlier: Earlier, missing: pl.DataFrame, to_post: pl.DataFrame) -> pl.Series:
    """Which rows fell out of a feed of the last days, into which only later rows of their messages came since."""
    if "moment" not in to_post.columns:
        return pl.repeat(value=False, n=missing.height, eager=True)
    last = earlier.fates.counted(("timestamp",)).select(moment_as_saved()).to_series().max()
    first = checked.index.filter("valid")["moment"].min()
    is_later = (to_post["moment"] > last).fill_null(value=False)
    others = to_post["spelling"].filter(~is_later).unique()
    alone = ~missing.select(spelling()).to_series().is_in(others.implode())
    return alone & (missing.select(moment_as_saved()).to_series() < first).fill_null(value=False)


def _kept(missing: pl.DataFrame, results: Path) -> list[str]:
    if missing.is_empty():
        return []
    stay = "it stays at its end" if missing.height == 1 else "they stay at its end"
    return [f"{results.name} records {rows_text(missing.height)} that the input has no longer; {stay}."]


def _new(unknown: pl.DataFrame, results: Path) -> list[str]:
    return [f"{results.name} has no line for {rows_text(unknown.height)} to post."] if unknown.height else []


def _contents(fates: pl.DataFrame) -> str:
    """A few rows, by what they say."""
    return "; ".join(
        f"message {message}, {revenue}, {at or 'no timestamp'}"
        for message, revenue, at in fates.select("message_id", "revenue", "timestamp").head(NAMED_ROWS).iter_rows()
    )


def _where(checked: Checked, rows: pl.DataFrame) -> str:
    """A few rows, by where they stand."""
    few = rows.select("file", "row", "line").head(NAMED_ROWS).iter_rows()
    named = [f"{checked.name(file)} row {row}" + (f" (line {line})" if line else "") for file, row, line in few]
    return "; ".join([*named, "…"] if rows.height > NAMED_ROWS else named)


def _without_line(checked: Checked, plan: Plan, earlier: Earlier) -> pl.DataFrame:
    """Rows to post that have no line in a RESULTS which is all there is: their lines were lost, or they are new.

    Rows held as equal to others count too: another run may post them, and has a journal that knows no more of them.
    """
    if earlier.lines is None:
        return checked.index.clear()
    may_be_posted = plan.rows["due"] | (plan.rows["code"] == "duplicate_row").fill_null(value=False)
    new = checked.index.filter(may_be_posted & (plan.rows["prior"] == NO_PRIOR))
    if new.is_empty():
        return new
    new = content_of(new)  # lines tell of rows by what they hold: a key may have been cut off
    lines = earlier.lines.unique(["source", "row", *KEYS])
    rows = content_of(checked.index).filter("valid").join(new.select(KEYS), on=KEYS, how="semi")
    for name, frame in (("rows", rows), ("lines", lines)):
        new = new.join(frame.group_by(KEYS).agg(pl.len().cast(pl.Int64).alias(name)), on=KEYS, how="left")
    from_last = pl.int_range(pl.len()).reverse().over(KEYS)
    return _not_mended(checked, new.filter(from_last < pl.col("rows") - pl.col("lines").fill_null(0)), lines)


def _not_mended(checked: Checked, rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Of rows without a line those that are no `invalid` row mended at its place, with the same message.

    Where the message id was what was wrong, with the same amount.
    """
    rows = rows.with_columns(source=checked.names.gather(rows["file"]), at=pl.col("row").cast(pl.String))
    never_valid = pl.col("status").is_in([str(Status.INVALID), str(Status.EXCLUDED)])
    invalid = lines.filter(never_valid).select(
        "source",
        pl.col("row").alias("at"),
        spelling().alias("was_spelt"),
        pl.col("revenue").cast(rows.schema["amount"], strict=False).alias("was_amount"),
        pl.col("error_code").str.ends_with("_message_id").alias("was_wrong"),
    )
    both = rows.join(invalid, on=["source", "at"], how="left")
    same = pl.when("was_wrong").then(pl.col("was_amount") == pl.col("amount"))
    mended = same.otherwise(pl.col("was_spelt") == pl.col("spelling"))
    return both.filter(~mended.fill_null(value=False)).select(rows.columns)


def about_broken(checked: Checked, plan: Plan) -> list[str]:
    """What to say of rows that were sent, and break a rule now."""
    rows = sent_and_broken(checked, plan)
    if rows.is_empty():
        return []
    named = "; ".join(
        f"{checked.name(file)} row {row}, {code}"
        for file, row, code in rows.select("file", "row", "broken").head(NAMED_ROWS).iter_rows()
    )
    text = (
        f"{rows_text(rows.height)} sent earlier would be invalid now ({named}): what became of each stands, and while "
        "it breaks that rule it is not posted again."
    )
    return [text]
