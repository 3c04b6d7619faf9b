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


class Packed:
    """A file's content behind its compression: `method` is `gzip`, `zstd`, or None for a file that is not compressed.

    `most` are the bytes that it may unpack to, if there is a limit.
    """

    def __init__(self, file: InputFile, most: int | None = None) -> None:
        head = file.head(4)
        self.file = file
        self.method = "gzip" if head.startswith(_GZIP) else "zstd" if head == _ZSTD else None
        self._most = most

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Open the content from the start.

        Reading it raises `InputError` where the compressed data is damaged, ends too early, or is too much.
        """
        with self.file.open() as stream:
            if self.method is None:
                yield stream
            else:
                yield _Decompressed(self.file.label, stream, self.method, self._most)


class _Decompressed:
    """Turns the many exceptions of damaged data into one, and counts what comes out."""

    def __init__(self, label: str, stream: Readable, method: str, most: int | None) -> None:
        self._label = label
        self._most = self._left = most
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
            return self._counted(self._stream.read(size))
        except EOFError as error:
            raise InputError(f"{self._label} ends in the middle of its {self._method} data: copy it again.") from error
        except self._errors as error:
            raise InputError(f"{self._label} holds damaged {self._method} data: copy it again.") from error

    def _counted(self, data: bytes) -> bytes:
        if self._left is not None and self._most is not None:
            self._left -= len(data)
            if self._left < 0:
                raise InputError(
                    f"{self._label} unpacks to more than {self._most:,} bytes. If it is meant to, say --max-unpacked."
                )
        return data


def _zstd() -> Any:
    """Import the standard library's module, or its backport for Python before 3.14."""
    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
