"""Signals that ask the program to end: what it ends with, and how to finish first what takes seconds."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)
EXIT_STATUSES = {signal.SIGINT: 130, signal.SIGTERM: 143}
if hasattr(signal, "SIGHUP"):
    EXIT_STATUSES[signal.SIGHUP] = 129


_LOOK_S = 0.05


class Noted(list[signal.Signals]):
    """The signals that came while they were held back; `hears`, if there is one, was told of each."""

    hears: Callable[[signal.Signals], object] | None = None


@contextmanager
def held_back() -> Iterator[Noted]:
    """Within, the first of these signals that nobody hears is noted; the next one does what it always does.

    Only the main thread can; elsewhere signals are left alone.
    """
    noted = Noted()
    before = {number: signal.getsignal(number) for number in EXIT_STATUSES}

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(signal.Signals(number))
        if noted.hears is not None:
            noted.hears(noted[-1])
        else:
            _set(before)

    _set({number: note for number, handler in before.items() if handler is not signal.SIG_IGN})
    try:
        yield noted
    finally:
        _set(before)


def _set(handlers: Mapping[signal.Signals, object]) -> None:
    for number, handler in handlers.items():
        with suppress(ValueError, TypeError):  # another thread; a handler that Python does not know
            signal.signal(number, handler)  # type: ignore[arg-type]


@contextmanager
def asked_to_end() -> Iterator[Callable[[float], bool]]:
    """Within, SIGINT and SIGTERM do nothing but end the wait that this yields. Only in the main thread.

    The wait takes seconds, and returns whether one of them came. The handler takes no lock: it may come while the main
    thread holds any, and would wait for itself for ever with that of a `threading.Event`.
    """
    came: list[int] = []

    def wait(most_s: float) -> bool:
        until = time.monotonic() + most_s
        while not came and (left_s := until - time.monotonic()) > 0:
            time.sleep(min(left_s, _LOOK_S))
        return bool(came)

    before = {number: signal.signal(number, lambda number, _frame: came.append(number)) for number in ENDING}
    try:
        yield wait
    finally:
        _set(before)


def told_by_signal(tell: Callable[[], object]) -> None:
    """From now on SIGUSR1 lets a thread call `tell`, where the system has that signal; it would end the program.

    The handler itself may come while the main thread holds any lock, so that it only writes into a pipe.
    """
    if not hasattr(signal, "SIGUSR1"):
        return
    heard, told = os.pipe()
    os.set_blocking(told, False)

    def note(_number: int, _frame: FrameType | None) -> None:
        with suppress(BlockingIOError):
            os.write(told, b"?")

    def listen() -> None:
        while os.read(heard, 1):
            tell()

    with suppress(ValueError):  # another thread than the main one
        signal.signal(signal.SIGUSR1, note)
        threading.Thread(target=listen, name="status", daemon=True).start()


def ignore_signals() -> None:
    """From now on none of them does anything: the exit status is decided, and all that it says has been printed."""
    for number in (*EXIT_STATUSES, *([signal.SIGUSR1] if hasattr(signal, "SIGUSR1") else [])):
        signal.signal(number, signal.SIG_IGN)


class Interrupted(BaseException):
    """A signal asked the program to end. Not an `Exception`: nothing on the way may take it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number

    @property
    def exit_status(self) -> int:
        """130 for SIGINT, 143 for SIGTERM, as a shell would say it."""
        return 128 + self.number


def raise_on_signals() -> None:
    """From now on SIGINT and SIGTERM raise `Interrupted` in the main thread; SIGUSR1 does no harm."""
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, _pass)
    for number in ENDING:
        signal.signal(number, _raise)


def _raise(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)


def _pass(_number: int, _frame: FrameType | None) -> None:
    """Nobody can say anything yet. Not ignored: what is started from here would ignore the signal too."""
