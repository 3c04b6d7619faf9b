"""Inputs as the user names them: files, patterns, folders, partitions, and what is refused by name or kind."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import socket
import zipfile
from pathlib import Path

import polars as pl
import pytest

from importer.errors import InputError
from importer.sources import Dialect, open_inputs

CSV = b"a,b\n1,2\n"


pytestmark = pytest.mark.usefixtures("here")


def write(*paths: str, content: bytes = CSV) -> None:
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in {".parquet", ".pq"}:
            pl.DataFrame({"a": ["1"], "b": ["2"]}).write_parquet(path)
        else:
            path.write_bytes(content)


def archive(*names: str, content: bytes = b"") -> bytes:
    """A zip archive of files with these names; of other than folders the content."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(name, b"" if name.endswith("/") else content)
    return data.getvalue()


def names(*inputs: str) -> list[str]:
    return [source.name for source in open_inputs(inputs)]


def columns(*inputs: str) -> list[list[tuple[str | None, ...]]]:
    """The header of each source followed by its rows."""
    return [
        [
            source.header,
            *(row for batch in source.batches() for row in batch.select(map(str, range(len(source.header)))).rows()),
        ]
        for source in open_inputs(inputs)
    ]


FILES = ("x/b10.csv", "x/b9.csv", "x/sub/c.parquet", "x/.hidden.csv", "x/_SUCCESS", "x/_temporary/d.csv", "x/D.TSV")


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (["x/b9.csv"], ["b9.csv"]),
        (["x/b10.csv", "x/b9.csv"], ["b10.csv", "b9.csv"]),
        (["x"], ["b9.csv", "b10.csv", "D.TSV", "c.parquet"]),
        (["x/"], ["b9.csv", "b10.csv", "D.TSV", "c.parquet"]),
        (["x/*.csv"], ["b9.csv", "b10.csv"]),
        (["x/b?.csv", "x/D.TSV"], ["b9.csv", "D.TSV"]),
        (["x/**"], ["b9.csv", "b10.csv", "D.TSV", "c.parquet"]),
        (["**/*.csv"], ["b9.csv", "b10.csv"]),
        (["*/*"], ["b9.csv", "b10.csv", "D.TSV", "c.parquet"]),
        (["x/_temporary/*"], ["d.csv"]),
        (["./x/b9.csv"], ["b9.csv"]),
    ],
)
def test_files_patterns_and_folders_are_expanded_in_natural_order(inputs, expected):
    """Inputs keep the order given; within a folder or a pattern, part 9 comes before part 10; markers are skipped."""
    write(*FILES)
    assert names(*inputs) == expected


def test_a_file_of_that_very_name_is_no_pattern():
    """`[1]` in the name of a file that exists means just that."""
    write("june[1].csv", "june1.csv")
    assert names("june[1].csv") == ["june[1].csv"]


@pytest.mark.parametrize(
    ("files", "inputs", "expected"),
    [
        (["a/june.csv", "b/june.csv", "b/july.csv"], ["a/june.csv", "b"], ["a/june.csv", "july.csv", "b/june.csv"]),
        (["p/k=1/0.parquet", "p/k=2/0.parquet"], ["p"], ["k=1/0.parquet", "k=2/0.parquet"]),
        (["p/k=1/h=1/0.csv", "p/k=1/h=2/0.csv", "p/k=2/1.csv"], ["p"], ["h=1/0.csv", "h=2/0.csv", "1.csv"]),
        (["june.csv", "old/june.csv"], ["june.csv", "old/june.csv"], ["june.csv", "old/june.csv"]),
    ],
)
def test_equal_names_get_their_folders_in_front(files, inputs, expected):
    """Results can tell two inputs of the same name apart."""
    write(*files)
    assert names(*inputs) == expected


