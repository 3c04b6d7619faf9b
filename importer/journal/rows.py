"""The lines of rows: of what became of one, of the intent to send it, of how an attempt ended.

A *fate* is a row's content, its status and the evidence, in the columns of `FATE`. Text columns throughout; an empty
cell and a null are the same.

    R  row source message_id revenue attribution_type offer_id timestamp status revenue_id error_code error_message
       http_status attempts finished_at doubt_since
    K  place key
    I  n attempt sent_at [prior attempts_before row source message_id revenue attribution_type offer_id timestamp [key]]
    D  n attempt finished_at status http_status error_code error_message revenue_id [doubt_since]

`n` is the row's place in the input of that run, `prior` the place of the R line that the attempt supersedes (-1: none).
`doubt_since` is the moment of the first attempt that a row in doubt may be recorded by; version 0.1.0 did not write it.
`key` is the digest of the columns of `--key`, where there were any; a K line gives it to the R line of that place,
counted from 0. Versions that do not know keys pass over both.
"""

from __future__ import annotations

import polars as pl

from importer.journal.lines import ESCAPES, escaped
from importer.model import FATE, FIELDS, KEY, Status

INTENT = ("n", "attempt", "sent_at", "prior", "attempts_before", "row", "source", *FIELDS)
INTENT_WITH_KEY = (*INTENT, KEY)
OUTCOME = (
    *("n", "attempt", "finished_at", "status", "http_status", "error_code", "error_message", "revenue_id"),
    "doubt_since",
)
# The stronger fate of two for one content is kept: what may have been counted must never be forgotten.
STRENGTH = {Status.RECORDED: 0, Status.IN_DOUBT: 1, Status.REJECTED: 2, Status.FAILED: 3, Status.PENDING: 4}


_UNSAFE = r"[\\\t\n\r\x00]"
_UNESCAPES = {short: char for char, short in ESCAPES.items()}


def no_fates() -> pl.DataFrame:
    """An empty frame of fates."""
    return pl.DataFrame(schema=dict.fromkeys(FATE, pl.String))


def fate_columns(fates: pl.DataFrame) -> list[str]:
    """The columns of these fates: the key only where there is one."""
    return [*FATE, *([KEY] if KEY in fates.columns else [])]


def unescaped(name: str) -> pl.Expr:
    """The text of a column before `journal.escaped`."""
    return pl.col(name).str.replace_many(_UNESCAPES)


def row_lines(fates: pl.DataFrame) -> bytes:
    """R lines of a frame of fates."""
    texts = fates.select(pl.col(FATE).cast(pl.String).fill_null(""))
    unsafe = texts.select(pl.all().str.contains(_UNSAFE).any()).row(0)
    escaping = [_escaped_cell(name) for name, is_unsafe in zip(FATE, unsafe, strict=True) if is_unsafe]
    cells = texts.with_columns(escaping).select(pl.lit("R").alias("kind"), *FATE)
    # Nothing is quoted: what a quote would protect is escaped.
    return cells.write_csv(include_header=False, separator="\t", quote_style="never").encode()


def key_lines(fates: pl.DataFrame, first: int) -> bytes:
    """K lines of those fates that have a key; the R line of the first of them has this place."""
    if KEY not in fates.columns:
        return b""
    keyed = fates.select(pl.int_range(first, first + pl.len()).alias("place"), KEY).drop_nulls()
    keyed = keyed.select(pl.lit("K").alias("kind"), "place", KEY)
    return keyed.write_csv(include_header=False, separator="\t", quote_style="never").encode()


def _escaped_cell(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("").str.replace_many(ESCAPES)


def doubts() -> tuple[pl.Expr, pl.Expr]:
    """Of a frame of fates: since when a row is in doubt, as far as is known, and the code; null where it is not."""
    in_doubt = pl.col("status") == str(Status.IN_DOUBT)
    known = pl.coalesce(pl.col("doubt_since", "finished_at").replace("", None), pl.lit("an earlier run"))
    return pl.when(in_doubt).then(known).alias("doubt_since"), pl.when(in_doubt).then("error_code").alias("doubt_code")


def intent_facts(*, keyed: bool = False) -> pl.Expr:
    """What the intent of a first attempt says of the row, of a frame with the columns of `INTENT`, and the key."""
    names = INTENT_WITH_KEY if keyed else INTENT
    return pl.concat_str([_escaped_cell(name) for name in names[3:]], separator="\t").alias("facts")


def intent_line(n: int, attempt: int, sent_at: str, facts: str = "") -> bytes:
    """An I line; `facts` goes with a row's first attempt."""
    return (f"I\t{n}\t{attempt}\t{sent_at}\t{facts}\n" if facts else f"I\t{n}\t{attempt}\t{sent_at}\n").encode()


def outcome_line(
    n: int,
    attempt: int,
    finished_at: str,
    status: str,
    http_status: int | None,
    error_code: str | None,
    error_message: str | None,
    revenue_id: str | None,
    doubt_since: str | None = None,
) -> bytes:
    """A D line. Half a character, which JSON can hold and no file, becomes a question mark."""
    said = "\t".join([escaped(text or "") for text in (error_code, error_message, revenue_id)])
    since = f"\t{doubt_since}" if doubt_since else ""
    line = f"D\t{n}\t{attempt}\t{finished_at}\t{status}\t{http_status or ''}\t{said}{since}\n"
    return line.encode(errors="replace")
