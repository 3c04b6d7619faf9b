"""The table of options: each is declared here once, with its default, its limits, its help and all else about it.

The command line, profiles, the journal, the report and the documents take what they need from it (see `Option`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from importer.settings.kinds import (
    Amount,
    ByField,
    Delimiter,
    File,
    Flag,
    Number,
    OneOf,
    Part,
    Size,
    Text,
    Texts,
    Whole,
)
from importer.settings.options import Section, option, options_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from importer.settings.options import Option

Ambiguous = Literal["earliest", "latest", "reject"]
DecimalMark = Literal["point", "comma"]
Duplicates = Literal["hold", "post", "skip"]
Overlap = Literal["stop", "allow"]
InDoubt = Literal["hold", "resend"]

# fmt: off
# One option, one block: how it is chosen and described, then what else holds of it.


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How the input is to be read and judged: shared by `check` and `import`.

    Each field is the command line's option of that name, with `_` for `-`; its `help` says what it does.
    Paths may be given as texts, one input or column instead of a list, an amount as text.

    Raises:
        SettingsError: a value that cannot be used.
    """

    inputs: tuple[str, ...] = option((), Texts())
    map: Mapping[str, str] = option(
        {}, ByField(), "--map", Section.READING,
        "Take FIELD from the column of that name. Repeatable.",
        metavar="FIELD=COLUMN", in_profiles=True)
    set: Mapping[str, str] = option(
        {}, ByField(), "--set", Section.READING,
        "The same VALUE in every row, for a field that the file lacks. Repeatable.",
        metavar="FIELD=VALUE", in_profiles=True)
    keep: tuple[str, ...] = option(
        (), Texts(), "--keep", Section.READING,
        "Repeat this input column at the end of the results (an invoice number). Repeatable.",
        metavar="COLUMN|all", in_profiles=True, recorded=21, repeated=True)
    timezone: str = option(
        "UTC", Text(), "--timezone", Section.MONEY,
        "IANA time zone of timestamps without an offset.",
        metavar="ZONE", in_profiles=True, recorded=10, repeated=True)
    timestamp_format: str | None = option(
        None, Text(), "--timestamp-format", Section.MONEY,
        "strptime format of the timestamps, such as %d/%m/%Y.",
        metavar="FORMAT", shown="ISO 8601", in_profiles=True, recorded=11, repeated=True)
    ambiguous: Ambiguous = option(
        "reject", OneOf(Ambiguous), "--ambiguous", Section.MONEY,
        "A local time that a clock change makes happen twice.",
        in_profiles=True, recorded=12, repeated=True)
    decimal: DecimalMark | None = option(
        None, OneOf(DecimalMark), "--decimal", Section.MONEY,
        "How amounts are written: 1,234.56 or 1.234,56.",
        before="timezone", shown="point, and refused when the column says otherwise",
        in_profiles=True, recorded=13, repeated=True)
    delimiter: str | None = option(
        None, Delimiter(), "--delimiter", Section.READING,
        "What separates the cells of a CSV file: one character, or `tab`.",
        metavar="C", shown="found in the header", in_profiles=True, recorded=22, repeated=True)
    sheet: str | None = option(
        None, Text(), "--sheet", Section.READING,
        "The sheet of an Excel file.",
        metavar="NAME", shown="the first", in_profiles=True, recorded=23, repeated=True)
    max_unpacked: int = option(
        64 << 30, Size(), "--max-unpacked", Section.READING,
        "The most that a packed CSV file (.gz, .zst) may unpack to.",
        metavar="SIZE", shown="64GiB", in_profiles=True, recorded=24)
    any_message_id: bool = option(
        False, Flag(), "--any-message-id", Section.READING,
        "Accept message ids that are not 8 characters (imported messages).",
        in_profiles=True, recorded=14, repeated=True)
    duplicates: Duplicates = option(
        "hold", OneOf(Duplicates), "--duplicates", Section.CONTROL,
        "Rows equal to an earlier row of the input: keep for a decision, post, or leave out knowingly.",
        recorded=8, repeated=True)
    already: tuple[str, ...] = option(
        (), Texts(), "--already", Section.CONTROL,
        "Earlier results (globs too): rows that are recorded or in doubt there are held. Repeatable.",
        metavar="RESULTS", recorded=20, repeated=True)
    overlap: Overlap = option(
        "stop", OneOf(Overlap), "--overlap", Section.CONTROL,
        "When another results file, in the folders of the input and of RESULTS, records rows of this input.",
        recorded=9)
    allow_missing: bool = option(
        False, Flag(), "--allow-missing", Section.CONTROL,
        "Go on although recorded rows of the results are not in the input, rows to post are not in results that have "
        "no journal, or changed since other results recorded them.",
        recorded=19)
    strict: bool = option(
        False, Flag(), "--strict", Section.CONTROL,
        "Post nothing while any row is invalid or held.",
        recorded=15, repeated=True)
    expect_rows: int | None = option(
        None, Whole(0), "--expect-rows", Section.CONTROL,
        "Post nothing unless the whole input has N rows.",
        metavar="N")
    expect_total: Decimal | None = option(
        None, Amount(), "--expect-total", Section.CONTROL,
        "Post nothing unless the revenue of the whole input is AMOUNT, to the last digit.",
        metavar="AMOUNT")
    shard: tuple[int, int] | None = option(
        None, Part(), "--shard", Section.CONTROL,
        "Only the rows that fall into part I of N. The same row always falls into the same part.",
        metavar="I/N")
    results: Path | None = option(
        None, File(), "--results", Section.RESULTS,
        "The results file, .csv or .parquet. Needed for several files, a folder and `-`.",
        short="-o", metavar="PATH", shown="june.csv -> june.results.csv")
    rejects: Path | None = option(
        None, File(), "--rejects", Section.RESULTS,
        "Write the invalid and rejected rows, as they were, with the reason: fix that file and import it.",
        metavar="PATH")
    base_url: str = option(
        "https://app.tracklysms.com/api", Text(), "--base-url", Section.API,
        "Everything before /v2/revenue.",
        metavar="URL", variable="TRACKLY_BASE_URL", recorded=25)
    sandbox: bool = option(
        False, Flag(), "--sandbox", Section.API,
        "A sandbox on this computer, which an import starts for itself. Needs no key.")

    def __post_init__(self) -> None:
        for one in options_of(type(self)):
            object.__setattr__(self, one.name, one.settle(getattr(self, one.name)))

    @property
    def shard_name(self) -> str | None:
        """The shard as a header and an event name it: `2/4`."""
        return None if self.shard is None else f"{self.shard[0]}/{self.shard[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(InputSettings):
    """Everything an import needs. Times (`_s`) are in seconds; `rate` is requests a second, 0 for no limit."""

    api_key: str = option("", Text(), is_secret=True)
    allow_http: bool = option(
        False, Flag(), "--allow-http", Section.API,
        "Allow plain http:// to another machine. It shows the key to the network.",
        recorded=26, repeated=True)
    rate: float = option(
        100.0, Number(), "--rate", Section.SENDING,
        "Requests a second, every attempt counted; 0 is no limit.",
        metavar="N", recorded=1)
    concurrency: int = option(
        32, Whole(1, 1024), "--concurrency", Section.SENDING,
        "Requests in flight at most; also the most rows that a crash can leave in doubt.",
        metavar="N", recorded=2)
    timeout_s: float = option(
        30.0, Number(above_zero=True), "--timeout", Section.SENDING,
        "For one attempt, in all.",
        metavar="SECONDS", recorded=3)
    attempts: int = option(
        5, Whole(1), "--attempts", Section.SENDING,
        "Of one row, the first counted.",
        metavar="N", recorded=4)
    outage_wait_s: float = option(
        900.0, Number(), "--outage-wait", Section.SENDING,
        "How long to wait for an API that cannot be reached, or throttles everything, before the run stops.",
        metavar="SECONDS", recorded=5)
    stop_after: int = option(
        20, Whole(1), "--stop-after", Section.SENDING,
        "Stop when N rows in a row end failed or in doubt (or rejected, until one is recorded).",
        metavar="N", recorded=6)
    in_doubt: InDoubt = option(
        "hold", OneOf(InDoubt), "--in-doubt", Section.SENDING,
        "Rows whose answer was lost. `resend` may record a row twice.",
        recorded=7)
    limit: int | None = option(
        None, Whole(0), "--limit", Section.SENDING,
        "Post at most N rows now (a canary); the rest stays pending.",
        metavar="N", recorded=16)
    bulk: int | None = option(
        None, Whole(1, 100), "--bulk", Section.SENDING,
        "Post N rows a request: far faster, but no revenue ids, and a crash can leave concurrency x N rows in doubt.",
        metavar="N", recorded=17, repeated=True)
    retry_rejected: bool = option(
        False, Flag(), "--retry-rejected", Section.SENDING,
        "Post rows again that the API refused earlier.",
        recorded=18)
    report: Path | None = option(
        None, File((".html", ".xlsx")), "--report", Section.RESULTS,
        "Write the reconciliation as HTML at the end.",
        metavar="PATH")
    no_index: bool = option(
        False, Flag(), "--no-index", Section.RESULTS,
        "Keep no note, in the state folder of the user, of what is being imported: a second run of the same file into "
        "another folder is not seen.")
    resume_only: bool = option(
        False, Flag(), "--resume-only", Section.RESULTS,
        "Do nothing (exit 2) when there is nothing to resume.")

    @classmethod
    def of(cls, settings: InputSettings) -> Settings:
        """Return the settings of the import that a check with `settings` foretells: what it does not say is default."""
        if isinstance(settings, Settings):
            return settings
        return cls(**{one.name: getattr(settings, one.name) for one in fields(settings)})


def recorded_options() -> list[Option]:
    """The options that the journal keeps of a run, in its order."""
    return sorted((one for one in options_of(Settings) if one.recorded), key=lambda one: one.recorded or 0)
