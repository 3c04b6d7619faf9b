"""Sending through every fault of the wire and of the API: one test for each line of the list, the ledger is the judge.

Each run is the whole command against the fault server, in a process of its own where something is done to it or several
run at once, and ends in `oracle.judge`, its exit status, its summary and the number of requests that the server saw.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.faultserver.plan import (
    STRANGE_BODIES,
    answer,
    api_error,
    at_accept,
    drip,
    gzip_bomb,
    hang_up,
    idle,
    interim,
    limit,
    outage,
    plan,
    redirect,
    rule,
    stall,
    success,
    throttle,
)
from tests.faultserver.server import dead_port, stalled_port
from tests.support import inside
from tests.support.command import PROGRAM, run
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge, judge_ids, judge_requests, read_results

HTML = b"<html><body><h1>Bad gateway</h1></body></html>"
VARNISH = b"<!DOCTYPE html><html><head><title>503 Backend fetch failed</title></head><body></body></html>"
BLOCKED = b"<html><head><title>Access denied</title></head></html>"
MOMENT = re.compile(r"from (\S+)Z on \(UTC\), and again some minutes later")


class Imports:
    """Runs of the command on rows of known content, each judged by the oracle when it has ended."""

    def __init__(self, start, folder):
        self._start, self._folder = start, folder
        self._names = (f"month-{i}" for i in itertools.count(1))

    def begin(self, month, server, *options, name=None, **popen):
        """Start an import into a server, or to an address where there is none, in a process of its own."""
        return self._begun(self._start, month, server, *options, name=name, **popen)

    def _begun(self, start, month, server, *options, name=None, **popen):
        url = server if isinstance(server, str) else server.url
        file = write_csv(self._folder / f"{name or next(self._names)}.csv", month)
        quick = ("--json", "--rate", 0, "--timeout", 2, "--overlap", "allow")
        sent_before = 0 if isinstance(server, str) else len(server.requests(method="POST"))
        running = start("import", file, "--base-url", url, *quick, *options, **popen)
        return SimpleNamespace(month=month, server=server, running=running, sent_before=sent_before)

    def finish(self, begun, *, doubts=0, at_least_once=False, unseen=0):
        """Wait for its end and judge it; up to `unseen` requests were hung up on before the server counted them."""
        result = begun.running.wait(40)
        assert result.json is not None, result
        assert result.exit == result.json["exit"]
        assert "Traceback" not in result.stderr
        server = None if isinstance(begun.server, str) else begun.server
        ledger = server.ledger() if server else []
        options = {"promised_in_doubt": doubts, "at_least_once": at_least_once}
        counts = judge(begun.month, result.results, ledger, result.json, **options)
        sent = 0
        if server:
            judge_ids(result.results, ledger)
            judge_requests([r for r in server.requests() if r["status"] != 401])
            sent = len(server.requests(method="POST")) - begun.sent_before
        assert sent <= result.json["requests"] <= sent + unseen
        lines = {line["message_id"]: line for line in read_results(result.results)}
        return SimpleNamespace(result=result, json=result.json, exit=result.exit, counts=counts, lines=lines)

    def __call__(self, month, server, *options, name=None, **promised):
        """Run one import to its end, in this process."""
        return self.finish(self._begun(self._done, month, server, *options, name=name), **promised)

    def _done(self, *args):
        result = inside.run(*args, cwd=self._folder)
        return SimpleNamespace(wait=lambda _: result)


@pytest.fixture
def imported(warm, tmp_path):
    """`Imports` in `tmp_path`."""
    return Imports(partial(warm.start, cwd=tmp_path), tmp_path)


def wait_until(condition, timeout=20.0):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def ids(chosen):
    return [row.message_id for row in chosen]


# -- nothing was sent --------------------------------------------------------------------------------------------------


def test_port_closed_dns_fails_connect_stalls(imported):
    """Tried `--attempts` times with pauses, then the run stops: nothing was sent, all rows are unsent."""
    month = rows(3)
    with dead_port() as closed, stalled_port() as stalled:
        begun = [
            imported.begin(month, f"http://127.0.0.1:{closed}/api", "--attempts", 3),
            imported.begin(month, "https://nowhere.invalid/api", "--attempts", 2),
            imported.begin(month, f"http://127.0.0.1:{stalled}/api", "--attempts", 1, "--timeout", 1),
        ]
        for one in begun:
            done = imported.finish(one)
            assert (done.exit, done.json["stopped"], done.json["requests"]) == (3, "unreachable", 0), done.result
            assert done.counts == {"pending": 3}
            assert "cannot be reached" in done.result.stderr
            assert done.result.duration_s < 30


def test_tls_certificate_untrusted_or_for_another_host(imported, fault_server):
    """A certificate error stops the run before the first row, at once."""
    begun = [
        imported.begin(rows(5), fault_server(tls=kind), "--attempts", 50) for kind in ("self_signed", "other_host")
    ]
    for one in begun:
        done = imported.finish(one)
        assert (done.exit, done.json["stopped"], one.server.requests()) == (3, "certificate", []), done.result
        assert done.counts == {"pending": 5}
        assert "trying again" not in done.result.stderr


@pytest.mark.parametrize(
    ("most", "exit_status", "said"),
    [(16, 2, "open 16 files at once, and an import needs"), (50, 0, "requests at once instead of 32")],
)
def test_few_files_may_be_open(tmp_path, fault_server, most, exit_status, said):
    """Where there is no room for a connection the run does not start; where there is room for few, it posts so many."""
    server = fault_server(rule(success().but(delay_s=0.05)))
    file = write_csv(tmp_path / "june.csv", rows(40))
    program = ("sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", *PROGRAM)
    done = run("import", file, "--base-url", server.url, "--rate", 0, "--json", cwd=tmp_path, program=program)
    assert (done.exit, said in done.stderr) == (exit_status, True), done
    assert not re.search("mistake|trying again", done.stderr)
    assert len(server.ledger()) == (0 if exit_status else 40)


# -- sent, and no answer -----------------------------------------------------------------------------------------------


def test_accepted_and_closed_or_reset(imported, fault_server):
    """A connection that is accepted and closed may have taken the row with it: in doubt, never sent again."""
    server = fault_server(
        rule(success().but(ending="close"), nth=1), accept=(at_accept("close", nth=2), at_accept("reset", nth=3))
    )
    done = imported(rows(12), server, "--concurrency", 1, doubts=2, unseen=2)
    # Whether a request left before the close came is the kernel's affair; where it had not, the row is sent again.
    doubts = done.counts.get("in_doubt", 0)
    assert (done.exit, done.counts["recorded"]) == (1 if doubts else 0, 12 - doubts), done.result


def test_read_whole_and_closed_or_reset_at_any_byte_of_the_answer(imported, fault_server):
    """Stored or not, closed or reset, before, in the middle of, or one byte short of the answer: in doubt."""
    month = rows(80)
    cuts = itertools.product((False, True), (False, True), (0, 1, 9, 14, 17, 60, 80, 90, 100, 150))
    faults = [
        rule(hang_up(stored=stored, reset=reset, answer_bytes=count), message_id=row.message_id)
        for row, (stored, reset, count) in zip(month[1::2], cuts, strict=True)
    ]
    server = fault_server(*faults)
    done = imported(month, server, "--stop-after", 100, "--concurrency", 4, doubts=40)
    assert (done.exit, done.counts) == (1, {"recorded": 40, "in_doubt": 40}), done.result
    assert done.json["by_code"] == {"connection_lost": 40}
    lost = done.lines[month[1].message_id]
    assert month[1].message_id in lost["error_message"]
    assert month[1].digits in lost["error_message"]
    server.replan(plan())
    again = imported(month, server, doubts=40, name="month-1")
    assert (again.exit, again.json["requests"]) == (1, 0), "rows in doubt are not posted again"


def test_reset_at_any_byte_of_the_request(imported, fault_server):
    """A request that was cut short may have been enough for a server: in doubt, and not sent again."""
    sizes = (1, 2, 20, 60, 100, 150, 200, 230)
    cut = [rule(hang_up(request_bytes=size, reset=i % 2 == 0), nth=4 * i + 4) for i, size in enumerate(sizes)]
    server = fault_server(*cut)
    done = imported(rows(40), server, "--stop-after", 100, "--concurrency", 1, doubts=8)
    assert (done.exit, done.counts) == (1, {"recorded": 32, "in_doubt": 8}), done.result
    assert max(Counter(r["message_id"] for r in server.requests(method="POST") if r["message_id"]).values()) == 1


def test_no_answer_drips_and_endless_1xx_end_at_the_total_deadline(imported, fault_server):
    """Whatever comes, the attempt ends at its total deadline: in doubt, with the moment from which on to look."""
    month = rows(7)
    raw = answer(200).but(raw="HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", drip_s=0.3, stored=True)
    faults = [
        stall(stored=True),
        stall(stored=False),
        drip(0.3),
        interim(103, every_s=0.2),
        interim(100, every_s=0.01),
        raw,
    ]
    server = fault_server(*(rule(do, message_id=row.message_id) for do, row in zip(faults, month[1:], strict=True)))
    done = imported(month, server, "--timeout", 1, doubts=6)
    assert (done.counts, done.json["by_code"]) == ({"recorded": 1, "in_doubt": 6}, {"timeout": 6}), done.result
    for row in month[1:]:
        line = done.lines[row.message_id]
        began = datetime.fromisoformat(MOMENT.search(line["error_message"])[1] + "Z")
        assert 0.9 < (datetime.fromisoformat(line["finished_at"]) - began).total_seconds() < 2


def test_connections_are_used_again(imported, fault_server):
    """A run opens no more connections than it has places, however many rows there are."""
    server = fault_server()
    done = imported(rows(300), server, "--concurrency", 4)
    assert done.counts == {"recorded": 300}
    assert len(server.connections()) <= 4


def test_an_idle_connection_that_the_server_closed(imported, fault_server):
    """Rows that come just when the server closes idle connections: none twice, and hardly one in doubt."""
    servers = [fault_server(idle=idle(40, reset=reset)) for reset in (False, True)]
    for one in [imported.begin(rows(50), server, "--rate", 25) for server in servers]:
        done = imported.finish(one, doubts=1, unseen=1)
        assert done.counts["recorded"] >= 49, done.result
        assert done.json["stopped"] is None


def test_answers_doubled_or_left_over(imported, fault_server):
    """No row gets the answer of the row before it on its connection."""
    month = rows(60)
    refused = api_error(422, "message_not_found")
    strange = [
        success().but(twice="now"),
        success().but(twice="next"),
        refused.but(twice="now"),
        refused.but(twice="next"),
    ]
    server = fault_server(
        *(rule(do, message_id=row.message_id) for do, row in zip(strange * 3, month[2::3], strict=False))
    )
    done = imported(month, server, "--concurrency", 4, "--stop-after", 100, doubts=24)
    assert set(done.json["by_code"]) <= {"echo_mismatch", "message_not_found", "connection_lost", "unreadable_answer"}


def test_answers_swapped_between_connections(imported, fault_server):
    """No row gets the answer of a row on another connection; the answer's record is named for the look-up."""
    month = rows(20)
    server = fault_server(rule(success().but(swap=True), message_id=ids(month[10:12])))
    done = imported(month, server, "--concurrency", 4, doubts=2)
    assert (done.counts, done.json["by_code"]) == ({"recorded": 18, "in_doubt": 2}, {"echo_mismatch": 2}), done.result
    assert all(done.lines[row.message_id]["revenue_id"] for row in month[10:12])


