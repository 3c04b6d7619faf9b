"""The circuit breaker: hears the outcomes of attempts and rows, and says whether the next attempt may start."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from importer.send import stop_reasons
from importer.send.breaker.bad_ends import IN_A_ROW, BadRows, LostAnswers
from importer.send.breaker.few_at_a_time import Probation, SlowStart
from importer.send.breaker.outage import Outage, Probing
from importer.send.breaker.timing import FIRST_PAUSE_S, Timing
from importer.send.breaker.told_pauses import ToldPauses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.send.slots import Slots

_SAID_AGAIN_S = 60.0
_REAL_TIMING = Timing()


class CircuitBreaker:
    """Says how many attempts may be in flight, up to `concurrency`, and pauses all of them.

    Args:
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
        slots: Slots,
        *,
        concurrency: int,
        attempts: int,
        outage_wait_s: float,
        stop_after: int,
        is_answering: Callable[[], Awaitable[bool]],
        on_state: Callable[[str, str], None] = lambda _word, _text: None,
        on_trip: Callable[[], None] = lambda: None,
        on_probation: bool = False,
        timing: Timing = _REAL_TIMING,
    ) -> None:
        self.state = "starting"
        self.recorded_once = False
        self.is_tripped = False
        self._slots = slots
        self._concurrency = concurrency
        self._timing = timing
        self._on_state = on_state
        self._on_trip = on_trip
        self._outage = Outage(attempts, outage_wait_s, timing)
        self._told_pauses = ToldPauses()
        self._lost = LostAnswers()
        self._probing = Probing(slots, self._outage, is_answering, on_state, timing)
        self._slow_start = SlowStart(slots, concurrency)
        self._probation = Probation(is_on=on_probation)
        self._bad_rows = BadRows(slots, stop_after)
        self._slower_again_at = -math.inf
        self._tasks: set[asyncio.Task[None]] = set()

    # -- what attempts say of the way to the API ---------------------------------------------------------------

    def answered(self, epoch: int | None = None, *, believable: bool = True) -> None:
        """The API answered; only an answer to believe is a reason to send more than one row at a time."""
        self._outage.answered_once = True
        if self._slots.is_past(epoch):
            return
        if self._outage.over():
            self._on_state("reachable", "The API answers again.")
        if believable and not self.is_tripped:
            self._let_all_start()

    def unreachable(self, epoch: int, why: str) -> None:
        """Nothing could be sent. Failures of attempts that began before the last pause do not count again."""
        if self._slots.is_past(epoch) or self._slots.stop is not None:
            return
        pause_s = self._outage.failed()
        if pause_s is None:
            self._slots.end(stop_reasons.unreachable(why))
        else:
            self._pause(pause_s, f"The API cannot be reached ({why}); trying again in {pause_s:.0f} s.")

    def slowed_down(self, text: str) -> None:
        """The rate was lowered because answers are lost: half as many in flight, too; `text` says so, now and then."""
        self._lost.slowed_down()
        self._slow_start.begin(max(1, min(self._slots.limit, self._slots.in_flight) // 2))
        if self._timing.clock() >= self._slower_again_at:
            self._slower_again_at = self._timing.clock() + _SAID_AGAIN_S
            self._on_state("slower", text)

    # -- what became of rows -----------------------------------------------------------------------------------

    def rows_recorded(self, epoch: int | None = None) -> None:
        """Rows of one request were recorded: all is well, unless it was sent before the API began to lose answers."""
        self.recorded_once = True
        if self._slots.is_past(epoch):
            return
        self._bad_rows.reset()
        self._told_pauses.got_through()
        self._came_through()
        if self.is_tripped:
            self.is_tripped = False
            self._slow_start.is_on = True
            self._slots.resume()
        if self._slow_start.is_on:
            self._slow_start.recorded()
            self.state = "sending"
            self._slots.wake()

    def rows_rejected(self, rows: int = 1) -> None:
        """So many rows of one request were refused: a bad sign only while nothing was ever recorded."""
        self._came_through()
        if self.recorded_once:
            self._bad_rows.reset()
        else:
            self._bad_rows.add("rejected", rows)

    def row_failed(self) -> None:
        """A row spent its attempts."""
        self._came_through()
        self._bad_rows.add("failed")

    def rows_in_doubt(self, epoch: int, rows: int = 1, *, why: str = "", told_s: float | None = None) -> None:
        """So many rows of one request ended in doubt.

        Those that were in flight when the breaker tripped belong to that one event.

        Args:
            why: the outcome, in words.
            told_s: how long the answer asked to wait.
        """
        if not self._slots.is_past(epoch):
            self._bad_rows.add_lost(rows)
            self._count_doubt(why, told_s)

    def attempt_in_doubt(self, epoch: int, *, why: str = "", told_s: float | None = None) -> None:
        """The answer to an attempt was lost; its row may be tried again, but not while answers are being lost.

        No row ends here, so that `stop_after` bounds nothing: the pauses keep the careful attempts few instead.
        """
        if not self._slots.is_past(epoch):
            self._count_doubt(why, told_s)

    def row_spent_in_doubt(self) -> None:
        """A row whose answers were lost, each counted already, has no attempts left."""
        self._bad_rows.add("in doubt")

    def _came_through(self) -> None:
        """A request has an outcome to believe."""
        self._lost.add_good()
        if self._probation.came_through() and not self.is_tripped:
            self._let_all_start()

    def _count_doubt(self, why: str, told_s: float | None) -> None:
        self._lost.add_doubt()
        if self._slots.stop is not None:
            return
        if self._probation.is_on:
            self._slots.end(stop_reasons.doubts(stop_reasons.ON_PROBATION, why))
        elif self._lost.persist:
            self._slots.end(stop_reasons.doubts(stop_reasons.SLOWER_AS_WELL, why))
        elif self.is_tripped:
            self._probe(max(FIRST_PAUSE_S, told_s or 0.0), is_new=False)
        elif self._lost.in_a_row >= IN_A_ROW:
            self._trip(why, told_s or 0.0)
        elif told_s and self._told_pauses.is_to_keep(self._timing.clock(), told_s):
            self._pause(told_s, f"An answer asked to wait ({why}); going on in {told_s:.0f} s.")

    # -- from state to state -----------------------------------------------------------------------------------

    def _let_all_start(self) -> None:
        """Send at once as many as may be."""
        if not self._slow_start.is_on:
            self._slots.limit = 1 if self._probation.is_on else self._concurrency
        self.state = "sending"
        self._slots.resume()

    def _pause(self, seconds: float, text: str) -> None:
        epoch = self._slots.pause()
        self._enter("waiting", text)
        self._spawn(self._resume_after(seconds, epoch))

    async def _resume_after(self, seconds: float, epoch: int) -> None:
        await self._timing.sleep(seconds)
        if not self._slots.is_past(epoch):
            self._slots.resume()

    def _trip(self, why: str, pause_s: float) -> None:
        self.is_tripped = True
        self._slow_start.is_on = False
        if self._lost.tripped(self._timing.clock()):
            self._slots.end(stop_reasons.doubts(stop_reasons.AGAIN_AND_AGAIN, why))
            return
        self._lost.slowed_down()
        self._on_trip()
        self._probing.announce(why)
        self._probe(pause_s, is_new=True)

    def _probe(self, pause_s: float, *, is_new: bool) -> None:
        self.state = "probing"
        self._spawn(self._half_open_when_answered(self._slots.pause(), pause_s, is_new=is_new))

    async def _half_open_when_answered(self, epoch: int, pause_s: float, *, is_new: bool) -> None:
        if not await self._probing.until_answered(pause_s):
            self._slots.end(stop_reasons.OUTAGE)
        elif self._slots.stop is None and not self._slots.is_past(epoch):
            self._outage.answered_once = True
            self._enter("careful", "The API answers; one row at a time until one is recorded." if is_new else "")
            self._slots.resume()

    def _enter(self, word: str, text: str) -> None:
        self.state = word
        if text:
            self._on_state(word, text)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        """Slots that nobody resumes would hold up the run for ever."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._slots.end(stop_reasons.unforeseen(error))

    async def aclose(self) -> None:
        """Drop whatever is still waiting."""
        for task in list(self._tasks):
            task.cancel()
