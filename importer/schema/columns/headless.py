"""Where a header is when it is not where it should be: below other lines, or nowhere."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

from importer.model import REQUIRED_FIELDS
from importer.schema.cells import ZERO_WIDTH
from importer.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Line = tuple[int, Sequence[str]]

_ID = re.compile(r"(?=.*[0-9])[0-9A-Za-z_-]{8}|(?=.*[a-z])(?=.*[A-Z])[0-9A-Za-z_-]{8}")
_AMOUNT = re.compile(r"[^\w\s]?\s?[0-9]{1,3}(?:[0-9]*|(?:[.,'\u2019 \u00a0\u202f][0-9]{3})*)(?:[.,][0-9]+)?\s?[^\w\s]?")
_WITH_CENTS = re.compile(r".*[.,][0-9]{2}[^0-9]*")
_TYPE = re.compile("sale|click|send", re.IGNORECASE)
_TIME = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}(?:[T ].*)?")
_BY_NUMBER = re.compile(r"column[0-9]")
_OTHERS = (
    "A name such as column4 is of a column that nothing reads: put offer_id, timestamp, or a name of your own there to "
    "use it."
)
_FEWEST_NAMES = 2
_MOST_SHOWN, _MOST_CHARACTERS = 5, 40


def seems_a_row(cells: Sequence[str]) -> bool:
    """Whether the cells are those of a row: an amount, and a type or a time. Names of columns have neither."""
    seen = _seen(cells)
    return bool(seen["revenue"] and (seen["attribution_type"] or seen["timestamp"]))


def displaced(header: Sequence[str], lines: Sequence[Line], is_known: Callable[[str], bool]) -> str | None:
    """What to say, behind the file's name, where `header` is not the header; None where it may be.

    `lines` are the first of the file, with their numbers; `is_known` tells the names that columns of a field have.
    """
    first = ", ".join(safe_text(cell, _MOST_CHARACTERS) for cell in header[:_MOST_SHOWN])
    likely = _likely_header(lines, is_known)
    if likely is not None and [*map(_bare, likely[1])] != [*map(_bare, header)]:
        line = likely[0]
        if seems_a_row(header):
            return f"has a row ({first}) above what looks like its header, line {line}. Move the row below it."
        return (
            f"does not begin with its header, but with: {first}. Line {line} looks like it: --skip-rows {line - 1} "
            "leaves out what stands above."
        )
    if not seems_a_row(header):
        return None
    option, untold = _columns_of(header)
    choose = f" Put {' and '.join(untold)} in place of the columns that hold it." if untold else ""
    if _BY_NUMBER.search(option):
        choose += f" {_OTHERS}"
    return (
        f"has no header: its first line is a row ({first}), which would be lost. Name its columns in their order: "
        f"{option}.{choose}"
    )


def _bare(cell: str) -> str:
    return re.sub(f"[{ZERO_WIDTH}]", "", cell).strip()


def _columns_of(row: Sequence[str]) -> tuple[str, list[str]]:
    """The `--columns` for a file with this first line, and the required fields that it does not name.

    It names a field where one column alone can hold it; the names of others say where they are.
    """
    told = {positions[0]: field for field, positions in _seen(row).items() if len(positions) == 1}
    names = [told.get(position, f"column{position + 1}") for position in range(len(row))]
    return f"--columns {shlex.quote(','.join(names))}", [field for field in REQUIRED_FIELDS if field not in names]


def _likely_header(lines: Sequence[Line], is_known: Callable[[str], bool]) -> Line | None:
    """The first line that holds most names of columns, two at least; else the one above the first row, if as long."""
    names = [line for line in lines if not seems_a_row(line[1])]
    known = [sum(map(is_known, set(cells))) for _, cells in names]
    if max(known, default=0) >= _FEWEST_NAMES:
        return names[known.index(max(known))]
    rows = (below for below in pairwise(lines) if seems_a_row(below[1][1]))
    above, row = next(rows, (None, None))
    is_alike = above and row and above in names and len(above[1]) == len(row[1])
    return above if is_alike else None


def _seen(cells: Sequence[str]) -> dict[str, list[int]]:
    """The columns that may hold each field."""
    texts = [cell.strip() for cell in cells]

    def matching(pattern: re.Pattern[str]) -> list[int]:
        return [position for position, text in enumerate(texts) if pattern.fullmatch(text)]

    times, ids, with_cents = matching(_TIME), matching(_ID), matching(_WITH_CENTS)
    amounts = [position for position in matching(_AMOUNT) if position not in times]
    exact = [position for position in amounts if position in with_cents]
    others = [position for position in amounts if position not in ids]
    return {
        "message_id": [position for position in ids if position not in exact],
        "revenue": exact or others,
        "attribution_type": matching(_TYPE),
        "timestamp": times,
    }
