"""Lines that sum up all others and carry something in the place of an id: `GrandTot`, `June2026`, `00000000`.

Its amount alone makes no row a total: it must lack the timestamp that others have, or stand at an end of the file with
a label in another column. Then a person says what it is.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT, Share
from importer.schema.cells import stripped
from importer.schema.guards.reading import ignoring
from importer.schema.money_sums import MoneySums
from importer.schema.sums import with_cents
from importer.settings import condition_text
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from importer.schema.columns import Columns

_LABEL = re.compile(
    r"(?:.*\W)?(?:(?:grand|sub)?totals?|gesamt|insgesamt|\w*summe|overall|totaux|totaal)\W*|all|alle|tous|todos|tutti",
    re.IGNORECASE,
)
_ROWS = 3  # itself and two others: two rows of one amount are no row and its total
_MOST = 100  # rows without a timestamp, beyond which the lack of one tells nothing


@dataclass(frozen=True, slots=True)
class _Line:
    """A row that may be a total; `why` says what hints at it besides its amount, in which `column`."""

    row: int
    id: str
    amount: Decimal
    why: str
    column: str


@dataclass(slots=True)
class _File:
    """The rows of a file that may be its total, and the sum of all rows; `last` is the latest with a label."""

    title: str
    sums: MoneySums = field(default_factory=MoneySums)
    without_moment: list[_Line] = field(default_factory=list)
    ends: list[_Line] = field(default_factory=list)
    last: _Line | None = None
    has_moments: bool = False
    begun: bool = False

    def totals(self) -> Iterator[_Line]:
        """The lines whose amount is the sum of all other rows: with it, all rows are twice its amount."""
        untimed = self.without_moment if self.has_moments and len(self.without_moment) <= _MOST else []
        lines = {line.row: line for line in (*self.ends, *([self.last] if self.last else []), *untimed)}
        for line in lines.values():
            if self.sums.have(EXACT.add(line.amount, line.amount), least=_ROWS):
                yield line


class DisguisedTotalsGuard:
    """Watches rows that would be sent, though they are the sum of all others of their file."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        title = columns.names.get("message_id")
        if title is None or not rows.height:
            return
        file = self._files.setdefault(source, _File(title))
        file.sums.add(rows.select("amount", "refund"))
        file.ends += [] if file.begun else _labelled(rows.head(1), batch.head(1), columns)
        file.last = next(iter(_labelled(rows.tail(1), batch.tail(1), columns)), None)
        file.begun = True
        self._look_at_moments(file, rows, columns)

    def _look_at_moments(self, file: _File, rows: pl.DataFrame, columns: Columns) -> None:
        position = columns.positions.get("timestamp")
        if position is None or position in columns.ignored or len(file.without_moment) > _MOST:
            return
        empty = pl.col("timestamp").is_null() | pl.col("error_code").is_not_null()  # of the others white space is gone
        untimed = rows.filter(empty).filter(stripped(pl.col("timestamp")).is_null())
        file.has_moments = file.has_moments or untimed.height < rows.height
        column = columns.names["timestamp"]
        why = f"has no {column}, which others have"
        file.without_moment += _lines(untimed.head(_MOST + 1), why, column)

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for source, file in self._files.items():
            for line in file.totals():
                where = f"--where {shlex.quote(condition_text(file.title, [line.id], is_not=True))}"
                yield (
                    f"{source}: row {line.row:,} ({line.id!r}) {line.why}, and is the sum of all other rows, "
                    f"{share_text(Share(1, with_cents(line.amount)))}: it may be a total, and would count twice. "
                    f"{where} leaves it out; {ignoring(line.column)} takes it as a row."
                )


def _labelled(row: pl.DataFrame, cells: pl.DataFrame, columns: Columns) -> list[_Line]:
    """The line at an end of the file, if it has a label in a column that is not its id, amount, type or moment."""
    others = {at for field, at in columns.positions.items() if field != "offer_id"} | columns.ignored
    for name, kind in cells.schema.items():
        if kind == pl.String and name.isdecimal() and int(name) not in others:
            text = (cells[name][0] or "").strip()
            if _LABEL.fullmatch(text):
                column = columns.titles[int(name)]
                return _lines(row, f"says {text[:40]!r} in {column}", column)
    return []


def _lines(rows: pl.DataFrame, why: str, column: str) -> list[_Line]:
    sent = rows.filter(pl.col("error_code").is_null() & (pl.col("amount") > 0))
    return [
        _Line(row, one, amount, why, column)
        for row, one, amount in sent.select("row", "message_id", "amount").iter_rows()
    ]
