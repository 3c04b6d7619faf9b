"""The means of judgement are judged first: the fault server, the oracle, the inputs, the command and the guards."""

from __future__ import annotations

import contextlib
import csv
import gzip
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from tests.faultserver.ledger import peak_rate
from tests.faultserver.plan import (
    CANARY_KEY,
    STRANGE_BODIES,
    answer,
    api_error,
    at_accept,
    bulk,
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
from tests.faultserver.server import FaultServer, FaultServerProcess, dead_port, stalled_port
from tests.support import command, inputs, oracle, strawman
from tests.support.keysearch import find_key
from tests.support.oracle import OracleError, judge

JSON_HEADERS = {"X-Api-Key": CANARY_KEY, "Content-Type": "application/json"}


@pytest.fixture
def serve():
    """Start in-thread servers: `serve(rule(...), limit=...)`."""
    with contextlib.ExitStack() as stack:
        yield lambda *rules, **options: stack.enter_context(FaultServer(plan(*rules, **options)))


@pytest.fixture
def link():
    """Open a keep-alive connection: `link(server)`."""
    with contextlib.ExitStack() as stack:
        yield lambda server: stack.enter_context(
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5))
        )


def body_of(message_id="a1b2c3d4", revenue="24.90", **more):
    """A request body, the revenue with exactly these digits."""
    rest = "".join(f",{json.dumps(k)}:{json.dumps(v)}" for k, v in {"attribution_type": "sale", **more}.items())
    return f'{{"message_id":{json.dumps(message_id)},"revenue":{revenue}{rest}}}'


def post(connection, body=None, path="/api/v2/revenue", headers=JSON_HEADERS):
    """POST on an open connection; status and body."""
    connection.request("POST", path, body or body_of(), headers)
    reply = connection.getresponse()
    return reply.status, reply.read()


def raw_request(body=None):
    """A whole request as bytes."""
    data = (body or body_of()).encode()
    head = f"POST /api/v2/revenue HTTP/1.1\r\nHost: x\r\nX-Api-Key: {CANARY_KEY}\r\nContent-Type: application/json\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(data) + data


def exchange(port, data, timeout=5.0):
    """Send bytes, read to the end: what came, and how it ended (`closed`, `reset`, `open`)."""
    got = b""
    deadline = time.monotonic() + timeout
    try:  # a reset may come as early as `connect`
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as sock:
            if data:
                sock.sendall(data)
            while chunk := sock.recv(65536):
                got += chunk
                sock.settimeout(max(0.001, deadline - time.monotonic()))
    except (ConnectionResetError, BrokenPipeError):
        return got, "reset"
    except TimeoutError:
        return got, "open"
    return got, "closed"


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


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize(("reset", "end"), [(False, "closed"), (True, "reset")])
@pytest.mark.parametrize("answer_bytes", [0, 1, 17, 90])
def test_hanging_up_after_so_many_bytes_of_the_answer(serve, stored, reset, end, answer_bytes):
    """Exactly so many bytes arrive, then FIN or RST; the ledger has the row if it was to be stored."""
    server = serve(rule(hang_up(stored=stored, reset=reset, answer_bytes=answer_bytes)))
    got, how = exchange(server.port, raw_request())
    assert (len(got), how, len(server.ledger())) == (answer_bytes, end, stored)
    assert b"HTTP/1.1 200 OK".startswith(got[:15])


@pytest.mark.parametrize("request_bytes", [1, 40, 10_000])
def test_hanging_up_after_so_many_bytes_of_the_request(serve, request_bytes):
    """The server reads no more than told and resets; the next POST is whole again."""
    server = serve(rule(hang_up(reset=True, request_bytes=request_bytes), nth=2))
    padded = raw_request(body_of(offer_id="x" * 20_000))
    assert post_raw_status(server.port, padded) == 200
    assert exchange(server.port, padded) == (b"", "reset")
    assert post_raw_status(server.port, padded) == 200
    assert [r["done"] for r in server.requests()][1] == f"rule 1: reset after {request_bytes} bytes of the request"
    assert len(server.ledger()) == 2


