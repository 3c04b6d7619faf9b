"""Money: a cell's text becomes a plain decimal of the same value, digits as given, or a reason why not.

Nothing is ever rounded, and no amount passes through binary floating point on its way: a double is only asked whether
it would carry the number, because the API reads JSON numbers as doubles.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from importer.schema.cells import CELL, NUMBER, SPREADSHEET_ERROR, STANDS_FOR_NOTHING, Reason, Rule, matches
from importer.schema.money.amount_forms import APOSTROPHES, COMMA, POINT, Style, bare_number, with_signs
from importer.schema.money.currency_names import NAME

AMOUNT = pl.Decimal(38, 18)
MAX_WHOLE_DIGITS = 15
MAX_DECIMALS = 18
# Any decimal of 15 significant digits survives the way into a double and back; with 17 some do, with 18 none.
_SAFE_DIGITS = 15
# An amount in the form in which it is sent.
_PLAIN = rf"^(?:0|[1-9][0-9]{{0,{MAX_WHOLE_DIGITS - 1}}})(?:\.[0-9]{{1,{MAX_DECIMALS}}})?$"

_TEXT = pl.col("text")
_WRITTEN = pl.col("written")
_NEGATIVE = pl.col("negative")
_NOTHING = pl.lit(None, pl.String)
_FLAW = pl.col("flaw")


class RevenueRule(Rule):
    """`revenue` is a decimal number of at least 0 that the API's JSON number carries exactly.

    Args:
        decimal: how the cells are punctuated; typed numbers (of Parquet, Excel) always have a point.

    """

    field = "revenue"

    def __init__(self, decimal: Literal["point", "comma"] = "point") -> None:
        self._style = COMMA if decimal == "comma" else POINT

    def canonical(self, cell: pl.Expr) -> pl.Expr:
        """Whether the cell can be sent as it stands, at a glance (false also for some that can)."""
        decimals = r"(?:\.[0-9]{1,6})?" if self._style is POINT else ""
        return matches(rf"^(?:0|[1-9][0-9]{{0,8}}){decimals}$", cell)

    def judge(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Add `text` (plain notation), `code` and `refund` (a negative amount, positive) to `cell` and `number`."""
        if self._style is POINT or not cells["number"].any():
            return _judge(cells, self._style)
        typed = _judge(cells.filter(NUMBER), POINT)
        return pl.concat([_judge(cells.filter(~NUMBER), self._style), typed]).sort("at")

    def reasons(self) -> list[Reason]:
        """See `Rule`."""
        return _reasons(self._style)


def _judge(cells: pl.DataFrame, style: Style) -> pl.DataFrame:
    # Most cells that come here are what a program computed: digits and a point, of which a double may carry too few.
    are_plain = style is POINT and bool(cells["cell"].str.contains(_PLAIN).all())
    judged = cells.with_columns(negative=False, text=CELL, flaw=_NOTHING) if are_plain else _taken_apart(cells, style)
    judged = _weigh_long_numbers(judged)
    judged = judged.with_columns(negative=_NEGATIVE & matches("[1-9]", _TEXT))  # nothing with a minus is nothing
    is_amount = _TEXT.is_not_null() & _FLAW.is_null()
    code = (
        pl.when(CELL.is_null())
        .then(pl.lit("missing_revenue"))
        .when(~is_amount)
        .then(pl.lit("invalid_revenue"))
        .when(_NEGATIVE)
        .then(pl.lit("negative_revenue"))
    )
    return judged.with_columns(
        code=code,
        text=pl.when(is_amount & ~_NEGATIVE).then(_TEXT),
        refund=pl.when(is_amount & _NEGATIVE).then(_TEXT),
    ).drop("negative")


def _taken_apart(cells: pl.DataFrame, style: Style) -> pl.DataFrame:
    """Add `text`, the digits of cells that are amounts; whether it is `negative`; and its `flaw`, if it is too long."""
    judged = cells.with_columns(with_signs(cells["cell"]).alias("written"))
    judged = judged.with_columns(readable=matches(style.readable, _WRITTEN))
    # The forms of refunds are many: they are looked for only where something is left that may be one.
    may_be = not judged["readable"].all()
    judged = judged.with_columns(negative=matches(style.refund, _WRITTEN) if may_be else pl.lit(value=False))
    judged = judged.with_columns(text=pl.when(pl.col("readable") | _NEGATIVE).then(bare_number(_WRITTEN, style)))
    judged = _without_exponents(judged)
    judged = judged.with_columns(text=_without_leading_zeros(_TEXT))
    return judged.with_columns(flaw=_size_flaw()).drop("written", "readable")


