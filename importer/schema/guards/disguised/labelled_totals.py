"""Lines that sum up groups of rows and have an id: they say `Acme Total` in a column that is none of an id.

A name alone makes no row a total, as shops have such names: every row that is so labelled must be a sum, of the rows
above it since the last one, of all above, or of those below it; exactly, or as a report has it, rounded. Where some are
sums that have all other rows in them, or the name of the rows beside them (`Total Acme`), the others are names (`Total
Wine`).

But a row that says nothing but `Total`, or `Subtotal June`, is asked about by that word: where there is one such row
(by a word that names may be, such as `Suma`, or `Total` among brands, at an end, and much of all), or where half of
them are nearly sums of several rows.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import stripped
from importer.schema.columns import bare, plain_name
from importer.schema.guards.disguised.summed_lines import SUMS, Money, Question, SummedLines, money_of
from importer.schema.guards.disguised.total_lines import IS_SENT
from importer.schema.guards.given_names import holds_given_names
from importer.schema.lines import NAME, NAMED_TOTAL, SAYS_SO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
_NAMED_TOTAL = re.compile(NAMED_TOTAL, re.IGNORECASE)
_LOOK = 1_000
_MOST_WORDS = 20
_LEAST = 4  # rows that prove sums beside names
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
    after = column.named_after & labels
    kinds = (plain | named, plain, named, plain | after, after)
    parts = [column, *(column.only(some) for some in kinds if some < labels)]
    exact = next((part for part in parts if part.are_sums()), None) or _without_names(column)
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


def _without_names(column: SummedLines) -> SummedLines | None:
    """The lines that are sums of all other rows once some labels are taken for names, as that of a brand `Total Wine`.

    One label after the other is taken for one: that of the most rows, or of the largest part of its rows, which are no
    sums of several rows.
    """
    for below, by_part in product((False, True), (False, True)):
        part = column
        while min(sizes := part.sizes(below=below), default=1) == 0:
            texts = [text for _, text, _, _ in part.lines]
            if below:
                texts, sizes = texts[::-1], sizes[::-1]
            part = part.only(part.labels().keys() - {_worst(texts, sizes, by_part=by_part)})
        if len(part.lines) > 1 and part.is_whole(below=below) and part.are_sums(_LEAST):
            return part
    return None


def _worst(texts: Sequence[str], sizes: Sequence[int], *, by_part: bool) -> str:
    """The label of the most lines, or of the largest part of its lines, that are no sums of several; or the first."""
    count = Counter(texts)
    single, none = (Counter(text for text, rows in zip(texts, sizes, strict=True) if rows < n) for n in (2, 1))
    return max(count, key=lambda text: tuple(few[text] / (count[text] if by_part else 1) for few in (single, none)))


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
