"""What stands around a cell's text, or unseen in it, and is none of it: tricks that keep a spreadsheet's hands off."""

from __future__ import annotations

import polars as pl

from importer.schema.cells import ZERO_WIDTH, stripped

_WITHIN = f"[{ZERO_WIDTH}]"
_MAY_BE_WRAPPED = f"^[='\x1f]|{_WITHIN}"
_FORMULA = '^="([^"]*)"$'
_MARK = "^[\x1f']"
# Where an apostrophe may be text (in the name of an offer), one before what a spreadsheet would take for a number, or
# a formula, is the trick.
_MARK_OF_NUMBERS = "^(?s:\x1f|'([0-9=+@.-].*)$)"


def unwrapped(cells: pl.Series, *, may_have_apostrophes: bool) -> pl.Series:
    """The text of stripped cells that are written as `="00123"`, `'00123` or with a U+001F in front.

    Characters without a width within a cell go, too, except where they may be text: then apostrophes may be, too.
    """
    if not cells.str.contains(_MAY_BE_WRAPPED).any():
        return cells
    cell = pl.col(cells.name).str.replace(_FORMULA, "${1}")
    if may_have_apostrophes:
        cell = cell.str.replace(_MARK_OF_NUMBERS, "${1}")
    else:
        cell = cell.str.replace_all(_WITHIN, "").str.replace(_FORMULA, "${1}").str.replace(_MARK, "")
    return cells.to_frame().select(stripped(cell)).to_series()
