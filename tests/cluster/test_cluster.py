"""Many machines, one import: shards are disjoint and complete, and whatever worker dies, each row is posted once."""

from __future__ import annotations

import contextlib
import pickle
import re
import signal
import socket
import time
from decimal import Decimal
from importlib.util import find_spec
from random import Random
from typing import TYPE_CHECKING

import pytest

from importer import Settings, run_on_cluster
from importer.cluster.shards import make_tasks
from importer.errors import SettingsError
from tests.faultserver.plan import CANARY_KEY, hang_up, rule, success
from tests.support.campaign import busy
from tests.support.dask import DaskCluster, merged, shards_of
from tests.support.inputs import invalid_rows, rows, total, write_csv
from tests.support.keysearch import find_key
from tests.support.oracle import judge, judge_ids, read_results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faultserver.forking import Forker

CONCURRENCY = 4
needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="the extra `scale` (Dask) is not installed")


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    with DaskCluster.forker() as started:
        yield started


@pytest.fixture(scope="module")
def cluster(forker: Forker) -> Iterator[DaskCluster]:
    """Two workers that take the shards of one test after the other."""
    with DaskCluster(workers=2, forker=forker) as started:
        started.wait_for_workers()
        yield started


@pytest.fixture
def own_cluster(forker: Forker, request: pytest.FixtureRequest) -> Iterator[DaskCluster]:
    """Two workers that no test before has used; when the test fails, it is printed where each of them was."""
    with DaskCluster(workers=2, forker=forker) as started:
        started.wait_for_workers()
        failed = request.session.testsfailed
        yield started
        if request.session.testsfailed > failed:
            print(started.stacks())


@needs_dask
@pytest.mark.time_limit(120)
def test_killed_workers(own_cluster, fault_server, start, tmp_path):
    """Workers are killed while they post: Dask runs their shards elsewhere; nothing twice, nothing lost, few doubts."""
    server = fault_server()
    server.replan(busy(0.04))
    month, random, kills = rows(300), Random(7), 0
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", CONCURRENCY)
    with start(*command, "--scheduler", own_cluster.address, "--shards", 3, "--json", key=None) as running:
        for lines in (30, 110, 190):
            while running.alive and len(server.ledger()) < lines:
                time.sleep(0.01)
            kills += running.alive
            own_cluster.kill_worker(random)
        ended = running.wait(100)
    assert kills == 3, ended
    everything = merged(shards_of(file, 3), tmp_path / "june.results.csv")
    counts = judge(month, everything, server.ledger(), ended.json, promised_in_doubt=kills * CONCURRENCY)
    judge_ids(everything, server.ledger())
    assert counts["recorded"] > 250
    assert ended.json["results"].endswith("june.*-of-3.results.csv")


@needs_dask
@pytest.mark.time_limit(120)
def test_an_interrupted_command_stops_all_shards(own_cluster, fault_server, start, run, tmp_path):
    """After Ctrl-C no shard sends a new row, answers in flight count, exit 130; the same command again ends it."""
    server = fault_server(rule(success().but(delay_s=0.2)))
    month = rows(200)
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", CONCURRENCY, "--json")
    with start(*command, "--scheduler", own_cluster.address, "--shards", 3, key=None) as running:
        while running.alive and len(server.ledger()) < 20:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        interrupted = running.wait()
    assert interrupted.exit == 130, interrupted
    assert interrupted.json["by_status"].keys() == {"recorded", "pending"}
    assert interrupted.json["rows"] == 200
    for results in shards_of(file, 3)[:2]:  # the third had not begun
        assert {line["status"] for line in read_results(results)} == {"recorded", "pending"}
    last = run(*command, "--scheduler", own_cluster.address, key=None)
    counts = judge(month, merged(shards_of(file, 3), tmp_path / "june.results.csv"), server.ledger(), last.json)
    assert (last.exit, counts) == (0, {"recorded": 200})


@needs_dask
@pytest.mark.time_limit(120)
def test_nothing_is_posted_unless_all_shards_can_start(cluster, healthy_server, start, run, tmp_path):
    """A shard that is being imported already, or a worker without the key: exit 2, and no other shard has begun."""
    file = write_csv(tmp_path / "june.csv", rows(30))
    command = ("import", file, "--base-url", healthy_server.url, "--scheduler", cluster.address, "--shards", 2)
    no_key = run(*command, "--api-key-file", tmp_path / "nowhere", key=None)
    assert (no_key.exit, "nowhere" in no_key.stderr) == (2, True)
    with start("import", file, "--base-url", healthy_server.url, "--shard", "2/2", "--rate", "0.2") as other:
        while other.alive and not healthy_server.ledger():
            time.sleep(0.01)
        locked = run(*command, key=None)
        assert (locked.exit, "Another run" in locked.stderr) == (2, True)
    assert len(healthy_server.ledger()) < 3


