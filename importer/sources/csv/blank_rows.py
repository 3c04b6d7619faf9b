"""Lines of separators alone, `;;;;`, as spreadsheets write for rows without a cell: they are blank lines."""

from __future__ import annotations

import polars as pl


class BlankRows:
    """Leaves them out of frames that come one after the other, and numbers the rows as if they were not there."""

    def __init__(self, delimiter: str) -> None:
        self._nothing = rf'^(?:""|[\s\x{ord(delimiter):02x}]*)$'
        self._dropped = 0

    def without(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame without rows all of whose cells are empty; they are looked for where a first cell may be empty."""
        if "1" not in frame.columns or frame.select(_begins_with_a_character("0").all()).item():
            return self._moved(frame)
        blank = frame.select(pl.all_horizontal(map(_is_empty, filter(str.isdecimal, frame.columns)))).to_series()
        blank &= ~(frame["ragged"] & frame["1"].is_null())  # a quoted cell by itself is no line of separators
        if "surplus" in frame.columns:
            blank &= frame["surplus"].fill_null("").str.contains(self._nothing)
        if not blank.any():
            return self._moved(frame)
        before = blank.cast(pl.UInt32).cum_sum()
        moved = self._moved(frame.with_columns(frame["row"] - before))
        self._dropped += int(blank.sum())
        return moved.filter(~blank)

    def _moved(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col("row") - self._dropped) if self._dropped else frame


def _begins_with_a_character(name: str) -> pl.Expr:
    """Whether a cell begins with a character of ASCII that is seen: it is not empty then, at a fifth of the cost."""
    return (pl.col(name) > " ").fill_null(value=False) & (pl.col(name) < "\x7f")


def _is_empty(name: str) -> pl.Expr:
    return pl.col(name).fill_null("").str.strip_chars() == ""
