"""Lines that sum up groups of rows and have an id: they say `Acme Total` in a column that is none of an id.

A name alone makes no row a total, as shops have such names: every row that is so labelled must be a sum, of the rows
above it since the last one, of all above, or of those below it; exactly, or as a report has it, rounded. But a row that
says nothing but `Total`, or `Subtotal June`, is asked about by that word: where there is one such row (by a word that
names may be, such as `Suma`, or `Total` among brands, at an end, and much of all), or where half of them are nearly
sums of several rows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import stripped
from importer.schema.columns import bare, plain_name
from importer.schema.guards.disguised.summed_lines import SUMS, Money, Question, SummedLines, money_of
from importer.schema.guards.disguised.total_lines import IS_SENT
from importer.schema.guards.given_names import holds_given_names
from importer.schema.lines import NAME, SAYS_SO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.schema.columns import Columns

# What is in every such word: a look at all cells that costs little.
_IN_LABELS = [
    *("total", "totaa", "totau", "sum", "somme", "soma", "gesamt", "ergebnis", "razem", "celkem", "toplam", "kokku"),
    *("skupaj", "ukupno", "yhteens", "i alt", "łącznie", "součet", "összesen", "iš viso", "Σ", "∑", "合计", "合計"),
    *("总计", "總計", "小计", "小計", "합계", "총계", "сего", "того", "азом", "сього", "СЕГО", "ТОГО", "АЗОМ", "СЬОГО"),
    *("samman", "samtals", "kopā", "Kopā", "spolu", "jumlah", "sszes", "sszeg", "ącznie", "súčet", "总额", "總額"),
    *("総計", "소계", "бщо", "сичко", "купно", "агалом", "ύνολ", "ΎΝΟΛ", "υνολ", "ΥΝΟΛ", "tổng", "Tổng", "รวม"),
    *("कुल", "योग", "مجموع", "جمالي", "סה", "סך", "(all)", "all orders", "all rows", "all sales", "all trans"),
    *("all conv", "alle best", "alle zeil", "alle ums"),
]
LABEL = r"^(?i:(?:.*\W)?(?:(?:grand|sub)?totals?|gesamt|insgesamt|\w*summe|overall|totaux|totaal)\W*)$"
_ALONE = re.compile(rf"(?:{NAME})[:：]?", re.IGNORECASE)
_CERTAIN = re.compile(
    r"(?:grand|sub|sous)[ _-]?tota.*|total[:：]?|(?:gesamt|zwischen)(?:summe|betrag)\b.*|total g[ée]n[ée]ral.*",
    re.IGNORECASE,
)
_MAY_BE_A_NAME = re.compile(r"total", re.IGNORECASE)  # of a brand, of an offer
_NAMED_TOTAL = re.compile(r".+[ -](?:sub|grand )?total|.+[ -](?:summe|ergebnis)", re.IGNORECASE)
_LOOK = 1_000
_MOST_WORDS = 20
_NOT_EXACT = ": that word says so, though they are no exact sums"


class LabelledTotalsGuard:
    """Watches all columns of text but those of ids, amounts, types and moments."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, int], SummedLines] = {}
        self._above: dict[str, Money] = {}
        self._passed: list[tuple[str, pl.DataFrame]] = []

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:
        """See `Guard.look`."""
        for position in positions_of_labels(batch, columns):
            cells = batch[str(position)]
            stops = _labelled(rows, cells)
            column = self._columns.get((source, position))
            if column is None and stops:
                column = self._columns[source, position] = SummedLines(source, columns.titles[position])
            if column is not None:
                column.add(rows, cells, stops, self._money_above(source))
        has_refunds = rows["refund"].null_count() < rows.height  # a column of nothing takes as much memory
        self._passed.append((source, rows.select("amount", "refund") if has_refunds else rows.select("amount")))

    def _money_above(self, source: str) -> Money:
        """The money of the file's batches before this one, which in most files nobody asks for."""
        for name, money in self._passed:
            self._above[name] = self._above.get(name, Money()) + money_of(money)
        self._passed = []
        return self._above.get(source, Money())

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        asked = {at: [*_asked(column)] for at, column in self._columns.items()}
        for (source, _), found in asked.items():
            for question in found:
                yield question.sentence(is_shared=self._is_shared(source, question, asked))

    def _is_shared(self, source: str, question: Question, asked: Mapping[tuple[str, int], list[Question]]) -> bool:
        """Whether rows of another file, which are not asked about, have its labels in a column that is called so."""
        for (name, position), column in self._columns.items():
            if name != source and plain_name(bare(column.title)) == plain_name(bare(question.title)):
                known = {label for one in asked[name, position] for label in one.labels}
                if not known.issuperset(column.labels().keys() & question.labels):
                    return True
        return False


