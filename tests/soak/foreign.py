"""Files of other writers, read as other readers read them: `python -m tests.soak.foreign [SCALE] [FOLDER ...]`.

Workbooks and Parquet files by whichever of these libraries are installed (openpyxl, pyexcelerate, xlsxwriter; duckdb,
fastparquet, pyarrow), and every such file below the folders, a public suite of them for example. Each sheet, and each
column of a Parquet file, is refused with a sentence or read exactly as openpyxl or calamine, as pyarrow or duckdb read
it. Libraries that are missing are named, and left out. SCALE 0 is the folders alone, `-v` names what is not equal.
"""

from __future__ import annotations

import csv
import io
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import InputError
from importer.sources import Dialect, open_inputs
from tests.soak.inputs import judge_sentence
from tests.support.foreign import Cells, parquet_readers, same, workbook_readers
from tests.support.writers import write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.sources import Source

_WORKBOOKS, _PARQUET = (".xlsx", ".xlsm"), (".parquet",)
_SHOWN = 5


class DiffersError(AssertionError):
    """The product reads something that no other reader reads."""


def judge_workbook(path: Path) -> Counter[str]:
    """Compare each visible sheet."""
    readings, failures = _readings(path, workbook_readers())
    sheets = dict.fromkeys(name for reading in readings.values() for name in reading)
    figures: Counter[str] = Counter()
    for sheet in sheets or [None]:
        try:
            (source,) = open_inputs([str(path)], Dialect(sheets=(sheet,) if sheet else ()))
            source.use([])
            found = _cells(source)
        except InputError as error:
            judge_sentence(_without_names(str(error), sheets))
            figures[f"refused: {_reason(error, path)}"] += 1
            continue
        expected = {name: reading[sheet] for name, reading in readings.items() if sheet in reading}
        try:
            figures[_verdict(path, str(sheet), found, expected, failures)] += 1
        except DiffersError:
            if not (reason := _refusal(path, sheet)):
                raise
            figures[f"refused where it is used: {reason}"] += 1
    return figures


def _without_names(text: str, sheets: Iterable[str]) -> str:
    """A sheet may be called Errors, which is no word of ours."""
    for name in sheets:
        text = text.replace(name, "…")
    return text


def _refusal(path: Path, sheet: str | None) -> str:
    """What is said where every column is used; empty where nothing is."""
    try:
        list(open_inputs([str(path)], Dialect(sheets=(sheet,) if sheet else ()))[0].batches())
    except InputError as error:
        judge_sentence(str(error))
        return _reason(error, path)
    return ""


def _cells(source: Source) -> dict[tuple[int, int], str]:
    """All cells by row and column."""
    first = getattr(source, "_header_row", 1)
    found = {(first, column): text for column, text in enumerate(source.header, 1)}
    width = len(source.header)
    for batch in source.batches():
        for row in batch.iter_rows(named=True):
            texts = [row[str(column)] for column in range(width)]
            texts += next(csv.reader(io.StringIO(row.get("surplus") or "", newline="")), [])
            found |= {(row["line"], column): text for column, text in enumerate(texts, 1)}
    return {place: text for place, text in found.items() if text}


def _verdict(
    path: Path, sheet: str, found: dict[tuple[int, int], str], expected: dict[str, Cells], failures: dict[str, str]
) -> str:
    differences = {
        name: {
            place: (found.get(place), cells.get(place))
            for place in found.keys() | cells.keys()
            if not same(found.get(place), cells.get(place)) and not _is_blank_row(place, found, cells)
        }
        for name, cells in expected.items()
    }
    equal = [name for name, difference in differences.items() if not difference]
    if equal:
        return "equal to " + (" and ".join(equal))
    if not differences:
        return f"read, where {' and '.join(failures) or 'nobody'} could not"
    unlike_all = set.intersection(*({*difference} for difference in differences.values()))
    if not unlike_all:
        return "each cell equal to one of them"
    shown = {place: [d[place] for d in differences.values()] for place in sorted(unlike_all)[:_SHOWN]}
    raise DiffersError(f"{path}, sheet {sheet}: {len(unlike_all)} cells, (read, as others read): {shown}")


