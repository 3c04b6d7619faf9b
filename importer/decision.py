"""Before anything is sent: what becomes of each row, and what must be settled by a person first."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import OverlapError, ResultsError
from importer.finishing import HELD_WHY, held_as_equal
from importer.names import real_path
from importer.neighbours import Neighbours
from importer.plan import KEYS, Plan, looks_altered, make_plan
from importer.records import EXACT, Example, Finding, Share, Status
from importer.summary import rows_text
from importer.sums import exact_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from importer.checking import Checked
    from importer.earlier import Earlier
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

    def look(*, begun: bool) -> None:
        if settings.overlap == "stop" and plan.to_post:
            _refuse_overlaps(checked, plan, neighbours, results, begun=begun)

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
    """Recorded rows that are not in the input: refuse where going on could post something twice."""
    missing = plan.missing
    alone = earlier.has_results and not earlier.has_journal
    lost_lines = _lines_lost(checked, plan, earlier) if alone else 0
    if missing.is_empty() and not lost_lines:
        return []
    if getattr(settings, "allow_missing", False):
        return [f"{results.name} records {rows_text(missing.height)} that the input has not; {_stay(missing.height)}."]
    if lost_lines:
        raise ResultsError(
            f"{results} has lost lines: {rows_text(lost_lines)} of the input would be posted that had one. "
            "Put back the whole file, or its journal; --allow-missing goes on if you know that nothing of it was sent."
        )
    whole = not earlier.has_journal or earlier.is_of_another_input(missing)
    suspicious = missing if whole else _altered(checked, plan, missing)
    if suspicious.is_empty():
        return [
            f"{results.name} records {rows_text(missing.height)} that the input has no longer; {_stay(missing.height)}."
        ]
    named = "; ".join(
        f"message {message}, {revenue}, {at or 'no timestamp'}"
        for message, revenue, at in suspicious.select("message_id", "revenue", "timestamp").head(NAMED_ROWS).iter_rows()
    )
    raise ResultsError(
        f"{results.name} records {rows_text(suspicious.height)} that the input does not have as sent ({named}). "
        "Nothing was posted. Is it another file, or were ids, amounts, dates, --timezone or --map changed? "
        "--allow-missing goes on."
    )


def _stay(rows: int) -> str:
    return "it stays at its end" if rows == 1 else "they stay at its end"


def _altered(checked: Checked, plan: Plan, missing: pl.DataFrame) -> pl.DataFrame:
    """Missing rows of which a changed version may be among the rows to post."""
    return looks_altered(missing, checked.index["spelling"].filter(plan.rows["post"]))


def _lines_lost(checked: Checked, plan: Plan, earlier: Earlier) -> int:
    """Rows to post whose line in a RESULTS without journal was cut out: others around them are there."""
    return checked.rows_in_gaps(plan.rows["post"] & (plan.rows["prior"] < 0), earlier.lines, earlier.written)


def _refuse_overlaps(
    checked: Checked, plan: Plan, neighbours: Neighbours, results: Path | None, *, begun: bool
) -> None:
    folders = [source.path.parent for source in checked.sources if source.path is not None]
    folders += [results.parent] if results is not None else []
    to_post = checked.index.filter(plan.rows["post"]).select(KEYS)
    overlaps = neighbours.overlaps(to_post, folders, begun=begun)
    if neighbours.at_work:
        named = ", ".join(sorted(map(_nearby, neighbours.at_work)))
        raise OverlapError(
            f"Another run imports the same file at this moment, into {named}. Nothing was posted. Wait for it to end, "
            "then continue there with --results, or post its rows once more with --overlap allow."
        )
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
            Example(checked.name(file), row, line, why or HELD_WHY[str(code)])
            for file, row, line, why in few.select("file", "row", "line", "why_equal").iter_rows()
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
