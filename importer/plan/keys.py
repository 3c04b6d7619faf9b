"""How a row is known again: by its content, and by which occurrence of that content it is. In one process only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.plan.message_numbers import id_hashes, without_marks
from importer.plan.offer_spelling import spelt as spelt_offers
from importer.schema import identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


KEYS = ["key_a", "key_b"]
_NO_OFFER = [
    *("null", "none", "nil", "nan", "nat", "<na>", "n/a", "na", "\\n", "#n/a", "-", "--", "–", "—", "?"),
    *("unknown", "undefined", "(not set)", "(none)", "(null)"),
]
_OTHER_TYPES = (
    {"sale": "click", "click": "send", "send": "sale"},
    {"sale": "send", "click": "sale", "send": "click"},
)
OTHER_EVENTS = tuple(f"event_{n}" for n in range(len(_OTHER_TYPES)))
OTHER_KINDS = tuple(f"kind_{n}" for n in range(len(_OTHER_TYPES)))
_LONGER = 16
"""No word that stands for no offer is as long."""
_OWN_ID = 24
_IDS = pl.col("message_id").fill_null("")


def with_keys(fates: pl.DataFrame) -> pl.DataFrame:
    """Add the in-memory identity of each row."""
    return fates.with_columns(key.alias(name) for name, key in zip(KEYS, identity(fates["offer_id"]), strict=True))


def occurrence(frame: pl.DataFrame, counted: pl.Expr) -> pl.Series:
    """Which occurrence of its content each line is, from 0. Costs a sort; only repeated contents cost more."""
    keys = frame["key_a"].sort()
    repeated = keys.filter(keys == keys.shift(1)).unique()
    numbers = pl.zeros(frame.height, pl.UInt32, eager=True).alias("occurrence")
    if repeated.is_empty():
        return numbers
    suspects = frame.with_row_index("_n").filter(counted & pl.col("key_a").is_in(repeated.implode()))
    again = suspects.select("_n", pl.int_range(pl.len(), dtype=pl.UInt32).over(KEYS).alias("_o")).filter(
        pl.col("_o") > 0
    )
    return numbers.scatter(again["_n"], again["_o"]) if not again.is_empty() else numbers


def spelling() -> pl.Expr:
    """What `spelt` gives, as one number: for one process only."""
    return spelt().hash(7)


def spelt() -> pl.Expr:
    """A message id apart from what spreadsheets change: case, leading zeros, and the marks of numbers."""
    ids = _IDS.map_batches(without_marks, return_dtype=pl.String, is_elementwise=True)
    return ids.str.to_lowercase().str.strip_chars_start("0").alias("spelling")


def event(kind: pl.Expr | None = None) -> pl.Expr:
    """Message and type of a row as sent, or with the type `kind`, as one number: for one process only.

    Message ids that a spreadsheet takes for numbers are that number, as it writes them, without their zeros or as
    `1.2E+09` or `12,345,678`: no id of a row is ever another one's number, but for such as `1e000012` and
    `10e00011`.
    """
    kind = (pl.col("attribution_type") if kind is None else kind).fill_null("")
    message = _IDS.map_batches(id_hashes, return_dtype=pl.UInt64, is_elementwise=True)
    return (message ^ kind.hash(9)).alias("event")


def other_events() -> Iterator[pl.Expr]:
    """`OTHER_KINDS`, the other types that a row as sent may have had, and `OTHER_EVENTS`, its event with each."""
    for kind, name, others in zip(OTHER_KINDS, OTHER_EVENTS, _OTHER_TYPES, strict=True):
        other = pl.col("attribution_type").replace_strict(others, default=None, return_dtype=pl.String)
        yield other.alias(kind)
        yield event(other).alias(name)


def moment() -> pl.Expr:
    """The moment of a row as sent."""
    return _read_as("%+").alias("moment")


def moment_as_saved() -> pl.Expr:
    """The moment of a row of results that a spreadsheet may have saved: it drops the seconds, `T` and `Z`."""
    plain = pl.col("timestamp").str.replace("T", " ").str.strip_suffix("Z")
    forms = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d")
    return pl.coalesce(_read_as("%+"), *(_read_as(form, plain) for form in forms)).alias("moment")


def _read_as(form: str, text: pl.Expr | None = None) -> pl.Expr:
    text = pl.col("timestamp") if text is None else text
    return text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)


def offer() -> pl.Expr:
    """The offer of a row as sent, as one number: null where there is none, or a word that stands for none.

    Offers that differ only as formats do have one number.
    The number of an id of the vendor's own, 24 hexadecimal digits, is odd, and that of an external id is even: the API
    takes either for one offer.
    """
    text = pl.col("offer_id").fill_null("")
    is_none = (text == "") | (text.str.len_bytes() < _LONGER) & text.str.to_lowercase().is_in(_NO_OFFER)
    is_own = (text.str.len_bytes() == _OWN_ID) & text.str.contains("^[0-9a-fA-F]*$")
    number = text.map_batches(spelt_offers, return_dtype=pl.String, is_elementwise=True).hash(11)
    return pl.when(~is_none).then(number - number % 2 + is_own.cast(pl.UInt64)).alias("offer")


def by_another_id(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Whether of two offers, as `offer` gives them, one is an id of the vendor's own and the other an external one."""
    return one % 2 != other % 2


def are_in(rows: pl.DataFrame, others: pl.DataFrame, on: Sequence[str]) -> pl.Series:
    """Which rows are equal to any of the others in these columns."""
    known = others.select(*on, here=pl.lit(value=True)).unique()
    return rows.select(on).join(known, on=on, how="left", maintain_order="left")["here"].is_not_null()