# -- what the API says -------------------------------------------------------------------------------------------------


def test_documented_successes_are_recorded(imported, fault_server):
    """200, 201 and any other 2xx with the documented body, with or without the echo, is a record."""
    month = rows(6)
    kinds = [success(201), success(202), success(226), success(without=("message_id",)), success(without=("revenue",))]
    server = fault_server(*(rule(do, message_id=row.message_id) for do, row in zip(kinds, month, strict=False)))
    done = imported(month, server)
    assert (done.exit, done.counts) == (0, {"recorded": 6}), done.result


def test_2xx_that_is_no_success(imported, fault_server):
    """HTML, empty, half a JSON, too long, compressed, NaN, doubled keys, too deep, wrong charset: as the table says."""
    bodies = STRANGE_BODIES | {"success_false": b'{"success":false,"code":"invalid_revenue","error":"no"}'}
    bodies |= {"error": b'{"error":"message_not_found"}'}
    month = rows(2 * len(bodies) + 4)
    faults = [
        rule(answer(200, body, stored=name not in ("success_false", "error")), message_id=row.message_id)
        for (name, body), row in zip(bodies.items(), month[1::2], strict=False)
    ]
    faults.append(rule(gzip_bomb(64), message_id=month[-1].message_id))
    server = fault_server(*faults)
    done = imported(month, server, "--stop-after", 1000, "--concurrency", 4, doubts=len(bodies))
    recorded = {
        name
        for name, row in zip(bodies, month[1::2], strict=False)
        if done.lines[row.message_id]["status"] == "recorded"
    }
    assert recorded <= {"formula_in_id"}, done.result
    refused = {
        row.message_id: done.lines[row.message_id]["error_code"]
        for row in month
        if done.lines[row.message_id]["status"] == "rejected"
    }
    assert sorted(refused.values()) == ["invalid_revenue", "message_not_found"]
    assert set(done.json["by_code"]) == {"unreadable_answer", "echo_mismatch", "invalid_revenue", "message_not_found"}
    assert done.lines[month[-1].message_id]["error_code"] == "unreadable_answer"


