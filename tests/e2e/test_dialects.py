"""One month in thirteen files, as thirteen programs would write it: thirteen equal ledgers."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.support.inputs import FIELDS, Content, rows
from tests.support.oracle import judge, judge_ids

if TYPE_CHECKING:
    from pathlib import Path

MONTH = rows(72)
TYPED = {"typed.parquet", "book.xlsx"}


def text(delimiter: str = ",", line_end: str = "\n", *, quoted: bool = False) -> str:
    """The month as CSV."""
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([FIELDS, *(row.cells for row in MONTH)])
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    """The data as `zstd` packs it."""
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return bytes(pytest.importorskip(name).compress(data))


def parquet() -> bytes:
    """The month in typed columns: amounts are decimals, times are instants."""
    contents = [row.content for row in MONTH]
    columns = {field: [getattr(content, field) for content in contents] for field in FIELDS}
    columns["timestamp"] = [when and datetime.fromisoformat(when) for when in columns["timestamp"]]
    kinds = {"revenue": pl.Decimal(38, 10), "timestamp": pl.Datetime("us", "UTC")}
    out = io.BytesIO()
    pl.DataFrame(columns, schema=dict.fromkeys(FIELDS, pl.String) | kinds).write_parquet(out, row_group_size=20)
    return out.getvalue()


def workbook() -> bytes:
    """The month in a sheet whose amounts are numbers."""
    out = io.BytesIO()
    with import_module("xlsxwriter").Workbook(out) as book:
        sheet = book.add_worksheet()
        for column, field in enumerate(FIELDS):
            sheet.write_string(0, column, field)
        for line, row in enumerate(MONTH, 1):
            for column, cell in enumerate(row.cells):
                sheet.write_string(line, column, cell)
            sheet.write_number(line, FIELDS.index("revenue"), float(row.digits))
    return out.getvalue()


def dialects() -> dict[str, bytes]:
    """The names and the bytes of the thirteen files."""
    return {
        "comma.csv": text().encode(),
        "windows.csv": text(line_end="\r\n").encode("utf-8-sig"),
        "german.csv": text(";", "\r\n").encode("cp1252"),
        "unicode.tsv": text("\t", "\r\n").encode("utf-16"),
        "big-endian.csv": b"\xfe\xff" + text(";").encode("utf-16-be"),
        "old-mac.csv": text("|", "\r").encode(),
        "quoted.csv": text(";", quoted=True).encode(),
        "pasted.csv": b"\n \n" + text().replace("\n", "\n\n").strip().encode(),
        "packed.csv.gz": gzip.compress(text("\t").encode("utf-16")),
        "packed.csv.zst": zstd(text("|", "\r\n").encode("cp1252")),
        "-": text(quoted=True).encode(),
        "typed.parquet": parquet(),
        "book.xlsx": workbook(),
    }


@pytest.mark.time_limit(120)
def test_one_file_in_thirteen_dialects_gives_thirteen_equal_ledgers(warm, healthy_server, tmp_path):
    """Delimiters, encodings, line ends, quotes, compression, Parquet and Excel change nothing of what is recorded."""
    files = dialects()
    assert len(files) == 13
    for name, data in files.items():
        before = len(healthy_server.ledger())
        result, results = imported(warm, healthy_server.url, tmp_path / f"dialect {name}", name, data)
        ledger = healthy_server.ledger()[before:]
        assert (result.exit, len(ledger)) == (0, len(MONTH)), f"{name}: {result}"
        judge(MONTH, results, ledger, result.json)
        judge_ids(results, ledger)
        stored = {Content.of(record): record["revenue"] for record in ledger}
        assert stored.keys() == {row.content for row in MONTH}, name
        if name not in TYPED:  # what is typed has no digits of its own, only a value
            assert stored == {row.content: row.digits for row in MONTH}, name


def imported(warm, url: str, folder: Path, name: str, data: bytes):
    """The run and its results, in a folder that no other dialect has results in."""
    folder.mkdir()
    if name != "-":
        (folder / name).write_bytes(data)
    results = folder / "month.results.csv"
    command = ("import", name, "-o", results, "--base-url", url, "--rate", 0, "--no-index", "--json")
    return warm.run(*command, cwd=folder, stdin=data if name == "-" else b""), results
