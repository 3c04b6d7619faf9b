"""Which rows of two inputs are nearly the same: one event, as two exports or two programs wrote it.

Message (of an id that is a number its value), amount and type are equal, while offer and moment differ only as formats
do: one of them is empty, all offers of one side are ids of the vendor's own and none of the other's, moments were cut
to seconds, minutes or days, or all of them are shifted by the same quarter hours because a zone was forgotten. The same
message may well convert again with the same amount: at another moment that is another event, so a shift is believed
only where it explains nearly all moments that could be compared, and a coarser clock where half have it.

Each way of differing is a join on what it leaves equal and on the occurrence of that, so that rows pair one to one, and
a million equal rows cost no more than others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.model import KEY
from importer.plan.keys import KEYS, occurrence
from importer.plan.near.shifts import LEAST, MOST_SHIFT, QUARTER, believed_shifts
from importer.schema import local_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS = {"here": pl.UInt32, "there": pl.UInt32, "how": pl.String}
_SECOND = 1_000_000
_MINUTE, _DAY = 60 * _SECOND, 86_400 * _SECOND
_GRIDS = (("milliseconds", _SECOND // 1000), ("seconds", _SECOND), ("minutes", _MINUTE))
_ROUNDED = _SECOND
"""Up to this grain programs round as well as cut."""
_SAMPLE_EVENTS, _SAMPLE_ROWS = 20_000, 8
SPELLING = "the message id (zeros lost, perhaps) or the offer in another spelling"
SHIFTED = "moments "
"""Stands in how rows differ whose moments are shifted."""
_NO_MOMENT = -(1 << 62)


def near_pairs(here: pl.DataFrame, there: pl.DataFrame, zone: str, *, any_amount: bool = False) -> pl.DataFrame:
    """Pair each row of `here` with at most one of `there`: their indexes, and `how` they differ.

    Both have the keys, `event`, `amount`, `moment` and `offer` (null where there is none). Equal rows pair with each
    other first, and are no near twins; then those that come first. `zone` is the one in which a date is a day. Where
    both have `key`, that is equal too. With `any_amount` amounts may differ, and neither shifts nor dates for times are
    looked for: feeds of each hour would look like that.
    """
    keyed = KEY in here.columns and KEY in there.columns
    here, there = (_numbered(frame, keyed=keyed, any_amount=any_amount) for frame in (here, there))
    here, there = _common(here, there, "alike")
    if here.is_empty():
        return pl.DataFrame(schema=PAIRS)
    here, there = (frame.with_columns(nth=occurrence(frame, pl.lit(value=True))) for frame in (here, there))
    on = [*KEYS, "nth"]
    left = [one.join(other, on=on, how="anti").drop(on) for one, other in ((here, there), (there, here))]
    return _Pairing(left[0], left[1], zone, any_amount=any_amount).run()


def _numbered(frame: pl.DataFrame, *, keyed: bool, any_amount: bool) -> pl.DataFrame:
    alike = pl.col("event") if any_amount else pl.col("event") ^ pl.col("amount").hash(10)
    alike = alike ^ pl.col(KEY).fill_null(0) if keyed else alike
    moment = pl.col("moment").dt.timestamp("us").fill_null(_NO_MOMENT)
    return frame.select(
        *KEYS, pl.int_range(pl.len(), dtype=pl.UInt32).alias("n"), alike.alias("alike"), moment, "offer"
    )


def _common(here: pl.DataFrame, there: pl.DataFrame, on: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of both that have a counterpart, in their order."""
    met = here.join(there, on=on, how="semi", maintain_order="left")
    return met, there.join(met, on=on, how="semi", maintain_order="left")


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to differ: a filter and a key for either side, and its name."""

    name: str
    here: tuple[pl.Expr, pl.Expr]
    there: tuple[pl.Expr, pl.Expr]


_HAS_MOMENT = pl.col("moment") != _NO_MOMENT
_ANY = pl.lit(value=True)
_OFFER = pl.col("offer").is_not_null()
_NOTHING = pl.lit(0, pl.Int64)
_OFFERS = (
    _Way("", (_ANY, pl.col("offer").fill_null(0)), (_ANY, pl.col("offer").fill_null(0))),
    _Way("no offer in the input", (~_OFFER, _NOTHING), (_OFFER, _NOTHING)),
    _Way("no offer there", (_OFFER, _NOTHING), (~_OFFER, _NOTHING)),
)
_OTHER_IDS = (
    _Way("the vendor's own offer ids in the input, external ones there", (_OFFER, _NOTHING), (_OFFER, _NOTHING)),
    _Way("external offer ids in the input, the vendor's own there", (_OFFER, _NOTHING), (_OFFER, _NOTHING)),
)


class _Pairing:
    """Takes the rows of both sides that have no partner yet from one way of differing to the next."""

    def __init__(self, here: pl.DataFrame, there: pl.DataFrame, zone: str, *, any_amount: bool) -> None:
        self._here, self._there = here, there
        self._any_amount = any_amount
        self._zones = list(dict.fromkeys([zone, "UTC"]))
        self._offers = (*_OFFERS, *_other_ids(here["offer"], there["offer"]))
        self._pairs = [pl.DataFrame(schema=PAIRS)]

    def run(self) -> pl.DataFrame:
        """All pairs."""
        self._try([_Way("", (_ANY, pl.col("moment")), (_ANY, pl.col("moment")))])
        self._try(list(self._coarser(0)))
        for shift in self._shifts():
            name = f"{SHIFTED}{_hours(shift)}"
            key = (_HAS_MOMENT, pl.col("moment"))
            self._try([_Way(name, key, (_HAS_MOMENT, pl.col("moment") + shift)), *self._coarser(shift)])
        if not self._any_amount:
            self._try(list(self._days()))
        empty, full = (~_HAS_MOMENT, _NOTHING), (_HAS_MOMENT, _NOTHING)
        self._try([_Way("no timestamp in the input", empty, full), _Way("no timestamp there", full, empty)])
        return pl.concat(self._pairs)

    def _try(self, ways: list[_Way]) -> None:
        for moments in ways:
            for offers in self._offers:
                if self._is_done:
                    return
                self._pair(moments, offers)

    @property
    def _is_done(self) -> bool:
        """Whether no rows of one side are left; each further way would cost as much as one that pairs some."""
        return self._here.is_empty() or self._there.is_empty()

    def _pair(self, moments: _Way, offers: _Way) -> None:
        here = _keyed(self._here, moments.here, offers.here)
        there = _keyed(self._there, moments.there, offers.there)
        here, there = _common(here, there, "key_a")
        if here.is_empty():
            return
        here, there = (frame.with_columns(nth=occurrence(frame, pl.lit(value=True))) for frame in (here, there))
        met = here.join(there, on=["key_a", "nth"], suffix="_there")
        how = ", ".join(name for name in (moments.name, offers.name) if name)
        how = how or ("" if self._any_amount else SPELLING)
        self._pairs.append(met.select(here="n", there="n_there", how=pl.lit(how)))
        self._here = self._here.join(met, on="n", how="anti", maintain_order="left")
        self._there = self._there.join(met, left_on="n", right_on="n_there", how="anti", maintain_order="left")

    def _coarser(self, shift: int) -> Iterator[_Way]:
        """One side was cut (or rounded) to whole seconds or minutes, and the other not."""
        for name, grid in () if self._is_done else _GRIDS:
            is_on, cut = pl.col("moment") % grid == 0, pl.col("moment") // grid * grid
            for side, label in (("here", f"{name} in the input"), ("there", f"{name} there")):
                if not self._half(getattr(self, f"_{side}"), is_on):
                    continue
                for up in (0, grid) if grid <= _ROUNDED else (0,):
                    coarse, fine = (_HAS_MOMENT & is_on, pl.col("moment")), (_HAS_MOMENT & ~is_on, cut + up)
                    name_it = f"whole {label}" + (f", {SHIFTED}{_hours(shift)}" if shift else "")
                    yield _way(name_it, side, coarse, fine, shift)

    def _days(self) -> Iterator[_Way]:
        """One side has dates, and the other the time of day, too."""
        for zone in () if self._is_done else self._zones:
            for side, label in (("here", "dates in the input"), ("there", "dates there")):
                dates, times = (self._here, self._there) if side == "here" else (self._there, self._here)
                day = local_days(dates["moment"], zone)
                is_date = day["is_midnight"].fill_null(value=False)
                if 2 * int(is_date.sum()) < dates.filter(_HAS_MOMENT).height or not is_date.any():
                    continue
                dates = dates.with_columns(day=day["day"]).filter(is_date)
                for shift in (0, *_day_shifts(dates, times, zone)):
                    name = label + (f", {SHIFTED}{_hours(shift if side == 'here' else -shift)}" if shift else "")
                    yield self._of_days(name, side, zone, shift)

    def _of_days(self, name: str, side: str, zone: str, shift: int) -> _Way:
        def day(series: pl.Series) -> pl.Series:
            return local_days(series, zone)["day"]

        def midnight(series: pl.Series) -> pl.Series:
            return local_days(series, zone)["is_midnight"].fill_null(value=False)

        moment = pl.col("moment")
        is_midnight = moment.map_batches(midnight, return_dtype=pl.Boolean)
        of_date = moment.map_batches(day, return_dtype=pl.Int64)
        of_time = (moment + shift).map_batches(day, return_dtype=pl.Int64)
        coarse, fine = (_HAS_MOMENT & is_midnight, of_date), (_HAS_MOMENT & ~is_midnight, of_time)
        return _Way(name, coarse, fine) if side == "here" else _Way(name, fine, coarse)

    def _half(self, frame: pl.DataFrame, is_so: pl.Expr) -> bool:
        known = frame.filter(_HAS_MOMENT)
        return 0 < known.height <= 2 * known.filter(is_so).height

    def _shifts(self) -> list[int]:
        """By how many microseconds the moments of the input are later: one shift, and another by a changed clock."""
        if self._is_done or self._any_amount:
            return []
        apart = _apart(self._here, self._there)
        return [] if apart.is_empty() else believed_shifts(apart)


def _other_ids(here: pl.Series, there: pl.Series) -> Iterator[_Way]:
    """How offers are named in another way, where all of one side are ids of the vendor's own, and none of the other."""
    are_own = [(offers.drop_nulls() % 2 == 1).unique().to_list() for offers in (here, there)]
    yield from (
        way for is_own, way in zip((True, False), _OTHER_IDS, strict=True) if are_own == [[is_own], [not is_own]]
    )