def test_an_endless_answer_does_not_fill_the_memory(imported, tmp_path):
    """An answer of a gibibyte is given up at a mebibyte; the memory grows by less than 64 MiB."""
    listener = socket.create_server(("127.0.0.1", 0))
    sent = []

    def serve(peer):
        head = b""
        while b"timestamp" not in head:
            head += peer.recv(65536)
        sent.append(0)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        try:
            while sent[0] < 2**30:
                peer.sendall(b" " * 65536)
                sent[0] += 65536
        except OSError:
            peer.close()

    thread = threading.Thread(target=lambda: serve(listener.accept()[0]), daemon=True)
    thread.start()
    month = [row for row in rows(8) if row.content.timestamp][:1]
    begun = imported.begin(month, f"http://127.0.0.1:{listener.getsockname()[1]}", "--stop-after", 1)
    before = peak = 0
    while begun.running.alive:
        now = peak_memory(begun.running.pid)
        before = before if sent else now
        peak = max(peak, now)
    done = begun.running.wait()
    thread.join(5)
    listener.close()
    assert done.json["by_code"] == {"unreadable_answer": 1}, done
    assert sent[0] < 32 * 2**20
    assert peak - before < 64 * 2**20


def peak_memory(pid: int) -> int:
    """The most memory that a process ever used, in bytes; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def test_every_status_as_the_table_says(imported, fault_server):
    """Statuses of all classes, with API JSON, other JSON, HTML and nothing: each row has the fate of the table."""
    table = [
        (answer(400, BLOCKED), "failed", "http_400"),
        (api_error(400, "missing_revenue"), "rejected", "missing_revenue"),
        (api_error(404, "message_not_found"), "rejected", "message_not_found"),
        (answer(408, b""), "in_doubt", "http_408"),
        (api_error(408, "request_timeout"), "in_doubt", "http_408"),
        (api_error(409, "conflict"), "rejected", "conflict"),
        (answer(413, b""), "rejected", "http_413"),
        (api_error(422, None, "Nope"), "rejected", "http_422"),
        (answer(418, b'{"detail":"teapot"}'), "failed", "http_418"),
        (api_error(500, "server_error"), "failed", "server_error"),
        (api_error(500, None, "save_error"), "failed", "save_error"),
        (answer(500, b'{"code":"internal_error"}'), "failed", "internal_error"),
        (answer(500, b'{"detail":"?"}', stored=True), "in_doubt", "http_500"),
        (answer(502, HTML, stored=True), "in_doubt", "http_502"),
        (answer(503, HTML), "in_doubt", "http_503"),
        (api_error(500, "ECONNRESET").but(stored=True), "in_doubt", "http_500"),
        (api_error(500, None, "Internal Server Error"), "in_doubt", "http_500"),
        (api_error(503, "server_error"), "in_doubt", "http_503"),
        (answer(504, b"", stored=True), "in_doubt", "http_504"),
        (answer(599, HTML), "in_doubt", "http_599"),
        (answer(101, b""), "in_doubt", None),
    ]
    month = rows(2 * len(table))
    server = fault_server(
        *(rule(do, message_id=row.message_id) for (do, *_), row in zip(table, month[1::2], strict=True))
    )
    options = ("--attempts", 2, "--stop-after", 1000, "--timeout", 1, "--concurrency", 1)
    done = imported(month, server, *options, doubts=11)
    found = [(done.lines[row.message_id]["status"], done.lines[row.message_id]["error_code"]) for row in month[1::2]]
    wanted = [(status, code or found[i][1]) for i, (_, status, code) in enumerate(table)]
    assert found == wanted, done.result
    assert done.exit == 1


def test_401_on_the_first_row(imported, fault_server):
    """A refused key costs exactly one request, and no row."""
    server = fault_server(key="trk_" + "x" * 32)
    done = imported(rows(50), server)
    assert (done.exit, done.json["stopped"], done.json["requests"]) == (3, "key_refused", 1), done.result
    assert done.counts == {"pending": 50}


def test_401_or_403_in_mid_run(imported, fault_server):
    """The run stops at once: at most `--concurrency` requests after it, nothing rejected, and a rerun finishes."""
    month = rows(120)
    words = {401: "key_refused", 403: "account_refused"}
    servers = [fault_server(rule(api_error(status, None, "It is suspended"), nth=(40, None))) for status in words]
    begun = [imported.begin(month, server, "--concurrency", 8) for server in servers]
    for word, one in zip(words.values(), begun, strict=True):
        done = imported.finish(one)
        assert (done.exit, done.json["stopped"]) == (3, word), done.result
        assert "It is suspended" in done.result.stderr
        assert done.json["requests"] <= 40 + 8
        assert done.counts == {"recorded": 39, "pending": 81}
    servers[0].replan(plan())
    again = imported(month, servers[0], name="month-1")
    assert (again.exit, again.counts, again.json["requests"]) == (0, {"recorded": 120}, 81), again.result


def test_3xx_and_a_wrong_address_stop_the_run(imported, fault_server):
    """A redirect is not followed, the other host gets no byte, and the rows are unsent."""
    ends = (redirect(307), redirect(302), answer(404, HTML))
    for one in [imported.begin(rows(10), fault_server(rule(do))) for do in ends]:
        done = imported.finish(one)
        assert (done.exit, done.json["stopped"], done.json["requests"]) == (3, "wrong_url", 1), done.result
        assert (done.counts, one.server.decoy_bytes()) == ({"pending": 10}, 0)


def test_a_page_that_may_follow_a_stored_row_stops_the_run_and_leaves_it_in_doubt(imported, fault_server):
    """303 after a POST, and the 403 of a filter that saw the answer: nothing more is sent, the row is in doubt."""
    month = rows(10)
    for do in (redirect(303, "$DECOY/done", stored=True), answer(403, BLOCKED, stored=True)):
        server = fault_server(rule(do, nth=(4, None)))
        done = imported(month, server, "--concurrency", 1, doubts=1)
        assert (done.exit, done.json["requests"], server.decoy_bytes()) == (3, 4, 0), done.result
        assert done.counts == {"recorded": 3, "in_doubt": 1, "pending": 6}
        assert "in doubt" in done.result.stderr or "may have been stored" in done.result.stderr
    assert "Access denied" in done.result.stderr


# -- gateways ----------------------------------------------------------------------------------------------------------

# The answer of each is lost after the API stored the row, as these programs were seen to do.
GATEWAYS = {
    "varnish": answer(503, VARNISH, headers=(("Retry-After", "5"),), stored=True),
    "nginx error_page": answer(503, b"<title>503</title>", headers=(("Retry-After", "1"),), stored=True),
    "nginx": answer(504, b"<html><head><title>504 Gateway Time-out</title></head></html>", stored=True),
    "fastify": api_error(500, "ECONNRESET", "Internal Server Error").but(stored=True),
    "fastify timeout": api_error(504, "FST_REPLY_FROM_GATEWAY_TIMEOUT", "Gateway Timeout").but(stored=True),
}


@pytest.mark.parametrize("bulk_rows", [None, 10], ids=["single", "bulk"])
@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateway_that_loses_answers_stores_nothing_twice(imported, fault_server, name, bulk_rows):
    """Whatever a gateway says of its own accord, its row is in doubt, once, and no rerun sends it again."""
    month = rows(120)
    lost = [row.message_id for row in month[20::40]]
    server = fault_server(rule(GATEWAYS[name], message_id=lost))
    options = ("--concurrency", 4) if bulk_rows is None else ("--concurrency", 2, "--bulk", bulk_rows)
    doubts = 3 * (bulk_rows or 1)
    done = imported(month, server, *options, doubts=doubts, name="month")
    assert (done.exit, done.counts) == (1, {"recorded": 120 - doubts, "in_doubt": doubts}), done.result
    server.replan(plan())
    again = imported(month, server, *options, doubts=doubts, name="month")
    assert (again.exit, again.json["requests"], len(server.ledger())) == (1, 0, 120), again.result


def test_retry_after_of_a_lost_answer_pauses_the_run(imported, fault_server):
    """The row is in doubt and not sent again; the run waits as told, and says how long."""
    month = rows(30)
    server = fault_server(rule(answer(503, VARNISH, headers=(("Retry-After", "2"),)), message_id=month[10].message_id))
    done = imported(month, server, "--concurrency", 1, doubts=1)
    assert done.counts == {"recorded": 29, "in_doubt": 1}, done.result
    times = [request["t"] for request in server.requests()]
    assert max(later - sooner for sooner, later in itertools.pairwise(times)) >= 2
    assert "going on in 2 s" in done.result.stderr


@pytest.mark.parametrize("burst", [20, 5])
def test_a_gateway_that_sheds_load_with_plain_503(imported, fault_server, burst):
    """One in two is refused in words that prove nothing: the run slows down, says so, and most rows get through."""
    shed = limit(50, burst=burst) | {"do": asdict(answer(503, b"<title>503 Service Temporarily Unavailable</title>"))}
    server = fault_server(limit=shed)
    done = imported(rows(300), server, "--rate", 100, doubts=60)
    assert done.json["stopped"] in (None, "doubts"), done.result
    assert done.counts["in_doubt"] <= 30
    assert "slower" in done.result.stderr
    assert "503 Service Temporarily Unavailable" in done.result.stderr


def test_doubts_that_slowing_down_does_not_end_stop_the_run(imported, fault_server):
    """Where one answer in two is lost whatever the pace, the run stops after about a hundred rows, and says so."""
    server = fault_server(rule(answer(502, HTML, stored=True), chance=0.5))
    begun = imported.begin(rows(400), server, "--rate", 0, breaks={"hasty": 0.1})
    done = imported.finish(begun, doubts=100)
    assert (done.exit, done.json["stopped"]) in ((3, "doubts"), (3, "too_many_failures")), done.result
    assert done.counts["in_doubt"] <= 70
    assert done.counts["pending"] > 200


PAGE = b"<html><head><title>400 No required SSL certificate was sent</title></head><body>nginx</body></html>"


@pytest.mark.parametrize("status", [400, 406, 409, 418, 422, 451])
def test_a_gateways_page_before_anything_was_recorded_stops_the_run(imported, fault_server, status):
    """A gateway refused the request before the API saw it: no row is burnt, and its page is quoted."""
    server = fault_server(rule(answer(status, PAGE)))
    done = imported(rows(50), server)
    assert (done.exit, done.json["stopped"], done.json["requests"]) == (3, "gateway_refused", 1), done.result
    assert done.counts == {"pending": 50}
    assert "400 No required SSL certificate was sent" in done.result.stderr
    assert "refused by the API" not in done.result.stdout + done.result.stderr


def test_a_gateways_page_later_is_tried_again_and_then_failed(imported, fault_server):
    """In mid-run it is a row's affair: tried as often as told, then failed, which is certainly not stored."""
    month = rows(30)
    now_and_then, always = month[10].message_id, month[20].message_id
    server = fault_server(
        rule(answer(400, PAGE), message_id=now_and_then, attempt=1), rule(answer(400, PAGE), message_id=always)
    )
    done = imported(month, server, "--attempts", 2, "--concurrency", 2)
    assert (done.exit, done.counts) == (1, {"recorded": 29, "failed": 1}), done.result
    assert "No required SSL certificate" in done.lines[always]["error_message"]
    assert done.lines[now_and_then]["attempts"] == "2"


