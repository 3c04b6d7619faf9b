"""Message ids that a spreadsheet took for numbers, and wrote with its marks: `12,345,678`, `4.52100E+07`, `4521.0`.

Only with `--any-message-id` are they ids at all. Digits that it rounded off, `1.23457E+14`, are gone for good.
"""

from __future__ import annotations

import polars as pl

_GROUP_MARKS = "[,.'\u2019 \u00a0\u202f]"
_GROUPED = rf"^[0-9]{{1,3}}(?:{_GROUP_MARKS}[0-9]{{3}})+(?:[,.]0+)?$"
_POWER = r"^[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]{1,2}$"
_DECIMALS = r"[.,]0+$"
_QUOTED = "^['\u2019][0-9]"
_MARKED = rf"{_GROUPED}|{_POWER}|^[0-9]+{_DECIMALS}|{_QUOTED}"
_LARGEST = 1e18
# Digits, signs and quotes come before the one in the order of characters, and the curved quote is the other: to compare
# takes a tenth of the time of looking for them.
_BEHIND_DIGITS, _CURVED_QUOTE = ":", "\u2019"


def without_marks(ids: pl.Series) -> pl.Series:
    """Each id, and of one with such marks its digits alone."""
    at = _like_numbers(ids)
    at = at.filter(ids.gather(at).str.contains(_MARKED))
    if at.is_empty():
        return ids
    marked = ids.gather(at).to_frame("id").select(_digits(pl.col("id").str.replace("^['\u2019]", "")))
    return ids.scatter(at, marked.to_series())


def id_hashes(ids: pl.Series) -> pl.Series:
    """One number for each id, the same for all ways in which a spreadsheet writes it: for one process only."""
    hashes = ids.hash(8)
    at = _like_numbers(ids)
    texts = without_marks(ids.gather(at))
    numbers = texts.cast(pl.Float64, strict=False)
    are_numbers = numbers.is_finite().fill_null(value=False)
    return hashes.scatter(at, numbers.hash(14).zip_with(are_numbers, texts.hash(8)))


def _like_numbers(ids: pl.Series) -> pl.Series:
    """Where ids begin as a number may: nearly none, or one in six, where they are made by chance."""
    return ((ids < _BEHIND_DIGITS) | (ids >= _CURVED_QUOTE)).arg_true()


def _digits(text: pl.Expr) -> pl.Expr:
    power = pl.when(text.str.contains(_POWER)).then(text.str.replace(",", ".", literal=True))
    number = power.cast(pl.Float64, strict=False)
    whole = pl.when(number < _LARGEST).then(number.round()).cast(pl.Int64, strict=False).cast(pl.String)
    # A group has three digits, so that decimals of two are none: `12.345.678,00`, and `1.000` is a thousand.
    plain = pl.when(text.str.contains(_GROUPED)).then(
        text.str.replace(r"[,.](?:0|00|0{4,})$", "").str.replace_all(_GROUP_MARKS, "")
    )
    return pl.coalesce(whole, plain, text.str.replace(_DECIMALS, ""))
