"""The table of options that only `reconcile` has: what it compares with, and what it does about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from importer.settings.conditions import Mark
from importer.settings.kinds import ByField, File, Kind, Number, OneOf, Text
from importer.settings.options import Section, option, options_of, settle_all
from importer.settings.table import InputSettings

if TYPE_CHECKING:
    from pathlib import Path

    from importer.settings.options import Option

EXTRA_FIELDS = ("revenue_id", "stored_at")
"""What an export may have beside the five fields: the API's id of the record, and when the vendor stored it."""
Apply = Literal["recorded", "all"]
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


class Duration(Kind):
    """A length of time in seconds, typed with a unit."""

    typed = "a duration such as 90s, 15m, 1h or 2d"

    def settle(self, value: object) -> float:
        """The seconds."""
        return Number().settle(value)

    def read(self, text: str) -> float | None:
        """`1h` is 3,600 seconds; a number alone is of seconds."""
        found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(s|min|m|h|d)?", text.strip().lower())
        return float(found[1]) * _SECONDS[found[2] or "s"] if found else None


# fmt: off


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings:
    """How results are compared with an export, and what is done about it. Durations (`_s`) are in seconds.

    Raises:
        SettingsError: a value that cannot be used.
    """

    ours: str | None = option(
        None, Mark(), "--ours", Section.CONTROL, metavar="COLUMN=VALUE[,VALUE]",
        help="What marks the export's lines that came by the API; others take no part. Without it a line must have "
        "been stored while the attempt was under way.")
    settle_s: float = option(
        3600.0, Duration(), "--settle", Section.CONTROL, metavar="DURATION", shown="1h",
        help="How long after an attempt its row may still be stored: `not recorded` needs a row in the export that was "
        "recorded later than that.")
    window_s: float = option(
        900.0, Duration(), "--window", Section.CONTROL, metavar="DURATION", shown="15m",
        help="How far the vendor's clock may be from this one's at most.")
    verdicts: Path | None = option(
        None, File(".csv"), "--verdicts", Section.RESULTS, metavar="OUT.csv",
        help="Write a draft that `resolve --from` reads, with the evidence; open rows are in it without a verdict.")
    apply: Apply | None = option(
        None, OneOf(Apply), "--apply", Section.RESULTS,
        help="Record the proven verdicts: those that a row was recorded, or all. `all` lets the next import post rows "
        "that were not.")
    why: str | None = option(
        None, Text(), "--why", Section.RESULTS, metavar="TEXT",
        help="Where the export is from; kept with the verdicts. Required with --apply.")
    by: str | None = option(
        None, Text(), "--by", Section.RESULTS, metavar="NAME",
        help="Who gives the verdicts; the system's user unless told.")
    report: Path | None = option(
        None, File(".html", ".xlsx"), "--report", Section.RESULTS, metavar="FILE",
        help="Write the report of the results with this comparison in it, as HTML or as a workbook.")

    def __post_init__(self) -> None:
        settle_all(self)


def reading_options() -> list[Option]:
    """The options of the input that say how an export is read; `--map` knows `EXTRA_FIELDS`, too."""
    chosen = [one for one in options_of(InputSettings) if one.in_profiles]
    return [replace(one, kind=ByField(*EXTRA_FIELDS)) if one.name == "map" else one for one in chosen]
