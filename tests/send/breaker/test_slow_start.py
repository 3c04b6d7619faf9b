"""After a trip the limit grows by one for each round of records, until it is what was asked for."""

from __future__ import annotations

import pytest

from importer.send.breaker.few_at_a_time import SlowStart
from importer.send.slots import Slots


@pytest.mark.parametrize("concurrency", [3, 300])
def test_a_round_of_records_raises_the_limit_by_one(concurrency: int) -> None:
    """A round is as many requests as may be under way; at the end it is off, and grows no further."""
    slots = Slots()
    start = SlowStart(slots, int(str(concurrency)))
    start.begin(1)
    limits = []
    while start.is_on:
        limits.append(slots.limit)
        start.recorded()
    assert limits == [limit for limit in range(1, concurrency) for _ in range(limit)]
    assert slots.limit == concurrency


def test_the_limit_is_never_above_what_was_asked_for() -> None:
    slots = Slots()
    start = SlowStart(slots, 2, is_on=True)
    start.begin(2)
    assert not start.is_on
    for _ in range(2):
        start.recorded()
    assert (slots.limit, start.is_on) == (2, False)
