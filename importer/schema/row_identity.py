"""When two rows are the same row: their five fields are equal by value and by instant.

The fields are compared as they are sent: timestamps and attribution types are then in one form already, amounts are
compared as numbers (`24.90` is `24.9`), and an empty optional field equals a missing one. An offer that a program took
for a number (`4521.0`) is the integer that it was: pandas writes a column with an empty cell so.
"""

from __future__ import annotations

import functools
import hashlib
import operator
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.money import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = ("message_id", "attribution_type", "offer_id", "timestamp")
FLOAT = r"^([0-9]+)\.0+$"
"""An integer that was written as a number with decimals."""


def identity(offers: pl.Series, *, floats: bool | None = None) -> tuple[pl.Expr, pl.Expr]:
    """Return two independent 64-bit hashes of a row, over the columns of the five fields as sent.

    They hold within one process only: they differ between versions of polars, and must never be written down. `offers`
    are the offers of these rows: most files have none that became a float, and looking for them costs time, unless it
    is known whether there may be `floats`.
    """
    amount = pl.col("revenue").cast(AMOUNT, strict=False)
    values = [*_words(floats=may_be_floats(offers) if floats is None else floats), amount]
    # Every field has seeds of its own: the same text in another field is another contribution.
    one, other = ([value.hash(seed) for seed, value in enumerate(values, first)] for first in (100, 200))
    return functools.reduce(operator.xor, one), functools.reduce(operator.xor, other)


def _words(*, floats: bool) -> list[pl.Expr]:
    """The fields that are texts, each equal where the values are."""
    words = {word: pl.col(word).fill_null("") for word in _WORDS}
    if floats:
        words["offer_id"] = words["offer_id"].str.replace(FLOAT, "${1}")
    return list(words.values())


def may_be_floats(offers: pl.Series) -> bool:
    """Whether some of these offers may have become floats, by one look at all of them."""
    return bool(offers.str.join(_SEPARATOR).str.contains(".0", literal=True).item())


def floats_among(offers: pl.Series) -> int:
    """How many of these offers are integers that were written as numbers with decimals."""
    return int(offers.str.contains(FLOAT).sum())


# No field can hold the separator, so that no two different rows are written as one text.
_SEPARATOR = "\x1f"


def shard_of(frame: pl.DataFrame, n: int) -> pl.Series:
    """Return the part, from 0 to n - 1, that each row's content falls into: the same on every machine and version.

    Equal rows fall into the same part: where an offer became a float, too.
    """
    parts = [int.from_bytes(digest, "big") % n for digest in _digests(frame)]
    return pl.Series("shard", parts, dtype=pl.UInt32)


def fingerprints(frame: pl.DataFrame) -> pl.Series:
    """Return each row's content as a short text that may be written down: the same on every machine and version."""
    return pl.Series("fingerprint", [digest.hex() for digest in _digests(frame)], dtype=pl.String)


def _digests(frame: pl.DataFrame) -> Iterator[bytes]:
    revenue = pl.col("revenue")
    without_zeros = revenue.str.strip_chars_end("0").str.strip_chars_end(".")
    amount = pl.when(revenue.str.contains(".", literal=True)).then(without_zeros).otherwise(revenue)
    texts = frame.select(
        pl.concat_str(*_words(floats=may_be_floats(frame["offer_id"])), amount.fill_null(""), separator=_SEPARATOR)
    ).to_series()
    return (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
