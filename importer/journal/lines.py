"""The lines of a journal: the first, and how any text fits between two tabs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

Header = Mapping[str, str | None]
"""What the first line says: `target`, the API that the rows went to, and `shard`, where it is known."""
FORMAT = 1
MAGIC = b'H\t{"journal":"revenue-importer"'
INTENT = b"I\t"
OUTCOME = b"D\t"
DIGEST_BYTES = 16
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"}
_ESCAPES = str.maketrans(ESCAPES)


def escaped(text: str) -> str:
    """A value made fit for a tab-separated line."""
    return text.translate(_ESCAPES)


def header_line(header: Header) -> bytes:
    """The first line of a journal."""
    return (
        b"H\t"
        + json.dumps({"journal": "revenue-importer", "format": FORMAT, **header}, separators=(",", ":")).encode()
        + b"\n"
    )


def digest_of(previous: bytes, chunk: bytes | memoryview) -> bytes:
    """The commit of a chunk of lines, after the one before it."""
    state = hashlib.blake2b(previous, digest_size=DIGEST_BYTES)
    state.update(chunk)
    return state.hexdigest().encode()
