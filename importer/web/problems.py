"""The rows that a check refused, by reason and page by page, as the rejects file has them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PAGE_ROWS = 50
_CODE, _MESSAGE = "error_code", "error_message"
_ROWS_A_PART = 1000
# What a spreadsheet computes. An amount with a sign is left alone: it must stay a number there.
_FORMULA = re.compile(r"'*(?:[=@\t\r]|[+-].*(?:[^\W\d_]|[(|!{\"&=]))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problems:
    """One page of rows: `cells` by `titles`, then the code and the sentence. `pages` is at least 1."""

    titles: Sequence[str]
    rows: Sequence[tuple[Sequence[str], str, str]]
    by_code: dict[str, int]
    code: str
    page: int
    pages: int
    total: int


def read_problems(path: Path, code: str, page: int) -> Problems:
    """Read one page, of the rows with this code or of all; a page beyond the last is the last."""
    by_code = _counted(path, path.stat().st_mtime_ns if path.exists() else 0)
    total = by_code[code] if code else by_code.total()
    pages = max(1, -(-total // PAGE_ROWS))
    page = min(max(1, page), pages)
    wanted = (row for row in _rows(path) if not code or row[1] == code)
    rows = list(islice(wanted, (page - 1) * PAGE_ROWS, page * PAGE_ROWS))
    return Problems(_titles(path), rows, dict(by_code.most_common()), code, page, pages, total)


def harmless(path: Path) -> Iterator[bytes]:
    """A rejects file in parts, as it is to be opened in a spreadsheet.

    A cell that would be a formula has an apostrophe in front, which an import of the mended file takes off again.
    """
    lines = (list(map(_harmless, line)) for line in _lines(path, "utf-8"))
    while part := list(islice(lines, _ROWS_A_PART)):
        text = io.StringIO()
        csv.writer(text).writerows(part)
        yield text.getvalue().encode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


@lru_cache(maxsize=32)
def _counted(path: Path, _written: int) -> Counter[str]:
    """How many rows have each code; a file is counted once, as nothing changes it after the check."""
    return Counter(code for _, code, _ in _rows(path))


def _titles(path: Path) -> list[str]:
    header = next(_lines(path), [])
    return header[: header.index(_CODE)] if _CODE in header else header


def _rows(path: Path) -> Iterator[tuple[Sequence[str], str, str]]:
    lines = _lines(path)
    header = next(lines, [])
    if _CODE not in header:
        return
    # The reasons are the last columns of these names: the file may have had some of its own.
    at = len(header) - 1 - header[::-1].index(_CODE)
    for line in lines:
        yield line[:at], line[at], line[at + 1]


def _lines(path: Path, encoding: str = "utf-8-sig") -> Iterator[list[str]]:
    if not path.exists():
        return
    csv.field_size_limit(1 << 30)
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.reader(file)
