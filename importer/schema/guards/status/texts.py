"""Columns of many different texts, few of which say that money goes back: `refund #199`, `REFUND FOR CHARGE (7)`.

Columns of kinds and states are watched so where they have too many values for a few kinds (see `guard`); descriptions
of what was booked always, where such a word begins them, and comments and notes that say nothing else, or begin with
what was done to their row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.columns import bare, plain_words
from importer.schema.guards.reading import Values, ignoring, is_few, lowered
from importer.schema.guards.status.kinds import gives_back_in
from importer.schema.guards.status.money_back import (
    SPELLINGS,
    begins_undone,
    begins_with_back,
    gives_back,
    is_nothing_but_back,
    says_undone_alone,
)
from importer.schema.guards.status.names import Kind, kind_of
from importer.schema.guards.status.words import folded
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_DESCRIPTIONS = re.compile(
    r"(?:transaction_|booking_|payment_|charge_|line_)?(?:description|desc|details?|memo(?:\W?description)?|narrative|particulars)|"
    r"buchungstext|beschreibung|verwendungszweck|bezeichnung|libelle|descripcion|concepto|descricao|historico|"
    r"descrizione|causale|omschrijving|opis|popis|leiras|kuvaus|beskrivning|beskrivelse|aciklama|описание|опис"
)
_COMMENTS = re.compile(
    r"(?:internal_|order_|interne_)?(?:notes?|notiz(?:en)?|remarks?)|hinweise?|bemerkung(?:en)?|anmerkung(?:en)?|"
    r"remarques?|observaciones|observacoes|uwagi|poznamky?|opmerking(?:en)?|"
    r"comments?|commentaires?|kommentare?|comentarios?|commento|commenti|komentarz|комментарий|примечание"
)
_KINDS = {Kind.TYPE, Kind.STATUS}


def may_tell_of_refunds(name: str) -> bool:
    """Whether a column may have texts that say so, by its name."""
    return _is_description(name) or _is_comment(name) or kind_of(bare(name)) in _KINDS


def _is_description(name: str) -> bool:
    return _DESCRIPTIONS.fullmatch(plain_words(name)) is not None


def _is_comment(name: str) -> bool:
    return _COMMENTS.fullmatch(plain_words(name)) is not None


class RefundTexts:
    """Watches a column of texts that nothing reads (see `UnreadColumn`)."""

    def __init__(self, name: str) -> None:
        self._is_description = _is_description(name)
        self._is_comment = _is_comment(name)
        self.may_be = may_tell_of_refunds(name)
        self._is_type = kind_of(bare(name)) is Kind.TYPE
        self._name = name
        self._seen = pl.Series([], dtype=pl.String)
        self._are_many = self._is_description or self._is_comment
        self._values = Values()

    def look(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        """See `UnreadColumn.look`."""
        different = lowered(cells.unique())
        if not self._are_many:
            self._seen = pl.concat([self._seen, different]).unique()
            self._are_many = not is_few(self._seen)
        like = different.filter(different.str.contains_any(SPELLINGS))
        if like.is_empty():
            return
        texts = like.str.replace_all("[0-9]+", "0")  # numbers apart, they are a few
        saying = like.filter(texts.is_in([text for text in texts.unique() if self._says_so(folded(text))]))
        if not saying.is_empty():
            found = lowered(cells).is_in(saying.implode())
            self._values.note(source, rows.filter(found), cells.filter(found))

    def _says_so(self, text: str) -> bool:
        if self._is_description:
            return begins_with_back(text) or says_undone_alone(text) or begins_undone(text)
        if self._is_comment:  # people write there what a customer asked for, too
            return is_nothing_but_back(text) or says_undone_alone(text) or begins_undone(text)
        return gives_back_in(text, bare(self._name)) if self._is_type else gives_back(text)

    def verdict(self) -> Iterator[str]:
        """What its texts say of rows."""
        values = self._values
        if not self._are_many or not values.shares:
            return
        yield (
            f"By the column {self._name!r}, which nothing reads, {rows_text(values.rows)} may be no revenue but money "
            f"that goes back, {values.first}: {values.named(values.shares)}. {values.leaving_out(self._name)}; "
            f"{ignoring(self._name)} takes all."
        )