def _is_blank_row(place: tuple[int, int], found: dict[tuple[int, int], str], cells: Cells) -> bool:
    """The product leaves out rows of white space."""
    return place not in found and all(str(value).isspace() for (row, _), value in cells.items() if row == place[0])


def judge_parquet(path: Path) -> Counter[str]:
    """Compare each column."""
    readings, failures = _readings(path, parquet_readers())
    figures: Counter[str] = Counter()
    try:
        (source,) = open_inputs([str(path)])
    except InputError as error:
        judge_sentence(str(error))
        return Counter({f"refused: {_reason(error, path)}": 1})
    for position, name in enumerate(source.header):
        source.use([position], alone=True)
        try:
            found = [text for batch in source.batches() for text in batch[str(position)]]
        except InputError as error:
            judge_sentence(str(error))
            figures[f"refused: {_reason(error, path)}"] += 1
            continue
        expected = {reader: reading[name] for reader, reading in readings.items() if name in reading}
        figures[_verdict_of_column(path, name, found, expected, failures)] += 1
    return figures


def _verdict_of_column(
    path: Path, name: str, found: list[str | None], expected: dict[str, list[Any]], failures: dict[str, str]
) -> str:
    equal = [
        reader for reader, values in expected.items() if len(values) == len(found) and all(map(same, found, values))
    ]
    if equal:
        return "equal to " + (" and ".join(equal))
    if not expected:
        return f"read, where {' and '.join(failures) or 'nobody'} could not"
    shown = [
        (reader, len(found), len(values), [pair for pair in zip(found, values, strict=False) if not same(*pair)][:3])
        for reader, values in expected.items()
    ]
    raise DiffersError(f"{path}, column {name}: {shown}")


def _readings(path: Path, readers: dict[str, Callable[[Path], Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """What each reader reads, and why others cannot."""
    found, failures = {}, {}
    for name, read in readers.items():
        try:
            found[name] = read(path)
        except BaseException as error:  # a panic of Rust is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            failures[name] = str(error)[:80]
    return found, failures


def _reason(error: InputError, path: Path) -> str:
    return str(error).replace(str(path), "…")[:70]


JUDGES = dict.fromkeys(_WORKBOOKS, judge_workbook) | dict.fromkeys(_PARQUET, judge_parquet)


def judge_all(paths: Iterable[Path], *, verbose: bool = False) -> tuple[Counter[str], list[str]]:
    """Judge every file; returns the verdicts by kind of file, and what went wrong."""
    figures: Counter[str] = Counter()
    wrong = []
    for path in sorted(paths):
        try:
            verdicts = JUDGES[path.suffix.lower()](path)
        except DiffersError as error:
            wrong.append(str(error))
            continue
        except Exception as error:
            wrong.append(f"{path}: {type(error).__name__}: {error}")
            continue
        for verdict, number in verdicts.items():
            figures[f"{path.suffix.lower()} {verdict}"] += number
            if verbose and not verdict.startswith("equal"):
                print(path.name, verdict, flush=True)
    return figures, wrong


def main(scale: float = 1.0, folders: Iterable[Path] = ()) -> None:
    """Write and read them all, or fail."""
    missing = {"openpyxl", "python_calamine", "pyarrow", "duckdb"} - {*workbook_readers(), *parquet_readers()}
    if missing:
        print(f"not installed, so not asked: {', '.join(sorted(missing))}", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        wrong = _report("written here", write_all(Path(name), max(10, round(1_000 * scale)))) if scale else []
        for folder in folders:
            wrong += _report(folder.name, (path for path in folder.rglob("*") if path.suffix.lower() in JUDGES))
    if wrong:
        raise AssertionError("\n".join(wrong))


def _report(title: str, paths: Iterable[Path]) -> list[str]:
    began, chosen = time.monotonic(), list(paths)
    figures, wrong = judge_all(chosen, verbose="-v" in sys.argv)
    print(f"{title}: {len(chosen)} files, {len(wrong)} wrong ({time.monotonic() - began:.0f} s)", flush=True)
    for verdict, number in sorted(figures.items()):
        print(f"  {verdict}: {number}", flush=True)
    for text in wrong:
        print(f"  WRONG {text[:600]}", flush=True)
    return wrong


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "-v"]
    main(float(arguments[0]) if arguments else 1.0, map(Path, arguments[1:]))
