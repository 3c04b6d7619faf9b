"""Answers as h11 reads them, which the wire does not use: what it refuses proves nothing here either.

Where both believe an answer they read the same of it. What only the wire takes is listed, and has one reading.
"""

from __future__ import annotations

import h11
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.api.wire.answer import Answer
from importer.api.wire.failures import NotHttpError

BODY = b'{"success":true}'
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: 16\r\n"
ANSWERS = [
    HEAD + LENGTH + b"\r\n" + BODY,
    HEAD + CHUNKED + b"\r\n4;a=b\r\n" + BODY[:4] + b"\r\n0c\r\n" + BODY[4:] + b"\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n" + LENGTH + b"\r\n" + BODY,
    b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n" + BODY,
    HEAD + b"Upgrade: h2,h2c\r\nConnection: Upgrade\r\n" + LENGTH + b"\r\n" + BODY,
    b"HTTP/1.1 204 No Content\r\n" + LENGTH + b"\r\n" + BODY,
]
PIECES = [
    *(b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b":", b";", b",", b"+", b"-", b"0", b"1", b"x", b"\x0b", b"\x7f"),
    *(HEAD, LENGTH, CHUNKED, b"Content-Length: 2\r\n", b"Transfer-Encoding: identity\r\n", b"X: a\r\n b\r\n"),
    *(b" Content-Length: 2\r\n", b"Content-Length\0: 2\r\n", b"Content-Length : 2\r\n", b"0\r\n\r\n", b"\n\n", b"\xff"),
    *(b"HTTP/2.0", b"HTTP/1.1 101 X\r\n\r\n", b"HTTP/1.1 100 \r\n\r\n", b"Connection: upgrade\r\nUpgrade: x\r\n"),
    *(b';a="\r\n"', b"ffffffffffffffff", b"0\r\nContent-Length: 3\r\n", b"Content-Length: 1 6\r\n", b"099"),
]  # fmt: skip
# Blank lines before a status line, and zeros before a length: h11 takes neither, and nobody reads them otherwise.
_HARMLESS = ("no response line received", "bad Content-Length")

changes = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from([0, 0, 0, 1, 2, 9]), st.sampled_from([b"", *PIECES])), max_size=3
)


def read(data: bytes, step: int) -> object:
    """Status and body of an answer that the wire believes, whose connection is closed behind it."""
    answer = Answer(1000)
    try:
        for start in range(0, len(data), step):
            if not answer.is_whole:
                answer.feed(data[start : start + step])
    except NotHttpError as error:
        return str(error)
    return (answer.status, b"".join(answer.body)) if answer.is_whole or answer.end() else None


def read_by_h11(data: bytes) -> object:
    """The same as h11 sees it."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "x"), ("Content-Length", "0")]))
    connection.send(h11.EndOfMessage())
    status, body = 0, b""
    try:
        connection.receive_data(data)
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(b"")
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return status, body
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ANSWERS), changes, st.sampled_from([1, 5, 1000]))
@example(HEAD + LENGTH + CHUNKED + b"\r\n" + BODY, [], 1000)
@example(b"HTTP/1.1 200 O\0K\r\n" + LENGTH + b"\r\n" + BODY, [], 1000)
@example(b"HTTP/1.1 100 Con\x0btinue\r\n\r\n" + HEAD + LENGTH + b"\r\n" + BODY, [], 1)
def test_a_success_is_one_to_h11_too(answer, changed, step):
    """Whatever is wrong with an answer: a success that is believed has the status and the body that h11 reads."""
    for place, removed, piece in changed:
        answer = answer[:place] + piece + answer[place + removed :]
    ours, theirs = read(answer, step), read_by_h11(answer)
    is_success = isinstance(ours, tuple) and 200 <= ours[0] <= 299
    if is_success and ours != theirs:
        assert theirs in _HARMLESS
