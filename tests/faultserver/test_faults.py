"""Each fault that a test can ask for is the fault that it is called."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import time

import pytest

from tests.faultserver.client import JSON_HEADERS, body_of, exchange, post, post_raw_status, raw_request
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
    outage,
    redirect,
    rule,
    stall,
    success,
    throttle,
)


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
