"""What makes rows of equal fields different events: the digest of further cells (`--key`), fit to be written down.

It is `scheme:hash`. The scheme names the columns, so that the digests of another `--key` are never compared with these.
The hash is of the cells without what programs change in them when they save a file: surrounding space, case, leading
zeros, `.0` after a number. Where they are all empty, or hold what a spreadsheet makes of a long number (1.23457E+11),
nothing is known of the row but its fields: it has no key.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from importer.model import KEY
from importer.schema.cells import SPREADSHEET_ERROR, STANDS_FOR_NOTHING, stripped
from importer.schema.columns import plain_name
from importer.schema.row_identity import FLOAT
from importer.schema.wrapping import unwrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGEST = r"^(k[0-9a-f]{8}:[0-9a-f]{16})$"
"""Begins with a letter, so that no spreadsheet takes it for a number or a time."""
_SEPARATOR = "\x1f"
# Excel keeps fifteen digits, and shows or saves the rest as zeros.
_ROUNDED = r"^(?:[0-9](?:[.,][0-9]+)?E\+[0-9]{2,}|[1-9][0-9]{14}0+)$"


def scheme_of(columns: Sequence[str]) -> str | None:
    """The name of these columns of `--key` as digests have it; None where there are none."""
    names = sorted({plain_name(column) for column in columns})
    return f"k{_hash(_SEPARATOR.join(names), 4)}" if names else None


def row_keys(batch: pl.DataFrame, positions: Sequence[int], null: Sequence[str], scheme: str) -> pl.Series:
    """The digest of the cells at these positions, of each row of a batch; null where they tell nothing."""
    cells = pl.DataFrame([_comparable(batch[str(position)], null).alias(str(position)) for position in positions])
    texts = cells.select(
        pl.when(~pl.all_horizontal(pl.all().is_null())).then(
            pl.concat_str(pl.all().fill_null(""), separator=_SEPARATOR)
        )
    ).to_series()
    digests = [None if text is None else f"{scheme}:{_hash(text, 8)}" for text in texts]
    return pl.Series(KEY, digests, dtype=pl.String)


def _comparable(cells: pl.Series, null: Sequence[str]) -> pl.Series:
    """The cells as they are compared; null where one tells nothing."""
    bare = cells.to_frame("cell").select(stripped(pl.col("cell"))).to_series()
    cell = pl.col("cell")
    text = unwrapped(bare, may_have_apostrophes=False).to_frame("cell")
    tells_nothing = cell.is_in([*null]) | cell.str.contains(f"{STANDS_FOR_NOTHING}|{SPREADSHEET_ERROR}|{_ROUNDED}")
    plain = cell.str.replace(FLOAT, "${1}").str.to_lowercase().str.replace("^0+(.)", "${1}")
    return text.select(pl.when(~tells_nothing).then(plain)).to_series()


def _hash(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
