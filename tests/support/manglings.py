"""What people and programs do to a results file: each change by name, and what is right to do about it.

`MANGLINGS[name].change(content, random)` gives the new bytes. `alone` says what a run must do with the changed file
when its journal is not there: go on from it, because every content is still told, or refuse it. With the journal
beside it every change is harmless.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Table = list[list[str]]
PLACES = ("row", "source", "message_id", "revenue", "attribution_type", "offer_id", "timestamp", "status")
ROW, SOURCE, MESSAGE_ID, REVENUE, KIND, OFFER_ID, TIMESTAMP, STATUS = range(8)
REVENUE_ID, TARGET = 8, 14


@dataclass(frozen=True)
class Mangling:
    """One change; `goes_on` is what must happen when there is no journal."""

    change: Callable[[bytes, Random], bytes]
    goes_on: bool


def read(content: bytes) -> Table:
    """The cells of a results file as it was written."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def written(
    table: Table, delimiter: str = ",", encoding: str = "utf-8", eol: str = "\r\n", *, quoted: bool = False
) -> bytes:
    """The same as another program saves it."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out, delimiter=delimiter, lineterminator=eol, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    )
    writer.writerows(table)
    return out.getvalue().encode(encoding)


def cells(place: int, change: Callable[[str], str]) -> Callable[[bytes, Random], bytes]:
    """Change every cell of a column."""

    def changed(content: bytes, _: Random) -> bytes:
        header, *lines = read(content)
        return written([header, *([*line[:place], change(line[place]), *line[place + 1 :]] for line in lines)])

    return changed


def some_cells(place: int, change: Callable[[str], str]) -> Callable[[bytes, Random], bytes]:
    """Change a third of the cells of a column, one at least."""

    def changed(content: bytes, random: Random) -> bytes:
        header, *lines = read(content)
        for line in random.sample(lines, max(1, len(lines) // 3)):
            line[place] = change(line[place])
        return written([header, *lines])

    return changed


def lines(change: Callable[[Table, Random], Table]) -> Callable[[bytes, Random], bytes]:
    """Change which lines there are, or their order."""

    def changed(content: bytes, random: Random) -> bytes:
        header, *rest = read(content)
        return written([header, *change(rest, random)])

    return changed


def saved(**how: object) -> Callable[[bytes, Random], bytes]:
    """Save the same cells in another dialect."""
    return lambda content, _: written(read(content), **how)  # type: ignore[arg-type]


def _without_some(rest: Table, random: Random) -> Table:
    gone = random.sample(range(len(rest) - 1), max(1, len(rest) // 4))
    return [line for i, line in enumerate(rest) if i not in gone]


def _swapped_columns(content: bytes, _: Random) -> bytes:
    return written([[line[1], line[0], *line[2:]] for line in read(content)])


def _swapped_amounts(rest: Table, _: Random) -> Table:
    amounts = [line[REVENUE] for line in rest]
    return [
        [*line[:REVENUE], amount, *line[REVENUE + 1 :]]
        for line, amount in zip(rest, amounts[1:] + amounts[:1], strict=True)
    ]


def _one_target(rest: Table, random: Random) -> Table:
    random.choice(rest)[TARGET] = "elsewhere.example"
    return rest


def _renumbered(rest: Table, _: Random) -> Table:
    return [[str(i), *line[1:]] for i, line in enumerate(reversed(rest), 1)]


def _like_a_number(cell: str) -> str:
    """What a spreadsheet makes of a text that looks like a number."""
    try:
        return f"{float(cell):.10g}"
    except ValueError:
        return cell


def _like_a_date(cell: str) -> str:
    return f"{cell[8:10]}.{cell[5:7]}.{cell[:4]} {cell[11:16]}" if cell else cell


def _recorded_as(word: str) -> Callable[[str], str]:
    return lambda status: word if status == "recorded" else status


MANGLINGS: dict[str, Mangling] = {
    "semicolons": Mangling(saved(delimiter=";"), goes_on=True),
    "tabs in UTF-16": Mangling(saved(delimiter="\t", encoding="utf-16"), goes_on=True),
    "with a BOM": Mangling(saved(encoding="utf-8-sig"), goes_on=True),
    "everything quoted": Mangling(saved(quoted=True), goes_on=True),
    "other line ends": Mangling(saved(eol="\n"), goes_on=True),
    "sorted by amount": Mangling(lines(lambda rest, _: sorted(rest, key=lambda line: line[REVENUE])), goes_on=True),
    "shuffled": Mangling(lines(lambda rest, random: random.sample(rest, len(rest))), goes_on=True),
    "doubled": Mangling(lines(lambda rest, _: rest + rest), goes_on=True),
    "renumbered": Mangling(lines(_renumbered), goes_on=True),
    "source renamed": Mangling(cells(SOURCE, lambda _: "june (1).csv"), goes_on=True),
    "no last line end": Mangling(lambda content, _: content.rstrip(b"\r\n"), goes_on=True),
    "zeros added to amounts": Mangling(cells(REVENUE, lambda cell: cell + "0" if "." in cell else cell), goes_on=True),
    "ids in capitals": Mangling(cells(MESSAGE_ID, str.upper), goes_on=False),
    "ids like numbers": Mangling(cells(MESSAGE_ID, _like_a_number), goes_on=False),
    "dates rewritten": Mangling(cells(TIMESTAMP, _like_a_date), goes_on=False),
    "decimal commas": Mangling(cells(REVENUE, lambda cell: cell.replace(".", ",")), goes_on=False),
    "decimal commas, renumbered": Mangling(
        lambda content, random: lines(_renumbered)(
            cells(REVENUE, lambda cell: cell.replace(".", ","))(content, random), random
        ),
        goes_on=False,
    ),
    "amounts swapped": Mangling(lines(_swapped_amounts), goes_on=False),
    "offers dropped": Mangling(cells(OFFER_ID, lambda _: ""), goes_on=False),
    "recorded called pending": Mangling(cells(STATUS, _recorded_as("pending")), goes_on=False),
    "recorded called failed here and there": Mangling(some_cells(STATUS, _recorded_as("failed")), goes_on=False),
    "recorded called ok": Mangling(cells(STATUS, _recorded_as("ok")), goes_on=False),
    "statuses emptied": Mangling(cells(STATUS, lambda _: ""), goes_on=False),
    "cut in the middle": Mangling(lambda content, _: content[: len(content) // 2], goes_on=False),
    "cut within the last cell": Mangling(lambda content, _: content[:-4], goes_on=False),
    "cut within the first line": Mangling(lambda content, _: content[: content.find(b"\n") + 30], goes_on=False),
    "cut within the header": Mangling(lambda content, _: content[:40], goes_on=False),
    "the last line deleted": Mangling(lines(lambda rest, _: rest[:-1]), goes_on=False),
    "the first line deleted": Mangling(lines(lambda rest, _: rest[1:]), goes_on=False),
    "some lines deleted": Mangling(lines(_without_some), goes_on=False),
    "all lines deleted": Mangling(lines(lambda _, __: []), goes_on=False),
    "columns swapped": Mangling(_swapped_columns, goes_on=False),
    "a column in front": Mangling(lambda content, _: written([["x", *line] for line in read(content)]), goes_on=False),
    "another target in one line": Mangling(lines(_one_target), goes_on=False),
    "emptied": Mangling(lambda _, __: b"", goes_on=False),
    "one byte": Mangling(lambda _, __: b"\n", goes_on=False),
    "a page of HTML": Mangling(lambda _, __: b"<!doctype html><title>Sign in</title>\n", goes_on=False),
    "an Excel file": Mangling(
        lambda _, __: b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(range(256)) * 8, goes_on=False
    ),
    "a Parquet file": Mangling(lambda _, __: b"PAR1" + bytes(500) + b"PAR1", goes_on=False),
    "zeros": Mangling(lambda content, _: bytes(len(content)), goes_on=False),
    "an open quote": Mangling(lambda content, _: content.replace(b"\r\n3,", b'\r\n"3,', 1), goes_on=False),
}
