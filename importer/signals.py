"""Signals that ask the program to end: what it ends with, and how to finish first what takes seconds."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress

TYPE_CHECKING = False  # as in `importer`
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType
    from typing import Any

    Handler = Callable[[int, FrameType | None], object]

EXIT_STATUSES = {signal.SIGINT: 130, signal.SIGTERM: 143}
if hasattr(signal, "SIGHUP"):
    EXIT_STATUSES[signal.SIGHUP] = 129

_LOOK_S = 0.05
_UNWINDING_S = 1.0


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
    """Within, signals that ask to end do nothing but end the wait that this yields. Only in the main thread.

    The wait takes seconds, and returns whether one of them came. The handler takes no lock: it may come while the main
    thread holds any, and would wait for itself for ever with that of a `threading.Event`.
    """
    came: list[int] = []

    def wait(most_s: float) -> bool:
        until = time.monotonic() + most_s
        while not came and (left_s := until - time.monotonic()) > 0:
            time.sleep(min(left_s, _LOOK_S))
        return bool(came)

    before = _listen(lambda number, _frame: came.append(number))
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
    import threading  # noqa: PLC0415 - what hears signals at the start has to be there at once

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


def end_on_signals(sentence: str) -> None:
    """From now on a signal ends the process at once, and says `sentence`. SIGUSR1 does no harm.

    For the start, when there is nothing to be put in order: an exception can get lost on its way through an import.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        tell(sentence)
        os._exit(128 + number)

    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, _pass)
    _listen(end)


def tell(sentence: str) -> None:
    """Say why the process ends, on standard error and without anything that has to be imported."""
    with suppress(OSError):
        os.write(2, f"error: {sentence}\n".encode())


def raise_on_signals() -> None:
    """From now on signals raise `Interrupted` in the main thread.

    A terminal that closes sends its signal twice: while the first unwinds, which takes a moment, others do nothing.
    Where Python cannot pass the exception on (a finalizer, above all during imports), the signal comes again.
    """
    import threading  # noqa: PLC0415 - as above

    heard: list[float] = []
    show = sys.unraisablehook

    def raise_(number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not heard or now - heard[-1] > _UNWINDING_S:
            heard.append(now)
            raise Interrupted(number)

    def again(lost: Any) -> None:
        if not isinstance(lost.exc_value, Interrupted):
            show(lost)
            return
        heard.clear()
        threading.Timer(_LOOK_S, os.kill, (os.getpid(), lost.exc_value.number)).start()

    sys.unraisablehook = again
    _listen(raise_)


def _listen(handler: Handler) -> dict[signal.Signals, object]:
    """Let `handler` hear every signal that asks to end; return what did before. Under `nohup` SIGHUP stays ignored."""
    hung_up = getattr(signal, "SIGHUP", None)
    heard = [one for one in EXIT_STATUSES if one != hung_up or signal.getsignal(one) is not signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in heard}


def _pass(_number: int, _frame: FrameType | None) -> None:
    """Nobody can say anything yet. Not ignored: what is started from here would ignore the signal too."""
