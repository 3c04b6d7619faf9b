"""Ids that are a label of a total: `TOTAL_06`, `June_sum`, `JuneSum1`, `Totalsum`.

A word counts where it is a part of the id, written in one way; signs, digits and capitals part it from the rest. An id
made by chance has such a part once in tens of thousands, and a long word once in hundreds of millions, so that a short
one says something only by its amount or its place.
"""

from __future__ import annotations

import polars as pl

_LONG = (
    *("total", "totals", "subtotal", "subtotals", "grandtotal", "totaal", "subtotaal", "totale", "totaux", "gesamt"),
    *("insgesamt", "summe", "zwischensumme", "gesamtsumme", "summa"),
    *("totalt", "delsumma", "celkem", "razem", "ukupno", "skupaj", "toplam", "osszesen", "ergebnis", "kokku"),
    *("average", "averages", "moyennes", "promedio"),  # of other lines of a report that are no rows
)
_SHORT = ("sum", "sums", "suma", "somme", "ttl")
_PERHAPS = ("tot", "all", "alle")
_IN_LABELS = (
    *("tot", "sum", "somm", "gesamt", "ttl", "all", "averag", "moyenn", "promed", "celkem", "razem", "ukupn", "skupaj"),
    *("toplam", "osszes", "ergebn", "kokku"),
)
_BEGINS_OR_ENDS = r"^(?:sub|grand|sum|del)?(?:totaa?l|summ[ae]|gesamt)|(?:totaa?l|summ[ae]|gesamt)$"
_ID = pl.col("id")


def _part(*words: str) -> str:
    """An expression for one of these words as a part: in small letters, in capitals, or with one at its beginning."""
    written = "|".join(way for word in words for way in (word, word.upper(), word.title()))
    return rf"(?:^|[^a-zA-Z])(?:{written})(?:[^a-zA-Z]|$)"


_LONG_PART = _part(*_LONG)
_PART = _part(*_LONG, *_SHORT)
_ANY_PART = _part(*_LONG, *_SHORT, *_PERHAPS)


def like_labels(ids: pl.Series) -> pl.Series:
    """Where an id has letters of a label in it: one in thousands, where ids are made by chance."""
    return _frame(ids).select(_ID.str.contains_any(_IN_LABELS, ascii_case_insensitive=True).arg_true()).to_series()


def labels_in(ids: pl.Series) -> pl.Series:
    """Where an id has such a word as a part, or begins or ends with one but for digits and signs."""
    like = like_labels(ids)
    return like.filter(_frame(ids.gather(like)).select(_are_labels(_PART)).to_series())


def may_be_labels(ids: pl.Series) -> pl.Series:
    """Which ids are so, or have a word as a part that says `all`, or half of one."""
    return _frame(ids).select(_are_labels(_ANY_PART)).to_series()


def say_total(ids: pl.Series) -> pl.Series:
    """Which ids have one of the long words as a part: they say it of their rows, wherever these stand."""
    return _frame(ids).select(_parted().str.contains(_LONG_PART)).to_series()


def _are_labels(part: str) -> pl.Expr:
    letters = _ID.str.replace_all(r"[^a-zA-Z]", "").str.to_lowercase()
    return _parted().str.contains(part) | letters.str.contains(_BEGINS_OR_ENDS)


def _parted() -> pl.Expr:
    return _ID.str.replace_all("([a-z])([A-Z])", "${1}_${2}")


def _frame(ids: pl.Series) -> pl.DataFrame:
    return ids.to_frame("id")
