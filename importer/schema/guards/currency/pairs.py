"""Columns that are called a currency, by their names, and which of several amounts of a row each is of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.schema.columns import bare, word_name
from importer.schema.guards.reversals import may_take_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.schema.columns import Columns

_NAMES = re.compile(
    r"currency|(?:^|_)(?:ccy|curr|währung|waehrung|devise|monnaie|moneda|divisa|moeda|valuta|waluta)(?:_|$)"
)
_SAY_NOTHING = frozenset(["code", "codes", "iso", "symbol", "name", "of", "the", "in"])


def may_be_currency(name: str) -> bool:
    """Whether a column tells a currency, by its name."""
    return _NAMES.search(word_name(bare(name))) is not None


def currencies_of_others(columns: Columns) -> Mapping[int, int]:
    """The columns of currencies of other amounts than the revenue, each with the column of the revenue's own.

    `Converted Currency` is that of `Converted Amount`, by the word that both have, and `Currency` then of another
    amount; beside `Currency` alone, `Customer Currency` is of another one where there is a `Customer Amount`.
    """
    revenue = _words(columns.names.get("revenue", ""))
    found = {at: _words(_NAMES.sub("_", word_name(bare(name)))) for name, at in columns.silent if may_be_currency(name)}
    fitting = sorted((at for at, words in found.items() if words <= revenue), key=lambda at: -len(found[at]))
    if not fitting or (len(fitting) > 1 and len(found[fitting[0]]) == len(found[fitting[1]])):
        return {}
    own, *less = fitting
    amounts = [_words(name) for name, _ in columns.silent if may_take_back(name) and not may_be_currency(name)]
    others = [at for at in found.keys() - {*fitting} if any(found[at] <= amount for amount in amounts)]
    return dict.fromkeys((*less, *others), own)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", word_name(bare(name)))) - _SAY_NOTHING
