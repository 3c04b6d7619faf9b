"""What a check or an import has to say at its end, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.model import (
    EXAMPLES_A_CODE,
    MAY_COUNT,
    Doubts,
    Example,
    Finding,
    Share,
    Status,
    Summary,
    largest_examples,
)
from importer.schema import exact_sum, further_codes, largest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.plan import Checked, Decided
    from importer.run.job import Job
    from importer.send import Sent
    from importer.settings import InputSettings


@dataclass(slots=True)
class Tally:
    """The final numbers, taken from the very lines that were written; `kept` are rows that left the input.

    `further` counts the codes of invalid rows behind their first.
    `may_count` says of each row of the input whether it is recorded, or may be.
    """

    by_status: dict[Status, Share] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)
    findings: dict[tuple[Status, str], Finding] = field(default_factory=dict)
    further: Counter[str] = field(default_factory=Counter)
    kept: dict[Status, Share] = field(default_factory=dict)
    may_count: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Boolean))

    def add(self, rows: pl.DataFrame) -> None:
        """Count a frame of final rows."""
        self.may_count = self.may_count.append(rows["status"].is_in(MAY_COUNT))
        for (status, code), group in rows.group_by("status", "error_code", maintain_order=True):
            share = Share(group.height, exact_sum(group["amount"]))
            word = Status(str(status))
            self.by_status[word] = self.by_status.get(word, Share()) + share
            if not code or word is Status.EXCLUDED:
                continue
            self.by_code[str(code)] = self.by_code.get(str(code), 0) + group.height
            self.further += further_codes(group["error_message"]) if word is Status.INVALID else Counter()
            found = self.findings.get((word, str(code)), Finding(str(code), Share()))
            few = largest(group, EXAMPLES_A_CODE).select("source", "row", "line", "error_message", "amount")
            examples = (
                Example(source, row, line, text or "", amount=amount)
                for source, row, line, text, amount in few.iter_rows()
            )
            kept = largest_examples(found.examples, examples)
            self.findings[word, str(code)] = Finding(str(code), found.share + share, kept, word)

    def told(self) -> list[Finding]:
        """The findings, with how many rows of others have their code, too."""
        return [
            replace(found, further=self.further[code]) if status is Status.INVALID else found
            for (status, code), found in self.findings.items()
        ]


def check_summary(decided: Decided, settings: InputSettings, target: str, results: Path | None) -> Summary:
    """What an import would do."""
    checked, plan = decided.checked, decided.plan
    by_status, findings = decided.by_status(), decided.findings()
    return Summary(
        total=checked.total,
        by_status=by_status,
        by_code={finding.code: finding.share.rows for finding in findings},
        by_attribution_type=checked.by_kind,
        by_month=checked.by_month,
        timezone=checked.timezone,
        first_timestamp=checked.first_timestamp,
        last_timestamp=checked.last_timestamp,
        refunds=checked.refunds,
        sample=decided.sample(),
        largest=decided.largest(),
        control=checked.control,
        findings=checked.with_cells(findings),
        without_timestamp=checked.without_timestamp,
        month_moved=checked.month_moved,
        results=str(results) if results and results.exists() else None,
        target=target,
        posted=decided.to_post,
        exit_status=int(plan.has_open_questions),
        withheld=settings.strict and plan.has_open_questions,
        kept=plan.kept,
        equals_decided=settings.duplicates == "skip",
        doubts=_doubts(by_status, plan.kept, results, checked),
        warnings=(*checked.warnings, *decided.warnings),
        plan=decided.parts.digest,
        plan_parts=decided.parts,
    )


def import_summary(job: Job, tally: Tally, sent: Sent | None, exit_status: int, stopped: str | None) -> Summary:
    """What an import did: `tally` is of what was written, `sent` of what this run posted, if it did."""
    checked, settings, results = job.checked, job.opened.settings, job.opened.results
    counts = sent.counts if sent else None
    return Summary(
        total=checked.total,
        by_status={status: tally.by_status[status] for status in Status if status in tally.by_status},
        by_code=tally.by_code,
        by_attribution_type=checked.by_kind,
        by_month=checked.by_month,
        timezone=checked.timezone,
        first_timestamp=checked.first_timestamp,
        last_timestamp=checked.last_timestamp,
        refunds=checked.refunds,
        findings=checked.with_cells(tally.told()),
        without_timestamp=checked.without_timestamp,
        month_moved=checked.month_moved,
        results=str(results),
        target=job.opened.target,
        requests=counts.requests if counts else 0,
        retries=counts.retries if counts else 0,
        posted=Share(counts.recorded, counts.recorded_revenue) if counts else Share(),
        stopped=stopped,
        exit_status=exit_status,
        warnings=counts.all_warnings() if counts else (),
        withheld=settings.strict and job.plan.has_open_questions,
        kept=tally.kept,
        equals_decided=settings.duplicates == "skip",
        limited=settings.limit is not None and stopped is None and Status.PENDING in tally.by_status,
        doubts=_doubts(tally.by_status, tally.kept, results, checked),
        noticed=(*checked.warnings, *job.decided.warnings),
        plan=job.decided.parts.digest,
        plan_parts=job.decided.parts,
    )


def _doubts(
    by_status: Mapping[Status, Share], kept: Mapping[Status, Share], results: Path | None, checked: Checked
) -> tuple[Doubts, ...]:
    here, gone = (shares.get(Status.IN_DOUBT, Share()).rows for shares in (by_status, kept))
    return (Doubts(str(results), here, gone, several=len(checked.sources) > 1),) if here or gone else ()
