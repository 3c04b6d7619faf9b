"""Campaigns of kills: a run is killed at random moments, again and again while it resumes, and judged at its end."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faultserver.ledger import requests_path
from tests.faultserver.plan import api_error, plan, rule, success
from tests.faultserver.plan import bulk as bulk_answer
from tests.support import inside
from tests.support.inputs import InputRow, write_csv
from tests.support.oracle import judge, judge_ids, judge_requests

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from tests.faultserver.server import FaultServerProcess
    from tests.support.command import Running
    from tests.support.warm import Warm

CONCURRENCY = 8
# Processor time, of which a run takes the same on a busy machine, too: most runs have ended by then.
_LONGEST_S = 0.12
_POLL_S = 0.0005
# Calls of a run that has nothing to post, or is writing its results, and how many there are at least.
_LAST_CALLS = {"pwrite": 4, "fsync": 4, "replace": 2}


@dataclass
class Figures:
    """What became of a campaign, or of several."""

    kills: int = 0
    runs: int = 0
    rows: int = 0
    in_doubt: int = 0
    most_in_doubt_a_kill: float = 0.0
    hits: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Figures) -> Figures:
        most = max(self.most_in_doubt_a_kill, other.most_in_doubt_a_kill)
        sums = (getattr(self, name) + getattr(other, name) for name in ("kills", "runs", "rows", "in_doubt"))
        return Figures(*sums, most, self.hits + other.hits)

    def __str__(self) -> str:
        hits = ", ".join(f"{place} {count}" for place, count in sorted(self.hits.items()))
        return (
            f"{self.kills} kills in {self.runs} runs of {self.rows} rows ({hits}); {self.in_doubt} in doubt, "
            f"at most {self.most_in_doubt_a_kill:.1f} for each kill of a campaign"
        )


@dataclass(frozen=True)
class _Seen:
    """What can be seen of a run from outside: how much the server has heard, and which file RESULTS is."""

    requests: int
    results: int

    @classmethod
    def of(cls, server: FaultServerProcess, results: Path) -> _Seen:
        requests = requests_path(server.ledger_path)
        return cls(
            requests.stat().st_size if requests.exists() else 0, results.stat().st_ino if results.exists() else 0
        )

    def place(self, after: _Seen, printed: str) -> str:
        """Where the run was killed that began with this and ended with `after`."""
        return self._stage(after, printed) + (" (resumed)" if self.requests else "")

    def _stage(self, after: _Seen, printed: str) -> str:
        if after.results != self.results:
            return "after its results"
        if "Writing the results" in printed:
            return "writing its results"
        return "sending" if after.requests > self.requests else "before its first request"


def busy(answers_s: float = 0.006) -> dict[str, Any]:
    """A plan with delayed answers, rows that are refused, and rows that need a second attempt."""
    return plan(
        rule(bulk_answer().but(delay_s=4 * answers_s), endpoint="bulk"),
        rule(api_error(400, "message_not_found"), chance=0.03),
        rule(api_error(500, "server_error"), chance=0.01, attempt=1),
        rule(success().but(delay_s=answers_s)),
    )


def killed(
    warm: Warm,
    server: FaultServerProcess,
    folder: Path,
    month: list[InputRow],
    random: Random,
    *,
    kills: int,
    name: str = "june",
    results: str = ".csv",
    bulk: int | None = None,
    breaks: dict[str, Any] | None = None,
) -> Figures:
    """Import `month`, kill the run `kills` times, let it end, and judge. Raises `OracleError`."""
    file, out = write_csv(folder / f"{name}.csv", month), folder / f"{name}.results{results}"
    ids = {row.message_id for row in month}
    command = ("import", file, "-o", out, "--base-url", server.url, "--rate", 0, "--concurrency", CONCURRENCY)
    command += ("--bulk", bulk) if bulk else ()
    figures, ended = Figures(rows=len(month)), False
    while figures.kills < kills:
        # Once everything is posted there is still the writing of the results to die in.
        moment, extra = _moment(random, ended=ended or figures.kills > 0.75 * kills)
        before = _Seen.of(server, out)
        with warm.start(*command, cwd=folder, breaks={**(breaks or {}), **extra}) as running:
            hit = _kill(running, server, moment, random, len(month) // kills)
        figures.runs += 1
        figures.kills += hit
        if hit:
            figures.hits[before.place(_Seen.of(server, out), running.wait().stderr)] += 1
        ended = ended or not hit
    last = warm.run(*command, "--json", cwd=folder, breaks=breaks)
    figures.runs += 1
    mine = [record for record in server.ledger() if record["message_id"] in ids]
    judge(month, out, mine, last.json, promised_in_doubt=CONCURRENCY * (bulk or 1) * figures.kills, artefacts=[folder])
    judge_ids(out, mine)
    judge_requests(server.requests())
    if last.exit not in (0, 1):
        raise AssertionError(last)
    again = warm.run(*command, "--json", cwd=folder, breaks=breaks)
    if again.json["requests"] or again.json["by_status"] != last.json["by_status"]:
        raise AssertionError(f"a rerun of a finished import is not quiet: {last}\n{again}")
    figures.in_doubt = last.json["by_status"].get("in_doubt", {"rows": 0})["rows"]
    figures.most_in_doubt_a_kill = figures.in_doubt / max(figures.kills, 1)
    return figures


def killed_at_call(
    warm: Warm, server: FaultServerProcess, folder: Path, month: list[InputRow], call: str, nth: int, when: str
) -> bool:
    """Kill a run at a call, let another end it, and judge; False when it never came to that call."""
    folder.mkdir()
    file = write_csv(folder / "june.csv", month)
    command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", 3, "--json")
    died = warm.run(*command, cwd=folder, breaks={"die": [call, nth, when]})
    last = inside.run(*command, cwd=folder)
    ids = {row.message_id for row in month}
    mine = [record for record in server.ledger() if record["message_id"] in ids]
    results = folder / "june.results.csv"
    judge(month, results, mine, last.json, promised_in_doubt=3 if died.exit < 0 else 0)
    left = {path.name for path in folder.iterdir()}
    if left != {"june.csv", results.name, f"{results.name}.journal"}:
        raise AssertionError(f"killed at {call} {nth} ({when}), it leaves behind {left}")
    return died.exit < 0


def started_together(warm: Warm, server: FaultServerProcess, folder: Path, month: list[InputRow], count: int) -> None:
    """Start as many runs on one RESULTS at once: one proceeds, the others end with 2 and disturb nothing."""
    file = write_csv(folder / "june.csv", month)
    server.replan(plan(rule(success().but(delay_s=1))))
    command = ("import", file, "--base-url", server.url, "--concurrency", 1, "--quiet")
    runs = [warm.start(*command, cwd=folder) for _ in range(count)]
    while sum(running.alive for running in runs) > 1:
        time.sleep(0.05)
    server.replan(plan())
    ends = [running.wait(100) for running in runs]
    refused = [end for end in ends if end.exit == 2 and "Another run is using" in end.stderr]
    proceeded = [end for end in ends if end not in refused]
    if [end.exit for end in proceeded] != [0]:
        raise AssertionError(f"of {count} runs these were not refused: {proceeded}")
    ids = {row.message_id for row in month}
    judge(month, folder / "june.results.csv", [one for one in server.ledger() if one["message_id"] in ids])


def _moment(random: Random, *, ended: bool) -> tuple[str, dict[str, Any]]:
    """Where the kill is to be, in words, and how the process has to be prepared for it."""
    moments = ["any time", "writing", "at a late call"] if ended else ["any time", "posting", "posting", "at a call"]
    moment = random.choice(moments)
    if not moment.startswith("at"):
        return moment, {}
    call = random.choice([*_LAST_CALLS] if ended else ["pwrite", "fdatasync", "ftruncate", "posix_fallocate"])
    most = _LAST_CALLS[call] if ended else {"ftruncate": 1, "posix_fallocate": 1}.get(call, 40)
    return moment, {"die": [call, random.randint(1, most), random.choice(["before", "half", "after"])]}


def _kill(running: Running, server: FaultServerProcess, moment: str, random: Random, share: int) -> bool:
    if moment.startswith("at"):
        return running.wait().exit < 0
    if moment == "any time":
        return _kill_after_work(running, random.uniform(0, _LONGEST_S))
    if moment == "writing":
        return _kill_while_writing(running, random)
    lines = len(server.ledger()) + random.randint(1, max(2, share))
    return running.kill_after(random.uniform(0, 0.01), ledger=server.ledger_path, lines=lines)


def _kill_after_work(running: Running, seconds: float) -> bool:
    """Kill it when it has used so much of a processor."""
    its_clock = ~running.pid << 3 | 2  # clock_getcpuclockid(3) of Linux
    while running.alive and time.clock_gettime(its_clock) < seconds:
        time.sleep(_POLL_S)
    return running.kill_after(0)


def _kill_while_writing(running: Running, random: Random) -> bool:
    while running.alive and b"Writing the results" not in running.stderr_so_far():
        time.sleep(_POLL_S)
    return running.kill_after(random.uniform(0, 0.03))
