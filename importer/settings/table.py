"""The table of options: each is declared here once, with its default, its limits, its help and all else about it.

The command line, profiles, the journal, the report and the documents take what they need from it (see `Option`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from importer.settings.conditions import Conditions
from importer.settings.kinds import ByField, Choices, File, Flag, Names, Number, OneOf, Text, Texts, Whole
from importer.settings.notations import Amount, Delimiter, Part, Period, PlanDigest, Size
from importer.settings.options import Section, option, options_of, settle_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from importer.settings.options import Option

Ambiguous = Literal["earliest", "latest", "reject"]
DecimalMark = Literal["point", "comma"]
Escape = Literal["backslash"]
Duplicates = Literal["hold", "post", "skip"]
Overlap = Literal["stop", "allow"]
InDoubt = Literal["hold", "resend"]
Hidden = Literal["read", "skip"]

# fmt: off


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How the input is to be read and judged: shared by `check` and `import`.

    Each field is the command line's option of that name, with `_` for `-`; its `help` says what it does.
    Paths may be given as texts, one input or column instead of a list, an amount as text.

    Raises:
        SettingsError: a value that cannot be used.
    """

    inputs: tuple[str, ...] = option((), Texts(), decides=False)
    map: Mapping[str, str] = option(
        {}, ByField(), "--map", Section.READING, metavar="FIELD=COLUMN", in_profiles=True,
        help="Take FIELD from the column of that name. Repeatable.")
    set: Mapping[str, str] = option(
        {}, ByField(), "--set", Section.READING, metavar="FIELD=VALUE", in_profiles=True,
        help="The same VALUE in every row, for a field that the file lacks. Repeatable.")
    value: tuple[str, ...] = option(
        (), Texts(), "--value", Section.READING, metavar="FIELD:FROM=TO", in_profiles=True, recorded=40, repeated=True,
        help="What a value of the file is called here (attribution_type:Verkauf=sale), without regard to case and "
        "surrounding space. Repeatable.")
    key: tuple[str, ...] = option(
        (), Texts(), "--key", Section.READING, metavar="COLUMN", in_profiles=True, recorded=60, repeated=True,
        help="A further column (an invoice or conversion number) that makes rows different events although their five "
        "fields are equal. Repeatable.")
    keep: tuple[str, ...] = option(
        (), Texts(), "--keep", Section.READING, metavar="COLUMN|all", in_profiles=True, recorded=21, repeated=True,
        decides=False,
        help="Repeat this input column at the end of the results (an invoice number). Repeatable.")
    timezone: str = option(
        "UTC", Text(), "--timezone", Section.MONEY, metavar="ZONE", in_profiles=True, recorded=10, repeated=True,
        help="IANA time zone of timestamps without an offset.")
    timestamp_format: tuple[str, ...] = option(
        (), Texts(), "--timestamp-format", Section.MONEY, metavar="FORMAT", shown="ISO 8601", in_profiles=True,
        recorded=11, repeated=True,
        help="strptime format of the timestamps, such as %d/%m/%Y; or epoch-s, epoch-ms, epoch-us, epoch-ns. "
        "Repeatable: a cell must have one meaning.")
    ambiguous: Ambiguous = option(
        "reject", OneOf(Ambiguous), "--ambiguous", Section.MONEY, in_profiles=True, recorded=12, repeated=True,
        help="A local time that a clock change makes happen twice.")
    decimal: DecimalMark | None = option(
        None, OneOf(DecimalMark), "--decimal", Section.MONEY, before="timezone",
        shown="point, and refused when the column says otherwise", in_profiles=True, recorded=13, repeated=True,
        help="How amounts are written: 1,234.56 or 1.234,56.")
    delimiter: str | None = option(
        None, Delimiter(), "--delimiter", Section.READING, metavar="C", shown="found in the header", in_profiles=True,
        recorded=22, repeated=True,
        help="What separates the cells of a CSV file: one character, or `tab`.")
    sheet: tuple[str, ...] = option(
        (), Texts(), "--sheet", Section.READING, metavar="NAME", shown="the first", in_profiles=True, recorded=23,
        repeated=True,
        help="The sheet of an Excel file. Repeatable: all are read, one after the other.")
    skip_rows: int = option(
        0, Whole(0, 100_000), "--skip-rows", Section.READING, metavar="N", in_profiles=True, recorded=30, repeated=True,
        help="Leave out the first N lines (of Excel: rows), which stand above the header.")
    columns: tuple[str, ...] = option(
        (), Names(), "--columns", Section.READING, metavar="A,B,...", shown="the first line", in_profiles=True,
        recorded=31, repeated=True,
        help="The file has no header: these are its columns, in their order.")
    null: tuple[str, ...] = option(
        (), Texts(), "--null", Section.READING, metavar="WORD", in_profiles=True, recorded=32, repeated=True,
        help="A cell that holds exactly this word (NULL, N/A) is empty. Repeatable.")
    escape: Escape | None = option(
        None, OneOf(Escape), "--escape", Section.READING, shown="none", in_profiles=True, recorded=33, repeated=True,
        help="A backslash before a quote within a quoted cell stands for the quote alone, as Spark writes it.")
    max_unpacked: int = option(
        64 << 30, Size(), "--max-unpacked", Section.READING, metavar="SIZE", shown="64GiB", in_profiles=True,
        recorded=24, decides=False,
        help="The most that a packed CSV file (.gz, .zst, .bz2, .xz, .zip) may unpack to.")
    any_message_id: bool = option(
        False, Flag(), "--any-message-id", Section.READING, in_profiles=True, recorded=14, repeated=True,
        help="Accept message ids that are not 8 characters (imported messages).")
    where: tuple[str, ...] = option(
        (), Conditions(), "--where", Section.READING, metavar="COLUMN=VALUE[,VALUE]", in_profiles=True, recorded=50,
        repeated=True,
        help="Only the rows with one of these values in the column, or with COLUMN!=VALUE none of them; the others are "
        "excluded. Repeatable: all must hold.")
    ignore: tuple[str, ...] = option(
        (), Texts(), "--ignore", Section.READING, metavar="COLUMN", in_profiles=True, recorded=51, repeated=True,
        help="This column has no say: no warning that it is not used, and no question about what it holds. Repeatable.")
    hidden: Hidden | None = option(
        None, OneOf(Hidden), "--hidden", Section.READING, shown="refused when there are any", in_profiles=True,
        recorded=52, repeated=True,
        help="Rows that a workbook hides or filters out: read them, or leave them out.")
    currency: str | None = option(
        None, Text(), "--currency", Section.READING, metavar="CODE", shown="refused when there are several",
        in_profiles=True, recorded=54, repeated=True,
        help="Only the rows whose amount is in this currency, by the code or sign in its cell or by a workbook's "
        "format; those in another one are excluded. A cell that shows none counts.")
    header: tuple[str, ...] = option(
        (), Texts(), in_profiles=True, decides=False,
        help="Columns that the file must have: another file is refused.")
    choose: Mapping[str, tuple[str, ...]] = option(
        {}, Choices(), in_profiles=True,
        help="For a field, the columns that may hold it: which of them, somebody has to say with --map.")
    allow_tune: bool = option(
        False, Flag(), "--allow-tune", Section.CONTROL, recorded=53, repeated=True,
        help="Go on with an export of TUNE, although Trackly fetches TUNE's conversions itself.")
    duplicates: Duplicates = option(
        "hold", OneOf(Duplicates), "--duplicates", Section.CONTROL, recorded=8, repeated=True,
        help="Rows equal to an earlier row of the input: keep for a decision, post, or leave out knowingly.")
    already: tuple[str, ...] = option(
        (), Texts(), "--already", Section.CONTROL, metavar="RESULTS", recorded=20, repeated=True, decides=False,
        help="Earlier results (globs too): rows that are recorded or in doubt there are held. Repeatable.")
    overlap: Overlap = option(
        "stop", OneOf(Overlap), "--overlap", Section.CONTROL, recorded=9,
        help="When another results file records rows of this input, or nearly: in the folders of the input and of "
        "RESULTS, or wherever earlier imports noted it.")
    period: str | None = option(
        None, Period(), "--period", Section.MONEY, metavar="PERIOD", recorded=70, repeated=True,
        help="Rows outside are invalid: 2026-06, 2026-Q2 or 2026-06-01/2026-06-15, by --timezone. A row without a "
        "timestamp is of today.")
    max_revenue: Decimal | None = option(
        None, Amount(), "--max-revenue", Section.MONEY, metavar="AMOUNT", in_profiles=True, recorded=71, repeated=True,
        help="A row above it is invalid.")
    check_offers: bool = option(
        False, Flag(), "--check-offers", Section.CONTROL, recorded=72, repeated=True,
        help="Ask the API for the offers of the account before anything is posted; a row with another one is invalid. "
        "Needs the key, also to check.")
    allow_missing: bool = option(
        False, Flag(), "--allow-missing", Section.CONTROL, recorded=19,
        help="Go on although recorded rows of the results are not in the input, rows to post are not in results that "
        "have no journal, or changed since other results recorded them.")
    strict: bool = option(
        False, Flag(), "--strict", Section.CONTROL, recorded=15, repeated=True,
        help="Post nothing while any row is invalid or held.")
    expect_rows: int | None = option(
        None, Whole(0), "--expect-rows", Section.CONTROL, metavar="N", decides=False,
        help="Post nothing unless the whole input has N rows.")
    expect_total: Decimal | None = option(
        None, Amount(), "--expect-total", Section.CONTROL, metavar="AMOUNT", decides=False,
        help="Post nothing unless the revenue of the whole input is AMOUNT, to the last digit.")
    shard: tuple[int, int] | None = option(
        None, Part(), "--shard", Section.CONTROL, metavar="I/N",
        help="Only the rows that fall into part I of N. The same row always falls into the same part.")
    results: Path | None = option(
        None, File(), "--results", Section.RESULTS, short="-o", metavar="PATH", shown="june.csv -> june.results.csv",
        in_environment=True, decides=False,
        help="The results file, .csv or .parquet. Needed for several files, a folder and `-`.")
    rejects: Path | None = option(
        None, File(), "--rejects", Section.RESULTS, metavar="PATH", decides=False,
        help="Write the invalid and rejected rows, as they were, with the reason: fix that file and import it.")
    no_index: bool = option(
        False, Flag(), "--no-index", Section.RESULTS, decides=False,
        help="Neither note in the state folder of the user what is being imported and where its results lie, nor look "
        "there: the same rows in results in another folder are not seen.")
    base_url: str = option(
        "https://app.tracklysms.com/api", Text(), "--base-url", Section.API, metavar="URL",
        variable="TRACKLY_BASE_URL", recorded=25, decides=False,
        help="Everything before /v2/revenue.")
    allow_http: bool = option(
        False, Flag(), "--allow-http", Section.API, recorded=26, repeated=True, decides=False,
        help="Allow plain http:// to another machine. It shows the key to the network.")
    sandbox: bool = option(
        False, Flag(), "--sandbox", Section.API, decides=False,
        help="A sandbox on this computer, which an import starts for itself. Needs no key.")
    in_doubt: InDoubt = option(
        "hold", OneOf(InDoubt), "--in-doubt", Section.SENDING, before="limit", recorded=7,
        help="Rows whose answer was lost. `resend` may record a row twice.")
    bulk: int | None = option(
        None, Whole(1, 100), "--bulk", Section.SENDING, in_environment=True, metavar="N", before="limit", recorded=17,
        repeated=True,
        help="Post N rows a request: far faster, but no revenue ids, and a crash can leave concurrency x N rows in "
        "doubt.")
    retry_rejected: bool = option(
        False, Flag(), "--retry-rejected", Section.SENDING, before="limit", recorded=18,
        help="Post rows again that the API refused earlier.")
    api_key: str = option("", Text(), is_secret=True, decides=False)

    def __post_init__(self) -> None:
        settle_all(self)

    @property
    def shard_name(self) -> str | None:
        """The shard as a header and an event name it: `2/4`."""
        return None if self.shard is None else f"{self.shard[0]}/{self.shard[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(InputSettings):
    """Everything an import needs. Times (`_s`) are in seconds; `rate` is requests a second, 0 for no limit."""

    rate: float = option(
        100.0, Number(), "--rate", Section.SENDING, in_environment=True, metavar="N", recorded=1, repeated=True,
        help="Requests a second, every attempt counted; 0 is no limit.")
    concurrency: int = option(
        32, Whole(1, 1024), "--concurrency", Section.SENDING, in_environment=True, metavar="N", recorded=2,
        repeated=True,
        help="Requests in flight at most; also the most rows that a crash can leave in doubt.")
    timeout_s: float = option(
        30.0, Number(above_zero=True), "--timeout", Section.SENDING, in_environment=True, metavar="SECONDS", recorded=3,
        repeated=True,
        help="For one attempt, in all.")
    attempts: int = option(
        5, Whole(1), "--attempts", Section.SENDING, in_environment=True, metavar="N", recorded=4, repeated=True,
        help="Of one row, the first counted.")
    outage_wait_s: float = option(
        900.0, Number(), "--outage-wait", Section.SENDING, in_environment=True, metavar="SECONDS", recorded=5,
        repeated=True,
        help="How long to wait for an API that cannot be reached, or throttles everything, before the run stops.")
    stop_after: int = option(
        20, Whole(1), "--stop-after", Section.SENDING, in_environment=True, metavar="N", recorded=6, repeated=True,
        help="Stop when N rows in a row end failed or in doubt (or rejected, until one is recorded).")
    limit: int | None = option(
        None, Whole(0), "--limit", Section.SENDING, metavar="N", recorded=16,
        help="Post at most N rows now (a canary); the rest stays pending.")
    expect_plan: str | None = option(
        None, PlanDigest(), "--expect-plan", Section.CONTROL, metavar="DIGEST",
        help="Post nothing unless the plan is still the one that `check` printed with the same input and options.")
    report: Path | None = option(
        None, File(".html", ".xlsx"), "--report", Section.RESULTS, metavar="PATH",
        help="Write the reconciliation as HTML at the end.")
    resume_only: bool = option(
        False, Flag(), "--resume-only", Section.RESULTS,
        help="Do nothing (exit 2) when there is nothing to resume.")

    @classmethod
    def of(cls, settings: InputSettings) -> Settings:
        """Return the settings of the import that a check with `settings` foretells: what it does not say is default."""
        if isinstance(settings, Settings):
            return settings
        return cls(**{one.name: getattr(settings, one.name) for one in fields(settings)})


def deciding_options() -> list[Option]:
    """The options that decide what is posted, or where: what the plan covers besides the input."""
    return [one for one in options_of(InputSettings) if one.decides]


def recorded_options() -> list[Option]:
    """The options that the journal keeps of a run, in its order."""
    return sorted((one for one in options_of(Settings) if one.recorded), key=lambda one: one.recorded or 0)
