"""Parquet by other writers: annotations, old types and counts mean what the format says, or the file is refused."""

from __future__ import annotations

import struct
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from importer.errors import InputError
from importer.sources import open_inputs
from importer.sources.parquet.footer import Footer
from tests.support.parquet import BYTES, FIXED, INT32, INT64, INT96, Column, Long, parquet, thrift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources import Source

IDS = [b"a1b2c3d4", b"b1b2c3d4", b"c1b2c3d4"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    Path("x.parquet").unlink()  # polars itself fails on some, when the search for the key reads them


def opened(data: bytes) -> Source:
    Path("x.parquet").write_bytes(data)
    return open_inputs(["x.parquet"])[0]


def texts(column: Column) -> list[str | None]:
    """The texts of a column that is used."""
    source = opened(parquet([column]))
    source.use([0], alone=True)
    return [text for batch in source.batches() for text in batch["0"]]


def moment(year: int, nanoseconds: int = 0, days: int = 0) -> bytes:
    """The first of January as `INT96`: nanoseconds of the day, and the Julian day."""
    return struct.pack("<qI", nanoseconds, (date(year, 1, 1) - date(1970, 1, 1)).days + 2_440_588 + days)


TIMESTAMP = {ms_us_ns: {8: {1: True, 2: {ms_us_ns: {}}}} for ms_us_ns in (1, 2, 3)}
LOCAL = {8: {1: False, 2: {2: {}}}}
READ = {
    "milliseconds by the older annotation alone are UTC": (
        Column("c", INT64, [0, 1_780_000_000_120], converted=9),
        ["1970-01-01T00:00:00Z", "2026-05-28T20:26:40.12Z"],
    ),
    "microseconds by the older annotation alone are UTC": (
        Column("c", INT64, [1_780_000_000_000_001], converted=10),
        ["2026-05-28T20:26:40.000001Z"],
    ),
    "the newer annotation wins": (Column("c", INT64, [0], converted=10, logical=LOCAL), ["1970-01-01T00:00:00"]),
    "nanoseconds": (Column("c", INT64, [1], logical=TIMESTAMP[3]), ["1970-01-01T00:00:00.000000001Z"]),
    "INT96": (Column("c", INT96, [moment(2026, 3_600 * 10**9)]), ["2026-01-01T01:00:00"]),
    "INT96 of the year 1": (Column("c", INT96, [moment(1), moment(2026)]), ["[out of range]", "2026-01-01T00:00:00"]),
    "INT96 of the year 1600": (Column("c", INT96, [moment(1600)]), ["[out of range]"]),
    "INT96 of the year 9999": (Column("c", INT96, [moment(9999, 86_399 * 10**9)]), ["[out of range]"]),
    "INT96 whose nanoseconds leave the range": (Column("c", INT96, [moment(2200, 2**62)]), ["[out of range]"]),
    "times of the day in milliseconds": (
        Column("c", INT32, [0, 86_399_999, -1, 86_400_000, 2**31 - 1], converted=7),
        ["00:00:00", "23:59:59.999", *["[out of range]"] * 3],
    ),
    "times of the day in microseconds": (
        Column("c", INT64, [1, -1, 2**63 - 1, -(2**63)], converted=8),
        ["00:00:00.000001", *["[out of range]"] * 3],
    ),
    "times of the day in nanoseconds": (
        Column("c", INT64, [1, -1], logical={7: {1: True, 2: {3: {}}}}),
        ["00:00:00.000000001", "[out of range]"],
    ),
    "dates beyond the calendar": (
        Column("c", INT32, [0, 2**31 - 1, -(2**31)], converted=6),
        ["1970-01-01", "[out of range]", "[out of range]"],
    ),
    "decimals in 4 bytes": (Column("c", INT32, [-1, 2499], converted=5, scale=2, precision=9), ["-0.01", "24.99"]),
    "decimals in 8 bytes": (
        Column("c", INT64, [2499, 10**17], converted=5, scale=2, precision=18),
        ["24.99", "1000000000000000.00"],
    ),
    "decimals in so many bytes": (
        Column("c", FIXED, [b"\0\0\0\x09\xc3", b"\xff" * 5], converted=5, length=5, scale=2, precision=10),
        ["24.99", "-0.01"],
    ),
    "decimals in any bytes": (
        Column("c", BYTES, [b"\x09\xc3", b"\xff" * 9], converted=5, scale=2, precision=20),
        ["24.99", "-0.01"],
    ),
    "unsigned numbers": (Column("c", INT64, [-1], converted=14), ["18446744073709551615"]),
    "a UUID": (
        Column("c", FIXED, [b"0123456789abcdef"], logical={14: {}}, length=16),
        ["30313233-3435-3637-3839-616263646566"],
    ),
    "JSON": (Column("c", BYTES, [b'"a"'], converted=19), ['"a"']),
    "a dictionary": (Column("c", BYTES, [IDS[1], IDS[0]], converted=0, dictionary=IDS), ["b1b2c3d4", "a1b2c3d4"]),
    "the annotation for what is always null": (Column("c", INT32, [5], logical={11: {}}), ["5"]),
}


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(("column", "expected"), READ.values(), ids=READ.keys())
def test_values_are_what_the_format_defines(column, expected):
    """Every physical type with every annotation has the value that the format gives it, or is out of range."""
    assert texts(column) == expected


UNKNOWN = {
    "a variant": Column("c", BYTES, IDS, logical={16: {}}),
    "a geometry": Column("c", BYTES, IDS, logical={17: {1: "OGC:CRS84"}}),
    "a geography": Column("c", BYTES, IDS, logical={18: {}}),
    "an annotation of tomorrow": Column("c", BYTES, IDS, logical={99: {}}),
    "an empty annotation": Column("c", BYTES, IDS, logical={}),
    "an older annotation of tomorrow": Column("c", BYTES, IDS, converted=25),
    "an interval": Column("c", FIXED, [bytes(12)] * 3, converted=21, length=12),
    "BSON": Column("c", BYTES, IDS, converted=20),
}


@pytest.mark.parametrize("column", UNKNOWN.values(), ids=UNKNOWN.keys())
@pytest.mark.parametrize("alone", [True, False])
def test_a_column_of_a_type_that_is_unknown_is_in_the_way_only_where_it_is_used(column, alone):
    """It may stand beside good columns, and is never taken for text or bytes."""
    source = opened(parquet([column, Column("message_id", BYTES, IDS, converted=0)]))
    assert source.header == ("c", "message_id")
    source.use([1], alone=alone)
    assert [text for batch in source.batches() for text in batch["1"]] == [text.decode() for text in IDS]
    source.use([0])
    with pytest.raises(InputError, match=r"x\.parquet, column 'c': its type cannot be used"):
        list(source.batches())


def test_a_column_that_older_writers_call_empty_must_be_empty():
    """It says that it holds no value; if it does, nobody knows of which type."""
    with pytest.raises(InputError, match=r"x\.parquet, column 'c': Binary cannot be used"):
        texts(Column("c", BYTES, IDS, converted=24))
    assert texts(Column("c", BYTES, [], converted=24)) == []


def test_a_column_that_nothing_reads_is_not_decoded():
    """Bytes that are no text, in a column of text, are found where the column is used, and nowhere else."""
    source = opened(parquet([Column("c", BYTES, [b"\xff"] * 3, converted=0), Column("d", BYTES, IDS, converted=0)]))
    source.use([1], alone=True)
    (batch,) = source.batches()
    assert batch.select("row", "0", "1").rows() == [(i, None, id_.decode()) for i, id_ in enumerate(IDS, 1)]
    source.use([0, 1], alone=True)
    with pytest.raises(InputError, match=r"x\.parquet is damaged"):
        list(source.batches())


def test_a_file_of_which_nothing_is_read_has_all_its_rows():
    """Rows are counted also where every field has a constant."""
    source = opened(parquet([Column("c", INT32, list(range(5)))], groups=None))
    source.use([], alone=True)
    assert [batch["row"].to_list() for batch in source.batches()] == [[1, 2, 3, 4, 5]]


@pytest.mark.parametrize("rows", [0, 4, 9, 11, -1, 2**40])
def test_a_footer_that_counts_otherwise_than_its_row_groups_is_refused(rows):
    """No row is lost because of a count: the file is refused, where polars reads as many as the footer says."""
    with pytest.raises(InputError, match=r"^x\.parquet is damaged, or cut off"):
        opened(parquet([Column("c", INT32, list(range(10)))], groups=[4, 6], rows=rows))


@pytest.mark.parametrize("values", [4, 12])
def test_a_row_group_that_counts_otherwise_than_its_columns_is_refused(values):
    """The same, one level below."""
    with pytest.raises(InputError, match=r"^x\.parquet is damaged, or cut off"):
        opened(parquet([Column("c", INT32, list(range(10)))], values=values))


def test_two_columns_of_one_name_are_refused_by_name():
    """Nobody can say which one is meant."""
    with pytest.raises(InputError, match=r"x\.parquet: 2 columns are called 'c'\. Rename them"):
        opened(parquet([Column("c", INT32, [1]), Column("c", INT32, [2])]))


def test_an_encrypted_file_is_said_to_be_one():
    """It ends otherwise than every other."""
    with pytest.raises(InputError, match=r"x\.parquet is encrypted"):
        opened(parquet([Column("c", INT32, [1])])[:-4] + b"PARE")


def test_more_rows_than_the_bytes_can_hold_are_refused():
    """Billions of rows in a few bytes are no table."""
    column = Column("c", INT32, [1])
    chunk = {1: 5, 2: [0], 3: ["c"], 4: 0, 5: Long(2**33), 6: Long(9), 7: Long(9), 9: Long(4)}
    schema = [{4: "schema", 5: 1}, column.element()]
    group = {1: [{2: Long(4), 3: chunk}], 2: Long(9), 3: Long(2**33)}
    footer = thrift({1: 2, 2: schema, 3: Long(2**33), 4: [group]})
    with pytest.raises(InputError, match=r"says that it holds 8,589,934,592 rows, which its [0-9]+ bytes cannot"):
        opened(b"PAR1" + bytes(9) + footer + struct.pack("<I", len(footer)) + b"PAR1")


def test_footers_of_chance_are_refused_or_read():
    """Whatever byte of a footer is changed, reading it ends, in what it says or in an error that is caught."""
    frame = pl.DataFrame({"a": ["1", "2"], "b": [[1], [2]], "c": [{"d": 1}, {"d": 2}]})
    frame.write_parquet("x.parquet")
    whole = Path("x.parquet").read_bytes()
    size = struct.unpack("<I", whole[-8:-4])[0]
    footer = whole[-8 - size : -8]
    assert [column.name for column in Footer.parse(footer).columns] == ["a", "b", "c"]
    refused = 0
    for place in range(len(footer)):
        try:
            Footer.parse(footer[:place] + bytes([footer[place] ^ 0x55]) + footer[place + 1 :])
        except (ValueError, LookupError):
            refused += 1
    assert refused > 50


def test_old_times_that_cannot_be_read_are_to_be_written_anew() -> None:
    """fastparquet writes pages of INT96 that are too short where a time is missing: exporting again would not help."""
    times = Column("paid at", INT96, [moment(2026), b""])
    source = opened(parquet([Column("id", BYTES, IDS[:2]), times]))
    source.use([0, 1], alone=True)
    with pytest.raises(InputError, match=r"its times \(paid at\) are of the old type INT96.* without times='int96'"):
        list(source.batches())
    source.use([0], alone=True)
    assert [text for batch in source.batches() for text in batch["0"]] == ["a1b2c3d4", "b1b2c3d4"]