@pytest.mark.parametrize("given", ["p", "p/*", "p/**", "p/day=*", "p/**/*.csv", "p/day=*/zone=*/0.csv"])
def test_partition_folders_become_columns(given):
    """`key=value` folders are columns at the end of the header, decoded; Hive's word for a missing value is empty."""
    write("p/day=2026-06-01/zone=Europe%2FBerlin/0.csv", "p/day=__HIVE_DEFAULT_PARTITION__/zone=/0.csv")
    header = ("a", "b", "day", "zone")
    assert columns(given) == [
        [header, ("1", "2", "2026-06-01", "Europe/Berlin")],
        [header, ("1", "2", None, "")],
    ]


def test_partition_columns_of_parquet_and_of_a_column_the_file_holds():
    """Parquet parts get the same columns; where the file holds a column of that name itself, the file's is taken."""
    write("p/day=1/b=9/0.parquet")
    assert columns("p") == [[("a", "b", "day"), ("1", "2", "1")]]
    assert columns("p/day=1/b=9/0.parquet") == [[("a", "b"), ("1", "2")]]


def test_ragged_rows_keep_their_places_beside_partition_columns():
    """The surplus of a row goes into no partition column."""
    write("p/k=v/0.csv", content=b"a,b\n1\n1,2,3\n")
    (source,) = open_inputs(["p"])
    (batch,) = source.batches()
    assert batch.select("ragged", "0", "1", "2", "surplus").rows() == [
        (True, "1", None, "v", None),
        (True, "1", "2", "v", "3"),
    ]


def test_what_a_folder_holds_besides_is_named():
    """A folder's files that are not read are a warning, never silence."""
    write("x/a.csv", "x/b.csv.lz4", "x/sub/notes.md", "x/Notes.TXT", "x/.DS_Store", "x/_SUCCESS", "x/~$a.xlsx")
    first, *others = open_inputs(["x"])
    assert (first.warnings, others) == (("Not read in x: Notes.TXT, b.csv.lz4, sub/notes.md.",), [])
    assert [source.name for source in open_inputs(["x/Notes.TXT"])] == ["Notes.TXT"]


def _fifo(path: str) -> None:
    os.mkfifo(path)


def _socket(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)


REFUSALS = {
    "nothing": ([], [], "No input file was given"),
    "an empty name": ([], [""], "No input file was given"),
    "missing": ([], ["june.csv"], "june.csv does not exist"),
    "no match": (["a.csv"], ["b*.csv"], "b*.csv does not exist, and no file matches it"),
    "NUL in the name": ([], ["a\0b"], "could not be read"),
    "twice": (["a.csv"], ["a.csv", "a.csv"], "a.csv is among the inputs twice"),
    "twice by another name": (["x/a.csv"], ["x", "x/../x/a.csv"], "twice: as x/a.csv and as x/../x/a.csv"),
    "a journal": (["a.results.csv.journal"], ["a.results.csv.journal"], "is the journal of an import"),
    "a journal in a folder": (["x/a.csv", "x/a.JOURNAL"], ["x"], "x/a.JOURNAL is the journal of an import"),
    "an empty folder": (["x/.keep"], ["x"], "x holds no file that can be read"),
    "an empty file": (["a.csv"], ["a.csv"], None),
    "a device": ([], ["/dev/null"], "/dev/null is a device, not a file"),
    "a name for a stream": ([], ["/dev/stdin/x"], "could not be read"),
}


