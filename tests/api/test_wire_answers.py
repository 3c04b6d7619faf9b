"""What is believed of the bytes that come back, and for how long they are waited for."""

from __future__ import annotations

import asyncio
import gzip
import resource
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest
import uvloop

from importer.api.wire import AnswerLost, NeverSent
from importer.api.wire.connections import Connections
from importer.api.wire.opening import Opener
from tests.faultserver.server import stalled_port
from tests.support.raw import (
    ANSWER,
    LIMIT_S,
    Server,
    busy_for,
    in_a_loop,
    in_a_thread,
    post,
    send,
    well,
    wire,
)

if TYPE_CHECKING:
    import socket


async def answered(answer: bytes, **options) -> httpx.Response:
    async def say(server, reader, writer):
        await server.request(reader)
        writer.write(answer)

    async with Server(say) as server, wire(**options) as made:
        return await made.handle_async_request(post(server.url))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status):
    """A redirect is an answer; the other host gets no byte, least of all the key."""

    async def main():
        async with Server(well) as other:
            head = f"HTTP/1.1 {status} X\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n"
            answer = await answered(head.encode())
            assert (answer.status_code, other.connections) == (status, 0)

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("size", [0, 1, 99_999, 100_000, 100_001, 300_000])
def test_bodies_are_read_up_to_the_cap(framing, size):
    """A body of up to the cap is read whole in every framing; of a longer one the beginning, and it is said."""
    data = bytes(i % 251 for i in range(size))
    heads = {"length": f"Content-Length: {size}", "chunked": "Transfer-Encoding: chunked", "close": "Connection: close"}
    body = data
    if framing == "chunked":
        parts = [data[i : i + 7001] for i in range(0, size, 7001)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    sent = f"HTTP/1.1 200 OK\r\n{heads[framing]}\r\n\r\n".encode() + body
    read = asyncio.run(answered(sent, body_max=100_000)).stream
    assert (read.data, read.truncated) == (data[:100_000], size > 100_000)


@pytest.mark.parametrize("count", [1, 2])
def test_a_second_answer_is_noticed(count):
    """An answer that did not come alone may belong to the request before."""
    assert asyncio.run(answered(ANSWER * count)).stream.surplus is (count > 1)


def test_a_flood_of_announcements_is_not_swallowed():
    """Announcements as fast as the wire carries them neither fill the memory nor keep this process busy."""

    def flood(peer: socket.socket) -> None:
        with suppress(OSError):
            while True:
                peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    async def main():
        with in_a_thread(flood) as url:
            async with wire(timeout_s=5) as made:
                with pytest.raises(AnswerLost, match="flood"):
                    await send(made, url)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_compressed_body_stays_compressed():
    """A small answer that unpacks to gigabytes is not unpacked."""
    packed = gzip.compress(b" " * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert asyncio.run(answered(head + packed)).stream.data == packed


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\n",
    ],
)
@pytest.mark.parametrize("again", [b"", b"x", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
def test_the_deadline_is_for_the_whole_attempt(beginning, again):
    """No answer, one that drips, and one that is announced for ever all end at the deadline of the attempt."""

    async def main():
        closed = asyncio.Event()

        async def drip(server, reader, writer):
            await server.request(reader)
            writer.write(beginning)
            try:
                while not reader.at_eof():
                    writer.write(again)
                    await writer.drain()
                    await asyncio.sleep(0.02)
            except ConnectionError:
                pass
            closed.set()

        async with Server(drip) as server, wire(timeout_s=0.25) as made:
            began = time.monotonic()
            with pytest.raises(AnswerLost) as caught:
                await send(made, server.url)
            junk = again == b"x" and not beginning  # no HTTP at all is known to be none at once
            assert junk or (caught.value.timed_out and 0.2 < time.monotonic() - began < 1.25)
            await closed.wait()  # the connection is not kept open until somebody collects the garbage

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_time_in_which_this_process_stood_still_does_not_count(loop):
    """An answer that came while the process was stopped is read, not given up."""

    def later(peer: socket.socket) -> None:
        time.sleep(0.6)
        peer.sendall(ANSWER)

    async def main():
        with in_a_thread(later) as url:
            async with wire(timeout_s=0.9) as made:
                asyncio.get_running_loop().call_later(0.5, busy_for, 1.6)
                assert await send(made, url) == (200, ANSWER[-16:])

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.wait_for(main(), LIMIT_S))


@in_a_loop
async def test_cut_short_ends_what_is_under_way_and_lets_nothing_begin():
    """Whoever presses Ctrl-C twice does not wait: what may have left is lost, what had no connection was never sent."""

    async def silent(server, reader, _writer):
        await server.request(reader)
        await asyncio.sleep(60)

    with stalled_port() as port:
        async with Server(silent) as server, wire() as made:
            under_way = asyncio.create_task(send(made, server.url))
            connecting = asyncio.create_task(send(made, f"http://127.0.0.1:{port}/"))
            await asyncio.sleep(0.2)
            for _ in range(3):
                made.cut_short()
            with pytest.raises(AnswerLost):
                await under_way
            with pytest.raises(NeverSent):
                await connecting
            with pytest.raises(NeverSent):
                await send(made, server.url)
            assert len(server.requests) == 1


HEAD = b"HTTP/1.1 200 OK\r\n"
GOOD = b"Content-Length: 2\r\n\r\n{}"
TWO_READINGS = {
    "length and chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks and length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "a list of lengths": HEAD + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": HEAD + b"Content-Length: +2\r\n\r\n{}",
    "a length without end": HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}",
    "chunks twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "packed chunks": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an unknown coding": HEAD + b"Transfer-Encoding: identity\r\n\r\n{}",
    "a chunk of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than said": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\n" + GOOD,
    "HTTP/2": b"HTTP/2 200 OK\r\n" + GOOD,
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\n" + GOOD,
    "another protocol": b"ICE/1.0 200 OK\r\n" + GOOD,
    "a status of two digits": b"HTTP/1.1 20 OK\r\n" + GOOD,
    "a folded header": HEAD + b"X: a\r\n b\r\n" + GOOD,
    "a space before the colon": HEAD + b"Content-Length : 2\r\n\r\n{}",
    "NUL in the reason": b"HTTP/1.1 200 O\0K\r\n" + GOOD,
    "a control character in an announcement": b"HTTP/1.1 100 Con\x0btinue\r\n\r\n" + HEAD + GOOD,
    "NUL in a header": HEAD + b"X: a\0b\r\n" + GOOD,
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "a bare line feed within": HEAD + b"X: a\nContent-Length: 40\r\n" + GOOD,
    "headers without end": HEAD + b"X: a\r\n" * 20_000,
    "one header without end": HEAD + b"X: " + b"a" * 100_000,
}


