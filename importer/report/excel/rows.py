"""Rows of a sheet as the XML that a workbook holds, a column at a time: a call for each cell takes ten times as long.

Amounts are numbers as far as a spreadsheet carries them (15 digits), otherwise text, so that no cent is lost; ids are
text; times are real dates where a spreadsheet's calendar has them. Nothing from the data can become a formula or a
link: a text cell holds text whatever it looks like. (ECMA-376 part 1, 18.3.1.4 and 22.9.2.19)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.report.excel.columns import Column

MAX_DIGITS = 15
MAX_CELL = 32_767
COUNTS = ("row", "http_status", "attempts")
TIMES = ("local_time", "utc_time", "finished_at")
_UTC = r"^(?:19[0-9][1-9]|19[1-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,3})?Z$"
_EPOCH_DAY = 25_569
_DAY_MS = 86_400_000
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What XML cannot hold or would change, and what a spreadsheet would take for such a character written out.
_ODD = r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_"
_TO_WRITE_OUT = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True, slots=True)
class Styles:
    """The numbers of a workbook's cell formats."""

    text: int
    wrapped: int
    count: int
    money: int
    exact: int
    time: int
    time_ms: int


def rows_xml(lines: pl.DataFrame, columns: Sequence[Column], first: int, styles: Styles) -> bytes:
    """Lines of text, with `amount` and `number`, as rows of a sheet; the first is row `first`, counted from 1."""
    ready = lines.with_columns(_writable(lines[column.key]) for column in columns)
    ready = ready.with_row_index("n", first).with_columns(pl.col("n").cast(pl.String))
    cells = [_cell(column, xl_col_to_name(place), styles) for place, column in enumerate(columns)]
    row = pl.concat_str(pl.lit('<row r="'), "n", pl.lit('">'), *cells, pl.lit("</row>"), ignore_nulls=True)
    return "".join(ready.select(row).to_series()).encode()


def number() -> pl.Expr:
    """`amount` as the digits of a number that a spreadsheet carries exactly; null where it does not."""
    digits = _digits()
    figures = digits.str.replace(".", "", literal=True).str.strip_chars_start("0").str.len_chars()
    whole = digits.str.split_exact(".", 1).struct.field("field_0").str.len_chars()
    of_whole = digits.str.strip_chars("0").str.len_chars()
    trailing = pl.when(digits.str.contains(".", literal=True)).then(figures).otherwise(of_whole)
    return pl.when((trailing <= MAX_DIGITS) & (whole <= MAX_DIGITS)).then(digits)


def _digits() -> pl.Expr:
    """The amount in plain notation, without zeros at the end of a fraction."""
    return pl.col("amount").cast(pl.String).str.strip_chars_end("0").str.strip_suffix(".")


def _cell(column: Column, letter: str, styles: Styles) -> pl.Expr:
    name = column.key
    text = _text(letter, pl.col(name), styles.wrapped if column.wraps else styles.text)
    if name == "revenue":
        exact = _text(letter, _digits(), styles.exact)
        return pl.when(pl.col("number").is_null()).then(exact).otherwise(_value(letter, pl.col("number"), styles.money))
    if name in COUNTS:
        counts = pl.col(name).str.contains(rf"^[0-9]{{1,{MAX_DIGITS}}}$")
        count = _value(letter, pl.col(name).str.replace("^0+(.)", "$1"), styles.count)
        return pl.when(counts).then(count).otherwise(text)
    if name in TIMES:
        moment = _moment(name)
        day = (moment / _DAY_MS + _EPOCH_DAY).cast(pl.String)
        style = pl.when(moment % 1000 == 0).then(pl.lit(str(styles.time))).otherwise(pl.lit(str(styles.time_ms)))
        return pl.when(moment.is_null()).then(text).otherwise(_value(letter, day, style))
    return text


def _value(letter: str, value: pl.Expr, style: int | pl.Expr) -> pl.Expr:
    style = pl.lit(str(style)) if isinstance(style, int) else style
    start = pl.lit(f'<c r="{letter}'), "n", pl.lit('" s="'), style
    return pl.concat_str(*start, pl.lit('"><v>'), value, pl.lit("</v></c>"))


def _text(letter: str, value: pl.Expr, style: int) -> pl.Expr:
    start = f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
    return pl.concat_str(pl.lit(f'<c r="{letter}'), "n", pl.lit(start), value, pl.lit("</t></is></c>"))


def _moment(name: str) -> pl.Expr:
    """Milliseconds since 1970 of a UTC time; null where it is finer, or before 1901: the calendars differ in 1900."""
    text = pl.when(pl.col(name).str.contains(_UTC)).then(pl.col(name).str.strip_suffix("Z"))
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="ms", strict=False).dt.epoch("ms")


def _writable(texts: pl.Series) -> pl.Series:
    """Texts as they may stand in XML: not too long, markup escaped, characters that it cannot hold written out."""
    if (texts.str.len_chars().max() or 0) > MAX_CELL:  # type: ignore[operator]
        texts = texts.str.slice(0, MAX_CELL)
    odd = texts.str.contains(_ODD).fill_null(value=False).arg_true()
    if len(odd):
        texts = texts.scatter(odd, [_written_out(text) for text in texts.gather(odd)])
    return texts.str.replace_many(_MARKUP)


def _written_out(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        return "\ufffd" if found[0] in "\ufffe\uffff" else f"_x{ord(found[0]):04X}_"

    return _TO_WRITE_OUT.sub(one, text)
