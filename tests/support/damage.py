"""What happens to files on their way: bytes flipped, lost, doubled, swapped, put in, or written in another encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_STRAYS = (
    *(b'"', b'""', b"\0", b",", b";", b"\t", b"|", b"\r", b"\n", b"\r\n", b" ", b"'", b".", b"-", b"0", b"e"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xe9", b"\x81", "é".encode(), "\u2028".encode(), b"\x1a", b"\x0b"),
)
_LONGEST = 80


def damaged(data: bytes, random: Random, *, in_place: bool = False) -> bytes:
    """The data after one to three mishaps, other data than before; `in_place`: mishaps that leave its length."""
    after = data
    while after == data:
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            after = random.choice(_IN_PLACE if in_place else _MISHAPS)(after, random)
    return after


def _place(data: bytes, random: Random) -> tuple[int, int]:
    """A stretch of the data, by its ends."""
    begin = random.randrange(len(data) + 1)
    return begin, min(len(data), begin + random.randint(1, _LONGEST))


def _flip_bit(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :] if at < len(data) else data


def _flip_byte(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :] if at < len(data) else data


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _lose(data: bytes, random: Random) -> bytes:
    begin, end = _place(data, random)
    return data[:begin] + data[end:]


def _stray(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(_STRAYS) + data[at:]


def _double(data: bytes, random: Random) -> bytes:
    begin, end = _place(data, random)
    return data[:end] + data[begin:]


def _double_half(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data + data[at:]


def _swap_lines(data: bytes, random: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) > 1:
        one, other = random.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _other_encoding(data: bytes, random: Random) -> bytes:
    begin, end = random.choice(((0, len(data)), _place(data, random)))
    encoding = random.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"))
    return data[:begin] + data[begin:end].decode("latin-1").encode(encoding, "replace") + data[end:]


def _move(data: bytes, random: Random) -> bytes:
    begin, end = _place(data, random)
    rest, at = data[:begin] + data[end:], random.randrange(len(data) + 1)
    return rest[:at] + data[begin:end] + rest[at:]


_MISHAPS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_flip_bit, _flip_byte, _flip_byte, _cut, _lose, _stray, _stray, _stray, _double, _double_half, _swap_lines),
    *(_other_encoding, _move),
)
_IN_PLACE = (_flip_bit, _flip_byte)
