"""The long campaigns of clusters: `python -m tests.soak.cluster [SCALE]`. Each ends in the oracle and says its figures.

kills      two hundred kills of workers of a Dask cluster, ten a campaign, while three shards are imported
zombies    workers that are stopped until the scheduler gives their shards to others, and then go on
given_up   a scheduler that gives a shard up when a worker died with it: exit 3, and the next command ends the import
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.faultserver.server import FaultServerProcess
from tests.support.campaign import busy
from tests.support.command import Running, run, start
from tests.support.dask import DaskCluster, merged, shards_of
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge, judge_ids, judge_requests
from tests.support.soaking import run_all, say

if TYPE_CHECKING:
    from collections.abc import Callable

KILLS = 200
KILLS_A_CAMPAIGN = 10
ZOMBIES = 40
GIVEN_UP = 20
CONCURRENCY = 8
SHARDS = 3
ROWS = 900
SILENT_S = 4.0


def kills(scale: float) -> str:
    """One campaign after the other on one cluster."""
    campaigns, made, doubts = max(1, round(KILLS * scale / KILLS_A_CAMPAIGN)), 0, 0
    with DaskCluster(workers=SHARDS) as cluster:
        for number in range(campaigns):
            killed, doubted = _campaign(cluster, number, KILLS_A_CAMPAIGN, _kill)
            made, doubts = made + killed, doubts + doubted
    return f"{made} workers killed in {campaigns} imports of {ROWS} rows; {doubts} rows in doubt"


def zombies(scale: float) -> str:
    """The scheduler thinks them dead, and they are not: the lock of the journal decides."""
    wanted, doubts = max(2, round(ZOMBIES * scale)), 0
    for number in range(wanted):
        with DaskCluster(workers=SHARDS, silent_s=SILENT_S) as cluster:
            doubts += _campaign(cluster, 10_000 + number, 1, _stop_for_a_while)[1]
    return f"{wanted} workers given up while alive; {doubts} rows in doubt"


def given_up(scale: float) -> str:
    """What the cluster gives up stands in the journal, and in the summary."""
    made = max(1, round(GIVEN_UP * scale))
    with DaskCluster(workers=SHARDS, deaths=0) as cluster:
        for number in range(made):
            _campaign(cluster, 20_000 + number, 1, _kill, exits=(3,))
    return f"{made} imports given up by the cluster, and ended by the next command"


def _campaign(
    cluster: DaskCluster,
    number: int,
    times: int,
    trouble: Callable[[DaskCluster, Running, Random], int],
    exits: tuple[int, ...] = (0, 1),
) -> tuple[int, int]:
    random, done = Random(number), 0
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name) / "june"
        folder.mkdir()
        with FaultServerProcess(busy(0.08), Path(name) / "server" / "ledger") as server:
            month = rows(ROWS, start=(number * ROWS) % 900_000)
            file = write_csv(folder / "june.csv", month)
            command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", CONCURRENCY, "--json")
            with start(*command, "--scheduler", cluster.address, "--shards", SHARDS, key=None) as running:
                for share in range(1, times + 1):
                    lines = ROWS * share // (times + 1) + random.randint(-9, 9)
                    while running.alive and len(server.ledger()) < lines:
                        time.sleep(0.01)
                    done += trouble(cluster, running, random)
                ended = running.wait(600)
            if ended.exit not in exits:
                raise AssertionError(ended)
            if ended.exit == 3:
                ended = run(*command, "--scheduler", cluster.address, key=None, timeout=600)
            again = run(*command, "--scheduler", cluster.address, key=None, timeout=600)
            everything = merged(shards_of(file, SHARDS), folder / "june.results.csv")
            promised = CONCURRENCY * done
            counts = judge(month, everything, server.ledger(), ended.json, promised_in_doubt=promised)
            judge_ids(everything, server.ledger())
            judge_requests(server.requests())
    if again.json["requests"] or again.json["by_status"] != ended.json["by_status"]:
        raise AssertionError(f"{ended}\n{again}")
    say(f"import {number}: {done} troubles, {dict(counts)}")
    return done, counts["in_doubt"]


def _kill(cluster: DaskCluster, running: Running, random: Random) -> int:
    cluster.kill_worker(random)
    return int(running.alive)


def _stop_for_a_while(cluster: DaskCluster, running: Running, random: Random) -> int:
    pid = cluster.stop_worker(random)
    time.sleep(SILENT_S * random.uniform(1, 4))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
    return 1


def main(scale: float = 1.0) -> None:
    """Run all campaigns, or fail."""
    run_all((kills, zombies, given_up), scale)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