def _way(name: str, side: str, coarse: tuple[pl.Expr, pl.Expr], fine: tuple[pl.Expr, pl.Expr], shift: int) -> _Way:
    if side == "here":
        return _Way(name, coarse, (fine[0], fine[1] + shift))
    return _Way(name, fine, (coarse[0], coarse[1] + shift))


def _keyed(frame: pl.DataFrame, moment: tuple[pl.Expr, pl.Expr], offer: tuple[pl.Expr, pl.Expr]) -> pl.DataFrame:
    """The rows that can be alike in this way, in order, each with what must be equal then as one number, `key_a`."""
    chosen = frame.filter(offer[0]).filter(moment[0])
    key = pl.col("alike") ^ moment[1].cast(pl.Int64).hash(12) ^ offer[1].cast(pl.UInt64).hash(13)
    keys = chosen.select("n", key.alias("key_a"))
    return keys.with_columns(key_b=pl.col("key_a"))


def local_days(moments: pl.Series, zone: str) -> pl.DataFrame:
    """The local `day` of each moment (microseconds since 1970), and whether it is that day's midnight."""
    clock = local_clock(zone)
    known = moments.set(moments == _NO_MOMENT, None)
    local = known + clock.offsets_at(known // _SECOND) * _SECOND
    return pl.DataFrame({"day": local // _DAY, "is_midnight": local % _DAY == 0})


def _apart(here: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """How far the moments of some rows of the input (`n`) are from those of the rows alike, the first few of each."""
    here, there = (
        frame.filter(_HAS_MOMENT).sort("moment").filter(pl.int_range(pl.len()).over("alike") < _SAMPLE_ROWS)
        for frame in (here, there)
    )
    some = here.join(there, on="alike", how="semi")["alike"].unique().sort().head(_SAMPLE_EVENTS)
    pairs = here.filter(pl.col("alike").is_in(some.implode())).join(there, on="alike", suffix="_there")
    return pairs.select("n", "n_there", "moment", "moment_there", apart=pl.col("moment") - pl.col("moment_there"))


def _day_shifts(dates: pl.DataFrame, times: pl.DataFrame, zone: str) -> list[int]:
    """By how many microseconds the times are shifted before they became dates, where that explains more than none."""
    apart = _apart(dates, times)
    if apart.is_empty():
        return []
    apart = apart.filter(pl.col("apart").abs() < _DAY + MOST_SHIFT)
    day = local_days(apart["moment"], zone)["day"]

    def votes(shift: int) -> int:
        return int(apart["n"].filter(local_days(apart["moment_there"] + shift, zone)["day"] == day).n_unique())

    shifts = sorted(range(-MOST_SHIFT, MOST_SHIFT + 1, QUARTER), key=lambda shift: (abs(shift), shift))
    counted = {shift: votes(shift) for shift in shifts}
    best = max(shifts, key=lambda shift: counted[shift])  # the smallest of those that explain most
    return [best] if counted[best] >= counted[0] + LEAST else []


def _hours(shift: int) -> str:
    minutes = abs(shift) // _MINUTE
    text = f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{text} {'later' if shift > 0 else 'earlier'} in the input"