def post_raw_status(port, data):
    """The status of one raw request on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(data)
        return int(sock.recv(65536).split(b" ")[1])


def test_a_stall_never_answers_and_a_mute_connection_never_reads(serve):
    """Both leave the client waiting; a stalled row may be stored."""
    server = serve(rule(stall(stored=True)), accept=(at_accept("mute", nth=2), at_accept("reset", nth=3)))
    assert exchange(server.port, raw_request(), timeout=0.2) == (b"", "open")
    assert exchange(server.port, raw_request(), timeout=0.2) == (b"", "open")
    assert exchange(server.port, b"")[1] == "reset"
    assert (len(server.ledger()), len(server.requests()), len(server.connections())) == (1, 1, 3)


def test_slow_answers_are_slow(serve):
    """A dripped answer comes byte by byte, a delayed one late, informational ones before it or for ever."""
    server = serve(
        rule(drip(0.05), nth=1),
        rule(success().but(delay_s=0.3), nth=2),
        rule(interim(every_s=0.01, count=3), nth=3),
        rule(interim(every_s=0.01), nth=4),
    )
    dripped, _ = exchange(server.port, raw_request(), timeout=0.3)
    assert 1 <= len(dripped) < 60
    began = time.monotonic()
    assert post_raw_status(server.port, raw_request()) == 200
    assert time.monotonic() - began >= 0.3
    hinted, _ = exchange(server.port, raw_request(), timeout=0.5)
    assert re.findall(rb"HTTP/1.1 (\d+)", hinted) == [b"103"] * 3 + [b"200"]
    endless, _ = exchange(server.port, raw_request(), timeout=0.3)
    assert endless.count(b"HTTP/1.1 103") > 5
    assert b" 200 " not in endless


def test_answers_doubled_left_over_and_swapped(serve, link):
    """A doubled answer comes twice, a left-over one in front of the next, swapped ones cross."""
    server = serve(
        rule(success().but(twice="now"), message_id="doubled0"),
        rule(success().but(twice="next"), message_id="leftover"),
        rule(success().but(swap=True), matching="swap.*"),
    )
    doubled, _ = exchange(server.port, raw_request(body_of("doubled0")), timeout=0.2)
    assert doubled.count(b"doubled0") == 2
    both, _ = exchange(server.port, raw_request(body_of("leftover")) + raw_request(body_of("thenext0")), timeout=0.2)
    assert re.findall(rb'"message_id":"(\w+)"', both) == [b"leftover", b"leftover", b"thenext0"]
    one, two = link(server), link(server)
    one.request("POST", "/v2/revenue", body_of("swap_one"), JSON_HEADERS)
    two.request("POST", "/v2/revenue", body_of("swap_two"), JSON_HEADERS)
    echoes = [json.loads(connection.getresponse().read())["message_id"] for connection in (one, two)]
    assert echoes == ["swap_two", "swap_one"]
    assert json.loads(post(one, body_of("swap_alone"))[1])["message_id"] == "swap_alone"


def test_an_idle_connection_is_closed(serve):
    """After so many milliseconds without a request, with a farewell if there is one."""
    server = serve(idle=idle(50, farewell="HTTP/1.1 408 Request Timeout\r\n\r\n"))
    got, how = exchange(server.port, raw_request())
    assert (got.count(b"HTTP/1.1"), got.endswith(b"408 Request Timeout\r\n\r\n"), how) == (2, True, "closed")


def test_any_answer_can_be_said(serve, link):
    """Statuses, headers, placeholders, framings and raw bytes arrive as told."""
    server = serve(
        rule(success(201, without=("message_id",), revenue='"$REVENUE"', extra={"note": [1]}), nth=1),
        rule(success(revenue_id='"$LAST_REVENUE_ID"'), nth=2),
        rule(api_error(422, "odd"), nth=3),
        rule(throttle("$DATE(+60)"), nth=4),
        rule(answer(999, b"\xff\x00", headers=()).but(framing="chunked"), nth=5),
        rule(answer(200, "$MESSAGE_ID").but(framing=99, ending="close"), nth=6),
        rule(answer(200).but(raw="garbage"), nth=7),
    )
    connection = link(server)
    first = json.loads(post(connection)[1])
    assert first == {"success": True, "revenue_id": first["revenue_id"], "revenue": "24.90", "note": [1]}
    assert json.loads(post(connection)[1])["revenue_id"] == first["revenue_id"]
    assert json.loads(post(connection)[1]) == {"error": "It did not work", "code": "odd"}
    connection.request("POST", "/v2/revenue", body_of(), JSON_HEADERS)
    reply = connection.getresponse()
    assert (reply.status, bool(re.fullmatch(r"\w{3}, \d\d .* GMT", reply.headers["Retry-After"]))) == (429, True)
    reply.read()
    assert post(connection) == (999, b"\xff\x00")
    assert exchange(server.port, raw_request())[0].endswith(b"Content-Length: 99\r\n\r\na1b2c3d4")
    assert exchange(server.port, raw_request(), timeout=0.2)[0] == b"garbage"
    assert [r["stored"] for r in server.requests()] == [1, 1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("name", STRANGE_BODIES)
def test_strange_bodies_arrive_whole(serve, link, name):
    """Every strange body comes as it is, placeholders filled, whether the row is stored or not."""
    server = serve(rule(answer(200, STRANGE_BODIES[name], stored=True)))
    status, body = post(link(server))
    expected = STRANGE_BODIES[name].replace(b"$MESSAGE_ID", b"a1b2c3d4").replace(b"$REVENUE}", b"24.90}")
    if b"$" not in expected:
        assert body == expected
    assert (status, b"$" in body, len(server.ledger())) == (200, False, 1)


def test_a_gzip_bomb_unpacks_to_what_it_says(serve, link):
    """It is small on the wire and large unpacked."""
    server = serve(rule(gzip_bomb(8)))
    body = post(link(server))[1]
    assert len(body) < 20_000
    assert len(gzip.decompress(body)) > 8 * 2**20


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


def test_a_redirect_points_to_a_listener_that_counts_what_it_gets(serve, link):
    """The decoy knows how many bytes it was sent: none, unless somebody follows."""
    server = serve(rule(redirect(308), nth=1))
    connection = link(server)
    connection.request("POST", "/v2/revenue", body_of(), JSON_HEADERS)
    reply = connection.getresponse()
    reply.read()
    assert (reply.status, reply.headers["Location"]) == (308, f"http://127.0.0.1:{server.decoy_port}/v2/revenue")
    assert (server.decoy_bytes(), server.connections("decoy")) == (0, [])
    assert exchange(server.decoy_port, b"hello", timeout=0.2)[1] == "open"
    assert (server.decoy_bytes(), len(server.connections("decoy"))) == (5, 1)


def test_an_outage_of_resets_ends_by_itself(serve):
    """It begins with the n-th POST, stores nothing, and is over after so many seconds."""
    server = serve(outages=(outage(after_posts=2, for_s=0.2),))
    assert exchange(server.port, raw_request(), timeout=0.05)[1] == "open"
    assert exchange(server.port, raw_request()) == (b"", "reset")
    assert exchange(server.port, raw_request()) == (b"", "reset")
    time.sleep(0.25)
    assert post_raw_status(server.port, raw_request()) == 200
    assert len(server.ledger()) == 2


def test_an_outage_that_refuses_closes_the_port_and_opens_it_again(serve):
    """Open connections are reset, new ones are refused, then the same port is back."""
    server = serve(outages=(outage("refuse", after_posts=2, for_s=0.3),))
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as idle_one:
        assert post_raw_status(server.port, raw_request()) == 200
        assert exchange(server.port, raw_request()) == (b"", "reset")
        with pytest.raises(ConnectionResetError):
            idle_one.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            assert post_raw_status(server.port, raw_request()) == 200
            break
        time.sleep(0.02)
    assert len(server.ledger()) == 2


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


def test_inputs_say_what_they_hold(tmp_path):
    """The rows of a file are unique, valid by the letter, exact, and the same as in any other file that holds them."""
    chosen = inputs.rows(3000)
    assert chosen[1000:] == inputs.rows(2000, start=1000)
    assert len({row.message_id for row in chosen}) == 3000
    with inputs.write_csv(tmp_path / "in.csv", chosen).open(newline="") as file:
        read = list(csv.DictReader(file))
    for row, cells in zip(chosen, read, strict=True):
        assert re.fullmatch(r"[0-9A-Za-z_-]{8}", row.message_id)
        assert tuple(cells.values()) == row.cells
        assert re.fullmatch(r"\d+(\.\d+)?", row.digits)
        assert Decimal(re.sub(r"[ ,$+]", "", cells["revenue"])) == row.revenue == row.content.revenue
        assert Decimal(repr(float(row.digits))) == row.revenue
        assert row.content.timestamp is None or re.fullmatch(r"2025-\d\d-\d\dT[\d:.]+Z", row.content.timestamp)
    assert not {row.message_id for row in inputs.invalid_rows()} & {row.message_id for row in chosen}
    assert inputs.total(inputs.invalid_rows()) == Decimal("9.75") * 9


RESULTS_FIELDS = (*inputs.FIELDS, "status", "revenue_id", "error_code", "error_message")
RESULTS_HEADER = ("row", "source", *RESULTS_FIELDS, "http_status", "attempts", "finished_at", "target")


class Story:
    """An honest run over 12 rows, three of them equal, to be doctored: each status is there."""

    def __init__(self):
        self.rows = [*inputs.rows(9), inputs.invalid_rows()[5], *inputs.rows(1, start=3), *inputs.rows(1, start=3)]
        statuses = ["recorded"] * 5 + ["rejected", "failed", "pending", "in_doubt", "invalid", "duplicate", "recorded"]
        self.lines = [
            self.line(i, row, status) for i, (row, status) in enumerate(zip(self.rows, statuses, strict=True))
        ]
        stored = [i for i, status in enumerate(statuses) if status in {"recorded", "in_doubt"}]
        self.ledger = [self.record(i) for i in stored]
        shares = {}
        for row, status in zip(self.rows, statuses, strict=True):
            share = shares.setdefault(status, {"rows": 0, "revenue": Decimal(0)})
            share["rows"] += 1
            share["revenue"] += row.revenue or 0
        by_status = {status: {**share, "revenue": str(share["revenue"])} for status, share in shares.items()}
        self.summary = {"rows": 12, "revenue": str(inputs.total(self.rows)), "by_status": by_status}

    @staticmethod
    def line(i, row, status):
        content = row.content or row.cells
        fields = ["" if field is None else str(field) for field in content]
        fields = [f"'{field}" if field[:1] in {"=", "-"} else field for field in fields]
        code = {"duplicate": "duplicate_row"}.get(status, "")
        cells = [str(i + 1), "in.csv", *fields, status, f"id{i}" if status == "recorded" else "", code, *[""] * 5]
        return dict(zip(RESULTS_HEADER, cells, strict=True))

    def record(self, i):
        content = self.rows[i].content
        return {**content._asdict(), "revenue": self.rows[i].digits, "revenue_id": f"id{i}"}

    def judge(self, path, **options):
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, RESULTS_HEADER, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(self.lines)
        return judge(self.rows, path, self.ledger, self.summary, **{"promised_in_doubt": 1, **options})


def test_the_oracle_lets_an_honest_run_pass(tmp_path):
    """Every status at once, equal rows and escaped formulas included."""
    counts = Story().judge(tmp_path / "r.csv")
    assert counts == {
        "recorded": 6, "rejected": 1, "failed": 1, "pending": 1, "in_doubt": 1, "invalid": 1, "duplicate": 1
    }  # fmt: skip
    oracle.judge_ids(tmp_path / "r.csv", Story().ledger)


def doctored_share(story, status, **changes):
    story.summary["by_status"][status] |= changes


@pytest.mark.parametrize(
    ("doctor", "complaint"),
    [
        (lambda s: s.ledger.append(s.record(0)), r"stored twice: 1\n.*2 times, in the input 1.*1 recorded"),
        (lambda s: s.ledger.append(s.record(3)), "stored, but neither recorded nor in doubt: 1\n.*11 duplicate"),
        (lambda s: s.ledger.extend([s.record(3)] * 2), "stored twice: 1\n.*4 times, in the input 3"),
        (lambda s: s.ledger.append({**s.record(0), "revenue": "1.98"}), "stored, but not in the input: 1"),
        (lambda s: s.ledger.append({**s.record(0), "timestamp": None}), "stored, but not in the input: 1"),
        (lambda s: s.ledger.pop(0), "recorded, but not stored: 1\n.*1 recorded"),
        (lambda s: s.ledger.pop(0), "totals: the ledger holds [0-9.]+, the results say"),
        (lambda s: s.ledger.append(s.record(5)), "neither recorded nor in doubt: 1\n.*6 rejected"),
        (lambda s: s.ledger.append(s.record(6)), "neither recorded nor in doubt: 1\n.*7 failed"),
        (lambda s: s.ledger.append(s.record(7)), "neither recorded nor in doubt: 1\n.*8 pending"),
        (
            lambda s: s.ledger.append({**s.record(0), "message_id": s.rows[9].message_id, "revenue": "12"}),
            "stored, but not in the input: 1\n.*Invalid5",
        ),
        (lambda s: s.lines.pop(6), r"11 lines for 12 rows\n- missing rows; message ids: 1\n"),
        (lambda s: s.lines.append({**s.lines[6], "row": "13"}), "13 lines for 12 rows"),
        (lambda s: s.lines[1].update(revenue="2.91"), r"not as in the input: 1\n.*row 2"),
        (lambda s: s.lines[1].update(offer_id=""), r"not as in the input: 1\n.*row 2"),
        (lambda s: s.lines[7].update(status="invalid"), r"not as in the input: 1\n.*row 8.*in truth valid"),
        (lambda s: s.lines[9].update(status="pending"), r"not as in the input: 1\n.*row 10.*in truth invalid_revenue"),
        (lambda s: s.lines[5].update(status="lost"), "unknown status: 1\n.*row 6"),
        (lambda s: s.lines[5].update(row="7"), "row numbers out of order"),
        (lambda s: s.lines[7].update(status="in_doubt"), "more than 1 in doubt: 2\n"),
        (lambda s: doctored_share(s, "recorded", rows=5), "totals: 1\n.*recorded: the summary says 5 rows"),
        (lambda s: doctored_share(s, "failed", revenue="7.26"), "totals: 1\n.*failed: the summary says 1 rows, 7.26"),
        (lambda s: s.summary.update(revenue="1"), "totals: .*all rows|the shares add up"),
        (lambda s: s.summary["by_status"].pop("pending"), "totals: 1\n.*pending: the summary says 0 rows"),
        (lambda s: s.lines[5].update(error_message=CANARY_KEY), "the API key stands in"),
    ],
)
def test_the_oracle_sees_each_broken_promise(tmp_path, doctor, complaint):
    """Negative control: one thing doctored in an honest run, and the clause and the row are named."""
    story = Story()
    doctor(story)
    with pytest.raises(OracleError) as error:
        story.judge(tmp_path / "r.csv")
    assert re.search(complaint, str(error.value)), error.value
    (tmp_path / "r.csv").unlink()


def test_the_oracle_allows_twice_only_what_was_resent(tmp_path):
    """At least once: a row in doubt or recorded may be stored twice, any other not at all."""
    story = Story()
    story.ledger += [story.record(0), story.record(8)]
    story.judge(tmp_path / "r.csv", at_least_once=True)
    story.ledger.append(story.record(7))
    with pytest.raises(OracleError, match="neither recorded nor in doubt: 1"):
        story.judge(tmp_path / "r.csv", at_least_once=True)


def test_the_oracle_sees_the_answer_of_another_row(tmp_path):
    """judge_ids: two rows with each other's revenue_id, or with one between them."""
    story = Story()
    story.lines[0]["revenue_id"], story.lines[1]["revenue_id"] = "id1", "id0"
    story.judge(tmp_path / "r.csv")
    with pytest.raises(OracleError, match="another's revenue_id: 2"):
        oracle.judge_ids(tmp_path / "r.csv", story.ledger)
    story.lines[1]["revenue_id"] = "id1"
    story.judge(tmp_path / "r.csv")
    with pytest.raises(OracleError, match="in two rows: 1"):
        oracle.judge_ids(tmp_path / "r.csv", story.ledger)


