"""An export of totals, by date or offer, without message ids: it suggests, and settles nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.model import Share
from importer.reconciling.scale import USUAL_ZONES
from importer.schema import exact_sum
from importer.text import plain, share_fields, share_text

if TYPE_CHECKING:
    from importer.reconciling.export import Export
    from importer.reconciling.sent import Sent

_MOST_DOUBTS = 16  # of one group: all their sums are looked at


@dataclass(frozen=True, slots=True)
class Group:
    """One date and offer, as far as the export has them: the vendor's total beside ours.

    `explains` are the places of the rows in doubt which, all recorded, would make the totals equal; None where no
    choice of them does, or more than one.
    """

    day: str | None
    offer: str | None
    vendor: Decimal
    recorded: Share
    in_doubt: Share
    explains: tuple[str, ...] | None = None

    @property
    def is_within(self) -> bool:
        """Whether the vendor's total lies between what is recorded and what is recorded or in doubt."""
        return self.recorded.revenue <= self.vendor <= self.recorded.revenue + self.in_doubt.revenue

    @property
    def agrees(self) -> bool:
        """Whether the total is what is recorded, and nothing is in doubt."""
        return self.vendor == self.recorded.revenue and not self.in_doubt.rows

    @property
    def in_words(self) -> str:
        """What is recorded, and what would explain the difference."""
        told = f"recorded {share_text(self.recorded)}, in doubt {share_text(self.in_doubt)}"
        if not self.in_doubt.rows:
            return f"{told}; the difference is not of rows in doubt"
        if self.explains is None:
            gap = "within what is in doubt" if self.is_within else "not within what is in doubt"
            return f"{told}; {gap}, and no one choice of rows explains it"
        if not self.explains:
            return f"{told}; it looks as if none of those in doubt was recorded"
        return f"{told}; it looks as if these were recorded: {', '.join(self.explains)}"

    def to_json(self) -> dict[str, Any]:
        """As an object."""
        return {
            "day": self.day, "offer_id": self.offer, "vendor": plain(self.vendor),
            "recorded": share_fields(self.recorded),
            "in_doubt": share_fields(self.in_doubt), "within": self.is_within,
            "explained_by": None if self.explains is None else list(self.explains),
        }  # fmt: skip


def compare_totals(sent: Sent, export: Export, zone: str) -> tuple[list[Group], str | None]:
    """The groups of the export, and the zone whose days fit the recorded rows best, if that is another than `zone`.

    Groups of ours that the export does not have are among them, with nothing at the vendor's.
    """
    has_times = export.lines["time"].null_count() < export.lines.height
    zones = dict.fromkeys((zone, *USUAL_ZONES)) if has_times else (zone,)
    by_zone = {name: _groups(sent.rows, export, name) for name in zones}
    misses = {name: sum(not group.is_within for group, _ in groups) for name, groups in by_zone.items()}
    best = min(misses, key=lambda name: misses[name])
    here = [replace(group, explains=_explained(group, doubts, sent)) for group, doubts in by_zone[zone]]
    return here, best if misses[best] < misses[zone] else None


def _groups(rows: pl.DataFrame, export: Export, zone: str) -> list[tuple[Group, pl.DataFrame]]:
    """The groups by the days of a zone, without what explains them, each with its rows in doubt."""
    has_days = export.lines["time"].null_count() == 0
    has_offers = export.lines["offer"].null_count() < export.lines.height
    keys = [name for name, is_there in (("day", has_days), ("offer", has_offers)) if is_there]
    # The export's dates are days of its own: they were read in the zone of `--timezone`, and are written back in it.
    ours = rows.with_columns(day=_day(pl.coalesce("time", "until"), zone))
    theirs = export.lines.with_columns(day=_day(pl.col("time"), export.zone))
    vendor = dict(theirs.partition_by(keys, as_dict=True))
    sent = ours.filter(pl.col("role").is_in(["recorded", "doubt"]) | (pl.col("status") == "recorded"))
    own = dict(sent.partition_by(keys, as_dict=True))
    return [
        _group(dict(zip(keys, key, strict=True)), vendor.get(key), own.get(key))
        for key in sorted({*vendor, *own}, key=lambda key: tuple(str(one or "") for one in key))
    ]


def _day(moment: pl.Expr, zone: str) -> pl.Expr:
    return moment.dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d")


def _group(key: dict[str, Any], vendor: pl.DataFrame | None, own: pl.DataFrame | None) -> tuple[Group, pl.DataFrame]:
    total = Decimal(0) if vendor is None else exact_sum(vendor["amount"])
    own = pl.DataFrame(schema={"amount": pl.Decimal(38, 18), "role": pl.String}) if own is None else own
    doubts = own.filter(role="doubt")
    recorded = own.filter(pl.col("role") != "doubt")
    return Group(key.get("day"), key.get("offer"), total, _share(recorded), _share(doubts)), doubts


def _share(rows: pl.DataFrame) -> Share:
    return Share(rows.height, exact_sum(rows["amount"]))


def _explained(group: Group, doubts: pl.DataFrame, sent: Sent) -> tuple[str, ...] | None:
    """The rows in doubt that add up to the gap, if just one choice of them does."""
    gap = group.vendor - group.recorded.revenue
    if doubts.is_empty() or doubts.height > _MOST_DOUBTS:
        return () if gap == 0 and doubts.is_empty() else None
    amounts = doubts["amount"].to_list()
    sums: dict[int, Decimal] = {0: Decimal(0)}
    for nth, amount in enumerate(amounts):
        sums |= {chosen | 1 << nth: value + amount for chosen, value in sums.items()}
    fits = [chosen for chosen, value in sums.items() if value == gap]
    if len(fits) != 1:
        return None
    names = [f"{source} row {row}" if row else str(message) for source, row, message in
             sent.in_full(doubts).select("source", "row", "message_id").iter_rows()]  # fmt: skip
    return tuple(name for nth, name in enumerate(names) if fits[0] >> nth & 1)
