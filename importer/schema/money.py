"""Money: a cell's text becomes a plain decimal of the same value, digits as given, or a reason why not.

Nothing is ever rounded, and no amount passes through binary floating point on its way: a double is only asked whether
it would carry the number, because the API reads JSON numbers as doubles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from importer.schema.cells import CELL, NUMBER, Reason, Rule, matches

AMOUNT = pl.Decimal(38, 18)
MAX_WHOLE_DIGITS = 15
MAX_DECIMALS = 18
# Any decimal of 15 significant digits survives the way into a double and back; with 17 some do, with 18 none.
_SAFE_DIGITS = 15

_TEXT = pl.col("text")
_FLAW = pl.col("flaw")


@dataclass(frozen=True, slots=True)
class _Style:
    """How a number is punctuated, as regular expressions; `readable` is all of the grammar."""

    point: str
    group: str
    option: str

    @property
    def readable(self) -> str:
        point, group = f"[{self.point}]", f"[{self.group}]"
        scientific = rf"(?:[0-9]+(?:{point}[0-9]+)?|{point}[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?"
        grouped = rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{point}[0-9]+)?"
        return rf"^\+?[$€£]?(?:{scientific}|{grouped})$"


_POINT = _Style(point=".", group=",", option="point")
_COMMA = _Style(point=",", group=".", option="comma")


class RevenueRule(Rule):
    """`revenue` is a decimal number of at least 0 that the API's JSON number carries exactly.

    Args:
        decimal: how the cells are punctuated; typed numbers (of Parquet, Excel) always have a point.

    """

    field = "revenue"

    def __init__(self, decimal: Literal["point", "comma"] = "point") -> None:
        self._style = _COMMA if decimal == "comma" else _POINT

    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the cell can be sent as it stands, at a glance (false also for some that can)."""
        decimals = r"(?:\.[0-9]{1,6})?" if self._style is _POINT else ""
        return matches(rf"^(?:0|[1-9][0-9]{{0,8}}){decimals}$", cell)

    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Add `text` (plain notation) and `code` to the columns `cell` and `number`."""
        if self._style is _POINT or not cells["number"].any():
            return _judge(cells, self._style)
        typed = _judge(cells.filter(NUMBER), _POINT)
        return pl.concat([_judge(cells.filter(~NUMBER), self._style), typed]).sort("at")

    def reasons(self) -> list[Reason]:
        """See `Rule`."""
        return _reasons(self._style)


def _judge(cells: pl.DataFrame, style: _Style) -> pl.DataFrame:
    readable = matches(style.readable)
    plain = CELL.str.strip_chars_start("+$€£").str.replace_all(style.group, "", literal=True)
    judged = cells.with_columns(text=pl.when(readable).then(plain), flaw=pl.lit(None, pl.String))
    if style.point != ".":
        judged = judged.with_columns(_TEXT.str.replace(style.point, ".", literal=True))
    judged = _without_exponents(judged)
    judged = judged.with_columns(text=_without_leading_zeros(_TEXT))
    judged = judged.with_columns(flaw=pl.coalesce(_FLAW, _size_flaw()))
    judged = _weigh_long_numbers(judged)
    missing, unreadable = CELL.is_null(), _TEXT.is_null() | _FLAW.is_not_null()
    code = pl.when(missing).then(pl.lit("missing_revenue")).when(unreadable).then(pl.lit("invalid_revenue"))
    return judged.with_columns(code=code, text=pl.when(~unreadable).then(_TEXT))


def _without_leading_zeros(text: pl.Expr) -> pl.Expr:
    rest = text.str.strip_chars_start("0")
    return pl.when((rest == "") | rest.str.starts_with(".")).then(pl.lit("0") + rest).otherwise(rest)


def _without_exponents(judged: pl.DataFrame) -> pl.DataFrame:
    scientific = judged["text"].str.contains("[eE]").fill_null(value=False)
    if not scientific.any():
        return judged
    at = scientific.arg_true()
    written_out = _written_out(judged["text"].gather(at))
    return judged.with_columns(
        judged["text"].clone().scatter(at, written_out["text"]), judged["flaw"].clone().scatter(at, written_out["flaw"])
    )


def _written_out(text: pl.Series) -> pl.DataFrame:
    """Write `1.50e1` as `15.0`: the digits as given, the point moved.

    What turns out too long is given a flaw instead, before it is written out: `1e999` would be a thousand digits.
    """
    whole, fraction, exponent = pl.col("whole"), pl.col("fraction").fill_null(""), pl.col("exponent").cast(pl.Int32)
    digits, zero = pl.col("digits"), pl.col("digits").str.strip_chars("0") == ""
    leading_zeros = digits.str.len_bytes() - digits.str.strip_chars_start("0").str.len_bytes()
    magnitude = whole.str.len_bytes().cast(pl.Int32) + exponent - leading_zeros.cast(pl.Int32)
    decimals = pl.col("decimals")
    flaw = (
        pl.when(~zero & (magnitude > MAX_WHOLE_DIGITS))
        .then(pl.lit("large"))
        .when(decimals > MAX_DECIMALS)
        .then(pl.lit("decimals"))
    )
    length = pl.when(zero | (decimals > 0)).then(0).otherwise(whole.str.len_bytes().cast(pl.Int32) + exponent)
    moved = digits.str.pad_end(length, "0").str.pad_start(decimals + 1, "0")
    parts = text.str.extract_groups(r"^(?<whole>[0-9]*)(?:\.(?<fraction>[0-9]+))?[eE](?<exponent>[+-]?[0-9]+)$")
    frame = parts.struct.unnest().with_columns(
        digits=whole + fraction, decimals=(fraction.str.len_bytes().cast(pl.Int32) - exponent).clip(0)
    )
    frame = frame.with_columns(flaw=flaw)
    frame = frame.with_columns(moved=pl.when(_FLAW.is_null()).then(moved))
    moved, size = pl.col("moved"), pl.col("moved").str.len_bytes().cast(pl.Int32)
    point = pl.when(decimals > 0).then(pl.lit(".")).otherwise(pl.lit(""))
    return frame.select(text=moved.str.head(size - decimals) + point + moved.str.slice(size - decimals), flaw=_FLAW)


def _size_flaw() -> pl.Expr:
    length = _TEXT.str.len_bytes().cast(pl.Int32)
    point = _TEXT.str.find(".", literal=True).cast(pl.Int32)
    return (
        pl.when(pl.coalesce(point, length) > MAX_WHOLE_DIGITS)
        .then(pl.lit("large"))
        .when(length - point - 1 > MAX_DECIMALS)
        .then(pl.lit("decimals"))
    )


def _weigh_long_numbers(judged: pl.DataFrame) -> pl.DataFrame:
    """Give a flaw to the numbers whose double, in its shortest form, is another number."""
    long = (judged["text"].str.len_bytes() > _SAFE_DIGITS).fill_null(value=False)
    if not long.any():
        return judged
    as_sent = _TEXT.cast(AMOUNT, strict=False)
    # polars writes the shortest decimal form of a double, as every JSON library does.
    as_read = _TEXT.cast(pl.Float64, strict=False).cast(pl.String).cast(AMOUNT, strict=False)
    lost = (_FLAW.is_null() & (as_sent != as_read)).fill_null(value=False)
    return judged.with_columns(flaw=pl.when(lost).then(pl.lit("digits")).otherwise(_FLAW))


def _reasons(style: _Style) -> list[Reason]:
    other = _COMMA if style is _POINT else _POINT
    separator, name = (",", "comma") if style is _POINT else (".", "point")
    point = f"[{style.point}]"
    sign = r"[+$€£\s]*"
    return [
        (pl.col("code") == "missing_revenue", "The revenue is empty."),
        (_FLAW == "large", "{} is 10^15 or more, which is no revenue."),
        (_FLAW == "decimals", "{} has more than 18 decimals."),
        (
            _FLAW == "digits",
            "{} has more digits than the API's numbers carry: another amount would be recorded; round it in the file.",
        ),
        (
            matches(rf"^{sign}[0-9.,]*[0-9][.,]\s*[-−–—]+$"),
            "{} has a dash in place of decimals: write the amount in digits alone.",
        ),
        (
            matches(rf"^{sign}[-−–]{sign}[0-9.,]+|^{sign}\({sign}[0-9.,]+\)$|^{sign}[0-9.,]+\s*[-−–]$"),
            "{} is negative: the API refuses refunds; take the row out and book it elsewhere.",
        ),
        (
            matches(r"^[+-]?[0-9.,]+\s*(?:[a-zA-Z]{3}|[$€£¥])$|^(?:[a-zA-Z]{2,3}[$€£]?|[$€£¥])\s*[0-9.,]+$"),
            "{} has a currency in it: leave the number alone in the cell, in the account's one currency.",
        ),
        (matches("^#"), "{} is what a spreadsheet shows when a formula fails or a column is too narrow."),
        (
            matches(r"^(?i:null|none|nil|nan|n/?a|[+-]?inf(?:inity)?|-+|–|—|\?)$"),
            "{} stands for no amount: enter the amount, or take the row out.",
        ),
        (
            matches(other.readable),
            f"{{}} has a decimal {name}: if the whole column is written so, say --decimal {other.option}.",
        ),
        (
            matches(r"^[+$€£]*[0-9]+(?:[.,'’\s_][0-9]+)+$") & matches(r"['’\s_]|[.,].*[.,]|" + f"[{separator}]"),
            "{} has separators that do not stand between groups of three digits, or of a kind that is not read.",
        ),
        (matches(rf"^{sign}[0-9.,]+{point}$"), "{} ends in a separator: digits may have been cut off."),
        (pl.lit(value=True), "{} is not a plain amount such as 1234.56."),
    ]