def test_the_oracle_reads_parquet_results(tmp_path):
    """The same judgement from `.parquet`."""
    import polars as pl

    story = Story()
    story.judge(tmp_path / "r.csv")
    pl.DataFrame(oracle.read_results(tmp_path / "r.csv")).write_parquet(tmp_path / "r.parquet")
    assert judge(story.rows, tmp_path / "r.parquet", story.ledger, promised_in_doubt=1)["recorded"] == 6
    with pytest.raises(OracleError, match="recorded, but not stored"):
        judge(story.rows, tmp_path / "r.parquet", story.ledger[1:], promised_in_doubt=1)


@pytest.mark.parametrize(("program", "honest"), [(strawman.HONEST, True), (strawman.DISHONEST, False)])
def test_a_campaign_of_kills_tells_the_honest_from_the_dishonest(
    fault_server, start_cold, run_cold, tmp_path, program, honest
):
    """Negative control of the whole: an importer whose intent comes after the POST is caught, one like it is not."""
    chosen = inputs.rows(40, plain=True)
    file = inputs.write_csv(tmp_path / "in.csv", chosen)
    server = fault_server(
        rule(success().but(delay_s=0.05), nth=(10, None)), rule(hang_up(stored=True), nth=3), rule(answer(500), nth=5)
    )
    arguments = ("import", file, "--base-url", server.url)
    for lines in (10, 15, 20):
        assert start_cold(*arguments, program=program).kill_after(ledger=server.ledger_path, lines=lines)
    server.replan(plan())
    result = run_cold(*arguments, program=program)
    judged = (chosen, tmp_path / "in.results.csv", server.ledger(), result.json)
    if honest:
        counts = judge(*judged, promised_in_doubt=2 + 3, artefacts=[tmp_path])
        oracle.judge_ids(tmp_path / "in.results.csv", server.ledger())
        assert counts["recorded"] >= 35
    else:
        with pytest.raises(OracleError, match="stored twice: 3"):
            judge(*judged, promised_in_doubt=2 + 3)


