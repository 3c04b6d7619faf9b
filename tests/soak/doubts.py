"""A million rows in doubt after kills: `python -m tests.soak.doubts [SCALE]` prints what each command takes for them.

Imports by `--bulk` into a server that stores half of the requests and answers none are killed, again and again, until
a million rows are in doubt. Rows before and after them are recorded, and what the server stored is the export.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.faultserver.ledger import read_lines, requests_path
from tests.faultserver.plan import plan, rule, stall
from tests.faultserver.server import FaultServerProcess
from tests.support.command import PROGRAM, run, start
from tests.support.soaking import run_all, say

if TYPE_CHECKING:
    from tests.support.process import Result

ROWS = 1_000_000
CONCURRENCY, BULK = 1024, 100
RECORDED = 1_000
MOST_S, MOST_MB = 60, 700
WHY = "the server's ledger"
# The kernel's account of a process begins with the memory of the one that started it: a small one stands between.
_MEASURED = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as told:
    print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=told)
sys.exit(ended.returncode)
"""


@dataclass(frozen=True)
class Cost:
    """What one command took: processor time of all its threads, and the most memory."""

    result: Result
    seconds: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.megabytes:.0f} MB"


class Doubtful:
    """A folder with RESULTS of which so many rows are in doubt, and the export of what the server has."""

    def __init__(self, folder: Path, doubts: int) -> None:
        self.folder, self.doubts = folder, doubts
        self.results, self.vendor = folder / "month.results.csv", folder / "vendor.csv"
        self.rounded = folder / "rounded.csv"
        self._file = folder / "month.csv"
        _rows(doubts + 4 * RECORDED).write_csv(self._file)

    def make(self) -> None:
        """Post all rows; the answers to those in the middle are never given."""
        answered: Any = {"nth": (2, None), "endpoint": "bulk"}  # a run sends one request alone until it was answered
        lost = plan(rule(stall(stored=True), chance=0.5, **answered), rule(stall(stored=False), **answered))
        with FaultServerProcess(plan(), self.folder / "server" / "ledger") as server:
            self._import(server)
            for begin in range(0, self.doubts, CONCURRENCY * BULK):
                server.replan(lost)
                count = min(self.doubts - begin, CONCURRENCY * BULK)
                self._killed(server, count)
                say(f"{begin + count:,} rows in doubt")
            server.replan(plan())
            self._import(server)
            stored = pl.DataFrame(read_lines(server.ledger_path), infer_schema_length=None)
        columns = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")
        stored.select(*columns, source=pl.lit("api")).write_csv(self.vendor)
        _rounded(pl.read_csv(self.vendor, infer_schema=False)).write_csv(self.rounded)
        self.stored = set(stored["message_id"])

    def _import(self, server: FaultServerProcess) -> None:
        options = ("--base-url", server.url, "--rate", 0, "--bulk", BULK, "--limit", RECORDED, "--no-progress")
        with start("import", self._file, *options, cwd=self.folder) as running:
            assert running.wait(600).exit == 1

    def _killed(self, server: FaultServerProcess, count: int) -> None:
        """A run of which so many rows are under way when it is killed."""
        log = requests_path(server.ledger_path)
        before = len(read_lines(log))
        options = ("--base-url", server.url, "--rate", 0, "--bulk", BULK, "--limit", BULK + count, "--no-progress")
        options = (*options, "--concurrency", CONCURRENCY, "--timeout", 3600)
        with start("import", self._file, *options, cwd=self.folder) as running:
            assert running.kill_after(ledger=log, lines=before + 1 + -(-count // BULK), timeout=600)

    def cost(self, *arguments: object) -> Cost:
        """Run a command, and measure it."""
        told = self.folder / "used"
        result = run(
            *arguments, cwd=self.folder, timeout=600, program=(sys.executable, "-c", _MEASURED, str(told), *PROGRAM)
        )
        assert result.exit in {0, 1}, result
        seconds, kilobytes = map(float, told.read_text().split())
        return Cost(result, seconds, kilobytes / 1024)

    def of_statuses(self) -> dict[str, Any]:
        """How many rows have each status."""
        by_status = self.cost("status", self.results, "--json").result.json["by_status"]
        return {status: share["rows"] for status, share in by_status.items()}


def _rows(count: int) -> pl.DataFrame:
    """So many rows of a month, no two with the same message id."""
    n = pl.int_range(count, eager=True).alias("n").to_frame()
    second = pl.datetime(2026, 6, 1, time_zone="UTC") + pl.duration(seconds=pl.col("n") * 7919 % 2_592_000)
    return n.select(
        message_id=pl.format("m{}", pl.col("n").cast(pl.String).str.zfill(7)),
        revenue=pl.format("{}.{}", pl.col("n") * 31 % 997, (pl.col("n") * 17 % 100).cast(pl.String).str.zfill(2)),
        attribution_type=pl.lit(pl.Series(["sale", "click", "send"])).gather(pl.col("n") % 3),
        offer_id=(4500 + pl.col("n") % 40).cast(pl.String),
        timestamp=second.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _rounded(lines: pl.DataFrame) -> pl.DataFrame:
    """An export with one decimal and whole minutes: in which form it rounds has to be found out."""
    return lines.with_columns(
        pl.col("revenue").cast(pl.Decimal(38, 2)).round(1, mode="half_to_even"),
        pl.format("{}:00Z", pl.col("timestamp").str.head(16)),
    )


def a_million_in_doubt(scale: float) -> str:
    """No verdict is wrong, every command takes less than a minute and 700 MB, and both ways settle the same."""
    costs = dict[str, Cost]()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        made = Doubtful(Path(name), max(CONCURRENCY, round(ROWS * scale)))
        made.make()
        costs["status"] = made.cost("status", made.results, "--json")
        compare = ("reconcile", made.results, "--against", made.vendor, "--ours", "source=api", "--settle", 0)
        costs["reconcile --verdicts"] = made.cost(*compare, "--verdicts", "draft.csv", "--json")
        draft = pl.read_csv(made.folder / "draft.csv", infer_schema=False)
        assert draft.height == made.doubts
        told = draft.drop_nulls("verdict").with_columns(stored=pl.col("message_id").is_in(list(made.stored)))
        wrong = told.filter((pl.col("verdict") == "recorded") != pl.col("stored")).height
        assert wrong == 0, f"{wrong:,} verdicts are wrong"
        rounded = ("reconcile", made.results, "--against", made.rounded, *compare[4:], "--json")
        costs["reconcile, rounded"] = made.cost(*rounded)
        _check_rounded(costs["reconcile, rounded"].result.json, told)
        settled = _both_ways(made, costs, compare)
        assert settled["in_doubt"] == made.doubts - told.height, settled
    figures = "; ".join(f"{command} {cost}" for command, cost in costs.items())
    for command, cost in costs.items():
        assert cost.seconds < MOST_S, (command, figures)
        assert cost.megabytes < MOST_MB, (command, figures)
    return f"{made.doubts:,} in doubt, {told.height / made.doubts:.2%} settled, none wrong: {figures}"


def _check_rounded(found: dict[str, Any], told: pl.DataFrame) -> None:
    """The same rows are settled."""
    settled = {verdict: found[f"settled_{verdict}"]["rows"] for verdict in ("recorded", "not_recorded")}
    assert settled == dict(told.group_by("verdict").len().iter_rows()), settled


def _both_ways(made: Doubtful, costs: dict[str, Cost], compare: tuple[object, ...]) -> dict[str, Any]:
    """Settle by `resolve --from`, and once more from the same state by `reconcile --apply`."""
    files = [path for path in made.folder.glob("month.results.csv*") if path.is_file()]
    kept = made.folder / "kept"
    kept.mkdir()
    for path in files:
        shutil.copy(path, kept)
    costs["resolve --from"] = made.cost("resolve", made.results, "--from", "draft.csv", "--sure", "--yes")
    by_draft = made.of_statuses()
    for path in kept.iterdir():
        shutil.copy(path, made.folder)
    costs["reconcile --apply"] = made.cost(*compare, "--apply", "all", "--why", WHY, "--yes", "--json")
    settled = made.of_statuses()
    assert settled == by_draft, (settled, by_draft)
    return {"in_doubt": 0, **settled}


def main(scale: float = 1.0) -> None:
    """All of it."""
    run_all([a_million_in_doubt], scale)


if __name__ == "__main__":
    began = time.monotonic()
    main(*map(float, sys.argv[1:2]))
