"""One answer, read as strictly as it can be.

HTTP is read by httptools (llhttp, the parser of Node.js): an answer with two lengths, with a length and chunks, with
folded headers or of another version than 1.0 and 1.1 is not believed. Each answer gets a parser of its own, so that
nothing of the one before can hide in it.

Nearly all answers of a server begin with one of a few heads, and where a head names the length of the body, it says all
that a parser finds out. So what the parser made of a head is kept, and the next answer with that very head and so many
bytes behind it is not parsed again.
"""

from __future__ import annotations

import re
from typing import NamedTuple, cast

import httptools

from importer.api.wire.failures import NotHttpError

# What of an answer is not its body: headers, announcements (1xx), trailers. No honest server says more.
HEAD_MAX_BYTES = 64 * 1024
# And of each byte of the body, at the most, where it comes in chunks of one: a line for its size, and one for its end.
_CHUNK_LINES = 8
ANNOUNCEMENTS_MAX = 100
_SWITCHING_PROTOCOLS = 101
_FIRST = b"HTTP/"
_END_OF_HEAD = b"\r\n\r\n"
# RFC 9112, 4: a reason may hold tabs and bytes above ASCII.
_CONTROL = re.compile(rb"[\x00-\x08\n-\x1f\x7f]")
# Of these answers nobody asks for the headers.
PLAIN_SUCCESS = (200, 201)


class Head(NamedTuple):
    """What a parser made of the head of an answer whose body was as long as it said."""

    status: int
    length: int


class KnownHeads:
    """The heads of answers that were parsed, as many as are worth it: those with a date last for a second."""

    MOST = 512

    def __init__(self) -> None:
        self._heads: dict[bytes, Head] = {}

    def get(self, head: bytes) -> Head | None:
        """What is known of a head."""
        return self._heads.get(head)

    def add(self, head: bytes, known: Head) -> None:
        """Keep what a parser made of it."""
        if len(self._heads) >= self.MOST:
            self._heads.clear()
        self._heads[head] = known


class Answer:
    """One answer, as httptools reads it: its methods are the parser's callbacks.

    `surplus` when more came with it, so that this answer may belong to the request before; `truncated` when its body
    is longer than the cap.

    Args:
        body_max: bytes of the body that are kept.
        heads: those of answers that were parsed before; None keeps none.
        is_tunnel: the request was CONNECT, after whose 2xx the connection is no longer HTTP.
    """

    __slots__ = (
        "_announcements", "_body_max", "_fed", "_has_head", "_has_length", "_heads", "_is_tunnel", "_parser", "_size",
        "body", "headers", "is_whole", "keep_alive", "reason", "status", "surplus", "truncated",
    )  # fmt: skip

    def __init__(self, body_max: int, heads: KnownHeads | None = None, *, is_tunnel: bool = False) -> None:
        self.status = 0
        self.reason = ""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: list[bytes] = []
        self.is_whole = self.truncated = self.surplus = self.keep_alive = False
        self._body_max = body_max
        self._heads = heads
        self._is_tunnel = is_tunnel
        self._has_head = self._has_length = False
        self._fed = self._size = self._announcements = 0
        self._parser: httptools.HttpResponseParser | None = None

    def feed(self, data: bytes) -> None:
        """Take bytes of the connection.

        Raises:
            NotHttpError: they are not the answer that is waited for.
        """
        if self._parser is None:
            if self._heads is not None and self._is_known(data, self._heads):
                return
            self._parser = httptools.HttpResponseParser(self)
        self._parse(data, self._parser)
        if self.is_whole and self._heads is not None and self._fed == len(data):
            self._learn(data, self._heads)

    def let_go(self) -> None:
        """Part from the parser, which refers back: a circle for each row would keep the garbage collector busy."""
        self._parser = None

    def _is_known(self, data: bytes, heads: KnownHeads) -> bool:
        """Whether these bytes are a whole answer with a head that was parsed before: then it is read here."""
        end = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        known = heads.get(data[:end])
        if known is None or len(data) - end != known.length or known.length > self._body_max:
            return False
        self.status = known.status
        self.body.append(data[end:])
        self.is_whole = self.keep_alive = True
        return True

    def _learn(self, data: bytes, heads: KnownHeads) -> None:
        """Keep the head of a plain success, if its length alone says where the body ends."""
        end = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        is_plain = self.keep_alive and self._has_length and not (self.surplus or self.truncated or self._announcements)
        if is_plain and self.status in PLAIN_SUCCESS and 0 < self._size == len(data) - end:
            heads.add(data[:end], Head(self.status, self._size))

    def _parse(self, data: bytes, parser: httptools.HttpResponseParser) -> None:
        self._check_first(data)
        self._fed += len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._has_head = self.is_whole = True  # 101, or the 2xx of a tunnel: not HTTP from here on
        except httptools.HttpParserCallbackError as error:
            raise cast("Exception", error.__context__) from None
        except httptools.HttpParserError as error:
            if not self.is_whole:
                raise NotHttpError(str(error)) from error
            self.surplus = True
        if not self.is_whole and self._fed > HEAD_MAX_BYTES + self._size * (1 + _CHUNK_LINES):
            raise NotHttpError("headers without an end")

    def _check_first(self, data: bytes) -> None:
        """The parser takes other protocols of the same form, too."""
        due = _FIRST[self._fed :]
        if data[: len(due)] != due[: len(data)]:
            raise NotHttpError("Bad status line")

    def end(self) -> bool:
        """The connection was closed; whether that is how this answer ends: without length or chunks (RFC 9112, 6.3)."""
        self.is_whole = self.is_whole or (self._has_head and not self._has_length)
        return self.is_whole

    def on_message_begin(self) -> None:
        """The first byte of an answer: of the one that is waited for, or of one too many."""
        self.surplus = self.is_whole

    def on_status(self, reason: bytes) -> None:
        """A piece of the reason phrase, in which the parser takes any byte but a line's end."""
        if self.is_whole:
            return
        if _CONTROL.search(reason):
            raise NotHttpError("control characters in the status line")
        self.reason += reason.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; of those that say where the body ends only what cannot be misunderstood is believed."""
        if self.is_whole:
            return
        self.headers.append((name, value))
        name = name.lower()
        if name == b"transfer-encoding" and (self._has_length or value.lower() != b"chunked"):
            raise NotHttpError("Transfer-Encoding that is not just chunked")
        if name in (b"content-length", b"transfer-encoding"):
            self._has_length = True

    def on_headers_complete(self) -> None:
        """All headers are there."""
        if self.is_whole:
            return
        assert self._parser is not None
        if self._parser.get_http_version() not in ("1.1", "1.0"):
            raise NotHttpError("another version than 1.1")
        self.status = self._parser.get_status_code()
        self._has_head = not self._is_announcement()
        self.keep_alive = self._parser.should_keep_alive()
        if self._is_tunnel and 200 <= self.status <= 299:
            self.is_whole = self.keep_alive = True

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        if self.is_whole:
            self.surplus = self.surplus or self._is_tunnel
            return
        self.body.append(data)
        self._size += len(data)
        if self._size > self._body_max:
            self.truncated = self.is_whole = True

    def on_message_complete(self) -> None:
        """The end of an answer, or of an announcement, after which the answer is still to come."""
        if self._is_announcement():
            self._announcements += 1
            if self._announcements > ANNOUNCEMENTS_MAX:
                raise NotHttpError("a flood of answers")
            self.headers.clear()
            self.reason = ""
            self._has_length = False
        else:
            self.is_whole = True

    def _is_announcement(self) -> bool:
        return 100 <= self.status <= 199 and self.status != _SWITCHING_PROTOCOLS
