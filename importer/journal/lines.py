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
    has_none = text.isprintable() and "\\" not in text  # as nearly all have none: a look costs a quarter
    return text if has_none else text.translate(_ESCAPES)


def header_line(header: Header) -> bytes:
    """The first line of a journal."""
    facts = {"journal": "revenue-importer", "format": FORMAT, **header}
    return b"H\t" + json.dumps(facts, separators=(",", ":")).encode() + b"\n"


def committed(previous: bytes, lines: bytes) -> tuple[bytes, bytes]:
    """A chunk of whole lines with its commit, and that commit's digest; `previous` is the one before it."""
    digest = digest_of(previous, lines)
    return lines + b"#" + digest + b"\n", digest


def digest_of(previous: bytes, chunk: bytes | memoryview) -> bytes:
    """The commit of a chunk of lines, after the one before it."""
    state = hashlib.blake2b(previous, digest_size=DIGEST_BYTES)
    state.update(chunk)
    return state.hexdigest().encode()
