"""The status of a run from outside: alive or dead, what became of the rows so far, pace, time left, pauses."""

from __future__ import annotations

import signal
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest

from importer.errors import ResultsError
from importer.journal import Journal, journal_path
from importer.model import Share, Status
from importer.report import read_status, status_fields, status_lines
from tests.faultserver.plan import api_error, hang_up, plan, rule, success
from tests.support.inputs import rows, total, write_csv

MONTH = rows(40, plain=True)


def by_status(status):
    return {str(name): share.rows for name, share in status.by_status.items()}


def settled(results):
    try:
        return read_status(results).settled
    except ResultsError:
        return 0


def sums_up(status):
    return sum(status.by_status.values(), Share()) + status.in_flight == status.total == Share(40, total(MONTH))


@pytest.fixture
def june(tmp_path):
    return write_csv(tmp_path / "june.csv", MONTH)


@pytest.fixture
def results(tmp_path):
    return tmp_path / "june.results.csv"


def test_a_run_that_is_alive_and_then_killed(start, run_here, fault_server, june, results):
    """Rows in flight are no doubt while it lives; killed, they are in doubt; its end is seen after it continued."""
    server = fault_server(rule(success().but(delay_s=60), message_id=[row.message_id for row in MONTH[10:]]))
    command = ("import", june, "--base-url", server.url, "--rate", 0, "--concurrency", 4, "--timeout", 90)
    with start(*command) as running:
        while len(server.requests(method="POST")) < 10 or settled(results) < 10:
            assert running.alive
            time.sleep(0.01)
        status = read_status(results)
        assert (status.state, status.alive, status.in_flight.rows) == ("running", True, 4)
        assert (by_status(status), sums_up(status)) == ({"recorded": 10, "pending": 26}, True)
        assert (status.settled, status.to_post, status.start.pid) == (10, 40, running.pid)
        watched = run_here("status", results, "--json").json
        assert (watched["alive"], watched["percent"], watched["in_flight"]["rows"]) == (True, 25.0, 4)
        assert "in doubt" not in run_here("status", results).stdout
        running.send_signal(signal.SIGUSR1)
        assert "10 of 40 rows (25 %)" in running.wait_for("10 of 40 rows")
        assert running.alive
        assert running.kill().exit == -signal.SIGKILL
    status = read_status(results)
    assert (status.state, status.alive, status.in_flight.rows) == ("killed", False, 0)
    assert (by_status(status), sums_up(status)) == ({"recorded": 10, "in_doubt": 4, "pending": 26}, True)
    assert (status.settled, status.to_post) == (14, 40)
    assert "the run is gone without an end" in "\n".join(status_lines([status]))
    server.replan(plan())
    run_here(*command)
    status = read_status(results)
    assert (status.state, status.stopped, by_status(status)) == ("ended", None, {"recorded": 36, "in_doubt": 4})
    assert (status.settled, status.to_post, sums_up(status)) == (26, 26, True)


def test_a_run_that_stopped(run_here, fault_server, june, results):
    """It says why; with --limit the rest is not what it set out to do."""
    server = fault_server()
    run_here("import", june, "--base-url", server.url, "--rate", 0, "--limit", 5)
    limited = run_here("status", results, "--json").json
    assert (limited["state"], limited["settled"], limited["to_post"], limited["percent"]) == ("ended", 5, 5, 100.0)
    assert limited["by_status"]["pending"]["rows"] == 35
    assert Decimal(limited["revenue"]) == total(MONTH)
    server.replan(plan(rule(api_error(401, "invalid_api_key"))))
    run_here("import", june, "--base-url", server.url, "--rate", 0)
    status = read_status(results)
    assert (status.state, status.alive, status.settled, sums_up(status)) == ("stopped", False, 0, True)
    assert f"stopped early; the same import continues ({status.stopped})" in " ".join(status_lines([status]))


def test_whatever_ended_is_settled(run_here, fault_server, june, results):
    """Recorded, rejected or in doubt: only a pending row is not; a verdict may make one of a row in doubt."""
    ids = [row.message_id for row in MONTH]
    server = fault_server(
        rule(hang_up(), message_id=ids[3:40:9]),
        rule(api_error(422, "validation_error"), message_id=ids[5]),
    )
    run_here("import", june, "--base-url", server.url, "--rate", 0, "--concurrency", 1)
    status = read_status(results)
    assert by_status(status) == {"recorded": 34, "in_doubt": 5, "rejected": 1}
    assert (status.state, status.settled, status.to_post) == ("ended", 40, 40)
    assert "40 of 40 rows (100 %)" in "\n".join(status_lines([status]))
    run_here("resolve", results, "--row", 4, "--not-recorded", "--sure", "--why", "x", "--yes")
    assert read_status(results).settled == 39


def test_what_holds_it_up_is_said(start, fault_server, june, results):
    """While the API is away, and afterwards how long that was."""
    server = fault_server()
    server.stop()
    with start("import", june, "--base-url", server.url, "--rate", 0, "--attempts", 50) as running:
        while not (journal_path(results).exists() and results_held_up(results)):
            assert running.alive
        fields = status_fields([read_status(results)])
        assert fields["pauses"][-1]["to"] is None
        assert fields["held_up"] == fields["pauses"][-1]["text"]


def results_held_up(results):
    try:
        return read_status(results).held_up
    except ResultsError:
        return None


def test_many_results_are_one(run_here, healthy_server, june, tmp_path):
    """The shards of one input: sums of all, and each."""
    for part in ("1/2", "2/2"):
        run_here("import", june, "--base-url", healthy_server.url, "--rate", 0, "--shard", part)
    fields = run_here("status", str(tmp_path / "june.*-of-2.results.csv"), "--json").json
    assert (fields["rows"], Decimal(fields["revenue"]), fields["alive"]) == (40, total(MONTH), False)
    assert [Path(one["path"]).name for one in fields["files"]] == [f"june.{part}-of-2.results.csv" for part in (1, 2)]


def test_results_alone(run_here, healthy_server, june, results):
    """Without a journal their lines are all there is; with neither, a sentence."""
    run_here("import", june, "--base-url", healthy_server.url, "--rate", 0)
    journal_path(results).unlink()
    assert (by_status(read_status(results)), read_status(results).start) == ({"recorded": 40}, None)
    results.unlink()
    missing = run_here("status", results)
    assert (missing.exit, "does not exist" in missing.stderr) == (2, True)


def test_a_look_never_keeps_a_run_from_starting(tmp_path):
    """Whoever looks holds an idle journal for a moment; a run that begins just then waits for it."""
    results = tmp_path / "june.results.csv"
    journal_path(results).write_bytes(b"")
    done = threading.Event()

    def look():
        from importer.disk import is_locked

        while not done.is_set():
            is_locked(journal_path(results))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(200):
            Journal(journal_path(results)).close()
    finally:
        done.set()
        looking.join()


def test_watching_ends_with_the_run(run_here, healthy_server, june, results):
    """Nothing is at work: one look is enough, as one line of JSON."""
    run_here("import", june, "--base-url", healthy_server.url, "--rate", 0)
    watched = run_here("status", results, "--watch", "--json")
    assert (watched.exit, len(watched.stdout.splitlines())) == (0, 1)
    assert by_status(read_status(results)) == {str(Status.RECORDED): 40}
