"""The wire: whether a request may have left is exact, no POST is repeated, and no answer can hold a row for ever."""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
import ssl
import threading
import time
from contextlib import suppress

import httpx
import pytest
import uvloop

from importer.api.outcome import Outcome, OutcomeKind
from importer.api.wire import AnswerLost, NeverSent, Transport, connections
from importer.api.wire.answer import Answer
from importer.api.wire.connections import FIRST_ANSWER_S, KEEPALIVE_S, LESSON_S, Lesson
from importer.api.wire.failures import NotHttpError, cut, describe, not_connected, not_found
from importer.api.wire.link import Link
from importer.api.wire.opening import Opener
from importer.send.stop_reasons import no_way
from tests.faultserver import tls
from tests.faultserver.server import dead_port, stalled_port
from tests.support.raw import (
    ANSWER,
    LIMIT_S,
    Server,
    busy_for,
    end,
    in_a_loop,
    in_a_thread,
    reset,
    send,
    well,
    wire,
)

# -- may it have left? ------------------------------------------------------------------------------------------------


async def never_sent_ends(kind) -> dict[str, object]:
    """How attempts end of which not one byte left."""
    ends = {}
    with dead_port() as port:
        ends["refused"] = await end(kind, f"http://127.0.0.1:{port}/")
        ends["proxy refused"] = await end(kind, "https://127.0.0.1:1/", proxy=f"http://127.0.0.1:{port}")
    with stalled_port() as port:
        ends["connect stalls"] = await end(kind, f"http://127.0.0.1:{port}/", timeout_s=0.2)
    ends["unknown host"] = await end(kind, "http://nowhere.invalid/")

    async def hang_up(_server, reader, _writer):
        await reader.read(1)

    async def refuse_tunnel(_server, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    async with Server(hang_up) as server:
        ends["hang up in the handshake"] = await end(kind, f"https://127.0.0.1:{server.port}/")
    async with Server(refuse_tunnel) as server:
        ends["tunnel refused"] = await end(kind, "https://127.0.0.1:1/", proxy=f"http://127.0.0.1:{server.port}")
    return ends


async def answer_lost_ends(kind) -> dict[str, object]:
    """How attempts end whose request may have left, whole or in part."""
    ends = {}
    for how in (reset, lambda writer: writer.close()):
        for taken in range(0, 99, 14):

            async def cut_request(_server, reader, writer, taken=taken, how=how):
                await (reader.readexactly(taken) if taken else asyncio.sleep(0.01))
                how(writer)

            async with Server(cut_request) as server:
                ends[f"hung up after {taken} bytes of the request {how}"] = await end(kind, server.url)
        for given in range(0, len(ANSWER), 1 if how is reset else 8):

            async def cut_answer(server, reader, writer, given=given, how=how):
                await server.request(reader)
                writer.write(ANSWER[:given])
                await asyncio.sleep(0)
                how(writer)

            async with Server(cut_answer) as server:
                ends[f"hung up after {given} bytes of the answer {how}"] = await end(kind, server.url)

    async def silent(server, reader, _writer):
        await server.request(reader)
        await asyncio.sleep(60)

    async with Server(silent) as server:
        ends["no answer"] = await end(kind, server.url, timeout_s=0.2)
    return ends


@in_a_loop
async def test_nothing_was_written_means_never_sent():
    """Refused, unknown, stalled, cut in the handshake, no tunnel: not one byte of the request left."""
    assert {name: kind for name, kind in (await never_sent_ends(Transport)).items() if kind is not NeverSent} == {}


@in_a_loop
async def test_a_request_that_may_have_left_is_an_answer_lost():
    """Closed or reset at any byte of the request and at every byte of the answer: the row may be recorded."""
    assert {name: kind for name, kind in (await answer_lost_ends(Transport)).items() if kind is not AnswerLost} == {}


class ByName(Transport):
    """A straw man that goes by the name of the exception, as two transports on the market do."""

    async def handle_async_request(self, request):
        try:
            return await super().handle_async_request(request)
        except (NeverSent, AnswerLost) as error:
            if isinstance(error.__cause__, OSError):
                raise NeverSent(str(error)) from error
            raise


@in_a_loop
async def test_a_transport_that_goes_by_names_is_found_out():
    """The two tests above can fail: judged by its name a lost answer looks like a connection that was never made."""
    assert NeverSent in (await answer_lost_ends(ByName)).values()


KINDS = [
    OSError("x"),
    ConnectionRefusedError("x"),
    ConnectionResetError("x"),
    TimeoutError("x"),
    ssl.SSLError("x"),
    ValueError("x"),
    MemoryError("x"),
    RecursionError("x"),
    socket.gaierror("x"),
    NotHttpError("x"),
    EOFError("x"),
    httpx.ConnectError("x"),
    httpx.PoolTimeout("x"),
    NeverSent("x"),
    AnswerLost("x"),
]


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("place", "meaning"), [("take", NeverSent), ("write", AnswerLost), ("read", AnswerLost)])
def test_only_the_place_of_a_failure_counts(place, meaning, error, monkeypatch):
    """Whatever its name: a failure before there was a connection is never sent, every later one is a lost answer."""

    def fail(*_):
        raise error

    async def fail_later(*_):
        raise error

    places = {
        "take": lambda: monkeypatch.setattr(Opener, "open", fail_later),
        "write": lambda: monkeypatch.setattr(Link, "write", fail),
        "read": lambda: monkeypatch.setattr(Answer, "feed", fail),
    }

    async def main():
        async with Server(well) as server:
            places[place]()
            assert await end(Transport, server.url) is meaning

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


