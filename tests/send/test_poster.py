"""One attempt: what the journal has before and after it, what is counted of it, and who is told."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from importer.api import Outcome, OutcomeKind
from importer.send.attempt import Doubts, Row
from importer.send.counts import Counts
from importer.send.poster import Poster
from importer.send.slots import PausedError, Slots, Stopped
from tests.send.simulation import HandClock

ROWS = tuple(
    Row(n, n + 1, "june.csv", f"tfb0ra{n:02}", f"{n + 1}.50", f"facts of {n}", f'{{"body":{n}}}') for n in range(2)
)
NEVER = Outcome(OutcomeKind.NEVER_SENT, "unreachable", "nobody listens")
NO_WAY = Outcome(OutcomeKind.NEVER_SENT, "certificate", "not trusted", stops=True)
RECORDED = Outcome(OutcomeKind.RECORDED, None, None, 200, "r1")
REJECTED = Outcome(OutcomeKind.REJECTED, "offer_not_found", "no", 404)
LOST = Outcome(OutcomeKind.IN_DOUBT, "timeout", "no answer")
THROTTLED = Outcome(OutcomeKind.THROTTLED, None, None, 429)
TOO_LARGE = Outcome(OutcomeKind.TOO_LARGE, "http_413", None, 413)


class Made:
    """A poster, and what its surroundings saw."""

    def __init__(self, outcomes=(), *, bulk=False) -> None:
        self.outcomes, self.lines, self.requests, self.told, self.answered = list(outcomes), [], [], [], []
        self.firsts: list[bool] = []
        self.clock, self.counts, self.slots = HandClock(), Counts(), Slots()
        self.slots.limit = 2
        self.limiter = SimpleNamespace(try_acquire=lambda: True)
        self.poster = Poster(
            client=self, commit=self, slots=self.slots, breaker=self, limiter=self.limiter, counts=self.counts,
            doubts=Doubts(), meter=SimpleNamespace(answered=self.meter), clock=self.clock, bulk=bulk,
        )  # fmt: skip

    async def post(self, *asked):
        self.requests.append(asked)
        self.clock.now += 0.5
        return self.outcomes.pop(0)

    async def post_bulk(self, *asked):
        self.requests.append(asked)
        return self.outcomes.pop(0)

    def put(self, lines):
        self.lines += [line.split("\t") for line in lines.decode().splitlines()]
        durable = asyncio.get_running_loop().create_future()
        durable.set_result(None)
        return durable

    def unreachable(self, epoch, text):
        self.told.append((epoch, text))
        self.slots.resume()

    def meter(self, latency_s, now, *, throttled):
        self.answered.append((latency_s, now, throttled))

    def run(self, batch=ROWS[:1], number=1):
        return asyncio.run(asyncio.wait_for(self.poster.post(batch, number), 5))

    def ends(self):
        """Number, status, HTTP status and code of each line about an end."""
        return [(int(line[2]), *line[4:7]) for line in self.lines if line[0] == "D"]


@pytest.mark.parametrize(
    ("number", "outcomes", "ends", "requests", "retries"),
    [
        (1, [RECORDED], [(1, "recorded", "200", "")], 1, 0),
        (2, [RECORDED], [(2, "recorded", "200", "")], 1, 1),
        (1, [NEVER, RECORDED], [(0, "pending", "", "unreachable"), (1, "recorded", "200", "")], 1, 0),
        (3, [NEVER, NEVER, REJECTED], [(2, "pending", "", "unreachable")] * 2
         + [(3, "rejected", "404", "offer_not_found")], 1, 1),
        (1, [LOST], [(1, "in_doubt", "", "timeout")], 1, 0),
        (1, [THROTTLED], [(1, "pending", "429", "")], 1, 0),
    ],
)  # fmt: skip
def test_what_never_left_is_no_attempt(number, outcomes, ends, requests, retries):
    """It has the number of the attempt before it, is counted as no request, and is tried again with its own number."""
    made = Made(outcomes)
    posted = made.run(number=number)
    assert (made.ends(), made.counts.requests, made.counts.retries) == (ends, requests, retries)
    assert [int(line[2]) for line in made.lines if line[0] == "I"] == [number] * len(outcomes)
    assert (posted.attempt.number, posted.outcomes) == (number, [outcomes[-1]])
    assert made.told == [(0, "nobody listens")] * (len(outcomes) - 1)
    assert made.requests == [('{"body":0}', "tfb0ra00", "1.50")] * len(outcomes)
    assert made.slots.in_flight == 0


@pytest.mark.parametrize(("number", "said"), [(1, [["facts of 0"], ["facts of 1"]]), (2, [[], []])])
def test_the_first_intent_says_what_the_row_is(number, said):
    """One line for each row of the request, before it leaves."""
    made = Made([[RECORDED, RECORDED]], bulk=True)
    made.run(ROWS, number)
    assert [line[0] for line in made.lines] == ["I", "I", "D", "D"]
    assert [line[4:] for line in made.lines[:2]] == said
    assert made.requests == [(['{"body":0}', '{"body":1}'], ["1.50", "2.50"])]


def test_nothing_is_sent_when_the_slots_were_paused_meanwhile():
    """While the intent was written: it ends as what never left, and is sent once they go on."""
    made = Made([RECORDED])
    put, pauses = made.put, [True]

    def pause_first(lines):
        if pauses:
            pauses.clear()
            made.slots.pause()
        return put(lines)

    made.poster.commit = SimpleNamespace(put=pause_first)
    posted = made.run()
    assert made.ends() == [(0, "pending", "", ""), (1, "recorded", "200", "")]
    assert (len(made.requests), made.told, posted.attempt.epoch) == (1, [(0, "")], 1)


def test_where_there_is_no_way_the_run_ends():
    """To wait for the API would not help."""
    made = Made([NO_WAY])
    with pytest.raises(Stopped):
        made.run()
    assert (made.slots.stop.word, made.told, made.slots.in_flight) == ("certificate", [], 0)
    assert made.ends() == [(0, "pending", "", "certificate")]


@pytest.mark.parametrize(
    ("rows", "status", "kind"), [(1, "rejected", OutcomeKind.REJECTED), (2, "pending", OutcomeKind.TOO_LARGE)]
)
def test_a_row_that_is_too_large_alone_is_rejected(rows, status, kind):
    """Of several, each may fit into a smaller request."""
    made = Made([[TOO_LARGE] * rows], bulk=True)
    posted = made.run(ROWS[:rows])
    assert [outcome.kind for outcome in posted.outcomes] == [kind] * rows
    assert made.ends() == [(1, status, "413", "http_413")] * rows


@pytest.mark.parametrize(
    ("outcome", "answered"),
    [(RECORDED, [(0.5, 50.5, False)]), (THROTTLED, [(0.5, 50.5, True)]), (LOST, []), (REJECTED, [(0.5, 50.5, False)])],
)
def test_answers_are_measured_and_nothing_else(outcome, answered):
    """How long each took, when it came, and whether it was a 429."""
    made = Made([outcome])
    posted = made.run()
    assert (made.answered, posted.attempt.started_at) == (answered, 50.0)


@pytest.mark.parametrize(("number", "first"), [(1, False), (2, True)])
def test_a_row_that_is_tried_again_goes_before_new_ones(number, first):
    made = Made([RECORDED])
    acquire = made.slots.acquire

    def watched(*, first):
        made.firsts.append(first)
        return acquire(first=first)

    made.slots.acquire = watched
    made.run(number=number)
    assert made.firsts == [first]


def test_a_pause_while_the_permit_is_awaited_gives_the_slot_back():
    """And whatever else ends the waiting does so, too."""
    made = Made([RECORDED])
    ends = [PausedError(), None, KeyError()]

    async def acquire():
        end = ends.pop(0)
        assert made.slots.in_flight == 1
        if end is not None:
            raise end

    made.limiter.try_acquire, made.limiter.acquire = lambda: False, acquire
    assert made.run().outcomes == [RECORDED]
    assert (len(ends), made.slots.in_flight) == (1, 0)
    with pytest.raises(KeyError):
        made.run()
    assert (len(made.requests), made.slots.in_flight) == (1, 0)