@pytest.mark.parametrize("largest", [6, 1, 0])
def test_a_batch_that_is_too_large_is_halved(imported, fault_server, largest):
    """413 stores nothing of a batch: halves of it are sent, and no larger one after that; a single row is rejected."""
    month = rows(40)
    server = fault_server(rule(answer(413, b"<title>413 Request Entity Too Large</title>"), larger_than=largest))
    done = imported(month, server, "--bulk", 20, "--concurrency", 2, "--stop-after", 999)
    counts = {"recorded": 40} if largest else {"rejected": 40}
    assert (done.counts, done.json["stopped"]) == (counts, None), done.result
    refused = [r for r in server.requests() if r["status"] == 413]
    assert len(refused) <= (2 * 5 if largest else 100)


@pytest.mark.parametrize("stopped_by", ["stop-after", "outage"])
def test_a_run_that_continues_one_which_stopped_for_doubts_begins_with_one_row(imported, fault_server, stopped_by):
    """What lost the answers may still be there: it costs one row to find out, not as many as before."""
    month = rows(100)
    server = fault_server(rule(hang_up(stored=True)))
    if stopped_by == "outage":
        server.replan(plan(rule(hang_up(stored=True)), rule(hang_up(), endpoint="offers")))
    first = imported(month, server, "--stop-after", 5, "--attempts", 2, "--outage-wait", 1, doubts=5, name="month")
    assert first.exit == 3, first.result
    before = first.counts["in_doubt"]
    for more in (1, 2):
        again = imported(month, server, "--stop-after", 5, doubts=before + more, name="month")
        assert (again.exit, again.json["stopped"], again.json["requests"]) == (3, "doubts", 1), again.result
        assert again.counts["in_doubt"] == before + more
    server.replan(plan())
    last = imported(month, server, doubts=before + 2, name="month")
    assert (last.exit, last.counts) == (1, {"recorded": 98 - before, "in_doubt": before + 2}), last.result


