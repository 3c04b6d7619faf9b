"""The way through a proxy: whom it is told, what it may see, and TLS behind it."""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from contextlib import suppress

import httpx
import pytest
import uvloop

from importer.api.environment import check_environment, environment_proxy, trusted_certificates
from importer.api.wire import NeverSent, opening
from importer.errors import SettingsError
from tests.faultserver import tls
from tests.support.raw import (
    ANSWER,
    LIMIT_S,
    Server,
    in_a_loop,
    send,
    well,
    wire,
)


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


@pytest.mark.parametrize(("proxy", "kind"), [("socks5h://p:1", "a SOCKS proxy"), ("ftp://p:1", "no HTTP proxy")])
def test_a_proxy_of_another_kind_is_called_one(proxy, kind, monkeypatch):
    """What was found there, what can be used, and how to do without."""
    monkeypatch.setenv("all_proxy", proxy)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match=rf"ALL_PROXY names {kind} for api.test.* http://HOST:PORT.* NO_PROXY"):
        environment_proxy("https://api.test")


@pytest.mark.parametrize(
    ("variable", "name", "why"),
    [
        ("SSL_CERT_FILE", "away.pem", r"cannot be read \(No such file or directory\)"),
        ("SSL_CERT_FILE", "page.html", "holds no certificate that can be read"),
        ("SSL_CERT_DIR", f".{os.pathsep}away", "is no folder"),
        ("SSL_CERT_DIR", "page.html", "is no folder"),
    ],
)
def test_certificates_that_are_not_there_stop_a_run_that_needs_them(variable, name, why, monkeypatch, tmp_path):
    """The library would say nothing, and trust others than those that are meant; without TLS nobody needs any."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.html").write_text("<html>")
    monkeypatch.setenv(variable, name)
    with pytest.raises(SettingsError, match=rf"{variable} names {name.rpartition(os.pathsep)[2]}, which {why}"):
        check_environment("https://api.test")
    check_environment("http://127.0.0.1:1")


def test_certificates_that_are_there_stop_nothing(monkeypatch, tmp_path):
    """A file of an authority, and folders, an empty name among them."""
    tls.make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file(tmp_path)))
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path}{os.pathsep}")
    check_environment("https://api.test")


@in_a_loop
async def test_a_proxy_that_speaks_no_tls_is_told_from_one_that_is_away():
    """Many write https:// for a proxy that is to carry https, and wait for an answer that it never gives."""

    async def plain(_server, reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with Server(plain) as server, wire(proxy=f"https://127.0.0.1:{server.port}") as made:
        with pytest.raises(
            NeverSent, match=r"no TLS with the proxy .* its URL begins with https:// \(http:// is usual\)"
        ):
            await send(made, "https://127.0.0.1:1/")


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


async def pipe(reader, writer):
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


async def connect(server, reader, writer):
    """A proxy that opens tunnels."""
    head = await reader.readuntil(b"\r\n\r\n")
    server.requests.append(head)
    host, _, port = head.split()[1].decode().rpartition(":")
    to_reader, to_writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
    await asyncio.gather(pipe(reader, to_writer), pipe(to_reader, writer))
    for one in (writer, to_writer):
        with suppress(OSError):
            await one.wait_closed()
    server.gone.set()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("over_tls", [False, True])
def test_a_tunnel(over_tls, run, tmp_path, monkeypatch):
    """A proxy, itself spoken to over TLS or not, carries several requests of one connection and sees none of them."""
    context = tls.server_context("trusted", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file(tmp_path)))

    async def main():
        options = {"ssl": context} if over_tls else {}
        async with Server(well, ssl=context) as api, Server(connect, **options) as proxy:
            url = proxy.url.replace("//", "//user:p%40ss@").removesuffix("/v2/revenue")
            async with wire(proxy=url, headers={"X-Api-Key": "secret"}) as made:
                for _ in range(3):
                    assert await send(made, api.url) == (200, ANSWER[-16:])
            await proxy.gone.wait()
            assert (api.connections, proxy.connections, len(api.requests)) == (1, 1, 3)
            assert b"X-Api-Key" in api.requests[0]
            assert proxy.requests[0].split(b"\r\n") == [
                b"CONNECT 127.0.0.1:%d HTTP/1.1" % api.port,
                b"Host: 127.0.0.1:%d" % api.port,
                b"Proxy-Authorization: Basic " + base64.b64encode(b"user:p@ss"),
                b"",
                b"",
            ]

    run(asyncio.wait_for(main(), LIMIT_S))


@in_a_loop
async def test_a_proxy_that_speaks_into_its_tunnel():
    """Bytes that the API cannot have sent yet: nothing of the request is given to whoever says them."""

    async def babble(_server, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        await reader.read(1)

    async with Server(babble) as server, wire(proxy=f"http://127.0.0.1:{server.port}") as made:
        with pytest.raises(NeverSent, match="not HTTP"):
            await send(made, "https://127.0.0.1:1/")


@in_a_loop
async def test_a_request_in_clear_text_goes_to_the_proxy_as_a_whole():
    """The whole URL and who asks (RFC 9112, 3.2.2), as an HTTP proxy expects it."""
    async with Server(well) as server:
        proxy = f"http://user:p%40ss@127.0.0.1:{server.port}"
        async with wire(proxy=proxy) as made:
            assert await send(made, "http://api.test:8080/v2/revenue?x=1") == (200, ANSWER[-16:])
    lines = server.requests[0].partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert lines[0] == b"POST http://api.test:8080/v2/revenue?x=1 HTTP/1.1"
    assert b"Host: api.test:8080" in lines
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"user:p@ss") in lines


@in_a_loop
async def test_a_proxy_that_says_nothing_is_called_one(monkeypatch):
    """Who is silent is the proxy, not the API behind it."""
    monkeypatch.setattr(opening, "CONNECT_TIMEOUT_S", 0.2)

    async def silent(_server, reader, _writer):
        await reader.read()

    async with Server(silent) as server, wire(proxy=f"http://127.0.0.1:{server.port}") as made:
        with pytest.raises(NeverSent, match=f"no answer from the proxy 127.0.0.1:{server.port}"):
            await send(made, "https://127.0.0.1:1/")


@pytest.mark.parametrize("announced", [102, 103, 199])
@in_a_loop
async def test_the_reason_of_a_proxy_is_quoted_whole(announced):
    """In however many pieces it comes, and without that of an announcement before it."""

    async def refuse(_server, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for byte in b"HTTP/1.1 %d Wait\r\n\r\nHTTP/1.1 403 Not from here\r\nContent-Length: 0\r\n\r\n" % announced:
            writer.write(bytes([byte]))
            await asyncio.sleep(0)

    async with Server(refuse) as server, wire(proxy=f"http://127.0.0.1:{server.port}") as made:
        with pytest.raises(NeverSent, match=r"refused \(403 Not from here\)"):
            await send(made, "https://127.0.0.1:1/")


@in_a_loop
async def test_a_proxy_that_repeats_its_password_is_not_quoted():
    """The reason of a refusal is the proxy's; what it was told is taken out of it."""

    async def refuse(_server, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        asked = head.split(b"\r\n")[2]
        writer.write(b"HTTP/1.1 407 No to %b\r\nContent-Length: 0\r\n\r\n" % asked)

    async with Server(refuse) as server, wire(proxy=f"http://user:hunter2@127.0.0.1:{server.port}") as made:
        with pytest.raises(NeverSent, match="407") as caught:
            await send(made, "https://127.0.0.1:1/")
    assert base64.b64encode(b"user:hunter2").decode() not in str(caught.value)
