"""What many shards say, as of one import: their summaries, and what their workers tell meanwhile."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.cluster.shards import pattern_of
from importer.journal import journal_path
from importer.model import Finding, Preview, Progress, Share, Status, Summary, added
from importer.plan import whole_of
from importer.schema import earliest, latest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.cluster.shards import Task
    from importer.model import Listener
    from importer.settings import Settings

_EXAMPLES = 3
_BY_GRAVITY = (0, 1, 2, 3, 129, 130, 143)


def merged(summaries: Sequence[Summary], tasks: Sequence[Task]) -> Summary:
    """One summary over all shards of an import."""
    plans = [summary.plan_parts for summary in summaries if summary.plan_parts is not None]
    plan = whole_of(plans) if len(plans) == len(summaries) else None
    statuses = added(summary.by_status for summary in summaries)
    return Summary(
        total=_sum(summary.total for summary in summaries),
        by_status={status: statuses[status] for status in Status if status in statuses},
        by_code=sum((Counter(summary.by_code) for summary in summaries), Counter()),
        by_attribution_type=dict(sorted(added(summary.by_attribution_type for summary in summaries).items())),
        by_month=dict(sorted(added(summary.by_month for summary in summaries).items())),
        timezone=summaries[0].timezone,
        first_timestamp=earliest(summary.first_timestamp for summary in summaries),
        last_timestamp=latest(summary.last_timestamp for summary in summaries),
        refunds=_sum(summary.refunds for summary in summaries),
        sample=next((summary.sample for summary in summaries if summary.sample), ()),
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
        noticed=tuple(dict.fromkeys(warning for summary in summaries for warning in summary.noticed)),
        withheld=any(summary.withheld for summary in summaries),
        files=_files(tasks, summaries),
        plan=plan.digest if plan else None,
        plan_parts=plan,
    )


def _files(tasks: Sequence[Task], summaries: Sequence[Summary]) -> dict[str, str]:
    """What the shards wrote, by what it holds, as patterns."""
    results = [task.results for task in tasks]
    rejects = [task.settings.rejects for task in tasks if task.settings.rejects]
    paths = {"results": results, "journal": [journal_path(path) for path in results], "rejects": rejects}
    written = {name for summary in summaries for name in summary.files}
    return {name: pattern_of(paths[name]) for name in paths if name in written and paths[name]}


def merged_preview(checked: Summary, settings: Settings, at_once: int) -> Preview:
    """What all shards together are about to do."""
    return Preview(
        total=checked.total,
        by_status=checked.by_status,
        by_month=checked.by_month,
        timezone=checked.timezone,
        first_timestamp=checked.first_timestamp,
        last_timestamp=checked.last_timestamp,
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


class ShardProgress:
    """Hears all workers, and tells the listener of them as of one import.

    `checks` are the summaries of the shards before anything was posted.
    """

    def __init__(self, listener: Listener, checks: Sequence[Summary]) -> None:
        self._listener = listener
        self._to_post = sum(check.posted.rows for check in checks)
        self._shards = len(checks)
        # A shard whose worker died has several lives; each counts what it did itself.
        self._lives: dict[tuple[int, str], dict[str, Any]] = {}

    @property
    def requests(self) -> int:
        """All requests that were told of."""
        return sum(int(look["requests"]) for look in self._lives.values())

    def hear(self, event: tuple[float, dict[str, Any]]) -> None:
        """Take one message of a worker."""
        said = event[1]
        if "notice" in said:
            level, word, text = said["notice"]
            self._listener.notice(level, word, f"Shard {said['shard']}/{self._shards}: {text}")
            return
        self._lives[said["shard"], said["life"]] = said["progress"]
        looks = list(self._lives.values())
        recorded = sum((Share(rows, Decimal(text)) for rows, text in (look["recorded"] for look in looks)), Share())
        sums = {
            name: sum(int(look[name]) for look in looks) for name in ("settled", "in_doubt", "not_recorded", "requests")
        }
        self._listener.progress(
            Progress(
                to_post=self._to_post,
                recorded=recorded,
                elapsed_s=max(look["elapsed_s"] for look in looks),
                state=next((look["state"] for look in looks if look["state"]), ""),
                **sums,
            )
        )
