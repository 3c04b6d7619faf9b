"""The small frozen records that the rooms hand each other, and the words they share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.plan import PlanParts

_Name = TypeVar("_Name")

# Sums must never round: the default context of `decimal` keeps 28 digits, and totals may have more.
EXACT = Context(prec=200)

FIELDS = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")
FATE = (
    "row",
    "source",
    *FIELDS,
    "status",
    "revenue_id",
    "error_code",
    "error_message",
    "http_status",
    "attempts",
    "finished_at",
    "doubt_since",
)
"""The columns of a fate: what became of a row, as texts. An empty cell and a null are the same.

RESULTS has all but `doubt_since`: the moment of the first attempt that a row in doubt may be recorded by.
"""
KEY = "key"
"""The column that a fate has beyond those where a run had `--key`: the digest of the row's cells there."""
REQUIRED_FIELDS = FIELDS[:3]
EXAMPLES_A_CODE = 3
UNKNOWN_KIND = "unknown"
"""The attribution type, in totals, of rows that have none that counts."""
REVENUE_ID = re.compile(r"[\x21-\x7e]{1,128}")


class Status(StrEnum):
    """The fate of a row (one a row, always)."""

    RECORDED = "recorded"
    REJECTED = "rejected"
    INVALID = "invalid"
    EXCLUDED = "excluded"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    PENDING = "pending"


MAY_COUNT = [str(Status.RECORDED), str(Status.IN_DOUBT)]
"""The statuses of rows that the API may have, and so may never be sent without being asked for."""
NEVER_SENT = (Status.INVALID, Status.EXCLUDED, Status.DUPLICATE)
"""The statuses of rows that no run has sent: neither the journal nor the fates of earlier runs know them."""


@dataclass(frozen=True, slots=True)
class Share:
    """A number of rows and the exact sum of their revenue."""

    rows: int = 0
    revenue: Decimal = Decimal(0)

    @classmethod
    def of_row(cls, revenue: str) -> Share:
        """One row with this revenue, which in a damaged journal may be anything: then it has none."""
        try:
            value = Decimal(revenue)
        except InvalidOperation:
            return cls(1)
        return cls(1, value) if value.is_finite() else cls(1)

    def __add__(self, other: Share) -> Share:
        return Share(self.rows + other.rows, EXACT.add(self.revenue, other.revenue))

    def __sub__(self, other: Share) -> Share:
        return Share(self.rows - other.rows, EXACT.subtract(self.revenue, other.revenue))


def added(parts: Iterable[Mapping[_Name, Share]]) -> dict[_Name, Share]:
    """The sum of several mappings of names to shares, name by name."""
    sums: dict[_Name, Share] = {}
    for shares in parts:
        for name, share in shares.items():
            sums[name] = sums.get(name, Share()) + share
    return sums


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of the input that share one code, and a status where they have one: how many, how much, the largest few.

    `further` rows that are counted by another code have this one, too.
    """

    code: str
    share: Share
    examples: tuple[Example, ...] = ()
    status: Status | None = None
    further: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """One place in the input, with what stands there; `cell` is its address where the input is a workbook.

    Of a code's examples those with the largest `amount` are kept.
    """

    source: str
    row: int
    line: int | None
    text: str
    cell: str | None = None
    amount: Decimal | None = None


def largest_examples(known: Iterable[Example], found: Iterable[Example]) -> tuple[Example, ...]:
    """Of both so many as a code has, those with the largest amounts, and of equal ones the first."""
    both = sorted((*known, *found), key=lambda one: (one.amount is None, -(one.amount or 0)))
    return tuple(both[:EXAMPLES_A_CODE])


@dataclass(frozen=True, slots=True)
class Doubts:
    """How many rows of one RESULTS are in doubt: of the input, which has `several` files or one, and `gone` from it."""

    results: str
    here: int
    gone: int
    several: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a check or an import found and did. The shares of `by_status` add up to `total` to the last digit.

    Rows that are `excluded` are in no finding and no code: they were left out knowingly.
    `by_month` has the calendar months of `timezone` (`2026-06`), `no timestamp` and `unreadable`, all rows in all;
    `first_timestamp` and `last_timestamp` are those of the valid rows, as they are sent; `refunds` the negative
    amounts, which are in no other figure; `sample` the five fields of a few rows as they will be sent, and `largest`
    the places of those with the largest amounts. `control` is what a check holds control totals against: every row of
    all shards, but no line that sums up others.

    `kept` are rows that may have been counted and are no longer in the input; `doubts` tells where rows are in doubt;
    `noticed` are warnings that the listener was told already;
    `run` is its name in the journal, where it began one, and `files` are those that it wrote, by what they hold;
    `plan` is the digest of what was checked, or is carried out, and `plan_parts` what it is made of;
    `equals_decided` says that rows held as equal to others are left out knowingly, `limited` that `--limit` left rows.
    """

    total: Share
    by_status: Mapping[Status, Share]
    by_code: Mapping[str, int]
    by_attribution_type: Mapping[str, Share]
    by_month: Mapping[str, Share] = field(default_factory=dict)
    timezone: str = "UTC"
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    refunds: Share = Share(0, Decimal("0.00"))
    sample: tuple[tuple[str | None, ...], ...] = ()
    largest: tuple[Example, ...] = ()
    control: Share = Share()
    findings: tuple[Finding, ...] = ()
    without_timestamp: Share = Share()
    month_moved: Share = Share()
    results: str | None = None
    target: str | None = None
    duration_s: float = 0.0
    requests: int = 0
    retries: int = 0
    posted: Share = Share()
    stopped: str | None = None
    exit_status: int = 0
    warnings: tuple[str, ...] = field(default=())
    withheld: bool = False
    kept: Mapping[Status, Share] = field(default_factory=dict)
    doubts: tuple[Doubts, ...] = ()
    equals_decided: bool = False
    limited: bool = False
    noticed: tuple[str, ...] = ()
    run: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    plan: str | None = None
    plan_parts: PlanParts | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an import is about to do, for the question before the first post."""

    total: Share
    by_status: Mapping[Status, Share]
    to_post: Share
    findings: tuple[Finding, ...]
    target: str
    results: str
    concurrency: int
    rows_a_request: int
    by_month: Mapping[str, Share] = field(default_factory=dict)
    timezone: str = "UTC"
    first_timestamp: str | None = None
    last_timestamp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A look at a running import, a few times a second."""

    settled: int
    to_post: int
    recorded: Share
    in_doubt: int
    not_recorded: int
    requests: int
    elapsed_s: float
    state: str


class Listener(Protocol):
    """Who wants to know: the command line, or the caller of the Python API. All methods return at once."""

    def stage(self, text: str) -> None:
        """A stage began ("Checking june.csv")."""

    def notice(self, level: str, event: str, text: str) -> None:
        """Something worth a line: `level` is `info` or `warning`, `event` a machine word, `text` a sentence."""

    def progress(self, progress: Progress) -> None:
        """Posting goes on."""

    def confirm(self, preview: Preview) -> bool:
        """May the rows be posted? False ends the run before the first request."""


class SilentListener:
    """Hears everything, says nothing, and lets the rows be posted: the default of the Python API."""

    def stage(self, text: str) -> None:
        """Ignore it."""

    def notice(self, level: str, event: str, text: str) -> None:
        """Ignore it."""

    def progress(self, progress: Progress) -> None:
        """Ignore it."""

    def confirm(self, preview: Preview) -> bool:  # noqa: ARG002
        """Post."""
        return True
