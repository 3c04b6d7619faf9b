"""The wire: whether a request may have left is exact, no POST is repeated, and no answer can hold a row for ever."""

from __future__ import annotations

import asyncio
import errno
import gzip
import itertools
import resource
import socket
import ssl
import struct
import threading
import time
from contextlib import asynccontextmanager, contextmanager, suppress

import httpx
import pytest
import uvloop

from importer.api.environment import environment_proxy, trusted_certificates
from importer.api.wire import AnswerLost, Body, NeverSent, Transport, connections
from importer.api.wire.connections import FIRST_ANSWER_S, KEEPALIVE_S, LESSON_S, Lesson
from importer.api.wire.failures import NotHttpError, cut, describe, not_connected, not_found
from importer.api.wire.link import Answer, Link
from importer.api.wire.opening import Opener
from importer.errors import SettingsError
from tests.faultserver import tls
from tests.faultserver.server import dead_port, stalled_port

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"success":true}'
LIMIT_S = 40
RESET = struct.pack("ii", 1, 0)


def in_a_loop(test):
    """Run a coroutine test in a loop of its own, with an end."""

    def run(*args, **options):
        asyncio.run(asyncio.wait_for(test(*args, **options), LIMIT_S))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    run.__wrapped__ = test
    return run


class Server:
    """A raw socket server: `serve(reader, writer)` for each connection; counts what it got."""

    def __init__(self, serve, **options):
        self.serve, self.options = serve, options
        self.connections = 0
        self.requests: list[bytes] = []
        self.gone = asyncio.Event()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0, **self.options)
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = f"{'https' if 'ssl' in self.options else 'http'}://127.0.0.1:{self.port}/v2/revenue"
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def _accept(self, reader, writer):
        self.connections += 1
        try:
            await self.serve(self, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def request(self, reader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        self.requests.append(head + await reader.readexactly(length))
        return self.requests[-1]


def busy_for(seconds: float) -> None:
    """Hold up the whole process, as a SIGSTOP or a busy machine does."""
    time.sleep(seconds)


@contextmanager
def in_a_thread(answer):
    """A server that a busy loop of this process does not hold up: one request a connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer:
                    while b"revenue" not in peer.recv(65536).partition(b"\r\n\r\n")[2]:
                        pass
                    answer(peer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def reset(writer) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def well(server, reader, writer):
    while True:
        await server.request(reader)
        writer.write(ANSWER)


def post(url: str, method: str = "POST") -> httpx.Request:
    return httpx.Request(method, url, headers={"X-Api-Key": "k"}, stream=httpx.ByteStream(b'{"revenue":1}'))


@asynccontextmanager
async def wire(kind=Transport, **options):
    made = kind(**{"timeout_s": 5.0, "body_max": 1024 * 1024} | options)
    try:
        yield made
    finally:
        await made.aclose()


async def send(wire, url: str, method: str = "POST") -> tuple[int, bytes]:
    answer = await wire.handle_async_request(post(url, method))
    assert isinstance(answer.stream, Body)
    return answer.status_code, answer.stream.data


async def end(kind, url: str, **options) -> type[Exception] | None:
    async with wire(kind, **options) as made:
        try:
            await send(made, url)
        except (NeverSent, AnswerLost) as error:
            return type(error)
    return None


# -- may it have left? -------------------------------------------------------------------------------------------------


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


# -- in whose words? ---------------------------------------------------------------------------------------------------

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
    assert proxied == "host name not found: nowhere.invalid"


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
        assert no_tls == f"no TLS with 127.0.0.1:{server.port} (wrong version number)"
    for serve, words in (
        (refuse, "the proxy refused (407 Proxy Auth)"),
        (babble, "what the proxy answered is not HTTP"),
    ):
        async with Server(serve) as server:
            proxy = f"http://clerk:hunter2@127.0.0.1:{server.port}"
            assert await said("https://127.0.0.1:1/", proxy=proxy) == words


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("self_signed", "self-signed certificate"),
        ("other_host", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_is_described_by_what_is_wrong_with_it(kind, why, tmp_path, monkeypatch):
    """Whose it is, and why it is not trusted."""
    context = tls.server_context(kind, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file(tmp_path)))

    async def main():
        async with Server(well, ssl=context) as server:
            assert await said(server.url) == f"127.0.0.1:{server.port}: {why}"

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


CUT = "connection closed before the answer was whole"


@pytest.mark.parametrize(
    ("given", "closed", "when_reset"),
    [
        (b"", CUT, "connection reset before the answer was whole"),
        (ANSWER[:11], CUT, "connection reset before the answer was whole"),
        (ANSWER[:-3], CUT, "connection reset before the answer was whole"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            CUT,
            "connection reset before the answer was whole",
        ),
        (b"junk\r\n\r\n", *["not HTTP: Expected HTTP/, RTSP/ or ICE/"] * 2),
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


# -- connections that are used again -----------------------------------------------------------------------------------


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


# -- answers -----------------------------------------------------------------------------------------------------------


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


# -- proxies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "url", "proxy"),
    [
        ({}, "https://api.test", None),
        ({"https_proxy": "http://p:1"}, "https://api.test", "http://p:1"),
        ({"https_proxy": "http://p:1"}, "http://api.test", None),
        ({"all_proxy": "http://p:1"}, "http://api.test", "http://p:1"),
        ({"http_proxy": "p:1"}, "http://api.test", "http://p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "api.test"}, "https://api.test", None),
        ({"https_proxy": "http://p:1", "no_proxy": ".test"}, "https://api.test", None),
        ({"https_proxy": "http://p:1", "no_proxy": "*"}, "https://api.test", None),
        ({"https_proxy": "http://p:1", "no_proxy": "api.test:8443"}, "https://api.test:8443", None),
        ({"https_proxy": "http://p:1", "no_proxy": "api.test:443"}, "https://api.test", None),
        ({"https_proxy": "http://p:1", "no_proxy": "api.test:8443"}, "https://api.test", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "http://10.0.0.1:8080/api", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "http://127.0.0.1:8080/api", None),
        ({"http_proxy": "http://p:1"}, "http://127.8.9.1", None),
        ({"https_proxy": "http://p:1"}, "https://localhost:8443", None),
        ({"all_proxy": "http://p:1"}, "http://[::1]:8080/api", None),
        ({"http_proxy": "socks5://p:1"}, "http://127.0.0.1", None),
        ({"https_proxy": "http://p:1/"}, "https://api.test", "http://p:1/"),
        ({"https_proxy": " http://p:1\n"}, "https://api.test", "http://p:1"),
        ({"https_proxy": "user:p%40ss@[::1]:8080"}, "https://api.test", "http://user:p%40ss@[::1]:8080"),
        ({"https_proxy": "https://p"}, "https://api.test", "https://p"),
        ({"https_proxy": ""}, "https://api.test", None),
        ({"https_proxy": "http://p:1"}, "https://api.localhost", "http://p:1"),
    ],
)
def test_the_proxy_of_the_environment(variables, url, proxy, monkeypatch):
    """The variables mean what they mean to other programs; no proxy stands between this machine and itself."""
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy(url) == proxy


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://user:hunter2@p:1", "http://", "ftp://p", "http://user:hunter2@p:x", "http://user:hunter2@p:65536",
        "http://user:hunter2@[::1", "http://user:hunter2#@p:1", "http://user:12#hunter2@p:1", "http://user:1/hunter2@p:1",
        "http://user:1?hunter2@p:1", "http://user:hunter[2@p:1", "user:hunter2@p:x", "http:/user:hunter2@p:1",
        "http://user:hun\tter2@p:1", "http://user:hunter2@p:1\x7f", "http://user:hunter2@", "http://user:hunter2@p:1/x",
        "://user:hunter2@p:1", "http://user:hunter2@p q:1", "http://user:hunter2@\u2028:1",
    ],
)  # fmt: skip
def test_a_proxy_that_cannot_be_used_stops_the_run_before_it_starts(proxy, monkeypatch):
    """It is no outage and costs no row; the sentence does not repeat it, because of its password."""
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(SettingsError) as caught:
        environment_proxy("https://api.test")
    assert "hunter2" not in str(caught.value)
    assert "HTTPS_PROXY" in str(caught.value)


@in_a_loop
async def test_the_password_of_a_proxy_is_in_no_message():
    """A proxy that refuses the tunnel is named without its password."""

    async def refuse(_server, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")

    async with Server(refuse) as server, wire(proxy=f"http://user:hunter2@127.0.0.1:{server.port}") as made:
        with pytest.raises(NeverSent, match="407") as caught:
            await send(made, "https://127.0.0.1:1/")
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "is_for_good"),
    [(407, True), (403, True), (400, True), (405, True), (429, False), (502, False), (503, False)],
)
def test_a_proxy_that_refuses_a_tunnel_for_good(status, is_for_good):
    """Its password, or what it lets through: to try again changes nothing, unless the proxy is only busy."""

    async def main():
        async def refuse(_server, reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)

        async with Server(refuse) as server, wire(proxy=f"http://127.0.0.1:{server.port}") as made:
            with pytest.raises(NeverSent, match=str(status)) as caught:
                await send(made, "https://127.0.0.1:1/")
            assert caught.value.proxy_refused is is_for_good

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


def test_the_certificates_are_those_of_the_machine():
    """Names are checked, and nothing is taken on trust."""
    context = trusted_certificates()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@in_a_loop
async def test_a_proxy_that_opens_a_tunnel_does_not_see_the_key():
    """The headers of the requests are for the API; a proxy gets the name of the host, and its own password."""
    seen = []

    async def refuse(_server, reader, writer):
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")

    async with Server(refuse) as server:
        proxy = f"http://user:hunter2@127.0.0.1:{server.port}"
        async with wire(proxy=proxy, headers={"X-Api-Key": "secret", "Accept": "application/json"}) as made:
            with pytest.raises(NeverSent):
                await send(made, "https://127.0.0.1:1/")
    assert seen[0].startswith(b"CONNECT 127.0.0.1:1 ")
    assert b"secret" not in seen[0]
    assert b"X-Api-Key" not in seen[0]
    assert b"Proxy-Authorization" in seen[0]


@pytest.mark.parametrize("proxied", [False, True])
def test_the_headers_go_with_every_request(proxied):
    """With and without a proxy the API gets the headers that the transport was made with, once each."""

    async def main():
        async with Server(well) as server:
            proxy = f"http://127.0.0.1:{server.port}" if proxied else None
            async with wire(proxy=proxy, headers={"X-Api-Key": "secret", "User-Agent": "mine"}) as made:
                request = httpx.Request("POST", server.url, stream=httpx.ByteStream(b"{}"))
                await made.handle_async_request(request)
            head = server.requests[0].partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
            assert head.count(b"x-api-key: secret") == 1
            assert head.count(b"user-agent: mine") == 1

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))
