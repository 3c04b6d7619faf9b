"""The long campaigns of dying: `python -m tests.soak.crash [SCALE [FIRST_SEED [CAMPAIGN]]]`.

Each ends in the oracle and prints its figures.

kills            ten thousand kills at random moments, also while resuming and while the results are written; of the
                 seeds from FIRST_SEED on, or of fresh ones
calls            a small run killed before, within and after every call that changes a file, by itself and by strace
starts           a hundred runs started at once on one RESULTS, twenty times
images           twenty-four thousand images of what a power cut may leave of a journal
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial, update_wrapper
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.faultserver.server import FaultServerProcess
from tests.support import images, saboteur, tracer
from tests.support.campaign import CONCURRENCY, Figures, busy, killed, killed_at_call, started_together
from tests.support.command import run
from tests.support.inputs import MOST_ROWS, rows, write_csv
from tests.support.oracle import judge
from tests.support.soaking import run_all, say
from tests.support.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faultserver.forking import Forker

KILLS = 10_000
IMAGES = 24_000
STARTS = 20
KILLS_A_CAMPAIGN = 20
ROWS = 400


def kills(scale: float, *, first: int | None = None) -> str:
    """Two campaigns at a time, until there were enough kills."""
    first = time.time_ns() // 1_000_000_000 * 1000 if first is None else first
    seeds = range(first, first + max(1, round(KILLS * scale / KILLS_A_CAMPAIGN)))
    with Warm() as warm, FaultServerProcess.forker() as forker, ThreadPoolExecutor(2) as pool:
        figures = sum(pool.map(lambda seed: _campaign(warm, forker, seed), seeds), Figures())
    return f"seeds from {first} on: {figures}"


def _campaign(warm: Warm, forker: Forker, seed: int) -> Figures:
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name) / "june"
        folder.mkdir()
        with FaultServerProcess(busy(), Path(name) / "server" / "ledger", forker=forker) as server:
            results, bulk = random.choice([".csv", ".csv", ".parquet"]), random.choice([None, None, None, 4])
            month = rows(ROWS, start=random.randrange(MOST_ROWS - ROWS))
            figures = killed(warm, server, folder, month, random, kills=KILLS_A_CAMPAIGN, results=results, bulk=bulk)
    say(f"seed {seed}: {figures}")
    return figures


def calls(scale: float) -> str:
    """Every call of every kind, at the whole scale; some of them at a smaller one."""
    step, made = max(1, round(1 / scale)), 0
    with Warm() as warm, _serving() as (folder, server):
        for call in saboteur.CALLS:
            for when in ("before", "half", "after") if call == "pwrite" else ("before", "after"):
                for nth in count(1, step):
                    made += 1
                    place, month = folder / f"{call}-{when}-{nth}", rows(10, start=10 * made)
                    if not killed_at_call(warm, server, place, month, call, nth, when):
                        break
        traced = _traced(server, folder, step) if tracer.works() else 0
    return f"{made} deaths at calls, {traced} within system calls or by their failures"


def starts(scale: float) -> str:
    """A hundred runs at once, again and again."""
    times = max(1, round(STARTS * scale))
    with Warm() as warm, _serving() as (folder, server):
        for number in range(times):
            (place := folder / str(number)).mkdir()
            started_together(warm, server, place, rows(30, start=30 * number), 100)
    return f"{times} times a hundred runs"


@contextmanager
def _serving() -> Iterator[tuple[Path, FaultServerProcess]]:
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        with FaultServerProcess(busy(), folder / "server" / "ledger") as server:
            yield folder, server


def _traced(server: FaultServerProcess, folder: Path, step: int) -> int:
    """Killed within, and refused by, every system call until the run no longer gets there."""
    made = 0
    for kind in tracer.CALLS:
        for what in ("signal=KILL:when={}", "error=EIO:when={}", "error=ENOSPC:when={}+"):
            for nth in count(1, step):
                made += 1
                place, month = folder / f"traced-{made}", rows(6, start=500_000 + 6 * made)
                if not _survives(server, place, month, tracer.tampering(kind, what.format(nth))):
                    break
    return made


def _survives(server: FaultServerProcess, folder: Path, month: list, program: tuple[str, ...]) -> bool:  # type: ignore[type-arg]
    """Whether the run was hurt; what it left must pass the oracle once another run has ended it."""
    folder.mkdir()
    file = write_csv(folder / "june.csv", month)
    command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", 3, "--json")
    hurt = run(*command, cwd=folder, program=program)
    if "Traceback" in hurt.stderr or "mistake" in hurt.stderr:
        raise AssertionError(f"{program}: {hurt}")
    last = run(*command, cwd=folder)
    ids = {row.message_id for row in month}
    mine = [record for record in server.ledger() if record["message_id"] in ids]
    judge(month, folder / "june.results.csv", mine, last.json, promised_in_doubt=3)
    return hurt.exit not in (0, 1)


def power_cuts(scale: float) -> str:
    """Every prefix of every chunk, and random losses of sectors, of several journals."""
    wanted, checked, journals = round(IMAGES * scale), 0, 0
    with Warm() as warm:
        while checked < wanted:
            journals += 1
            checked += _images(warm, journals, wanted - checked)
    return f"{checked} images of {journals} journals"


def _images(warm: Warm, number: int, most: int) -> int:
    random, checked = Random(number), 0
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        with FaultServerProcess(busy(0.002 * number), folder / "server" / "ledger") as server:
            month = rows(160, start=160 * number)
            recording = images.record(warm, server, folder, month, concurrency=CONCURRENCY, syncs=20 + number)
        read = images.reader(folder)
        for chunk, _, _ in recording.chunks():
            for image in images.prefixes(recording, chunk, 3 if chunk else 1):
                recording.judge(chunk, read(image))
                checked += 1
            for _ in range(60):
                recording.judge(chunk, read(images.lost_sectors(recording, chunk, random)))
                checked += 1
            if checked >= most:
                break
    say(f"journal {number}: {checked} images")
    return checked


def main(scale: float = 1.0, first: int | None = None, only: str = "") -> None:
    """Run all campaigns, or the one of this name, or fail."""
    campaigns = (update_wrapper(partial(kills, first=first), kills), calls, starts, power_cuts)
    run_all([campaign for campaign in campaigns if only in {"", campaign.__name__}], scale)


if __name__ == "__main__":
    main(float((sys.argv[1:] or ["1"])[0]), int(sys.argv[2]) if sys.argv[2:] else None, *sys.argv[3:4])
