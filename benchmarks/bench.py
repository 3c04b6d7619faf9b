"""What every measurement is given: where to work, how often, how much; and the taking in turn."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmarks.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


@dataclass(slots=True)
class Bench:
    """One run of the benchmarks: `kept` is for inputs and environments, `scratch` for results, `runs` how often."""

    kept: Path
    scratch: Path
    quick: bool = False
    runs: int = 5

    def say(self, text: str) -> None:
        """Tell how far it is; the table alone goes to stdout."""
        print(text, file=sys.stderr, flush=True)

    def input(self, rows: int, suffix: str = ".csv") -> Path:
        """An input of so many rows. Results never go into its folder, where they would count as an overlap."""
        path = self.kept / "inputs" / f"{rows}{suffix}"
        if not path.exists():
            run([sys.executable, "-m", "benchmarks.data", path, rows])
        return path

    def results(self) -> Path:
        """A place for the results of a run, in a folder of its own."""
        return Path(tempfile.mkdtemp(dir=self.scratch)) / "results.csv"

    def in_turn(self, commands: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
        """Measure A B A B …, so that what else the machine does falls on all of them alike."""
        measured: dict[str, list[T]] = {name: [] for name in commands}
        for number in range(self.runs):
            for name, command in commands.items():
                self.say(f"  {name} ({number + 1} of {self.runs})")
                measured[name].append(command())
        return measured
