"""Parquet: typed values are exact text."""

from __future__ import annotations

import io
import math
import struct
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import InputError
from importer.sources import open_inputs
from tests.sources.parquet_source import source_of


def read(frame: pl.DataFrame, folder: Path, used: list[int] | None = None) -> pl.DataFrame:
    path = folder / "x.parquet"
    frame.write_parquet(path)
    source = source_of(path)
    if used is not None:
        source.use(used)
    return pl.concat(source.batches())


def texts(values: list[object], dtype: pl.DataType, folder: Path, used: list[int] | None = None) -> list[str | None]:
    return read(pl.DataFrame({"c": pl.Series(values, dtype=dtype)}), folder, used)["0"].to_list()


NOON = datetime(2026, 2, 8, 12, 0, 0)  # noqa: DTZ001 - naive on purpose
FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001
SUMMER = datetime(2026, 7, 1, 12, 30, 15, 120_000)  # noqa: DTZ001
COLUMNS = {
    "text as it is": (pl.String(), ["00012345", " x ", "", None], ["00012345", " x ", "", None]),
    "categories": (pl.Categorical(), ["sale", None, "click"], ["sale", None, "click"]),
    "enums": (pl.Enum(["sale", "click"]), ["click", "sale"], ["click", "sale"]),
    "small integers": (pl.Int8(), [-128, 0, None], ["-128", "0", None]),
    "large integers": (pl.UInt64(), [2**64 - 1], ["18446744073709551615"]),
    "very large integers": (pl.Int128(), [2**100], ["1267650600228229401496703205376"]),
    "decimals keep their digits": (
        pl.Decimal(18, 2),
        [Decimal("24.90"), Decimal("-0.05"), None],
        ["24.90", "-0.05", None],
    ),
    "decimals of 38 digits": (pl.Decimal(38, 10), [Decimal("1" * 28 + ".0000000001")], ["1" * 28 + ".0000000001"]),
    "decimals without a fraction": (pl.Decimal(10, 0), [Decimal(7)], ["7"]),
    "floats": (pl.Float64(), [24.99, 0.1 + 0.2, 1e-7, None], ["24.99", "0.30000000000000004", "1e-7", None]),
    "whole floats": (
        pl.Float64(),
        [24.0, -0.0, 1e15, 2.0**53, 1e22],
        ["24", "0", "1" + "0" * 15, "9007199254740992", "1e22"],
    ),
    "no numbers": (pl.Float64(), [math.nan, math.inf, -math.inf], ["NaN", "inf", "-inf"]),
    "short floats": (pl.Float32(), [24.99, 0.1, 7.0, 123456789.0], ["24.99", "0.1", "7", "123456790"]),
    "booleans": (pl.Boolean(), [True, False, None], ["true", "false", None]),
    "dates": (pl.Date(), [date(2026, 2, 8), date.min, date.max], ["2026-02-08", "0001-01-01", "9999-12-31"]),
    "times": (pl.Time(), [time(1, 2, 3), time(1, 2, 3, 450_000)], ["01:02:03", "01:02:03.45"]),
    "milliseconds": (pl.Datetime("ms"), [NOON, SUMMER, None], ["2026-02-08T12:00:00", "2026-07-01T12:30:15.12", None]),
    "microseconds": (
        pl.Datetime("us"),
        [FIRST, LAST],
        ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"],
    ),
    "nanoseconds": (pl.Datetime("ns"), [NOON + timedelta(microseconds=10)], ["2026-02-08T12:00:00.00001"]),
    "zoned instants": (
        pl.Datetime("us", "America/New_York"),
        [NOON, SUMMER],
        ["2026-02-08T12:00:00Z", "2026-07-01T12:30:15.12Z"],
    ),
    "UTC instants": (pl.Datetime("ns", "UTC"), [NOON, None], ["2026-02-08T12:00:00Z", None]),
    "bytes that are text": (pl.Binary(), ["é".encode(), None, b""], ["é", None, ""]),
    "very short floats": (pl.Float16(), [0.1, 1.5, 24.98, 65504.0, None], ["0.1", "1.5", "24.98", "65504", None]),
    "nothing": (pl.Null(), [None], [None]),
}
NO_TEXT = {
    "bytes that are not text": (pl.Binary(), [b"abc", b"\xff", None], ["abc", "[binary]", None], "Binary"),
    "lists": (pl.List(pl.Int8), [[1], None], ["[list]", "[list]"], r"List\(Int8\)"),
    "arrays": (pl.Array(pl.Int8, 1), [[1], None], ["[array]", "[array]"], r"Array\(Int8"),
    "lists of structs": (pl.List(pl.Struct({"a": pl.Int8})), [[{"a": 1}]], ["[list]"], "List"),
    "durations": (pl.Duration(), [timedelta(days=1)], ["[duration]"], "Duration"),
}


