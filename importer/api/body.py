"""The JSON body of a request, for whole columns: the amount as a number with exactly the digits of the row."""

from __future__ import annotations

import json

import polars as pl

# Valid rows hold no control characters; should one ever get here, it is still written as JSON wants it.
_ESCAPES = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(0x20), 0x7F, ord('"'), ord("\\"))}
_NEEDS_ESCAPES = r'["\\[:cntrl:]]'


def json_bodies(frame: pl.DataFrame) -> pl.Series:
    """Return the request body of each row of valid rows as normalised; fields that are null are left out."""
    free_texts = pl.col("message_id", "offer_id")
    unsafe = frame.select(free_texts.str.contains(_NEEDS_ESCAPES).any()).row(0)
    if any(unsafe):
        frame = frame.with_columns(free_texts.str.replace_many(_ESCAPES))
    body = pl.concat_str(
        pl.lit('{"message_id":"'),
        "message_id",
        pl.lit('","revenue":'),
        "revenue",
        pl.lit(',"attribution_type":"'),
        "attribution_type",
        pl.lit('"'),
        _optional("offer_id"),
        _optional("timestamp"),
        pl.lit("}"),
    )
    return frame.select(body.alias("body")).to_series()


def _optional(field: str) -> pl.Expr:
    return pl.concat_str(pl.lit(f',"{field}":"'), field, pl.lit('"')).fill_null("")