@needs_dask
@pytest.mark.parametrize(
    ("options", "exit_status"),
    [(("--strict",), 1), (("--expect-rows", 30), 2), (("--expect-total", "1.00"), 2)],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_must_hold_of_the_whole_input(options, exit_status, cluster, healthy_server, run, tmp_path):
    """One invalid row with --strict, or other control totals, and no shard posts anything: not only its own."""
    file = write_csv(tmp_path / "june.csv", [*rows(40), invalid_rows()[0]])
    command = ("import", file, "--base-url", healthy_server.url, "--scheduler", cluster.address, "--shards", 3)
    refused = run(*command, *options, key=None)
    assert (refused.exit, healthy_server.ledger()) == (exit_status, []), refused
    assert exit_status == 2 or "without it the others are posted now" in refused.stdout


@needs_dask
@pytest.mark.time_limit(120)
def test_processes_of_this_computer(cluster, healthy_server, run, start_cold, tmp_path):
    """`local` is the same import in shards with one report; any cluster then finds its shards, and posts nothing.

    Its processes talk to each other only: no page of any of them can be opened.
    """
    month = [*rows(90), *invalid_rows()]
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 30, "--json")
    with start_cold(*command, "--scheduler", "local", "--shards", 3, "--report", tmp_path / "june.html") as running:
        while running.alive and not healthy_server.ledger():
            time.sleep(0.1)
        ports = listening(running.pid)
        answers = [answer_to_http(port) for port in ports]
        first = running.wait(100)
    assert len(ports) >= 3, ports
    assert not any(answer.startswith(b"HTTP") for answer in answers), answers
    judge(month, merged(shards_of(file, 3), tmp_path / "june.results.csv"), healthy_server.ledger(), first.json)
    assert (first.exit, first.json["requests"]) == (1, 90), first
    assert healthy_server.peak_rate() < 45  # 60, were it not divided
    assert "In balance" in (tmp_path / "june.html").read_text()
    (tmp_path / "june.results.csv").unlink()
    again = run(*command, "--scheduler", cluster.address, key=None)
    assert (again.exit, again.json["requests"], again.json["by_status"]) == (1, 0, first.json["by_status"]), again


def listening(pid: int) -> list[int]:
    """The TCP ports on which a process and its children listen."""
    import psutil

    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return [end.laddr.port for one in family for end in one.net_connections() if end.status == psutil.CONN_LISTEN]


def answer_to_http(port: int) -> bytes:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(100)
    return b""


@needs_dask
def test_the_next_step_names_the_results_of_the_shard(cluster, fault_server, run, tmp_path):
    """What the summary says to do about a row in doubt works as it stands: no pattern where one file is wanted."""
    month = rows(12)
    server = fault_server(rule(hang_up(stored=True), message_id=month[4].message_id))
    command = ("import", write_csv(tmp_path / "june.csv", month), "--base-url", server.url, "--rate", 0)
    shown = run(*command, "--scheduler", cluster.address, "--shards", 3, key=None)
    (results,) = re.findall(r"resolve (\S+) --row N --recorded", shown.stdout)
    verdict = ("--row", 5, "--recorded", "--why", "seen")
    assert run("resolve", results, *verdict).exit == 0, shown
    assert run(*command, "--scheduler", cluster.address, key=None).exit == 0


@needs_dask
def test_all_shards_keep_to_an_approved_plan(cluster, healthy_server, run, tmp_path):
    """The plan of `check` is that of all shards together; another one posts nothing."""
    file = write_csv(tmp_path / "june.csv", rows(20))
    address = ("--base-url", healthy_server.url)
    digest = run("check", file, *address, "--json", key=None).json["plan"]
    shards = ("--rate", 0, "--scheduler", cluster.address, "--shards", 2, "--json", "--expect-plan", digest)
    refused = run("import", file, *address, *shards, "--duplicates", "skip", key=None)
    assert (refused.exit, healthy_server.ledger()) == (2, []), refused
    assert "--duplicates was hold, and is skip" in " ".join(refused.stderr.split())
    done = run("import", file, *address, *shards, key=None)
    assert (done.json["plan"], len(healthy_server.ledger())) == (digest, 20), done


