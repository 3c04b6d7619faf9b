"""Ctrl-C and SIGTERM outside of posting: an exception that unwinds, so that files are closed and a sentence is said.

While rows are being posted, `pipeline` has handlers of its own that let the answers in flight arrive.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


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
    """From now on SIGINT and SIGTERM raise `Interrupted` in the main thread."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise)


def _raise(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)
