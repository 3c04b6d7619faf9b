"""Random months: `python -m tests.soak.sequences [N [FIRST]]` lives N of them, each with its number as the seed.

Rows are added, removed, sorted, doubled, respelt, mended; runs have other options each time, or are killed; RESULTS and
journals are lost, edited, put back; verdicts are given, rejects mended and imported (see `support.months`). Counts by
content are the judge, after each step, and what a person wishes for in the end must be had. First the negative control:
a product that forgets a recorded row is found out.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from importer.run import opening
from tests.faultserver.plan import plan
from tests.faultserver.server import FaultServerProcess
from tests.support.months import Month, thrown_away
from tests.support.oracle import OracleError
from tests.support.process import state_home
from tests.support.soaking import say
from tests.support.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.plan.past import Earlier
    from tests.faultserver.forking import Forker

SEQUENCES = 3000
CONTROLS = 40
MONTHS_A_SERVER = 25
MOST_MONTHS = 100_000
STEPS = (3, 10)


def live(warm: Warm, forker: Forker, numbers: Iterable[int]) -> tuple[Counter[str], list[str]]:
    """Live these months, with one server; returns what was done how often, and what broke."""
    figures: Counter[str] = Counter()
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(FaultServerProcess(plan(), folder / "server" / "ledger", forker=forker))
        for number in numbers:
            month = Month(warm, server, folder / f"{number}", number)
            try:
                for _ in range(month.random.randint(*STEPS)):
                    month.step()
                month.finish()
            except (OracleError, TimeoutError) as error:
                broken.append("\n  ".join([f"month {number}: {type(error).__name__}: {error}", *month.told]))
            figures += month.figures
            thrown_away(month.folder)
    return figures, broken


def control(warm: Warm, forker: Forker) -> int:
    """A product that forgets one recorded row each time it begins: the number of the month that finds it out."""
    with mock.patch.object(opening, "load_earlier", _forgetful):
        for number in range(CONTROLS):
            if any("stored more often than wanted" in text for text in live(warm, forker, [number])[1]):
                return number
    raise AssertionError(f"{CONTROLS} months have not found a product that forgets")


def _forgetful(*args: Any, **options: Any) -> Earlier:
    earlier = _load_earlier(*args, **options)
    earlier.fates.drop((earlier.fates.lines["status"] == "recorded").arg_true().head(1))
    earlier.in_order = False
    return earlier


_load_earlier = opening.load_earlier


def campaign(count: int, first: int = 0) -> None:
    """Live so many months, and print the figures; raises where a promise was broken."""
    if first + count > MOST_MONTHS:
        raise SystemExit(f"Months are numbered below {MOST_MONTHS:,}: a message id has room for five digits of them.")
    began, figures, broken = time.monotonic(), Counter[str](), list[str]()
    os.environ["XDG_STATE_HOME"] = state_home()
    with Warm() as warm, FaultServerProcess.forker() as forker:
        say(f"the negative control was found by month {control(warm, forker)}")
        for start in range(first, first + count, MONTHS_A_SERVER):
            numbers = range(start, min(start + MONTHS_A_SERVER, first + count))
            done, wrong = live(warm, forker, numbers)
            figures, broken = figures + done, broken + wrong
            say(
                f"{numbers.stop - first} months: {figures['runs']} runs, {figures['kills']} kills; {len(broken)} broken"
            )
            print("".join(f"{text}\n" for text in wrong), end="", flush=True)
    for word, times in sorted(figures.items()):
        print(f"{word}: {times}")
    print(f"{count} sequences from {first} on, {len(broken)} broken ({time.monotonic() - began:.0f} s)", flush=True)
    if broken:
        raise SystemExit(1)


def main(scale: float = 1.0) -> None:
    """The campaign, as one of all (`tests.soak`)."""
    campaign(max(1, round(SEQUENCES * scale)))


if __name__ == "__main__":
    campaign(*map(int, sys.argv[1:3] or [str(SEQUENCES)]))
