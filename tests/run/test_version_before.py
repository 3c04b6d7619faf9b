"""RESULTS and journals that version 0.1.0 wrote are read for ever: nothing is sent twice, every doubt keeps its moment.

The files in `samples/earlier` are that version's own, and are never written again: `finished` is what an import leaves,
after a rerun, two verdicts and a newer input that two rows had left; `interrupted` is the same month when the second
run was killed, with rows in flight, a row in doubt that was sent again and a torn last line. `told.json` is what that
version itself made of them.
"""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer import run_import
from importer.journal import journal_path
from importer.report import make_report, report_fields
from importer.run import Verdict, resolve
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY, hang_up, plan, rule
from tests.faultserver.server import FaultServer

if TYPE_CHECKING:
    from importer.model import Summary

SAMPLES = Path(__file__).parents[1] / "samples" / "earlier"
NAME = "june.sandbox.results.csv"
KINDS = ("finished", "interrupted")
NOW = datetime(2026, 11, 27, tzinfo=UTC)
# The row whose answers were lost in two runs, and since when it is in doubt: the first attempt after the verdict.
LOST, SINCE = "Zq000bfh", {"finished": "2026-11-26T18:45:23.101Z", "interrupted": "2026-11-26T18:45:27.218Z"}
ROWS_IN_DOUBT = {"finished": (3, 4, 26), "interrupted": (3, 7, 22, 28, 29, 30, 31, 32)}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def results(kind: str, tmp_path: Path) -> Path:
    for path in (SAMPLES / kind).glob("june*"):
        shutil.copy(path, tmp_path)
    return tmp_path / NAME


def told(kind: str) -> dict[str, Any]:
    return json.loads((SAMPLES / kind / "told.json").read_text())


def imported(results: Path, url: str = "http://127.0.0.1:9/api", **more: Any) -> Summary:
    """Import the same input again; each sandbox is the same API for the results."""
    given = {"base_url": url, "sandbox": True, "api_key": CANARY_KEY, "rate": 0, "keep": ("note",), **more}
    return run_import(Settings(inputs=(str(results.with_name("june.csv")),), **given))


def lines(results: Path) -> list[dict[str, str]]:
    with results.open(newline="") as file:
        return [dict(line) for line in csv.DictReader(file)]


def reported(results: Path) -> dict[str, Any]:
    fields = report_fields(make_report([results]))
    wanted = ("balanced", "provisional", "by_status", "by_code", "not_in_input", "checks", "in_doubt", "runs")
    found = json.loads(json.dumps({name: fields[name] for name in (*wanted, "verdicts")}))
    for run in found["runs"]:
        assert (run.pop("approval"), run.pop("why")) == (None, None)  # what that version did not note
        run.pop("host")  # and did not tell
    return found


def doubts(results: Path, kind: str) -> list[dict[str, Any]]:
    """What `resolve` shows of every row in doubt, without a verdict being given."""
    seen: list[dict[str, Any]] = []

    def look(cases: Any) -> bool:
        seen.extend({"row": case.row, "doubt": case.doubt, "tried_at": case.tried_at} for case in cases)
        return True

    resolve(results, [Verdict(False, "no trace", row=row) for row in ROWS_IN_DOUBT[kind]], look, now=NOW)
    return seen


def test_a_rerun_that_posts_nothing_writes_the_same_results(kind, results):
    """Every line of RESULTS is what that version would have written, whole sentences and kept rows among them."""
    for _ in range(2):
        imported(results, limit=0)
        assert without_refunds(lines(results)) == without_refunds(told(kind)["results"])


def without_refunds(lines):
    """Lines but for the code and the sentence of negative amounts, which have had their own only since."""
    said = {"error_code", "error_message"}
    return [
        {name: cell for name, cell in line.items() if name not in said or not line["revenue"].startswith("'-")}
        for line in lines
    ]


def without_words(report):
    """What a report says but for the sentences of its controls, which every version may put better."""
    checks = [{"name": check["name"], "ok": check["ok"]} for check in report["checks"]]
    return report | {"checks": checks, "runs": without_sums(report["runs"])}


def without_sums(runs):
    """Runs, but for what a killed one sent by itself, which the version before did not add up."""
    return [{name: value for name, value in run.items() if name != "so_far"} for run in runs]


def test_the_report_says_the_same(kind, results):
    """Statuses, moments to look up, runs, options and verdicts, before and after another run."""
    assert without_words(reported(results)) == without_words(told(kind)["report"])
    imported(results, limit=0)
    after = reported(results)
    runs = told(kind)["report"]["runs"]
    assert after["in_doubt"] == told(kind)["report_after"]["in_doubt"]
    assert (without_sums(after["runs"])[: len(runs)], after["verdicts"]) == (runs, told(kind)["report"]["verdicts"])


def test_resolve_shows_the_same_doubts(kind, results):
    """The sentence that says what to look for, of rows whose run ended and of rows whose run was killed."""
    assert doubts(results, kind) == told(kind)["doubts"]


def test_resolve_shows_the_same_doubts_of_results_alone(kind, results):
    """Without its journal RESULTS is enough."""
    imported(results, limit=0)
    journal_path(results).unlink()
    assert doubts(results, kind) == told(kind)["doubts"]


@pytest.mark.parametrize("alone", [False, True])
def test_the_next_import_sends_only_what_is_open(kind, results, alone):
    """Nothing recorded is sent again; a row whose answer is lost once more is in doubt since its first lost answer."""
    if alone:
        imported(results, limit=0)
        journal_path(results).unlink()
    before = {line["message_id"] for line in lines(results) if line["status"] == "recorded"}
    with FaultServer(plan(rule(hang_up(stored=True), message_id=LOST))) as server:
        imported(results, server.url, in_doubt="resend", attempts=2, concurrency=2, allow_missing=alone)
        sent = {record["message_id"] for record in server.ledger()}
    assert not sent & before
    (line,) = [line for line in lines(results) if line["status"] == "in_doubt" and line["row"]]
    assert line["message_id"] == LOST
    assert f", from {SINCE[kind]} on (UTC)" in line["error_message"]


def test_a_verdict_on_them_is_kept(kind, results):
    """`resolve` on a journal of that version: the row is posted once by the next import, the doubt stays on record."""
    row = ROWS_IN_DOUBT[kind][0]
    resolve(results, [Verdict(False, "no trace", row=row)], lambda _: True, now=NOW)
    with FaultServer(plan()) as server:
        imported(results, server.url)
        assert [record["message_id"] for record in server.ledger()].count(LOST) == 1
    last = reported(results)["verdicts"][-1]
    assert (last["message_id"], last["verdict"], last["why"]) == (LOST, "not_recorded", "no trace")