# -- throttling --------------------------------------------------------------------------------------------------------


def test_429_with_retry_after_of_every_kind(imported, fault_server):
    """Seconds, a date, a past date, negative, garbage, missing: waited for as told, each sent twice."""
    month = rows(80)
    told = ["1", "$DATE(+2)", "$DATE(-5)", "-1", "0", "soon", "", None]
    kinds = [throttle(value) for value in told]
    server = fault_server(
        *(rule(do, message_id=row.message_id, attempt=1) for do, row in zip(kinds, month[::10], strict=True))
    )
    done = imported(month, server, "--rate", 100)
    assert (done.exit, done.counts, done.json["retries"]) == (0, {"recorded": 80}, 8), done.result
    times = {
        row.message_id: [r["t"] for r in server.requests() if r["message_id"] == row.message_id] for row in month[::10]
    }
    gaps = {value: later - sooner for value, (sooner, later) in zip(told, times.values(), strict=True)}
    assert gaps["1"] >= 1
    assert gaps["$DATE(+2)"] >= 0.9
    assert done.lines[month[0].message_id]["attempts"] == "2"


def test_429_that_asks_for_too_long_stops_the_run(imported, fault_server):
    """Told to wait beyond `--outage-wait` the run stops and says until when; the rows are unsent."""
    told = ("61", "99999999999999999999", "$DATE(+100000)")
    servers = [fault_server(rule(throttle(value), nth=(3, None))) for value in told]
    for one in [imported.begin(rows(20), server, "--outage-wait", 60, "--concurrency", 2) for server in servers]:
        done = imported.finish(one)
        assert (done.exit, done.json["stopped"]) == (3, "throttled"), done.result
        assert re.search(r"until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", done.result.stderr)
        assert done.counts == {"recorded": 2, "pending": 18}
        assert done.json["requests"] <= 5


def test_429_for_ever_is_no_storm(imported, fault_server):
    """An API that throttles everything, and says "at once" each time, gets few requests, and the run stops."""
    server = fault_server(rule(throttle("0")))
    done = imported(rows(50), server, "--outage-wait", 1.5)
    assert (done.exit, done.json["stopped"], done.counts) == (3, "throttled", {"pending": 50}), done.result
    assert done.json["requests"] < 60


