"""The numbers of a reconciliation, in one frozen object that every format shows and none computes again."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.codes import TITLES, words
from importer.model import Share, Status
from importer.report.runs import last_posting, some_shards
from importer.schema import with_cents
from importer.text import amount, decimal_places, rows_text, share_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    import polars as pl

    from importer.report.breakdown import Breakdown, Line
    from importer.report.checks import Check
    from importer.report.parts import Part
    from importer.report.runs import Run, Throughput, Verdict
    from importer.report.steps import Step
    from importer.report.vendor import VendorSection


_MOST_NAMED = 4
_UNNAMED = {
    Status.PENDING: "Not sent yet",
    Status.EXCLUDED: "Left out by an option",
    Status.INVALID: "Broke a rule",
    Status.DUPLICATE: "Held, or left out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Rows of one status that share a code, which is empty where the status says it all.

    `settled`: nothing is to be done about them. `unlisted` of them have no line yet, `gone` are no longer in the input.
    `lines` are the largest of them, as in RESULTS. `further` rows of other reasons have it, too. `name` is what it is
    called where neither code nor status says it.
    """

    status: Status
    code: str
    share: Share
    remedy: str
    settled: bool = False
    unlisted: int = 0
    gone: Share = Share()
    lines: tuple[Mapping[str, str], ...] = ()
    further: int = 0
    name: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        return words(self.code) if self.code else self.name or _UNNAMED.get(self.status, TITLES[self.status])

    @property
    def rows(self) -> int:
        """How many rows it has, in the input or not."""
        return self.share.rows + self.gone.rows


ANY = "(any currency)"
"""The part of the rows that were left out beside a currency that was chosen: their amounts are in no sum."""


@dataclass(frozen=True, slots=True)
class Currency:
    """What is said of the currency of the amounts, and by what (`known_by`); `column` is the kept one of all results.

    `unsaid`: there are rows of which nothing says it. `by_parts`: rows are told apart by it. `untold` is the column
    that has it, of which no line says anything yet.
    """

    names: tuple[str, ...] = ()
    known_by: str = ""
    column: str = ""
    unsaid: bool = False
    by_parts: bool = False
    untold: str = ""


def adds_up(currency: Currency, sources: Iterable[str], parts: Collection[str]) -> bool:
    """Whether the amounts may be added up: not of several currencies, nor of sheets, which may be of several.

    `parts` are what the rows are told apart by.
    """
    names = list(sources)
    if currency.untold or len(currency.names) > 1 or ANY in parts:
        return False
    several_sheets = len(names) > 1 and any("!" in name for name in names)
    return not several_sheets or (len(currency.names) == 1 and not currency.unsaid)


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
    `counted` is the input as the program counted it when it read it, None where no journal says; `again` the number of
    rows that results of the same input tell of besides those that count them; `left_out` the rows
    about which nothing is to be done; `refunds_by_code` the negative amounts, which are in no other figure; `split` the
    same figures of each currency, file or sheet, where they must not be added up, otherwise None (see `parts`);
    `equals` the held rows, as `Equals.fates` has them.
    """

    made_at: str
    version: str
    files: tuple[ResultsFile, ...]
    targets: tuple[str, ...]
    sources: Mapping[str, int]
    provisional: bool
    total: Share
    counted: Share | None
    again: int
    by_status: Mapping[Status, Share]
    left_out: Share
    refunds_by_code: Mapping[str, Share]
    currency: Currency
    kept: Mapping[Status, Share]
    unlisted: Mapping[Status, Share]
    checks: tuple[Check, ...]
    inputs: Breakdown
    split: tuple[Part, ...] | None
    kinds: Breakdown
    offers: Breakdown
    days: Breakdown
    local_days: Breakdown
    months: Breakdown
    local_months: Breakdown
    timezone: str
    month_end: Share
    reasons: tuple[Reason, ...]
    runs: tuple[Run, ...]
    verdicts: tuple[Verdict, ...]
    throughput: Throughput | None
    steps: tuple[Step, ...]
    equals: pl.DataFrame
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
        """The input less the sum of its parts: nothing, when it balances."""
        return self.expected - self.listed

    @property
    def listed(self) -> Share:
        """The sum of the statuses, taken row by row."""
        return sum(self.by_status.values(), Share())

    @property
    def expected(self) -> Share:
        """What that has to be: the input as it was counted when it was read, where that is known."""
        return self.total if self.counted is None else self.counted

    @property
    def decimals(self) -> int:
        """How many decimals amounts are shown with at least, so that columns of figures line up."""
        return decimal_places(part.revenue for part in (self.total, *self.by_status.values()))

    def share(self, status: Status) -> Share:
        """The rows of the input with this status."""
        return self.by_status.get(status, Share())

    @property
    def refunds(self) -> Share:
        """The negative amounts, by whatever code their rows are listed."""
        return sum(self.refunds_by_code.values(), Share(0, with_cents(Decimal(0))))

    @property
    def not_recorded(self) -> Share:
        """What is certainly not recorded, and not left out knowingly."""
        return self.total - self.at_most - self.left_out

    @property
    def open_reasons(self) -> tuple[Reason, ...]:
        """What needs a person."""
        return tuple(reason for reason in self.reasons if not reason.settled)

    @property
    def settled_reasons(self) -> tuple[Reason, ...]:
        """What was left out knowingly."""
        return tuple(reason for reason in self.reasons if reason.settled)

    @property
    def parts(self) -> tuple[Part, ...] | None:
        """What must not be added up: several currencies, or sheets, which may be of several; None otherwise.

        It is empty while nobody knows of which currency a row is.
        """
        return None if self.split is None else tuple(part for part in self.split if part.value != ANY)

    @property
    def set_aside(self) -> int:
        """How many rows are in no part: left out, and perhaps of another currency."""
        return sum(part.file.rows for part in self.split or () if part.value == ANY)

    @property
    def by_currency(self) -> bool:
        """Whether the parts are currencies; otherwise they are files and sheets."""
        return self.currency.by_parts

    def told(self, share: Share, of: Callable[[Part], Share] | None = None) -> str:
        """Rows and revenue as text; of several currencies each alone, where `of` says what is meant of a part."""
        if self.parts is None:
            return share_text(share)
        amounts = self.amounts(of) if of is not None else ""
        return f"{rows_text(share.rows)} ({amounts})" if amounts else rows_text(share.rows)

    def amounts(self, of: Callable[[Part], Share]) -> str:
        """The revenue of each currency as text, one behind the other; empty where there are too many, or none."""
        if self.parts is None or not self.by_currency or len(self.parts) > _MOST_NAMED:
            return ""
        parts = [(part.value or "no currency", of(part)) for part in self.parts]
        return ", ".join(f"{name} {amount(share.revenue)}" for name, share in parts if share != Share())

    @property
    def period(self) -> tuple[str, str] | None:
        """The first and the last day, in the file's zone, of rows that were sent, or are to be, and have one."""
        days = [
            line.name for line in self.local_days.lines if line.name[:1].isdigit() and line.counts and not line.rest
        ]
        return (days[0], days[-1]) if days else None

    @property
    def undated(self) -> tuple[Line, ...]:
        """The rows without a day: no timestamp, one that cannot be read, no line yet."""
        return tuple(line for line in self.local_months.lines if not line.name[:1].isdigit())

    @property
    def at_most(self) -> Share:
        """What is recorded if every row in doubt was."""
        return self.share(Status.RECORDED) + self.share(Status.IN_DOUBT)
