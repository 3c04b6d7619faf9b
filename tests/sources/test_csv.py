"""CSV in every dialect: what is read, and what is refused."""

from __future__ import annotations

import codecs
import io

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from importer.errors import InputError, SettingsError
from importer.settings import Settings
from importer.sources.csv.blank_rows import BlankRows
from tests.sources.csv_rows import Row, rows_of, source_of

MARKS = {"utf-8": b"", "utf-8-sig": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


def cells_of(data: bytes, **options: object) -> list[list[str]]:
    return [row.cells for row in rows_of(source_of(data, **options))]


# Everything that a reader may trip over, and letters between. \x81 is one of the bytes that Windows-1252 lacks.
TEXT = st.text(st.sampled_from("ab,;\t|\"\r\n 'é\ufeff\u2028\x0c\x81#\\0.€😀"), max_size=6)
DELIMITERS = st.sampled_from(",;\t|")
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
WHITE = " \t\x0b\x85\xa0\u2003\u3000"  # as Unicode has it: U+001F is none, as Python thinks


@st.composite
def tables(draw: st.DrawFn, *, text: st.SearchStrategy[str] = TEXT) -> tuple[str, str, int, list[Row], list[str]]:
    """A CSV text with its delimiter, its header's width, and the rows and cells that went into it."""
    delimiter, ends = draw(DELIMITERS), draw(st.lists(LINE_ENDS, min_size=1, max_size=3))
    width = draw(st.integers(1, 4))
    header = [f"h{index}é" for index in range(width)]
    ragged = st.lists(text, min_size=1, max_size=6)
    regular = st.lists(text, min_size=width, max_size=width)
    records = draw(st.lists(st.one_of(regular, regular, regular, ragged, st.none()), max_size=8))
    written, rows, line = delimiter.join(header), [], 1
    for record in records:
        written += draw(st.sampled_from(ends))
        line += 1
        if record is None:
            # A bare CR, nothing, and an LF would be one CRLF.
            written += draw(st.sampled_from([" ", "   ", *([] if written.endswith("\r") else [""])]))
            continue
        if not _holds_nothing(record, width, delimiter):
            rows.append(Row(len(rows) + 1, line, len(record) != width, record))
        cells = [_written(cell, delimiter, quoted=draw(st.booleans()), alone=len(record) == 1) for cell in record]
        written += delimiter.join(cells)
        line += sum(len(_line_ends(cell)) for cell in record)
    return written + draw(st.sampled_from(["", *ends])), delimiter, width, rows, header


def _holds_nothing(record: list[str], width: int, delimiter: str) -> bool:
    beyond = "".join(record[width:])
    return width > 1 < len(record) and not "".join(record).strip() and not {*beyond} & {"\r", "\n", delimiter}


def _written(cell: str, delimiter: str, *, quoted: bool, alone: bool) -> str:
    needed = cell.startswith('"') or any(mark in cell for mark in (delimiter, "\r", "\n"))
    blank = alone and not cell.strip()
    return '"' + cell.replace('"', '""') + '"' if quoted or needed or blank else cell


def _line_ends(text: str) -> list[str]:
    return [line for line in io.StringIO(text, newline="") if line.endswith(("\r", "\n"))]


@settings(max_examples=200)
@given(tables(), st.sampled_from(list(MARKS)), st.integers(1, 80) | st.just(8 << 20))
def test_every_dialect_reads_back_cell_for_cell(table, encoding, block_size):
    """Delimiters, quotes, line ends, encodings and block borders change no cell, no row number and no line."""
    text, delimiter, width, rows, header = table
    assume(not rows or any(len(row.cells) != width + 1 or row.cells[-1].strip() for row in rows))  # all end in nothing
    data = MARKS[encoding] + text.encode(encoding.removesuffix("-sig"))
    source = source_of(data, delimiter=delimiter, block_size=block_size)
    assert source.header == tuple(header)
    assert rows_of(source) == rows
    assert rows_of(source) == rows, "a second pass reads the same"


BARE = st.text(st.sampled_from(" \t\x0b\x1f!a~\x7f\x80\x85\xa0é\u2003\u200b\u3000"), max_size=2)


@given(st.lists(st.tuples(st.none() | BARE, st.none() | BARE), min_size=1, max_size=6))
def test_a_row_is_blank_where_each_cell_is(cells):
    """The quick look at first cells misses none, and takes none that holds a character."""
    frame = pl.DataFrame(cells, schema={"0": pl.String, "1": pl.String}, orient="row")
    places = [pl.Series("row", range(1, len(cells) + 1), dtype=pl.UInt32), pl.repeat(False, len(cells), eager=True)]
    frame = pl.DataFrame([places[0], places[1].alias("ragged"), *frame])
    kept = [row for row in cells if any((cell or "").strip(WHITE) for cell in row)]
    assert BlankRows(",").without(frame).rows() == [(n, False, *row) for n, row in enumerate(kept, 1)]


READINGS = {
    "ids keep their zeros and their looks": (
        b"id,b\n00012345,1e234567\nTRUE1234,007\n",
        [["00012345", "1e234567"], ["TRUE1234", "007"]],
    ),
    "nothing is stripped, nothing is null": (b"a,b\n NULL ,N/A\nnan,-\n", [[" NULL ", "N/A"], ["nan", "-"]]),
    "no last newline": (b"a,b\n1,2", [["1", "2"]]),
    "a last cell that is empty, no newline": (b"a,b\n1,", [["1", ""]]),
    "header only": (b"a,b\n", []),
    "header only, no newline": (b"a,b", []),
    "lines of separators alone": (b'a;b;c\n;;\n1;2;3\n;\n;;;;\n ; ;\n"";;\n;5;\n;;', [["1", "2", "3"], ["", "5", ""]]),
    "blank lines before the header and between rows": (b"\n \n\na,b\n\n1,2\n   \n3,4\n\n\n", [["1", "2"], ["3", "4"]]),
    "a row of nothing but delimiters is none": (b"a,b\n,\n1,2\n", [["1", "2"]]),
    "a stray quote is text": (b'a,b\n5" pipe,1\nx,y"z"\n', [['5" pipe', "1"], ["x", 'y"z"']]),
    "two stray quotes that look like a pair": (b'a,b\n5" pipe,1\n6" pipe,2\n', [['5" pipe', "1"], ['6" pipe', "2"]]),
    "a quoted cell between spaces": (b'a,b\n "x, ""y""" , "2" \n', [['x, "y"', "2"]]),
    "a quote behind a space that begins no cell is text": (b'a,b\n "x"y,2\n', [[' "x"y', "2"]]),
    "a quoted cell behind a space ends with its line": (b'a,b\n "x,2\n"y",3\n', [[' "x', "2"], ["y", "3"]]),
    "what looks like spaces around quotes within a cell": (b'a,b\n"x , "" , ""y",2\n', [['x , " , "y', "2"]]),
    "a delimiter more in every row": (b"a,b\n1,2,\n3,, \n", [["1", "2"], ["3", ""]]),
    "quoted line breaks stay as they are": (b'a,b\n"x\ny","1\r\n2"\n', [["x\ny", "1\r\n2"]]),
    "doubled quotes": (b'a,b\n"say ""hi""",""""\n', [['say "hi"', '"']]),
    "CR line ends": (b"a,b\r1,2\r3,4\r", [["1", "2"], ["3", "4"]]),
    "CR line ends and quotes": (b'a,b\r"1\r",2\r3,4', [["1\r", "2"], ["3", "4"]]),
    "mixed line ends": (b"a,b\r\n1,2\n3,4\r5,6", [["1", "2"], ["3", "4"], ["5", "6"]]),
    "CR CR LF, as some programs on Windows write": (b"a,b\r\r\n1,2\r\r\n3,4\r\r\n", [["1", "2"], ["3", "4"]]),
    "one column, with an empty quoted cell": (b'abc\n1\n\n""\n" "\n2\n', [["1"], [""], [" "], ["2"]]),
    "a cell that starts like a byte order mark": ("a,b\n\ufeff1,2\n".encode(), [["\ufeff1", "2"]]),
    "such a cell beside quotes": ('a,b\n\ufeff1,"2"\n'.encode(), [["\ufeff1", "2"]]),
    "a doubled quote before a line break": (b'a,b\n"x""\ny",1\n', [['x"\ny', "1"]]),
    "separators of Unicode are text": ("a,b\n1\u2028\x0b\x85,2\n".encode(), [["1\u2028\x0b\x85", "2"]]),
    "semicolons in a header, commas in the data": (b"a;b\n1,5;2\n", [["1,5", "2"]]),
    "pipes": (b"a|b|c,d\n1|2|3\n", [["1", "2", "3"]]),
    "tabs, with a line of tabs": (b"a\tb\n1\t2\n\t\n", [["1", "2"]]),
    "a delimiter in a quoted header does not count": (b'"a,b,c";d\n1;2\n', [["1", "2"]]),
    "a quoted header over two lines": (b'"a\nb",c\n1,2\n', [["1", "2"]]),
    "a byte order mark before a quoted header": (b'\xef\xbb\xbf"a",b\n1,2\n', [["1", "2"]]),
    "what looks like a comment is a row": (b"a,b\n#1,2\n", [["#1", "2"]]),
}


@pytest.mark.parametrize("block_size", [1, 7, 8 << 20])
@pytest.mark.parametrize(("data", "cells"), READINGS.values(), ids=READINGS.keys())
def test_reads_what_is_there(data, cells, block_size):
    """Every CSV cell is its text, wherever a block ends."""
    assert cells_of(data, block_size=block_size) == cells


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        (b"1,2\n", ["1", "2"]),
        (b"1\n", ["1"]),
        (b'""\n', [""]),
        (b"1,2,3,4\n", ["1", "2", "3", "4"]),
        (b"1,2,3,\n", ["1", "2", "3", ""]),
        (b'1,2,3,"a,b\r",""\n', ["1", "2", "3", "a,b\r", ""]),
    ],
)
@pytest.mark.parametrize("around", [b"7,8,9\n", b'"7","8","9"\n'], ids=["plain", "quoted"])
def test_a_row_with_the_wrong_number_of_cells_is_ragged_alone(body, cells, around):
    """Ragged rows keep all their cells and their place; their neighbours stay whole."""
    rows = rows_of(source_of(b"a,b,c\n" + around + body + around))
    assert [row.ragged for row in rows] == [False, True, False]
    assert rows[1].cells == cells
    assert [rows[0].cells, rows[2].cells] == [["7", "8", "9"]] * 2


