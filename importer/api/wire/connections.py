"""Connections to the API: new ones, and used ones while they are as good as new."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importer.api.wire.link import Link
    from importer.api.wire.opening import Opens

# Servers commonly close idle connections after 2 to 75 s; letting go first keeps clear of the race in which a request
# and the server's close cross on the wire, and the row ends in doubt.
KEEPALIVE_S = 1.0
# No server closes idle connections sooner than this on purpose.
SHORTEST_KEEPALIVE_S = 0.01
# A server may have fewer workers than we have connections, and give each worker to one connection until that ends. A
# request that has waited for its first answer for so long, and much longer than others, waits for one of ours to end.
FIRST_ANSWER_S = 1.0
MUCH_LONGER = 2.0
# Nor is a connection kept idle for longer than this while others wait for their first answer.
KEEPALIVE_OF_FEW_S = 0.1
# A connection that ended while idle may have been the server's habit, or a restart: believed for so long, and for
# twice as long each time it happens again.
LESSON_S, LONGEST_LESSON_S = 10.0, 3600.0

# A refusal may be a second answer to the request before, and the row's own success come behind it, as late as successes
# come, where a gateway is out of step. A success names its row, and from 501 on no answer is believed.
PATIENCE_MIN_S, PATIENCE_MAX_S = 0.1, 1.0
_LONGER_THAN_USUAL = 1.5
_FORGETTING = 0.99


class Lesson:
    """How long a connection may be idle, as far as the server has shown.

    Some servers close idle connections sooner than `KEEPALIVE_S`. From the first that did, half of that time is the
    most, so that no second request is on its way when a connection closes. A server that was only restarted closed
    them at any age: what does not happen again is forgotten.
    """

    def __init__(self) -> None:
        self._most_s = KEEPALIVE_S
        self._until = -math.inf
        self._lasts_s = LESSON_S

    def learn(self, idle_s: float, now: float) -> None:
        """A connection that was idle for so long was closed by the server."""
        if idle_s < SHORTEST_KEEPALIVE_S:
            return
        if now >= self._until:
            is_a_habit = now < self._until + self._lasts_s
            self._lasts_s = min(self._lasts_s * 2, LONGEST_LESSON_S) if is_a_habit else LESSON_S
            self._most_s = KEEPALIVE_S
        self._most_s = min(self._most_s, idle_s / 2)
        self._until = now + self._lasts_s

    def idle_max_s(self, now: float) -> float:
        """Seconds that a connection may be idle and used again."""
        return self._most_s if now < self._until else KEEPALIVE_S


class Connections:
    """Opens connections to one host, keeps those that can be used again, and lets go of those that nobody needs."""

    def __init__(self, opener: Opens) -> None:
        self._loop = asyncio.get_running_loop()
        self._opener = opener
        self._idle: deque[Link] = deque()
        self._unanswered: dict[Link, float] = {}
        self._lesson = Lesson()
        self._usual_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def take(self) -> Link | None:
        """Return a used connection that is as good as a new one, if there is one."""
        while self._idle:
            link = self._idle.pop()
            now = self._loop.time()
            link.was_idle_s = now - _idle_since(link)
            # By the clock on the wall, too: the loop's stands still while a computer sleeps, and servers do not wait.
            idle_s = max(link.was_idle_s, time.time() - link.idle_since_by_wall)
            if idle_s <= self._lesson.idle_max_s(now) and link.is_fresh():
                link.idle_since = None
                link.taken_at = now
                return link
            link.close()
        return None

    async def open(self) -> Link:
        """Return a new connection, over which nothing has been sent.

        Raises:
            NeverSent: there is none.
        """
        link = await self._opener.open(self.learn)
        link.taken_at = self._loop.time()
        self._unanswered[link] = link.taken_at
        return link

    def patience_s(self) -> float:
        """How long to listen behind a refusal for another answer."""
        return min(max(PATIENCE_MIN_S, self._usual_s * _LONGER_THAN_USUAL), PATIENCE_MAX_S)

    def give_back(self, link: Link, *, succeeded: bool) -> None:
        """Keep a connection whose answer was read to its end, if it can be used again and does not stand in the way."""
        self._unanswered.pop(link, None)
        now = self._loop.time()
        if succeeded:
            self._usual_s = max(now - link.taken_at, self._usual_s * _FORGETTING)
        if not link.is_open() or self._stands_in_the_way(link, now):
            link.close()
            return
        link.idle_since, link.idle_since_by_wall = now, time.time()
        self._idle.append(link)
        self._let_go_at(now + self._kept_for_s(now))

    def give_up(self, link: Link) -> None:
        """Close a connection whose answer was not read to its end; what was not written yet does not leave."""
        self._unanswered.pop(link, None)
        link.abort()

    def _stands_in_the_way(self, link: Link, now: float) -> bool:
        if not self._unanswered:
            return False
        longest_s = now - next(iter(self._unanswered.values()))
        return longest_s > max(FIRST_ANSWER_S, MUCH_LONGER * (now - link.taken_at))

    def _kept_for_s(self, now: float) -> float:
        most_s = self._lesson.idle_max_s(now)
        return min(most_s, KEEPALIVE_OF_FEW_S) if self._unanswered else most_s

    def _let_go_at(self, due: float) -> None:
        if self._timer is not None:
            if self._timer_at <= due:
                return
            self._timer.cancel()
        # uvloop's handles do not all know when they are due.
        self._timer_at = due
        self._timer = self._loop.call_at(due, self._let_go)

    def _let_go(self) -> None:
        """Close what has been idle for too long; not only when the next request comes, which may be in an hour."""
        self._timer = None
        now = self._loop.time()
        most_s = self._kept_for_s(now)
        # The sum, not the difference: it is what the timer was set to, to the last bit, or it would be due for ever.
        while self._idle and _idle_since(self._idle[0]) + most_s <= now:
            self._idle.popleft().close()
        if self._idle:
            self._let_go_at(_idle_since(self._idle[0]) + most_s)

    def learn(self, idle_s: float) -> None:
        """A connection that was idle for so long was closed by the server."""
        self._lesson.learn(idle_s, self._loop.time())

    def close(self) -> None:
        """Close all connections that are idle; the others are closed by those who use them."""
        if self._timer is not None:
            self._timer.cancel()
        while self._idle:
            self._idle.pop().close()


def _idle_since(link: Link) -> float:
    return cast("float", link.idle_since)
