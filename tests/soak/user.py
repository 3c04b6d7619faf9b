"""Months of the model of a user: `python -m tests.soak.user [SCALE]` (see `support.person`).

Hypothesis chooses what they do; what breaks a promise, or ends where nobody can go on, comes back as the shortest list
of steps with a line that repeats it. First the negative control: a product that knows rows by their numbers.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest import mock

import polars as pl
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from importer.plan import keys
from importer.schema import normaliser
from tests.faultserver.server import FaultServerProcess
from tests.support.person import FIGURES, machine
from tests.support.process import state_home
from tests.support.soaking import run_all
from tests.support.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import UserModel

MONTHS = 2000
STEPS = 15
_LONG = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True)


@contextmanager
def by_row_number() -> Iterator[None]:
    """The negative control: a product that knows rows by the place where they stand."""
    stored, read = pl.col("row").cast(pl.UInt64), pl.int_range(1, pl.len() + 1, dtype=pl.UInt64)
    with ExitStack() as stack:
        for module, number in ((keys, stored), (normaliser, read)):
            stack.enter_context(mock.patch.object(module, "identity", return_value=(number.hash(1), number.hash(2))))
        yield


def control(_scale: float) -> str:
    """What finds that rows are known by their numbers, and how soon."""
    began = time.monotonic()
    few = settings(_LONG, max_examples=100, stateful_step_count=8, phases=[Phase.generate])
    with Warm() as warm, FaultServerProcess.forker() as forker, by_row_number():
        try:
            run_state_machine_as_test(machine(warm, forker), settings=few)
        except AssertionError as error:
            return f"found in {time.monotonic() - began:.1f} s: {str(error).splitlines()[0][:60]}"
    raise AssertionError("100 months have not found a product that knows rows by their numbers")


def months(scale: float) -> str:
    """As many as wanted."""
    many = settings(_LONG, max_examples=max(1, round(MONTHS * scale)), stateful_step_count=STEPS)
    FIGURES.clear()
    with Warm() as warm, FaultServerProcess.forker() as forker:
        user: type[UserModel] = machine(warm, forker)
        run_state_machine_as_test(user, settings=many)
    return ", ".join(f"{times:,} {word}" for word, times in FIGURES.items())


def main(scale: float = 1.0) -> None:
    """Run both, or fail."""
    os.environ["XDG_STATE_HOME"] = state_home()
    run_all((control, months), scale)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
