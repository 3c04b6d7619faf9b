"""What the page says after verdicts: what journal and results say, be a verdict changed, and changed back."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.faultserver.plan import hang_up, plan, rule
from tests.web.test_runs import csv

if TYPE_CHECKING:
    from tests.faultserver.server import FaultServerProcess
    from tests.web.person import Person

pytestmark = [pytest.mark.time_limit(120), pytest.mark.usefixtures("warm_commands")]
ROWS = 12
FILE = csv(ROWS) + b"\nshort,1.00,sale,,\n"
IDS = [line.split(b",")[0].decode() for line in FILE.splitlines()[1:]]


@pytest.fixture
def lossy(healthy_server: FaultServerProcess) -> FaultServerProcess:
    """A server that loses the answers to rows 4 and 8, which it has stored."""
    healthy_server.replan(plan(*(rule(hang_up(stored=True), message_id=IDS[row - 1]) for row in (4, 8))))
    return healthy_server


@pytest.fixture
def local(make_site, visit, lossy) -> Person:
    """One person at a page of this process, whose runs are real."""
    site = make_site(lossy.url)
    person = visit(site)
    person.get(f"/?token={site.sessions.token}")
    return person


@pytest.fixture
def doubtful(local) -> str:
    """An import with two rows in doubt and one that is invalid; its path."""
    path = local.approved(FILE)
    local.done(path, "run")
    local.wait(path, "needs_a_person")
    return path


def told(person: Person, path: str) -> tuple[str, dict[str, int], dict[str, int], int]:
    """State, rows by status, rows by code, exit."""
    found = person.state(path)
    by_status = {status: share["rows"] for status, share in found["summary"]["by_status"].items()}
    return found["state"], by_status, found["summary"]["by_code"], found["summary"]["exit"]


def verdict(person: Person, path: str, row: int, what: str) -> None:
    person.done(path, "doubts", row=str(row), verdict=what, why="looked up", sure="yes")


def text_of(person: Person, path: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", person.get(path).text).split())


def by_command(run, tmp_path, url: str, path: str) -> dict[str, Any]:
    """What the same command says, which has nothing to post any more."""
    import_id = path.rsplit("/", 1)[1]
    data = tmp_path / "data"
    inputs = data / "uploads" / import_id / "v1" / "file" / "june.csv"
    results = data / "results" / f"{import_id}.results.csv"
    found = run("import", inputs, "--results", results, "--base-url", url, "--no-index", "--json")
    return dict(json.loads(found.stdout))


def test_after_verdicts_the_summary_is_what_the_command_says(local, doubtful, lossy, run, tmp_path):
    assert told(local, doubtful)[2] == {"connection_lost": 2, "invalid_message_id": 1}
    verdict(local, doubtful, 4, "recorded")
    codes = {"connection_lost": 1, "resolved_recorded": 1, "invalid_message_id": 1}
    assert told(local, doubtful) == ("needs_a_person", {"recorded": 11, "invalid": 1, "in_doubt": 1}, codes, 1)
    shown = {
        what: text_of(local, f"{doubtful}/outcome?{what}") for what in ("status=in_doubt", "code=resolved_recorded")
    }
    assert [[name in text for name in (IDS[3], IDS[7], "short")] for text in shown.values()] == [
        [False, True, False],
        [True, False, False],
    ]
    assert all(name in text_of(local, f"{doubtful}/outcome") for name in IDS)
    verdict(local, doubtful, 8, "recorded")
    codes = {"resolved_recorded": 2, "invalid_message_id": 1}
    assert told(local, doubtful) == ("done", {"recorded": 12, "invalid": 1}, codes, 1)
    assert "Connection lost" not in text_of(local, doubtful)
    state, command = local.state(doubtful)["summary"], by_command(run, tmp_path, lossy.url, doubtful)
    for name in ("rows", "revenue", "by_status", "by_code", "by_month", "stopped", "exit"):
        assert state[name] == command[name], name
    assert len(lossy.ledger()) == ROWS


def test_a_verdict_that_is_taken_back_leaves_the_import_as_it_was(local, doubtful, lossy):
    approved_by = local.state(doubtful)["approved_by"]
    for row in (4, 8):
        verdict(local, doubtful, row, "recorded")
    assert local.state(doubtful)["state"] == "done"
    verdict(local, doubtful, 4, "not_recorded")
    codes = {"resolved_recorded": 1, "resolved_not_recorded": 1, "invalid_message_id": 1}
    assert told(local, doubtful)[:3] == ("checked", {"recorded": 11, "invalid": 1, "pending": 1}, codes)
    page = text_of(local, doubtful)
    assert "Nothing is posted yet" not in page
    assert "1 row" in page.split("to be posted")[0]
    assert local.post(f"{doubtful}/run").status_code == 409
    verdict(local, doubtful, 4, "recorded")
    assert told(local, doubtful)[0] == "done"
    assert local.state(doubtful)["approved_by"] == approved_by is not None
    page = text_of(local, doubtful)
    assert "Submit for approval" not in page
    assert "Open the report" in page
    for step in ("submit", "approve", "run"):
        assert local.post(f"{doubtful}/{step}", plan=local.state(doubtful)["plan"]).status_code == 409
    assert len(lossy.ledger()) == ROWS


@pytest.mark.parametrize("steps", [("submit",), ("submit", "approve"), ("submit", "return")], ids="-".join)
def test_one_taken_back_after_further_steps_leaves_nothing_to_approve(local, doubtful, steps):
    verdict(local, doubtful, 8, "recorded")
    verdict(local, doubtful, 4, "not_recorded")
    for step in steps:
        local.done(doubtful, step, plan=local.state(doubtful)["plan"], why="no")
    assert local.state(doubtful)["state"] != "done"
    verdict(local, doubtful, 4, "recorded")
    assert local.state(doubtful)["state"] == "done"
    assert local.post(f"{doubtful}/run").status_code == 409


def test_a_run_that_stopped_is_done_when_verdicts_leave_nothing_to_post(local, lossy):
    """It stopped for its rows in doubt, when every row was sent."""
    lossy.replan(plan(rule(hang_up(stored=True))))
    path = local.approved(csv(2), **{"stop-after": "2", "concurrency": "2"})
    local.done(path, "run")
    assert local.wait(path, "needs_a_person")["summary"]["stopped"] is not None
    for row in (1, 2):
        verdict(local, path, row, "recorded")
    assert told(local, path) == ("done", {"recorded": 2}, {"resolved_recorded": 2}, 0)
    assert local.state(path)["summary"]["stopped"] is None


def test_of_a_new_version_nobody_says_that_nothing_was_posted(local, doubtful):
    """A new version is checked anew, and what an earlier one posted stays posted."""
    for row in (4, 8):
        verdict(local, doubtful, row, "recorded")
    local.put(f"{doubtful}/file?name=june.csv", csv(ROWS + 3))
    local.done(doubtful, "check")
    assert local.state(doubtful)["state"] == "checked"
    page = text_of(local, doubtful)
    assert "Nothing is posted yet" not in page
    assert "What is recorded stays so" in page


def test_the_report_of_a_large_import_is_there_before_it_is_asked_for(local, monkeypatch, tmp_path):
    """Of a hundred thousand rows it takes seconds; a page is there in one."""
    monkeypatch.setattr("importer.web.reports._LARGE", 0)
    path = local.approved(csv(3))
    local.done(path, "run")
    local.wait(path, "done")
    deadline = time.monotonic() + 60
    while not list((tmp_path / "data" / "runs").glob("*.report-*.html")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