def disguises(tmp_path):
    """The key in files of every kind, none of them in the test's own folder."""
    import polars as pl

    key = CANARY_KEY
    (tmp_path / "k.xlsx").write_bytes(_zipped(key))
    (tmp_path / "k.csv.gz").write_bytes(gzip.compress(key.encode()))
    pl.DataFrame({"a": [key] * 99}).write_parquet(tmp_path / "k.parquet")
    (tmp_path / "utf16").write_bytes(key.encode("utf-16"))
    (tmp_path / "hex").write_text(key.encode().hex())
    (tmp_path / "half").write_text(f"…{key[20:]}")
    for i in range(3):
        import base64

        (tmp_path / f"base64-{i}").write_bytes(base64.b64encode(b"x" * i + key.encode() + b"yz"))


def _zipped(text):
    import io
    import zipfile

    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", text * 9)
    return buffer.getvalue()


def test_the_key_is_found_in_every_disguise(tmp_path_factory):
    """Half of it is enough, in UTF-16, hex, base64, zip, gzip or Parquet; its last four characters are not."""
    folder = tmp_path_factory.mktemp("disguised")
    disguises(folder)
    found = find_key([folder])
    assert {Path(label.split(":")[0]).name for label in found} == {path.name for path in folder.iterdir()}
    assert find_key([f"key trk_…{CANARY_KEY[-4:]}", b"PK\x03\x04 no archive"]) == []


