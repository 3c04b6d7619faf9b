"""Where an API key has leaked to: the search that ends every test."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faultserver.plan import CANARY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Artefact = Path | bytes | str


def find_key(artefacts: Iterable[Artefact], key: str = CANARY_KEY) -> list[str]:
    """Where half of the key or more stands: as it is, in UTF-16, hex or base64, also inside zip, gzip and Parquet."""
    needles = _disguises(key)
    return [label for label, data in _readings(artefacts) if any(needle in data for needle in needles)]


def _disguises(key: str) -> list[bytes]:
    secret = key.removeprefix("trk_").encode()
    half = len(secret) // 2
    plain = [secret[:half], secret[half:]]
    wide = [part.decode().encode(code) for part in plain for code in ("utf-16-le", "utf-16-be")]
    coded = [part.hex().encode() for part in plain] + [part.hex().upper().encode() for part in plain]
    # Base64 of the same bytes looks different at each offset modulo three; the edges depend on the neighbours.
    coded += [base64.b64encode(b"\0" * offset + secret)[4:-4] for offset in range(3)]
    return plain + wide + coded


def _readings(artefacts: Iterable[Artefact]) -> Iterator[tuple[str, bytes]]:
    for artefact in artefacts:
        if isinstance(artefact, str | bytes):
            data = artefact if isinstance(artefact, bytes) else artefact.encode("utf-8", "surrogateescape")
            yield repr(data[:60]), data
            continue
        for path in sorted(artefact.rglob("*")) if artefact.is_dir() else [artefact]:
            yield f"the name {path}", path.name.encode("utf-8", "surrogateescape")
            if path.is_file():
                yield from _contents(str(path), path.read_bytes())


def _contents(label: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield label, data
    # What cannot be unpacked (tests make such files) has been searched as it is.
    with contextlib.suppress(Exception):
        for name, unpacked in _unpack(data):
            yield f"{label}: {name}", unpacked


def _unpack(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)
    elif data.startswith(b"\x1f\x8b"):
        yield "unpacked", gzip.decompress(data)
    elif data.startswith(b"PAR1") and data.endswith(b"PAR1"):
        import polars as pl

        yield "unpacked", pl.read_parquet(io.BytesIO(data)).cast(pl.String).write_csv().encode()