@pytest.mark.parametrize("kind", ["self_signed", "other_host"])
def test_a_certificate_that_cannot_be_trusted_is_said_to_be_one(kind, tmp_path, monkeypatch):
    """A certificate that nobody signed, or of another host: nothing is sent, and it is no outage."""
    context = tls.server_context(kind, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file(tmp_path)))

    async def main():
        async with Server(well, ssl=context) as server, wire() as made:
            with pytest.raises(NeverSent) as caught:
                await send(made, server.url)
            assert caught.value.certificate
            assert server.requests == []

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


def test_a_trusted_certificate_is_trusted(tmp_path, monkeypatch):
    """A company's own authority in SSL_CERT_FILE counts."""
    context = tls.server_context("trusted", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file(tmp_path)))

    async def main():
        async with Server(well, ssl=context) as server, wire() as made:
            assert await send(made, server.url) == (200, b'{"success":true}')

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


@in_a_loop
async def test_a_server_that_speaks_no_tls_is_not_a_certificate():
    """https to a port that answers in clear text is an outage to wait for, not a matter of trust."""

    async def plain(_server, reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with Server(plain) as server, wire() as made:
        with pytest.raises(NeverSent) as caught:
            await send(made, f"https://127.0.0.1:{server.port}/")
        assert not caught.value.certificate


# -- in whose words? --------------------------------------------------------------------------------------------------

JARGON = ("ssl:", "Errno", "Error", "message=", "url=", "[", "<", "None", "_ssl.c", "Connect call", "payload")


async def said(url: str, **options) -> str:
    """What a user is told of an attempt that failed."""
    async with wire(**options) as made:
        with pytest.raises((NeverSent, AnswerLost)) as caught:
            await send(made, url)
    assert [word for word in JARGON if word in str(caught.value)] == []
    return str(caught.value)


@in_a_loop
async def test_a_connection_that_was_not_made_is_described_by_its_facts():
    """Who refused what, with host and port; a proxy is called one, and its password is not told."""
    with dead_port() as port:
        at, secret = f"127.0.0.1:{port}", f"http://clerk:hunter2@127.0.0.1:{port}"
        assert await said(f"http://{at}/") == f"connection refused by {at}"
        assert await said(f"https://{at}/") == f"connection refused by {at}"
        assert await said("https://127.0.0.1:1/", proxy=secret) == f"connection refused by the proxy {at}"
    with stalled_port() as port:
        assert await said(f"http://127.0.0.1:{port}/", timeout_s=0.2) == f"no connection to 127.0.0.1:{port} in time"
    assert await said("http://nowhere.invalid/") == "host name not found: nowhere.invalid"
    proxied = await said("https://127.0.0.1:1/", proxy="http://clerk:hunter2@nowhere.invalid:3128")
    assert proxied == "host name of the proxy not found: nowhere.invalid"


@in_a_loop
async def test_a_handshake_that_failed_is_described_by_its_facts():
    """A server that hangs up or speaks no TLS, and a proxy that refuses or speaks no HTTP."""

    async def hang_up(_server, reader, _writer):
        await reader.read(1)

    async def hang_up_hard(_server, reader, writer):
        await reader.read(1)
        reset(writer)

    async def plain(_server, reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def refuse(_server, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Auth\r\nContent-Length: 0\r\n\r\n")

    async def babble(_server, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"junk\r\n\r\n")

    for serve in (hang_up, hang_up_hard):
        async with Server(serve) as server:
            closed = await said(f"https://127.0.0.1:{server.port}/")
            assert closed == f"connection closed by 127.0.0.1:{server.port}"
    async with Server(plain) as server:
        no_tls = await said(f"https://127.0.0.1:{server.port}/")
        assert no_tls == f"no TLS with 127.0.0.1:{server.port} (wrong version number: it may speak plain HTTP there)"
    for serve, words in (
        (refuse, "the proxy refused (407 Proxy Auth)"),
        (babble, "what the proxy answered is not HTTP"),
    ):
        async with Server(serve) as server:
            proxy = f"http://clerk:hunter2@127.0.0.1:{server.port}"
            assert await said("https://127.0.0.1:1/", proxy=proxy) == words


@pytest.mark.parametrize(
    ("kind", "why", "advice"),
    [
        ("self_signed", "self-signed certificate", "SSL_CERT_FILE"),
        ("other_host", "IP address mismatch, certificate is not valid for '127.0.0.1'", "host name in --base-url"),
        ("expired", "certificate has expired", "date of this computer"),
    ],
)
def test_a_certificate_is_described_by_what_is_wrong_with_it(kind, why, advice, tmp_path, monkeypatch):
    """Whose it is, why it is not trusted, and what to do about that."""
    context = tls.server_context(kind, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file(tmp_path)))

    async def main():
        async with Server(well, ssl=context) as server:
            text = await said(server.url)
            assert text == f"127.0.0.1:{server.port}: {why}"
            assert advice in no_way(Outcome(OutcomeKind.NEVER_SENT, "certificate", text)).sentence

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


def tls_error(reason: str) -> ssl.SSLError:
    """The handshake as OpenSSL reports that it failed."""
    error = ssl.SSLError(1, f"[SSL: {reason}] x (_ssl.c:1)")
    error.reason = reason
    return error


def test_a_certificate_that_is_asked_of_us_is_not_one_that_is_not_trusted():
    """TLS 1.2 refuses in the handshake whoever has none: the server's own certificate is in order."""
    caught = not_connected("host:1", tls_error("TLSV1_ALERT_CERTIFICATE_REQUIRED"))
    assert caught.certificate
    sentence = no_way(Outcome(OutcomeKind.NEVER_SENT, "certificate", str(caught))).sentence
    assert sentence.startswith("The API asks for a client certificate")


CUT = "connection closed before the answer was whole"
RESET = "connection reset before the answer was whole"


@pytest.mark.parametrize(
    ("given", "closed", "when_reset"),
    [
        (b"", CUT, RESET),
        (ANSWER[:11], CUT, RESET),
        (ANSWER[:-3], f"{CUT}; it began with 200 OK", f"{RESET}; it began with 200 OK"),
        (
            b"HTTP/1.1 407 Who are you\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            f"{CUT}; it began with 407 Who are you",
            f"{RESET}; it began with 407 Who are you",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 4", CUT, RESET),
        (b"HTTP/1.1 199 Soon\r\n\r\n", CUT, RESET),
        (b"junk\r\n\r\n", *["not HTTP: Bad status line"] * 2),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", *["not HTTP: Invalid character in Content-Length"] * 2),
    ],
)
def test_an_answer_that_was_lost_is_described_by_its_facts(given, closed, when_reset):
    """Closed and reset connections and what is no HTTP, in a few words and without the text of the answer."""

    async def main():
        for end_it, expected in ((lambda writer: writer.close(), closed), (reset, when_reset)):

            async def cut(server, reader, writer, end_it=end_it):
                await server.request(reader)
                writer.write(given)
                await asyncio.sleep(0.02)
                end_it(writer)

            async with Server(cut) as server:
                assert await said(server.url) == expected

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


FACTS = [
    (not_connected("host:1", ConnectionRefusedError(111, "x")), "connection refused by host:1"),
    (not_connected("host:1", OSError(errno.ECONNREFUSED, "Multiple exceptions: x")), "connection refused by host:1"),
    (not_connected("host:1", OSError(errno.ETIMEDOUT, "x")), "no answer from host:1"),
    (not_connected("host:1", OSError(errno.ENETUNREACH, "x")), "no connection to host:1 (Network is unreachable)"),
    (not_connected("host:1", OSError("Multiple exceptions: x")), "no connection to host:1"),
    (
        not_connected("host:1", tls_error("SSLV3_ALERT_HANDSHAKE_FAILURE")),
        (
            "no TLS with host:1 (sslv3 alert handshake failure: it may ask for a client certificate, or for other "
            "ciphers)"
        ),
    ),
    (
        not_connected("host:1", tls_error("TLSV1_ALERT_PROTOCOL_VERSION")),
        "no TLS with host:1 (tlsv1 alert protocol version: it has no TLS from 1.2 on)",
    ),
    (
        not_connected("host:1", OSError(errno.EMFILE, "x")),
        (
            "no connection to host:1: this computer lets the program open no more files (see ulimit -n, or lower "
            "--concurrency)"
        ),
    ),
    (
        not_found("host", socket.gaierror(socket.EAI_AGAIN, "Temporary failure")),
        "host name host could not be looked up (Temporary failure)",
    ),
    (not_found("host", OSError("x")), "host name host could not be looked up"),
    (cut(), CUT),
    (ssl.SSLError(1, "[SSL: DECRYPTION_FAILED] x\ny"), "TLS was broken off (decryption failed)"),
    (
        ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required (_ssl.c:1)"),
        "TLS was broken off (tlsv13 alert certificate required); the server asks for a client certificate",
    ),
    (BrokenPipeError(errno.EPIPE, "x"), CUT),
    (OSError(errno.EHOSTUNREACH, "x"), "No route to host"),
    (ValueError("at http://clerk:hunter2@proxy:1\nand more"), "at http://proxy:1"),
    (ValueError(), "ValueError"),
]


@pytest.mark.parametrize(("error", "words"), FACTS, ids=lambda value: value if isinstance(value, str) else "")
def test_failures_in_the_words_of_a_user(error, words):
    """Facts where there are any; otherwise the first line of what the library says, without a proxy's password."""
    assert describe(error) == words


# -- connections that are used again ----------------------------------------------------------------------------------


@in_a_loop
async def test_connections_are_used_again():
    """Rows in a row share a connection."""
    async with Server(well) as server, wire() as made:
        for _ in range(5):
            await send(made, server.url)
        assert (server.connections, len(server.requests)) == (1, 5)


UNASKED = [ANSWER, ANSWER[:40], b"HTTP/1.1 408 Request Timeout\r\n\r\n", b"junk"]


@pytest.mark.parametrize(("farewell", "closes"), [(b"", True), *itertools.product(UNASKED, [True, False])])
def test_nothing_is_sent_on_a_connection_on_which_something_came_unasked(farewell, closes):
    """Bytes of no request, or the end, make a connection useless: the next request goes out on a new one."""

    async def main():
        async def speak(server, reader, writer):
            await server.request(reader)
            writer.write(ANSWER)
            await asyncio.sleep(0.02)
            writer.write(farewell)
            if not closes:
                await server.request(reader)

        async with Server(speak) as server, wire() as made:
            await send(made, server.url)
            await asyncio.sleep(0.06)
            assert await send(made, server.url) == (200, b'{"success":true}')
            assert (server.connections, len(server.requests)) == (2, 2)

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


def test_a_close_that_the_loop_has_not_seen_is_seen():
    """A connection that was closed while this process was busy is not used, although its loop knows nothing yet."""

    def answer_and_close(peer: socket.socket) -> None:
        peer.sendall(ANSWER)
        time.sleep(0.02)

    async def main():
        with in_a_thread(answer_and_close) as url:
            async with wire() as made:
                for _ in range(3):
                    assert await send(made, url) == (200, ANSWER[-16:])
                    busy_for(0.1)

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


@pytest.mark.parametrize(("jump_s", "connections_made"), [(0.0, 1), (KEEPALIVE_S * 2, 2), (86_400.0, 2), (-3_600.0, 1)])
@in_a_loop
async def test_a_connection_over_which_the_computer_slept_is_not_used(jump_s, connections_made, monkeypatch):
    """The loop's clock stands still with a computer that sleeps; its server has forgotten the connection long since."""
    async with Server(well) as server, wire() as made:
        await send(made, server.url)
        by_wall = time.time
        monkeypatch.setattr(connections.time, "time", lambda: by_wall() + jump_s)
        for _ in range(3):
            await send(made, server.url)
        assert (server.connections, len(server.requests)) == (connections_made, 4)


@in_a_loop
async def test_a_post_is_never_repeated():
    """A server that takes the second request of a connection and closes has it once: no library sends it again."""

    async def take_and_close(server, reader, writer):
        await server.request(reader)
        writer.write(ANSWER)
        await server.request(reader)

    async with Server(take_and_close) as server, wire() as made:
        await send(made, server.url)
        with pytest.raises(AnswerLost):
            await send(made, server.url)
        assert len(server.requests) == 2


@in_a_loop
async def test_idle_connections_are_let_go_before_the_server_does():
    """From the first idle connection that a server closed, connections are let go at half of that time."""

    async def patient(server, reader, writer):
        while True:
            await server.request(reader)
            writer.write(ANSWER)
            idle = asyncio.get_running_loop().call_later(0.2, writer.close)
            first = await reader.readexactly(1)
            idle.cancel()
            reader._buffer[:0] = first

    async with Server(patient) as server, wire() as made:
        await send(made, server.url)
        await asyncio.sleep(0.3)
        await send(made, server.url)
        assert server.connections == 2
        await asyncio.sleep(0.15)
        await send(made, server.url)
        assert server.connections == 3, "0.15 s is over half of 0.2 s"
        await asyncio.sleep(0.05)
        await send(made, server.url)
        assert server.connections == 3, "0.05 s is not"


@in_a_loop
async def test_idle_connections_are_closed_by_a_timer():
    """Not when the next request comes: until then they would keep a server's workers busy."""
    closed = []

    async def watch(server, reader, writer):
        await server.request(reader)
        writer.write(ANSWER)
        began = time.monotonic()
        await reader.read()
        closed.append(time.monotonic() - began)

    async with Server(watch) as server, wire() as made:
        await asyncio.gather(*(send(made, server.url) for _ in range(3)))
        await asyncio.sleep(KEEPALIVE_S + 0.5)
        assert len(closed) == 3
        assert all(KEEPALIVE_S * 0.9 < seconds < KEEPALIVE_S + 0.4 for seconds in closed), closed


def test_a_server_with_few_workers_serves_every_connection(monkeypatch):
    """Each worker keeps to one connection until that ends: the others get their turn, and no request waits for ever."""
    monkeypatch.setattr(connections, "FIRST_ANSWER_S", 0.2)
    month = iter(range(250))
    listener = socket.create_server(("127.0.0.1", 0))

    def work() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer, suppress(OSError):
                    while b"\r\n\r\n" in peer.recv(65536):
                        time.sleep(0.04)
                        peer.sendall(ANSWER)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()

    async def main():
        async with wire(timeout_s=1.5) as made:

            async def place():
                for _ in month:
                    await send(made, f"http://127.0.0.1:{listener.getsockname()[1]}/v2/revenue")

            await asyncio.gather(*(place() for _ in range(24)))

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_a_timer_that_is_due_at_once_is_one_like_any_other(runner):
    """With uvloop, too, whose handles differ by how soon they are due: no answer is lost for it."""

    async def main():
        made = connections.Connections(Opener(httpx.URL("http://127.0.0.1:1"), None, 1.0))
        now = asyncio.get_running_loop().time()
        for delay_s in (0.0, 0.0002, 1.0, 0.0001, 0.5, 0.0):
            made._let_go_at(now + delay_s)
        await asyncio.sleep(0.01)
        assert made._timer is None
        made.close()

    runner(main())


def test_a_slow_server_keeps_its_connections():
    """Where every answer takes long, a first one that takes as long is no sign that anybody waits for a worker."""

    async def main():
        async def slow(server, reader, writer):
            while True:
                await server.request(reader)
                await asyncio.sleep(FIRST_ANSWER_S * 1.2)
                writer.write(ANSWER)

        async with Server(slow) as server, wire() as made:

            async def place(delay_s):
                await asyncio.sleep(delay_s)
                for _ in range(2):
                    await send(made, server.url)

            await asyncio.gather(*(place(0.2 * i) for i in range(4)))
            assert server.connections == 4

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


def test_what_was_learnt_of_idle_connections_is_forgotten_unless_it_recurs():
    """A proxy that was killed closed them at any age; a server that always does is believed for longer each time."""
    lesson = Lesson()
    assert lesson.idle_max_s(0.0) == KEEPALIVE_S
    lesson.learn(0.05, 100.0)
    assert lesson.idle_max_s(100.0) == pytest.approx(0.025)
    assert lesson.idle_max_s(100.0 + LESSON_S) == KEEPALIVE_S
    lesson.learn(0.05, 100.1 + LESSON_S)
    assert lesson.idle_max_s(100.0 + 2.9 * LESSON_S) == pytest.approx(0.025), "believed for twice as long"
    assert lesson.idle_max_s(100.2 + 3 * LESSON_S) == KEEPALIVE_S
    lesson.learn(0.5, 10_000.0)
    assert lesson.idle_max_s(10_000.0) == pytest.approx(0.25), "nothing is left of the sooner ones"
    assert lesson.idle_max_s(10_000.0 + LESSON_S) == KEEPALIVE_S
    lesson.learn(0.001, 20_000.0)
    assert lesson.idle_max_s(20_000.0) == KEEPALIVE_S, "no server closes so soon on purpose"


@in_a_loop
async def test_the_next_address_is_tried_beside_the_first(monkeypatch):
    """An address that swallows everything (IPv6 that leads nowhere) costs a quarter of a second, not the timeout."""
    loop = asyncio.get_running_loop()
    with stalled_port() as stalled:
        async with Server(well) as server, wire() as made:
            both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (stalled, server.port)]

            async def found(*_, **__):
                return both

            monkeypatch.setattr(type(loop), "getaddrinfo", found)
            began = time.monotonic()
            assert await send(made, f"http://two.test:{server.port}/v2/revenue") == (200, ANSWER[-16:])
            assert time.monotonic() - began < 2


@in_a_loop
async def test_a_name_that_moved_is_looked_up_again(monkeypatch):
    """A connection that could not be made ends what was known of the name."""
    loop = asyncio.get_running_loop()
    with dead_port() as dead:
        async with Server(well) as server, wire() as made:
            answers = iter([dead, server.port])

            async def found(*_, **__):
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", next(answers)))]

            monkeypatch.setattr(type(loop), "getaddrinfo", found)
            url = f"http://moving.test:{server.port}/v2/revenue"
            with pytest.raises(NeverSent, match=r"refused by moving\.test"):
                await send(made, url)
            assert await send(made, url) == (200, ANSWER[-16:])


@in_a_loop
async def test_it_is_a_transport_like_any_other():
    """What speaks httpx can send with it: bodies that are streams, headers of a request, the bytes of the answer."""

    async def parts():
        yield b'{"a":'
        yield b"1}"

    async with Server(well) as server, wire() as made, httpx.AsyncClient(transport=made, trust_env=False) as client:
        for content in (b'{"a":1}', parts()):
            answer = await client.post(server.url, content=content, headers={"X-Api-Key": "k"})
            assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [request.partition(b"\r\n\r\n")[2] for request in server.requests] == [b'{"a":1}'] * 2
    for request in server.requests:
        assert b"\r\nx-api-key: k\r\n" in request
        assert b"chunked" not in request
