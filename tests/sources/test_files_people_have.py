"""Files as people have them: each kind with three examples, and what `check` makes of each of them.

The first example of a kind is one that went wrong for somebody; the others are of its kind, and nobody told them.
Files that are made to do harm are in `test_limits.py`.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sources.test_expand import archive
from tests.sources.test_parquet_foreign import moment
from tests.sources.test_table_formats import MANIFESTS, ROWS
from tests.support.checked import heard
from tests.support.parquet import BYTES, INT32, INT64, INT96, Column, parquet

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "message_id,revenue,attribution_type,offer_id,timestamp"
ROW = "tfb0raDP,24.99,sale,4521,2026-06-01T12:00:00Z"
CSV = f"{HEADER}\n{ROW}\n"
SENT = ("tfb0raDP", "24.99", "sale", "4521", "2026-06-01T12:00:00Z")

pytestmark = pytest.mark.usefixtures("here")

# kind: the options, and three files, each of which is the one row
TEXTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a comma at the end of every row": ({}, (f"{HEADER}\n{ROW},\n", f"{HEADER},\n{ROW},\n", f"{HEADER},,\n{ROW}\n")),
    "spaces between a delimiter and a quote": (
        {},
        (
            f'{HEADER}\ntfb0raDP, "24.99",sale,4521,2026-06-01T12:00:00Z\n',
            f'{HEADER}\n"tfb0raDP" ,24.99,  "sale"  ,4521,2026-06-01T12:00:00Z\n',
            HEADER.replace(",", ";") + '\ntfb0raDP; "24.99"; "sale"; "4521"; "2026-06-01T12:00:00Z"\n',
        ),
    ),
    "a backslash before a quote": (
        {"escape": "backslash"},
        tuple(f"{HEADER},note\n{ROW},{note}\n" for note in (r'"say \"hi\""', r'"5\", thick"', r'"a\\"')),
    ),
    "characters without a width in the header": (
        {},
        (f"\ufeff\u200b{CSV}", CSV.replace("revenue", "reve\u200bnue"), CSV.replace("offer_id", "\u2060offer_id")),
    ),
    "formulas that keep zeros": (
        {},
        (
            CSV.replace("tfb0raDP", '"=""tfb0raDP"""'),
            CSV.replace("4521,", "'4521,"),
            CSV.replace(",4521", ',"=""4521"""').replace("message_id", '"=""message_id"""'),
        ),
    ),
    "date, time and zone in columns of their own": (
        {"map": {"timestamp": "Date+Time+Zone"}},
        tuple(
            f"{HEADER.replace('timestamp', 'Date,Time,Zone')}\ntfb0raDP,24.99,sale,4521,{moment}\n"
            for moment in ("2026-06-01,12:00:00,UTC", "2026-06-01,08:00,-0400", "2026-06-01,14:00:00.0,+02:00")
        ),
    ),
    "lines above the header": (
        {"skip_rows": 2},
        (f"Report of June\n\n{CSV}", f'"Report\nof June"\n{CSV}', f"Account:,12345\nFrom,2026-06-01,to\n{CSV}"),
    ),
}

# kind: three files by their names, each of which is the one row
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "june.csv.bz2": bz2.compress,
    "june.csv.xz": lzma.compress,
    "june.zip": lambda data: archive("june.csv", content=data),
    "june.csv.gz": gzip.compress,
    "caf\udce9.csv": bytes,
    "ohne endung": bytes,
}

# kind: what is advised, and three files by their names
OTHER_KINDS: dict[str, tuple[str, dict[str, bytes]]] = {
    "spreadsheets of other programs": (
        "Save it as .xlsx or .csv",
        {
            "june.ods": archive("mimetype", "content.xml"),
            "june.xlsx": archive("mimetype", "content.xml"),
            "june.xlsb": archive("[Content_Types].xml", "xl/workbook.bin"),
        },
    ),
    "pages under the name of a workbook": (
        "Open it in Excel, and save it as .xlsx",
        {"june.xls": b"<html><table><tr><td>a", "july.xls": b"<table border=1>", "may.xls": b"\n <TABLE><tr>"},
    ),
    "what is no table": (
        " is not CSV but JSON",
        {"june.csv": b'[{"message_id": "a"}]', "june.txt": b'{"a": 1}\n{"a": 2}', "june": b'\n  [\n {"b": 1}]'},
    ),
}

