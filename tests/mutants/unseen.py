"""A plugin of pytest: the lines that forked commands run are those of the test that started them.

Coverage sees the process of the tests alone. With `-p tests.mutants.unseen` each command that `warm` forks is measured,
too, and keeps a file of its own in `$UNSEEN_LINES`, whose context is the test. One that is killed keeps none.
"""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coverage import Coverage

from tests.faultserver.forking import Forker
from tests.support import warm

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

FOLDER, ROOMS = "UNSEEN_LINES", "UNSEEN_ROOMS"
_COMMAND = "tests.support.warm:become"


def pytest_configure(config: pytest.Config) -> None:
    begin, fork = Forker.__init__, Forker.fork

    def beginning(self: Forker, function: str, *args: Any) -> None:
        begin(self, f"{__name__}:become" if function == _COMMAND else function, *args)

    def forking(self: Forker, order: dict[str, Any], descriptors: Sequence[int]) -> Any:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        return fork(self, order | {"lines": [os.environ[FOLDER], os.environ[ROOMS], test]}, descriptors)

    Forker.__init__, Forker.fork = beginning, forking  # type: ignore[method-assign]


def become(order: dict[str, Any]) -> None:
    """In the forked process: measure, then be the command."""
    folder, rooms, test = order["lines"]
    include = [f"{room}/*" for room in rooms.split(os.pathsep)]
    coverage = Coverage(Path(folder, str(os.getpid())), include=include, context=test, config_file=False)
    coverage.start()

    def end() -> None:
        coverage.stop()
        coverage.save()

    atexit.register(end)
    warm.become(order)
