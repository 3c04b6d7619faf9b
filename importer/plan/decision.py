"""Before anything is sent: what becomes of each row, and what must be settled by a person first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.model import MAY_COUNT, Example, Finding, Share, Status
from importer.plan.duplicates import held_as_equal
from importer.plan.matching import KEYS, NO_PRIOR
from importer.schema import AMOUNT, exact_sum

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.plan.check import Checked
    from importer.plan.matching import Plan
    from importer.plan.past import Earlier

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from importer.disk import real_path
from importer.errors import OverlapError, ResultsError
from importer.model import EXACT
from importer.plan.corrected import changed_rows
from importer.plan.in_use import at_work
from importer.plan.matching import Plan, looks_altered, make_plan, spelling
from importer.plan.others import Neighbours
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.plan.check import Checked
    from importer.plan.past import Earlier
    from importer.settings import InputSettings

NAMED_ROWS = 3


@dataclass(frozen=True, slots=True)
class Decided:
    """The fate of each row as it stands, and what to warn of.

    `look_again` is to be called when the journal says that the run has begun, before the first row is sent: it raises
    `OverlapError` if other results files have come to know rows to post since, or another run imports the same file.
    """

    plan: Plan
    warnings: tuple[str, ...]
    look_again: Callable[[], None]


def decide(checked: Checked, earlier: Earlier, settings: InputSettings, target: str, results: Path | None) -> Decided:
    """Decide each row by what earlier runs and other results files know of it.

    Raises:
        ResultsError: rows that `results` records are not in the input as they were sent.
        OverlapError: another results file records rows of this input, or a run imports it at this moment.
    """
    neighbours = Neighbours(
        own=real_path(results) if results is not None else Path(),
        target=target,
        shard=settings.shard_name,
        inputs=lambda: {str(source.facts()["sha256"]) for source in checked.sources},
    )
    already = neighbours.already(settings.already)
    plan = make_plan(checked.index, earlier.fates, already, settings)
    if earlier.drop_strays(plan.missing):
        plan = make_plan(checked.index, earlier.fates, already, settings)
    warnings = []
    warnings += _about_broken(checked, plan)
    if results is not None:
        warnings += _about_missing(checked, plan, earlier, settings, results)

    rows = checked.index.hstack(plan.rows.select("due", "post")).filter("valid")
    newer = [(Path(str(path)), changed_rows(fates, rows)) for (path,), fates in _counted(already).group_by("results")]

    def look(*, begun: bool) -> None:
        if settings.overlap == "stop" and plan.to_post:
            _refuse_overlaps(checked, rows, neighbours, results, begun=begun)
        if not settings.allow_missing:
            _refuse_newer(checked, [*newer, *neighbours.newer])

    look(begun=False)
    warnings += neighbours.warnings
    if earlier.interrupted:
        warnings.append(f"{rows_text(earlier.interrupted)} in flight when the last run was interrupted: in doubt.")
    return Decided(plan, tuple(warnings), look_again=lambda: look(begun=True))


def _sent_and_broken(checked: Checked, plan: Plan) -> pl.DataFrame:
    """The rows that break a rule now (`broken`), and keep what became of them when they did not."""
    return checked.index.filter(~pl.col("valid") & (plan.rows["status"] != str(Status.INVALID)))


def _about_broken(checked: Checked, plan: Plan) -> list[str]:
    rows = _sent_and_broken(checked, plan)
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


def _about_missing(checked: Checked, plan: Plan, earlier: Earlier, settings: InputSettings, results: Path) -> list[str]:
    """Refuse to go on where it could post something twice.

    Recorded rows are not in the input, or rows to post have no line in a RESULTS that is all there is.
    """
    missing, unknown = plan.missing, _without_line(checked, plan, earlier)
    if settings.allow_missing:
        return [*_kept(missing, results), *_new(unknown, results)]
    suspicious = _suspicious(checked, plan, earlier)
    if not suspicious.is_empty():
        raise ResultsError(
            f"{results.name} records {rows_text(suspicious.height)} that the input does not have as sent "
            f"({_contents(suspicious)}). Nothing was posted. Is it another file, or were ids, amounts, dates, "
            "--timezone or --map changed? --allow-missing goes on."
        )
    if not unknown.is_empty():
        raise ResultsError(
            f"{results} has no line for {rows_text(unknown.height)} to post ({_places(checked, unknown)}), and it "
            "should have one for every row of the input. Nothing was posted. If lines were cut out, put back the whole "
            "file, or its journal. If these rows were added to the input, or mended, and none of them was ever sent, "
            "--allow-missing posts them."
        )
    return _kept(missing, results)


def _suspicious(checked: Checked, plan: Plan, earlier: Earlier) -> pl.DataFrame:
    """The missing rows that may be among those to post, in another version."""
    if plan.missing.is_empty():
        return plan.missing
    whole = earlier.lines is not None or earlier.is_of_another_input(plan.missing)
    return plan.missing if whole else _altered(checked, plan, plan.missing)


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


def _places(checked: Checked, rows: pl.DataFrame) -> str:
    """A few rows, by where they stand."""
    few = rows.select("file", "row", "line").head(NAMED_ROWS).iter_rows()
    named = [f"{checked.name(file)} row {row}" + (f" (line {line})" if line else "") for file, row, line in few]
    return "; ".join([*named, "…"] if rows.height > NAMED_ROWS else named)


def _altered(checked: Checked, plan: Plan, missing: pl.DataFrame) -> pl.DataFrame:
    """Missing rows of which a changed version may be among the rows to post."""
    return looks_altered(missing, checked.index["spelling"].filter(plan.rows["due"]))


def _without_line(checked: Checked, plan: Plan, earlier: Earlier) -> pl.DataFrame:
    """Rows to post that have no line in a RESULTS which is all there is: their lines were lost, or they are new.

    Rows held as equal to others count too: another run may post them, and has a journal that knows no more of them.
    """
    may_be_posted = plan.rows["due"] | (plan.rows["code"] == "duplicate_row").fill_null(value=False)
    new = checked.index.filter(may_be_posted & (plan.rows["prior"] == NO_PRIOR))
    if earlier.lines is None or new.is_empty():
        return new.clear()
    lines = earlier.lines.unique(["source", "row", *KEYS])
    rows = checked.index.filter("valid").join(new.select(KEYS), on=KEYS, how="semi")
    for name, frame in (("rows", rows), ("lines", lines)):
        new = new.join(frame.group_by(KEYS).agg(pl.len().cast(pl.Int64).alias(name)), on=KEYS, how="left")
    from_last = pl.int_range(pl.len()).reverse().over(KEYS)
    return _not_mended(checked, new.filter(from_last < pl.col("rows") - pl.col("lines").fill_null(0)), lines)


def _not_mended(checked: Checked, rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Of rows without a line those that are no `invalid` row mended at its place, with the same message.

    Where the message id was what was wrong, with the same amount.
    """
    names = pl.Series([source.name for source in checked.sources], dtype=pl.String)
    rows = rows.with_columns(source=names.gather(rows["file"]), at=pl.col("row").cast(pl.String))
    invalid = lines.filter(status=str(Status.INVALID)).select(
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


def _counted(fates: pl.DataFrame) -> pl.DataFrame:
    return fates.filter(pl.col("status").is_in(MAY_COUNT))


def _refuse_overlaps(
    checked: Checked, rows: pl.DataFrame, neighbours: Neighbours, results: Path | None, *, begun: bool
) -> None:
    folders = [source.path.parent for source in checked.sources if source.path is not None]
    folders += [results.parent] if results is not None else []
    overlaps = neighbours.overlaps(rows, folders, begun=begun)
    if neighbours.at_work:
        raise at_work(sorted(map(_nearby, neighbours.at_work)))
    if not overlaps:
        return
    named = "; ".join(
        f"{_nearby(found.path)} ({rows_text(found.share.rows)}, {found.share.revenue:,f})"
        for found in overlaps[:NAMED_ROWS]
    )
    raise OverlapError(
        f"Rows of this input are recorded or in doubt in other results already: {named}. Nothing was posted. Continue "
        f"there with --results, leave such rows out with --already {_nearby(overlaps[0].path)}, or post them once more "
        "with --overlap allow."
    )


def _refuse_newer(checked: Checked, newer: list[tuple[Path, pl.DataFrame]]) -> None:
    """The input is a newer version of an export that was imported: what is recorded cannot be corrected by a post."""
    for results, changed in newer:
        if changed.is_empty():
            continue
        named = "; ".join(_change(checked, row) for row in changed.head(NAMED_ROWS).iter_rows(named=True))
        raise OverlapError(
            f"The input is a newer version of the export that {_nearby(results)} records: {rows_text(changed.height)} "
            f"to post changed since ({named}). Nothing was posted: what is recorded cannot be corrected, and the row "
            "would count beside it. Take it out of the input; if it is a further event, --allow-missing posts it."
        )


def _change(checked: Checked, row: dict[str, Any]) -> str:
    """Both amounts, and where these are equal both moments."""
    was, now = f"{Decimal(row['recorded_amount']):,f}", f"{row['amount'].normalize():,f}"
    if Decimal(row["recorded_amount"]) == row["amount"]:
        was = row["recorded_timestamp"] or "no timestamp"
        now = f"{row['moment']:%Y-%m-%dT%H:%M:%SZ}" if row["moment"] else "no timestamp"
    return f"{checked.name(row['file'])} row {row['row']}: {now}, recorded with {was}"


def _nearby(path: Path) -> str:
    """The path as a person here would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def planned(checked: Checked, plan: Plan) -> tuple[dict[Status, Share], tuple[Finding, ...]]:
    """The shares by status as they stand before anything is posted, and what there is to say about the rows."""
    rows = plan.rows.with_columns(checked.index["amount"])
    shares = {}
    for status in rows["status"].unique():
        amounts = rows["amount"].filter(rows["status"] == status)
        shares[Status(status)] = Share(len(amounts), exact_sum(amounts))
    findings = list(_invalid(checked, plan))
    places = rows.with_columns(checked.index["row", "line", "file"]).with_row_index("n")
    held = places.filter(pl.col("code").is_not_null())
    equals = held_as_equal(checked, plan)
    for (code,), group in held.group_by("code", maintain_order=True):
        few = group.head(NAMED_ROWS).join(equals, on="n", how="left", maintain_order="left")
        examples = tuple(
            Example(checked.name(file), row, line, why or "held by an earlier run")
            for file, row, line, why in few.select("file", "row", "line", pl.coalesce("why_equal", "why")).iter_rows()
        )
        findings.append(Finding(str(code), Share(group.height, exact_sum(group["amount"])), examples))
    return {status: shares[status] for status in Status if status in shares}, tuple(findings)


def _invalid(checked: Checked, plan: Plan) -> Iterator[Finding]:
    """What the check found, less the rows that were sent before."""
    sent = _sent_and_broken(checked, plan)
    names = [checked.name(file) for file in sent["file"]]
    places = set(zip(names, sent["row"], strict=True))
    for finding in checked.findings.values():
        amounts = sent["amount"].filter(sent["broken"] == finding.code) if places else sent["amount"]
        rows, revenue = finding.share.rows - len(amounts), EXACT.subtract(finding.share.revenue, exact_sum(amounts))
        if rows:
            examples = (one for one in finding.examples if (one.source, one.row) not in places)
            yield Finding(finding.code, Share(rows, revenue), tuple(examples))


def revenue_of(checked: Checked, chosen: pl.Series) -> Decimal:
    """The revenue of the chosen rows, exact."""
    return exact_sum(checked.index["amount"].filter(chosen))


def kept_of(plan: Plan) -> dict[Status, Share]:
    """Rows and money of those that may have been counted, and are no longer in the input."""
    gone = plan.missing.select("status", pl.col("revenue").cast(AMOUNT, strict=False).alias("amount"))
    return {
        Status(str(status)): Share(part.height, exact_sum(part["amount"]))
        for (status,), part in gone.group_by("status", maintain_order=True)
    }