@pytest.mark.parametrize("how", TWO_READINGS)
def test_an_answer_of_two_readings_is_not_believed(how):
    """What a gateway may have read otherwise than we do proves nothing, and its connection is not used again."""
    with pytest.raises(AnswerLost, match="not HTTP"):
        asyncio.run(asyncio.wait_for(answered(TWO_READINGS[how]), LIMIT_S))


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("more", "is_noticed"),
    [
        (b"", False),
        (b"\r\n", False),
        (b"H", True),
        (b"{", True),
        (ANSWER[:20], True),
        (ANSWER, True),
        (ANSWER * 3, True),
    ],
)
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_whatever_comes_with_an_answer_is_noticed(framing, more, is_noticed, step):
    """Half an answer too, in pieces of any size: within it or when it is looked for, before the connection is used."""
    body = GOOD if framing == "length" else b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"

    async def main():
        async def say(server, reader, writer):
            while True:
                await server.request(reader)
                sent = HEAD + body + more
                for i in range(0, len(sent), step):
                    writer.write(sent[i : i + step])
                    await asyncio.sleep(0)

        async with Server(say) as server, wire() as made:
            first = await made.handle_async_request(post(server.url))
            assert first.stream.data == b"{}"
            assert first.stream.surplus <= is_noticed
            await asyncio.sleep(0.02)
            await made.handle_async_request(post(server.url))
            # What comes a moment later is what came unasked, or nothing that anybody could take for an answer.
            assert server.connections == 1 + (is_noticed or (bool(more) and step == 1))

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


@pytest.mark.parametrize(
    ("answer", "status", "data"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n{}", 200, b"{}"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nanything", 101, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ANSWER, 200, ANSWER[-16:]),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}"),
        (HEAD + b"Transfer-Encoding: CHUNKED\r\n\r\n2;ext=1\r\n{}\r\n0\r\nTrailer: x\r\n\r\n", 200, b"{}"),
    ],
)
def test_old_and_rare_forms_that_have_one_reading(answer, status, data):
    """HTTP/1.0, no reason, no body, announcements, trailers: what real servers say."""
    read = asyncio.run(asyncio.wait_for(answered(answer), LIMIT_S))
    assert (read.status_code, read.stream.data) == (status, data)


@pytest.mark.parametrize("status", [302, 400, 409, 422, 429, 500])
@pytest.mark.parametrize("gap_s", [0.0, 0.02])
def test_a_refusal_with_an_answer_behind_it_is_none(status, gap_s):
    """It may be the late second answer to the request before, and the one behind it this row's: stored after all."""

    async def main():
        async def twice(server, reader, writer):
            while True:
                await server.request(reader)
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n{}" % status)
                await writer.drain()
                await asyncio.sleep(gap_s)
                writer.write(ANSWER)

        async with Server(twice) as server, wire() as made:
            for _ in range(2):
                answer = await made.handle_async_request(post(server.url))
                assert (answer.status_code, answer.stream.surplus) == (status, True)
            assert server.connections == 2

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


