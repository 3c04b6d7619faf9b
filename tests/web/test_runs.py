"""Runs that the page begins, judged by the ledger: one at a time, none twice, whatever is killed."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.faultserver.plan import plan, rule, success
from tests.support.inputs import rows
from tests.web.person import Person, at, kill_children

if TYPE_CHECKING:
    from tests.faultserver.server import FaultServerProcess

pytestmark = pytest.mark.time_limit(120)
SLOW = plan(rule(success().but(delay_s=0.4)))


def csv(count: int, start: int = 0) -> bytes:
    """So many rows."""
    lines = ["message_id,revenue,attribution_type,offer_id,timestamp"]
    lines += [",".join(row.cells) for row in rows(count, start=start, plain=True)]
    return "\n".join(lines).encode()


def once_each(server: FaultServerProcess, count: int) -> None:
    """The ledger has every row, and each once."""
    stored = Counter(record["message_id"] for record in server.ledger())
    assert len(stored) == count
    assert set(stored.values()) == {1}


def test_a_run_asked_for_twice_at_once_is_one(serve_and_enter, healthy_server):
    healthy_server.replan(SLOW)
    running, one = serve_and_enter(healthy_server.url)
    path = one.approved(csv(60))
    statuses = []

    def ask() -> None:
        other = Person(one.headers["Origin"])
        other.client.cookies = one.client.cookies
        statuses.append(other.post(f"{path}/run").status_code)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, *[409] * 5]
    assert one.wait(path, "done")["summary"]["by_status"]["recorded"]["rows"] == 60
    assert one.post(f"{path}/run").status_code == 409
    once_each(healthy_server, 60)
    assert running.alive


def test_a_run_outlives_its_server_and_is_seen_by_the_next(serve, healthy_server, tmp_path):
    healthy_server.replan(SLOW)
    first = serve(healthy_server.url)
    person = at(first)
    path = person.approved(csv(40), concurrency="2")
    person.done(path, "run")
    while not healthy_server.ledger():
        pass
    first.kill()
    person = at(serve(healthy_server.url))
    assert person.state(path)["state"] == "running"
    assert person.post(f"{path}/run").status_code == 409
    other = person.approved(csv(3, start=900))
    person.done(other, "run")
    assert person.state(other)["waiting"] == 1
    healthy_server.replan(plan())
    found = person.wait(path, "done")
    assert found["summary"]["by_status"] == {"recorded": found["summary"]["by_status"]["recorded"]}
    assert person.wait(other, "done")["summary"]["by_status"]["recorded"]["rows"] == 3
    once_each(healthy_server, 43)


def test_a_run_that_is_killed_is_interrupted_and_goes_on_when_it_is_told(serve_and_enter, healthy_server, tmp_path):
    healthy_server.replan(SLOW)
    _, person = serve_and_enter(healthy_server.url)
    path = person.approved(csv(40), concurrency="2")
    person.done(path, "run")
    while len(healthy_server.ledger()) < 4:
        pass
    kill_children(tmp_path / "data")
    found = person.wait(path, "interrupted")
    assert found["approved_by"] is not None
    before = len(healthy_server.ledger())
    assert person.state(path)["state"] == "interrupted"
    assert len(healthy_server.ledger()) == before  # nothing starts by itself
    healthy_server.replan(plan())
    person.done(path, "run")
    found = person.wait(path, "needs_a_person", "done")
    by_status = found["summary"]["by_status"]
    doubtful = by_status.get("in_doubt", {"rows": 0})["rows"]
    assert doubtful <= 2
    assert by_status["recorded"]["rows"] + doubtful == 40
    stored = Counter(record["message_id"] for record in healthy_server.ledger())
    assert set(stored.values()) == {1}


def test_a_stopped_run_goes_on_and_a_second_stop_is_none(serve_and_enter, healthy_server):
    healthy_server.replan(SLOW)
    _, person = serve_and_enter(healthy_server.url)
    path = person.approved(csv(60), concurrency="2")
    person.done(path, "run")
    while not healthy_server.ledger():
        pass
    statuses = [person.post(f"{path}/stop").status_code for _ in range(3)]
    assert statuses == [303, 409, 409]
    found = person.wait(path, "interrupted")
    assert "in_doubt" not in found["summary"]["by_status"]  # what was in flight was waited for
    healthy_server.replan(plan())
    person.done(path, "run")
    person.wait(path, "done")
    once_each(healthy_server, 60)


def test_a_canary_first_and_then_the_rest(serve_and_enter, healthy_server):
    _, person = serve_and_enter(healthy_server.url)
    path = person.approved(csv(12))
    assert person.post(f"{path}/run", limit="none").status_code == 400
    person.done(path, "run", limit="3")
    person.wait(path, "approved")
    assert len(healthy_server.ledger()) == 3
    person.done(path, "run")
    person.wait(path, "done")
    once_each(healthy_server, 12)
