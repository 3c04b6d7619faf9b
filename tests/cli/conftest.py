"""A console that is closed at the end of its test, and nothing that outlives a command within its process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.console import Console
from importer.cli.own_options import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def console() -> Iterator[Callable[..., Console]]:
    """Make consoles, and close them at the end."""
    made: list[Console] = []

    def make(clock: Callable[[], float] = lambda: 0.0, **style: Any) -> Console:
        made.append(Console(Style(**style), clock=clock))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(autouse=True)
def _no_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that waits for SIGUSR1, and its pipe, are for as long as a process lives."""
    monkeypatch.setattr("importer.cli.base.told_by_signal", lambda _tell: None)
