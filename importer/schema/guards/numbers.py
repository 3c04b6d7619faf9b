"""Numbers of documents that say what these are: `CN-1003` among `INV-1001`, a refund `re_…` among charges `ch_…`.

Only where a column begins with numbers of sales does a number of another kind say something of its row; one that is
the number of a sale turned around, `1001-CR`, says so among numbers of any kind.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.schema.columns import bare, without_accents, word_name
from importer.schema.guards.reading import Values, ignoring
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

_NAMES = re.compile(
    r"(?:(?:invoice|document|doc|receipt|transaction|charge|payment|source|rechnungs?|beleg|facture|factura|fattura)_?)?"
    r"(?:number|num|no|nr|id|nummer|numero|source|invoice|document|rechnung|beleg|facture|factura|fattura)"
)
_SALES = r"^\s*(?i:(?:inv|invoice|si|sinv|re|rg|rech|ar|fa|fac|fact|fv)[- /#.]?\d)|^\s*(?:ch|py)_[A-Za-z]*\d"
_OTHERS = (
    r"^\s*(?i:(?:cn|cm|crn?|scr|scn|credit|gs|gut|gutschrift|sto|storno|av|avoir|ncr?|rect|rfd?|refund|est|quo|quote)"
    r"[- /#.]?\d)|"
    r"^\s*(?:re|pyr|po|dp|du|trr?|txr|fr)_[A-Za-z]*\d"
)
# `INV-1001-CR` turns `INV-1001` around, whatever sales are numbered like.
_TURNED = r"(?i:\d[-/ ._](?:crn?|cn|cm|credit|refund|storno|void|reversal)[-/ ._]?\d*\s*)$"
_NUMBERED = "[0-9]"
_LOOK = 200


class DocumentNumbers:
    """Watches a column of numbers that nothing reads (see `UnreadColumn`)."""

    def __init__(self, name: str) -> None:
        self.may_be = may_number_documents(name)
        self._values = Values()
        self._has_sales = True
        self._name = name

    def look(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        """See `UnreadColumn.look`; the first ones of each batch tell whether sales are numbered, or anything is."""
        first = cells.head(_LOOK)
        self.may_be = bool(first.str.contains(_NUMBERED).any())
        if not self.may_be:
            return
        self._has_sales = self._has_sales and bool(first.str.contains(_SALES).any())
        of_no_sale = f"{_OTHERS}|{_TURNED}" if self._has_sales else _TURNED
        found = cells.str.contains(of_no_sale).fill_null(value=False)
        if not found.any():
            return
        self._values.note(source, rows.filter(found), cells.filter(found))

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
    """Whether a column has the numbers of documents or payments, by its name."""
    return _NAMES.fullmatch(without_accents(word_name(bare(name)))) is not None
