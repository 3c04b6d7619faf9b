"""Which rows pair as near twins, against an oracle of its own in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from importer.plan.keys import by_another_id
from importer.plan.near.twins import near_pairs
from tests.support.examples import FEWER_EXAMPLES

Row = tuple[int, int, int | None, datetime | None]
START = datetime(2026, 6, 1, tzinfo=UTC)
moments = st.integers(0, 3 * 86_400_000).map(lambda ms: START + timedelta(milliseconds=ms))
few_moments = st.none() | st.sampled_from(
    [START + timedelta(seconds=s) for s in (0, 1, 60, 61, 3600, 7261, 86_400, 86_461)]
)
offers = st.sampled_from([None, 2, 4])
few_rows = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 2), offers, few_moments), max_size=12)


def frame(rows: list[Row]) -> pl.DataFrame:
    """Rows as the check hands them over; equal ones have equal keys."""
    keys = [hash((event, amount, offer, moment)) % (1 << 63) for event, amount, offer, moment in rows]
    columns = {
        "key_a": pl.Series(keys, dtype=pl.UInt64),
        "key_b": pl.Series(keys, dtype=pl.UInt64),
        "event": pl.Series([row[0] for row in rows], dtype=pl.UInt64),
        "amount": pl.Series([row[1] for row in rows], dtype=pl.Decimal(38, 18)),
        "offer": pl.Series([row[2] for row in rows], dtype=pl.UInt64),
        "moment": pl.Series([row[3] for row in rows], dtype=pl.Datetime("us", "UTC")),
    }
    return pl.DataFrame(columns)


def paired(here: list[Row], there: list[Row], zone: str = "UTC") -> list[tuple[int, int]]:
    pairs = near_pairs(frame(here), frame(there), zone)
    return list(pairs.select("here", "there").iter_rows())


def may_be_the_same(one: Row, other: Row) -> bool:
    """What two writers may make of one event, whatever shift all of them share."""
    if one[:2] != other[:2] or (one[2] != other[2] and None not in (one[2], other[2])):
        return False
    if one[3] is None or other[3] is None:
        return True
    apart = abs(one[3] - other[3])
    in_quarters = min(apart % timedelta(minutes=15), timedelta(minutes=15) - apart % timedelta(minutes=15))
    has_date = any(moment.time().isoformat() == "00:00:00" for moment in (one[3], other[3]))
    return (in_quarters < timedelta(minutes=1) and apart <= timedelta(hours=14, minutes=1)) or (
        has_date and apart < timedelta(hours=38)
    )


@FEWER_EXAMPLES
@given(few_rows, few_rows)
def test_pairs_are_one_to_one_and_may_be_the_same(here, there):
    """Each row has at most one partner, which may be the same event; equal rows are used up first."""
    pairs = paired(here, there)
    assert len({one for one, _ in pairs}) == len(pairs) == len({other for _, other in pairs})
    assert all(may_be_the_same(here[one], there[other]) for one, other in pairs)
    equal = Counter(here) & Counter(there)
    for side, rows in ((0, here), (1, there)):
        assert Counter(rows[pair[side]] for pair in pairs) <= Counter(rows) - equal


@FEWER_EXAMPLES
@given(few_rows, few_rows)
def test_nothing_is_left_that_differs_by_an_empty_cell_alone(here, there):
    """Of equal moments, or where one is empty, no two rows remain that could still pair."""
    pairs = paired(here, there)
    equal = Counter(here) & Counter(there)
    left = []
    for side, rows in ((0, here), (1, there)):
        taken = Counter(rows[pair[side]] for pair in pairs)
        left.append((Counter(rows) - equal - taken).elements())
    ours, theirs = map(list, left)
    for one in ours:
        for other in theirs:
            simple = one[3] == other[3] or None in (one[3], other[3])
            assert not (simple and may_be_the_same(one, other)), (one, other)


CHANGES = {
    "minutes": lambda moment: moment.replace(second=0, microsecond=0),
    "seconds": lambda moment: moment.replace(microsecond=0),
    "dates": lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0),
    "a zone": lambda moment: moment + timedelta(hours=5, minutes=45),
    "a zone, in minutes": lambda moment: moment.replace(second=0, microsecond=0) - timedelta(hours=7),
    "none": lambda moment: None,
}


@FEWER_EXAMPLES
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 3), offers, moments), min_size=3, max_size=40),
    st.sampled_from(sorted(CHANGES)),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_a_whole_file_that_was_written_anew_pairs_row_by_row(rows, change, swapped, random):
    """Whatever one format made of a file, in any order: as many pairs as rows that are not equal."""
    new = [(*row[:3], CHANGES[change](row[3])) for row in rows]
    random.shuffle(new)
    here, there = (rows, new) if swapped else (new, rows)
    pairs = paired(here, there)
    assert all(may_be_the_same(here[one], there[other]) for one, other in pairs)
    unequal = Counter(here) - Counter(there)
    if change not in ("a zone", "a zone, in minutes") or len(set(rows)) == len({row[:2] for row in rows}):
        assert len(pairs) == unequal.total()
    else:  # several moments of one event: two of them may be a quarter hour apart by chance
        assert 2 * len(pairs) >= unequal.total() or len(rows) < 6


def test_a_midnight_among_times_is_no_date():
    """Nor are rows without a moment; where half of those that have one are midnights, these are dates."""
    noon, midnight = START + timedelta(hours=12), START
    others = [(n, 1, None, START + timedelta(hours=5, minutes=n)) for n in range(2, 5)]
    later = [(n, 1, None, START + timedelta(days=9, minutes=7 * n * n)) for n in range(2, 5)]
    without = [(n, 1, None, None) for n in range(5, 9)]
    with_time = [(n, 1, None, START + timedelta(days=1, minutes=7 * n)) for n in range(5, 9)]
    here = [(1, 1, None, midnight), *others, *without]
    there = [(1, 1, None, noon), *later, *with_time]
    assert sorted(paired(here, there)) == [(n, n) for n in range(4, 8)]
    assert sorted(paired(there, here)) == [(n, n) for n in range(4, 8)]
    dates = [*here, *((n, 1, None, midnight) for n in range(9, 11))]
    times = [*there, *((n, 1, None, noon) for n in range(9, 11))]
    assert sorted(paired(dates, times)) == [(0, 0), *((n, n) for n in range(4, 10))]


def test_offers_of_one_kind_are_told_apart_from_those_of_another():
    """An id of the vendor's own has an odd number, an external one an even number."""
    pairs = pl.DataFrame(
        {"one": [1, 1, 2, 2], "other": [3, 4, 3, 4]}, schema=dict.fromkeys(("one", "other"), pl.UInt64)
    )
    found = pairs.select(by_another_id(pl.col("one"), pl.col("other"))).to_series()
    assert found.to_list() == [False, True, True, False]
