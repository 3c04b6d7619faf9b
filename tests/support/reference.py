"""What a file says, read strictly and slowly with the standard library alone: nothing in here is the product's.

`read_csv`, `read_workbook` and `read_frame` give, for the number of each data record, what has to be posted of it, or
None where a rule forbids to post it. They raise `UnreadableError` for a file that nobody may trust as a whole.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
import zipfile
import zlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

FIELDS = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")
REQUIRED = FIELDS[:3]

_SPACE = "".join(c for c in map(chr, range(0x10000)) if c.isspace() and c not in "\x1c\x1d\x1e\x1f") + "\ufeff"
_AMOUNT = re.compile(
    r"\+?[$€£]?(?:([1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?)|((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?))"
)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9})0*)?)?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_MARKS = ((b"\xef\xbb\xbf", ("utf-8",)), (b"\xff\xfe", ("utf-16-le",)), (b"\xfe\xff", ("utf-16-be",)))


class UnreadableError(Exception):
    """The file is not what it should be."""


class Posted(NamedTuple):
    """The five fields as they must stand in the request, the amount by its digits."""

    message_id: str
    revenue: str
    attribution_type: str
    offer_id: str | None
    timestamp: str | None


class Typed(str):
    """The text of a cell that was a number."""

    __slots__ = ()


Rows = dict[int, Posted | None]


def read_csv(data: bytes) -> Rows:
    """Read a CSV file, compressed or not, in any of the encodings and with any of the delimiters."""
    header, *records = read_table(data)
    places = _places(header)
    return {
        number: _judged([cells[place] if place is not None else None for place in places])
        if len(cells) == len(header)
        else None
        for number, cells in enumerate(records, 1)
    }


def read_table(data: bytes) -> list[list[str]]:
    """All records of a CSV file, the header first."""
    text = _decoded(_unpacked(data))
    if "\0" in text:
        raise UnreadableError("NUL")
    headers = {delimiter: header for delimiter in ",;\t|" if (header := _header(text, delimiter))}
    if not headers:
        raise UnreadableError("no header")
    try:
        return list(_records(text, max(headers, key=lambda mark: len(headers[mark]))))
    except csv.Error as error:
        raise UnreadableError(str(error)) from error


def read_frame(frame: pl.DataFrame) -> Rows:
    """Read typed columns."""
    columns = [list(map(_typed_text, _values(frame[name]))) for name in frame.columns]
    places = _places(frame.columns)
    rows = zip(*columns, strict=True) if columns else ()
    return {
        number: _judged([cells[place] if place is not None else None for place in places])
        for number, cells in enumerate(rows, 1)
    }


def read_workbook(data: bytes) -> Rows:
    """Read the first sheet of a workbook whose parts have their usual names."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            sheet = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml"))
            strings = ElementTree.fromstring(package.read("xl/sharedStrings.xml"))
        texts = ["".join(t.text or "" for t in _named(item, "t")) for item in _named(strings, "si")]
        rows = {int(row.attrib["r"]): _cells(row, texts) for row in _named(sheet, "row")}
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, LookupError, ValueError) as error:
        raise UnreadableError(str(error)) from error
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableError(str(error)) from error
    filled = {number: cells for number, cells in rows.items() if any(cell.strip() for cell in cells.values())}
    if not filled:
        raise UnreadableError("an empty sheet")
    first = min(filled)
    header = filled.pop(first)
    places = _places([header.get(column, "") for column in range(1, max(header) + 1)])
    return {
        number - first: _judged([cells.get(place + 1) if place is not None else None for place in places])
        if max(cells) <= max(header)
        else None
        for number, cells in filled.items()
    }


# -- CSV ---------------------------------------------------------------------------------------------------------------


def _unpacked(data: bytes) -> bytes:
    try:
        if data.startswith(b"\x1f\x8b"):
            return gzip.decompress(data)
        if data.startswith(b"\x28\xb5\x2f\xfd"):
            zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
            return bytes(zstd.decompress(data))
    except Exception as error:
        raise UnreadableError(str(error)) from error
    return data