REFUSALS = {
    "no bytes": (b"", "is empty"),
    "only blank lines": (b"\n \r\n", "only blank lines"),
    "a blank header": (b",,\n1,2,3\n", "line 1: the header holds no column names"),
    "a header of numbers": (b"\n1,24.99\n2,3\n", "line 2: the header holds no column names"),
    "an open quote": (
        b'a,b\n1,2\n3,"4\n5,6\n',
        "line 3: the quoted cell that starts here has no closing quote. A quote within",
    ),
    "an open quote in a later line of its record": (
        b'a,b\n"1\n2","3\n',
        "line 3: the quoted cell that starts here has no",
    ),
    "a quote that stays open for megabytes": (
        b'a,b\n1,2\n3,"4\n' + b"5,6\n" * 2_500_000,
        "line 3: the quoted cell that starts here does not close within 1 MiB",
    ),
    "text behind a closing quote": (b'a,b\n"1\n"2,3\n', "line 2: text follows the closing quote"),
    "a quote that swallows the next line": (b'a,b\n"1,2\n"3","4"\n', "line 2: text follows the closing quote"),
    "an open quote in the header": (b'"a,b\n1,2\n', "line 1: the quoted cell that starts here has no closing quote"),
    "NUL bytes": (b"a,b\n1,2\n3,\0\n", "line 3: holds NUL bytes"),
    "NUL bytes between lone CRs": (b"a,b\r1,2\r3,\0\r", "line 3: holds NUL bytes"),
    "UTF-16 without a mark": ("a,b\n1,2\n".encode("utf-16-le"), "line 1: holds NUL bytes"),
    "UTF-16 with a NUL": ("\ufeffa,b\n1,\0\n".encode("utf-16-be"), "line 2: holds NUL bytes"),
    "UTF-16 cut in a character": (
        "\ufeffa,b\n1,2\n".encode("utf-16-le") + b"x",
        "line 3: holds bytes that are not UTF-16-LE",
    ),
    "UTF-8 with its mark, and other bytes": (b"\xef\xbb\xbfa,b\n1,\xe9\n", "line 2: holds bytes that are not UTF-8"),
    "bytes that Windows-1252 lacks": (b"a,b\n1,\xe9\n2,\x81\n", "line 3: holds bytes that are not Windows-1252"),
    "a workbook": (b"PK\x03\x04rest", "damaged zip data"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook"),
    "a web page": (b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "web page"),
    "Parquet": (b"PAR1\x15", "Parquet"),
    "a PDF": (b"%PDF-1.7", "PDF"),
    "too many columns": (",".join(["a"] * 10_001).encode() + b"\n", "10,001 columns"),
    "a hundred thousand columns": (",".join(["a"] * 100_000).encode(), "100,000 columns"),
    "a cell of over 1 MiB": (
        b"a,b\n1,2\n" + b"x" * (1 << 20) + b"x,4\n5,6\n",
        "line 3: holds a cell of more than 1 MiB",
    ),
    "a quoted cell of over 1 MiB": (
        b'a,b\n1,2\n3,"' + b"x" * (1 << 20) + b'x"\n',
        "line 3: holds a cell of more than 1 MiB",
    ),
    "a quote that closes after 1 MiB": (
        b'a,b\n1,"2\n' + b"3,4\n" * 300_000 + b'5,6"\n',
        "line 2: holds a cell of more than 1 MiB",
    ),
    "an endless line": (b"a,b\n1,2\n3," + b"x" * (25 << 20), "line 3: holds a record of more than 16 MiB"),
}


@pytest.mark.parametrize(("data", "message"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_what_cannot_be_trusted(data, message):
    """A file that cannot be read as a whole is refused with its line, never read differently in silence."""
    with pytest.raises(InputError) as refusal:
        cells_of(data)
    assert str(refusal.value).startswith("standard input")
    assert message in str(refusal.value)


@pytest.mark.parametrize("block_size", [64, 4096])
def test_the_longest_cell_is_read(block_size):
    """1 MiB is still a cell, quoted or not, also when it is much longer than a block."""
    long = "y" * (1 << 20)
    assert cells_of(f'a,b\n{long},"{long}"\n1,2\n'.encode(), block_size=block_size << 8) == [[long, long], ["1", "2"]]


def test_ten_thousand_columns_are_read():
    """The widest file still has its cells in their places."""
    header = ",".join(f"c{index}" for index in range(10_000))
    row = ",".join(map(str, range(10_000)))
    assert cells_of(f"{header}\n{row}\n{row}\n".encode())[1] == row.split(",")


@pytest.mark.parametrize("text", ["é;ß\n1;€\n", "a;b\n1;“x”\n"])
def test_other_bytes_are_read_as_windows_1252_with_a_warning(text):
    """A file that is not UTF-8 is Windows-1252, and the warning names the first such line."""
    source = source_of(text.encode("cp1252"))
    assert [list(source.header), *(row.cells for row in rows_of(source))] == [line.split(";") for line in text.split()]
    assert source.encoding == "windows-1252"
    (warning,) = source.warnings
    assert f"line {1 if text[0] == 'é' else 2})" in warning


def test_a_character_cut_at_the_end_is_not_utf8():
    """A last character that lacks bytes is noticed, although nothing follows it."""
    source = source_of(b"a,b\r\n1,\xc3")
    assert "line 2)" in source.warnings[0]
    assert rows_of(source)[0].cells == ["1", "Ã"]


def test_utf8_is_not_taken_for_anything_else_late_in_the_file():
    """The encoding is decided on the whole file: one other byte at its end changes how all of it is read."""
    head = "a,b\né,1\n".encode() + b"x,y\n" * 700_000
    assert source_of(head).encoding == "utf-8"
    source = source_of(head + b"\xe9,2\n")
    assert "line 700003)" in source.warnings[0]
    assert next(iter(source.batches()))["0"][0] == "Ã©"


@pytest.mark.parametrize(
    ("given", "header"), [(";", ["a,b", "c"]), (",", ["a", "b;c"]), ("tab", ["a,b;c"]), ("\\t", ["a,b;c"])]
)
def test_a_given_delimiter_is_not_doubted(given, header):
    """--delimiter wins over what the header looks like."""
    delimiter = Settings(delimiter=given).delimiter
    assert list(source_of(b"a,b;c\n", delimiter=delimiter).header) == header


@pytest.mark.parametrize("given", ["", ",,", '"', "\n", "§", "a", "0"])
def test_an_impossible_delimiter_is_a_wrong_option(given):
    """A delimiter is one ASCII character that is no letter, digit, quote or line end."""
    with pytest.raises(SettingsError, match="--delimiter"):
        Settings(delimiter=given)


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [(b"a,b", ","), (b"a;b", ";"), (b"a\tb", "\t"), (b"a|b", "|"), (b"abc", ","), (b"a,b;c|d;e", ";")],
)
def test_the_delimiter_that_makes_most_cells_of_the_header_is_it(header, delimiter):
    """The delimiter is found from the header."""
    assert source_of(header + b"\n").delimiter == delimiter


def test_batches_are_small_and_in_order():
    """No batch holds over 300,000 rows; row and line go on from one to the next."""
    source = source_of(b"a,b\n" + b"1,2\n" * 700_000)
    batches = list(source.batches())
    assert max(batch.height for batch in batches) <= 300_000
    rows = pl.concat(batches).select("row", "line", "ragged", "0", "1")
    assert rows["row"].equals(pl.Series("row", range(1, 700_001), dtype=pl.UInt32))
    assert rows["line"].equals(pl.Series("line", range(2, 700_002), dtype=pl.UInt32))
    assert rows.select("ragged", "0", "1").unique().rows() == [(False, "1", "2")]


@pytest.mark.parametrize("block_size", [8, 1 << 20])
def test_rows_are_numbered_without_lines_of_separators(block_size: int) -> None:
    """A row keeps its line, and its number is that among the rows, over all blocks."""
    frames = source_of(b"a,b\n,\n1,2\n,\n3,4\n,\n,\n5,6\n", block_size=block_size).batches()
    places = pl.concat(frames).select("row", "line")
    assert places.rows() == [(1, 3), (2, 5), (3, 8)]
    assert places.dtypes == [pl.UInt32, pl.UInt32]


def test_a_lone_cr_beside_quotes_ends_a_row():
    """A short row behind a CR is not glued to the row before it."""
    rows = rows_of(source_of(b'a,b\n"1",2\r3\n4,5\n'))
    assert [(row.line, row.ragged, row.cells) for row in rows] == [
        (2, False, ["1", "2"]),
        (3, True, ["3"]),
        (4, False, ["4", "5"]),
    ]


def test_columns_have_their_promised_types():
    """The next stage finds row, line, ragged and the positions, on the fast way and on the exact one."""
    for data in (b"a,b\n1,2\n", b"a,b\n1\n"):
        (batch,) = source_of(data).batches()
        assert dict(batch.schema) == {
            "row": pl.UInt32,
            "line": pl.UInt32,
            "ragged": pl.Boolean,
            "0": pl.String,
            "1": pl.String,
        }


SPARK = {
    "an escaped quote": (rb'"say \"hi\"",1', ['say "hi"', "1"]),
    "an escaped quote before a delimiter": (rb'"5\", thick",1', ['5", thick', "1"]),
    "one at the end of the cell": (rb'"pipe 5\"",1', ['pipe 5"', "1"]),
    "a line break behind an escaped quote": (b'"a\\"\nb\\"",1', ['a"\nb"', "1"]),
    "backslashes that escape nothing": (rb'"C:\new\path",a\b', ["C:\\new\\path", "a\\b"]),
    "a backslash at the end, escaped": (rb'"C:\new\\",1', ["C:\\new\\", "1"]),
    "an escaped backslash and an escaped quote": (rb'"a\\\"b",1', ['a\\"b', "1"]),
    "doubled quotes all the same": (rb'"a ""b""",1', ['a "b"', "1"]),
    "and spaces around": (rb' "a\"b" ,1', ['a"b', "1"]),
}


@pytest.mark.parametrize("block_size", [1, 3, 8 << 20])
@pytest.mark.parametrize(("line", "cells"), SPARK.values(), ids=SPARK)
def test_backslashes_before_quotes(line, cells, block_size):
    """With the option they take away the quote's meaning, wherever blocks end; rows and lines are counted alike."""
    data = b"a,b\n" + line + b"\n" + line + b"\nx,y\n"
    source = source_of(data, backslash=True, block_size=block_size)
    height = 1 + line.count(b"\n")
    expected = [Row(1, 2, False, cells), Row(2, 2 + height, False, cells), Row(3, 2 + 2 * height, False, ["x", "y"])]
    assert rows_of(source) == expected
    assert rows_of(source) == expected


@pytest.mark.parametrize("line", [rb'"say \"hi\"",1', rb'"5\", thick",1', rb'"pipe 5\"",1'])
def test_a_file_with_backslashes_is_told_of_the_option(line):
    """Refused, or ragged with a warning; followed, the advice reads the file."""
    data = b"a,b\n" + line + b"\n"
    try:
        source = source_of(data)
        ragged, text = rows_of(source)[0].ragged, " ".join(source.warnings)
    except InputError as error:
        ragged, text = True, str(error)
    assert ragged
    assert "line 2: " in text
    assert "say --escape backslash" in text
    assert not rows_of(source_of(data, backslash=True))[0].ragged


def test_what_is_left_out_is_said_once_with_its_number():
    """Spaces around quotes, and an empty cell at each row's end; a second pass counts anew."""
    source = source_of(b'a, "b"\n1, "2",\n"3" ,4,\n5,6,\n')
    for _ in range(2):
        assert [row.cells for row in rows_of(source)] == [["1", "2"], ["3", "4"], ["5", "6"]]
        assert source.warnings == (
            "standard input: each row (3 rows) ends in one empty cell more than the header has. It was left out.",
            "standard input: cells with spaces around their quotes (2) were read without the spaces.",
        )
    assert [row.ragged for row in rows_of(source_of(b"a,b\n1,2,\n3,4\n"))] == [True, False], "not in every row"


@pytest.mark.parametrize(
    ("data", "beyond"),
    [
        (b"a,b,\n1,2\n3,4\n", "one empty cell"),
        (b"a;b;;;\r\n1;2\r\n3;4\r\n", "3 empty cells"),
        (b'"a","b",""\n"1","2"\n3,4', "one empty cell"),
        (b"a\tb\t \t\n1\t2\n3\t4\n", "2 empty cells"),
    ],
)
@pytest.mark.parametrize("block_size", [8, 1 << 20])
def test_a_header_that_ends_in_nothing(data, beyond, block_size):
    """Separators at the end of the header alone name no column that a row could lack."""
    source = source_of(data, block_size=block_size)
    assert [row.cells for row in rows_of(source)] == [["1", "2"], ["3", "4"]]
    said = f"standard input: the header ends in {beyond} more than each row has."
    assert any(warning.startswith(said) for warning in source.warnings)


def test_a_header_is_cut_only_where_no_row_goes_on():
    """One row with as many cells as the header may have moved; one that is short is ragged by itself."""
    assert [row.ragged for row in rows_of(source_of(b"a,b,\n1,2\n3,4,\n"))] == [True, False]
    assert [row.ragged for row in rows_of(source_of(b"a,b,\n1,2\n3\n"))] == [False, True]
    assert [row.ragged for row in rows_of(source_of(b"a,b,c\n1,2\n3,4\n"))] == [True, True]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b" \n"])
def test_blank_lines_without_number_are_not_read_one_by_one(end, monkeypatch):
    """They are counted, block by block: 300 million of them, packed, would take a minute."""
    monkeypatch.setattr("importer.sources.csv.blocks.Records", None)
    source = source_of(b"a,b\n" + end * 300_000 + b"1,2\n", block_size=1 << 17)
    assert rows_of(source) == [Row(1, 300_002, False, ["1", "2"])]


def test_blank_lines_between_rows_have_a_limit(monkeypatch):
    """Not beside as many rows: some programs on Windows write a blank line behind each."""
    monkeypatch.setattr("importer.sources.csv.blocks._MOST_BLANK", 100)
    with pytest.raises(InputError, match="more than 100 lines between its rows are blank"):
        rows_of(source_of(b"a,b\n" + (b"1,2\n" + b"\n" * 60) * 10, block_size=100))
    assert len(rows_of(source_of(b"a,b\n" + (b"1,2\n" + b"\n" * 8) * 100, block_size=100))) == 100
