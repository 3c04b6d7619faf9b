"""Compressed input, decompressed while it is read: gzip and Zstandard, known by their first bytes."""

from __future__ import annotations

import gzip
import sys
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from importer.errors import InputError

if TYPE_CHECKING:
    import io

    from importer.sources.input_file import Readable

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


def compression_of(head: bytes) -> str | None:
    """How a file that begins so is compressed: `gzip`, `zstd`, or None when it is not."""
    return "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(_ZSTD) else None


class Decompressed:
    """The content of compressed bytes: turns the many exceptions of damaged data into one, and counts what comes out.

    `label` is what messages call the file, `most` the bytes that it may unpack to, if there is a limit. Reading raises
    `InputError` where the data is damaged, ends too early, or is too much.
    """

    def __init__(self, label: str, stream: Readable, method: str, most: int | None) -> None:
        self._label = label
        self._most = self._left = most
        self._method = method
        raw = cast("io.BufferedIOBase", stream)
        if method == "gzip":
            self._stream: Readable = gzip.GzipFile(fileobj=raw, mode="rb")
            self._errors: tuple[type[Exception], ...] = (EOFError, zlib.error, gzip.BadGzipFile)
        else:
            # The standard library's module, or its backport for Python before 3.14.
            zstd: Any = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
            self._stream = zstd.ZstdFile(raw)
            self._errors = (EOFError, zstd.ZstdError)

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes of the content; none at its end."""
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