def test_a_server_limit_below_the_rate(imported, fault_server):
    """The run comes down to what the server lets through, with few throttled answers, and loses no row."""
    server = fault_server(limit=limit(60, retry_after="1"))
    done = imported(rows(150), server, "--rate", 300, "--concurrency", 8)
    assert (done.exit, done.counts) == (0, {"recorded": 150}), done.result
    assert done.json["retries"] < 75


# -- outages -----------------------------------------------------------------------------------------------------------


def test_an_outage_in_mid_run(imported, fault_server):
    """Everything reset, or swallowed, for a while: few rows are in doubt, and the run goes on by itself."""
    servers = [fault_server(outages=(outage(how, after_posts=60, for_s=1.5),)) for how in ("reset", "stall")]
    for one in [imported.begin(rows(200), server, "--concurrency", 8, "--timeout", 1) for server in servers]:
        done = imported.finish(one, doubts=8 + 20)
        assert (done.exit, done.json["stopped"]) == (1, None), done.result
        assert done.counts["recorded"] == 200 - done.counts["in_doubt"]
        assert "one row at a time" in done.result.stderr


def test_an_api_that_cannot_be_reached_for_a_while(imported, fault_server):
    """Nothing could be sent, so nothing is in doubt; the run waits and goes on by itself."""
    server = fault_server(outages=(outage("refuse", from_s=0.3, for_s=1.5),), clock="first_post")
    # The outage resets what is in flight when it begins; of the 1.5 s of refusals after that nothing is in doubt.
    done = imported(rows(60), server, "--rate", 50, "--concurrency", 4, doubts=4, unseen=4)
    assert (done.json["stopped"], done.counts["recorded"] >= 56) == (None, True), done.result
    assert "answers again" in done.result.stderr


def test_500_of_the_application_is_tried_again_then_failed(imported, fault_server):
    """Its own word that it failed: tried `--attempts` times, then failed, and a rerun posts the row again."""
    month = rows(20)
    broken, flaky = month[5].message_id, month[9].message_id
    server = fault_server(
        rule(api_error(500, "server_error"), message_id=broken),
        rule(api_error(500, "server_error"), message_id=flaky, attempt=(1, 2)),
    )
    done = imported(month, server, "--attempts", 3)
    assert (done.exit, done.counts, done.json["retries"]) == (1, {"recorded": 19, "failed": 1}, 4), done.result
    assert (done.lines[broken]["attempts"], done.lines[flaky]["attempts"]) == ("3", "3")
    server.replan(plan())
    again = imported(month, server, name="month-1")
    assert (again.exit, again.counts, again.json["requests"]) == (0, {"recorded": 20}, 1), again.result
    assert again.lines[broken]["attempts"] == "4"


def test_in_doubt_resend(imported, fault_server):
    """`--in-doubt resend` posts rows of earlier runs again, and those lost now; but no echo mismatch."""
    month = rows(20)
    lost, refused = month[3].message_id, month[7].message_id
    server = fault_server(rule(hang_up(stored=True), message_id=[lost, refused]))
    first = imported(month, server, doubts=2)
    assert first.counts == {"recorded": 18, "in_doubt": 2}, first.result
    mismatch = success(message_id='"another1"')
    server.replan(
        plan(
            rule(hang_up(stored=True, reset=True), message_id=lost, attempt=1),
            rule(answer(502, HTML), message_id=lost, attempt=2),
            rule(mismatch, message_id=refused),
        )
    )
    again = imported(month, server, "--in-doubt", "resend", name="month-1", doubts=1, at_least_once=True)
    assert again.counts == {"recorded": 19, "in_doubt": 1}, again.result
    assert again.json["requests"] == 4
    assert again.lines[refused]["error_code"] == "echo_mismatch"
    assert again.lines[lost]["attempts"] == "4"


@pytest.mark.parametrize("earlier", [False, True], ids=["lost in this run", "lost in an earlier run"])
@pytest.mark.parametrize(
    "later",
    [
        pytest.param(api_error(500, "server_error"), id="failed"),
        pytest.param(api_error(400, "offer_not_found"), id="rejected"),
        pytest.param(api_error(401, "invalid_api_key"), id="key refused"),
        pytest.param(throttle("5000"), id="throttled"),
        pytest.param(redirect(), id="wrong address"),
    ],
)
def test_a_doubt_is_not_forgotten_by_a_later_attempt(imported, fault_server, later, earlier):
    """With `--in-doubt resend`: a row that may be recorded stays in doubt, however its later attempts end."""
    month = rows(6)
    lost = month[3].message_id
    server = fault_server(rule(hang_up(stored=True), message_id=lost, attempt=1), rule(later, message_id=lost))
    if earlier:
        imported(month, server, "--concurrency", 1, name="month", doubts=1)
    options = ("--in-doubt", "resend", "--attempts", 2, "--concurrency", 1)
    done = imported(month, server, *options, name="month", doubts=1, at_least_once=True)
    assert done.lines[lost]["status"] == "in_doubt", done.result
    assert MOMENT.search(done.lines[lost]["error_message"])
    server.replan(plan())
    last = imported(month, server, name="month", doubts=1)
    assert last.lines[lost]["status"] == "in_doubt"
    assert len([record for record in server.ledger() if record["message_id"] == lost]) == 1


def test_a_doubt_is_not_forgotten_by_a_kill(imported, fault_server):
    """With `--in-doubt resend`: killed while it waits for its next attempt, the row is still in doubt."""
    month = rows(6)
    lost = month[3].message_id
    server = fault_server(rule(hang_up(stored=True), message_id=lost, attempt=1), rule(throttle("60"), message_id=lost))
    begun = imported.begin(month, server, "--in-doubt", "resend", "--concurrency", 1, name="month")
    wait_until(lambda: len(server.requests(method="POST")) == 7)
    time.sleep(0.2)
    begun.running.kill()
    server.replan(plan())
    last = imported(month, server, name="month", doubts=1)
    assert last.counts == {"recorded": 5, "in_doubt": 1}, last.result


