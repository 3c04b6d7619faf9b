"""Small files made to want much: each is refused with a sentence, or read, within 700 MB and 15 seconds."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from tests.sources.test_excel_foreign import HEADER, MAIN, STYLES, parts
from tests.support.parquet import BYTES, Column, page, parquet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MOST_MB, MOST_S = 700, 15
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
ROW_OF_REFERENCES = '<row><c t="s"><v>0</v></c><c><v>1</v></c></row>'


def book(rows: Iterable[str], **options: str) -> dict[str, Iterable[str]]:
    """A workbook of these rows, piece by piece."""
    start = f"<worksheet xmlns='{MAIN}'><sheetData>{HEADER}"
    return {**{name: [text] for name, text in parts("", **options).items()}, SHEET: [start, *rows, END]}


END = "</sheetData></worksheet>"


def with_strings(pieces: Iterable[str]) -> dict[str, Iterable[str]]:
    """A workbook of these shared strings."""
    found = {name: [text] for name, text in parts("", strings="<si><t>a</t></si>").items()}
    return found | {STRINGS: [f"<sst xmlns='{MAIN}'>", *pieces, "</sst>"]}


def wide_header() -> str:
    return "<row>" + "".join(f"<c t='str'><v>h{i}</v></c>" for i in range(9_900)) + "</row>"


WORKBOOKS = {
    "rows of 16,384 cells": (
        lambda: book(repeat(f"<row>{'<c><v>1</v></c>' * 16_384}</row>", 60)),
        "lies more than 100",
    ),
    "rows of 100 cells below two names": (lambda: book(repeat(f"<row>{'<c><v>1</v></c>' * 100}</row>", 500)), "rows"),
    "short rows below 9,900 names": (
        lambda: {**book([]), SHEET: [f"<worksheet xmlns='{MAIN}'><sheetData>", wide_header(), SHORT * 30_000, END]},
        "rows",
    ),
    "cells that are empty": (lambda: book(repeat(f"<row>{'<c/>' * 16_384}</row>", 20)), "0 rows"),
    "a comment of 200 MB": (lambda: book(["<!--", *repeat("x" * (1 << 20), 200), "-->"]), "100 times its size"),
    "a comment of 15 MB": (lambda: book(["<!--", *repeat("x" * (1 << 20), 15), "-->"]), "of more than 1 MiB"),
    "a cell of 15 MB": (lambda: book(["<row><c t='str'><v>", "x" * (15 << 20), "</v></c></row>"]), "cell of more than"),
    "depth": (lambda: book(repeat("<x>" * 1_000, 1_000)), "nested more than 200 deep"),
    "names": (lambda: book(f"<n{i}/>" for i in range(300_000)), "more than 10,000 names"),
    "a number format of 900 kB": (
        lambda: book([], styles=STYLES.replace('"0.00"', f'"{"[" * 900_000}"')),
        "more than 255 characters",
    ),
    "empty strings": (lambda: with_strings(repeat("<si/>" * 10_000, 1_000)), "100 times its size"),
    "one text again and again": (
        lambda: book([ROW_OF_REFERENCES * 100_000], strings=f"<si><t>{'x' * 1_000_000}</t></si>"),
        "repeats its texts",
    ),
}
SHORT = "<row><c t='str'><v>a1b2c3d4</v></c></row>"
MILLION = b"x" * 1_000_000
TABLES = {
    "one text a thousand times": (
        lambda: [Column("a", BYTES, [MILLION] * 1_000, converted=0, dictionary=[MILLION])],
        "repeats its texts",
    ),
    "the same where nothing reads it": (
        lambda: [
            Column("a", BYTES, [b"1"] * 1_000, converted=0),
            Column("b", BYTES, [MILLION] * 1_000, converted=0, dictionary=[MILLION]),
        ],
        "1000 rows",
    ),
    "a cell of over 1 MiB": (lambda: [Column("a", BYTES, [MILLION * 2], converted=0)], "more than 1 MiB"),
}
# Not `ru_maxrss` of this process itself, which starts with what the process had that started it.
TELL = """
import re, resource, sys, time
from pathlib import Path
from importer.errors import InputError
from importer.sources import open_inputs
try:
    (source,) = open_inputs(sys.argv[1:])
    source.use([0], alone=True)
    print(sum(batch.height for batch in source.batches()), "rows")
except InputError as error:
    print(error)
source = None
print(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1], time.process_time())
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


@pytest.fixture(autouse=True)
def _linux() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells")


def read(path: Path) -> str:
    """What became of the file, in a process whose memory and processor time, and its children's, were looked at."""
    command = [sys.executable, "-c", TELL, str(path)]
    told, *used = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for line in used:
        kilobytes, seconds = line.split()
        assert int(kilobytes) < MOST_MB * 1_000
        assert float(seconds) < MOST_S
    return told


@pytest.mark.parametrize(("content", "outcome"), WORKBOOKS.values(), ids=WORKBOOKS.keys())
def test_a_workbook_takes_no_more_than_a_real_one(content, outcome, tmp_path):
    """However little was packed into much: cells, markup, formats, strings."""
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, pieces in content().items():
            with package.open(name, "w") as part:
                for piece in pieces:
                    part.write(piece.encode())
    assert outcome in read(path)
    path.unlink()


@pytest.mark.parametrize(("columns", "outcome"), TABLES.values(), ids=TABLES.keys())
def test_a_parquet_file_takes_no_more_than_a_real_one(columns, outcome, tmp_path):
    """However often a text is repeated, and whatever stands in columns that nothing reads."""
    path = tmp_path / "x.parquet"
    path.write_bytes(parquet(columns()))
    assert outcome in read(path)
    path.unlink()  # before the search for the key reads it


class Packed(Column):
    """A column of one value, as long as the values say, whose page is a Zstandard frame of blocks of one byte each."""

    def pages(self, values: Sequence[int]) -> tuple[bytes, int]:
        (length,) = values
        block = 128 << 10
        head = b"\x28\xb5\x2f\xfd\xc0\x38" + (4 + length).to_bytes(8, "little")
        raw = (4 << 3).to_bytes(3, "little") + length.to_bytes(4, "little")
        runs = ((block << 3 | 2).to_bytes(3, "little") + b"x") * (length // block)
        last = (1).to_bytes(3, "little")
        return page(0, 5, {1: 1, 2: 0, 3: 3, 4: 3}, head + raw + runs + last, unpacked=4 + length), 0


@pytest.mark.parametrize(("length", "outcome"), [(1 << 17, "1 rows"), (1 << 30, "unpacks to far more than its size")])
def test_what_unpacks_to_far_more_than_its_size_ends_another_process(length, outcome, tmp_path):
    """Memory beyond what the file's size explains is asked for where it does no harm, and refused."""
    path = tmp_path / "x.parquet"
    path.write_bytes(parquet([Packed("a", BYTES, [length], converted=0, codec=6)]))
    assert path.stat().st_size < 50_000
    assert outcome in read(path)
    path.unlink()
