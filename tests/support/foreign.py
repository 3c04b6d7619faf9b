"""What other libraries read of a workbook or a Parquet file, and whether the product reads the same.

Nothing in here is the product's. The readers are not among the tests' needs: where one is missing it is not asked.
"""

from __future__ import annotations

import math
import re
import struct
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Cells = dict[tuple[int, int], Any]  # by row and column, from 1; those that are not empty
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!", "#CALC!"}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - zones are told apart by their text
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001
_LEAP_DAY = datetime(1900, 3, 1)  # noqa: DTZ001
OUT_OF_RANGE = "[out of range]"


def workbook_readers() -> dict[str, Callable[[Path], dict[str, Cells]]]:
    """By name: what reads the visible worksheets of a workbook."""
    found = {"openpyxl": _by_openpyxl, "python_calamine": _by_calamine}
    return {name: read for name, read in found.items() if find_spec(name)}


def parquet_readers() -> dict[str, Callable[[Path], dict[str, list[Any]]]]:
    """By name: what reads the columns of a Parquet file."""
    found = {"pyarrow": _by_pyarrow, "duckdb": _by_duckdb}
    return {name: read for name, read in found.items() if find_spec(name)}


def same(text: str | None, value: Any) -> bool:
    """Whether a text of the product says what another reader's value says."""
    match value:
        case None:
            return text is None or text == ""
        case bool():
            return text == str(value).lower()
        case int():
            return text is not None and _number(text) == value
        case float():
            return _same_float(text, value)
        case Decimal():
            return text is not None and _number(text) == value
        case str():
            return _same_text(text, value)
        case bytes() | bytearray():
            with suppress(UnicodeDecodeError):
                return text == bytes(value).decode()
            return False
        case datetime() | date() | time() | timedelta():
            return text is not None and _same_moment(text, value)
    return text == str(value)


def _same_text(text: str | None, value: str) -> bool:
    if value in _ERRORS or not value:
        return not text
    return text is not None and _unescaped(text) == _unescaped(value)


def _unescaped(text: str) -> str:
    """Line ends and escapes alike, which readers treat differently."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\r\n", "\n").replace("\r", "\n")


def _same_float(text: str | None, value: float) -> bool:
    if math.isnan(value):
        return text is None or text.lower() == "nan"
    if isinstance(value, Short):
        with suppress(ValueError, TypeError, OverflowError):
            return struct.pack(value.size, float(text or "x")) == struct.pack(value.size, value + 0.0)
        return False
    with suppress(ValueError, TypeError):
        return math.isclose(float(text or "x"), value, rel_tol=1e-15)
    return False


def _number(text: str) -> Decimal | None:
    with suppress(ArithmeticError):
        return Decimal(text)
    return None


def _same_moment(text: str, value: datetime | date | time | timedelta) -> bool:
    """To the millisecond, which is what a workbook's numbers hold."""
    if text == OUT_OF_RANGE:
        return not 1678 <= getattr(value, "year", 1) <= 2261
    if text.startswith("-") and getattr(value, "year", 1899) < 1900:
        return True  # before the first day of a workbook, where Excel shows no date either
    told, meant = _moment(text), _moment(value)
    if isinstance(value, timedelta) and told is not None and _EXCEL_EPOCH + timedelta(days=2) <= told < _LEAP_DAY:
        told -= timedelta(days=1)  # days of a duration are not counted as those of a date
    return told is not None and meant is not None and abs(told - meant) < timedelta(milliseconds=1)


def _moment(value: Any) -> datetime | None:
    """Days and times on one axis: a time of the day, or a duration, counts from Excel's epoch."""
    if isinstance(value, str):
        with suppress(ValueError):
            return _moment(datetime.fromisoformat(value))
        with suppress(ValueError):
            return _moment(time.fromisoformat(value))
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) if value.tzinfo is None else (value - value.utcoffset()).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if isinstance(value, timedelta):
        return _EXCEL_EPOCH + value
    return datetime.combine(_EXCEL_EPOCH, value.replace(tzinfo=None))


def _by_openpyxl(path: Path) -> dict[str, Cells]:
    book = import_module("openpyxl").load_workbook(path, data_only=True)
    return {
        sheet.title: {
            (cell.row, cell.column): cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None and cell.value != ""
        }
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
    }


def _by_calamine(path: Path) -> dict[str, Cells]:
    library = import_module("python_calamine")
    book = library.CalamineWorkbook.from_path(path)
    shown = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible == library.SheetVisibleEnum.Visible and sheet.typ == library.SheetTypeEnum.WorkSheet
    ]
    return {
        name: {
            (row, column): value
            for row, cells in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), 1)
            for column, value in enumerate(cells, 1)
            if value != ""
        }
        for name in shown
    }


def _by_pyarrow(path: Path) -> dict[str, list[Any]]:
    arrow = import_module("pyarrow")
    table = import_module("pyarrow.parquet").ParquetFile(path)
    names = [field.name for field in table.schema_arrow]
    return {name: list(_arrow_values(arrow, table.read(columns=[name])[name])) for name in names}


def _arrow_values(arrow: Any, column: Any) -> Iterator[Any]:
    kind = column.type
    if isinstance(kind, arrow.BaseExtensionType):
        column, kind = column.cast(kind.storage_type), kind.storage_type
    if arrow.types.is_timestamp(kind):
        ticks = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        zone = "Z" if kind.tz else ""
        for number in column.cast(arrow.int64()).to_pylist():
            yield None if number is None else _Instant.of(number, ticks, zone)
    elif arrow.types.is_time(kind):
        ticks = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        numbers = column.cast(arrow.int32() if kind.bit_width == 32 else arrow.int64()).to_pylist()
        yield from (None if n is None else _EXCEL_EPOCH + timedelta(microseconds=n * 10**6 / ticks) for n in numbers)
    elif arrow.types.is_float32(kind) or arrow.types.is_float16(kind):
        size = "f" if arrow.types.is_float32(kind) else "e"
        yield from (None if value is None else Short(value, size) for value in column.to_pylist())
    else:
        yield from column.to_pylist()


class Short(float):
    """A float of four or two bytes: texts that round to it are its."""

    def __new__(cls, value: float, size: str) -> Short:
        short = super().__new__(cls, value)
        short.size = size
        return short

    size: str


class _Instant(str):
    """A moment to the nanosecond, in the product's own form."""

    __slots__ = ()

    @classmethod
    def of(cls, number: int, ticks: int, zone: str) -> _Instant:
        try:
            whole = (_EPOCH + timedelta(seconds=number // ticks)).isoformat()
        except OverflowError:
            return cls(OUT_OF_RANGE)
        fraction = f"{number % ticks:0{len(str(ticks)) - 1}}".rstrip("0") if number % ticks else ""
        return cls(f"{whole}.{fraction}{zone}" if fraction else f"{whole}{zone}")


def _by_duckdb(path: Path) -> dict[str, list[Any]]:
    database = import_module("duckdb").connect()
    database.execute("SET TimeZone = 'UTC'")
    found = database.sql(f"SELECT * FROM read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')")
    rows = found.fetchall()
    return {name: [row[place] for row in rows] for place, name in enumerate(found.columns)}