def test_rows_sent_again_and_ids_given_twice_are_said(imported, fault_server):
    """Nobody can tell whether such rows are stored once: the summary does not say that all is well without a word."""
    month = rows(10)
    lost = month[3].message_id
    server = fault_server(rule(hang_up(stored=True), message_id=lost, attempt=1))
    done = imported(month, server, "--in-doubt", "resend", at_least_once=True)
    assert "perhaps stored twice: 1" in " ".join(done.result.stderr.split())
    cached = rule(success(revenue_id='"$LAST_REVENUE_ID"').but(stored=False), message_id=month[5].message_id)
    begun = imported.begin(month, fault_server(cached), "--concurrency", 1)
    result = begun.running.wait(40)
    said = " ".join(result.stderr.split())
    assert "revenue id that another row of this run has: 1" in said, result
    assert "row 5 and" in said


def test_the_report_of_a_killed_run_that_sends_again_counts_what_waits_in_doubt(imported, fault_server, warm, tmp_path):
    """Rows in doubt that were to be sent again are in doubt until an answer confirms them, whatever was planned."""
    month = rows(20)
    server = fault_server(rule(hang_up(stored=True), message_id=ids(month[::2])))
    first = imported(month, server, "--stop-after", 99, "--concurrency", 1, doubts=10, name="month")
    assert first.counts == {"recorded": 10, "in_doubt": 10}, first.result
    server.replan(plan(rule(stall(stored=True), nth=(3, None))))
    again = ("--in-doubt", "resend", "--concurrency", 1, "--timeout", 60)
    begun = imported.begin(month, server, *again, name="month")
    wait_until(lambda: len(server.requests(method="POST")) == 23)
    begun.running.kill()
    report = warm.run("report", "month.results.csv", "--json", cwd=tmp_path).json
    shares = {status: share["rows"] for status, share in report["by_status"].items() if share["rows"]}
    assert shares == {"recorded": 12, "in_doubt": 8}, report


def test_resend_through_an_outage(imported, fault_server):
    """While answers are lost nothing is sent, with `--in-doubt resend` too: few rows are stored twice."""
    server = fault_server(rule(hang_up(stored=True), seconds=(0.2, 1.2)), clock="first_post")
    done = imported(rows(300), server, "--rate", 300, "--concurrency", 8, "--in-doubt", "resend", at_least_once=True)
    assert (done.exit, done.counts) == (0, {"recorded": 300}), done.result
    assert done.json["retries"] <= 8 + 20


def test_stop_after(imported, fault_server):
    """So many rows in a row that end badly stop the run; what was not sent is unsent."""
    refusing, doubtful = fault_server(rule(api_error(422, "message_not_found"))), fault_server(rule(answer(200, HTML)))
    options = ("--stop-after", 6, "--concurrency", 4)
    begun = [imported.begin(rows(200), server, *options) for server in (refusing, doubtful)]
    done = imported.finish(begun[0])
    assert (done.exit, done.json["stopped"]) == (3, "too_many_failures"), done.result
    assert 6 <= done.counts["rejected"] <= 6 + 4
    done = imported.finish(begun[1], doubts=6)
    assert (done.exit, done.json["stopped"]) == (3, "too_many_failures"), done.result
    assert done.counts == {"in_doubt": 6, "pending": 194}


# -- signals -----------------------------------------------------------------------------------------------------------


def test_a_signal_while_sending_waits_for_the_answers_in_flight(imported, fault_server):
    """SIGINT, SIGTERM, SIGHUP: no new rows, the answers in flight count, results are written, exit says which."""
    expected = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
    begun = []
    for number in expected:
        server = fault_server(rule(success().but(delay_s=0.4)))
        begun.append((number, server, imported.begin(rows(400), server, "--concurrency", 4)))
    for number, server, one in begun:
        wait_until(lambda server=server: len(server.ledger()) >= 6)
        one.running.send_signal(number)
    for number, server, one in begun:
        done = imported.finish(one)
        assert (done.exit, done.json["stopped"]) == (expected[number], "interrupted"), done.result
        assert done.counts["recorded"] == len(server.ledger()) == done.json["requests"]
        assert done.counts["recorded"] + done.counts["pending"] == 400


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_while_the_results_are_written_waits_for_them(warm, healthy_server, tmp_path, name, status):
    """They are whole, the summary is told, and the exit says what came; the same for an import with nothing to post."""
    month = rows(20)
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 0, "--json")
    for more, nth in (((), 2), (("--rejects", tmp_path / "rejects.csv"), 1)):  # the first makes the journal
        result = warm.run(*command, *more, cwd=tmp_path, breaks={"signal": ["replace", nth, name]})
        assert (result.exit, result.json["stopped"], result.json["exit"]) == (status, "interrupted", status), result
        judge(month, tmp_path / "june.results.csv", healthy_server.ledger(), result.json)
    assert warm.run(*command, cwd=tmp_path).exit == 0


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize("when", ["send.loop._run", "send.send"])
def test_a_signal_just_after_the_last_answer(warm, healthy_server, tmp_path, name, status, when):
    """When nothing is in flight any more and the results are not begun: they are written, and the summary is said."""
    month = rows(4)
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", healthy_server.url, "--json")
    result = warm.run(*command, cwd=tmp_path, breaks={"signal_after": [when, name]})
    assert (result.exit, result.json and result.json["stopped"]) == (status, "interrupted"), result
    judge(month, tmp_path / "june.results.csv", healthy_server.ledger(), result.json)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_the_summary_is_said(warm, healthy_server, tmp_path, name):
    """All is done and written: the summary is said to its end, and the exit status is the one that it names."""
    command = ("import", write_csv(tmp_path / "june.csv", rows(4)), "--base-url", healthy_server.url, "--json")
    result = warm.run(*command, cwd=tmp_path, breaks={"signal_after": ["cli.console.summary_fields", name]})
    assert (result.exit, result.json and result.json["exit"]) == (0, 0), result


