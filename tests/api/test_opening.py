"""New connections: several addresses of a name, and the files that the system lets a program open."""

from __future__ import annotations

import asyncio
import math
import select
import socket
import time
from contextlib import nullcontext

import httpx
import pytest
import uvloop

from importer.api import environment
from importer.api.wire import NeverSent, opening
from importer.errors import SettingsError
from tests.faultserver import tls
from tests.support.raw import ANSWER, Server, in_a_loop, send, well, wire


def addresses(*ports: int) -> list[tuple[object, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]


@pytest.fixture
def silent_port():
    """Takes connections, and never says a word: so ends IPv6 that leads to a box in between."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield listener.getsockname()[1]


def test_an_address_with_which_no_tls_begins_comes_last(tmp_path, monkeypatch, silent_port):
    """The next connection of a name goes to another of its addresses, also when the name was looked up anew."""
    monkeypatch.setattr(opening, "CONNECT_TIMEOUT_S", 0.3)
    context = tls.server_context("trusted", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file(tmp_path)))

    async def main():
        async with Server(well, ssl=context) as server, wire() as made:

            async def found(*_, **__):
                return addresses(silent_port, server.port)

            monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", found)
            url = f"https://localhost:{server.port}/v2/revenue"
            with pytest.raises(NeverSent, match="no answer from localhost"):
                await send(made, url)
            assert await send(made, url) == (200, ANSWER[-16:])
            next(iter(made._connections.values()))._opener._looked_up_at = -math.inf
            assert await send(made, url) == (200, ANSWER[-16:])

    asyncio.run(asyncio.wait_for(main(), 40))


@pytest.mark.parametrize(("number", "goes_on"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)])
def test_a_resolver_that_is_away_does_not_make_the_api_unreachable(number, goes_on, monkeypatch):
    """The addresses of before are used meanwhile, unless the resolver says that there is no such name any more."""

    async def main():
        async with Server(well) as server, wire() as made:
            answers = iter([addresses(server.port)])

            async def found(*_, **__):
                for answer in answers:
                    return answer
                raise socket.gaierror(number, "x")

            async def one() -> None:
                assert await send(made, f"http://api.test:{server.port}/v2/revenue") == (200, ANSWER[-16:])
                (kept,) = made._connections.values()
                kept.close()
                kept._opener._looked_up_at = -math.inf

            monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", found)
            await one()
            with nullcontext() if goes_on else pytest.raises(NeverSent, match="host name not found"):
                await one()

    asyncio.run(asyncio.wait_for(main(), 40))


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://api.test", 80), ("https://api.test", 443), ("http://api.test:8080", 8080), ("https://api.test:80", 80)],
)
@in_a_loop
async def test_a_port_that_is_not_said_is_that_of_the_scheme(url, port, monkeypatch):
    """Of the proxy, where there is one."""
    asked: list[tuple[str, int]] = []

    async def found(_, host, port, **__):
        asked.append((host, port))
        raise socket.gaierror(socket.EAI_NONAME, "x")

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", found)
    for first in ((httpx.URL(url), None), (httpx.URL("http://elsewhere.test:1"), httpx.URL(url))):
        with pytest.raises(NeverSent, match=r"api\.test"):
            await opening.Opener(*first, 1.0).open(lambda _: None)
    assert asked == [("api.test", port)] * 2


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_is_written_leaves_at_once_and_a_dead_peer_is_noticed(loop):
    """A row waits for no other (both loops see to that), and a connection that a firewall forgot ends."""

    async def main():
        async with Server(well) as server:
            link = await opening.Opener(httpx.URL(server.url), None, 1.0).open(lambda _: None)
            made = link.transport.get_extra_info("socket")
            assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            began = time.monotonic()
            assert all(link.is_fresh() for _ in range(1000))
            assert time.monotonic() - began < 0.8, "it waits each time"
            link.abort()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.wait_for(main(), 40))


@pytest.mark.parametrize("lacks_poll", [False, True])
def test_bytes_that_belong_to_no_request_are_seen_before_the_next(lacks_poll, monkeypatch):
    """On platforms without `poll`, too."""
    if lacks_poll:
        monkeypatch.delattr(select, "poll")

    async def main():
        async def talk(_, reader, writer):
            await reader.read(1)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await reader.read()

        async with Server(talk) as server:
            link = await opening.Opener(httpx.URL(server.url), None, 1.0).open(lambda _: None)
            assert link.is_fresh()
            made = link.transport.get_extra_info("socket")
            link.transport.pause_reading()
            link.transport.write(b"x")
            assert (await asyncio.to_thread(select.select, [made.fileno()], [], [], 10))[0], "no answer came"
            assert not link.is_fresh()
            link.abort()

    asyncio.run(asyncio.wait_for(main(), 40))


@in_a_loop
async def test_a_connection_that_is_no_longer_wanted_is_closed():
    """Its proxy has not answered yet."""
    began, ended = asyncio.Event(), asyncio.Event()

    async def silent(_, reader, __):
        await reader.readuntil(b"\r\n\r\n")
        began.set()
        assert await reader.read() == b""
        ended.set()

    async with Server(silent) as proxy:
        opener = opening.Opener(httpx.URL("https://api.test"), httpx.URL(f"http://127.0.0.1:{proxy.port}"), 30.0)
        wanted = asyncio.create_task(opener.open(lambda _: None))
        await began.wait()
        wanted.cancel()
        await asyncio.wait_for(ended.wait(), 5)
        assert wanted.cancelled()


@in_a_loop
async def test_addresses_that_are_all_silent_keep_their_order():
    """What is known of them is then no reason to prefer one, and it is forgotten."""
    made = opening.Opener(httpx.URL("https://two.test"), None, 1.0)
    first, second = addresses(1, 2)
    made._silent.add(first[-1])
    assert made._silent_last([first, second]) == [second, first]
    made._silent.add(second[-1])
    assert [made._silent_last([first, second]) for _ in range(2)] == [[first, second]] * 2


@pytest.mark.parametrize(
    ("limits", "asked"),
    [
        ((256, 10_000), (628, 10_000)),
        ((256, 300), (300, 300)),
        ((1024, 10_000), None),
        ((256, -1), (628, -1)),
        ((-1, -1), None),
    ],
)
def test_room_for_the_connections_is_asked_for(limits, asked, monkeypatch):
    """Where the system allows few files unless asked (macOS: 256), and only then, as far as its hard limit goes."""
    seen = []
    monkeypatch.setattr(environment.resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(environment.resource, "getrlimit", lambda _what: limits)
    monkeypatch.setattr(environment.resource, "setrlimit", lambda _what, given: seen.append(given))
    environment.allow_connections(500)
    assert seen == ([asked] if asked else [])


@pytest.mark.parametrize(("most", "room"), [(-1, 32), (10_000, 32), (60, 24), (37, 1), (31, 1)])
def test_no_more_connections_than_files_may_be_open(most, room, monkeypatch):
    """What a run has open already, and what else it opens, is counted; one connection there always is."""
    monkeypatch.setattr(environment.resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(environment.resource, "getrlimit", lambda _what: (most, most))
    monkeypatch.setattr(environment.resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(environment, "_open_files", lambda: 30)
    assert environment.allow_connections(32) == room
    assert environment.allow_connections(32, files_each=2) == max(1, room // 2 if room < 32 else room)


@pytest.mark.parametrize(("most", "is_enough"), [(16, False), (54, False), (55, True), (-1, True)])
def test_a_run_that_could_open_no_connection_does_not_start(most, is_enough, monkeypatch):
    """Found out first: libraries end the process, or wait for ever, where they can open no file."""
    monkeypatch.setattr(environment.resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(environment.resource, "getrlimit", lambda _what: (most, most))
    monkeypatch.setattr(environment.resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(environment, "_open_files", lambda: 30)
    with nullcontext() if is_enough else pytest.raises(SettingsError, match=f"open {most} files .* import needs 55"):
        environment.check_environment("http://127.0.0.1:1")
