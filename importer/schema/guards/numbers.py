"""Numbers of documents that say what these are: `CN-1003` among `INV-1001`, a refund `re_…` among charges `ch_…`.

Most letters say so only where a column begins with numbers of sales. A number that is that of a sale turned around says
so among numbers of any kind, those of orders too: `1001-CR` by itself, `R-1001` and `1001-R1` where `1001` is another
row's; and so do words that mean nothing else, `RMA1001`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.schema.columns import plain_words
from importer.schema.guards.reading import Values, ignoring
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

_PAPERS = (
    r"invoice|document|receipt|rechnung|beleg|facture|factura|fattura|fatura|faktura|faktury|factuur|doklad|bizonylat"
)
_NAMES = re.compile(
    rf"(?:(?:{_PAPERS}|doc|transaction|charge|payment|source|rechnungs|factuur|txn)_?)?"
    rf"(?:number|num|no|nr|id|nummer|numero|numer|cislo|szam|source|reference|ref|referenz|{_PAPERS})|"
    rf"(?:numero|numer|cislo|no|num|nr)_(?:de_|di_|d_)?(?:{_PAPERS})"
)
_OF_ORDERS = re.compile(
    r"(?:order|sale|purchase|bestellung|bestell|auftrag|auftrags|commande|pedido|ordine|zamowienie|objednavka)s?"
    r"(?:_?(?:number|num|no|nr|id|name|nummer|numero|ref|reference))?|(?:numero|nr|no)_(?:de_)?(?:commande|pedido|ordine)|name"
)
_APART = "[- /#._]?"
_SALES = (
    r"^\s*(?i:(?:inv|invoice|si|sinv|re|rg|rech|ar|fa|fac|fact|fv|fs|ft|pay|pmt)[- /#.]?\d)|^\s*(?:ch|py)_[A-Za-z]*\d"
)
_OTHERS = (
    r"^\s*(?i:(?:cn|cm|crn?|scr|scn|cred|credit|kn|ks|gs|gut|gutschrift|st|sto|storno|av|avoir|ncr?|rect|rk|kor|korekta|fk|"
    r"fkor|fvk|dob|dobropis|rfd?|ref|refund|ret|est|quo|quote)[- /#.]?\d)|"
    r"^\s*(?:re|pyr|po|dp|du|trr?|txr|fr)_[A-Za-z]*\d"
)
_CLEAR = (
    rf"^\s*#?(?i:(?:rma|rfnd|refund|cred|credit|creditnote|creditmemo|storno|gutschrift|dobropis|chargeback){_APART}\d)"
)
_CLEAR_AMONG_NUMBERS = rf"{_CLEAR}|^\s*#?(?i:(?:cm|crn|scn){_APART}\d)"
_CLEAR_AMONG_DOCUMENTS = rf"{_CLEAR_AMONG_NUMBERS}|^\s*(?i:cn{_APART}\d)"  # of an order it may be a country
_BARE = r"^\s*#?\d+\s*$"
# `INV-1001-CR` turns `INV-1001` around, whatever sales are numbered like; and `-R1` where `INV-1001` is there as well.
_BY_WORDS = "crn|credit|refund|rfnd|rma|chargeback|cgbk|chbk|storno|void|reversal"
_TURNED = rf"(?i:\d[-/ ._](?:{_BY_WORDS}|cr|cn|cm)[-/ ._]?\d*\s*)$"
_TURNED_BY_WORDS = rf"(?i:\d[-/ ._](?:{_BY_WORDS})[-/ ._]?\d*\s*)$"  # an order `1001-CN` may be one of China
_WORDS = "r|cb|chb|crn?|cn|cm|rev|ref|rf|ret|st|void"
_BEHIND = rf"^\s*(.*\d)[-/ ._](?i:{_WORDS}){_APART}\d*\s*$"
_BEFORE = rf"^\s*(?i:{_WORDS}){_APART}(\S.*\d)\s*$"
_LIKE = f"{_OTHERS}|{_CLEAR_AMONG_NUMBERS}|{_TURNED}|{_BEHIND}|{_BEFORE}"
_NUMBERED = "[0-9]"
_ONLY_NUMBERED = r"^\s*#[\w-]*\d[\w-]*\s*$"  # Shopify calls the number of an order, `#1001`, its name
_LOOK = 200


class DocumentNumbers:
    """Watches a column of numbers that nothing reads (see `UnreadColumn`)."""

    def __init__(self, name: str) -> None:
        self.may_be = may_number_documents(name)
        self._values = Values()
        self._is_of_orders = _is_of_orders(name)
        self._has_sales = not self._is_of_orders
        self._numbered = _ONLY_NUMBERED if plain_words(name) == "name" else _NUMBERED
        self._name = name

    def look(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        """See `UnreadColumn.look`; the first ones of each batch tell whether sales are numbered, or anything is."""
        first = cells.head(_LOOK)
        self.may_be = bool(first.str.contains(self._numbered).any())
        if not self.may_be:
            return
        self._has_sales = self._has_sales and bool(first.str.contains(_SALES).any())
        like = cells.str.contains(_LIKE).fill_null(value=False).arg_true()
        if like.is_empty():
            return
        some = cells.gather(like)
        turned = _TURNED_BY_WORDS if self._is_of_orders else _TURNED
        found = some.str.contains(f"{_OTHERS}|{turned}" if self._has_sales else turned)
        if like.len() < cells.len():  # where all are so, it is how sales are numbered
            among_numbers = _CLEAR_AMONG_NUMBERS if self._is_of_orders else _CLEAR_AMONG_DOCUMENTS
            found |= some.str.contains(among_numbers if first.str.contains(_BARE).any() else _CLEAR)
            found |= _turn_another_around(some, cells)
        if found.any():
            at = like.filter(found)
            self._values.note(source, rows[at], cells[at])

    def verdict(self) -> Iterator[str]:
        """What its numbers say of rows."""
        values = self._values
        if not values.shares:
            return
        way = values.leaving_out(self._name)
        yield (
            f"By the column {self._name!r}, which nothing reads, {rows_text(values.rows)} may be no sale but a credit "
            f"note, a refund, an estimate or a payout, {values.first}: {values.named(values.shares)}. {way}; "
            f"{ignoring(self._name)} takes all."
        )


def may_number_documents(name: str) -> bool:
    """Whether a column has the numbers of documents, payments or orders, by its name."""
    return _NAMES.fullmatch(plain_words(name)) is not None or _is_of_orders(name)


def _is_of_orders(name: str) -> bool:
    return _OF_ORDERS.fullmatch(plain_words(name)) is not None


def _turn_another_around(some: pl.Series, cells: pl.Series) -> pl.Series:
    """Which are the number of another of these rows, with a word for its return before it or behind it."""
    numbers = cells.str.strip_chars(" #").unique().implode()
    behind, before = (some.str.extract(pattern).str.strip_chars(" #").is_in(numbers) for pattern in (_BEHIND, _BEFORE))
    return behind.fill_null(value=False) | before.fill_null(value=False)
