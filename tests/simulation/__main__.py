"""Tell the history of a seed, or the shortest one that breaks the same promise: `python -m tests.simulation SEED`."""

from __future__ import annotations

import sys

from tests.simulation.choices import Choices
from tests.simulation.crashes import live, shortest_of


def main(seed: int) -> None:
    """Print what happens, and whether a promise is broken."""
    choices = Choices(seed)
    figures, broken, told = live(choices)
    if broken:
        broken, told = shortest_of(choices.made)
    print(*told, broken or f"seed {seed}: all promises kept; {dict(figures)}", sep="\n")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main(int(sys.argv[1]))
