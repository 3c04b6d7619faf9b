"""The long campaigns of dying: `python -m tests.soak.crash [SCALE]`. Each ends in the oracle and prints its figures.

kills            a thousand kills at random moments, also while resuming and while the results are written
calls            a small run killed before, within and after every call that changes a file, by itself and by strace
images           twenty-four thousand images of what a power cut may leave of a journal
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.faultserver.server import FaultServerProcess
from tests.support import images, saboteur, tracer
from tests.support.campaign import CONCURRENCY, Figures, busy, killed, killed_at_call
from tests.support.command import run
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge
from tests.support.soaking import run_all, say
from tests.support.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS = 1000
IMAGES = 24_000
KILLS_A_CAMPAIGN = 10
ROWS = 250


def kills(scale: float) -> Figures:
    """Two campaigns at a time, until there were enough kills."""
    campaigns = max(1, round(KILLS * scale / KILLS_A_CAMPAIGN))
    with Warm() as warm, ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda number: _campaign(warm, number), range(campaigns)), Figures())


def _campaign(warm: Warm, number: int) -> Figures:
    random = Random(number)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name) / "june"
        folder.mkdir()
        with FaultServerProcess(busy(), Path(name) / "server" / "ledger") as server:
            results, bulk = random.choice([".csv", ".csv", ".parquet"]), random.choice([None, None, None, 4])
            month = rows(ROWS, start=number * ROWS)
            figures = killed(warm, server, folder, month, random, kills=KILLS_A_CAMPAIGN, results=results, bulk=bulk)
    say(f"campaign {number}: {figures}")
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


def main(scale: float = 1.0) -> None:
    """Run all campaigns, or fail."""
    run_all((kills, calls, power_cuts), scale)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
