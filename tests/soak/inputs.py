"""Five thousand damaged input files: `python -m tests.soak.inputs [SCALE]`.

CSV in many dialects, compressed CSV, Parquet and workbooks, of good and of invalid rows, are damaged at random. Each is
then refused with a sentence, or read exactly as a strict reader reads it that shares nothing with the product: row for
row, digit for digit. One file in fifty goes through the command, and the ledger of a real server is compared.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.api import json_bodies
from importer.disk.spool import Spool
from importer.errors import ImporterError
from importer.model import SilentListener
from importer.plan.check import Check
from importer.settings import InputSettings
from importer.sources import open_inputs
from tests.faultserver.plan import plan
from tests.faultserver.server import FaultServerProcess
from tests.support.damage import damaged
from tests.support.inputs import FIELDS, InputRow, invalid_rows, rows, write_csv
from tests.support.reference import Posted, Rows, UnreadableError, read_csv, read_frame, read_workbook
from tests.support.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {"csv": 4000, "xlsx": 600, "parquet": 400}
SAMPLE = 50
_DELIMITERS = (",", ",", ";", "\t", "|")
_SHEET, _STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
_ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252")


def text_file(month: list[InputRow], random: Random, place: Path) -> Path:
    """A CSV file in a dialect of chance, damaged before or after it was compressed."""
    delimiter, encoding = random.choice(_DELIMITERS), random.choice(_ENCODINGS)
    path = write_csv(
        place.with_suffix(".csv"),
        month,
        delimiter=delimiter,
        encoding=encoding,
        line_end=random.choice(("\n", "\r\n", "\r")),
    )
    data, packed = path.read_bytes(), random.choice(["", "", "", "", ".gz", ".zst"])
    if not packed:
        path.write_bytes(damaged(data, random))
        return path
    pack = gzip.compress if packed == ".gz" else _zstd().compress
    data = damaged(pack(data), random) if random.random() < 0.5 else pack(damaged(data, random))
    path = path.with_name(path.name + packed)
    path.write_bytes(data)
    return path


def parquet_file(month: list[InputRow], random: Random, place: Path) -> Path:
    """A Parquet file, of typed columns as far as the rows allow, damaged."""
    path = place.with_suffix(".parquet")
    frame = pl.DataFrame([row.cells for row in month], schema=dict.fromkeys(FIELDS, pl.String), orient="row")
    kinds = random.choice([[], [pl.col("revenue").cast(pl.Decimal(18, 2), strict=False)], [_TIMES], [_FLOATS, _TIMES]])
    compression = random.choice(["uncompressed", "zstd", "snappy"])
    frame.with_columns(kinds).write_parquet(path, compression=compression, row_group_size=random.choice([7, 1000]))
    path.write_bytes(damaged(path.read_bytes(), random, in_place=random.random() < 0.8))
    return path


_FLOATS = pl.col("revenue").cast(pl.Float64, strict=False)
_TIMES = pl.col("timestamp").str.strip_suffix("Z").str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)


def workbook_file(month: list[InputRow], random: Random, place: Path) -> Path:
    """A workbook, damaged as a package, or in the XML of its sheet or its strings."""
    out = io.BytesIO()
    with import_module("xlsxwriter").Workbook(out) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([FIELDS, *(row.cells for row in month)]):
            for column, cell in enumerate(cells):
                sheet.write_string(line, column, cell)
            if line and line % 3 == 0 and month[line - 1].digits:
                sheet.write_number(line, 1, float(month[line - 1].digits or 0))
    path = place.with_suffix(".xlsx")
    part = random.choice([None, _SHEET, _SHEET, _STRINGS, _STRINGS])
    path.write_bytes(damaged(out.getvalue(), random) if part is None else _repacked(out, part, random))
    return path


def _repacked(package: io.BytesIO, damaged_part: str, random: Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, _damaged_xml(data, random) if name == damaged_part else data)
    return out.getvalue()


def _damaged_xml(data: bytes, random: Random) -> bytes:
    """Damage the text of one element, or, now and then, anything."""
    if random.random() < 0.2:
        return damaged(data, random)
    text = random.choice(list(re.finditer(rb">([^<]+)<", data)))
    return data[: text.start(1)] + damaged(text[1], random, in_place=random.random() < 0.5) + data[text.end(1) :]


def would_post(path: Path) -> Rows:
    """What the product would post of each row of a file. Raises `ImporterError` only."""
    spool = Spool()
    try:
        settings = InputSettings(inputs=(str(path),))
        sources = open_inputs(settings.inputs)
        Check(sources, settings, now=datetime.now(UTC), spool=spool).run(SilentListener())
        found: Rows = {}
        for frame in spool:
            valid = frame.filter(pl.col("error_code").is_null())
            found |= dict.fromkeys(frame["row"].to_list())
            found |= dict(zip(valid["row"].to_list(), map(_read, json_bodies(valid).to_list()), strict=True))
    finally:
        spool.close()
    return found


def _read(body: str) -> Posted:
    """A request's body, the amount by its digits."""
    fields = json.loads(body, parse_float=str, parse_int=str)
    return Posted(*(fields.get(name) for name in FIELDS))


