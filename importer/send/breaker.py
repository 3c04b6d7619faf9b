"""Whether the next attempt may start.

A run begins *narrow*: one row at a time until the API has given an answer to believe, so that a refused key or a wrong
address costs one request. Four states can close the gate again:

- an *outage* (nothing can be sent): one try at a time with growing pauses, until something answers;
- a *pause* that an answer in doubt asked for (`Retry-After` of a 503): one row at a time after it;
- the *circuit breaker* (three requests in a row ended in doubt): first the rows in flight end, then a request that
  risks no money is tried until it is answered, then one row at a time until one is recorded, then slowly more;
- a *stop*: nothing starts any more.

Each outage, pause and trip begins a new *epoch*. What began in an earlier one says nothing about the present: it
neither opens the gate nor closes it again.

A run that continues one which stopped for doubts is *on probation*: one row at a time, until a number of them came
through in a row; the first doubt ends it.

The clock, the sleep and the probe are injected. Times are in seconds.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from typing import TYPE_CHECKING

from importer.send.entrance import Entrance, Stop
from importer.send.lost_answers import IN_A_ROW, LostAnswers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# A single request of a hundred rows that went wrong is no pattern.
REQUESTS_THAT_STOP = 3
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 15.0
# Some gateways ask for a pause with each answer that they lose. Where rows get through all the same, a pause that was
# kept is not kept again for so long.
PAUSE_KEPT_FOR_S = 60.0
PROBATION_ROWS = 20
SAID_AGAIN_S = 60.0
_PROBING = (
    "Answers are lost, or cannot be believed{}; no new row is sent until the API answers a harmless request, and then "
    "one at a time until one is recorded."
)


class Gate(Entrance):
    """Lets attempts start, at most `concurrency` at once.

    Args:
        concurrency: attempts in flight at most.
        attempts: tries to reach an API that has not answered yet in this run.
        outage_wait_s: how long to wait for an API that did answer before.
        stop_after: rows in a row that end badly before the run stops; never so few that one or two lost requests do.
        is_answering: asks the API for something that risks no money.
        on_state: told each change, as a word and a sentence.
        on_trip: told that the breaker tripped, so that the run goes on slower.
        on_probation: whether the run continues one that stopped for doubts.

    `recorded_once` says that a row was recorded in this run, `is_tripped` that three requests in a row ended in doubt
    and none was recorded since.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        attempts: int,
        outage_wait_s: float,
        stop_after: int,
        is_answering: Callable[[], Awaitable[bool]],
        on_state: Callable[[str, str], None] = lambda _word, _text: None,
        on_trip: Callable[[], None] = lambda: None,
        on_probation: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        super().__init__()
        self.state = "starting"
        self._concurrency = concurrency
        self._attempts = attempts
        self._outage_wait_s = outage_wait_s
        self._stop_after = stop_after
        self._is_answering = is_answering
        self._on_state, self._on_trip = on_state, on_trip
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._answered_once = False
        self.recorded_once = False
        self._failures = 0
        self._outage_since: float | None = None
        self._lost = LostAnswers()
        self._bad_rows = self._bad_requests = 0
        self.is_tripped = self._is_widening = False
        self._recorded_at_limit = 0
        self._probation = PROBATION_ROWS if on_probation else 0
        self._pause_is_kept_until = -math.inf
        self._has_got_through = False
        self._slower_again_at = -math.inf
        self._tasks: set[asyncio.Task[None]] = set()

    # -- what the ends of attempts say about the API -----------------------------------------------------------

    def answered(self, epoch: int | None = None, *, believable: bool = True) -> None:
        """The API answered; only an answer to believe is a reason to send more than one row at a time."""
        self._answered_once = True
        if self._is_history(epoch):
            return
        self._failures = 0
        if self._outage_since is not None:
            self._outage_since = None
            self._on_state("reachable", "The API answers again.")
        if believable and not self.is_tripped:
            self._open_wide()

    def unreachable(self, epoch: int, why: str) -> None:
        """Nothing could be sent. Failures of attempts that began before the last pause do not count again."""
        if self._is_history(epoch) or self.stop is not None:
            return
        self._failures += 1
        if self._outage_since is None:
            self._outage_since = self._clock()
        if self._outage_is_too_long():
            self.end(Stop("unreachable", f"The API cannot be reached: {why}. Run the same command again to continue."))
            return
        pause = _backoff(self._failures, self._jitter())
        epoch = self._close()
        self._set_state("waiting", f"The API cannot be reached ({why}); trying again in {pause:.0f} s.")
        self._spawn(self._reopen_after(pause, epoch))

    def _outage_is_too_long(self) -> bool:
        if not self._answered_once:
            return self._failures >= self._attempts
        assert self._outage_since is not None
        return self._clock() - self._outage_since > self._outage_wait_s

    async def _reopen_after(self, pause: float, epoch: int) -> None:
        await self._sleep(pause)
        if not self._is_history(epoch):
            self._reopen()

    # -- what the ends of rows say -----------------------------------------------------------------------------

    def rows_recorded(self, epoch: int | None = None) -> None:
        """Rows of one request were recorded: all is well, unless it was sent before the API began to lose answers."""
        self.recorded_once = True
        if self._is_history(epoch):
            return
        self._bad_rows = self._bad_requests = 0
        self._has_got_through = True
        self._came_through()
        if self.is_tripped:
            self.is_tripped, self._is_widening = False, True
            self._reopen()
        if self._is_widening:
            self._widen()

    def rows_rejected(self, rows: int = 1) -> None:
        """So many rows of one request were refused: a bad sign only while nothing was ever recorded."""
        self._came_through()
        if self.recorded_once:
            self._bad_rows = self._bad_requests = 0
        else:
            self._count_bad_rows("rejected", rows)

    def row_failed(self) -> None:
        """A row spent its attempts."""
        self._came_through()
        self._count_bad_rows("failed")

    def _came_through(self) -> None:
        """A request has an end to believe."""
        self._lost.add_good()
        if self._probation:
            self._probation -= 1
            if not self._probation and not self.is_tripped:
                self._open_wide()

    def rows_in_doubt(self, epoch: int, rows: int = 1, *, why: str = "", told_s: float | None = None) -> None:
        """So many rows of one request ended in doubt.

        Those that were in flight when the breaker tripped belong to that one event.

        Args:
            why: the end, in words.
            told_s: how long the answer asked to wait.
        """
        if not self._is_history(epoch):
            self._count_bad_rows("in doubt", rows, least_requests=min(REQUESTS_THAT_STOP, self._stop_after))
            self._count_doubt(why, told_s)

    def attempt_in_doubt(self, epoch: int, *, why: str = "", told_s: float | None = None) -> None:
        """The answer to an attempt was lost; its row may be tried again, but not while answers are being lost.

        No row ends here, so that `stop_after` bounds nothing: the pauses keep the careful attempts few instead.
        """
        if not self._is_history(epoch):
            self._count_doubt(why, told_s)

    def _count_doubt(self, why: str, told_s: float | None) -> None:
        self._lost.add_doubt()
        if self.stop is not None:
            return
        if self._probation:
            self.end(
                _doubts_stop("The run before this one stopped for rows in doubt, and this one lost an answer", why)
            )
        elif self._lost.persist:
            self.end(_doubts_stop("More than a quarter of the last 100 requests ended in doubt, slower as well", why))
        elif self.is_tripped:
            self._trip(why, max(FIRST_PAUSE_S, told_s or 0.0))
        elif self._lost.in_a_row >= IN_A_ROW:
            self._trip(why, told_s or 0.0)
        elif told_s:
            self._pause_as_told(told_s, why)

    def slowed_down(self, text: str) -> None:
        """The pace was lowered because answers are lost: half as many in flight, too; `text` says so, now and then."""
        self._lost.slowed_down()
        self._narrow(max(1, min(self._limit, self.in_flight) // 2))
        if self._clock() >= self._slower_again_at:
            self._slower_again_at = self._clock() + SAID_AGAIN_S
            self._on_state("slower", text)

    def row_spent_in_doubt(self) -> None:
        """A row whose answers were lost, each counted already, has no attempts left."""
        self._count_bad_rows("in doubt")

    def _count_bad_rows(self, word: str, rows: int = 1, *, least_requests: int = 1) -> None:
        self._bad_rows += rows
        self._bad_requests += 1
        if self._bad_rows >= self._stop_after and self._bad_requests >= least_requests:
            sentence = (
                f"{self._bad_rows} rows in a row ended badly (the last one {word}). Look at error_code and "
                "error_message of these rows in the results before you run the same command again."
            )
            self.end(Stop("too_many_failures", sentence))

    def _pause_as_told(self, told_s: float, why: str) -> None:
        now = self._clock()
        if self._has_got_through and now < self._pause_is_kept_until:
            return
        self._pause_is_kept_until, self._has_got_through = now + told_s + PAUSE_KEPT_FOR_S, False
        epoch = self._close()
        self._set_state("waiting", f"An answer asked to wait ({why}); going on in {told_s:.0f} s.")
        self._spawn(self._reopen_after(told_s, epoch))

    def _trip(self, why: str, pause_s: float) -> None:
        is_new = not self.is_tripped
        if is_new:
            self.is_tripped, self._is_widening = True, False
            if self._lost.tripped(self._clock()):
                self.end(_doubts_stop("For the fifth time within five minutes, answers were lost in a row", why))
                return
            self._lost.slowed_down()
            self._on_trip()
            self._on_state("probing", _PROBING.format(f" ({why})" if why else ""))
        self.state = "probing"
        self._spawn(self._probe(self._close(), pause_s, is_new=is_new))

    async def _probe(self, epoch: int, pause_s: float, *, is_new: bool) -> None:
        started, tries = self._clock(), 0
        if pause_s:
            await self._sleep(pause_s)
        while self.in_flight:
            await self._sleep(0.05)
        while self.stop is None and not await self._is_answering():
            tries += 1
            pause = _backoff(tries, self._jitter())
            if self._clock() - started + pause > self._outage_wait_s or (
                not self._answered_once and tries >= self._attempts
            ):
                text = "The API lost answers and does not come back. Run the same command again to continue."
                self.end(Stop("outage", text))
                return
            self._on_state("waiting", f"The API does not answer; asking again in {pause:.0f} s.")
            await self._sleep(pause)
        if self.stop is None and not self._is_history(epoch):
            self._answered_once = True
            self._set_state("careful", "The API answers; one row at a time until one is recorded." if is_new else "")
            self._reopen()

    def _narrow(self, limit: int) -> None:
        self._limit, self._is_widening, self._recorded_at_limit = limit, limit < self._concurrency, 0

    def _widen(self) -> None:
        """One more in flight for each round of records, as TCP does: what shed load before sheds little now."""
        self._recorded_at_limit += 1
        if self._recorded_at_limit >= self._limit:
            self._narrow(min(self._limit + 1, self._concurrency))
        if self.state != "sending":
            self._set_state("sending", "")
        self._wake()

    def _open_wide(self) -> None:
        if not self._is_widening:
            self._limit = 1 if self._probation else self._concurrency
        if self.state != "sending":
            self._set_state("sending", "")
        self._reopen()

    def _set_state(self, word: str, text: str) -> None:
        self.state = word
        if text:
            self._on_state(word, text)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        """A gate that nobody opens again would hold up the run for ever."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.end(Stop("mistake", f"Something unforeseen happened ({error!r})."))

    async def aclose(self) -> None:
        """Drop whatever is still waiting."""
        for task in list(self._tasks):
            task.cancel()


def _doubts_stop(what: str, why: str) -> Stop:
    said = f" ({why})" if why else ""
    return Stop(
        "doubts",
        f"{what}{said}. Look the rows in doubt up in the vendor's dashboard, and find out what loses answers on the "
        "way to the API, before you run the same command again: it begins with one row.",
    )


def _backoff(failures: int, jitter: float) -> float:
    """Seconds before the next try: doubling from `FIRST_PAUSE_S`, between half and all of it."""
    return min(FIRST_PAUSE_S * 2.0 ** (failures - 1), LONGEST_PAUSE_S) * (0.5 + jitter / 2)
