"""What is said of a timestamp that is not ISO 8601: what it looks like, and what would read it."""

from __future__ import annotations

import polars as pl

from importer.schema.cells import CELL, SHOWN, SPREADSHEET_ERROR, STANDS_FOR_NOTHING, Reason, matches

_FIRST, _SECOND = (
    CELL.str.extract(r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]", index).cast(pl.Int32, strict=False) for index in (1, 2)
)
_FORM = CELL.str.extract(r"^[0-9]{1,2}([/.-])", 1)
_SHORT_DATE = r"^[0-9]{1,2}([/.-])[0-9]{1,2}[/.-](?:[0-9]{2}|[0-9]{4})\b"
_YEAR = pl.when(matches(r"^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}\b")).then(pl.lit("%Y")).otherwise(pl.lit("%y"))
_DAY_FIRST = pl.concat_str(pl.lit("%d"), _FORM, pl.lit("%m"), _FORM, _YEAR)
_MONTH_FIRST = pl.concat_str(pl.lit("%m"), _FORM, pl.lit("%d"), _FORM, _YEAR)
_EPOCHS = ((9, "seconds", "epoch-s"), (12, "milliseconds", "epoch-ms"), (15, "microseconds", "epoch-us"))
NO_TIME: Reason = (
    matches(STANDS_FOR_NOTHING),
    pl.format(
        "{} stands for no time: say --null {} if such cells are empty (the API then takes the time of the import).",
        SHOWN,
        SHOWN,
    ),
)
_SAY = "{} is not ISO 8601: say --timestamp-format with {} if the column is written so."
ISO_REASONS: list[Reason] = [
    (matches(_SHORT_DATE) & (_FIRST > 12), pl.format(_SAY, SHOWN, _DAY_FIRST)),
    (matches(_SHORT_DATE) & (_SECOND > 12), pl.format(_SAY, SHOWN, _MONTH_FIRST)),
    (
        matches(_SHORT_DATE),
        pl.format(
            "{} could be two days: say --timestamp-format with {} if the day is first, with {} if the month is.",
            SHOWN,
            _DAY_FIRST,
            _MONTH_FIRST,
        ),
    ),
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
