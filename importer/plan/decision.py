"""Before anything is sent: what becomes of each row, and what must be settled by a person first."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import real_path
from importer.model import MAY_COUNT, Example, Share
from importer.plan.approval import PlanParts, plan_parts
from importer.plan.index import index_for
from importer.plan.keyed import content_of, dealt, is_dealt
from importer.plan.matching import Plan, make_plan
from importer.plan.missing import about_broken, about_missing
from importer.plan.near import NearFates, OtherTimes, changed_rows, valid_rows, warnings_of
from importer.plan.others import OtherResults, about_older_copy, beyond_own, refuse_newer, refuse_overlaps
from importer.plan.past import nothing_earlier
from importer.plan.totals import by_status, findings
from importer.schema import exact_sum, largest, with_cents
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.model import Finding, Status
    from importer.plan.checked import Checked
    from importer.plan.index import ResultsIndex
    from importer.plan.past import Earlier
    from importer.settings import Settings


SAMPLE = 3
LARGEST = 10


@dataclass(frozen=True, slots=True)
class Decided:
    """The fate of each row as it stands, and what to warn of.

    `parts` are those of the plan that a person approves. `look_again` is to be called when the journal says that the
    run has begun, before the first row is sent: it raises `OverlapError` if other results files have come to know
    rows to post since, or another run imports the same file. `index` tells of results in other folders, if any may.
    """

    checked: Checked
    plan: Plan
    warnings: tuple[str, ...]
    look_again: Callable[[], None]
    parts: PlanParts
    index: ResultsIndex | None

    def may_be_recorded(self, *, posting: bool) -> pl.Series:
        """The rows that are recorded or may be, by their content; while `posting` also those about to be posted."""
        is_so = pl.col("status").cast(pl.String).is_in(MAY_COUNT) | (pl.col("post") & posting)
        return self.recorded(self.plan.rows.select(is_so).to_series())

    def recorded(self, may_count: pl.Series) -> pl.Series:
        """The rows, by their content, that are recorded or may be; `may_count` says it of each row."""
        return content_of(self.checked.index)["key_a"].filter(may_count)

    def not_recorded(self, may_count: pl.Series) -> pl.Series:
        """The rows, by their content, none of which is recorded or may be; `may_count` says it of each row."""
        rows = content_of(self.checked.index)["key_a"]
        open_ = rows.filter(~may_count).drop_nulls()
        return open_.filter(~open_.is_in(rows.filter(may_count).implode())) if len(open_) else open_

    @property
    def to_post(self) -> Share:
        """The rows that will be posted now."""
        return Share(self.plan.to_post, exact_sum(self._of_posted(self.checked.index.select("amount"))["amount"]))

    def _of_posted(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those that will be posted now: all, in most inputs, which then are not copied."""
        posted = self.plan.rows["post"]
        return rows if posted.all() else rows.filter(posted)

    def sample(self) -> tuple[tuple[str | None, ...], ...]:
        """The five fields of the first rows that will be posted, if they are near the beginning."""
        posted = (fields for n, fields in self.checked.sample if self.plan.rows["post"][n])
        return tuple(itertools.islice(posted, SAMPLE))

    def largest(self) -> tuple[Example, ...]:
        """The places of the rows that will be posted with the largest amounts."""
        posted = self._of_posted(self.checked.index.select("file", "row", "line", "amount"))
        return tuple(
            Example(self.checked.name(file), row, line, "", amount=with_cents(amount))
            for file, row, line, amount in largest(posted, LARGEST).iter_rows()
        )

    def by_status(self) -> dict[Status, Share]:
        """The shares by status as they stand before anything is posted."""
        return by_status(self.checked, self.plan)

    def findings(self) -> tuple[Finding, ...]:
        """What there is to say about the rows that are invalid or held."""
        return tuple(findings(self.checked, self.plan))


def decide(checked: Checked, earlier: Earlier, settings: Settings, target: str, results: Path | None) -> Decided:
    """Decide each row by what earlier runs and other results files know of it.

    Raises:
        ResultsError: rows that `results` records are not in the input as they were sent.
        OverlapError: another results file records rows of this input, or a run imports it at this moment.
    """
    others = OtherResults(
        own=real_path(results) if results is not None else Path(),
        target=target,
        shard=settings.shard_name,
        zone=settings.timezone,
        scheme=checked.key_scheme,
        index=index_for(settings),
        own_runs=frozenset(earlier.events.began),
        inputs=lambda: {str(source.facts()["sha256"]) for source in checked.sources},
        left_out=checked.left_out(),
        contents=lambda: content_of(checked.index.filter("valid"))["key_a"],
    )
    if others.index is not None:
        others.index.tell_own(others.own, earlier.events, earlier.known_digest)
    named = others.already(settings.already)
    further = beyond_own(named, earlier, str(others.own), others.runs)
    plan, near = _planned(checked, earlier, further, results, settings)
    warnings = about_broken(checked, plan)
    if results is not None:
        warnings += about_missing(checked, plan, earlier, near, settings, results)

    index = checked.index
    if checked.key_scheme is not None:
        index = index.with_columns(is_dealt(index, earlier.fates.lines, plan.rows["prior"], checked.key_scheme))
    counted = near.already.filter(pl.col("status").is_in(MAY_COUNT))
    rows = valid_rows(index, plan) if counted.height else checked.index.clear()
    known = [(Path(str(path)), fates) for (path,), fates in counted.group_by("results", maintain_order=True)]
    newer = [(path, changed_rows(fates, rows, others.left_out)) for path, fates in known]
    moved = [OtherTimes.between(path, rows, fates, checked.key_scheme) for path, fates in known]

    def look(*, begun: bool) -> None:
        if plan.to_post:  # the rows are not kept: it may be hours until they are sent
            rows = valid_rows(index, plan)
            look_at = refuse_overlaps if settings.overlap == "stop" else about_older_copy
            look_at(checked, rows, others, results, begun=begun)
        if not settings.allow_missing:
            refuse_newer(checked, [*newer, *others.newer])

    look(begun=False)
    warnings += others.said()
    warnings += warnings_of(checked, [*filter(None, moved), *others.moved], others.recorded)
    if earlier.interrupted:
        warnings.append(f"{rows_text(earlier.interrupted)} in flight when the last run was interrupted: in doubt.")
    # What a person approves is what became of each row if this import had not posted anything yet.
    first = plan if earlier.fates.lines.is_empty() else _planned(checked, nothing_earlier(), named, None, settings)[0]
    parts = plan_parts(checked, named, settings, first)
    return Decided(checked, plan, tuple(warnings), look_again=lambda: look(begun=True), parts=parts, index=others.index)


def _planned(
    checked: Checked, earlier: Earlier, named: pl.DataFrame, results: Path | None, settings: Settings
) -> tuple[Plan, NearFates]:
    """What becomes of each row by the fates of earlier runs and those of `--already` (`named`), and which hold some."""
    lines, already = dealt(checked.index, earlier.fates.lines, named, checked.key_scheme)
    earlier.fates.deal_out(lines)
    plan = make_plan(checked.index, earlier.fates, already, settings)
    if earlier.drop_strays(plan.missing):
        plan = make_plan(checked.index, earlier.fates, already, settings)
    near = NearFates.among(checked, plan, earlier, already, results, settings.timezone)
    if not near.fates.is_empty():
        held = pl.concat([already, near.fates], how="diagonal")
        plan = make_plan(checked.index, earlier.fates, held, settings)
    return plan, near
