"""Servers of raw bytes, and requests of the wire to them: what the tests of the wire share."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from contextlib import asynccontextmanager, contextmanager, suppress

import httpx

from importer.api.wire import AnswerLost, Body, NeverSent, Transport

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
