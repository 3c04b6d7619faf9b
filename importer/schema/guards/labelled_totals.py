"""Lines that sum up groups of rows and have an id: they say `Acme Total` in a column that is none of an id.

A name alone makes no row a total, as shops have such names: every row that is so labelled must be a sum, of the rows
above it since the last one, of all above, or of those below it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT, Share
from importer.schema.cells import stripped
from importer.schema.guards.reading import ignoring
from importer.schema.money_sums import is_close
from importer.schema.sums import exact_sum, with_cents
from importer.schema.total_rows import SAYS_SO
from importer.settings import condition_text
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.schema.columns import Columns

# What is in every such word: a look at all cells that costs little.
_IN_LABELS = [
    *("total", "totaa", "totau", "sum", "somme", "soma", "gesamt", "ergebnis", "razem", "celkem", "toplam", "kokku"),
    *("skupaj", "ukupno", "yhteens", "i alt", "łącznie", "součet", "összesen", "iš viso", "Σ", "∑", "合计", "合計"),
    *("总计", "總計", "小计", "小計", "합계", "총계", "сего", "того", "азом", "сього", "СЕГО", "ТОГО", "АЗОМ", "СЬОГО"),
]
LABEL = r"^(?i:(?:.*\W)?(?:(?:grand|sub)?totals?|gesamt|insgesamt|\w*summe|overall|totaux|totaal)\W*)$"
_LOOK = 1_000
_MOST = 500  # labels in a column; more are names
_NAMED, _IN_AN_OPTION = 3, 20


@dataclass(frozen=True, slots=True)
class _Money:
    """A sum of amounts, the same less refunds, and how many rows with an amount it is of."""

    gross: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    rows: int = 0

    def __add__(self, other: _Money) -> _Money:
        return _Money(EXACT.add(self.gross, other.gross), EXACT.add(self.net, other.net), self.rows + other.rows)

    def is_sum(self, amount: Decimal) -> bool:
        return self.rows > 0 and (is_close(self.gross, amount) or is_close(self.net, amount))


def _money_of(rows: pl.DataFrame) -> _Money:
    gross = exact_sum(rows["amount"])
    net = gross
    if "refund" in rows.columns:
        net = EXACT.add(gross, exact_sum(rows["refund"]))
    return _Money(gross, net, int((rows["amount"] > 0).sum()))


@dataclass(slots=True)
class _Column:
    """The labelled rows of a column, each with the money of the rows between it and the one before."""

    source: str
    title: str
    lines: list[tuple[int, str, Decimal, _Money]] = field(default_factory=list)
    since: _Money = field(default_factory=_Money)

    def add(self, rows: pl.DataFrame, cells: pl.Series, stops: Sequence[int], above: _Money) -> None:
        """Take in a batch with labelled rows at `stops`; `above` is the money of the rows of earlier batches."""
        since, begin = self.since if self.lines else above, 0
        for at in stops:
            money = since + _money_of(rows.slice(begin, at - begin))
            self.lines.append((rows["row"][at], cells[at].strip(), rows["amount"][at], money))
            since, begin = _Money(), at + 1
        self.since = since + _money_of(rows.slice(begin))

    def are_sums(self) -> bool:
        """Whether all of them are sums, in one direction; one line at an end is the total of all others."""
        parts = [*(money for *_, money in self.lines), self.since]
        if len(self.lines) == 1 and not (parts[0].rows and parts[1].rows):
            return False
        above = [*accumulate(parts)]
        return self._are(zip(parts, above, strict=True)) or self._are((part, above[-1]) for part in parts[1:])

    def _are(self, sums: Iterable[tuple[_Money, ...]]) -> bool:
        """Whether each line is one of these sums, and not all of single rows."""
        of_rows = [
            next((money.rows for money in some if money.is_sum(amount)), 0)
            for (_, _, amount, _), some in zip(self.lines, sums, strict=False)
        ]
        return min(of_rows) > 0 and max(of_rows) > 1

    def sentence(self) -> str:
        """Which they are, and what to do."""
        labels = list(dict.fromkeys(text for _, text, _, _ in self.lines))
        named = [f"row {row:,} ({text[:40]!r})" for row, text, _, _ in self.lines[:_NAMED]]
        more = ", …" if len(self.lines) > _NAMED else ""
        share = sum((Share(1, with_cents(amount)) for _, _, amount, _ in self.lines), Share())
        where = f"--where {shlex.quote(condition_text(self.title, labels, is_not=True))}"
        way = f"{where} leaves them out" if len(labels) <= _IN_AN_OPTION else "Leave them out of the file"
        return (
            f"{self.source}: by the column {self.title!r} some rows may be totals, and would count twice: "
            f"{', '.join(named)}{more}, {share_text(share)}, which are the sums of the rows beside them. {way}; "
            f"{ignoring(self.title)} takes them as rows."
        )


class LabelledTotalsGuard:
    """Watches all columns of text but those of ids, amounts, types and moments."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, int], _Column] = {}
        self._above: dict[str, _Money] = {}
        self._passed: list[tuple[str, pl.DataFrame]] = []

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        for position in positions_of_labels(batch, columns):
            cells = batch[str(position)]
            stops = _labelled(rows, cells)
            column = self._columns.get((source, position))
            if column is None and stops:
                column = self._columns[source, position] = _Column(source, columns.titles[position])
            if column is not None and len(column.lines) <= _MOST:
                column.add(rows, cells, stops[: _MOST + 1], self._money_above(source))
        has_refunds = rows["refund"].null_count() < rows.height  # a column of nothing takes as much memory
        self._passed.append((source, rows.select("amount", "refund") if has_refunds else rows.select("amount")))

    def _money_above(self, source: str) -> _Money:
        """The money of the file's batches before this one, which in most files nobody asks for."""
        for name, money in self._passed:
            self._above[name] = self._above.get(name, _Money()) + _money_of(money)
        self._passed = []
        return self._above.get(source, _Money())

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for column in self._columns.values():
            if len(column.lines) <= _MOST and column.are_sums():
                yield column.sentence()


def positions_of_labels(batch: pl.DataFrame, columns: Columns) -> list[int]:
    """The columns of text that may hold a label: all but those of other fields than the offer."""
    others = {at for field, at in columns.positions.items() if field != "offer_id"} | columns.ignored
    texts = (int(name) for name, kind in batch.schema.items() if kind == pl.String and name.isdecimal())
    return [position for position in texts if position not in others]


def _labelled(rows: pl.DataFrame, cells: pl.Series) -> list[int]:
    """The places of rows that would be sent, and that say in this column that they are totals.

    A column of numbers, as far as a look tells, is none of labels.
    """
    first = cells.head(_LOOK)
    if first.str.contains("[0-9]").any() and not first.str.contains(r"\p{L}").any():
        return []
    like = cells.str.contains_any(_IN_LABELS, ascii_case_insensitive=True).arg_true()
    if like.is_empty():
        return []
    text = stripped(pl.col("cell"))
    says = text.str.contains(SAYS_SO) | text.str.contains(LABEL)
    few = rows[like].select("amount", "error_code").with_columns(at=like, cell=cells.gather(like))
    return few.filter(says & pl.col("error_code").is_null() & (pl.col("amount") > 0))["at"].to_list()
