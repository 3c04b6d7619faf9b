"""The DAG of docs/operations.md in a real Airflow: `python -m tests.soak.airflow [SCALE]`.

It needs an index of Python packages. Airflow and the product are installed into throw-away environments, each as its
own documentation says. Only the folder and the pause between two tries are others than in the document. Each run
imports the file of its day and must end green with every row in the ledger once:

late       the run that the schedule begins finds no file at its first try
unattended the API is down, the import is terminated, Airflow's own task process is killed while the import goes on
killed     the import is killed: rows in doubt make the task fail at once, until a person has looked them up
worker     everything of a worker is killed at once, as when its machine dies; Airflow misses its heartbeat
"""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs.documents import OPERATIONS, ROOT
from tests.faultserver.plan import CANARY_KEY, outage, plan, rule, success
from tests.faultserver.server import FaultServerProcess
from tests.support.airflow import Airflow, Try, make_venv
from tests.support.inputs import Content, InputRow, rows, write_csv
from tests.support.oracle import judge, judge_ids, judge_requests, read_results
from tests.support.process import environment
from tests.support.soaking import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 10
ROWS = 5000
CONCURRENCY = 32
FIRST_DAY = date(2026, 7, 1)
HEALTHY = plan(rule(success().but(delay_s=0.1)))
DOWN = plan(outages=(outage("refuse", for_s=3600),))


class Place:
    """`/srv/revenue` of the recipe with the product in it, an API with a ledger, and an Airflow."""

    def __init__(self, folder: Path, server: FaultServerProcess) -> None:
        self.folder, self.server = folder / "revenue", server
        self.folder.mkdir()
        self._bin = make_venv(self.folder / ".venv", "-c", "requirements.lock", ".", cwd=ROOT)
        (self.folder / "key").write_text(CANARY_KEY + "\n")
        recipe = OPERATIONS.block("python", "DAG(")
        recipe = recipe.replace("/srv/revenue", str(self.folder)).replace("minutes=10", "seconds=5")
        self._env = environment(key=None, extra={"PYTHONPATH": None, "TRACKLY_BASE_URL": server.url})
        self.logs = folder / "airflow" / "logs"
        self.airflow = Airflow(folder / "airflow", recipe, self._env)
        self._made = 0

    def month(self) -> list[InputRow]:
        """Rows that no other run has."""
        self._made += 1
        return rows(ROWS, start=ROWS * (self._made - 1))

    def stored(self, month: list[InputRow]) -> list[dict[str, object]]:
        """What the API recorded of these rows."""
        ids = {row.message_id for row in month}
        return [record for record in self.server.ledger() if record["message_id"] in ids]

    def importer(self, day: str, month: list[InputRow], share: float) -> int:
        """The process id of the day's import, once it has posted that share of the rows."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            if len(self.stored(month)) >= share * len(month) and (found := list(self._processes(f"{day}.csv\0"))):
                return found[0]
            time.sleep(0.1)
        raise TimeoutError(f"the import of {day} is not under way: {self.airflow.tries(day)}")

    def _processes(self, word: str) -> Iterator[int]:
        """The programs of this place with that word in their arguments."""
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if all(part.encode() in (path / "cmdline").read_bytes() for part in (str(self.folder), word)):
                    yield int(path.name)

    def close(self) -> None:
        """End what a broken campaign left behind: an import does not end with its Airflow."""
        for pid in self._processes(""):
            os.kill(pid, signal.SIGKILL)

    def resolve(self, day: str, month: list[InputRow]) -> int:
        """A person's part: look the rows in doubt up (here: in the ledger) and say what is there; how many."""
        there = Counter(Content.of(record) for record in self.stored(month))
        results, verdicts = self.folder / f"{day}.results.csv", self.folder / "verdicts.csv"
        doubts = [line for line in read_results(results) if line["status"] == "in_doubt"]
        with verdicts.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("row", "verdict", "why"))
            for line in doubts:
                word = "recorded" if there[month[int(line["row"]) - 1].content] else "not_recorded"  # type: ignore[index]
                writer.writerow((line["row"], word, "seen in the dashboard"))
        command = [self._bin / "revenue-importer", "resolve", results, "--from", verdicts, "--yes"]
        subprocess.run(command, env=self._env, check=True, capture_output=True)
        return len(doubts)

    def judge(self, day: str, month: list[InputRow]) -> None:
        """Every row of the file is recorded, and in the ledger once."""
        stored, results = self.stored(month), self.folder / f"{day}.results.csv"
        counts = judge(month, results, stored, artefacts=[self.logs])
        judge_ids(results, stored)
        if counts != {"recorded": ROWS} or len(stored) != ROWS:
            raise AssertionError(f"{day}: {counts}, {len(stored)} in the ledger")


