"""One connection: a request goes out in one piece, and one whole answer comes back, or the reason why none did."""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, cast

from importer.api.wire.failures import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.api.wire.answer import Answer


class Link(asyncio.Protocol):
    """A connection, as asyncio's protocol of it. It carries one request at a time.

    `idle_since` is when its last answer ended (None: in use), `idle_since_by_wall` the same by the clock on the wall,
    `taken_at` when it was last taken for a request, `was_idle_s` how long it had been idle then.

    Args:
        on_idle_close: told for how many seconds it had been idle when the other side closed it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_idle_close: Callable[[float], None]) -> None:
        self.idle_since: float | None = None
        self.taken_at = self.was_idle_s = self.idle_since_by_wall = 0.0
        self.transport: asyncio.Transport | None = None
        self._loop = loop
        self._on_idle_close = on_idle_close
        self._answer: Answer | None = None
        self._whole: asyncio.Future[Answer] | None = None
        self._more: asyncio.Future[bool] | None = None
        self._is_useless = False
        self._poll: select.poll | None = None

    def write(self, request: bytes, answer: Answer) -> asyncio.Future[Answer]:
        """Hand over a request in one piece; the future holds its whole answer, or why there is none.

        What the socket does not take at once, the event loop writes.
        """
        assert self.transport is not None
        self._answer = answer
        self._whole = self._loop.create_future()
        self.transport.write(request)
        return self._whole

    async def says_more(self, within_s: float) -> bool:
        """Whether bytes come within so many seconds that nobody asked for; the end of the connection ends the wait."""
        if not self.is_open():
            return False
        more = self._more = self._loop.create_future()
        try:
            await asyncio.wait([more], timeout=within_s)
            if not more.done():
                # After a standstill uvloop looks at its timers first: what came in that time is read in the next turn.
                await asyncio.sleep(0)
            return more.done() and more.result()
        finally:
            self._more = None

    def is_open(self) -> bool:
        """Whether a request can be written, as far as the event loop knows."""
        return self.transport is not None and not self._is_useless and not self.transport.is_closing()

    def is_fresh(self) -> bool:
        """Whether nothing came since the last answer: neither bytes, which would belong to no request, nor the end."""
        if not self.is_open():
            return False
        assert self.transport is not None
        if not hasattr(select, "poll"):
            return not select.select([self.transport.get_extra_info("socket")], [], [], 0)[0]
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not self._poll.poll(0)

    def close(self) -> None:
        """Close it in good order, once what was written has left."""
        self._forget()
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Close it at once: nothing more of a request leaves."""
        self._forget()
        if self.transport is not None:
            self.transport.abort()

    def _forget(self) -> None:
        self._is_useless = True
        self.idle_since = None  # who closes it is on this side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the way out."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that come unasked make the connection useless."""
        answer, whole = self._answer, self._whole
        if answer is None or whole is None:
            self._is_useless = True
            self._tell(more=True)
            return
        try:
            answer.feed(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, there is no answer
            self._fail(error)
            return
        if answer.is_whole:
            self._settle(answer, whole)

    def eof_received(self) -> None:
        """Nothing more comes: asyncio closes the connection, and `connection_lost` says what that means."""

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note the end: that of an answer whose length nobody said, or that of the hope for one."""
        self._is_useless = True
        self._tell(more=False)
        if self.idle_since is not None:
            self._on_idle_close(self._loop.time() - self.idle_since)
        if self._answer is None or self._whole is None:
            return
        if exc is None and self._answer.end():
            self._answer.keep_alive = False
            self._settle(self._answer, self._whole)
        else:
            self._fail(exc or cut())

    def _tell(self, *, more: bool) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(more)

    def _settle(self, answer: Answer, whole: asyncio.Future[Answer]) -> None:
        self._answer = self._whole = None
        answer.let_go()
        if not answer.keep_alive or answer.truncated or answer.surplus:
            self._is_useless = True
        if not whole.done():
            whole.set_result(answer)

    def _fail(self, error: BaseException) -> None:
        answer, whole = self._answer, self._whole
        self._answer = self._whole = None
        self._is_useless = True
        if answer is not None:
            answer.let_go()
            if answer.status >= 200:
                error.add_note(f"it began with {answer.status} {answer.reason}".rstrip())
        if whole is not None and not whole.done():
            whole.set_exception(error)