def test_shards_by_hand_make_one_report(healthy_server, warm, tmp_path):
    """Four shards, imported one by one, hold every row once, and one report of all of them balances to the cent."""
    month = [*rows(100), *rows(3), *invalid_rows()]
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 0, "--json")
    ended = [warm.run(*command, "--shard", f"{number}/4", cwd=tmp_path) for number in (1, 2, 3, 4)]
    assert sum(Decimal(shard.json["revenue"]) for shard in ended) == total(month)
    assert [shard.exit for shard in ended] == [1] * 4
    counts = judge(month, merged(shards_of(file, 4), tmp_path / "all.csv"), healthy_server.ledger())
    assert counts == {"recorded": 100, "duplicate": 3, "invalid": len(invalid_rows())}
    (tmp_path / "all.csv").unlink()
    report = warm.run("report", "june.*-of-4.results.csv", "--json", cwd=tmp_path)
    assert (report.exit, report.json["balanced"], report.json["rows"]) == (0, True, len(month)), report
    assert Decimal(report.json["revenue"]) == total(month)
    half = warm.run("report", "june.1-of-4.results.csv", "june.2-of-4.results.csv", cwd=tmp_path)
    assert "name the others" in " ".join(half.stdout.split()), half


def test_dask_is_an_extra(monkeypatch):
    """Without Dask the sentence says what to install."""
    monkeypatch.setattr("importer.cluster.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"\[scale\]"):
        run_on_cluster(Settings(inputs=("june.csv",)))


def test_the_key_is_not_among_the_tasks(tmp_path):
    """What is sent to the scheduler, which shows it on its dashboard, has no key in it; the rate is divided."""
    file = write_csv(tmp_path / "june.csv", rows(1))
    settings = Settings(inputs=(str(file),), api_key=CANARY_KEY, rate=90)
    tasks = make_tasks(settings, 4, slots=3, api_key_file="key", run_id="x")
    assert find_key([pickle.dumps(tasks), repr(tasks)]) == []
    assert [task.settings.rate for task in tasks] == [30.0] * 4
    assert [task.results for task in tasks] == shards_of(file, 4)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"limit": 10}, "--limit"),
        ({"shard": (1, 2)}, "--shard"),
        ({"inputs": ("-",), "results": "june.csv"}, "standard input"),
        ({"resume_only": True}, "nothing to resume"),
        ({"inputs": ("june.csv", "july.csv")}, "--results"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense_in_shards(options, word, tmp_path, monkeypatch):
    """Options that cannot be kept when an engine may start a shard twice are refused, with a way out."""
    monkeypatch.chdir(tmp_path)
    for name in ("june.csv", "july.csv"):
        write_csv(tmp_path / name, rows(1))
    if "results" in options:
        options = {**options, "results": tmp_path / "x.csv"}
    with pytest.raises(SettingsError, match=word):
        make_tasks(Settings(**{"inputs": ("june.csv",), **options}), 2, slots=2, api_key_file=None, run_id="x")


def test_results_of_another_number_of_shards(tmp_path):
    """Without --shards an import continues with as many shards as there are results of; of two numbers it asks."""
    file = write_csv(tmp_path / "june.csv", rows(1))
    settings = Settings(inputs=(str(file),))
    (tmp_path / "june.2-of-5.results.csv.journal").touch()
    assert len(make_tasks(settings, None, slots=2, api_key_file=None, run_id="x")) == 5
    (tmp_path / "june.1-of-3.results.csv").touch()
    with pytest.raises(SettingsError, match="3 and of 5 shards"):
        make_tasks(settings, None, slots=2, api_key_file=None, run_id="x")


@needs_dask
def test_a_scheduler_that_is_not_there(run, tmp_path):
    """When nobody answers at that address: exit 2 and a sentence."""
    file = write_csv(tmp_path / "june.csv", rows(1))
    refused = run("import", file, "--scheduler", "tcp://127.0.0.1:9", breaks={"impatient": 1})
    assert (refused.exit, "cannot be reached" in refused.stderr) == (2, True), refused
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--scheduler", "tcp://127.0.0.1:9", "--sandbox"), "--sandbox"),
        (("--shards", 2), "--scheduler"),
    ],
)
@needs_dask
def test_schedulers_that_cannot_be_used(options, words, run, tmp_path):
    """Options that need another scheduler, or one at all: exit 2 and a sentence."""
    file = write_csv(tmp_path / "june.csv", rows(1))
    refused = run("import", file, *options)
    assert (refused.exit, words in refused.stderr) == (2, True), refused
    assert "Traceback" not in refused.stderr
