"""One spelling of an offer id for all that spreadsheets and programs make of it, to see which offers may be one.

They drop leading zeros, add separators between thousands, a `.0` or an apostrophe, write long numbers as `1.23457E+14`,
and names in another case, with other spaces or another form of Unicode.
"""

from __future__ import annotations

import polars as pl

_PLAIN = "^(?:[1-9][0-9]{0,10}|[a-z][a-z0-9_-]*|[0-9a-f]{24})$"
"""Offers that are in that spelling already, as nearly all are: what comes after costs time."""
_SPACES = r"\s+"
_APOSTROPHE = "^['\u2018\u2019]"
_DECIMALS = r"^([0-9]+)\.0+$"
_GROUPS = r"^\+?[0-9]{1,3}(?:[,.'\u2019 ][0-9]{3})+(?:[,.]0+)?$"
_SEPARATORS = r"[,.]0{1,2}$|[,.'\u2019 +]"
_OTHER_DECIMALS = "^([0-9]+),0+$"
_SCIENTIFIC = r"^[0-9](?:[.,][0-9]+)?e\+?[0-9]{1,2}$"
_ZEROS = "^0+([0-9])"
_SHOWN = 1e11
"""From here on a spreadsheet shows a number as a power of ten."""
_DIGITS = 3
"""With so many digits at least: 1.23E+14."""


def spelt(offers: pl.Series) -> pl.Series:
    """Each offer in that spelling; offers that differ in it differ in more than their form."""
    distinct = offers.filter(~offers.str.contains(_PLAIN)).unique()
    if distinct.is_empty():
        return offers
    spellings = distinct.to_frame("offer").select(_spelt(pl.col("offer"))).to_series()
    return offers.replace(distinct, spellings)


def _spelt(offer: pl.Expr) -> pl.Expr:
    text = offer.str.normalize("NFKC").str.to_lowercase().str.replace_all(_SPACES, " ").str.strip_chars()
    text = text.str.replace(_APOSTROPHE, "").str.replace(_DECIMALS, "${1}")
    grouped = pl.when(text.str.contains(_GROUPS)).then(text.str.replace_all(_SEPARATORS, "")).otherwise(text)
    digits = grouped.str.replace(_OTHER_DECIMALS, "${1}").str.replace(_ZEROS, "${1}")
    return pl.coalesce(_as_power(digits), digits)


def _as_power(text: pl.Expr) -> pl.Expr:
    """What a spreadsheet may show of a number that it shows as a power of ten; null for others."""
    is_power = text.str.contains(_SCIENTIFIC)
    digits = pl.when(is_power | text.str.contains("^[0-9]+$")).then(text.str.replace(",", ".", literal=True))
    number = digits.cast(pl.Float64)
    rounded = pl.format("about {}", number.round_sig_figs(_DIGITS))
    exact = number.round().cast(pl.Int64, strict=False).cast(pl.String)
    return pl.when(number >= _SHOWN).then(rounded).when(is_power).then(exact)
