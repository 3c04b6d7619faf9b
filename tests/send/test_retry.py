"""The waiting between the attempts of one row: how often, and how long."""

from __future__ import annotations

import asyncio

import pytest

from importer.send.retry import LONGEST_ADDED_WAIT_S, Again, RetryPolicy


class Row:
    """A row whose attempts end as listed; remembers the waits in between."""

    def __init__(self, *ends: Again | str | Exception) -> None:
        self.ends = list(ends)
        self.waits: list[float] = []
        self.numbers: list[int] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def attempt(self, number: int) -> str:
        self.numbers.append(number)
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    def run(self, attempts: int = 5, random: float = 1.0) -> str:
        policy = RetryPolicy(attempts, sleep=self.sleep, random=lambda: random)
        first = self.ends.pop(0)
        assert isinstance(first, Again)
        return asyncio.run(policy.rerun(first, self.attempt))


def failed() -> Again:
    return Again(None, counts=True)


def throttled(told: float) -> Again:
    return Again(told, counts=False)


def test_waits_double_from_half_a_second():
    """Each attempt that failed doubles the wait before the next; the row ends with the value of the last."""
    row = Row(*(failed() for _ in range(8)), "recorded")
    assert row.run(attempts=20) == "recorded"
    assert row.waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert row.numbers == [2, 3, 4, 5, 6, 7, 8, 9]


def test_waits_are_jittered_down_to_the_half():
    """Rows that failed together do not come back together."""
    row = Row(failed(), failed(), "recorded")
    row.run(random=0.0)
    assert row.waits == [0.25, 0.5]


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_attempts_are_counted_with_the_first(attempts):
    """A row is tried as often as told, the first attempt counted, and the last end is handed back."""
    row = Row(*(failed() for _ in range(10)))
    last = row.ends[attempts - 1]
    with pytest.raises(Again) as caught:
        row.run(attempts)
    assert caught.value is last
    assert row.numbers == list(range(2, attempts + 1))


def test_being_throttled_does_not_count():
    """A row may be told to wait more often than it may fail."""
    row = Row(*(throttled(3) for _ in range(10)), failed(), throttled(3), "recorded")
    assert row.run(attempts=2) == "recorded"
    assert row.numbers[-1] == 13


def test_throttled_rows_wait_as_long_as_told():
    """The wait is the one that the API asked for, not less."""
    row = Row(throttled(7), throttled(90), throttled(7), "recorded")
    row.run()
    assert row.waits == [7, 90, 7]


def test_an_api_that_says_at_once_for_ever_gets_no_storm():
    """From the second throttled attempt in a row on, the wait has a floor that grows, up to a few seconds."""
    row = Row(*(throttled(0) for _ in range(7)), failed(), throttled(0), "recorded")
    row.run()
    assert row.waits == [0, 0.5, 1, 2, 4, 4, 4, 0.5, 0]
    assert max(row.waits) == LONGEST_ADDED_WAIT_S


def test_other_exceptions_pass():
    """Only `Again` is tried again; whatever else an attempt or a sleep raises ends the row's tries at once."""
    row = Row(failed(), ValueError("stop"), "recorded")
    with pytest.raises(ValueError, match="stop"):
        row.run()
    assert row.ends == ["recorded"]

    async def interrupted(_seconds: float) -> None:
        raise KeyError

    policy = RetryPolicy(5, sleep=interrupted)
    with pytest.raises(KeyError):
        asyncio.run(policy.rerun(failed(), row.attempt))


def test_a_cancelled_row_is_not_tried_again():
    """Cancelling is never taken for a failure."""

    async def main() -> None:
        began = asyncio.Event()

        async def attempt(_number: int) -> None:
            began.set()
            await asyncio.sleep(60)

        async def sleep(_seconds: float) -> None:
            await asyncio.sleep(0)

        task = asyncio.create_task(RetryPolicy(5, sleep=sleep).rerun(failed(), attempt))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
