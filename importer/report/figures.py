"""The numbers of a reconciliation, in one frozen object that every format shows and none computes again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.model import Share, Status
from importer.report.runs import last_posting, some_shards
from importer.text import decimal_places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.report.breakdown import Breakdown
    from importer.report.checks import Check
    from importer.report.runs import Run, Throughput, Verdict
    from importer.report.steps import Step
    from importer.report.vendor import VendorSection


@dataclass(frozen=True, slots=True)
class Reason:
    """Rows of one status that share a code."""

    status: Status
    code: str
    share: Share
    remedy: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The first lines of a status, as in RESULTS, how many there are in all, and how many have no line yet."""

    status: Status
    share: Share
    unlisted: int
    lines: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """One RESULTS, which of it and its journal was read (`read`), and whether there is a journal."""

    path: str
    name: str
    share: Share
    sha256: str | None
    read: str
    shard: str | None
    has_journal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A reconciliation.

    `by_status` is of the rows of the input; `kept` of rows that earlier runs recorded (or left in doubt) and that are
    no longer in it; `unlisted` of rows of which only the number and the sum are known, as they have no line yet.
    """

    made_at: str
    version: str
    files: tuple[ResultsFile, ...]
    targets: tuple[str, ...]
    sources: Mapping[str, int]
    provisional: bool
    total: Share
    by_status: Mapping[Status, Share]
    kept: Mapping[Status, Share]
    unlisted: Mapping[Status, Share]
    checks: tuple[Check, ...]
    kinds: Breakdown
    offers: Breakdown
    days: Breakdown
    local_days: Breakdown
    months: Breakdown
    local_months: Breakdown
    timezone: str
    month_end: Share
    reasons: tuple[Reason, ...]
    lists: tuple[Listed, ...]
    runs: tuple[Run, ...]
    verdicts: tuple[Verdict, ...]
    throughput: Throughput | None
    steps: tuple[Step, ...]
    vendor: VendorSection | None = None

    @property
    def last_posting(self) -> Run | None:
        """The run that the figures of requests and throughput are of."""
        return last_posting(self.runs)

    @property
    def some_shards(self) -> str:
        """The shards that are here, as `shards 1, 2, 4 of 4`, where others are missing; otherwise empty."""
        return some_shards([file.shard for file in self.files])

    @property
    def balanced(self) -> bool:
        """Whether no control failed."""
        return all(check.ok is not False for check in self.checks)

    @property
    def difference(self) -> Share:
        """The file less the sum of its parts: nothing, when it balances."""
        return self.total - sum(self.by_status.values(), Share())

    @property
    def decimals(self) -> int:
        """How many decimals amounts are shown with at least, so that columns of figures line up."""
        return decimal_places(part.revenue for part in (self.total, *self.by_status.values()))

    def share(self, status: Status) -> Share:
        """The rows of the input with this status."""
        return self.by_status.get(status, Share())

    @property
    def at_most(self) -> Share:
        """What is recorded if every row in doubt was."""
        return self.share(Status.RECORDED) + self.share(Status.IN_DOUBT)
