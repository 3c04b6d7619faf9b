"""What every measurement is given: where to work, how often, how much; and the taking in turn."""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from benchmarks import data

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")


@dataclass(slots=True)
class Bench:
    """One run of the benchmarks. `folder` is for scratch files, `runs` how often each command is measured."""

    folder: Path
    quick: bool = False
    runs: int = 5
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def say(self, text: str) -> None:
        """Tell how far it is; the table alone goes to stdout."""
        print(text, file=sys.stderr, flush=True)

    def input(self, rows: int, suffix: str = ".csv") -> Path:
        """An input of so many rows. Results never go into its folder, where they would count as an overlap."""
        folder = self.folder / "inputs"
        folder.mkdir(exist_ok=True)
        return data.write(folder / f"{rows}{suffix}", rows)

    def results(self) -> Path:
        """A place for the results of a run, in a folder of its own."""
        folder = self.folder / f"results-{next(self._numbers)}"
        folder.mkdir()
        return folder / "results.csv"

    def in_turn(self, commands: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
        """Measure A B A B …, so that what else the machine does falls on all of them alike."""
        measured: dict[str, list[T]] = {name: [] for name in commands}
        for number in range(self.runs):
            for name, command in commands.items():
                self.say(f"  {name} ({number + 1} of {self.runs})")
                measured[name].append(command())
        return measured
