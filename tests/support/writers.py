"""One table written as workbook or Parquet by every library that is installed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TITLES = ["message_id", "revenue", "attribution_type", "offer_id", "timestamp", "day", "note", "flag"]
_NOTES = ["plain", " spaces ", "line\nbreak", "é 😀 <&>\"'", "_x000D_", "=1+1", "00012345", None]


def write_all(folder: Path, rows: int) -> list[Path]:
    """Write the table with each library; those that are missing are named."""
    table = [_row(number) for number in range(rows)]
    written = []
    for name, (module, write) in _WRITERS.items():
        if find_spec(module) is None:
            print(f"not installed, so not used: {module}", flush=True)
            continue
        path = folder / name
        write(path, table)
        written.append(path)
    return written


def _row(number: int) -> list[Any]:
    at = datetime(2026, 6, 1) + timedelta(seconds=61 * number)  # noqa: DTZ001 - workbooks know no zone
    offer = None if number % 7 == 0 else str(4500 + number % 40)
    amount = (number * 7919 % 100_000) / 100
    note = _NOTES[number % len(_NOTES)]
    return [f"{number:08}", amount, ("sale", "click", "send")[number % 3], offer, at, at.date(), note, number % 2 == 0]


def _openpyxl(path: Path, table: list[list[Any]]) -> None:
    book = import_module("openpyxl").Workbook()
    for row in [_TITLES, *table]:
        book.active.append([f"'{cell}" if cell == "=1+1" else cell for cell in row])
    book.save(path)


def _openpyxl_stream(path: Path, table: list[list[Any]]) -> None:
    book = import_module("openpyxl").Workbook(write_only=True)
    sheet = book.create_sheet("June")
    for row in [_TITLES, *table]:
        sheet.append([f"'{cell}" if cell == "=1+1" else cell for cell in row])
    book.save(path)


def _pyexcelerate(path: Path, table: list[list[Any]]) -> None:
    book = import_module("pyexcelerate").Workbook()
    # It writes dates as dates only where they have times, and text with "=" as a formula.
    data = [[_at(cell) if cell != "=1+1" else "1+1" for cell in row] for row in table]
    book.new_sheet("June", data=[_TITLES, *data])
    book.save(str(path))


def _at(cell: Any) -> Any:
    is_day = isinstance(cell, date) and not isinstance(cell, datetime)
    return datetime(cell.year, cell.month, cell.day) if is_day else cell  # noqa: DTZ001


def _xlsxwriter(path: Path, table: list[list[Any]], **options: bool) -> None:
    book = import_module("xlsxwriter").Workbook(str(path), {"default_date_format": "dd.mm.yy hh:mm:ss", **options})
    sheet = book.add_worksheet("June")
    for number, row in enumerate([_TITLES, *table]):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif cell is not None:
                sheet.write(number, column, cell)
    book.close()


def _columns(table: list[list[Any]]) -> dict[str, list[Any]]:
    return {title: [row[place] for row in table] for place, title in enumerate(_TITLES)}


def _pyarrow(path: Path, table: list[list[Any]], **options: Any) -> None:
    arrow = import_module("pyarrow")
    found = _columns(table)
    found["exact"] = [Decimal(str(amount)).quantize(Decimal("0.01")) for amount in found["revenue"]]
    found["instant"] = [at.replace(tzinfo=UTC) for at in found["timestamp"]]
    import_module("pyarrow.parquet").write_table(arrow.table(found), path, **options)


def _duckdb(path: Path, table: list[list[Any]]) -> None:
    database = import_module("duckdb").connect()
    database.execute(
        "CREATE TABLE june (message_id VARCHAR, revenue DECIMAL(18, 2), attribution_type VARCHAR, offer_id VARCHAR, "
        "timestamp TIMESTAMPTZ, day DATE, note VARCHAR, flag BOOLEAN)"
    )
    database.execute("SET TimeZone = 'UTC'")
    database.executemany("INSERT INTO june VALUES (?, ?, ?, ?, ?, ?, ?, ?)", table)
    database.execute(f"COPY june TO '{path}' (FORMAT parquet)")


def _fastparquet(path: Path, table: list[list[Any]], times: str = "int64") -> None:
    frame = import_module("pandas").DataFrame(_columns(table)).drop(columns="day")
    import_module("fastparquet").write(str(path), frame, times=times)


_WRITERS: dict[str, tuple[str, Callable[[Path, list[list[Any]]], None]]] = {
    "openpyxl.xlsx": ("openpyxl", _openpyxl),
    "openpyxl-stream.xlsx": ("openpyxl", _openpyxl_stream),
    "pyexcelerate.xlsx": ("pyexcelerate", _pyexcelerate),
    "xlsxwriter.xlsx": ("xlsxwriter", _xlsxwriter),
    "xlsxwriter-inline.xlsx": ("xlsxwriter", lambda path, table: _xlsxwriter(path, table, constant_memory=True)),
    "pyarrow.parquet": ("pyarrow", _pyarrow),
    "pyarrow-1.parquet": ("pyarrow", lambda path, table: _pyarrow(path, table, version="1.0", compression="gzip")),
    "pyarrow-int96.parquet": (
        "pyarrow",
        lambda path, table: _pyarrow(path, table, use_deprecated_int96_timestamps=True, data_page_version="2.0"),
    ),
    "pyarrow-delta.parquet": (
        "pyarrow",
        lambda path, table: _pyarrow(
            path, table, use_dictionary=False, column_encoding={"message_id": "DELTA_BYTE_ARRAY"}, row_group_size=7
        ),
    ),
    "duckdb.parquet": ("duckdb", _duckdb),
    "fastparquet.parquet": ("fastparquet", _fastparquet),
    "fastparquet-int96.parquet": ("fastparquet", lambda path, table: _fastparquet(path, table, "int96")),
}