@pytest.mark.parametrize(("dtype", "values", "expected"), COLUMNS.values(), ids=COLUMNS.keys())
def test_typed_values_are_exact_text(dtype, values, expected, tmp_path):
    """Each type has one text, with the digits it holds; what has none is a placeholder in brackets."""
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        utc = pl.Series(values, dtype=pl.Datetime(dtype.time_unit)).dt.replace_time_zone("UTC")
        values = utc.dt.convert_time_zone(dtype.time_zone).to_list()
    assert texts(values, dtype, tmp_path) == expected


@pytest.mark.parametrize(("dtype", "values", "expected", "name"), NO_TEXT.values(), ids=NO_TEXT.keys())
def test_what_has_no_text_must_not_be_used(dtype, values, expected, name, tmp_path):
    """A placeholder where nothing reads the column; where it is used, the file is refused with column and type."""
    assert texts(values, dtype, tmp_path, used=[]) == expected
    with pytest.raises(InputError, match=f"x.parquet, column 'c': {name}.* cannot be used"):
        texts(values, dtype, tmp_path, used=[0])
    with pytest.raises(InputError, match="column 'c'"):
        texts(values, dtype, tmp_path)


def test_a_type_that_goes_on_for_pages_is_named_in_a_word(tmp_path):
    """A sentence stays one, whatever stands in a struct."""
    wide = pl.Struct({f"field_{i}": pl.Int8 for i in range(1_001)})
    for dtype, name in ((wide, "Struct"), (pl.List(wide), "List")):
        with pytest.raises(InputError, match=f"column 'c': {name} cannot be used"):
            texts([None], dtype, tmp_path)


def test_the_fields_of_a_struct_are_columns(tmp_path):
    """As BigQuery, Spark and DuckDB write records: each value is as it would be in a column of its own."""
    order = [
        {"id": "00012345", "paid": {"amount": Decimal("24.90"), "at": NOON}, "lines": [{"status": "void"}]},
        {"id": None, "paid": None, "lines": None},
        None,
    ]
    pl.DataFrame({"n": [1, 2, 3], "order": order}).write_parquet(tmp_path / "x.parquet")
    source = source_of(tmp_path / "x.parquet")
    assert source.header == ("n", "order.id", "order.paid.amount", "order.paid.at", "order.lines")
    assert source.listed(4) == ["order.lines.status"]
    source.use([1, 2, 3], alone=True)
    found = pl.concat(source.batches())
    assert found.select("1", "2", "3").rows() == [
        ("00012345", "24.90", "2026-02-08T12:00:00"), (None, None, None), (None, None, None),
    ]  # fmt: skip
    assert found["2#number"].to_list() == found["3#date"].to_list() == [True, False, False]


