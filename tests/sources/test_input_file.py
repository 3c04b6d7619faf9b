"""The bytes of an input: packed, hostile, changing while they are read, or on standard input."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from importer.errors import InputError
from importer.sources import open_inputs
from importer.sources.csv.reader import CsvSource
from importer.sources.input_file import InputFile

if TYPE_CHECKING:
    from pathlib import Path
from tests.sources.csv_rows import rows_of, source_of


def compressed(method: str, data: bytes) -> bytes:
    if method != "zstd":
        return {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}[method](data)
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return pytest.importorskip(name).compress(data)


@pytest.mark.parametrize("method", ["gzip", "zstd", "bzip2", "xz"])
def test_compressed_csv_is_read_by_its_content(method):
    """Compression is known by the first bytes; several members one after the other are one file."""
    data = b"a,b\n" + b"".join(b"%d,x\n" % index for index in range(20_000))
    source = source_of(compressed(method, data[:777]) + compressed(method, data[777:]))
    assert source.format == f"csv ({method})"
    assert rows_of(source)[-1].cells == ["19999", "x"]


@pytest.mark.parametrize("method", ["gzip", "zstd", "bzip2", "xz"])
def test_damaged_compressed_data_is_refused(method):
    """Compressed data that is cut off anywhere, or followed by something else, is refused when it is opened."""
    data = compressed(method, b"a,b\n" + b"".join(b"%d,x\n" % index for index in range(2_000)))
    for end in [*range(6, len(data), 997), len(data) - 1]:
        with pytest.raises(InputError, match="data: copy it again"):
            source_of(data[:end])
    with pytest.raises(InputError, match="damaged"):
        source_of(data + b"something else")


@pytest.mark.parametrize("method", ["gzip", "zstd", "bzip2", "xz"])
def test_unpacked_data_has_a_limit(method):
    """A small file that unpacks to more than was allowed is refused, however far reading it had come."""
    data = compressed(method, b"a,b\n" + b"1,2\n" * 100_000)
    assert len(rows_of(source_of(data, max_unpacked=400_004))) == 100_000
    with pytest.raises(InputError, match=r"unpacks to more than 400,003 bytes\. If it is meant to, say --max-unpacked"):
        source_of(data, max_unpacked=400_003)


HOSTILE = {
    "a compressed line without an end": lambda: gzip.compress(b"a,b\n1," + b"x" * (64 << 20), 1),
    "a quote that never closes": lambda: b'a,b\n1,"' + b"x\n" * (20 << 20),
    "rows of a hundred thousand cells": lambda: b"a,b\n" + (b"xy," * 100_000 + b"\n") * 30,
    "ten thousand columns": lambda: b",".join([b"a"] * 10_000) + b"\n" + (b",".join([b"12"] * 10_000) + b"\n") * 150,
    "many short rows": lambda: b"a,b\n" + b"a\n" * 300_000,
}
READ_AND_TELL_MEMORY = """
import resource, sys
from importer.errors import InputError
from importer.sources import open_inputs
try:
    print(sum(batch.height for batch in open_inputs(sys.argv[1:])[0].batches()))
except InputError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_take_less_than_1_gb(tmp_path, content):
    """Whatever a file holds, reading or refusing it takes less than 1 GB of memory."""
    path = tmp_path / "hostile.csv"
    path.write_bytes(content())
    command = [sys.executable, "-c", READ_AND_TELL_MEMORY, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert int(told[-1]) < 1_000_000, told


@pytest.fixture
def june(tmp_path: Path) -> Path:
    path = tmp_path / "june.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 1000)
    return path


CHANGES = {
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"3,4\n"),
    "same size, other time": lambda path: (path.write_bytes(b"a,b\n" + b"1,3\n" * 1000), os.utime(path, ns=(1, 1))),
    "replaced": lambda path: (path.with_name("x").write_bytes(path.read_bytes()), path.with_name("x").replace(path)),
    "cut": lambda path: path.write_bytes(b"a,b\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_file_that_changes_between_two_passes_is_refused(june, change):
    """Nothing is handed out of a file that is no longer the one that was opened."""
    (source,) = open_inputs([str(june)])
    list(source.batches())
    change(june)
    with pytest.raises(InputError, match="changed while it was read"):
        next(source.batches())


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_file_that_changes_in_mid_pass_is_refused(june, change):
    """Not one batch more is handed out once the file changed, even where what was read looks whole."""
    source = CsvSource(InputFile(june, label="june.csv"), block_size=500)
    batches = source.batches()
    next(batches)
    change(june)
    with pytest.raises(InputError, match="changed while it was read"):
        next(batches)


def test_a_file_that_changes_after_its_last_batch_is_refused(june):
    """The last word on a pass is spoken at its end."""
    (source,) = open_inputs([str(june)])
    batches = source.batches()
    next(batches)
    CHANGES["longer"](june)
    with pytest.raises(InputError, match="changed while it was read"):
        next(batches)


def test_facts_tell_what_a_report_needs(june):
    """Name, path, size, SHA-256 of the bytes as stored, encoding and format."""
    (source,) = open_inputs([str(june)])
    assert source.facts() == {
        "name": "june.csv",
        "path": str(june),
        "bytes": 4004,
        "sha256": hashlib.sha256(june.read_bytes()).hexdigest(),
        "encoding": "utf-8",
        "format": "csv",
    }


def test_the_digest_of_a_large_file_is_computed_meanwhile(tmp_path, monkeypatch):
    """It is that of the bytes; of a file that changes it says so, as everything does."""
    monkeypatch.setattr("importer.sources.input_file._LARGE", 10)
    path = tmp_path / "june.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 1000)
    (source,) = open_inputs([str(path)])
    assert len(rows_of(source)) == 1000
    assert source.facts()["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    (source,) = open_inputs([str(path)])
    assert len(rows_of(source)) == 1000
    CHANGES["longer"](path)
    with pytest.raises(InputError, match="changed while it was read"):
        source.facts()


def test_standard_input_is_read_once_and_passed_over_often():
    """`-` is spooled: it can be read twice, also by two readers at a time, and has facts but no path."""
    (source,) = open_inputs(["-"], stdin=io.BytesIO(b"a,b\n1,2\n3,4\n"))
    assert source.name == "-"
    assert source.path is None
    assert [row.cells for pair in zip(rows_of(source), rows_of(source), strict=True) for row in pair][::2] == [
        ["1", "2"],
        ["3", "4"],
    ]
    assert source.facts()["sha256"] == hashlib.sha256(b"a,b\n1,2\n3,4\n").hexdigest()
