"""The zip archive that an .xlsx workbook is: its parts by name, and how they lead to each other.

Names are found as other programs write them too: in another case, with backslashes, with a slash in front, encoded as
in a URL.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import unquote
from xml.parsers import expat

from importer.errors import InputError
from importer.sources.excel.markup import Element, Parser
from importer.sources.sniff import other_spreadsheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources.input_file import InputFile

MAX_PART = 64 << 20  # bytes of XML of a part that is held in memory
# What a part may unpack to: a real sheet, with its numbers and ids, to ten or thirty times its packed size.
_ALWAYS_UNPACKED = 16 << 20
_MAX_RATIO = 100


class Package:
    """The parts of a workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._parts: dict[str, zipfile.ZipInfo] = {}
        other = other_spreadsheet(archive.namelist())
        if other is not None:
            raise InputError(f"it is {other}")
        for part in archive.infolist():
            if self._parts.setdefault(_key(part.filename), part) is not part:
                raise ValueError(f"two parts are called {part.filename}")

    def read(self, part: str, tree: Element, *, limit: int = MAX_PART) -> None:
        """Read a whole part."""
        for _ in self.stream(part, tree, limit=limit):
            pass

    def stream(self, part: str, tree: Element, *, limit: int) -> Iterator[None]:
        """Read a part, stopping now and then so that the caller can take what has come together.

        Raises `KeyError` where there is no such part.
        """
        with self.open(part, limit=limit) as stream:
            yield from Parser(tree).chunks(stream)

    def open(self, part: str, *, limit: int) -> IO[bytes]:
        """Open a part's bytes, which end at the size that was looked at."""
        info = self._parts[_key(part)]
        if info.file_size > limit:
            raise InputError(f"its part {part} is larger than {limit >> 20:,} MiB; save the sheet as .csv")
        if info.file_size > max(_ALWAYS_UNPACKED, _MAX_RATIO * info.compress_size):
            raise InputError(
                f"its part {part} unpacks to more than {_MAX_RATIO} times its size, as no real sheet does; "
                "save the sheet as .csv"
            )
        return self._archive.open(info)

    def has(self, part: str) -> bool:
        """Whether there is such a part: some programs name one that they do not write."""
        return _key(part) in self._parts

    def packed_size(self, part: str) -> int:
        """The bytes that a part takes in the archive; 0 when there is none."""
        info = self._parts.get(_key(part))
        return 0 if info is None else info.compress_size

    def related(self, part: str, kind: str) -> dict[str, str]:
        """Map the relationship ids of a part to the parts of one kind that they lead to."""
        folder, name = posixpath.split(part)
        found: dict[str, str] = {}

        def relationship(attributes: dict[str, str]) -> None:
            if attributes["Type"].endswith(kind):
                target = attributes["Target"].replace("\\", "/")
                found[attributes["Id"]] = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")

        tree = Element("Relationships", Element("Relationship", start=relationship))
        self.read(posixpath.join(folder, "_rels", f"{name}.rels"), tree)
        return found


@contextmanager
def open_package(file: InputFile) -> Iterator[Package]:
    """Open a workbook's archive; everything that a damaged one makes its readers raise becomes one sentence."""
    label = file.label
    try:
        with file.open() as stream, zipfile.ZipFile(cast("IO[bytes]", stream)) as archive:
            yield Package(archive)
    except InputError as error:
        if str(error).startswith(label):
            raise  # a whole sentence, from who knows the file
        raise InputError(f"{label}: {error}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError, LookupError, ValueError) as error:
        raise InputError(f"{label} is damaged, or not an Excel workbook (.xlsx): save it again in Excel.") from error
    except (RuntimeError, NotImplementedError) as error:
        raise InputError(f"{label} is encrypted or packed in an unknown way: save it without a password.") from error


def _key(name: str) -> str:
    return posixpath.normpath(posixpath.join("/", unquote(name).replace("\\", "/"))).casefold()