def test_structs_of_too_many_fields_together_stay_as_they_are(tmp_path):
    """A file that could be read before its structs were columns can be read now."""
    structs = [pl.Series(f"s{i}", [None], pl.Struct({f"f{j}": pl.Int8 for j in range(1_000)})) for i in range(10)]
    pl.DataFrame([pl.Series("n", [1]), *structs]).write_parquet(tmp_path / "x.parquet")
    assert source_of(tmp_path / "x.parquet").header == ("n", *(f"s{i}" for i in range(10)))


def test_groups_beyond_all_depth_are_left_alone(tmp_path):
    """No real record is as deep, and a file must not make a column of every name."""
    value = "x"
    for _ in range(12):
        value = {"a": value}
    pl.DataFrame({"n": [1], "deep": [value]}).write_parquet(tmp_path / "x.parquet")
    source = source_of(tmp_path / "x.parquet")
    assert source.header == ("n", "deep" + 7 * ".a")
    source.use([0])
    assert [batch["1"].to_list() for batch in source.batches()] == [["[struct]"]]


def test_long_fractions_of_a_decimal_type_are_scale(tmp_path):
    """Zeros that only the column's type adds, beyond the 18 decimals of any amount, are no digits of the value."""
    values = [Decimal("24.9"), Decimal("0.00000000000000000001")]
    assert texts(values, pl.Decimal(38, 20), tmp_path) == ["24.900000000000000000", "0.00000000000000000001"]


SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.mark.parametrize("zone", ["+05:30", "Z", "Nowhere/City"])
def test_instants_of_any_zone_text_are_utc(zone, tmp_path):
    """Parquet stores instants in UTC; the zone beside them is for display, and writers put all kinds of text there."""
    column = read_text(SAMPLES / f"zone_{zone.strip('+').replace(':', '').replace('/', '_')}.parquet", used=[0, 1])
    assert column["1"].to_list() == ["2026-01-01T12:00:00Z"]


def test_wide_decimals_are_in_the_way_only_where_they_are_used():
    """Decimals of over 38 digits, which cannot be read, stand beside good columns, or are named with their type."""
    path = SAMPLES / "wide_decimal.parquet"
    assert read_text(path, used=[1])["1"].to_list() == ["a1b2c3d4", "b1b2c3d4"]
    (source,) = open_inputs([str(path)])
    assert source.header == ("wide", "message_id")
    with pytest.raises(InputError, match=r"column 'wide': Decimal\(precision=50, scale=4\) cannot be used"):
        read_text(path, used=[0])


def read_text(path: Path, used: list[int]) -> pl.DataFrame:
    (source,) = open_inputs([str(path)])
    source.use(used)
    return pl.concat(source.batches())


@pytest.mark.parametrize("dtype", [pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("us", "Europe/Berlin")])
@pytest.mark.parametrize("ticks", [2**63 - 1, -(2**63)])
def test_dates_beyond_the_calendar_are_no_dates(dtype, ticks, tmp_path):
    """A stand-in for "never" is text that no rule takes for a date, and does not break the rows beside it."""
    values = pl.Series([ticks, 0], dtype=pl.Int64).cast(dtype)
    column = read(pl.DataFrame({"c": values}), tmp_path)["0"]
    (tmp_path / "x.parquet").unlink()  # polars itself fails on it, when the search for the key reads it
    assert column.to_list() == ["[out of range]", "1970-01-01T00:00:00" + ("Z" if dtype.time_zone else "")]


def test_numbers_are_marked_where_they_are(tmp_path):
    """A column of numbers, or of dates, has a flag for each cell, any other column has none."""
    frame = pl.DataFrame({"text": ["1", "2"], "int": [1, None], "date": [date.min, date.min], "float": [None, 1.5]})
    found = read(frame, tmp_path)
    assert found.columns == ["row", "line", "ragged", "0", "1", "2", "3", "1#number", "3#number", "2#date"]
    assert found["1#number"].to_list() == [True, False]
    assert found["3#number"].to_list() == [False, True]
    assert found.schema["1#number"] == pl.Boolean


