"""Which connections are kept, for how long, and which of them the next request gets."""

from __future__ import annotations

import heapq
from itertools import count

import pytest

from importer.api.wire import connections
from importer.api.wire.connections import KEEPALIVE_OF_FEW_S, KEEPALIVE_S, Connections


class Loop:
    """Time that is moved by hand, and what is due in it."""

    def __init__(self) -> None:
        self.now, self.numbers, self.due = 100.0, count(), []

    def time(self) -> float:
        return self.now

    def call_at(self, when, call):
        timer = Timer(call)
        heapq.heappush(self.due, (when, next(self.numbers), timer))
        return timer

    def wait(self, seconds: float) -> None:
        """Let so much time pass, and all that is due in it happen, at its moment."""
        end = self.now + seconds
        while self.due and self.due[0][0] <= end:
            when, _, timer = heapq.heappop(self.due)
            self.now = max(self.now, when)
            if timer.call is not None:
                timer.call()
        self.now = end


class Timer:
    def __init__(self, call) -> None:
        self.call = call

    def cancel(self) -> None:
        self.call = None


class Link:
    """A connection that is as good as new until somebody closes it."""

    idle_since = None

    def __init__(self) -> None:
        self.is_closed = False

    def is_open(self) -> bool:
        return not self.is_closed

    is_fresh = is_open

    def close(self) -> None:
        self.is_closed = True

    abort = close


class Opener:
    async def open(self, _learn):
        return Link()


@pytest.fixture
def loop(monkeypatch):
    """Both clocks, the loop's and the one on the wall, go together."""
    made = Loop()
    monkeypatch.setattr(connections.asyncio, "get_running_loop", lambda: made)
    monkeypatch.setattr(connections.time, "time", made.time)
    return made


@pytest.fixture
def made(loop):
    return Connections(Opener())


def opened(made: Connections) -> Link:
    """A new connection, over which a request is under way."""
    try:
        made.open().send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("nothing is waited for")


def closed(links) -> list[bool]:
    return [link.is_closed for link in links]


def test_each_idle_connection_is_closed_when_its_time_is_over(loop, made):
    """In the order in which they became idle, the last one as well as those before it."""
    links = []
    for _ in range(3):
        links.append(opened(made))
        made.give_back(links[-1], succeeded=True)
        loop.wait(0.25)
    loop.wait(KEEPALIVE_S - 0.75 - 0.01)
    assert closed(links) == [False, False, False]
    for gone in range(1, 4):
        loop.wait(0.02)
        assert closed(links) == [True] * gone + [False] * (3 - gone)
        loop.wait(0.23)
        assert closed(links) == [True] * gone + [False] * (3 - gone)
    assert loop.due == []
    assert made.take() is None


def test_the_connection_that_was_used_last_is_taken_first(loop, made):
    """It is the one that the server closes last; how long it was idle goes with it."""
    first = opened(made)
    made.give_back(first, succeeded=True)
    loop.wait(0.25)
    last = opened(made)
    made.give_back(last, succeeded=True)
    loop.wait(0.5)
    assert made.take() is last
    assert (last.was_idle_s, last.taken_at, last.idle_since) == (0.5, loop.now, None)
    assert made.take() is first
    assert first.was_idle_s == 0.75
    assert made.take() is None


def test_a_connection_that_is_no_longer_fresh_is_not_taken(loop, made):
    """It is closed, and an older one that still is fresh is taken."""
    first, last = opened(made), opened(made)
    for link in (first, last):
        made.give_back(link, succeeded=True)
    last.is_fresh = lambda: False
    assert made.take() is first
    assert closed([first, last]) == [False, True]


@pytest.mark.parametrize(("idle_s", "kept_s"), [(0.2, 0.1), (0.009, KEEPALIVE_S), (9.0, KEEPALIVE_S)])
def test_connections_are_let_go_at_half_of_what_the_server_showed(idle_s, kept_s, loop, made):
    """From the first connection that it closed; what no server does on purpose teaches nothing."""
    link = opened(made)
    made.learn(idle_s)
    made.give_back(link, succeeded=True)
    loop.wait(kept_s * 0.99)
    assert not link.is_closed
    loop.wait(kept_s * 0.02)
    assert link.is_closed


def test_none_is_kept_for_long_while_another_waits_for_its_first_answer(loop, made):
    """A server may have fewer workers than there are connections."""
    waiting, link = opened(made), opened(made)
    made.give_back(link, succeeded=True)
    loop.wait(KEEPALIVE_OF_FEW_S * 0.99)
    assert not link.is_closed
    loop.wait(KEEPALIVE_OF_FEW_S * 0.02)
    assert link.is_closed
    made.give_back(waiting, succeeded=True)
    loop.wait(KEEPALIVE_S * 0.99)
    assert not waiting.is_closed


@pytest.mark.parametrize(
    ("waits_s", "took_s", "is_kept"),
    [(1.0, 0.25, True), (1.125, 0.25, False), (4.0, 2.0, True), (4.125, 2.0, False), (4.125, 2.125, True)],
)
def test_a_connection_makes_room_for_one_that_waits_much_longer(waits_s, took_s, is_kept, loop, made):
    """More than a second, and more than twice as long as this answer took."""
    opened(made)
    loop.wait(waits_s - took_s)
    link = opened(made)
    loop.wait(took_s)
    made.give_back(link, succeeded=True)
    assert link.is_closed is not is_kept


@pytest.mark.parametrize("ends", ["give_back", "give_up"])
def test_who_has_its_end_waits_no_more(ends, loop, made):
    """Whether it was answered or given up."""
    waiting = opened(made)
    loop.wait(5.0)
    if ends == "give_back":
        made.give_back(waiting, succeeded=False)
    else:
        made.give_up(waiting)
        assert waiting.is_closed
    link = opened(made)
    made.give_back(link, succeeded=True)
    loop.wait(KEEPALIVE_OF_FEW_S * 2)
    assert not link.is_closed


def test_a_connection_that_is_closed_is_not_kept(made):
    link = opened(made)
    link.close()
    made.give_back(link, succeeded=True)
    assert made.take() is None


def test_at_the_end_all_that_are_idle_are_closed(loop, made):
    """And nothing is due any more."""
    idle, used = [opened(made), opened(made)], opened(made)
    for link in idle:
        made.give_back(link, succeeded=True)
    made.close()
    assert closed([*idle, used]) == [True, True, False]
    assert [timer.call for _, _, timer in loop.due] == [None]


@pytest.mark.parametrize(
    ("took_s", "succeeded", "patience_s"),
    [(0.0, True, 0.1), (0.05, True, 0.1), (0.5, True, 0.75), (0.5, False, 0.1), (0.75, True, 1.0)],
)
def test_behind_a_refusal_it_is_listened_as_long_as_successes_took(took_s, succeeded, patience_s, loop, made):
    """Half as long again, a tenth of a second at least and a second at most."""
    link = opened(made)
    loop.wait(took_s)
    made.give_back(link, succeeded=succeeded)
    assert made.patience_s() == pytest.approx(patience_s)


def test_a_slow_success_is_forgotten_by_and_by(loop, made):
    """By a hundredth with each that is quicker."""
    link = opened(made)
    loop.wait(0.5)
    made.give_back(link, succeeded=True)
    for _ in range(2):
        made.give_back(opened(made), succeeded=True)
    assert made.patience_s() == pytest.approx(0.75 * 0.99**2)