@pytest.mark.parametrize("parts", [1, 2, 3, 16])
@in_a_loop
async def test_an_answer_is_whole_in_however_many_parts_it_comes(parts):
    """With its length, and in chunks."""
    head, _, body = ANSWER.partition(b"\r\n\r\n")
    cuts = [body[len(body) * n // parts : len(body) * (n + 1) // parts] for n in range(parts)]
    chunks = [b"%x\r\n%b\r\n" % (len(cut), cut) for cut in cuts]

    async def in_parts(server, reader, writer):
        for begin, pieces in (
            (head, cuts),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", [*chunks, b"0\r\n\r\n"]),
        ):
            await server.request(reader)
            for piece in (begin + b"\r\n\r\n", *pieces):
                writer.write(piece)
                await asyncio.sleep(0.001)

    async with Server(in_parts) as server, wire() as made:
        assert [await send(made, server.url) for _ in range(2)] == [(200, body)] * 2


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_an_answer_behind_a_refusal_is_noticed_after_a_standstill(loop, monkeypatch):
    """It came while the process was stopped, and so did the end of the wait for it."""
    refused, stopped, came = threading.Event(), threading.Event(), threading.Event()

    def twice(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 429 X\r\nContent-Length: 2\r\n\r\n{}")
        stopped.wait(LIMIT_S)
        peer.sendall(ANSWER)
        came.set()
        refused.wait(LIMIT_S)

    def stand_still(patience_s: float) -> None:
        stopped.set()
        came.wait(LIMIT_S)
        busy_for(patience_s * 2)

    def patience_s(_connections: Connections) -> float:
        asyncio.get_running_loop().call_soon(stand_still, 0.05)
        return 0.05

    async def main():
        with in_a_thread(twice) as url:
            async with wire() as made:
                answer = await made.handle_async_request(post(url))
                refused.set()
                assert (answer.status_code, answer.stream.surplus) == (429, True)

    monkeypatch.setattr(Connections, "patience_s", patience_s)
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.wait_for(main(), LIMIT_S))


@in_a_loop
async def test_behind_a_refusal_an_answer_is_awaited_as_late_as_answers_come():
    """A slow API's own answer comes as late as its answers do, however soon the stray one came."""

    async def twice(server, reader, writer):
        for stray in (b"", b"HTTP/1.1 429 X\r\nContent-Length: 2\r\n\r\n{}"):
            await server.request(reader)
            writer.write(stray)
            await asyncio.sleep(0.25)
            writer.write(ANSWER)
        await reader.read()

    async with Server(twice) as server, wire() as made:
        assert (await made.handle_async_request(post(server.url))).status_code == 200
        answer = await made.handle_async_request(post(server.url))
        assert (answer.status_code, answer.stream.surplus) == (429, True)


@in_a_loop
async def test_a_refusal_alone_is_one_and_its_connection_is_used_again():
    """Nothing comes behind it, or the end of the connection, which is not waited out."""

    async def refuse(server, reader, writer):
        for _ in range(3):
            await server.request(reader)
            writer.write(b"HTTP/1.1 400 X\r\nContent-Length: 2\r\n\r\n{}")

    async with Server(refuse) as server, wire() as made:
        for _ in range(3):
            answer = await made.handle_async_request(post(server.url))
            assert (answer.status_code, answer.stream.surplus) == (400, False)
        assert server.connections == 1
        began = time.monotonic()
        await made.handle_async_request(post(server.url))
        assert server.connections == 2
        assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "endless",
    [b"X: " + b"a" * 1000 + b"\r\n", b"X-" + b"a" * 1000],
    ids=["many trailers", "one trailer"],
)
def test_trailers_without_end_do_not_fill_the_memory(endless):
    """What follows the last chunk is bounded like what precedes the first."""

    def flood(peer: socket.socket) -> None:
        with suppress(OSError):
            peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
            while True:
                peer.sendall(endless * 100)

    async def main():
        with in_a_thread(flood) as url:
            async with wire(timeout_s=5) as made:
                with pytest.raises(AnswerLost, match="without an end"):
                    await send(made, url)

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


@pytest.mark.parametrize(
    ("status", "is_success"), [(200, True), (204, True), (299, True), (300, False), (400, False), (500, False)]
)
def test_only_successes_tell_how_long_answers_take(status, is_success, monkeypatch):
    """Refusals are often given sooner than what they refuse would have taken."""
    told = []
    monkeypatch.setattr(Connections, "give_back", lambda _self, _link, *, succeeded: told.append(succeeded))
    asyncio.run(answered(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status))
    assert told == [is_success]


@pytest.mark.parametrize(("usual_s", "patience_s"), [(0.0, 0.1), (0.2, 0.3), (5.0, 1.0)])
@in_a_loop
async def test_how_long_a_refusal_waits_for_another_answer(usual_s, patience_s):
    """As `docs/reliability.md` says: one and a half times what successes take, within limits."""
    made = Connections(Opener(httpx.URL("http://127.0.0.1:1"), None, 1.0))
    made._usual_s = usual_s
    assert made.patience_s() == pytest.approx(patience_s)