@pytest.mark.parametrize(("files", "inputs", "message"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_inputs_that_cannot_be_meant(files, inputs, message):
    """A missing, doubled or impossible input is one sentence that names it."""
    write(*files, content=CSV if message else b"")
    with pytest.raises(InputError) as refusal:
        open_inputs(inputs)
    assert (message or "a.csv is empty") in str(refusal.value)


@pytest.mark.parametrize(("make", "kind"), [(_fifo, "a named pipe"), (_socket, "a socket")])
@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.xlsx"])
def test_refuses_what_is_no_file_without_waiting_for_it(make, kind, name):
    """A named pipe would block for ever; it is refused before it is opened."""
    make(name)
    with pytest.raises(InputError, match=f"{name} is {kind}, not a file"):
        open_inputs([name])


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.xlsx"])
def test_a_link_to_a_file_is_the_file_and_a_broken_one_is_missing(name):
    """Symbolic links are followed."""
    Path("link.csv").symlink_to("a.csv")
    with pytest.raises(InputError, match=r"link.csv does not exist"):
        open_inputs(["link.csv"])
    write("a.csv")
    assert names("link.csv") == ["link.csv"]
    with pytest.raises(InputError, match="twice"):
        open_inputs(["link.csv", "a.csv"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["x/y.csv", "x/y.parquet", "x/y.xlsx"])
@pytest.mark.parametrize("closed", ["x", "file"])
def test_refuses_a_file_without_permission(name, closed):
    """A file, or a folder, that may not be read is a sentence, not a traceback."""
    write(name)
    path = Path("x" if closed == "x" else name)
    path.chmod(0)
    try:
        for given in {name, str(path)}:
            with pytest.raises(InputError, match="Permission denied"):
                open_inputs([given])
    finally:
        path.chmod(0o700)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.parquet", b"", "x.parquet is empty, not a Parquet file"),
        ("x.parquet", CSV, "x.parquet is not a Parquet file"),
        ("x.xlsx", b"", "x.xlsx is empty, not an Excel workbook"),
        ("x.xlsx", CSV, "x.xlsx is not an Excel workbook"),
        (
            "x.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "x.xlsx is not an Excel workbook (.xlsx) but an old Excel workbook (.xls), or one with a password",
        ),
        ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.xls is not CSV but an old Excel workbook"),
        ("x.csv", b"PAR1", "x.csv is not CSV but a Parquet file"),
        ("x.zip", b"PK\x03\x04", "x.zip holds damaged zip data, or was cut off"),
        ("x.xlsx", b'[{"message_id": "a"}]', "not an Excel workbook (.xlsx) but JSON"),
        ("x.parquet", b"%PDF-1.7", "not a Parquet file but a PDF document"),
        ("x.csv", b'\xef\xbb\xbf{"message_id":"AbCdEf01"}\n{"a":1}\n', "is not CSV but JSON"),
        ("x.xls", b"<html><table><tr><td>a", "Open it in Excel, and save it as .xlsx"),
        ("x.xls", b"<table border=1>", "Open it in Excel, and save it as .xlsx"),
        ("x.xls", b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>', "a spreadsheet as XML"),
        ("x.ods", archive("mimetype", "content.xml"), "OpenDocument spreadsheet (.ods). Save it as .xlsx or .csv"),
        ("x.xlsx", archive("mimetype", "content.xml"), "OpenDocument spreadsheet (.ods). Save it as .xlsx or .csv"),
        ("x.xlsb", archive("[Content_Types].xml", "xl/workbook.bin"), "Excel binary workbook (.xlsb). Save it"),
        ("x.numbers", archive("Index/Document.iwa", "Data/a.png"), "Apple Numbers document. Export it"),
        ("x.docx", archive("[Content_Types].xml", "word/document.xml"), "Office document. Save its table"),
        ("x.csv", archive("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook. Name it .xlsx"),
        ("x.zip", archive("a.csv", "b.csv"), "zip archive of 2 files (a.csv, b.csv). Unpack it"),
        ("x.zip", archive("d/", "__MACOSX/._a.csv"), "zip archive of 0 files"),
        ("x.csv.gz", gzip.compress(b"PAR1abc"), "does not hold CSV but a Parquet file. Unpack it"),
        ("x.xlsx.gz", gzip.compress(archive("xl/workbook.xml")), "does not hold CSV but a zip archive or an Excel"),
        ("x.tar.gz", gzip.compress(b"june.csv".ljust(257, b"\0") + b"ustar"), "does not hold CSV but a tar archive"),
        ("x.zip", archive("june.parquet", content=b"PAR1"), "does not hold CSV but a Parquet file. Unpack it"),
        ("x.csv.lz4", b"\x04\x22\x4d\x18" + bytes(40), "but LZ4 data. Unpack it, or pack it as .gz or .zst"),
        ("x.csv.lzma", lzma.compress(CSV, lzma.FORMAT_ALONE), "but LZMA data. Unpack it"),
        ("x.csv.Z", b"\x1f\x9d\x90abc", "but data packed by compress (.Z). Unpack it"),
        ("x.csv.sz", b"\xff\x06\x00\x00sNaPpYabc", "but Snappy data. Unpack it"),
        ("x.avro", b"Obj\x01\x02\x16avro.schema", "but an Avro file. Export it as Parquet or .csv"),
        ("x.orc", b"ORC\x1d\x0a\x05", "but an ORC file. Export it as Parquet or .csv"),
        ("x.arrow", b"ARROW1\0\0\xff\xff\xff\xff", "but an Arrow file. Export it as Parquet or .csv"),
        ("x.mdb", b"\x00\x01\x00\x00Standard Jet DB\0", "but a database of Access. Export its table as .csv"),
        ("x.csv.asc", b"-----BEGIN PGP MESSAGE-----\n\nabc\n", "but an encrypted file (PGP). Decrypt it"),
        ("x.csv", b"\x89PNG\r\n\x1a\n", "but a picture. Ask for the data as .csv or .xlsx"),
        ("x.rtf", b"{\\rtf1\\ansi june}", "but a text document (RTF). Ask for the data as .csv or .xlsx"),
        ("x.parquet", b"ORC\x1d\x0a\x05", "not a Parquet file but an ORC file. Export it as Parquet or .csv"),
        ("x.avro.gz", gzip.compress(b"Obj\x01\x02"), "does not hold CSV but an Avro file. Unpack it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_not_what_its_name_says(name, content, message):
    """The sentence says what the file is, or is not, and what to do."""
    Path(name).write_bytes(content)
    with pytest.raises(InputError) as refusal:
        open_inputs([name])
    assert message in str(refusal.value)


@pytest.mark.parametrize("name", ["june.csv.zip", "june.zip", "june.xyz"])
def test_a_zip_of_one_csv_is_read(name):
    """Whatever it is called, and whatever macOS adds; in folders, too, and from standard input."""
    data = archive("d/", "d/june.csv", "__MACOSX/d/._june.csv", content=CSV)
    Path("in").mkdir()
    Path("in", name).write_bytes(data)
    for found in (open_inputs([f"in/{name}"]), open_inputs(["-"], stdin=io.BytesIO(data))):
        assert [batch["0"].to_list() for source in found for batch in source.batches()] == [["1"]]
        assert found[0].format == "csv (zip)"
    assert (name == "june.xyz") or [source.name for source in open_inputs(["in"])] == [name]


def test_a_header_that_begins_like_another_kind_is_one():
    """A few letters at the beginning of a file are no proof."""
    Path("x.csv").write_bytes(b"ORCID,Obj,LZIP\n1,2,3\n")
    assert columns("x.csv") == [[("ORCID", "Obj", "LZIP"), ("1", "2", "3")]]


@pytest.mark.parametrize("name", ["x.csv", "x.CSV", "x.tsv", "x.txt", "x.csv.gz", "x"])
def test_names_that_are_read_as_csv(name):
    """CSV is read under its usual names, compressed or not, and under none."""
    write(name)
    assert columns(name) == [[("a", "b"), ("1", "2")]]


@pytest.mark.parametrize("name", ["june.csv", "-"])
def test_a_sheet_of_what_has_none_is_refused(name):
    """`--sheet` is not silently left aside where no input is a workbook: another file may be meant."""
    write("june.csv")
    with pytest.raises(InputError, match=r"--sheet 'July 2026' names a sheet of an Excel workbook, and .* is none"):
        open_inputs([name], Dialect(sheets=("July 2026",)), stdin=io.BytesIO(CSV))


def test_two_standard_inputs_are_one_too_many():
    """`-` can be given once."""
    with pytest.raises(InputError, match="given twice"):
        open_inputs(["-", "-"])


def test_a_closed_standard_input_is_a_sentence(monkeypatch):
    """A scheduler may start the command without any standard input."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError, match="is closed"):
        open_inputs(["-"])