def _without_leading_zeros(text: pl.Expr) -> pl.Expr:
    rest = text.str.strip_chars_start("0")
    return pl.when((rest == "") | rest.str.starts_with(".")).then(pl.lit("0") + rest).otherwise(rest)


def _without_exponents(judged: pl.DataFrame) -> pl.DataFrame:
    scientific = judged["text"].str.contains("[eE]").fill_null(value=False)
    if not scientific.any():
        return judged
    at = scientific.arg_true()
    return judged.with_columns(judged["text"].clone().scatter(at, _written_out(judged["text"].gather(at))))


def _written_out(text: pl.Series) -> pl.Series:
    """Write `1.50e1` as `15.0`: the digits as given, the point moved. Zeros in front are left to others.

    An exponent has three digits at most, so that `1e999` is a thousand digits, and not a million.
    """
    parts = text.str.extract_groups(r"^(?<whole>[0-9]*)(?:\.(?<fraction>[0-9]+))?[eE](?<exponent>[+-]?[0-9]+)$")
    whole, fraction, exponent = pl.col("whole"), pl.col("fraction").fill_null(""), pl.col("exponent").cast(pl.Int32)
    decimals = (fraction.str.len_bytes().cast(pl.Int32) - exponent).clip(0)
    length = (whole.str.len_bytes().cast(pl.Int32) + exponent).clip(0)
    digits = (whole + fraction).str.pad_end(length, "0").str.pad_start(decimals, "0")
    point = pl.when(decimals > 0).then(pl.lit(".")).otherwise(pl.lit(""))
    before = digits.str.head(digits.str.len_bytes().cast(pl.Int32) - decimals)
    return parts.struct.unnest().select(before + point + digits.str.tail(decimals)).to_series()


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
    if not (judged["text"].str.len_bytes() > _SAFE_DIGITS).any():
        return judged
    as_sent = _TEXT.cast(AMOUNT, strict=False)
    # polars writes the shortest decimal form of a double, as every JSON library does.
    as_read = _TEXT.cast(pl.Float64, strict=False).cast(pl.String).cast(AMOUNT, strict=False)
    lost = (_FLAW.is_null() & (as_sent != as_read)).fill_null(value=False)
    return judged.with_columns(flaw=pl.when(lost).then(pl.lit("digits")).otherwise(_FLAW))


def _reasons(style: Style) -> list[Reason]:
    other = COMMA if style is POINT else POINT
    separator, name = (",", "comma") if style is POINT else (".", "point")
    point = f"[{style.point}]"
    sign = r"[+\p{Sc}\s]*"
    # Sentences are of the cells as they are read: a code or name of a currency is a sign there.
    any_money = rf"(?:{other.readable}|{other.refund})"
    with_sign = CELL.str.replace(NAME, "¤")
    return [
        (pl.col("code") == "missing_revenue", "The revenue is empty."),
        (
            pl.col("code") == "negative_revenue",
            "{} is negative, and refunds cannot be sent: take the row out and book it elsewhere.",
        ),
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
        (matches(SPREADSHEET_ERROR), "{} is what a spreadsheet shows when a formula fails or a column is too narrow."),
        (
            matches(STANDS_FOR_NOTHING) | matches(r"^(?i:[+-]?inf(?:inity)?)$"),
            "{} stands for no amount: enter the amount, or take the row out.",
        ),
        (
            matches(any_money, with_sign),
            f"{{}} has a decimal {name}: if the whole column is written so, say --decimal {other.option}.",
        ),
        (matches("[¢￠]"), "{} counts cents: write the amount in the currency itself, such as 0.25."),
        (
            matches(r"^[+-]?[0-9.,]+\s*(?:[a-zA-Z]{1,4}\.?)$|^(?:[a-zA-Z]{1,4}\.?\p{Sc}?)\s*[0-9.,]+$"),
            "{} has letters beside the number, which are no code of a currency: leave the number alone in the cell.",
        ),
        (
            matches(r"\p{Sc}.*\p{Sc}", with_sign),
            "{} names a currency twice: leave the number alone in the cell, in the account's one currency.",
        ),
        (
            matches(rf"^[+\p{{Sc}}]*[0-9]+(?:[.,{APOSTROPHES}\s_][0-9]+)+$")
            & matches(rf"[{APOSTROPHES}\s_]|[.,].*[.,]|[{separator}]"),
            "{} has separators that do not stand between groups of three digits, or of more than one kind.",
        ),
        (matches(rf"^{sign}[0-9.,]+{point}$"), "{} ends in a separator: digits may have been cut off."),
        (pl.lit(value=True), "{} is not a plain amount such as 1234.56."),
    ]