def says(path: Path) -> Rows:
    """What the file says. Raises `UnreadableError`."""
    if path.suffix == ".parquet":
        return read_frame(pl.read_parquet(path))  # only asked for what the product has read whole
    return (read_workbook if path.suffix == ".xlsx" else read_csv)(path.read_bytes())


MAKERS: dict[str, Callable[[list[InputRow], Random, Path], Path]] = {
    "csv": text_file,
    "parquet": parquet_file,
    "xlsx": workbook_file,
}


def judge(path: Path) -> str:
    """Read a damaged file with the product and with the reference; in a word, what became of it."""
    try:
        found = would_post(path)
    except ImporterError as error:
        judge_sentence(str(error))
        return "refused"
    try:
        expected = says(path)
    except UnreadableError as error:
        raise AssertionError(f"{path} cannot be trusted ({error}), but was read: {found}") from error
    if path.suffix == ".parquet" or path.suffix == ".xlsx":  # a number has no digits of its own there, only a value
        found, expected = _by_value(found), _by_value(expected)
    if found != expected:
        differ = {
            n: (found.get(n), expected.get(n))
            for n in found.keys() | expected.keys()
            if found.get(n) != expected.get(n)
        }
        raise AssertionError(f"{path}: read otherwise than it says; row: (read, in the file) {differ}")
    return "read whole" if all(found.values()) else "read, with invalid rows"


def _by_value(found: Rows) -> Rows:
    return {
        row: posted and posted._replace(revenue=str(Decimal(posted.revenue).normalize()))
        for row, posted in found.items()
    }


def judge_sentence(text: str) -> None:
    if not text.endswith((".", "?")) or "\n" in text or len(text) > 900 or "Error" in text or "Exception" in text:
        raise AssertionError(f"no sentence for a user: {text!r}")


def judge_command(warm: Warm, server: FaultServerProcess, path: Path, word: str) -> None:
    """Import the file for real: what the ledger then holds is what the reference reads."""
    before = len(server.ledger())
    options = ("--base-url", server.url, "--rate", 0, "--duplicates", "post", "--overlap", "allow", "--json")
    result = warm.run("import", path, *options, cwd=path.parent)
    if result.exit not in ((2,) if word == "refused" else (0, 1)) or "Traceback" in result.stderr:
        raise AssertionError(f"{word}, and then {result}")
    ledger = [Posted(*(record[name] for name in FIELDS)) for record in server.ledger()[before:]]
    stored = dict(enumerate(ledger))
    expected = {} if word == "refused" else {row: posted for row, posted in says(path).items() if posted}
    if Counter(_by_value(stored).values()) != Counter(_by_value(expected).values()):
        raise AssertionError(f"{path}: the ledger holds {ledger}, the file says {expected}")


def main(scale: float = 1.0) -> None:
    """Damage and read them all, or fail."""
    with tempfile.TemporaryDirectory(prefix="soak-") as name, Warm() as warm, _serving(Path(name)) as server:
        for kind, count in FILES.items():
            began = time.monotonic()
            figures = _campaign(Path(name), kind, max(1, round(count * scale)), warm, server)
            words = ", ".join(f"{word} {number}" for word, number in sorted(figures.items()))
            print(f"{kind}: {figures.total()} damaged files: {words} ({time.monotonic() - began:.0f} s)", flush=True)


def _serving(folder: Path) -> FaultServerProcess:
    return FaultServerProcess(plan(), folder / "server" / "ledger")


def _campaign(folder: Path, kind: str, count: int, warm: Warm, server: FaultServerProcess) -> Counter[str]:
    figures: Counter[str] = Counter()
    for number in range(count):
        random = Random(f"{kind} {number}")
        month = [*rows(random.randint(1, 25), start=random.randrange(5000)), *random.sample(invalid_rows(), 2)]
        random.shuffle(month)
        place = folder / f"{kind}-{number}"
        place.mkdir()
        path = MAKERS[kind](month, random, place / "june")
        word = judge(path)
        if number % SAMPLE == 0:
            judge_command(warm, server, path, word)
        figures[word] += 1
        for file in place.iterdir():
            file.unlink()
    return figures


def _zstd() -> Any:
    return import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
