"""Packed input, unpacked while it is read: gzip, Zstandard, bzip2, xz and zip, known by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import zipfile
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from importer.errors import InputError
from importer.sources.sniff import zip_kind
from importer.text import as_text

if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from typing import IO

    from importer.sources.input_file import Readable

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
}
MAGIC_SIZE = max(map(len, _MAGIC))
_CHUNK = 1 << 18
_MOST_MEMORY = 256 << 20  # bytes that xz data may ask for; the program's own strongest setting asks for 65 MiB
_NAMED = 4


def compression_of(head: bytes) -> str | None:
    """How a file that begins so is packed: `gzip`, `zstd`, `bzip2`, `xz`, `zip`, or None when it is not."""
    return next((method for magic, method in _MAGIC.items() if head.startswith(magic)), None)


class Decompressed:
    """The content of packed bytes: turns the many exceptions of damaged data into one, and counts what comes out.

    `label` is what messages call the file, `most` the bytes that it may unpack to, if there is a limit. Raises
    `InputError` where the data is damaged, ends too early, is too much, or is an archive of other than one file.
    """

    def __init__(self, label: str, stream: Readable, method: str, most: int | None) -> None:
        self._label = label
        self._most = self._left = most
        self._method = method
        self._errors: tuple[type[Exception], ...] = (EOFError, zlib.error, gzip.BadGzipFile, _DamagedError)
        raw = cast("io.BufferedIOBase", stream)
        match method:
            case "gzip":
                self._stream: Readable = gzip.GzipFile(fileobj=raw, mode="rb")
            case "bzip2":
                self._stream = _Streams(raw, bz2.BZ2Decompressor)
            case "xz":
                self._stream = _Streams(raw, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MOST_MEMORY), b"\0")
            case "zip":
                self._errors = (EOFError, zlib.error, zipfile.BadZipFile)
                self._stream = self._single_member(cast("IO[bytes]", raw))
            case _:
                # The standard library's module, or its backport for Python before 3.14.
                zstd: Any = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
                self._errors = (EOFError, zstd.ZstdError)
                self._stream = zstd.ZstdFile(raw)

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes of the content; none at its end."""
        try:
            return self._counted(self._stream.read(size))
        except EOFError as error:
            raise InputError(f"{self._label} ends in the middle of its {self._method} data: copy it again.") from error
        except self._errors as error:
            raise InputError(f"{self._label} holds damaged {self._method} data: copy it again.") from error
        except MemoryError as error:
            raise InputError(
                f"{self._label} needs more than {_MOST_MEMORY >> 20} MiB of memory to be unpacked. Unpack it first."
            ) from error

    def _single_member(self, raw: IO[bytes]) -> Readable:
        """The only file of a zip archive; what macOS adds is none."""
        try:
            archive = zipfile.ZipFile(raw)
            members = archive.infolist()
            kind = zip_kind(member.filename for member in members)
            if kind is not None:
                raise InputError(f"{self._label} is not CSV but {kind}.")
            files = [one for one in members if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
            if len(files) != 1:
                names = ", ".join(as_text(one.filename) for one in files[:_NAMED])
                more = f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
                raise InputError(
                    f"{self._label} is a zip archive of {len(files):,} files ({names}{more}). Unpack it, and name "
                    "those that are to be read."
                )
            return self._opened(archive, files[0])
        except zipfile.BadZipFile as error:
            raise InputError(f"{self._label} holds damaged zip data, or was cut off: copy it again.") from error

    def _opened(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Readable:
        if member.flag_bits & 1 or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise InputError(f"{self._label} has a password, or is packed in a rare way. Unpack it first.")
        return cast("Readable", archive.open(member))

    def _counted(self, data: bytes) -> bytes:
        if self._left is not None and self._most is not None:
            self._left -= len(data)
            if self._left < 0:
                raise InputError(
                    f"{self._label} unpacks to more than {self._most:,} bytes. If it is meant to, say --max-unpacked."
                )
        return data


class _DamagedError(Exception):
    """The data cannot be unpacked."""


class _Decoder(Protocol):
    """What unpacks one stream, a piece at a time."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Streams:
    """One stream behind the other, with `padding` between them. The library's own reader takes damage for the end."""

    def __init__(self, raw: Readable, decoder: Callable[[], _Decoder], padding: bytes = b"") -> None:
        self._raw = raw
        self._new = decoder
        self._padding = padding
        self._decoder = decoder()

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; raises `EOFError` where the data ends within a stream."""
        while size:
            rest = b""
            if self._decoder.eof:
                rest = self._next_stream()
                if not rest:
                    return b""
            elif self._decoder.needs_input:
                rest = self._raw.read(_CHUNK)
                if not rest:
                    raise EOFError
            if piece := self._unpacked(rest, size):
                return piece
        return b""

    def _next_stream(self) -> bytes:
        """The first bytes of the next stream; none when there is no other."""
        rest = self._decoder.unused_data.lstrip(self._padding)
        while not rest and (block := self._raw.read(_CHUNK)):
            rest = block.lstrip(self._padding)
        if rest:
            self._decoder = self._new()
        return rest

    def _unpacked(self, data: bytes, size: int) -> bytes:
        try:
            return self._decoder.decompress(data, size)
        except (OSError, ValueError, lzma.LZMAError) as error:
            raise (MemoryError if "emory" in str(error) else _DamagedError) from error