def _decoded(data: bytes) -> str:
    mark, encodings = next(
        ((mark, found) for mark, found in _MARKS if data.startswith(mark)), (b"", ("utf-8", "cp1252"))
    )
    for encoding in encodings:
        try:
            return data.removeprefix(mark).decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError(f"not {encodings}")


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return next(_records(text, delimiter), [])
    except csv.Error:
        return []


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records without blank lines, of which a line of nothing but delimiters is one."""
    fed: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            fed.append(line)
            yield line

    for cells in csv.reader(lines(), delimiter=delimiter, strict=True):
        raw = "".join(fed)
        fed.clear()
        if any(map(str.strip, cells)) or (len(cells) == 1 and raw.strip()):
            yield cells


def _places(header: Sequence[str]) -> list[int | None]:
    names = [re.sub(r"[-\s]", "_", name.strip(_SPACE)).casefold() for name in header]
    for field in FIELDS:
        if names.count(field) > 1 or (field in REQUIRED and field not in names):
            raise UnreadableError(f"{field} in {names}")
    return [names.index(field) if field in names else None for field in FIELDS]


# -- typed files -------------------------------------------------------------------------------------------------------


def _values(column: pl.Series) -> Iterable[Any]:
    import polars as pl

    if not isinstance(column.dtype, pl.Datetime):
        return column.to_list()
    ticks = {"ms": 10**3, "us": 10**6, "ns": 10**9}[column.dtype.time_unit]
    zone = "" if column.dtype.time_zone is None else "Z"
    return [None if n is None else _instant(n, ticks) + zone for n in column.to_physical().to_list()]


def _instant(count: int, ticks: int) -> str:
    try:
        whole = datetime(1970, 1, 1) + timedelta(seconds=count // ticks)  # noqa: DTZ001 - its zone is the column's
    except OverflowError:
        return "[beyond the calendar]"
    return f"{whole.isoformat()}.{count % ticks:0{len(str(ticks)) - 1}}"


def _typed_text(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case int():
            return Typed(value)
        case float():
            return Typed(repr(value))
        case Decimal():
            return Typed(format(value, "f"))
        case date():
            return value.isoformat()
        case bytes():
            return value.decode(errors="replace")
        case _:
            return "[no text]"


def _named(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Elements below by their name, in whatever namespace."""
    return (found for found in element.iter() if found.tag.rpartition("}")[2] == name)


def _cells(row: ElementTree.Element, texts: Sequence[str]) -> dict[int, str]:
    """The cells by their column, counted from one, those without a text left out."""
    found = {}
    for cell in _named(row, "c"):
        column = 0
        for letter in cell.attrib["r"].rstrip("0123456789"):
            column = column * 26 + ord(letter) - 64
        value = next(_named(cell, "v"), None)
        text = _cell_text(cell.attrib.get("t", "n"), "" if value is None else value.text or "", texts)
        if text:
            found[column] = text
    return found


def _cell_text(kind: str, raw: str, texts: Sequence[str]) -> str:
    if not raw:
        return ""
    if kind == "s":
        return texts[int(raw)]
    if kind == "n":
        number = float(raw)
        return Typed(int(number) if number.is_integer() else format(Decimal(repr(number)), "f"))
    return raw


# -- rules -------------------------------------------------------------------------------------------------------------


def _judged(cells: Sequence[str | None]) -> Posted | None:
    message_id, revenue, kind, offer, when = (_bare(cell) for cell in cells)
    if isinstance(message_id, Typed) or not re.fullmatch(r"[0-9A-Za-z_-]{8}", message_id):
        return None
    digits, instant = _digits(revenue), _instant_text(when)
    if digits is None or kind.lower() not in {"sale", "click", "send"} or instant is None:
        return None
    if len(offer) > 128 or re.search("[\x00-\x1f\x7f-\x9f]", offer):
        return None
    return Posted(message_id, digits, kind.lower(), offer or None, instant or None)


def _bare(cell: str | None) -> str:
    stripped = (cell or "").strip(_SPACE)
    return Typed(stripped) if isinstance(cell, Typed) else stripped


def _digits(cell: str) -> str | None:
    match = _AMOUNT.fullmatch(cell)
    if not match:
        return None
    amount = Decimal((match[1] or match[2]).replace(",", ""))
    decimals = -int(amount.as_tuple().exponent)
    if amount >= 10**15 or decimals > 18 or Decimal(repr(float(amount))) != amount:
        return None
    return format(amount, "f")


def _instant_text(cell: str) -> str | None:
    """UTC; nothing for nothing; None for what is no real time, or more than a day ahead."""
    match = _TIME.fullmatch(cell)
    if not cell or not match:
        return None if cell else ""
    day, hour, minute, second, fraction, offset = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{hour or '00'}:{minute or '00'}:{second or '00'}")
        utc = local.replace(tzinfo=_zone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if utc > datetime.now(UTC) + timedelta(days=1):
        return None
    fraction = (fraction or "").rstrip("0")
    return utc.replace(tzinfo=None).isoformat() + (f".{fraction}" if fraction else "") + "Z"


def _zone(offset: str | None) -> timezone:
    if offset in {None, "Z"}:
        return UTC
    assert offset
    hours, minutes = int(offset[1:3]), int(offset[3:].removeprefix(":") or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(offset)
    return timezone((1 if offset[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
