"""Which encoding a text file is in, decided on all of its bytes, and its text as UTF-8."""

from __future__ import annotations

import codecs
import io
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.sources.decompress import MAGIC_SIZE, Decompressed, compression_of
from importer.sources.sniff import refuse_no_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources.input_file import InputFile, Readable

# Small enough to stay in the processor's cache while it is looked through several times.
_SCAN_BLOCK = 1 << 20
_HEAD = 1 << 10
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Text:
    """How to read a file as text.

    `compression` is how it is packed (`compression_of`), and `most` are the bytes that it may unpack to, if there is a
    limit; `encoding` is Python's name for it, `mark_size` the length of its byte order mark.
    """

    file: InputFile
    compression: str | None
    most: int | None
    encoding: str = "utf-8"
    mark_size: int = 0
    warnings: tuple[str, ...] = ()

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Open the content from the start, behind its compression; reading it may raise `InputError`."""
        with self.file.open() as stream:
            method = self.compression
            yield stream if method is None else Decompressed(self.file.label, stream, method, self.most)

    def utf8_blocks(self, size: int) -> Iterator[bytes]:
        """Yield the text as UTF-8, without the byte order mark, from about `size` bytes of the file at a time."""
        with self.open() as stream:
            stream.read(self.mark_size)
            if self.encoding == "utf-8":
                while block := stream.read(size):
                    yield block
                return
            decoder = codecs.getincrementaldecoder(self.encoding)()
            while block := stream.read(size):
                yield decoder.decode(block).encode()
            yield decoder.decode(b"", final=True).encode()


def detect_text(file: InputFile, max_unpacked: int | None = None) -> Text:
    """Read the whole file once and decide: its byte order mark, else UTF-8, else Windows-1252 with a warning.

    Raises `InputError` for a file that is no text at all, and, with the line, for NUL bytes (UTF-16 without its mark,
    or damage) and for bytes that the encoding does not have.
    """
    with file.reading():
        text = Text(file, compression_of(file.head(MAGIC_SIZE)), max_unpacked)
        with text.open() as stream:
            head = stream.read(_HEAD)
        refuse_no_csv(file.label, head, packed=text.compression)
        mark, encoding = byte_order_mark(head)
        text = replace(text, encoding=encoding, mark_size=len(mark))
        line = _first_undecodable_line(text)
        if line is not None and not mark:
            warning = (
                f"{file.label} is not UTF-8 (line {line}), so it was read as Windows-1252. "
                "Look at names with accents, or save the file as UTF-8."
            )
            text = replace(text, encoding="cp1252", warnings=(warning,))
            line = _first_undecodable_line(text)
        if line is not None:
            name = "Windows-1252" if text.encoding == "cp1252" else text.encoding.upper()
            raise InputError(f"{file.label}, line {line}: holds bytes that are not {name}. Save the file as UTF-8.")
        return text


def byte_order_mark(head: bytes) -> tuple[bytes, str]:
    """The mark with which a file begins, and the encoding that it stands for; empty, and UTF-8, if there is none."""
    return next(((mark, name) for mark, name in _MARKS.items() if head.startswith(mark)), (b"", "utf-8"))


def _first_undecodable_line(text: Text) -> int | None:
    """Find the 1-based line of the first bytes that the encoding does not have; None when it fits the whole file."""
    decoder = codecs.getincrementaldecoder(text.encoding)()
    nul_offset = _nul_offset_wide if text.encoding.startswith("utf-16") else _nul_offset
    with text.open() as stream:
        position = len(stream.read(text.mark_size))
        while True:
            block = stream.read(_SCAN_BLOCK)
            unfinished = len(decoder.getstate()[0])
            try:
                nul = nul_offset(decoder, block)
            except UnicodeDecodeError as error:
                return _line_at(text, position - unfinished + error.start)
            if nul >= 0:
                line = _line_at(text, position - unfinished + nul)
                raise InputError(
                    f"{text.file.label}, line {line}: holds NUL bytes: it is damaged, not a text file, or "
                    "UTF-16 without its mark. Save it as UTF-8."
                )
            position += len(block)
            if not block:
                return None


def _nul_offset(decoder: codecs.IncrementalDecoder, block: bytes) -> int:
    unfinished = len(decoder.getstate()[0])
    if unfinished or not block.isascii():
        decoder.decode(block, final=not block)
    nul = block.find(b"\0")
    return nul if nul < 0 else nul + unfinished


def _nul_offset_wide(decoder: codecs.IncrementalDecoder, block: bytes) -> int:
    decoded = decoder.decode(block, final=not block)
    nul = decoded.find("\0")
    return nul if nul < 0 else len(decoded[:nul].encode("utf-16-le"))


def _line_at(text: Text, offset: int) -> int:
    """Count, as an editor does, the 1-based line on which the byte at `offset` stands."""
    newlines = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(text.encoding)("replace"), translate=True)
    line = 1
    with text.open() as stream:
        while offset > 0 and (block := stream.read(min(offset, _SCAN_BLOCK))):
            offset -= len(block)
            line += newlines.decode(block).count("\n")
    return line
