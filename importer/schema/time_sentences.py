"""What is said of a timestamp that is not ISO 8601: what it looks like, and what would read it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from importer.schema.cells import CELL, SHOWN, SPREADSHEET_ERROR, STANDS_FOR_NOTHING, Reason, matches

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORT_DATE = r"^[0-9]{1,2}([/.-])[0-9]{1,2}[/.-](?:[0-9]{2}|[0-9]{4})"
_FIRST, _SECOND, _THIRD = (
    CELL.str.extract(r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2,4})\b", index).cast(pl.Int32, strict=False)
    for index in (1, 2, 3)
)
_BETWEEN = CELL.str.extract(r"^[0-9]{1,2}([/.-])", 1)
_IS_LONG_YEAR = _THIRD > 99
_YEAR = pl.when(_IS_LONG_YEAR).then(pl.lit("%Y")).otherwise(pl.lit("%y"))
# The time of day behind the date, as far as it is one, each form with what reads it.
_CLOCKS = (
    (r" [0-9]{1,2}:[0-9]{2}$", " %H:%M"),
    (r" [0-9]{1,2}:[0-9]{2}:[0-9]{2}$", " %H:%M:%S"),
    (r" [0-9]{1,2}:[0-9]{2}:[0-9]{2}\.[0-9]+$", " %H:%M:%S.%f"),
    (r" [0-9]{1,2}:[0-9]{2} [AaPp][Mm]$", " %I:%M %p"),
    (r" [0-9]{1,2}:[0-9]{2}[AaPp][Mm]$", " %I:%M%p"),
    (r" [0-9]{1,2}:[0-9]{2}:[0-9]{2} [AaPp][Mm]$", " %I:%M:%S %p"),
    (r" [0-9]{1,2}:[0-9]{2}:[0-9]{2}[AaPp][Mm]$", " %I:%M:%S%p"),
)
_CLOCK = pl.coalesce(
    *(pl.when(matches(_SHORT_DATE + form)).then(pl.lit(directives)) for form, directives in _CLOCKS), pl.lit("")
)


def _format(first: str | pl.Expr, second: str, third: str | pl.Expr) -> pl.Expr:
    """The option's value for three parts of a date and the time behind it, as a shell takes it."""
    parts = [part if isinstance(part, pl.Expr) else pl.lit(part) for part in (first, second, third)]
    return pl.concat_str(pl.lit("'"), parts[0], _BETWEEN, parts[1], _BETWEEN, parts[2], _CLOCK, pl.lit("'"))


# What a date of three numbers may mean: whether its numbers fit, the format, and what stands first.
_READINGS = (
    ((_FIRST <= 31) & (_SECOND <= 12), _format("%d", "%m", _YEAR), "the day"),
    ((_FIRST <= 12) & (_SECOND <= 31), _format("%m", "%d", _YEAR), "the month"),
    (~_IS_LONG_YEAR & (_SECOND <= 12) & (_THIRD <= 31), _format("%y", "%m", "%d"), "the year"),
)


def _date_reasons() -> Iterator[Reason]:
    """One reading that fits is advised; several are all named, as a wrong guess is money in another month."""
    for count in (3, 2, 1):
        for several in combinations(_READINGS, count):
            fits = pl.all_horizontal(matches(_SHORT_DATE + r"\b"), *(fit for fit, _, _ in several))
            if count == 1:
                text = "{} is not ISO 8601: say --timestamp-format {} if the column is written so."
            else:
                named = ", ".join(f"{{}} if {first} is first" for _, _, first in several)
                text = f"{{}} could be {'three' if count == 3 else 'two'} days: say --timestamp-format {named}."
            yield fits, pl.format(text, SHOWN, *(format_ for _, format_, _ in several))


_EPOCHS = ((9, "seconds", "epoch-s"), (12, "milliseconds", "epoch-ms"), (15, "microseconds", "epoch-us"))
NO_TIME: Reason = (
    matches(STANDS_FOR_NOTHING),
    pl.format(
        "{} stands for no time: say --null {} if such cells are empty (the API then takes the time of the import).",
        SHOWN,
        SHOWN,
    ),
)
ISO_REASONS: list[Reason] = [
    *_date_reasons(),
    (
        matches(r"^[2-7][0-9]{4}(?:[.,][0-9]+)?$"),
        "{} is a spreadsheet's number for a date: show the column as date and time, and export the file again.",
    ),
    *(
        (
            matches(rf"^1[0-9]{{{digits}}}(?:\.[0-9]+)?$"),
            f"{{}} looks like {unit} since 1970: say --timestamp-format {word} if the column is written so.",
        )
        for digits, unit, word in _EPOCHS
    ),
    (
        matches(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:24:[0-9]{2}|[0-9]{2}:[0-9]{2}:60)"),
        "{} has an hour 24 or a second 60: write the next day's 00:00, or the next minute.",
    ),
    (
        matches(r"[0-9][.,][0-9]{9,}[1-9][0-9]*(?:Z|[+-][0-9:]+)?$"),
        "{} has a fraction of more than nine digits: finer than nanoseconds is not sent; round it in the file.",
    ),
    (matches(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\s*(?:Z|[+-][0-9:]+)$"), "{} has an offset but no time of day."),
    (
        matches(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]+)?(?: ?(?:Z|UTC|GMT|[+-][0-9:]+))?$"),
        "{} is no real date and time.",
    ),
    (matches(SPREADSHEET_ERROR), "{} is what a spreadsheet shows when a formula fails or a column is too narrow."),
    NO_TIME,
    (pl.lit(value=True), "{} is not ISO 8601 such as 2026-02-08T12:00:00Z; --timestamp-format describes other forms."),
]
