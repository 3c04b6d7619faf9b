"""What is said of a timestamp that is not ISO 8601: what it looks like, and what would read it."""

from __future__ import annotations

import polars as pl

from importer.schema.cells import SHOWN, SPREADSHEET_ERROR, STANDS_FOR_NOTHING, Reason, matches
from importer.schema.time.advice import advice
from importer.schema.time.calendar_names import DOUBTFUL

_EPOCHS = (
    *((9, "seconds", "epoch-s"), (12, "milliseconds", "epoch-ms")),
    *((15, "microseconds", "epoch-us"), (18, "nanoseconds", "epoch-ns")),
)
NO_TIME: Reason = (
    matches(STANDS_FOR_NOTHING) | matches(r"^0000-00-00(?:[T ][0:.]+Z?)?$|^00[./]00[./]0000(?: [0:]+)?$|^0+$"),
    pl.format(
        "{} stands for no time: say --null {} if such cells are empty (the API then takes the time of the import).",
        SHOWN,
        SHOWN,
    ),
)
DOUBTFUL_MONTHS: list[Reason] = [
    (
        matches(rf"(?i)(?:^|[^\p{{L}}]){name}(?:[^\p{{L}}]|$)"),
        f"{{}} has a month that is {months}, and no other row tells which: export the file with months as numbers.",
    )
    for name, months in DOUBTFUL.items()
]
_HALF_OF_24: Reason = (
    matches(r"(?i)(?:^|[^0-9:])(?:1[3-9]|2[0-3]|0?0):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?\s?[ap]\.?\s?m\b"),
    "{} has an hour that AM or PM cannot go with: have the times written with hours to 24, and without AM and PM.",
)
ISO_REASONS: list[Reason] = [
    NO_TIME,
    (
        matches(r"^[2-7][0-9]{4}(?:[.,][0-9]+)?$"),
        "{} is a spreadsheet's number for a date: show the column as date and time, and export the file again.",
    ),
    (
        matches(r"^[0-9][.,][0-9]+[eE]\+?[0-9]+$"),
        "{} is what a spreadsheet made of a long number: show the column without exponents, and export the file again.",
    ),
    (
        matches(r"[0-9] ?\[?[A-Z][A-Za-z]+/[A-Za-z_/+-]+\]?$"),
        "{} names a zone, but no offset: have the times written in UTC, or with their offsets.",
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
        matches(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]+:[0-9:]+(?:[.,][0-9]+)?)?(?: ?(?:Z|UTC|GMT|[+-][0-9:]+))?$"),
        "{} is no real date and time.",
    ),
    (matches(SPREADSHEET_ERROR), "{} is what a spreadsheet shows when a formula fails or a column is too narrow."),
    advice(()),
    _HALF_OF_24,
    *DOUBTFUL_MONTHS,
    (pl.lit(value=True), "{} is not ISO 8601 such as 2026-02-08T12:00:00Z; --timestamp-format describes other forms."),
]
