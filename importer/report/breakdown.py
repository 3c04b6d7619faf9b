"""Where the money is: by attribution type, by offer, by day and by month, recorded against in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.model import Share, Status, added
from importer.report.amounts import STATUSES
from importer.schema import NO_TIMESTAMP, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.report.tallies import Sums, Tallies

TOP_OFFERS = 20
MAX_DAYS = 400
_REASONS = {NO_TIMESTAMP: "no timestamp (dated when posted)", UNREADABLE: "timestamp cannot be read"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a breakdown: rows and revenue by status. `rest` marks a line that stands for several."""

    name: str
    by_status: Mapping[Status, Share]
    rest: bool = False

    @property
    def file(self) -> Share:
        """What the file holds."""
        return sum(self.by_status.values(), Share())

    def share(self, status: Status) -> Share:
        """The part with this status."""
        return self.by_status.get(status, Share())

    @property
    def recorded(self) -> Share:
        """What the API confirmed."""
        return self.share(Status.RECORDED)

    @property
    def in_doubt(self) -> Share:
        """What may be recorded or not."""
        return self.share(Status.IN_DOUBT)

    @property
    def difference(self) -> Share:
        """What the file holds and the API has not confirmed."""
        return self.file - self.recorded

    @property
    def others(self) -> Share:
        """What is certainly not recorded."""
        settled = (Status.RECORDED, Status.IN_DOUBT)
        return sum((part for status, part in self.by_status.items() if status not in settled), Share())


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The lines, and their sum."""

    lines: tuple[Line, ...]
    total: Line


def by_kind(tallies: Tallies, unlisted: Mapping[Status, Share]) -> Breakdown:
    """By attribution type."""
    lines = _lines(tallies.fates, "kind")
    order = {name: number for number, name in enumerate(("sale", "click", "send"))}
    return _broken_down(sorted(lines, key=lambda line: order.get(line.name, 9)), unlisted)


def by_offer(tallies: Tallies, unlisted: Mapping[Status, Share]) -> Breakdown:
    """The offers with the most revenue in the file, and the rest as one."""
    lines = sorted(_lines(tallies.offers, "offer"), key=lambda line: (-line.file.revenue, line.name))
    top, rest = lines[:TOP_OFFERS], lines[TOP_OFFERS:]
    if rest:
        top.append(_sum(f"{len(rest):,} other offers" if len(rest) > 1 else "1 other offer", rest))
    return _broken_down(top, unlisted)


def by_day(tallies: Tallies, unlisted: Mapping[Status, Share], day: str = "day") -> Breakdown:
    """By day, of the column `day` (UTC) or `local_day`; of very many the last ones, and those before as one line."""
    lines = _lines(tallies.days, day)
    early = lines[: max(0, len(lines) - MAX_DAYS)]
    lines = lines[len(early) :]
    if early:
        lines.insert(0, _sum(f"{len(early):,} earlier days", early))
    return _broken_down(lines, unlisted)


def by_month(tallies: Tallies, unlisted: Mapping[Status, Share], day: str = "day") -> Breakdown:
    """By month, of the column `day` (UTC) or `local_day`."""
    return _broken_down(sorted(_lines(tallies.days, day, _month), key=lambda line: line.name), unlisted)


def crossing(tallies: Tallies) -> Share:
    """The rows whose month is another in UTC than in the zone."""
    pairs = tallies.days.by("day", "local_day").items()
    return sum((share for (day, local), share in pairs if _month(day) != _month(local)), Share())


def _month(day: str) -> str:
    return day[:7] if day[:1].isdigit() else day


def _lines(sums: Sums, key: str, group: Callable[[str], str] = str) -> list[Line]:
    """A line for each group of values of the column `key`."""
    found: dict[str, dict[Status, Share]] = {}
    for (name, status), share in sums.by(key, "status").items():
        shares = found.setdefault(group(name), {})
        if status in STATUSES:
            shares[Status(status)] = shares.get(Status(status), Share()) + share
    return [Line(_REASONS.get(name, name), shares) for name, shares in found.items()]


def _sum(name: str, lines: list[Line]) -> Line:
    return Line(name, added(line.by_status for line in lines), rest=True)


def _broken_down(lines: list[Line], unlisted: Mapping[Status, Share]) -> Breakdown:
    if unlisted:
        lines = [*lines, Line("rows without a line yet", dict(unlisted), rest=True)]
    return Breakdown(tuple(lines), _sum("total", lines))
