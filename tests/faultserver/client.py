"""What the tests of the fault server ask it, on a connection that lives on or on bare sockets."""

from __future__ import annotations

import json
import socket
import time

from tests.faultserver.plan import CANARY_KEY

JSON_HEADERS = {"X-Api-Key": CANARY_KEY, "Content-Type": "application/json"}


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


def post_raw_status(port, data):
    """The status of one raw request on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(data)
        return int(sock.recv(65536).split(b" ")[1])