@settings(max_examples=40)
@given(st.lists(st.floats(width=64), min_size=1), st.lists(st.floats(width=32), min_size=1))
def test_floats_read_back_as_the_same_float_from_the_fewest_digits(doubles, singles):
    """The text of a float is its value, in the fewest digits; a whole one beyond 2^53 has all of its own."""
    stream = io.BytesIO()
    pl.DataFrame({"d": pl.Series(doubles, dtype=pl.Float64)}).write_parquet(stream)
    for value, text in zip(doubles, _texts_of(stream), strict=True):
        assert math.isnan(value) if text == "NaN" else float(text) == value
        assert abs(value) > 2**53 or len(_digits(text)) <= len(_digits(repr(value))), text
    stream = io.BytesIO()
    pl.DataFrame({"s": pl.Series(singles, dtype=pl.Float32)}).write_parquet(stream)
    for value, text in zip(singles, _texts_of(stream), strict=True):
        assert math.isnan(value) if text == "NaN" else struct.pack("f", float(text)) == struct.pack("f", value + 0.0)


def _texts_of(stream: io.BytesIO) -> list[str]:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(stream.getvalue())
        file.flush()
        return [text for batch in source_of(Path(file.name)).batches() for text in batch["0"].to_list()]


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text.partition("e")[0])).strip("0")


@settings(max_examples=30)
@given(
    st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20), min_size=1
    )
)
def test_decimals_keep_every_digit(amounts):
    """Money in a decimal column is the very digits of the file."""
    stream = io.BytesIO()
    pl.DataFrame({"c": pl.Series(amounts, dtype=pl.Decimal(38, 4))}).write_parquet(stream)
    assert [Decimal(text) for text in _texts_of(stream)] == amounts


@pytest.mark.parametrize("row_group_size", [100, 1_000_000])
def test_rows_are_numbered_across_slices_and_row_groups(row_group_size, tmp_path):
    """Whatever the row groups, rows come in order, at most 300,000 at a time, without lines."""
    path = tmp_path / "x.parquet"
    pl.DataFrame({"n": pl.int_range(0, 350_000, eager=True)}).write_parquet(path, row_group_size=row_group_size)
    (source,) = open_inputs([str(path)])
    batches = list(source.batches())
    assert max(batch.height for batch in batches) <= 300_000
    rows = pl.concat(batches)
    assert rows["row"].equals(pl.Series("row", range(1, 350_001), dtype=pl.UInt32))
    assert rows["0"].cast(pl.Int64).equals(pl.Series("0", range(350_000)))
    assert rows["line"].null_count() == rows.height
    assert not rows["ragged"].any()


def test_names_of_columns_are_taken_as_they_are(tmp_path):
    """Names that look like patterns or like positions mean no other column."""
    frame = pl.DataFrame({"^.*$": ["a"], "*": ["b"], "1": ["c"], "a b": ["d"]})
    assert read(frame, tmp_path).select("0", "1", "2", "3").row(0) == ("a", "b", "c", "d")
    (source,) = open_inputs([str(tmp_path / "x.parquet")])
    assert source.header == ("^.*$", "*", "1", "a b") == tuple(frame.columns)
    assert source.facts()["format"] == "parquet"
    assert source.delimiter is None


def test_a_file_without_rows_has_no_batches(tmp_path):
    """An empty table is nothing to do, not an error."""
    frame = pl.DataFrame({"a": []}, schema={"a": pl.String})
    frame.write_parquet(tmp_path / "x.parquet")
    assert list(open_inputs([str(tmp_path / "x.parquet")])[0].batches()) == []


def test_a_cell_of_over_1_mib_is_refused_with_its_column(tmp_path):
    """The limit of CSV cells holds for Parquet too."""
    with pytest.raises(InputError, match=r"x.parquet, column 'note': holds a cell of more than 1 MiB"):
        read(pl.DataFrame({"id": ["1"], "note": ["x" * ((1 << 20) + 1)]}), tmp_path)
