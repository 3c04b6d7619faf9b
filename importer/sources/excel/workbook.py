"""What a sheet's cells refer to: which sheets a workbook has, which styles are dates, its strings.

Libraries that hand out a sheet as a table lose what must not be lost here: an error (`#N/A`) and a formula without a
stored result look like empty cells or zeros, floats are rounded, and empty rows vanish. So the XML is read as it is,
in a stream, with the standard library's expat.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.sources.excel.marks import currency_of
from importer.sources.excel.markup import Element

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.sources.excel.package import Package

# Bytes of XML, and of memory, for the strings that cells refer to.
_MAX_STRINGS_XML = 512 << 20
_MAX_STRINGS = 320 << 20
_MAX_CODE = 255  # characters of a number format, in Excel too

# Formats that Excel has without a code (ECMA-376, part 1, 18.8.30), those of its East Asian versions included.
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
# What stands in a format code but is no placeholder: quoted, escaped, padding, colours, conditions, locales.
_LITERALS = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ESCAPED_PAIR = re.compile(r"_x([Dd][89ABab][0-9A-Fa-f]{2})__x([Dd][C-Fc-f][0-9A-Fa-f]{2})_")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet: its name, its part of the package, and whether a person sees it."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """What a sheet's cells refer to.

    `date_styles` holds the indexes of the styles that show a number as a date, `currencies` the sign or code that
    others show beside it.
    """

    sheets: tuple[Sheet, ...]
    date_styles: frozenset[int]
    is_1904: bool
    strings_part: str | None
    currencies: Mapping[int, str] = field(default_factory=dict)


def read_workbook(package: Package) -> Workbook:
    """Read everything but the strings and the sheets' cells."""
    main = next(iter(package.related("", "/officeDocument").values()), "")
    book = _Book()
    package.read(main, book.tree)
    sheets = package.related(main, "/worksheet")
    styles = _Styles()
    for part in package.related(main, "/styles").values():
        package.read(part, styles.tree)
    return Workbook(
        tuple(Sheet(name, sheets[key], visible) for name, key, visible in book.sheets if key in sheets),
        frozenset(styles.dates()),
        book.is_1904,
        next((part for part in package.related(main, "/sharedStrings").values() if package.has(part)), None),
        dict(styles.currencies()),
    )


def read_strings(package: Package, part: str | None) -> list[str | None]:
    """Read the strings that cells refer to by number; None for one that holds two texts."""
    strings = _Strings()
    if part is not None:
        package.read(part, strings.tree, limit=_MAX_STRINGS_XML)
    return strings.found


class RichText:
    """The text of a string, plain or in runs of different looks; the reading aids of Japanese text are not part of it.

    `elements` are those that hold it. Plain text beside runs is two texts, and nobody can say which one is meant.
    """

    def __init__(self) -> None:
        run = Element("r", Element("t", text=self._run))
        self.elements = (Element("t", text=self._take), run)
        self._plain: list[str] = []
        self._runs: list[str] = []

    def taken(self) -> str | None:
        """The text since the last call; None when there were two."""
        plain, runs = self._plain, self._runs
        text = None if len(plain) + bool(runs) > 1 else unescaped("".join(plain or runs))
        if plain or runs:
            self._plain = []
            self._runs = []
        return text

    def _take(self, text: str) -> None:
        if text:
            self._plain.append(text)

    def _run(self, text: str) -> None:
        if text:
            self._runs.append(text)


def unescaped(text: str) -> str:
    """Decode characters that XML cannot hold, written as `_x000D_` (ECMA-376, part 1, 22.9.2.19).

    A half of a pair that stands alone is no character, and stays as it is.
    """
    if "_x" not in text:
        return text
    text = _ESCAPED_PAIR.sub(lambda match: bytes.fromhex(match[1] + match[2]).decode("utf-16-be"), text)
    return _ESCAPED.sub(lambda match: match[0] if match[1][:2] in _HALVES else chr(int(match[1], 16)), text)


_HALVES = {first + second for first in "Dd" for second in "89ABCDEFabcdef"}


class _Book:
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.is_1904 = False
        self.tree = Element(
            "workbook",
            Element("workbookPr", start=self._properties),
            Element("sheets", Element("sheet", start=self._sheet)),
        )

    def _sheet(self, attributes: dict[str, str]) -> None:
        key = next((value for name, value in attributes.items() if name.rpartition(" ")[2] == "id"), "")
        self.sheets.append((attributes["name"], key, attributes.get("state", "visible") == "visible"))

    def _properties(self, attributes: dict[str, str]) -> None:
        self.is_1904 = attributes.get("date1904") in {"1", "true"}


class _Styles:
    """The number formats of cells: those of other things (`dxfs`, `cellStyleXfs`, extensions) look the same."""

    def __init__(self) -> None:
        self._of_cells: list[int] = []
        self._codes: dict[int, str] = {}
        self.tree = Element(
            "styleSheet",
            Element("numFmts", Element("numFmt", start=self._format)),
            Element("cellXfs", Element("xf", start=self._cell)),
        )

    def dates(self) -> Iterator[int]:
        """The indexes of the styles that show a number as a date or a time."""
        dates = {number for number in set(self._of_cells) if self._is_date(number)}
        return (index for index, number in enumerate(self._of_cells) if number in dates)

    def currencies(self) -> Iterator[tuple[int, str]]:
        """The indexes of the styles that show a currency beside a number, with it."""
        found = {
            number: currency_of(number, self._codes.get(number))
            for number in set(self._of_cells)
            if not self._is_date(number)
        }
        return ((index, text) for index, number in enumerate(self._of_cells) if (text := found.get(number)))

    def _format(self, attributes: dict[str, str]) -> None:
        code = attributes["formatCode"]
        if len(code) > _MAX_CODE:
            raise InputError(f"it holds a number format of more than {_MAX_CODE} characters; save it again in Excel")
        self._codes[int(attributes["numFmtId"])] = code

    def _cell(self, attributes: dict[str, str]) -> None:
        self._of_cells.append(int(attributes.get("numFmtId") or 0))

    def _is_date(self, number: int) -> bool:
        code = self._codes.get(number)
        if code is None:
            return number in _DATE_FORMATS
        placeholders = _LITERALS.sub("", code).partition(";")[0].lower()
        return placeholders != "general" and any(mark in placeholders for mark in "dmyhs")


class _Strings:
    def __init__(self) -> None:
        self.found: list[str | None] = []
        self._text = RichText()
        self._size = 0
        self.tree = Element("sst", Element("si", *self._text.elements, end=self._end))

    def _end(self) -> None:
        text = self._text.taken()
        self._size += sys.getsizeof(text) + 8
        if self._size > _MAX_STRINGS:
            raise InputError(f"its texts need more than {_MAX_STRINGS >> 20} MiB of memory; save the sheet as .csv")
        self.found.append(text)
