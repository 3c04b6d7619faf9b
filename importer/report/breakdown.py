"""Where the money is: by attribution type, by offer, by day and by month, recorded against in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.model import NEVER_SENT, Share, Status, added
from importer.report.amounts import STATUSES
from importer.report.tallies import LEFT_OUT
from importer.schema import NO_TIMESTAMP, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.report.tallies import Sums

TOP_OFFERS = 20
MAX_DAYS = 400
_REASONS = {NO_TIMESTAMP: "no timestamp (dated when posted)", UNREADABLE: "timestamp cannot be read"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a breakdown: rows and revenue by status, and what of that was left out knowingly.

    `rest` marks a line that stands for several.
    """

    name: str
    by_status: Mapping[Status, Share]
    rest: bool = False
    left_out: Share = Share()

    @property
    def file(self) -> Share:
        """What the file holds."""
        return sum(self.by_status.values(), Share())

    def share(self, status: Status) -> Share:
        """The part with this status."""
        return self.by_status.get(status, Share())

    @property
    def counts(self) -> bool:
        """Whether it has rows that were sent, or are to be."""
        return any(part.rows for status, part in self.by_status.items() if status not in NEVER_SENT)

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
        """What is certainly not recorded, and not left out knowingly."""
        return self.difference - self.in_doubt - self.left_out


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The lines, and their sum."""

    lines: tuple[Line, ...]
    total: Line


def by_kind(fates: Sums, unlisted: Mapping[Status, Share]) -> Breakdown:
    """By attribution type."""
    lines = _lines(fates, "kind")
    order = {name: number for number, name in enumerate(("sale", "click", "send"))}
    return _broken_down(sorted(lines, key=lambda line: order.get(line.name, 9)), unlisted)


def by_source(sources: Sums) -> Breakdown:
    """By input file, or sheet of one."""
    return _broken_down(_lines(sources, "source"), {})


def by_offer(offers: Sums, unlisted: Mapping[Status, Share]) -> Breakdown:
    """The offers with the most revenue in the file, and the rest as one."""
    lines = sorted(_lines(offers, "offer"), key=lambda line: (-line.file.revenue, line.name))
    top, rest = lines[:TOP_OFFERS], lines[TOP_OFFERS:]
    if rest:
        top.append(together(f"{len(rest):,} other offers" if len(rest) > 1 else "1 other offer", rest))
    return _broken_down(top, unlisted)


def by_day(days: Sums, unlisted: Mapping[Status, Share], day: str = "day") -> Breakdown:
    """By day, of the column `day` (UTC) or `local_day`; of very many the last ones, and those before as one line."""
    lines = _lines(days, day)
    early = lines[: max(0, len(lines) - MAX_DAYS)]
    lines = lines[len(early) :]
    if early:
        lines.insert(0, together(f"{len(early):,} earlier days", early))
    return _broken_down(lines, unlisted)


def by_month(days: Sums, unlisted: Mapping[Status, Share], day: str = "day") -> Breakdown:
    """By month, of the column `day` (UTC) or `local_day`."""
    return _broken_down(sorted(_lines(days, day, _month), key=lambda line: line.name), unlisted)


def crossing(days: Sums) -> Share:
    """The rows whose month is another in UTC than in the zone."""
    pairs = days.by("day", "local_day").items()
    return sum((share for (day, local), share in pairs if _month(day) != _month(local)), Share())


def _month(day: str) -> str:
    return day[:7] if day[:1].isdigit() else day


def _lines(sums: Sums, key: str, group: Callable[[str], str] = str) -> list[Line]:
    """A line for each group of values of the column `key`."""
    found: dict[str, dict[Status, Share]] = {}
    left: dict[str, Share] = {}
    for (name, status, left_out), share in sums.by(key, "status", "left_out").items():
        shares = found.setdefault(group(name), {})
        if status in STATUSES:
            shares[Status(status)] = shares.get(Status(status), Share()) + share
        if left_out == LEFT_OUT:
            left[group(name)] = left.get(group(name), Share()) + share
    return [Line(_REASONS.get(name, name), shares, left_out=left.get(name, Share())) for name, shares in found.items()]


def together(name: str, lines: Sequence[Line]) -> Line:
    """Several lines as one."""
    left_out = sum((line.left_out for line in lines), Share())
    return Line(name, added(line.by_status for line in lines), rest=True, left_out=left_out)


def _broken_down(lines: list[Line], unlisted: Mapping[Status, Share]) -> Breakdown:
    if unlisted:
        left_out = unlisted.get(Status.EXCLUDED, Share())
        lines = [*lines, Line("rows without a line yet", dict(unlisted), rest=True, left_out=left_out)]
    return Breakdown(tuple(lines), together("total", lines))
