"""The long campaigns of sending: `python -m tests.soak.sending [SCALE]`. Each ends in the oracle and prints figures.

bulk             a million rows, a hundred a request, one request in a hundred goes wrong, and the rerun
one percent      a hundred thousand rows, one request in a hundred goes wrong in some way, and the rerun
healthy link     as many rows against a server that closes idle connections: no more than one in doubt
signals          the same run interrupted again and again, by every signal, until it is done
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faultserver.plan import answer, api_error, hang_up, idle, plan, rule, success, throttle
from tests.faultserver.server import FaultServerProcess
from tests.support.command import start
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge, judge_ids, judge_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faultserver.plan import Json
    from tests.support.process import Result

ROWS = 100_000
CONCURRENCY = 32
BULK = 100
_HTML = b"<html><body><h1>Bad gateway</h1></body></html>"
_FAULTS = (
    hang_up(stored=True),
    hang_up(stored=False, reset=True),
    hang_up(stored=True, answer_bytes=70),
    success().but(twice="now"),
    success().but(twice="next"),
    success().but(ending="close"),
    success().but(delay_s=0.3),
    answer(502, _HTML, stored=True),
    answer(200, _HTML, stored=True),
    answer(200, b"", stored=True),
    api_error(500, "server_error"),
    throttle("0"),
    throttle("1"),
    throttle(),
    api_error(422, "message_not_found"),
    api_error(404, "offer_not_found"),
)
_BULK_FAULTS = (
    hang_up(stored=True),
    hang_up(stored=False, reset=True),
    success().but(delay_s=0.3),
    answer(502, _HTML, stored=True),
    answer(200, _HTML, stored=True),
    api_error(500, "server_error"),
    throttle("0"),
    throttle(),
)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Campaign:
    """One input, one server, as many runs as it takes."""

    def __init__(self, folder: Path, count: int, chosen: Json) -> None:
        self.folder, self.month = folder, rows(count)
        self.file, self.results = write_csv(folder / "month.csv", self.month), folder / "month.results.csv"
        self.server = FaultServerProcess(chosen, folder / "server" / "ledger")

    def run(self, *options: object, during: Callable[[Any], None] | None = None, timeout: float = 3600) -> Result:
        """Run the command once."""
        arguments = ("import", self.file, "--base-url", self.server.url, "--json", "--rate", 0)
        common = ("--timeout", 10, "--concurrency", CONCURRENCY, "--no-progress")
        with start(*arguments, *common, *options, cwd=self.folder) as running:
            if during:
                during(running)
            return running.wait(timeout)

    def judge(self, result: Result, doubts: int) -> Counter[str]:
        """The oracle's word on the state after a run."""
        counts = self.judge_rows(result, doubts)
        judge_ids(self.results, self.server.ledger())
        judge_requests(self.server.requests())
        return counts

    def judge_rows(self, result: Result, doubts: int) -> Counter[str]:
        """The same without the ids of records and the requests, which are others with the bulk endpoint."""
        return judge(self.month, self.results, self.server.ledger(), result.json, promised_in_doubt=doubts)


def one_percent(folder: Path, count: int) -> str:
    """One request in a hundred goes wrong: what is in doubt stays in doubt, the rest is sent by the rerun."""
    faults = [rule(do, chance=0.01 / len(_FAULTS)) for do in _FAULTS]
    campaign = Campaign(folder, count, plan(*faults, idle=idle(1000)))
    with campaign.server as server:
        first = campaign.run("--stop-after", 1000)
        if first.json is None:
            raise AssertionError(f"the run gave no summary: {first}")
        doubts = first.json["by_status"].get("in_doubt", {"rows": 0})["rows"]
        counts = campaign.judge(first, doubts=count // 100)
        server.replan(plan())
        second = campaign.run()
        after = campaign.judge(second, doubts=doubts)
    if after["recorded"] + after["rejected"] + after["in_doubt"] != count or first.json["stopped"]:
        raise AssertionError(f"not all rows have an end: {counts}, then {after}; {first.json['stopped']}")
    return f"{dict(counts)} in {first.duration_s:.0f} s, {first.json['retries']} retries; rerun {dict(after)}"


def bulk(folder: Path, count: int) -> str:
    """The same with a hundred rows a request: a lost answer costs a hundred doubts, and no row is there twice."""
    faults = [rule(do, chance=0.01 / len(_BULK_FAULTS), endpoint="bulk") for do in _BULK_FAULTS]
    campaign = Campaign(folder, count, plan(*faults))
    with campaign.server as server:
        first = campaign.run("--bulk", BULK, "--stop-after", count)
        if first.json is None:
            raise AssertionError(f"the run gave no summary: {first}")
        counts = campaign.judge_rows(first, doubts=count // 50)
        server.replan(plan())
        after = campaign.judge_rows(campaign.run("--bulk", BULK), doubts=count // 50)
    if after["recorded"] + after["in_doubt"] != count or first.json["stopped"]:
        raise AssertionError(f"not all rows have an end: {counts}, then {after}; {first.json['stopped']}")
    return f"{dict(counts)} in {first.duration_s:.0f} s, {first.json['retries']} retries; rerun {dict(after)}"


def healthy_link(folder: Path, count: int) -> str:
    """A server that closes idle connections and is otherwise well costs no more than one doubt."""
    campaign = Campaign(folder, count, plan(idle=idle(150)))
    with campaign.server as server:
        result = campaign.run()
        counts = campaign.judge(result, doubts=1)
        connections = len(server.connections())
    return f"{dict(counts)} in {result.duration_s:.0f} s, {connections} connections"


def signals(folder: Path, count: int) -> str:
    """Interrupted at random moments, once or twice, until nothing is left: each row once, few in doubt."""
    dice = random.Random(1)
    campaign = Campaign(folder, count, plan(rule(success().but(delay_s=0.02), chance=0.5)))
    doubts, runs, exits = 0, 0, Counter[int]()

    def interrupt(running: Any, twice: bool) -> None:
        # Before that a signal only says that nothing was posted.
        running.wait_for("Posting to|Writing")
        time.sleep(dice.uniform(0, 2))
        number = dice.choice(_SIGNALS)
        for _ in range(1 + twice):
            if running.alive:
                running.send_signal(number)
                time.sleep(dice.uniform(0, 0.02))

    with campaign.server:
        while True:
            twice = dice.random() < 0.5
            result = campaign.run(during=partial(interrupt, twice=twice))
            runs += 1
            exits[result.exit] += 1
            if result.json is None:  # interrupted while the results were being written; the next run goes on
                continue
            doubts += CONCURRENCY if twice else 0
            counts = campaign.judge(result, doubts=doubts)
            if not counts["pending"]:
                return f"{dict(counts)} after {runs} runs, exits {dict(exits)}"


def main(scale: float = 1.0) -> None:
    """Run all campaigns, or fail."""
    count = round(ROWS * scale)
    campaigns = ((one_percent, count), (bulk, 10 * count), (healthy_link, count), (signals, count // 4))
    for campaign, size in campaigns:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            said = campaign(Path(folder), size)
        print(f"{campaign.__name__}, {size} rows: {said} ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
