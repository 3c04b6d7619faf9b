"""Rows that take revenue back by another number of theirs: a quantity or an amount below zero beside a revenue.

Such a column is told by its name, and only few of its numbers are negative, or credited (`10.00 CR`): one that is
negative throughout, or in every second row (a balance, a change), says nothing of its rows, but for a quantity, which
is below zero for returns only. A zero says so only of a quantity, in a net amount, or where the others are the revenue
itself: what was earned was given back. An adjustment says so where it is the whole amount of its row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.schema.cells import STANDS_FOR_NOTHING, are_empty
from importer.schema.columns import plain_words
from importer.schema.guards.reading import Values, ignoring
from importer.schema.money import AMOUNT
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

_NET = re.compile(r"(?:^|_)(?:net|nett|netto|neto|netta)(?:_|$)")
_LEFT = re.compile(  # what an amount became
    r"(?:^|_)(?:adjusted|corrected|revised|korrigierte\w*|bereinigte\w*)_(?:\w*_)?(?:amount|payout|commission|revenue|earnings|"
    r"sale|price|value|total|\w*betrag|provision|umsatz)$"
)
_QUANTITY = re.compile(
    r"(?:^|_)(?:quantity|qty|quantities|units?|items?|pieces|pcs|menge|anzahl|stuck|quantite|cantidad|quantidade|"
    r"quantita|aantal|ilosc)(?:_|$)"
)
_ADJUSTMENT = re.compile(
    r"(?:^|_)(?:adjust\w*|correct(?:ion|ed)\w*|korrektur\w*|korekta|ajuste|ajustement|rettifica|correzione|correctie)(?:_|$)"
)
_NAMES = re.compile(
    r"(?:^|_)(?:amount|amt|revenue|sales|price|total|subtotal|value|sum|gross|brutto|turnover|proceeds|payout|payment|"
    r"earnings|commission|\w*betrag|\w*umsatz|\w*preis|\w*summe|\w*wert|erlos|provision|montant|prix|somme|valeur|"
    r"importe|monto|precio|valor|comision|receita|preco|importo|prezzo|valore|ricavo|fatturato|bedrag|prijs|omzet|"
    r"waarde|commissie|kwota|quantity|qty|quantities|units?|items?|pieces|pcs|menge|anzahl|stuck|quantite|cantidad|"
    r"quantidade|quantita|aantal|ilosc|multiplier|multiplikator|factor|faktor|facteur|fattore)(?:_|$)|" + _NET.pattern
)
_OF_ANOTHER = re.compile(
    r"(?:^|_)(?:balance|saldo|solde|change|diff\w*|delta|adjust\w*|correct\w*|korrektur\w*|discounts?|rabatt\w*|remise|"
    r"descuento|sconto|korting|coupons?|vouchers?|fees?|gebuhr\w*|tax|taxes|vat|mwst|iva|tva|costs?|kosten|margin|"
    r"profit|gewinn|variance|running|cumul\w*|percent|pct|score|stock|inventory|shipping|rounding|exchange|points|"
    r"wallet|limit|id|index|refund\w*|returns?|returned|date|time|type|currency|name|code|unit_of_measure)(?:_|$)"
)
_NUMBER = r"^[^\p{L}\p{N}]*(?:\p{L}{1,3}[^\p{L}\p{N}]*)?[0-9][0-9.,'’\s]*[^\p{L}\p{N}]*(?:\p{L}{1,3}[^\p{L}\p{N}]*)?$"
_SIGN = r"[-−–(]"
_APART = "\x1f"
_CREDIT, _DEBIT = r"(?i)[0-9]\s*(?:cr|h)\.?\s*$", r"(?i)[0-9]\s*(?:dr|s)\.?\s*$"
# A zero, a sign, or such a letter, in one text of all.
_ODD = (
    rf"(?:^|{_APART})[^1-9{_APART}]*0[^1-9{_APART}]*(?:{_APART}|$)|{_SIGN}|[0-9]\s*[CcDdHhSs][Rr]?\.?\s*(?:{_APART}|$)"
)
_LOOK = 200


def may_take_back(name: str) -> bool:
    """Whether a column holds amounts or quantities of its rows, by its name."""
    plain = plain_words(name)
    is_amount = _NAMES.search(plain) is not None and _OF_ANOTHER.search(plain) is None
    return is_amount or _ADJUSTMENT.search(plain) is not None


class Reversals:
    """Watches a column of amounts or quantities that nothing reads (see `UnreadColumn`)."""

    def __init__(self, name: str) -> None:
        self.may_be = may_take_back(name)
        self._name = name
        plain = plain_words(name)
        self._is_left = _LEFT.search(plain) is not None
        self._is_net = self._is_left or _NET.search(plain) is not None
        self._is_quantity = _QUANTITY.search(plain) is not None
        self._is_adjustment = not self._is_left and _ADJUSTMENT.search(plain) is not None
        self._values = Values()
        self._others = 0
        self._plain: list[pl.Series] = []

    def look(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        """See `UnreadColumn.look`; rows with an amount that is sent count."""
        self.may_be = _are_numbers(cells.head(_LOOK))
        if not self.may_be or cells.null_count() == cells.len():
            return
        if self._is_adjustment:
            cells = cells.fill_null("")
        filled = cells.is_not_null() if self._is_adjustment else ~are_empty(cells)
        if not cells.str.join(_APART).str.contains(_ODD).item():
            self._plain.append(rows["amount"] if filled.all() else rows["amount"].filter(filled))
            return
        counts = (rows["amount"] > 0) & rows["error_code"].is_null() & filled
        has_sign, is_some = _take_back(cells), cells.str.contains("[1-9]")
        if self._is_adjustment:
            has_sign &= _numbers(cells) == rows["amount"]
            is_some = counts
        above, found = counts & is_some & ~has_sign, counts & is_some & has_sign
        self._others += int(above.sum()) + (int((~filled).sum()) if self._is_left else 0)
        nothing = counts & ~is_some
        if nothing.any() and (self._is_net or self._is_quantity or _are_the_revenue(rows, cells, above)):
            found |= nothing & cells.str.contains("0")
        if found.any():
            self._note(source, rows.filter(found), cells.filter(found))

    def _note(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        self.may_be = _are_numbers(cells)
        self._values.note(source, rows, cells)

    def _are_few(self) -> bool:
        """Whether some of its numbers take back, and twice as many do not; of quantities all may be below zero.

        Of what an amount became, as many: it is nothing for no other reason.
        """
        if not self._values.rows:
            return False
        self._others += sum(int((amounts > 0).sum()) for amounts in self._plain)
        self._plain = []
        are_all = self._is_quantity and not self._others and all(re.search("[1-9]", one) for one in self._values.shares)
        return are_all or (1 if self._is_left else 2) * self._values.rows <= self._others

    def verdict(self) -> Iterator[str]:
        """What its numbers say of rows."""
        values = self._values
        if not self.may_be or not self._are_few():
            return
        way = values.leaving_out(self._name)
        others = "other" if self._is_adjustment else "above zero or empty" if self._is_left else "above zero"
        yield (
            f"By the column {self._name!r}, which nothing reads, {rows_text(self._values.rows)} may take revenue back, "
            f"{values.first}: it is {values.named(values.shares)}, and {others} in {rows_text(self._others)}. {way}; "
            f"{ignoring(self._name)} takes all."
        )


def _are_numbers(cells: pl.Series) -> bool:
    filled = cells.drop_nulls()
    return bool((filled.str.contains(_NUMBER) | filled.str.contains(rf"^\s*$|{STANDS_FOR_NOTHING}")).all())


def _take_back(cells: pl.Series) -> pl.Series:
    """Which numbers have a sign, or are credited beside others that are not; debited, where none is credited."""
    has_sign, credited = cells.str.contains(_SIGN), cells.str.contains(_CREDIT)
    return has_sign | (credited if credited.any() else cells.str.contains(_DEBIT))


def _numbers(cells: pl.Series) -> pl.Series:
    """The numbers of cells without their signs; null where they are written otherwise than with a point."""
    return cells.str.replace_all(r"[^0-9.,]", "").cast(AMOUNT, strict=False)


def _are_the_revenue(rows: pl.DataFrame, cells: pl.Series, above: pl.Series) -> bool:
    """Whether the numbers above zero are the amounts of their rows."""
    numbers = cells.filter(above).str.strip_chars().cast(AMOUNT, strict=False)
    return numbers.len() > 0 and bool((numbers == rows["amount"].filter(above)).fill_null(value=False).all())