STAND_IN = """
import getpass, json, os, pathlib, signal, sys, time
from decimal import Decimal
what, *rest = sys.argv[1:]
if what == "json":
    print("Checked.", file=sys.stderr)
    print(json.dumps({"rows": 1, "revenue": 1.10, "args": rest, "env": dict(os.environ), "tty": sys.stdin.isatty()}))
elif what == "sleep":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print("asleep", flush=True)
    time.sleep(60)
elif what == "write":
    for i in range(100000):
        with open(rest[0], "a") as file:
            file.write(f"{i}\\n")
elif what == "ask":
    key = getpass.getpass("Key: ")
    with open("/dev/tty") as tty:
        print(f"\\x1b[31m{len(key)} characters\\x1b[0m", sys.stdout.isatty(), os.get_terminal_size().columns)
    if input("Post? ") == "y":
        sys.exit(7)
    time.sleep(60)
elif what == "cat":
    sys.stdout.write(sys.stdin.read())
"""


@pytest.fixture
def program(tmp_path):
    """A stand-in for the command."""
    path = tmp_path / "stand_in.py"
    path.write_text(STAND_IN)
    return (sys.executable, str(path))


def test_a_run_is_a_users_run(run_cold, program, monkeypatch):
    """Off a terminal, with the key and nothing else of ours in its environment; JSON is read exactly."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    result = run_cold("json", Path("x.csv"), 7, program=program, env={"EXTRA": "1", "LANG": None})
    command.SEEN.clear()  # this stand-in prints its environment, key and all
    assert (result.exit, result.stderr, result.json["args"]) == (0, "Checked.\n", ["x.csv", "7"])
    assert (result.json["revenue"], result.json["tty"]) == (Decimal("1.1"), False)
    env = result.json["env"]
    assert (env["TRACKLY_API_KEY"], env["EXTRA"], env["NO_COLOR"]) == (CANARY_KEY, "1", "1")
    assert not {"HTTPS_PROXY", "LANG", "PYTEST_CURRENT_TEST"} & env.keys()
    assert env["TRACKLY_BASE_URL"] == "http://127.0.0.1:9/api"
    assert "TRACKLY_BASE_URL" not in command.environment(["import", "--base-url=x"])
    assert "TRACKLY_API_KEY" not in command.environment(key=None)
    assert run_cold("cat", stdin=b"a,b\n", program=program).stdout == "a,b\n"


def test_the_command_is_the_package_that_the_tests_import(run_cold):
    """`python -m importer` is found from any folder."""
    script = "import importlib.util; print(importlib.util.find_spec('importer').origin)"
    found = run_cold("-c", script, program=(sys.executable,)).stdout.strip()
    assert Path(found).parent == Path(__file__).parents[2] / "importer"


def test_a_run_that_does_not_end_is_ended(run_cold, program):
    """The timeout's error has what was printed."""
    with pytest.raises(TimeoutError, match="asleep"):
        run_cold("sleep", program=program, timeout=0.5)


