"""Mistakes that a product could make in posting. The simulation must find each: otherwise it proves nothing."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from importer.api import Client, Outcome, OutcomeKind, meaning
from importer.api.answer_json import is_api_json
from importer.journal import Appender, GroupCommit, appending
from importer.journal.lines import INTENT
from importer.send.breaker import CircuitBreaker
from importer.send.breaker.bad_ends import BadRows
from tests.simulation.choices import Choices
from tests.simulation.crashes import live
from tests.support import saboteur

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


@contextmanager
def intent_after_post() -> Iterator[None]:
    """The intent is written when the request has left."""
    with (
        mock.patch.object(GroupCommit, "put", GroupCommit.put),
        mock.patch.object(Client, "post", Client.post),
    ):
        saboteur.apply({"intent_after_post": True})
        yield


@contextmanager
def outcome_not_synced() -> Iterator[None]:
    """Only intents are made durable; an outcome is left to the system."""
    sync, append = appending.sync_data, Appender.append
    has_intent = False

    def noting(self: Appender, lines: bytes, **options: int) -> None:
        nonlocal has_intent
        has_intent = any(line.startswith(INTENT) for line in lines.splitlines())
        append(self, lines, **options)

    with (
        mock.patch.object(Appender, "append", noting),
        mock.patch.object(appending, "sync_data", lambda fd: sync(fd) if has_intent else None),
    ):
        yield


@contextmanager
def outcomes_in_memory() -> Iterator[None]:
    """Outcomes are written when all is over."""
    with (
        mock.patch.object(GroupCommit, "put", GroupCommit.put),
        mock.patch.object(GroupCommit, "flush", GroupCommit.flush),
    ):
        saboteur.apply({"lazy_outcomes": True})
        yield


@contextmanager
def gateway_believed() -> Iterator[None]:
    """A 503 with an error in JSON is taken for the API's word that nothing was stored."""
    judged = meaning._server_error

    def believing(status: int, headers: Any, answer: object, code: str, text: str | None) -> Outcome:
        if status == 503 and is_api_json(answer):
            return Outcome(OutcomeKind.TRANSIENT, code, text, status)
        return judged(status, headers, answer, code, text)

    with mock.patch.object(meaning, "_server_error", believing):
        yield


@contextmanager
def breaker_off() -> Iterator[None]:
    """Lost answers are nobody's concern."""
    with ExitStack() as stack:
        for where, name in ((CircuitBreaker, "_count_doubt"), (BadRows, "add_lost"), (BadRows, "add")):
            stack.enter_context(mock.patch.object(where, name, return_value=None))
        yield


CONTROLS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "intent after the POST": intent_after_post,
    "outcome not synced": outcome_not_synced,
    "outcomes kept in memory": outcomes_in_memory,
    "a gateway believed": gateway_believed,
    "breaker off": breaker_off,
}


# Many histories with a few crashes each find a mistake sooner than few with many.
_FEW_STEPS = 10


class Found(NamedTuple):
    """A mistake that was found: by which seed, in how many seconds of the processor, and the promise that it breaks."""

    seed: int
    seconds: float
    broken: str
    made: list[int]


def found(control: str, first: int = 0, limit_s: float = 60.0) -> Found:
    """Make the mistake, and live the histories of the seeds from `first` on until one breaks.

    Raises:
        AssertionError: none does within `limit_s` seconds of the processor, which others on the machine do not take.
    """
    began = time.process_time()
    with CONTROLS[control]():
        for seed in count(first):
            choices = Choices(seed)
            _, broken, _ = live(choices, _FEW_STEPS)
            seconds = time.process_time() - began
            if broken:
                return Found(seed, seconds, broken, choices.made)
            if seconds > limit_s:
                break
    raise AssertionError(f"{control}: not found up to seed {seed} in {seconds:.0f} s")