def late(place: Place) -> str:
    """The run of the schedule: 2 until the file is there."""
    while not (runs := place.airflow.runs()):
        time.sleep(0.2)
    run, day = runs[0], runs[0].removeprefix("scheduled__")[:10]
    place.airflow.wait(run, "up_for_retry")
    month = place.month()
    write_csv(place.folder / "comes", month).rename(place.folder / f"{day}.csv")
    tries = place.airflow.wait(run, "success", "failed")
    expect(tries, lambda exits: set(exits[:-1]) == {2} and exits[-1] == 0)
    place.judge(day, month)
    return _told(tries)


def unattended(place: Place, day: str) -> str:
    """Three failures of three kinds, and nobody who does anything."""
    month, airflow = place.month(), place.airflow
    write_csv(place.folder / f"{day}.csv", month)
    place.server.replan(DOWN)
    airflow.trigger(day)
    airflow.wait(day, "up_for_retry")
    place.server.replan(HEALTHY)
    os.kill(place.importer(day, month, 0.2), signal.SIGTERM)
    airflow.wait(day, "up_for_retry", tries=2)
    os.kill(parent(place.importer(day, month, 0.5)), signal.SIGKILL)
    tries = airflow.wait(day, "success", "failed", tries=4)  # with 2, as long as the import is still at work
    expect(tries, lambda exits: exits[:3] == [3, 143, None] and set(exits[3:-1]) <= {2} and exits[-1] == 0)
    place.judge(day, month)
    return _told(tries)


def killed(place: Place, day: str) -> str:
    """SIGKILL of the import."""
    return _looked_up(place, day, lambda importer: [importer], first=-signal.SIGKILL)


def worker(place: Place, day: str) -> str:
    """SIGKILL of the import, the process of Airflow's task, and the one that watches over it."""

    def all_of_it(importer: int) -> list[int]:
        return [parent(parent(importer)), parent(importer), importer]

    return _looked_up(place, day, all_of_it, first=None)


def _looked_up(place: Place, day: str, victims: Callable[[int], list[int]], first: int | None) -> str:
    month, airflow = place.month(), place.airflow
    write_csv(place.folder / f"{day}.csv", month)
    airflow.trigger(day)
    for pid in victims(place.importer(day, month, 0.5)):
        os.kill(pid, signal.SIGKILL)
    tries = airflow.wait(day, "failed", "success", tries=2)
    expect(tries, lambda exits: exits == [first, 1])
    judge(month, place.folder / f"{day}.results.csv", place.stored(month), promised_in_doubt=CONCURRENCY)
    doubts = place.resolve(day, month)
    airflow.clear(day)
    tries = airflow.wait(day, "success", "failed", tries=3)
    expect(tries, lambda exits: exits == [first, 1, 0])
    place.judge(day, month)
    return f"{_told(tries)}, after {doubts} rows in doubt were looked up"


def parent(pid: int) -> int:
    """The process that began this one."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def expect(tries: list[Try], right: Callable[[list[int | None]], bool]) -> None:
    """Raises `AssertionError` when Airflow saw other exit statuses."""
    if not right([one.exit for one in tries]):
        raise AssertionError(tries)


def _told(tries: list[Try]) -> str:
    return "exits " + ", ".join("none" if one.exit is None else str(one.exit) for one in tries)


def main(scale: float = 1.0) -> None:
    """Run every scenario so many times, or fail."""
    days = (f"{FIRST_DAY + timedelta(days=number)}" for number in range(10_000))
    folder = tempfile.TemporaryDirectory(prefix="soak-")
    with folder as name, FaultServerProcess(HEALTHY, Path(name) / "server" / "ledger") as server:
        place = Place(Path(name), server)
        with contextlib.closing(place), place.airflow as airflow:
            say(f"Airflow {airflow.version}, {ROWS} rows a run")
            say(f"late: {late(place)}")
            for _ in range(max(1, round(ROUNDS * scale))):
                for scenario in (unattended, killed, worker):
                    say(f"{scenario.__name__}: {scenario(place, next(days))}")
            judge_requests(server.requests())
            print(f"{len(airflow.runs())} runs, {len(server.ledger())} rows, each recorded once", flush=True)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