def test_a_running_command_is_killed_when_told(start_cold, program, tmp_path):
    """After so many seconds, at so many lines of a ledger, with any signal; False when there was nothing to kill."""
    ledger = tmp_path / "ledger"
    writing = start_cold("write", ledger, program=program)
    assert writing.kill_after(ledger=ledger, lines=50)
    assert 50 <= ledger.read_bytes().count(b"\n") < 100_000
    assert writing.wait().exit == -signal.SIGKILL
    sleeping = start_cold("sleep", program=program)
    assert "asleep" in sleeping.wait_for("asl[e]+p")
    assert "stand_in.py sleep" in sleeping.seen_by_ps()
    assert sleeping.kill_after(0.05, number=signal.SIGTERM)
    assert (sleeping.wait().exit, sleeping.alive) == (143, False)
    ended = start_cold("cat", program=program)
    assert ended.wait().exit == 0
    assert not ended.kill_after(0)
    silent = start_cold("cat", program=program)
    with pytest.raises(TimeoutError, match="never printed"):
        silent.wait_for("nothing")


def test_a_terminal_shows_questions_and_hides_keys(run_tty, program):
    """What is typed at a hidden prompt is not on the screen; the exit status and the size are right."""
    result = run_tty("ask", dialog=[("Key: ", CANARY_KEY + "\n"), (r"Post\? ", "y\n")], program=program, timeout=10)
    assert (result.exit, "\x1b" in result.stdout) == (7, False)
    assert "36 characters True 120\nPost? y" in result.stdout
    with pytest.raises(TimeoutError, match=r"'Nothing' was never shown:\n+Key"):
        run_tty("ask", dialog=[("Nothing", "y\n")], program=program, timeout=0.5)
    interrupted = run_tty("ask", dialog=[("Key: ", "x\n"), (r"Post\? ", "\x03")], program=program, timeout=10)
    assert "KeyboardInterrupt" in interrupted.stdout


