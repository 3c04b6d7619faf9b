"""Local time: how far a zone's clocks are from UTC, for whole columns.

The rules come from the `tzdata` package, which is pinned and updated with this one, and neither from the operating
system nor from the table compiled into polars: those may be years older, and would date the same row differently from
one machine to the next.
"""

from __future__ import annotations

import difflib
import functools
import importlib.resources
import itertools
from datetime import MAXYEAR, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from importer.errors import SettingsError
from importer.schema.time.zone_names import zones_meant

# No zone ever changed its offset twice within this time, so a look at its two ends finds every change.
_STEP = timedelta(days=6)
_SECOND = timedelta(seconds=1)
_QUARTER_S = 900


@functools.cache
def local_clock(zone: str) -> LocalClock:
    """Return the clock of a zone.

    Raises:
        SettingsError: no zone has that name; the message has the nearest one.

    """
    tables = importlib.resources.files("tzdata")
    names = tables.joinpath("zones").read_text(encoding="ascii").split()
    if zone not in names:
        raise SettingsError(f"--timezone: {zone!r} is no IANA time zone{_hint(zone, names)}")
    with tables.joinpath("zoneinfo", *zone.split("/")).open("rb") as file:
        return LocalClock(ZoneInfo.from_file(file, key=zone))


def _hint(zone: str, names: list[str]) -> str:
    meant = zones_meant(zone)
    if meant:
        which = f"{', '.join(meant[:-1])} or {meant[-1]}" if len(meant) > 1 else meant[0]
        return f", but can mean {which}: say --timezone with the place whose clocks the file shows."
    near = {name.casefold(): name for name in names if "/" in name}
    plain = zone.strip().replace(" ", "_").casefold()
    exact = {name.casefold(): name for name in names}.get(plain)
    # A short name that is merely spelt alike is another zone.
    match = [exact] if exact else [near[name] for name in difflib.get_close_matches(plain, near, n=1)]
    return f"; did you mean {match[0]}?" if match else "; names are like Europe/Berlin or UTC."


_Piece = tuple[int, int | None, int | None]


class LocalClock:
    """A zone's clock as a list of pieces: from which local second on, which offset (or two, or none) holds.

    `name` is the zone's IANA name.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.name = str(zone.key)
        self._zone = zone
        self._epoch = datetime(1970, 1, 1, tzinfo=zone)
        self._pieces_of_year: dict[int, list[_Piece]] = {}
        self._pieces = pl.DataFrame()

    def offsets(self, local: pl.Series) -> pl.DataFrame:
        """Return the offsets from UTC, in seconds, of local times in seconds since 1970-01-01T00:00.

        Column `earliest` is the offset of the first time that the clocks show this, `latest` of the last: they differ
        where clocks were put back, and are null where clocks were put forward over it, and for null.
        """
        self._cover(pl.from_epoch(local, time_unit="s").dt.year().unique().drop_nulls())
        number = self._pieces["start"].search_sorted(local, side="right").cast(pl.Int64) - 1
        piece = pl.select(pl.when(local.is_not_null()).then(number.clip(0))).to_series()
        return self._pieces.select(pl.col("earliest", "latest").gather(piece))

    def offsets_at(self, instants: pl.Series) -> pl.Series:
        """Return how far the clocks are ahead of UTC, in seconds, at instants in seconds since 1970; null for null.

        To the quarter hour, within which no zone has changed its clocks for fifty years.
        """
        quarters = instants // _QUARTER_S
        known = quarters.drop_nulls().unique()
        offsets = pl.Series([self._offset_at(int(quarter) * _QUARTER_S) for quarter in known], dtype=pl.Int64)
        return quarters.replace_strict(known, offsets, return_dtype=pl.Int64)

    def names_at(self, instants: pl.Series) -> pl.Series:
        """Return what the zone's time is called (`PDT`, `+03`), in upper case, at instants as of `offsets_at`."""
        quarters = instants // _QUARTER_S
        known = quarters.drop_nulls().unique()
        names = pl.Series([self._name_at(int(quarter) * _QUARTER_S) for quarter in known], dtype=pl.String)
        called = quarters.replace_strict(known, names, return_dtype=pl.String)
        return called.cast(pl.String)  # where all are null, polars leaves them numbers

    def _name_at(self, second: int) -> str | None:
        try:
            return (self._zone.fromutc(self._epoch + timedelta(seconds=second)).tzname() or "").upper()
        except OverflowError:
            return None

    def _offset_at(self, second: int) -> int:
        try:
            return self._offset(self._epoch + timedelta(seconds=second))
        except OverflowError:  # the first and the last day of the calendar
            return 0

    def _cover(self, years: pl.Series) -> None:
        # A local time is at most a day from UTC, so a year needs its neighbours too.
        wanted = {year for middle in years for year in (middle - 1, middle, middle + 1) if 1 <= year <= MAXYEAR}
        missing = wanted - self._pieces_of_year.keys()
        if missing or self._pieces.is_empty():
            self._pieces_of_year.update((year, self._find_pieces(year)) for year in missing)
            known = sorted(self._pieces_of_year)
            # What a year starts with is news only where the year before is not in the list.
            news = (self._pieces_of_year[year][year - 1 in self._pieces_of_year :] for year in known)
            schema = {"start": pl.Int64, "earliest": pl.Int64, "latest": pl.Int64}
            self._pieces = pl.DataFrame(list(itertools.chain.from_iterable(news)), schema=schema, orient="row")

    def _find_pieces(self, year: int) -> list[_Piece]:
        """Return what the year adds to the list: its changes, and the offset that it starts with."""
        # A zone's first and last local day have no room for every offset: nothing changed there.
        moment = datetime(year, 1, 1 if year > 1 else 3, tzinfo=self._zone)
        end = (
            datetime(year + 1, 1, 1, tzinfo=self._zone) if year < MAXYEAR else datetime(year, 12, 20, tzinfo=self._zone)
        )
        old = self._offset(moment)
        pieces: list[_Piece] = [(self._second(moment) + old, old, old)]
        while moment < end:
            later = min(moment + _STEP, end)
            new = self._offset(later)
            if new != old:
                change = self._second_of_change(moment, later, old)
                # Clocks put forward skip local times (no offset); clocks put back repeat them (the old, then the new).
                between = (old, new) if new < old else (None, None)
                pieces += [(change + min(old, new), *between), (change + max(old, new), new, new)]
            moment, old = later, new
        return pieces

    def _second_of_change(self, before: datetime, after: datetime, old: int) -> int:
        while after - before > _SECOND:
            middle = before + (after - before) // _SECOND // 2 * _SECOND
            before, after = (middle, after) if self._offset(middle) == old else (before, middle)
        return self._second(after)

    # Within this class a moment is UTC although it bears the zone: `fromutc`, which is fast, wants it so.

    def _offset(self, moment: datetime) -> int:
        return (self._zone.fromutc(moment).utcoffset() or timedelta()) // _SECOND

    def _second(self, moment: datetime) -> int:
        return (moment - self._epoch) // _SECOND