IDS = [b"a1b2c3d4", b"b1b2c3d4", b"c1b2c3d4"]
# kind: a column of three rows, and what is sent of it as the timestamp, or the code
MOMENTS: dict[str, tuple[Column, list[str] | str]] = {
    "milliseconds by the older annotation": (
        Column("timestamp", INT64, [1_780_315_200_000] * 3, converted=9),
        ["2026-06-01T12:00:00Z"] * 3,
    ),
    "microseconds by the older annotation": (
        Column("timestamp", INT64, [1_780_315_200_000_001] * 3, converted=10),
        ["2026-06-01T12:00:00.000001Z"] * 3,
    ),
    "INT96 of the year 1": (Column("timestamp", INT96, [moment(1)] * 3), "invalid_timestamp"),
    "INT96 of the year 1600": (Column("timestamp", INT96, [moment(1600)] * 3), "invalid_timestamp"),
    "INT96 of the year 1899": (Column("timestamp", INT96, [moment(1899)] * 3), "past_timestamp"),
}
UNREAD = {
    "a variant": Column("more", BYTES, IDS, logical={16: {}}),
    "a geometry": Column("more", BYTES, IDS, logical={17: {1: "OGC:CRS84"}}),
    "an annotation of tomorrow": Column("more", BYTES, IDS, logical={99: {}}),
}


def table_of(*more: Column, **how: Any) -> bytes:
    """Three rows of Parquet."""
    fields = (Column("message_id", BYTES, IDS, converted=0), Column("revenue", INT32, [10, 20, 30]))
    return parquet([*fields, Column("attribution_type", BYTES, [b"sale"] * 3, converted=0), *more], **how)


@pytest.mark.parametrize("kind", TEXTS)
def test_habits_of_programs_that_write_csv(kind: str) -> None:
    """The row is the row."""
    options, texts = TEXTS[kind]
    for text in texts:
        Path("june.csv").write_text(text, "utf-8")
        found = heard("june.csv", **options)
        assert (*found.rows, found.exit_status) == (SENT, 0), found.said


@pytest.mark.parametrize("text", TEXTS["lines above the header"][1])
@pytest.mark.parametrize("mapping", [{}, {"offer_id": "Offer"}], ids=["first", "monthly"])
def test_lines_above_the_header_are_pointed_to(text: str, mapping: dict[str, str]) -> None:
    """Also for whoever says `--map`, as every month."""
    Path("june.csv").write_text(text.replace("offer_id", "Offer") if mapping else text, "utf-8")
    assert heard("june.csv", map=mapping).options("--skip-rows")[:1] == ["2"]


@pytest.mark.parametrize("name", PACKED)
def test_packed_files_and_odd_names(name: str) -> None:
    """By themselves, and in a folder."""
    Path("in").mkdir()
    path = Path("in", name)
    path.write_bytes(PACKED[name](CSV.encode()))
    given = ["in"] if "." in name else []
    for one in (os.fspath(path), *given):
        assert heard(one).rows == (SENT,)


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_files_of_other_kinds_have_the_right_advice(kind: str) -> None:
    """What can be done with such a file, not with the name that it has."""
    said, files = OTHER_KINDS[kind]
    for name, content in files.items():
        Path(name).write_bytes(content)
        assert said in heard(name).said, name


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("kind", MOMENTS)
def test_moments_of_parquet_are_what_the_format_defines(kind: str) -> None:
    """Whatever `--timezone` says."""
    column, meant = MOMENTS[kind]
    Path("x.parquet").write_bytes(table_of(column))
    found = heard("x.parquet", timezone="America/New_York")
    if isinstance(meant, str):
        assert found.codes == {meant: 3}
    else:
        assert found.column("timestamp") == meant


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("kind", UNREAD)
def test_columns_of_parquet_that_nothing_reads_are_not_decoded(kind: str) -> None:
    """Whatever they hold is in nobody's way."""
    Path("x.parquet").write_bytes(table_of(UNREAD[kind]))
    assert heard("x.parquet").posted == 3


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("rows", [0, 2, 4])
def test_a_footer_of_parquet_that_counts_otherwise_is_refused(rows: int) -> None:
    """No row is lost without a word."""
    Path("x.parquet").write_bytes(table_of(rows=rows))
    assert "x.parquet is damaged, or cut off" in heard("x.parquet").said


@pytest.mark.parametrize("name", MANIFESTS)
def test_tables_that_hold_superseded_rows_are_refused(name: str) -> None:
    """As a folder, by a pattern, and by a folder within."""
    inner = Path("lake", "data", "month=6")
    inner.mkdir(parents=True)
    ROWS.write_parquet(inner / "part-1.parquet")
    manifest = Path("lake", MANIFESTS[name])
    manifest.parent.mkdir()
    manifest.write_text("{}", "utf-8")
    for given in ("lake", "lake/**/*.parquet", "lake/data/month=6"):
        assert "superseded rows" in heard(given).said
