"""Connections to the vendor that no network carries: refused, cut at any byte, silent, closed while idle."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from importer.api.wire.failures import not_connected
from importer.api.wire.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.choices import Choices
    from tests.simulation.clock import SimulatedLoop
    from tests.simulation.vendor import Vendor

_ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
_WAYS_S = (0.01, 0.05, 0.4, 3.0)


class _Quiet:
    """Stands for a socket on which nothing waits to be read."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()

    def fileno(self) -> int:
        return self._reading


_QUIET = _Quiet()


class Wire:
    """What lies between the product and the vendor.

    Args:
        weather: what it is like at a moment of the loop: `fine`, `flaky`, `unreachable`, or a loss of every answer.
        noted: told what happens.
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        vendor: Vendor,
        choices: Choices,
        weather: Callable[[float], str],
        noted: Callable[[str], object],
    ) -> None:
        self.loop, self.vendor, self.choices, self.noted = loop, vendor, choices, noted
        self._weather = weather

    @property
    def weather(self) -> str:
        """At this moment."""
        return self._weather(self.loop.now)

    def make_opener(self, *_place: object) -> Wire:
        """There is one place only."""
        return self

    async def open(self, on_idle_close: Callable[[float], None]) -> Link:
        """As `Opener.open`."""
        weather = self.weather
        await asyncio.sleep(0.001 if weather == "fine" else self.choices.one_of(_WAYS_S))
        if weather == "unreachable" or (weather == "flaky" and self.choices.chance(10)):
            self.noted("wire: connection refused")
            raise not_connected("the API", ConnectionRefusedError())
        link = Link(self.loop, on_idle_close)
        link.connection_made(_Connection(self, link))
        return link


class _Connection(asyncio.Transport):
    """One connection, as asyncio's transport of it."""

    def __init__(self, wire: Wire, link: Link) -> None:
        super().__init__()
        self._wire, self._link, self._is_closing = wire, link, False
        self._asked: int | None = None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return _QUIET if name == "socket" else default

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._end(None)

    abort = close

    def _end(self, error: Exception | None) -> None:
        if not self._is_closing:
            self._is_closing = True
            if self._asked is not None:
                self._wire.vendor.was_not_heard(self._asked)
            self._wire.loop.call_soon(self._link.connection_lost, error)

    def write(self, data: Any) -> None:
        """A whole request: the product writes each in one piece."""
        wire, weather = self._wire, self._wire.weather
        _, _, body = bytes(data).partition(b"\r\n\r\n")
        takes_s = 0.02 if weather == "fine" else wire.choices.one_of(_WAYS_S)
        if not body:
            self._answer_probe(weather, takes_s)
        else:
            self._answer_post(body, weather, takes_s)

    def _answer_probe(self, weather: str, takes_s: float) -> None:
        self._wire.noted(f"wire: the API is asked, {weather}")
        if weather in ("fine", "flaky"):
            self._wire.loop.call_later(takes_s, self._deliver, _ANSWERED)
        else:
            self._wire.loop.call_later(takes_s, self._end, ConnectionResetError(104, "reset"))

    def _answer_post(self, body: bytes, weather: str, takes_s: float) -> None:
        loop, choices = self._wire.loop, self._wire.choices
        arrives = weather != "flaky" or not choices.chance(5)
        fate = self._wire.vendor.fate_of(body, weather, arrives=arrives)
        self._asked = len(self._wire.vendor.posted) - 1
        stored = "stored" if fate.stored else "not stored"
        ids = " ".join(self._wire.vendor.posted[-1].ids)
        self._wire.noted(f"wire: {ids} {stored}, {fate.name}, after {takes_s:g} s")
        if fate.lost in ("closed", "reset"):
            loop.call_later(takes_s, self._end, None if fate.lost == "closed" else ConnectionResetError(104, "reset"))
        elif fate.lost == "cut":
            loop.call_later(takes_s, self._deliver, fate.answer[: choices.below(len(fate.answer))])
            loop.call_later(takes_s + 0.01, self._end, None)
        elif not fate.lost:
            at = choices.below(len(fate.answer)) if weather != "fine" else 0
            loop.call_later(takes_s, self._deliver, fate.answer[:at])
            loop.call_later(takes_s + 0.001 * bool(at), self._deliver, fate.answer[at:], True)
            if weather != "fine" and choices.chance(10):
                loop.call_later(takes_s + choices.one_of((0.002, 0.3)), self._end, None)

    def _deliver(self, data: bytes, is_last: bool = False) -> None:
        if data and not self._is_closing:
            self._asked = None if is_last else self._asked
            self._link.data_received(data)
