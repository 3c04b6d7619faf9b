"""The parts of an .xlsx package: which sheets it has, which styles are dates, its strings, and a sheet's XML.

Libraries that hand out a sheet as a table lose what must not be lost here: an error (`#N/A`) and a formula without a
stored result look like empty cells or zeros, floats are rounded, and empty rows vanish. So the XML is read as it is,
in a stream, with the standard library's expat. A document type declaration is refused, so no entity can expand.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from xml.parsers import expat

from importer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 1 << 18
# Bytes of XML. A sheet is read as a stream, everything else is held in memory.
MAX_SHEET = 8 << 30
_MAX_STRINGS = 256 << 20
_MAX_PART = 64 << 20

# Formats that Excel has without a code (ECMA-376, part 1, 18.8.30), those of its East Asian versions included.
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
# What stands in a format code but is no placeholder: quoted, escaped, padding, colours, conditions, locales.
_LITERALS = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Handler(Protocol):
    """Who receives the elements of a part, by their local names."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""

    def end(self, name: str) -> None:
        """End an element."""

    def text(self, data: str) -> None:
        """Take character data."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet: its name, its part of the package, and whether a person sees it."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """What a sheet's cells refer to. `date_styles` holds the indexes of the styles that show a number as a date."""

    sheets: tuple[Sheet, ...]
    date_styles: frozenset[int]
    is_1904: bool
    strings_part: str | None


def read_workbook(package: zipfile.ZipFile) -> Workbook:
    """Read everything but the strings and the sheets' cells."""
    main = next(iter(_related(package, "", "/officeDocument").values()), "")
    book = _Book()
    read_part(package, main, book)
    sheets = _related(package, main, "/worksheet")
    styles = _Styles()
    for part in _related(package, main, "/styles").values():
        read_part(package, part, styles)
    return Workbook(
        tuple(Sheet(name, sheets[key], visible) for name, key, visible in book.sheets if key in sheets),
        frozenset(index for index, code in enumerate(styles.of_cells) if styles.is_date(code)),
        book.is_1904,
        next(iter(_related(package, main, "/sharedStrings").values()), None),
    )


def read_strings(package: zipfile.ZipFile, part: str | None) -> list[str]:
    """Read the strings that cells refer to by number."""
    strings = _Strings()
    if part is not None:
        read_part(package, part, strings, limit=_MAX_STRINGS)
    return strings.found


def read_part(package: zipfile.ZipFile, part: str, handler: Handler, *, limit: int = _MAX_PART) -> None:
    """Hand a whole part of the package to a handler."""
    for _ in stream_part(package, part, handler, limit=limit):
        pass


def stream_part(package: zipfile.ZipFile, part: str, handler: Handler, *, limit: int) -> Iterator[None]:
    """Hand a part to a handler, stopping now and then so that the caller can take what has come together."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start_root(name: str, attributes: dict[str, str]) -> None:
        """Handle the root; a prefix on its name tells whether names have to be cut."""
        prefixed = ":" in name
        parser.StartElementHandler = _without_prefix(handler.start) if prefixed else handler.start
        parser.EndElementHandler = _without_prefix(handler.end) if prefixed else handler.end
        handler.start(_local(name), attributes)

    parser.StartElementHandler = start_root
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    size = 0
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise InputError(f"its part {part} is larger than {limit >> 20:,} MiB; save the sheet as .csv")
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
        yield


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Turn everything that a damaged package makes its readers raise into one sentence."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{label}: {error}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError, LookupError, ValueError) as error:
        raise InputError(f"{label} is damaged, or not an Excel workbook (.xlsx): save it again in Excel.") from error
    except (RuntimeError, NotImplementedError) as error:
        raise InputError(f"{label} is encrypted or packed in an unknown way: save it without a password.") from error


def unescaped(text: str) -> str:
    """Decode characters that XML cannot hold, written as `_x000D_` (ECMA-376, part 1, 22.9.2.19)."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _without_prefix(handle: Callable[..., None]) -> Callable[..., None]:
    return lambda name, *rest: handle(_local(name), *rest)


def _refuse_doctype(*_: object) -> None:
    raise InputError("it holds a document type declaration, which no spreadsheet program writes")


def _related(package: zipfile.ZipFile, part: str, kind: str) -> dict[str, str]:
    """Map the relationship ids of a part to the parts of one kind that they lead to."""
    folder, name = posixpath.split(part)
    relations = _Relations()
    read_part(package, posixpath.join(folder, "_rels", f"{name}.rels"), relations)
    return {
        key: posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        for key, target, found in relations.found
        if found.endswith(kind)
    }


class Ignoring:
    """A handler that ignores what its heirs do not want."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Ignore the start of an element."""

    def end(self, name: str) -> None:
        """Ignore the end of an element."""

    def text(self, data: str) -> None:
        """Ignore character data."""


class _Relations(Ignoring):
    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            self.found.append((attributes["Id"], attributes["Target"], attributes["Type"]))


class _Book(Ignoring):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.is_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            key = next(value for attribute, value in attributes.items() if _local(attribute) == "id")
            self.sheets.append((attributes["name"], key, attributes.get("state", "visible") == "visible"))
        elif name == "workbookPr":
            self.is_1904 = attributes.get("date1904") in {"1", "true"}


class _Styles(Ignoring):
    """The number formats of cell styles: `of_cells` holds the format's number for each style."""

    def __init__(self) -> None:
        self.of_cells: list[int] = []
        self._codes: dict[int, str] = {}
        self._in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "cellXfs":
            self._in_cells = True
        elif name == "numFmt":
            self._codes[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif name == "xf" and self._in_cells:
            self.of_cells.append(int(attributes.get("numFmtId", 0)))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def is_date(self, number: int) -> bool:
        """Whether a format shows a number as a date or a time."""
        code = self._codes.get(number)
        if code is None:
            return number in _DATE_FORMATS
        placeholders = _LITERALS.sub("", code).partition(";")[0].lower()
        return placeholders != "general" and any(mark in placeholders for mark in "dmyhs")


class _Strings(Ignoring):
    """Plain and rich text; the reading aids of Japanese text (`rPh`) are not part of it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._in_text = False
        self._in_aid = False

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "t":
            self._in_text = not self._in_aid
        elif name == "rPh":
            self._in_aid = True

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._in_aid = False
        elif name == "si":
            self.found.append(unescaped("".join(self._pieces)))
            self._pieces.clear()

    def text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)
