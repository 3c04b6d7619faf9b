"""An answer with a head that was parsed before is read as the parser would read it."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.api.wire.answer import Answer, KnownHeads
from importer.api.wire.failures import NotHttpError
from tests.support.raw import ANSWER, Server, in_a_loop, send, wire

BODY_MAX = 12
HEADERS = [
    b"Content-Length: 2",
    b"Content-Length: 0",
    b"content-length:  5",
    b"Content-Length: 13",
    b"Transfer-Encoding: chunked",
    b"Connection: close",
    b"Connection: keep-alive",
    b"X-Request-Id: 7",
    b"Upgrade: x",
    b"Broken : x",
]
STATUS_LINES = [
    *(b"HTTP/1.1 200 OK", b"HTTP/1.1 201 Created", b"HTTP/1.0 200 OK", b"HTTP/1.1 204 X", b"HTTP/1.1 400 X"),
    *(b"HTTP/1.1 100 Continue", b"HTTP/2 200 OK", b"HTTP/1.1 101 X"),
]
REST = [b"{}", b"", b"12345", b"{}\r\n", b"{}H", b"1234567890123", b"2\r\n{}\r\n0\r\n\r\n", b"{", b"\r\n\r\n0", ANSWER]


def read(data: bytes, heads: KnownHeads | None) -> object:
    """All that there is to know of an answer."""
    answer = Answer(BODY_MAX, heads)
    try:
        answer.feed(data)
    except NotHttpError as error:
        return str(error)
    facts = answer.status, b"".join(answer.body), answer.is_whole, answer.keep_alive, answer.surplus, answer.truncated
    return (*facts, answer.end())


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(STATUS_LINES), st.lists(st.sampled_from(HEADERS), max_size=3), st.sampled_from(REST)),
        min_size=2,
        max_size=12,
    )
)
def test_what_is_known_of_a_head_is_what_the_parser_says(answers):
    """Whatever was read before: with the heads of earlier answers, and with a parser for each, it is the same."""
    heads = KnownHeads()
    for line, headers, rest in answers * 2:
        data = b"\r\n".join([line, *headers, b"", rest])
        assert read(data, heads) == read(data, None)


@pytest.mark.parametrize("body", [b"{}", b'{"success":true}'])
def test_a_head_is_parsed_once(body):
    """The second answer with the head of the first one is read without a parser; another length is another head."""
    heads = KnownHeads()
    data = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    for is_known in (False, True):
        answer = Answer(100, heads)
        answer.feed(data)
        assert (answer.is_whole, answer._parser is None) == (True, is_known)
    cut_short = Answer(100, heads)
    cut_short.feed(data[:-1])
    assert not cut_short.is_whole


LENGTH = b"Content-Length: 2"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "headers", "rest", "is_kept"),
    [
        (b"HTTP/1.1 200 OK", [LENGTH], b"{}", True),
        (b"HTTP/1.1 201 Created", [LENGTH, b"X-Request-Id: 7"], b"{}", True),
        (b"HTTP/1.0 200 OK", [LENGTH, b"Connection: keep-alive"], b"{}", True),
        (b"HTTP/1.0 200 OK", [LENGTH], b"{}", False),
        (b"HTTP/1.1 200 OK", [LENGTH, b"Connection: close"], b"{}", False),
        (b"HTTP/1.1 202 Accepted", [LENGTH], b"{}", False),
        (b"HTTP/1.1 307 X", [LENGTH, b"Location: https://a.test"], b"{}", False),
        (b"HTTP/1.1 429 X", [LENGTH, b"Retry-After: 7"], b"{}", False),
        (b"HTTP/1.1 200 OK", [b"Content-Length: 0"], b"", False),
        (b"HTTP/1.1 200 OK", [LENGTH], b"{}" + ANSWER, False),
        (b"HTTP/1.1 200 OK", [b"Content-Length: 13"], b"1234567890123", False),
        (b"HTTP/1.1 200 OK", [b"Transfer-Encoding: chunked"], b"2\r\n{}\r\n0\r\n\r\n", False),
        (CONTINUE + b"HTTP/1.1 200 OK", [LENGTH], b"{}", False),
    ],
)
def test_only_the_head_of_a_plain_success_is_kept(line, headers, rest, is_kept):
    """Of all others more is asked than a status and a length: their headers, or whether the connection goes on."""
    heads = KnownHeads()
    head = b"\r\n".join([line, *headers, b"", b""])
    read(head + rest, heads)
    assert list(heads._heads.items()) == ([(head, (int(line[9:12]), 2))] if is_kept else [])


def test_the_head_of_an_answer_in_two_parts_is_not_kept():
    """It is looked for in what comes first, and that was only a part of it."""
    heads = KnownHeads()
    answer = Answer(BODY_MAX, heads)
    for part in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", b"\r\n{}"):
        answer.feed(part)
    assert (answer.is_whole, heads._heads) == (True, {})


@pytest.mark.parametrize(("count", "read_as"), [(99, 200), (100, 200), (101, None)])
def test_a_hundred_announcements_may_come_before_an_answer(count, read_as):
    """More of them are a flood; nothing of theirs is taken for the answer's."""
    answer = Answer(100)
    announced = b"HTTP/1.1 103 Early\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    if read_as is None:
        with pytest.raises(NotHttpError, match="a flood of answers"):
            answer.feed(announced * count + ANSWER)
        return
    answer.feed(announced * count + ANSWER)
    assert (answer.is_whole, answer.status, answer.reason, answer.surplus) == (True, read_as, "OK", False)
    assert [name for name, _ in answer.headers] == [b"Content-Type", b"Content-Length"]
    assert b"".join(answer.body) == ANSWER.partition(b"\r\n\r\n")[2]


def test_a_length_that_was_announced_is_not_the_answers():
    """This one has none: it ends with its connection."""
    answer = Answer(100)
    answer.feed(b"HTTP/1.1 103 Early\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}")
    assert (answer.is_whole, answer.end(), answer.body) == (False, True, [b"{}"])


def test_heads_that_never_come_again_do_not_fill_the_memory():
    """Some servers number their answers."""
    heads = KnownHeads()
    for number in range(3 * KnownHeads.MOST):
        Answer(100, heads).feed(b"HTTP/1.1 200 OK\r\nX-Request-Id: %d\r\nContent-Length: 2\r\n\r\n{}" % number)
    assert len(heads._heads) <= KnownHeads.MOST


CIRCLES = {
    "until the end of the connection": b"HTTP/1.1 200 OK\r\n\r\n{}",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "cut short": b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}",
    "no HTTP": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
}


@pytest.mark.parametrize("how", CIRCLES)
@in_a_loop
async def test_no_answer_waits_for_the_garbage_collector(how):
    """The parser refers to its answer: what is read, or given up, parts from it, whoever says where it ends."""

    async def say(server, reader, writer):
        await server.request(reader)
        writer.write(CIRCLES[how])

    gc.collect()
    gc.disable()
    try:
        async with Server(say) as server, wire() as made:
            for _ in range(3):
                try:
                    await send(made, server.url)
                except Exception as error:
                    error.__traceback__ = error.__cause__ = None
            assert [one for one in gc.get_objects() if isinstance(one, Answer) and one._parser is not None] == []
    finally:
        gc.enable()
