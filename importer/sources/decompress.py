"""Compressed input, decompressed while it is read: gzip and Zstandard, known by their first bytes."""

from __future__ import annotations

import gzip
import importlib
import sys
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from importer.errors import InputError

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from importer.sources.input_file import InputFile, Readable

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


def compression(file: InputFile) -> str | None:
    """`gzip`, `zstd`, or None for a file that is not compressed."""
    head = file.head(4)
    if head.startswith(_GZIP):
        return "gzip"
    return "zstd" if head == _ZSTD else None


@contextmanager
def open_decompressed(file: InputFile, method: str | None) -> Iterator[Readable]:
    """Open the file's content from the start, through the given decompression.

    Reading it raises `InputError` where the compressed data is damaged or ends too early.
    """
    with file.open() as stream:
        if method is None:
            yield stream
        else:
            yield _Decompressed(file.label, stream, method)


class _Decompressed:
    """Turns the many exceptions of damaged data into one."""

    def __init__(self, label: str, stream: Readable, method: str) -> None:
        self._label = label
        self._method = method
        raw = cast("io.BufferedIOBase", stream)
        if method == "gzip":
            self._stream: Readable = gzip.GzipFile(fileobj=raw, mode="rb")
            self._errors: tuple[type[Exception], ...] = (EOFError, zlib.error, gzip.BadGzipFile)
        else:
            zstd = _zstd()
            self._stream = zstd.ZstdFile(raw)
            self._errors = (EOFError, zstd.ZstdError)

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except EOFError as error:
            raise InputError(f"{self._label} ends in the middle of its {self._method} data: copy it again.") from error
        except self._errors as error:
            raise InputError(f"{self._label} holds damaged {self._method} data: copy it again.") from error


def _zstd() -> Any:
    """Import the standard library's module, or its backport for Python before 3.14."""
    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
