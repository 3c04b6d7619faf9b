"""What the fault server stores and refuses, which rules meet a request, and how it lives and ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import time

import pytest

from tests.faultserver.client import JSON_HEADERS, body_of, post
from tests.faultserver.ledger import peak_rate
from tests.faultserver.plan import answer, bulk, limit, plan, rule, success
from tests.faultserver.server import FaultServer, FaultServerProcess, dead_port, stalled_port
from tests.support import oracle
from tests.support.oracle import OracleError


def test_a_row_is_stored_with_the_digits_it_was_sent_with(serve, link):
    """The ledger has the five fields to the digit and the id that was answered; both prefixes are served."""
    server = serve()
    connection = link(server)
    full = body_of("00012345", "0.30", offer_id="007", timestamp="2026-02-08T12:00:00Z")
    status, first = post(connection, full)
    assert (status, json.loads(first)["revenue"]) == (200, 0.3)
    post(connection, body_of('-é\\u0000"x', "1000000000000.10"), path="/v2/revenue")
    one, two = server.ledger()
    assert one == {
        "n": 1,
        "message_id": "00012345",
        "revenue": "0.30",
        "attribution_type": "sale",
        "offer_id": "007",
        "timestamp": "2026-02-08T12:00:00Z",
        "revenue_id": json.loads(first)["revenue_id"],
    }
    assert (two["message_id"], two["revenue"], two["offer_id"]) == ('-é\\u0000"x', "1000000000000.10", None)
    assert [r["connection"] for r in server.requests()] == [1, 1]
    oracle.judge_requests(server.requests())


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (body_of("", "1"), 400, "missing_message_id"),
        ('{"message_id":"a1b2c3d4","attribution_type":"sale"}', 400, "missing_revenue"),
        ('{"message_id":"a1b2c3d4","revenue":1}', 400, "missing_attribution_type"),
        (body_of(revenue='"24.90"'), 400, "invalid_revenue"),
        (body_of(revenue="-1"), 400, "invalid_revenue"),
        (body_of(attribution_type="gift"), 400, "invalid_attribution_type"),
        (body_of(revenue="NaN"), 400, "invalid_json"),
        ('{"revenue":1,"revenue":2,"message_id":"a1b2c3d4","attribution_type":"sale"}', 400, "invalid_json"),
        ("[1]", 400, "missing_message_id"),
    ],
)
def test_a_body_that_breaks_a_rule_is_refused_and_not_stored(serve, link, body, status, code):
    """The documented refusals come by themselves and whatever the rules say."""
    server = serve(rule(success()))
    got, answered = post(link(server), body)
    assert (got, json.loads(answered)["code"]) == (status, code)
    assert server.ledger() == []


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "application/json"}, 401, "missing_api_key"),
        ({"X-Api-Key": "trk_no"}, 401, "invalid_api_key"),
    ],
)
def test_a_wrong_key_is_refused_and_logged_as_wrong(serve, link, headers, status, code):
    """The log says whether the key was right, and never what it was; judge_requests objects."""
    server = serve()
    got, answered = post(link(server), headers=headers)
    assert (got, json.loads(answered)["code"]) == (status, code)
    assert not server.requests()[0]["key_right"]
    with pytest.raises(OracleError, match=r"wrong key|Content-Type"):
        oracle.judge_requests(server.requests())


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (body_of(offer_id=None), "offer_id is None"),
        (body_of(revenue="1e3"), "plain notation"),
        (body_of(note="x"), "unknown fields"),
        (body_of(timestamp=""), "timestamp is ''"),
    ],
)
def test_what_a_lenient_api_lets_pass_is_still_a_fault(serve, link, body, fault):
    """Such a request is stored, and judge_requests names what is wrong with it."""
    server = serve()
    assert post(link(server), body)[0] == 200
    with pytest.raises(OracleError, match=fault):
        oracle.judge_requests(server.requests())


def test_rules_meet_the_requests_that_they_name(serve, link):
    """Number, id, pattern, attempt, place on the connection and endpoint select; the first match decides."""
    server = serve(
        rule(answer(500), nth=(2, 3)),
        rule(answer(501), message_id="byname00", attempt=2),
        rule(answer(502), matching="re[0-9]+"),
        rule(answer(503), endpoint="bulk"),
        rule(answer(504), endpoint="offers"),
        rule(answer(505), on_connection=(9, None)),
    )
    connection = link(server)
    ids = ["one", "re1", "three", "byname00", "byname00", "byname00", "re22"]
    assert [post(connection, body_of(i))[0] for i in ids] == [200, 500, 500, 200, 501, 200, 502]
    assert post(connection, '{"records":[]}', path="/v2/revenue/bulk")[0] == 400
    assert post(connection, f'{{"records":[{body_of()}]}}', path="/v2/revenue/bulk")[0] == 503
    connection.request("GET", "/api/v2/offers?per_page=1", headers=JSON_HEADERS)
    with contextlib.closing(connection.getresponse()) as reply:
        assert reply.status == 504
        reply.read()
    assert [post(connection, body_of("x"))[0], post(link(server), body_of("x"))[0]] == [505, 200]


def test_chance_is_the_same_for_the_same_row_in_any_order(serve, link):
    """A rule with a chance strikes by seed, message id and attempt, about as often as told."""
    struck = []
    for order in (range(400), range(399, -1, -1)):
        server = serve(rule(answer(500), chance=0.1), seed=7)
        connection = link(server)
        struck.append({i for i in order if post(connection, body_of(f"{i:08d}"))[0] == 500})
    assert struck[0] == struck[1]
    assert 20 <= len(struck[0]) <= 60


@pytest.mark.parametrize("kind", ["bucket", "window"])
def test_the_limiter_lets_through_what_it_says(serve, link, kind):
    """Over about half a second no more than burst and rate allow get through, the others 429."""
    server = serve(limit=limit(100, kind, burst=10, retry_after="1"), clock="first_post")
    connection = link(server)
    began, statuses = time.monotonic(), []
    while time.monotonic() < began + 0.5:
        statuses.append(post(connection)[0])
    elapsed = server.requests()[-1]["t"] - server.requests()[0]["t"]
    most = 100 if kind == "window" else 10 + 100 * elapsed + 1
    assert most / 2 < len(server.ledger()) <= most
    assert set(statuses) == {200, 429}
    assert server.peak_rate() == len(statuses)


def test_bulk_is_answered_record_by_record(serve, link):
    """Good records are stored, others listed by index; the answer departs from that only as told."""
    four = ",".join(body_of(f"bulk000{i}", "1.10") for i in range(4))
    records = f'{{"records":[{four}],"imported":false}}'
    server = serve(
        rule(bulk(fail={"bulk0001": "message_not_found"}), nth=1),
        rule(bulk(fail={"bulk0001": "a", "bulk0002": "b"}, drop_errors=1, success_off=1), nth=2),
        rule(bulk(store_first=1).but(cut_answer=0, ending="reset"), nth=3),
    )
    connection = link(server)
    answers = [json.loads(post(connection, records, "/api/v2/revenue/bulk")[1]) for _ in range(2)]
    error = {"index": 1, "code": "message_not_found", "error": "The record was refused: message_not_found"}
    assert answers[0] == {"success_count": 3, "error_count": 1, "total_revenue": 3.3, "errors": [error]}
    assert [answers[1][k] for k in ("success_count", "error_count")] == [3, 2]
    assert [e["index"] for e in answers[1]["errors"]] == [1]
    with pytest.raises(ConnectionResetError):
        post(connection, records, "/v2/revenue/bulk")
    assert [r["stored"] for r in server.requests()] == [3, 2, 1]
    assert len({r["revenue_id"] for r in server.ledger()}) == 6


@pytest.mark.parametrize(
    ("kind", "trusted", "error"),
    [("trusted", True, None), ("trusted", False, "verify"), ("self_signed", True, "self"), ("other_host", True, "IP")],
)
def test_certificates_are_what_they_are_called(tmp_path, kind, trusted, error):
    """Only the one for this host, signed by the authority that is trusted, is accepted."""
    with FaultServer(plan(tls=kind), tmp_path / "ledger") as server:
        context = ssl.create_default_context(cafile=server.ca_file if trusted else None)
        expected = pytest.raises(ssl.SSLCertVerificationError, match=error) if error else contextlib.nullcontext()
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=5, context=context)
        with contextlib.closing(connection), expected:
            assert post(connection)[0] == 200
        assert len(server.ledger()) == (0 if error else 1)
        assert server.url.startswith("https://")


def test_ports_that_nobody_answers():
    """A dead port refuses at once; on a stalled one a connect hangs."""
    with dead_port() as port, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with stalled_port() as port, pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", port), timeout=0.2)


@pytest.mark.parametrize("forked", [True, False], ids=["forked", "from nothing"])
def test_the_process_writes_before_it_answers_and_outlives_its_plan(server_forker, link, tmp_path, forked):
    """What was answered is in the ledger though the server is killed; another plan keeps port, ledger and count."""
    chosen, forker = plan(rule(answer(500))), server_forker if forked else None
    with FaultServerProcess(chosen, tmp_path / "ledger", forker=forker) as server:
        assert post(link(server))[0] == 500
        server.replan(plan(rule(success(), nth=1)))
        assert post(link(server))[0] == 200
        server.kill()
        assert [r["n"] for r in server.ledger()] == [1]
        assert [r["status"] for r in server.requests()] == [500, 200]
        server.stop()
        server.start()
        assert post(link(server))[0] == 500
        server.replan(plan())
        assert post(link(server))[0] == 200
        assert [r["n"] for r in server.ledger()] == [1, 2]


def test_a_failure_of_the_server_itself_is_no_silent_fault(serve, link):
    """An exception inside the server ends in an error of the test."""
    server = FaultServer(plan(rule(success().but(headers=[["only a name"]]))))
    server.__enter__()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        post(link(server))
    with pytest.raises(RuntimeError, match="the fault server itself failed"):
        server.__exit__(None, None, None)


def test_peak_rate_counts_in_sliding_windows():
    """The window is closed at its start and open at its end."""
    assert peak_rate([0.0, 0.5, 0.999, 1.0, 1.4, 9]) == 4
    assert peak_rate([]) == 0
