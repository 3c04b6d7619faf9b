"""An event loop in virtual time, whose executor takes a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from importer.send.breaker import Timing
from tests.send.simulation import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.simulation.choices import Choices

_WRITING_S = (0.0002, 0.002, 0.02, 0.3)


class SimulatedLoop(VirtualLoop):
    """What is handed to a thread is done at once or when its time is over, and its end is known only then."""

    def __init__(self, choices: Choices, began_at: float) -> None:
        super().__init__(0.0)
        self.now = began_at
        self._choices = choices

    def run_in_executor(self, _executor: object, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        done, takes_s = self.create_future(), self._choices.one_of(_WRITING_S)
        if self._choices.chance(50):
            result = _outcome(work, *args)
            self.call_later(takes_s, _settle, done, result)
        else:
            self.call_later(takes_s, lambda: _settle(done, _outcome(work, *args)))
        return done

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        """Run `main` to its end; "nothing will ever happen" where it waits for ever."""
        asyncio.set_event_loop(self)
        try:
            return self.run_until_complete(main)
        finally:
            for task in asyncio.all_tasks(self):
                task.cancel()
            asyncio.set_event_loop(None)
            self.close()

    def timing(self) -> Timing:
        """The clock, the sleep and the chance of this loop."""
        return Timing(self.time, asyncio.sleep, lambda: self._choices.below(5) / 4)


def _outcome(work: Callable[..., Any], *args: Any) -> tuple[Any, BaseException | None]:
    try:
        return work(*args), None
    except BaseException as error:
        return None, error


def _settle(done: asyncio.Future[Any], outcome: tuple[Any, BaseException | None]) -> None:
    if done.cancelled():
        return
    result, error = outcome
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
