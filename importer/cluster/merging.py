"""Many summaries become one: sums, and the exit status that needs most attention."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from importer.cluster.shards import pattern_of
from importer.model import Finding, Preview, Share, Status, Summary, added

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.cluster.shards import Task
    from importer.settings import Settings

_EXAMPLES = 3
_BY_GRAVITY = (0, 1, 2, 3, 129, 130, 143)


def merged(summaries: Sequence[Summary], tasks: Sequence[Task]) -> Summary:
    """One summary over all shards of an import."""
    statuses = added(summary.by_status for summary in summaries)
    return Summary(
        total=_sum(summary.total for summary in summaries),
        by_status={status: statuses[status] for status in Status if status in statuses},
        by_code=sum((Counter(summary.by_code) for summary in summaries), Counter()),
        by_attribution_type=dict(sorted(added(summary.by_attribution_type for summary in summaries).items())),
        findings=_findings(summaries),
        without_timestamp=_sum(summary.without_timestamp for summary in summaries),
        month_moved=_sum(summary.month_moved for summary in summaries),
        results=pattern_of([task.results for task in tasks]),
        target=summaries[0].target,
        requests=sum(summary.requests for summary in summaries),
        retries=sum(summary.retries for summary in summaries),
        posted=_sum(summary.posted for summary in summaries),
        stopped=next((summary.stopped for summary in summaries if summary.stopped), None),
        exit_status=max((summary.exit_status for summary in summaries), key=_BY_GRAVITY.index),
        equals_decided=summaries[0].equals_decided,
        kept=added(summary.kept for summary in summaries),
        doubts=tuple(doubts for summary in summaries for doubts in summary.doubts),
        warnings=tuple(dict.fromkeys(warning for summary in summaries for warning in summary.warnings)),
    )


def merged_preview(checked: Summary, settings: Settings, at_once: int) -> Preview:
    """What all shards together are about to do."""
    return Preview(
        total=checked.total,
        by_status=checked.by_status,
        to_post=checked.posted,
        findings=checked.findings,
        target=checked.target or "",
        results=checked.results or "",
        concurrency=settings.concurrency * at_once,
        rows_a_request=settings.bulk or 1,
    )


def _sum(shares: Iterable[Share]) -> Share:
    return sum(shares, Share())


def _findings(summaries: Iterable[Summary]) -> tuple[Finding, ...]:
    found: dict[tuple[Status | None, str], Finding] = {}
    for finding in (finding for summary in summaries for finding in summary.findings):
        key = finding.status, finding.code
        before = found.get(key, Finding(finding.code, Share()))
        examples = (*before.examples, *finding.examples)[:_EXAMPLES]
        found[key] = Finding(finding.code, before.share + finding.share, examples, finding.status)
    return tuple(found.values())
