"""Lost answers, counted: how many are too many, and since when."""

from __future__ import annotations

import pytest

from importer.send.breaker.bad_ends import LAST_ENDS, MOST_OF_THE_LAST, BadRows, LostAnswers
from importer.send.slots import Slots


def lost_answers(bad: int, good: int) -> LostAnswers:
    lost = LostAnswers()
    lost.slowed_down()
    for _ in range(bad):
        lost.add_doubt()
    for _ in range(good):
        lost.add_good()
    return lost


@pytest.mark.parametrize(
    ("bad", "good", "persist"),
    [
        (0, LAST_ENDS, False),
        (MOST_OF_THE_LAST, LAST_ENDS - MOST_OF_THE_LAST, False),
        (MOST_OF_THE_LAST + 1, LAST_ENDS - MOST_OF_THE_LAST - 1, True),
        (MOST_OF_THE_LAST + 1, LAST_ENDS - MOST_OF_THE_LAST - 2, False),
        (MOST_OF_THE_LAST + 1, LAST_ENDS - MOST_OF_THE_LAST, False),
        (LAST_ENDS, 0, True),
    ],
)
def test_more_than_a_quarter_of_the_last_hundred_is_too_much(bad, good, persist):
    """Not before there were a hundred; the one before the last hundred is forgotten."""
    assert lost_answers(bad, good).persist is persist


def test_the_share_counts_from_when_the_run_slowed_down():
    """What was lost before says nothing of whether that helps; slowing down again changes nothing."""
    lost = LostAnswers()
    for _ in range(LAST_ENDS):
        lost.add_doubt()
    assert not lost.persist
    lost.slowed_down()
    assert not lost.persist
    for _ in range(LAST_ENDS):
        lost.add_doubt()
    lost.slowed_down()
    assert lost.persist


def test_an_answer_ends_the_row_of_lost_ones():
    """In a row: nothing between them."""
    assert (lost_answers(2, 0).in_a_row, lost_answers(2, 1).in_a_row) == (2, 0)


@pytest.mark.parametrize(
    ("moments", "too_often"),
    [((0, 1, 2, 3), False), ((0, 75, 150, 225, 300), True), ((0, 75, 150, 225, 300.1), False),
     ((0, 200, 250, 300, 350, 400), True)],
)  # fmt: skip
def test_five_trips_within_five_minutes_are_too_many(moments, too_often):
    """The last five, however long ago the first was."""
    lost = LostAnswers()
    assert [lost.tripped(moment) for moment in moments][-1] is too_often


@pytest.mark.parametrize(
    ("requests", "stop_after", "stops_at"),
    [
        ([100, 100, 100], 20, 3),
        ([1, 100, 1, 1], 20, 3),
        ([5, 5, 5, 5], 20, 4),
        ([1, 1, 1], 2, 2),
        ([1, 1, 1], 1, 1),
        ([100, 0, 100, 100, 100], 20, 5),
        ([100, 100, 0, 100, 100, 100], 20, 6),
    ],
)
def test_lost_requests_stop_a_run_by_their_rows_and_never_one_or_two_alone(requests, stop_after, stops_at):
    """Of a hundred rows each, three in a row; a row that ended well (here 0) begins the count anew."""
    slots = Slots()
    bad = BadRows(slots, stop_after)
    stopped = []
    for rows in requests:
        bad.add_lost(rows) if rows else bad.reset()
        stopped.append(slots.stop is not None)
    assert stopped.index(True) + 1 == stops_at
