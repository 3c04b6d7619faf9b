"""What posting takes from outside: an event loop, clock and chance, and connections. A simulation brings its own."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.api import Opener
from importer.send.breaker import Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from importer.api import MakesOpener
    from importer.send.loop import Sent


def run_fast(main: Coroutine[Any, Any, Sent]) -> Sent:
    """Run it in the fastest event loop that there is here."""
    if sys.platform != "win32" and sys.implementation.name == "cpython":
        import uvloop  # noqa: PLC0415 - only where it is needed

        return uvloop.run(main)
    return asyncio.run(main)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The real ones, unless others are given.

    Args:
        run: runs a coroutine to its end in an event loop, in whose executor the journal is written.
        timing: clock, sleep and chance of that loop.
        make_opener: makes what opens connections to one place.
    """

    run: Callable[[Coroutine[Any, Any, Sent]], Sent] = run_fast
    timing: Timing = field(default_factory=Timing)
    make_opener: MakesOpener = Opener


REAL = Surroundings()
