"""One request and its outcome: what was answered, what was lost, and what never left."""

from __future__ import annotations

import json
import logging
from contextlib import asynccontextmanager

import pytest

from importer.api import Client, Outcome, OutcomeKind
from importer.api.client import _name_the_way
from tests.support.raw import Server, in_a_loop

KEY = "trk_" + "A1b2" * 8
BODY = '{"message_id":"a1b2c3d4","revenue":24.90,"attribution_type":"sale"}'
RECORDED = b'{"success":true,"revenue_id":"65f1a2b3c4d5e6f7a8b9c0d1","message_id":"a1b2c3d4","revenue":24.9}'
REFUSED = b'{"error":"no message a1b2c3d4 for %b","code":"message_not_found"}' % KEY.encode()
BATCH = b'{"success_count":2,"error_count":0,"results":[{"index":0,"success":true},{"index":1,"success":true}]}'


@asynccontextmanager
async def answering(status: int, said: bytes, **options):
    """A client, and the server that gives every request this answer, or only its head where `said` is empty."""

    async def serve(server, reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            server.requests.append(head + await reader.readexactly(length))
            if not said:
                return
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(said), said))

    async with Server(serve) as server:
        client = Client(server.url.removesuffix("/v2/revenue"), KEY, **{"timeout_s": 5.0} | options)
        try:
            yield client, server
        finally:
            await client.aclose()


@in_a_loop
async def test_a_row_that_was_recorded():
    """The body as it is, to the endpoint for one row, with the key."""
    async with answering(200, RECORDED) as (client, server):
        outcome = await client.post(BODY, "a1b2c3d4", "24.90")
    assert (outcome.kind, outcome.revenue_id) == (OutcomeKind.RECORDED, "65f1a2b3c4d5e6f7a8b9c0d1")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/revenue HTTP/1.1\r\n")
    assert f"X-Api-Key: {KEY}".encode() in head.split(b"\r\n")
    assert body == BODY.encode()


@in_a_loop
async def test_a_row_that_was_refused():
    """The API's own code; its words without the key, should it repeat it."""
    async with answering(404, REFUSED) as (client, _):
        outcome = await client.post(BODY, "a1b2c3d4", "24.90")
    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "message_not_found")
    assert "a1b2c3d4" in outcome.text
    assert KEY not in outcome.text


@pytest.mark.parametrize(("more", "kind"), [(0, OutcomeKind.RECORDED), (1, OutcomeKind.IN_DOUBT)])
@in_a_loop
async def test_an_answer_of_more_than_a_mebibyte_is_not_believed(more, kind):
    """Even one whose first mebibyte reads like a confirmation of the row."""
    zeros = b"0" * (1024 * 1024 - len(RECORDED))
    async with answering(200, RECORDED[:-1] + zeros + b"}" + b" " * more) as (client, _):
        outcome = await client.post(BODY, "a1b2c3d4", "24.90")
    assert (outcome.kind, outcome.code) == (kind, "unreadable_answer" if more else None)


@in_a_loop
async def test_an_answer_that_did_not_come_alone_must_name_its_row():
    """One of the two belongs to another row: a refusal does not say to which, a success does."""
    for status, said, kind in (
        (404, REFUSED, OutcomeKind.IN_DOUBT),
        (200, RECORDED, OutcomeKind.RECORDED),
        (200, RECORDED.replace(b"a1b2c3d4", b"a1b2c3d5"), OutcomeKind.IN_DOUBT),
        (200, RECORDED.replace(b"24.9", b"24.8"), OutcomeKind.IN_DOUBT),
        (200, RECORDED.replace(b',"message_id":"a1b2c3d4"', b""), OutcomeKind.IN_DOUBT),
    ):

        async def serve(server, reader, writer, status=status, said=said):
            await server.request(reader)
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(said), said) * 2)

        async with Server(serve) as server:
            client = Client(server.url.removesuffix("/v2/revenue"), KEY, timeout_s=5.0)
            assert (await client.post(BODY, "a1b2c3d4", "24.90")).kind is kind
            await client.aclose()


@in_a_loop
async def test_a_row_whose_answer_was_lost():
    """It left: in doubt, for one row as for a batch."""
    async with answering(200, b"") as (client, server):
        outcome = await client.post(BODY, "a1b2c3d4", "24.90")
        batch = await client.post_bulk([BODY, BODY], ["24.90", "24.90"])
        assert not await client.is_answering()
    assert [(each.kind, each.code) for each in (outcome, *batch)] == [(OutcomeKind.IN_DOUBT, "connection_lost")] * 3
    assert len(server.requests) == 3


@in_a_loop
async def test_a_row_that_never_left():
    """Nobody listens: nothing was sent, and to try again may help."""
    async with answering(200, RECORDED) as (client, server):
        server.server.close()
        await server.server.wait_closed()
        outcome = await client.post(BODY, "a1b2c3d4", "24.90")
        batch = await client.post_bulk([BODY, BODY], ["24.90", "24.90"])
        offers = await client.get_offers("per_page=1")
        assert not await client.is_answering()
    assert isinstance(offers, Outcome)
    for each in (outcome, *batch, offers):
        assert (each.kind, each.code, each.stops) == (OutcomeKind.NEVER_SENT, "unreachable", False)


@in_a_loop
async def test_a_batch():
    """One request for all rows, to the endpoint for many; an outcome for each."""
    async with answering(200, BATCH) as (client, server):
        outcomes = await client.post_bulk([BODY, BODY], ["24.90", "24.90"])
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.RECORDED] * 2
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/revenue/bulk HTTP/1.1\r\n")
    assert [json.loads(BODY)] * 2 in json.loads(body).values()


@pytest.mark.parametrize(("status", "is_so"), [(200, True), (401, True), (404, True), (499, True), (500, False)])
@in_a_loop
async def test_whether_the_api_answers(status, is_so):
    """By a request that risks no money; whoever refuses it is there."""
    async with answering(status, b"{}") as (client, server):
        assert await client.is_answering() is is_so
    assert server.requests[0].startswith(b"GET ")


@in_a_loop
async def test_what_is_cut_short_is_in_doubt():
    """No other request begins afterwards."""

    async def silent(server, reader, _writer):
        await server.request(reader)
        client.cut_short()
        await reader.read()

    async with Server(silent) as server:
        client = Client(server.url.removesuffix("/v2/revenue"), KEY, timeout_s=5)
        first, second = [await client.post(BODY, "a1b2c3d4", "24.90") for _ in range(2)]
        await client.aclose()
    assert (first.kind, first.code) == (OutcomeKind.IN_DOUBT, "interrupted")
    assert second.kind is OutcomeKind.NEVER_SENT
    assert server.connections == 1


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("http://user:secret@proxy.test:3128", "proxy: proxy.test:3128"),
        ("http://proxy.test:3128", "proxy: proxy.test:3128"),
        ("http://user:p@ss@proxy.test:3128", "proxy: proxy.test:3128"),
    ],
)
def test_the_proxy_on_the_way_is_named_without_its_password(proxy, said, caplog):
    with caplog.at_level(logging.DEBUG):
        _name_the_way("http://api.test", proxy)
        _name_the_way("http://api.test", None)
    assert caplog.messages == [said]


@pytest.mark.parametrize(
    ("file", "said"), [("/etc/ca.pem", "SSL_CERT_FILE=/etc/ca.pem"), ("", "those of this machine")]
)
def test_the_certificates_of_the_environment_are_named(file, said, caplog, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", file)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with caplog.at_level(logging.DEBUG):
        _name_the_way("https://api.test", None)
    assert caplog.messages == [f"certificates: {said}"]
