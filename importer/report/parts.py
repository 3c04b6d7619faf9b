"""What may not be added up: the currencies of an import, or its files and sheets, each with totals of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.model import MAY_COUNT, Share, Status, added
from importer.report.breakdown import Breakdown, Line, by_kind, by_month, by_offer, crossing
from importer.report.tallies import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.report.tallies import Tallies


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rows of one currency, or of one file or sheet where no column says the currency.

    `value` is what they hold in the column that tells them apart. `reasons` has the rows of each status and code, with
    those that are no longer in the input.
    """

    value: str
    line: Line
    refunds_by_code: Mapping[str, Share]
    reasons: Mapping[tuple[str, str], Share]
    kinds: Breakdown
    offers: Breakdown
    months: Breakdown
    local_months: Breakdown
    month_end: Share

    @property
    def name(self) -> str:
        """What it is called."""
        return self.value or "(empty)"

    @property
    def refunds(self) -> Share:
        """Its negative amounts, which are in no other figure."""
        return sum(self.refunds_by_code.values(), Share())

    @property
    def file(self) -> Share:
        """What the input holds of it."""
        return self.line.file

    def share(self, status: Status) -> Share:
        """The rows with a status."""
        return self.line.share(status)


def parts_of(tallies: Tallies) -> tuple[Part, ...]:
    """The parts of the rows that are in the input, by name."""
    return tuple(_part(tallies, value) for (value,) in tallies.fates.by("part"))


def _part(tallies: Tallies, value: str) -> Part:
    fates, offers, days = (sums.of("part", value) for sums in (tallies.fates, tallies.offers, tallies.days))
    kinds = by_kind(fates, {})
    left_out = [share for (left,), share in fates.by("left_out").items() if left == LEFT_OUT]
    by_status = {status: kinds.total.share(status) for status in Status if kinds.total.share(status) != Share()}
    return Part(
        value=value,
        line=Line(value or "(empty)", by_status, left_out=sum(left_out, Share())),
        refunds_by_code={code: share for (part, code), share in tallies.refunds.items() if part == value},
        reasons=added([_by_code(tallies, value), _gone(tallies, value)]),
        kinds=kinds,
        offers=by_offer(offers, {}),
        months=by_month(days, {}),
        local_months=by_month(days, {}, "local_day"),
        month_end=crossing(days),
    )


def _by_code(tallies: Tallies, value: str) -> dict[tuple[str, str], Share]:
    found = tallies.fates.of("part", value).by("status", "code")
    return {(status, code): share for (status, code), share in found.items()}


def _gone(tallies: Tallies, value: str) -> dict[tuple[str, str], Share]:
    found = tallies.kept.of("part", value).by("status", "code")
    return {(status, code): share for (status, code), share in found.items() if status in MAY_COUNT}