GUARDED = """
import socket, time, pytest
from pathlib import Path
from tests.support.command import run
from tests.faultserver.plan import CANARY_KEY
import sys

def test_leaks_on_stdout():
    run("-c", "import os; print(os.environ['TRACKLY_API_KEY'])", program=(sys.executable,))

def test_leaks_into_a_file(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_text(CANARY_KEY)

def test_leaks_by_argument():
    run("-c", "", CANARY_KEY, program=(sys.executable,))

def test_leaks_nothing(tmp_path, key_file):
    assert key_file.read_text() == CANARY_KEY + "\\n"

@pytest.mark.time_limit(0.2)
def test_hangs():
    try:
        time.sleep(30)
    except Exception:
        pass

def test_calls_out():
    socket.create_connection(("192.0.2.1", 80), timeout=1)

def test_looks_up():
    socket.getaddrinfo("app.tracklysms.com", 443)
"""


def test_the_guards_of_every_test(tmp_path, tmp_path_factory):
    """A leak of the key, a hang, a connection and a look-up beyond loopback each fail the test that did it."""
    (tmp_path / "test_guarded.py").write_text(GUARDED)
    root, base = Path(__file__).parents[2], tmp_path_factory.mktemp("base")
    arguments = [f"--rootdir={tmp_path}", "-p", "tests.conftest", "-p", "no:cacheprovider", "-rA", "--tb=line"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "--basetemp", str(base), str(tmp_path)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    ends = set(re.findall(r"^(\w+) .*::(\w+)", done.stdout, re.MULTILINE))
    assert {name for end, name in ends if end in {"ERROR", "FAILED"}} == {
        "test_leaks_on_stdout",
        "test_leaks_into_a_file",
        "test_leaks_by_argument",
        "test_hangs",
        "test_calls_out",
        "test_looks_up",
    }, done.stdout
    assert "over 0.2 s" in done.stdout
