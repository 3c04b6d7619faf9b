"""By how much all moments are shifted, and when so few agree on it that nothing is believed."""

from __future__ import annotations

import polars as pl
import pytest

from importer.plan.near.shifts import believed_shifts

HOUR, MINUTE = 3600.0, 60.0
NOON = 12 * HOUR

# How many seconds later each row of the input is than its partner, when it was (seconds of a day), and the shifts.
CASES: dict[str, tuple[list[float], float, list[float]]] = {
    "nothing": ([], 5, []),
    "not at all": ([0, 0, 0], 5, []),
    "all alike": ([2 * HOUR] * 3, 5, [2 * HOUR]),
    "earlier": ([-2 * HOUR] * 3, 5, [-2 * HOUR]),
    "by quarters": ([5.75 * HOUR] * 3, 5, [5.75 * HOUR]),
    "by quarters, earlier": ([-5.75 * HOUR] * 3, 5, [-5.75 * HOUR]),
    "nearly": ([2 * HOUR + 59, 2 * HOUR - 59, 2 * HOUR], 5, [2 * HOUR]),
    "three, none to the second": ([2 * HOUR + 1, 2 * HOUR + 2, 2 * HOUR + 3], 5, [2 * HOUR]),
    "two, none to the second": ([2 * HOUR + 1, 2 * HOUR + 2], 5, [2 * HOUR]),
    "one, not to the second": ([2 * HOUR + 1], 5, []),
    "one to the second": ([2 * HOUR], 5, [2 * HOUR]),
    "one at a whole minute": ([2 * HOUR], 0, [2 * HOUR]),
    "a minute off": ([2 * HOUR + 60, 2 * HOUR + 61, 2 * HOUR - 60], 5, []),
    "odd minutes": ([7 * MINUTE] * 3, 5, []),
    "a zone at most": ([14 * HOUR] * 3, 5, [14 * HOUR]),
    "a zone at least": ([-14 * HOUR] * 3, 5, [-14 * HOUR]),
    "more than zones are": ([14.25 * HOUR] * 3, 5, []),
    "less than zones are": ([-14.25 * HOUR] * 3, 5, []),
    "with the clock changed": ([2 * HOUR] * 3 + [1 * HOUR] * 2, 5, [2 * HOUR, 1 * HOUR]),
    "with it changed the other way": ([2 * HOUR] * 3 + [3 * HOUR] * 2, 5, [2 * HOUR, 3 * HOUR]),
    "with one summer alone": ([2 * HOUR] * 3 + [3 * HOUR] * 2 + [1 * HOUR], 5, [2 * HOUR, 3 * HOUR]),
    "by two hours besides": ([2 * HOUR] * 3 + [4 * HOUR] * 2, 5, []),
    "as many of two": ([2 * HOUR] * 2 + [-1 * HOUR] * 2, 5, []),
    "as many, an hour apart": ([2 * HOUR] * 2 + [1 * HOUR] * 2, 5, [1 * HOUR, 2 * HOUR]),
    "as many, of either sign": ([0.5 * HOUR] * 2 + [-0.5 * HOUR] * 2, 5, [-0.5 * HOUR, 0.5 * HOUR]),
    "eight of ten": ([2 * HOUR] * 8 + [7 * MINUTE] * 2, 5, [2 * HOUR]),
    "seven of ten": ([2 * HOUR] * 7 + [7 * MINUTE] * 3, 5, []),
}


@pytest.mark.parametrize("case", CASES)
def test_a_shift_is_believed_where_nearly_all_agree_on_it(case):
    """Each row has one partner."""
    seconds, at, shifts = CASES[case]
    apart = frame([(n, n, at, later) for n, later in enumerate(seconds)])
    assert believed_shifts(apart) == [round(shift * 1_000_000) for shift in shifts]


def test_every_zone_is_a_shift():
    """Each quarter of an hour, give or take what is less than a minute."""
    for quarters in range(-56, 57):
        apart = frame([(n, n, 5, 900 * quarters + off) for n, off in enumerate((-59, -1, 0, 59))])
        assert believed_shifts(apart) == ([900_000_000 * quarters] if quarters else [])


@pytest.mark.parametrize(
    ("at", "rows", "shifts"),
    [
        (5, [(0, 0, 2 * HOUR), (0, 1, 30 * HOUR)], [2 * HOUR]),
        (0, [(0, 0, 2 * HOUR), (0, 1, 30 * HOUR)], []),
        (0, [(0, 0, 2 * HOUR), (1, 0, 30 * HOUR)], []),
        (0, [(0, 0, 2 * HOUR), (0, 1, 30 * HOUR), (1, 2, 2 * HOUR)], [2 * HOUR]),
        (0, [(0, 0, 2 * HOUR), (0, 1, 30 * HOUR), (1, 2, 2 * HOUR), (2, 3, 2 * HOUR)], [2 * HOUR]),
    ],
)
def test_one_row_alone_is_believed_by_its_seconds_or_where_nothing_else_is_like_it(at, rows, shifts):
    """Of moments in whole minutes many are quarter hours apart."""
    assert believed_shifts(frame([(n, m, at, later) for n, m, later in rows])) == [hours * 1e6 for hours in shifts]


def frame(rows: list[tuple[int, int, float, float]]) -> pl.DataFrame:
    """Pairs by their numbers, of moments so many seconds into a day, as far apart."""
    us = [(n, m, round((NOON + at) * 1e6), round(later * 1e6)) for n, m, at, later in rows]
    columns = {"n": pl.UInt32, "n_there": pl.UInt32, "moment": pl.Int64, "apart": pl.Int64}
    pairs = pl.DataFrame(us, schema=columns, orient="row")
    return pairs.with_columns(moment_there=pl.col("moment") - pl.col("apart"))
