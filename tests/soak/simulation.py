"""A million simulated crashes: `python -m tests.soak.simulation [SCALE [FIRST_SEED]]` (see `tests.simulation`).

First the mistakes that must be found, each within a minute; then seeds, on as many processors as there are, until there
were enough crashes. A seed that breaks a promise is told with the shortest history that breaks it.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial, update_wrapper
from itertools import count
from multiprocessing import get_context

from tests.simulation.choices import Choices
from tests.simulation.controls import CONTROLS, found
from tests.simulation.crashes import live, shortest_of
from tests.support.soaking import run_all, say

CRASHES = 1_000_000
SEEDS_A_TASK = 10


def controls(_scale: float) -> str:
    """Each mistake, the seed that finds it, and how long that takes."""
    for name in CONTROLS:
        mistake = found(name)
        say(f"{name}: found by seed {mistake.seed} in {mistake.seconds:.1f} s ({mistake.broken[:60]})")
    return f"{len(CONTROLS)} mistakes, all found"


def crashes(scale: float, *, first: int | None = None) -> str:
    """Fresh seeds, or those from `first` on."""
    first = time.time_ns() // 1_000_000_000 * 100_000 if first is None else first
    wanted, figures, began = round(CRASHES * scale), Counter[str](), time.monotonic()
    os.environ["POLARS_MAX_THREADS"] = "1"
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ProcessPoolExecutor(processors, get_context("spawn")) as pool:
        tasks = count(first, SEEDS_A_TASK)
        running = [pool.submit(_seeds, next(tasks)) for _ in range(2 * processors)]
        while running:
            figures += running.pop(0).result()
            say(f"{figures['crash points']:,} crashes of {figures['histories']:,} histories")
            if figures["crash points"] < wanted:
                running.append(pool.submit(_seeds, next(tasks)))
    an_hour = figures["crash points"] / (time.monotonic() - began) * 3600
    return f"seeds from {first} on: {dict(figures)}, {an_hour:,.0f} crashes an hour"


def _seeds(first: int) -> Counter[str]:
    """Live the histories of some seeds.

    Raises:
        AssertionError: one breaks a promise: its seed, the promise, and the shortest history that does.
    """
    figures = Counter[str]()
    for seed in range(first, first + SEEDS_A_TASK):
        choices = Choices(seed)
        lived, broken, _ = live(choices)
        figures += lived
        if broken:
            broken, told = shortest_of(choices.made)
            raise AssertionError("\n".join([f"seed {seed}: {broken}", *told]))
    return figures


def main(scale: float = 1.0, first: int | None = None) -> None:
    """Run both, or fail."""
    run_all((controls, update_wrapper(partial(crashes, first=first), crashes)), scale)


if __name__ == "__main__":
    main(float((sys.argv[1:] or ["1"])[0]), int(sys.argv[2]) if sys.argv[2:] else None)