def test_a_second_signal_does_not_wait(imported, fault_server):
    """Ctrl-C twice ends at once: what is in flight is in doubt, and no more than `--concurrency`."""
    server = fault_server(rule(stall(stored=True), nth=(5, None)))
    begun = imported.begin(rows(100), server, "--concurrency", 4, "--timeout", 60)
    wait_until(lambda: len(server.requests()) >= 8)
    begun.running.send_signal(signal.SIGINT)
    begun.running.wait_for("Interrupted")
    time.sleep(0.2)
    assert begun.running.alive, "it waits for the answers"
    begun.running.send_signal(signal.SIGINT)
    began = time.monotonic()
    done = imported.finish(begun, doubts=4)
    assert time.monotonic() - began < 5
    assert (done.exit, done.counts) == (130, {"recorded": 4, "in_doubt": 4, "pending": 92}), done.result


def test_a_signal_while_waiting_ends_at_once(imported, fault_server):
    """In the pause of an outage, of a throttled row, of the breaker, of the pace, of a retry: nobody waits for it."""
    with dead_port() as closed, stalled_port() as stalled:
        throttled = fault_server(rule(throttle("500"), nth=2))
        storming = fault_server(rule(throttle("500"), nth=(2, None)))
        probing = fault_server(rule(hang_up(), nth=(2, None)), rule(answer(503, HTML), endpoint="offers"))
        failing = fault_server(rule(api_error(500, "server_error"), nth=(2, None)))
        slow = fault_server()
        begun = {
            "outage": imported.begin(rows(9), f"http://127.0.0.1:{closed}/api", "--attempts", 99),
            "connecting": imported.begin(rows(9), f"http://127.0.0.1:{stalled}/api", "--timeout", 60),
            "throttled": imported.begin(rows(9), throttled),
            "storm": imported.begin(rows(9), storming),
            "probing": imported.begin(rows(9), probing, "--concurrency", 4),
            "retry": imported.begin(rows(9), failing, "--attempts", 99, "--stop-after", 999),
            "pace": imported.begin(rows(9), slow, "--rate", 0.05),
        }
        servers = {"throttled": throttled, "storm": storming, "probing": probing, "retry": failing, "pace": slow}
        for name, one in begun.items():
            if name in servers:
                wait_until(lambda server=servers[name]: server.requests())
            else:
                one.running.wait_for("Posting to")
        time.sleep(1)
        for name, one in begun.items():
            one.running.send_signal(signal.SIGINT)
            if name == "connecting":
                one.running.wait_for("Interrupted")
                one.running.send_signal(signal.SIGINT)
        began = time.monotonic()
        for name, one in begun.items():
            done = imported.finish(one, doubts=6 if name == "probing" else 0)
            assert (done.exit, done.json["stopped"]) == (130, "interrupted"), (name, done.result)
            assert done.counts["pending"] >= 1
        assert time.monotonic() - began < 15


def test_stopped_and_continued(imported, fault_server):
    """A process that stood still for longer than its deadlines goes on as if nothing had been, and doubts nothing."""
    server = fault_server(rule(success().but(delay_s=0.3)))
    begun = imported.begin(rows(40), server, "--concurrency", 8, "--timeout", 1)
    wait_until(lambda: len(server.ledger()) >= 9)
    begun.running.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    begun.running.send_signal(signal.SIGCONT)
    done = imported.finish(begun)
    assert (done.exit, done.counts) == (0, {"recorded": 40}), done.result


def test_nobody_listens(start_cold, fault_server, tmp_path):
    """Standard output closed, piped into `head`, the terminal gone under nohup: the run is unaffected."""
    imported, month = Imports(start_cold, tmp_path), rows(30)
    servers = [fault_server(rule(success().but(delay_s=0.05))) for _ in range(3)]
    ignore_hangup = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    nohup = imported.begin(month, servers[0], "--concurrency", 2, **ignore_hangup)
    deaf = []
    for server, reads in zip(servers[1:], (False, True), strict=True):
        reading, writing = os.pipe()
        deaf.append(imported.begin(month, server, "--concurrency", 2, stdout=writing, stderr=writing))
        head = ("head", "-c", "1") if reads else ("true",)
        subprocess.run(head, stdin=reading, stdout=subprocess.DEVNULL, check=True) if reads else os.close(reading)
        os.close(writing)
    wait_until(servers[0].ledger)
    nohup.running.send_signal(signal.SIGHUP)
    assert imported.finish(nohup).exit == 0
    for number, one in enumerate(deaf, 2):
        one.running.wait(30)
        counts = judge(month, tmp_path / f"month-{number}.results.csv", one.server.ledger())
        assert counts == {"recorded": 30}


# -- all at once -------------------------------------------------------------------------------------------------------


def test_one_percent_of_everything(imported, fault_server):
    """One request in a hundred goes wrong in some way: the promise is kept, and the rerun sends what is left."""
    month = rows(2000)
    faults = [
        hang_up(stored=True),
        hang_up(stored=False, reset=True),
        hang_up(stored=True, answer_bytes=70),
        success().but(twice="now"),
        success().but(ending="close"),
        answer(502, HTML, stored=True),
        answer(200, HTML, stored=True),
        api_error(500, "server_error"),
        throttle("0"),
        api_error(422, "message_not_found"),
    ]
    server = fault_server(*(rule(do, chance=0.001) for do in faults), idle=idle(100))
    done = imported(month, server, "--concurrency", 16, doubts=60, unseen=60)
    assert done.json["stopped"] is None, done.result
    assert done.counts["recorded"] > 1900
    server.replan(plan())
    again = imported(month, server, name="month-1", doubts=done.counts["in_doubt"])
    left = done.counts["failed"] + done.counts["pending"]
    assert again.json["requests"] == left
    assert again.counts["recorded"] == done.counts["recorded"] + left
