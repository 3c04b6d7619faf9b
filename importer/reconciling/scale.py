"""How coarse an export is: its decimals, its resolution of time, its zone, and how it rounds.

Rows of ours are brought to the export's own form, and then compared for equality: no tolerance chooses between two
records. Where the export is coarser than what was sent, the way in which it rounds is the one by which most recorded
rows are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reconciling.export import Export

_UNITS = {"1d": 86_400_000_000, "1h": 3_600_000_000, "1m": 60_000_000, "1s": 1_000_000, "1ms": 1_000, "1us": 1}
USUAL_ZONES = (
    *("UTC", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/London"),
    *("Europe/Berlin", "Europe/Helsinki", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo"),
)
"""The zones that most accounts of vendors have."""
_AMOUNT_WAYS = ("half_away_from_zero", "half_to_even", "truncated")


@dataclass(frozen=True, slots=True)
class Scale:
    """`unit` is the export's resolution in words of polars, `zone` the one that its times are written in."""

    decimals: int
    unit: str
    zone: str
    amount_way: str = "half_away_from_zero"
    rounds_time: bool = False

    def amount(self) -> pl.Expr:
        """Our amount, as the export would write it."""
        exact = pl.col("amount")
        if self.amount_way == "truncated":
            return exact.truncate(self.decimals).alias("a")
        way = "half_to_even" if self.amount_way == "half_to_even" else "half_away_from_zero"
        return exact.round(self.decimals, mode=way).alias("a")  # type: ignore[arg-type]

    def wall(self) -> pl.Expr:
        """The moment on the clock of the export's zone."""
        return wall(self.zone)

    def time(self) -> pl.Expr:
        """Our moment, as the export would write it."""
        wall = self.wall()
        return (wall.dt.round(self.unit) if self.rounds_time else wall.dt.truncate(self.unit)).alias("t")


def wall(zone: str) -> pl.Expr:
    """The moment on the clock of a zone: what happened twice there is the same for both sides."""
    return pl.col("time").dt.convert_time_zone(zone).dt.replace_time_zone(None)


def scales(export: Export, zone: str, rows: pl.DataFrame) -> Iterator[Scale]:
    """The ways to bring these rows to the form of the export; one, where it is as fine as what was sent."""
    plain = Scale(export.decimals, "1us", zone)
    walls = export.lines.select(plain.wall().dt.epoch("us").alias("t"))["t"].drop_nulls()
    unit = next((name for name, size in _UNITS.items() if len(walls) and not (walls % size != 0).any()), "1us")
    coarse_amounts = bool(rows.select((pl.col("amount") != plain.amount()).any()).item())
    times = rows.select(plain.wall().alias("t"))["t"].drop_nulls()
    coarse_times = bool((times != times.dt.truncate(unit)).any())
    ways = product(_AMOUNT_WAYS if coarse_amounts else _AMOUNT_WAYS[:1], (False, True) if coarse_times else (False,))
    for way, rounds in ways:
        yield Scale(export.decimals, unit, zone, way, rounds)
