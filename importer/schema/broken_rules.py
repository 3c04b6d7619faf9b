"""Rows that break several rules: they are counted by the first one, and their reason names the others behind it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from importer.codes import FURTHER

if TYPE_CHECKING:
    import polars as pl

# As `_errors` of the normaliser joins them. What stands in quotes is of a cell.
_QUOTED = "'[^']*'"
_CODES = f"(?:{'|'.join(map(re.escape, FURTHER))})"


def further_codes(reasons: pl.Series) -> Counter[str]:
    """How many of these reasons name each code behind the first one."""
    several = reasons.filter(reasons.str.contains("; "))
    found = several.str.replace_all(_QUOTED, "").str.extract_all(_CODES).list.unique().explode().drop_nulls()
    return Counter({text[2:-2]: rows for text, rows in found.value_counts().iter_rows()})