def _asked(column: SummedLines) -> Iterator[Question]:
    """The questions about the labels of a column: of all, or of those of one kind, the others being names then."""
    labels = column.labels().keys()
    plain, named = ({label for label in labels if is_so(label)} for is_so in (_is_plain, _is_named_total))
    parts = [column, *(column.only(some) for some in (plain | named, plain, named) if some < labels)]
    exact = next((part for part in parts if part.are_sums()), None)
    if exact is not None:
        yield exact.question()
        return
    of_words = [part for part in map(column.only, _one_by_one(plain)) if part.are_sums()]
    yield from (part.question() for part in of_words)
    known = {line[0] for part in of_words for line in part.lines}
    for part in (column, column.only(plain)):
        if chosen := [n for n in _perhaps(part) if part.lines[n][0] not in known]:
            yield part.question(chosen, _NOT_EXACT if not part.are_sums(least=0) else SUMS)
            return


def _one_by_one(plain: set[str]) -> list[set[str]]:
    return [{label} for label in sorted(plain)] if 1 < len(plain) <= _MOST_WORDS else []


def _is_named_total(label: str) -> bool:
    """Whether a label is a name with such a word behind it, as pivot tables write totals of groups."""
    return _NAMED_TOTAL.fullmatch(label) is not None


def _is_plain(label: str) -> bool:
    """Whether a label says nothing but that the line is a total."""
    return _ALONE.fullmatch(label) is not None or _CERTAIN.fullmatch(label) is not None


def _perhaps(column: SummedLines) -> list[int]:
    """The lines that may be totals by their words, though not all of them are sums; see above."""
    near = column.near()
    if not near:
        return []
    if len(near) == 1 and column.is_sum_of_all(0) and column.is_at_an_end(0):
        return []  # `disguised_totals` asks about it
    are_certain = not holds_given_names(column.title) and all(_CERTAIN.fullmatch(line[1]) for line in column.lines)
    if all(near) and (max(near) > 1 or are_certain):
        return [*range(len(near))]
    plain = [n for n, line in enumerate(column.lines) if _is_plain(line[1])]
    if len(plain) == 1:
        (n,) = plain
        label = column.lines[n][1]
        is_name = _MAY_BE_A_NAME.fullmatch(label) is not None and holds_given_names(column.title)
        is_certain = _CERTAIN.fullmatch(label) is not None and not is_name
        asked = is_certain or near[n] > 1 or (column.is_at_an_end(n) and column.is_half_of_all(n))
    else:
        asked = 2 * sum(near[n] > 1 for n in plain) >= len(plain) and not column.has_same_together()
    return plain if asked else []


def positions_of_labels(batch: pl.DataFrame, columns: Columns) -> list[int]:
    """The columns of text that may hold a label: all but those of other fields than the offer."""
    others = {at for field, at in columns.positions.items() if field != "offer_id"} | columns.ignored
    texts = (int(name) for name in batch.columns if name.isdecimal())
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
    few = rows[like].select("amount", "error_code", "excluded").with_columns(at=like, cell=cells.gather(like))
    return few.filter(says & IS_SENT)["at"].to_list()
