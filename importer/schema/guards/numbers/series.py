"""How most numbers of a column are written, and what the others say by their letters.

A number is known by its words, runs of letters, and by the digits between them. What stands right beside digits is a
word only where such words are few: `7F3A9C` has none. In a column of random letters, or of sentences, nothing is one.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import polars as pl

from importer.schema.guards.numbers.codes import (
    BEHIND,
    CODES,
    COMPOUND,
    CREDITS,
    EXTRA,
    INVOICES,
    LIKELY_CREDITS,
    OF_ORDERS_TOO,
    ONLY_WITHOUT,
    ORDER_SALES,
    PAIRS,
    SALES,
    begins_so,
    spells_out,
)
from importer.schema.guards.status import SPELLINGS, folded

_TOKEN = re.compile(r"(?:[^\W\d_]|[\u0900-\u0e7f])+|[0-9]+")  # in India and Thailand vowels are marks of letters
_DIGITS = "0"
_FEW = 4
"""So many different words are few in the smallest column, and one of its own for so many numbers is in any."""
_MOST_SHAPES = 2_000
_BEGINS_SO = rf"(?i)^[\W_]*(?:{'|'.join(map(re.escape, SPELLINGS)).replace('i', '[iİ]')})"

_KNOWN = CODES | SALES | ORDER_SALES
_Shape = tuple[str, ...]


class _Reading(NamedTuple):
    """What of a number stands for digits, and a number of which all words are `{}`, those that say nothing."""

    digits: str
    usual: str


_RUNS = _Reading("[0-9]+", r"(?i)^(?:[\W0-9_]+|(?:{})(?:[\W0-9_]+|$))*$")
_SEGMENTS = _Reading(r"[^\W_]*[0-9][^\W_]*", r"(?i)^[\W_]*(?:(?:{}|[^\W_]*[0-9][^\W_]*)(?:[\W_]+|$))*$")


class Series:
    """The numbers of a column, as a sample of them is written.

    Args:
        sample: some of them.
        of_orders: whether they number orders, where letters may be countries.
        has_invoices: whether some of this column number invoices.
    """

    def __init__(self, sample: pl.Series, *, of_orders: bool, has_invoices: bool) -> None:
        self._reading, shapes = _read(sample.str.to_lowercase())
        self._usual = Counter(shape for shape in shapes if _DIGITS in shape)
        self._size = self._usual.total()
        self._are_numbers = self._size * 3 >= len(shapes) * 2
        self._by_words = Counter(dict.fromkeys(map(_words, self._usual), 0))
        for shape, size in self._usual.items():
            self._by_words[_words(shape)] += size
        self._of_orders = of_orders
        self._sales = ORDER_SALES if of_orders else SALES
        self._found = frozenset(word for words in self._by_words for word in words)
        self._has_invoices = has_invoices
        known = sum(size for words, size in self._by_words.items() if not _KNOWN.isdisjoint(words))
        self._are_known = known * 2 >= self._size

    @property
    def glues_words(self) -> bool:
        """Whether letters right beside digits are words, as in `1001R`."""
        return self._reading is _RUNS

    def odd(self, cells: pl.Series) -> pl.Series:
        """Which cells have letters that may say something, by their places."""
        if self._reading is None:
            return cells.str.contains(_BEGINS_SO).fill_null(value=False).arg_true()
        silent = {word for words in self._by_words if not spells_out(words) for word in words if self._is_silent(word)}
        usual = self._reading.usual.format("|".join(sorted(silent)) or r"\b\B")
        return (~cells.str.contains(usual)).fill_null(value=False).arg_true()

    def saying(self, cells: pl.Series) -> pl.Series:
        """Which cells say by their letters that they number no sale."""
        shapes = cells.str.to_lowercase().str.replace_all(self._reading.digits if self._reading else "[0-9]+", _DIGITS)
        different = shapes.unique()
        if different.len() > _MOST_SHAPES:
            return pl.repeat(value=False, n=cells.len(), dtype=pl.Boolean, eager=True)
        says = self._says if self._reading else begins_so
        return shapes.is_in([one for one in different if says(folded(one))])

    def _is_silent(self, word: str) -> bool:
        """Whether a word of some numbers may say nothing: what most have says nothing, but beside invoices."""
        if word not in CODES:
            return True
        size = sum(size for words, size in self._by_words.items() if word in words)
        return size * 2 > self._size and not (self._has_invoices and word in CREDITS | COMPOUND)

    def _says(self, text: str) -> bool:
        shape = _shape(text)
        words = _words(shape)
        if spells_out(words):
            return _DIGITS in shape or (self._are_numbers and self.glues_words)
        return _DIGITS in shape and any(self._turns(shape, at) for at, word in enumerate(shape) if word in CODES)

    def _turns(self, shape: _Shape, at: int) -> bool:
        code = shape[at]
        if self._of_orders and code not in OF_ORDERS_TOO:
            return False
        if self._is_beside_invoices(shape, at) or self._stands_for_a_sale(
            _words(shape), at - shape[:at].count(_DIGITS)
        ):
            return True
        return not self._is_one_of_many(shape, at) and (self._is_behind(shape, at) or self._is_extra(shape, at))

    def _is_beside_invoices(self, shape: _Shape, at: int) -> bool:
        """Whether a number begins as those of credit notes do, in a column of invoices."""
        begins = at == 0 and shape[1] == _DIGITS and shape[at] in CREDITS | COMPOUND
        return begins and self._has_invoices and self._are_known

    def _is_behind(self, shape: _Shape, at: int) -> bool:
        rest = shape[at + 1 :]
        return (
            not self._of_orders
            and shape[at] in BEHIND
            and shape[at - 1 : at] == (_DIGITS,)
            and rest in {(), (_DIGITS,)}
        )

    def _is_extra(self, shape: _Shape, at: int) -> bool:
        """Whether without this word, or with the number of it, too, a number is written like most."""
        before, behind = shape[:at], shape[at + 1 :]
        without = {before + behind, before + behind[1:] if behind == (_DIGITS,) else before + behind}
        return shape[at] in EXTRA and self._are_most(sum(self._usual[one] for one in without))

    def _stands_for_a_sale(self, words: _Shape, at: int) -> bool:
        """Whether most numbers have the letters of a sale where this one has those of a credit note."""
        code = words[at]
        sales = {
            others[at]: size
            for others, size in self._by_words.items()
            if len(others) == len(words) and others[at] in self._sales and _but(others, at) == _but(words, at)
        }
        size = sum(sales.values())
        if code in LIKELY_CREDITS and code not in sales and self._found.isdisjoint(ONLY_WITHOUT.get(code, ())):
            return self._are_most(size)
        return size * 5 >= self._size * 4 and any(code in PAIRS.get(sale, ()) for sale in sales)

    def _is_one_of_many(self, shape: _Shape, at: int) -> bool:
        """Whether others have in this place a word that says nothing: a country, a shop."""
        return any(
            len(other) == len(shape)
            and other[at] not in _KNOWN
            and other[at] != _DIGITS
            and _but(other, at) == _but(shape, at)
            for other in self._usual
        )

    def _are_most(self, size: int) -> bool:
        return size > 0 and size * 3 >= self._size * 2


def number_invoices(sample: pl.Series) -> bool:
    """Whether some of these numbers are those of invoices, by their letters."""
    _, shapes = _read(sample.str.to_lowercase())
    return any(not INVOICES.isdisjoint(_words(shape)) for shape in shapes if _DIGITS in shape)


def _read(lower: pl.Series) -> tuple[_Reading | None, list[_Shape]]:
    """The reading by which a sample has few words, and how its numbers are written."""
    for reading in (_RUNS, _SEGMENTS):
        shapes = [_shape(folded(text)) for text in lower.str.replace_all(reading.digits, _DIGITS)]
        if len({word for shape in shapes for word in _words(shape)}) <= max(_FEW, len(shapes) / _FEW):
            return reading, shapes
    return None, []


def _shape(text: str) -> _Shape:
    return tuple(_DIGITS if token.isdigit() else token for token in _TOKEN.findall(text))


def _words(shape: _Shape) -> _Shape:
    return tuple(token for token in shape if token != _DIGITS)


def _but(words: _Shape, at: int) -> _Shape:
    return words[:at] + words[at + 1 :]
