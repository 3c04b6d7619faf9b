"""An import that may begin to post: everything is checked and decided."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer import __version__
from importer.journal import ControlTotals, RunEnd, RunStart
from importer.model import Preview, Share
from importer.run.user import approval_of, system_user
from importer.settings import recorded_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.disk import Spool
    from importer.model import Status
    from importer.plan import Checked, Decided, Plan
    from importer.run.opening import Opened
    from importer.send import Sent
    from importer.settings import Settings
    from importer.sources import Source


@dataclass(frozen=True, slots=True)
class Job:
    """What was opened, every row of the input (`spool`, on disk), and what was decided of each."""

    opened: Opened
    spool: Spool
    decided: Decided

    @property
    def checked(self) -> Checked:
        """What the check found."""
        return self.decided.checked

    @property
    def plan(self) -> Plan:
        """What becomes of each row."""
        return self.decided.plan

    def preview(self) -> Preview:
        """What is about to be posted, for the question before the first post."""
        settings = self.opened.settings
        return Preview(
            total=self.checked.total,
            by_status=self.decided.by_status(),
            to_post=self.decided.to_post,
            findings=self.decided.findings(),
            target=self.opened.target,
            results=str(self.opened.results),
            concurrency=settings.concurrency,
            rows_a_request=settings.bulk or 1,
            by_month=self.checked.by_month,
            timezone=self.checked.timezone,
            first_timestamp=self.checked.first_timestamp,
            last_timestamp=self.checked.last_timestamp,
        )

    def start(self) -> RunStart:
        """The event that this run begins."""
        settings, checked = self.opened.settings, self.checked
        start = started(settings, self.opened.target, checked.sources, self.decided.by_status())
        return replace(
            start,
            inputs=tuple(_facts(source, checked.positions.get(source.name, {})) for source in checked.sources),
            by=system_user(),
            plan=self.decided.parts.digest,
            approved=True if settings.expect_plan else None,
            approval=approval_of(settings.expect_plan),
            currency=checked.currency,
        )


def _facts(source: Source, positions: Mapping[str, int]) -> dict[str, Any]:
    """The facts of a source; of a workbook with the address of each field's column, a cell's without its row."""
    cells = {field: source.cell(1, at) for field, at in positions.items()}
    columns = {field: cell.removesuffix("1") for field, cell in cells.items() if cell is not None}
    return {**source.facts(), **({"columns": columns} if columns else {})}


def started(settings: Settings, target: str, sources: Sequence[Source], planned: Mapping[Status, Share]) -> RunStart:
    """The event that a run begins: who sends what to whom, and how."""
    return RunStart(
        run=secrets.token_hex(4),
        at=_now(),
        version=__version__,
        target=target,
        shard=settings.shard_name,
        inputs=tuple(source.facts() for source in sources),
        planned={str(status): share for status, share in planned.items()},
        options={one.name: one.to_json(getattr(settings, one.name)) for one in recorded_options()},
        control=ControlTotals(settings.expect_rows, settings.expect_total),
        map=dict(settings.map),
        set=dict(settings.set),
        host=socket.gethostname(),
        pid=os.getpid(),
    )


def ended(start: RunStart, sent: Sent | None) -> RunEnd:
    """The event that a run has ended; `sent` is None where nothing was to do."""
    if sent is None:
        nothing = Share(0, Decimal("0.00"))
        return RunEnd(run=start.run, at=_now(), requests=0, retries=0, throttled=0, paused_s=0.0, recorded=nothing)
    counts = sent.counts
    return RunEnd(
        run=start.run,
        at=_now(),
        requests=counts.requests,
        retries=counts.retries,
        throttled=counts.throttled,
        paused_s=round(sent.paused_s, 3),
        recorded=Share(counts.recorded, counts.recorded_revenue),
        stopped=sent.stop.word if sent.stop else None,
        why=sent.stop.sentence if sent.stop else None,
        **sent.measured,
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
