"""The options, declared once for every command and grouped by purpose: what `--help` shows and what is refused.

Defaults come from `Settings`, which is their only home. Each declaration's parameter name is a `Settings` field.
"""

from __future__ import annotations

import math
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, get_args

import click

from importer.api import KEY_WAYS
from importer.cli.base import DEFAULT_SECTION, SectionOption
from importer.errors import SettingsError
from importer.settings import (
    MAX_SHARDS,
    WHOLE,
    Ambiguous,
    DecimalMark,
    Duplicates,
    InDoubt,
    Overlap,
    Settings,
    amount,
    is_shard,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    Decorated = TypeVar("Decorated", bound=Callable[..., Any])
    Declaration = Callable[[Any], Any]


LOCAL = "local"
PROFILE_PAIRS = "importer.cli.profile.pairs"

_DEFAULTS = Settings()
_NOT_IN_PROFILES = frozenset(field.name.removesuffix("_s") for field in fields(Settings)) | {
    "profile", "api_key_file", "scheduler", "shards", "yes", "json", "log_format", "quiet", "no_progress", "debug",
}  # fmt: skip
_READING = "Reading"
_MONEY = "Money and time"
_CONTROL = "Duplicates and control"
_API = "The API"
_SENDING = "Sending"
_CLUSTER = "More than one machine"
_RESULTS = "Results"
_OUTPUT = DEFAULT_SECTION


class _Finite(click.FloatRange):
    """A number in a range; `inf` and `nan`, which pass a plain comparison, are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"'{value}' is not a finite number.", param, ctx)
        return number


class FilePath(click.Path):
    """The path of a file. An empty text, such as an unset variable of the shell gives, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty text."""
        if value == "":
            self.fail("the name is empty. Is a variable of the shell not set?", param, ctx)
        return super().convert(value, param, ctx)


def _field_pair(text: str) -> tuple[str, str]:
    from importer.model import FIELDS  # noqa: PLC0415 - not needed to start up

    name, equals, value = text.partition("=")
    field = re.sub(r"[-\s]", "_", name.strip().lower())
    if field not in FIELDS:
        import difflib  # noqa: PLC0415 - not needed to start up

        close = difflib.get_close_matches(field, FIELDS, n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise click.BadParameter(f"'{name}' is not a field.{hint} The fields are {', '.join(FIELDS)}.")
    if not equals or not value.strip():
        raise click.BadParameter(f"'{text}' lacks the part after the field: {field}=…")
    return field, value.strip()


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,5})/([0-9]{1,5})", text)
    part, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not is_shard((part, parts)):
        raise click.BadParameter(f"'{text}' is not I/N with 1 <= I <= N <= {MAX_SHARDS}, such as 1/4.")
    return part, parts


def _amount(text: str) -> Decimal:
    try:
        return amount(text)
    except SettingsError:
        raise click.BadParameter(
            f"'{text}' is not a plain amount: write 1234.50, without thousands separators."
        ) from None


def _delimiter(text: str) -> str:
    character = "\t" if text.lower() in {"tab", "\\t"} else text
    if not re.fullmatch(r"[\t !#-/:-@\[-`{-~]", character):
        raise click.BadParameter(f"'{text}' is not one character such as , ; | or tab.")
    return character


def _size(text: str | int) -> int:
    found = re.fullmatch(r"([0-9]{1,12}) ?([KMGT]?)(i?)B?", str(text), re.IGNORECASE)
    if not found or not int(found[1]):
        raise click.BadParameter(f"'{text}' is not a size such as 500MB or 64GiB.")
    unit: int = (1024 if found[3] else 1000) ** " KMGT".index(found[2].upper() or " ")
    return int(found[1]) * unit


def _by_field(
    _ctx: click.Context, param: click.Parameter, pairs: tuple[tuple[str, str], ...] | None
) -> Mapping[str, str]:
    by_field: dict[str, str] = {}
    for field, text in pairs or ():
        if field in by_field:
            raise click.BadParameter(f"'{field}' is given twice.", param=param)
        by_field[field] = text
    return by_field


def ends_in(*suffixes: str) -> Callable[[click.Context, click.Parameter, Path | None], Path | None]:
    """Return the callback of an option whose path must end in one of `suffixes`."""

    def judged(_ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() not in suffixes:
            raise click.BadParameter(f"'{path}' does not end in {' or '.join(suffixes)}.", param=param)
        return path

    return judged


def _load_profile(ctx: click.Context, _param: click.Parameter, path: str | None) -> None:
    """Make the profile's values the defaults of this command, judged by the options' own rules."""
    if path is None:
        return
    from importer.cli.profile import read_profile  # noqa: PLC0415 - not needed to start up

    parameters = {parameter.name: parameter for parameter in ctx.command.params}
    values = read_profile(path, _NOT_IN_PROFILES)
    judged = {}
    for name, value in values.items():
        try:
            judged[name] = parameters[name].process_value(ctx, value)
        except click.BadParameter as error:
            raise SettingsError(f"Profile {path}, {name.replace('_', '-')}: {error.message}") from None
    ctx.meta[PROFILE_PAIRS] = {kind: judged.get(kind, {}) for kind in ("map", "set")}
    ctx.default_map = {name: value for name, value in values.items() if name not in {"map", "set"}}


def _refuse_key(_ctx: click.Context, _param: click.Parameter, value: object) -> None:
    if value is not None:
        refuse_key_argument()


def refuse_key_argument() -> NoReturn:
    """Raise the usage error that says why the key is never an argument. It does not repeat the value."""
    raise click.UsageError(
        f"The API key is never an argument, which `ps` and the shell's history would show. {KEY_WAYS} "
        "If it was typed just now, it is in the shell's history: remove it there."
    )


def _option(section: str, *names: str, **attributes: Any) -> Declaration:
    field = next((name for name in names if not name.startswith("-")), names[0].lstrip("-").replace("-", "_"))
    if not attributes.get("multiple") and "default" not in attributes:
        attributes["default"] = getattr(_DEFAULTS, field, None)
    shown: bool | str = f"{attributes['default']:g}" if isinstance(attributes.get("default"), float) else True
    attributes.setdefault("show_default", not attributes.get("is_flag") and shown)
    return click.option(*names, cls=SectionOption, section=section, **attributes)


def _flag(section: str, *names: str, **attributes: Any) -> Declaration:
    return _option(section, *names, is_flag=True, default=False, **attributes)


def _refused_key_option() -> Declaration:
    return click.option(
        "--api-key", hidden=True, expose_value=False, is_eager=True, is_flag=False, flag_value="", callback=_refuse_key
    )


_FILE = FilePath(dir_okay=False, path_type=Path)

INPUTS: tuple[Declaration, ...] = (
    click.argument("inputs", nargs=-1, required=True, metavar="FILE..."),
    _refused_key_option(),
)

READING: tuple[Declaration, ...] = (
    _option(
        _READING, "--map", metavar="FIELD=COLUMN", type=_field_pair, multiple=True, callback=_by_field,
        help="Take FIELD from the column of that name. Repeatable.",
    ),
    _option(
        _READING, "--set", metavar="FIELD=VALUE", type=_field_pair, multiple=True, callback=_by_field,
        help="The same VALUE in every row, for a field that the file lacks. Repeatable.",
    ),
    _option(
        _READING, "--keep", metavar="COLUMN|all", multiple=True,
        help="Repeat this input column at the end of the results (an invoice number). Repeatable.",
    ),
    _option(
        _READING, "--profile", metavar="FILE", default=None, is_eager=True, expose_value=False, callback=_load_profile,
        help="TOML file of the options of Reading and of Money and time (a saved mapping). The command line wins.",
    ),
    _option(_READING, "--delimiter", metavar="C", type=_delimiter, show_default="found in the header",
            help="What separates the cells of a CSV file: one character, or `tab`."),
    _option(_READING, "--sheet", metavar="NAME", show_default="the first", help="The sheet of an Excel file."),
    _option(_READING, "--max-unpacked", metavar="SIZE", type=_size, show_default="64GiB",
            help="The most that a packed CSV file (.gz, .zst) may unpack to."),
    _flag(_READING, "--any-message-id", help="Accept message ids that are not 8 characters (imported messages)."),
)  # fmt: skip

MONEY_AND_TIME: tuple[Declaration, ...] = (
    _option(
        _MONEY, "--decimal", type=click.Choice(get_args(DecimalMark)),
        show_default="point, and refused when the column says otherwise",
        help="How amounts are written: 1,234.56 or 1.234,56.",
    ),
    _option(_MONEY, "--timezone", metavar="ZONE", help="IANA time zone of timestamps without an offset."),
    _option(
        _MONEY, "--timestamp-format", metavar="FORMAT", show_default="ISO 8601",
        help="strptime format of the timestamps, such as %d/%m/%Y.",
    ),
    _option(
        _MONEY, "--ambiguous", type=click.Choice(get_args(Ambiguous)),
        help="A local time that a clock change makes happen twice.",
    ),
)  # fmt: skip

CONTROL: tuple[Declaration, ...] = (
    _option(
        _CONTROL, "--duplicates", type=click.Choice(get_args(Duplicates)),
        help="Rows equal to an earlier row of the input: keep for a decision, post, or leave out knowingly.",
    ),
    _option(
        _CONTROL, "--already", metavar="RESULTS", multiple=True,
        help="Earlier results (globs too): rows that are recorded or in doubt there are held. Repeatable.",
    ),
    _option(
        _CONTROL, "--overlap", type=click.Choice(get_args(Overlap)),
        help="When another results file, in the folders of the input and of RESULTS, records rows of this input.",
    ),
    _flag(
        _CONTROL, "--allow-missing",
        help="Go on although recorded rows of the results are not in the input, rows to post are not in results that "
        "have no journal, or changed since other results recorded them.",
    ),
    _flag(_CONTROL, "--strict", help="Post nothing while any row is invalid or held."),
    _option(
        _CONTROL, "--expect-rows", metavar="N", type=click.IntRange(*WHOLE["expect_rows"]),
        help="Post nothing unless the whole input has N rows.",
    ),
    _option(
        _CONTROL, "--expect-total", metavar="AMOUNT", type=_amount,
        help="Post nothing unless the revenue of the whole input is AMOUNT, to the last digit.",
    ),
    _option(
        _CONTROL, "--shard", metavar="I/N", type=_shard,
        help="Only the rows that fall into part I of N. The same row always falls into the same part.",
    ),
)  # fmt: skip

API: tuple[Declaration, ...] = (
    _option(
        _API, "--base-url", metavar="URL", envvar="TRACKLY_BASE_URL", show_envvar=True,
        help="Everything before /v2/revenue.",
    ),
    _flag(_API, "--sandbox", help="A sandbox on this computer, which an import starts for itself. Needs no key."),
)  # fmt: skip

KEY: tuple[Declaration, ...] = (
    _option(
        _API, "--api-key-file", metavar="PATH", default=None,
        help="File that holds the API key; `-` is standard input. Otherwise TRACKLY_API_KEY, or a hidden question on "
        "a terminal. The key is never an argument.",
    ),
    _flag(_API, "--allow-http", help="Allow plain http:// to another machine. It shows the key to the network."),
)  # fmt: skip

SENDING: tuple[Declaration, ...] = (
    _option(
        _SENDING, "--rate", metavar="N", type=_Finite(min=0),
        help="Requests a second, every attempt counted; 0 is no limit.",
    ),
    _option(
        _SENDING, "--concurrency", metavar="N", type=click.IntRange(*WHOLE["concurrency"]),
        help="Requests in flight at most; also the most rows that a crash can leave in doubt.",
    ),
    _option(
        _SENDING, "--timeout", "timeout_s", metavar="SECONDS", type=_Finite(min=0, min_open=True),
        help="For one attempt, in all.",
    ),
    _option(
        _SENDING, "--attempts", metavar="N", type=click.IntRange(*WHOLE["attempts"]),
        help="Of one row, the first counted.",
    ),
    _option(
        _SENDING, "--outage-wait", "outage_wait_s", metavar="SECONDS", type=_Finite(min=0),
        help="How long to wait for an API that cannot be reached, or throttles everything, before the run stops.",
    ),
    _option(
        _SENDING, "--stop-after", metavar="N", type=click.IntRange(*WHOLE["stop_after"]),
        help="Stop when N rows in a row end failed or in doubt (or rejected, until one is recorded).",
    ),
    _option(
        _SENDING, "--in-doubt", type=click.Choice(get_args(InDoubt)),
        help="Rows whose answer was lost. `resend` may record a row twice.",
    ),
    _option(_SENDING, "--limit", metavar="N", type=click.IntRange(*WHOLE["limit"]),
            help="Post at most N rows now (a canary); the rest stays pending."),
    _option(
        _SENDING, "--bulk", metavar="N", type=click.IntRange(*WHOLE["bulk"]),
        help="Post N rows a request: far faster, but no revenue ids, and a crash can leave concurrency x N rows in "
        "doubt.",
    ),
    _flag(_SENDING, "--retry-rejected", help="Post rows again that the API refused earlier."),
)  # fmt: skip

CLUSTER: tuple[Declaration, ...] = (
    _option(
        _CLUSTER, "--scheduler", metavar="ADDRESS|local", default=None,
        help="Import in shards on the workers of this Dask scheduler (tcp://...), or on processes of this computer. "
        "Each shard has its own results; all shards together keep to --rate.",
    ),
    _option(
        _CLUSTER, "--shards", metavar="N", type=click.IntRange(1, MAX_SHARDS), default=None,
        show_default="as an earlier run, or one for each worker thread",
        help="How many shards --scheduler makes.",
    ),
)  # fmt: skip

CHECK_RESULTS: tuple[Declaration, ...] = (
    _option(
        _RESULTS, "--results", "-o", metavar="PATH", type=_FILE, show_default="june.csv -> june.results.csv",
        help="The results file, .csv or .parquet. Needed for several files, a folder and `-`.",
    ),
    _option(
        _RESULTS, "--rejects", metavar="PATH", type=_FILE,
        help="Write the invalid and rejected rows, as they were, with the reason: fix that file and import it.",
    ),
)  # fmt: skip

IMPORT_RESULTS: tuple[Declaration, ...] = (
    *CHECK_RESULTS,
    _option(
        _RESULTS,
        "--report",
        metavar="PATH",
        type=_FILE,
        callback=ends_in(".html", ".xlsx"),
        help="Write the reconciliation as HTML at the end.",
    ),
    _flag(
        _RESULTS,
        "--no-index",
        help="Keep no note, in the state folder of the user, of what is being imported: a second run of the same file "
        "into another folder is not seen.",
    ),
    _flag(_RESULTS, "--resume-only", help="Do nothing (exit 2) when there is nothing to resume."),
)

TALKING: tuple[Declaration, ...] = (
    _option(
        _OUTPUT, "--log-format", type=click.Choice(["text", "json"]), default="text",
        help="How messages are written to standard error; `json` is one object a line.",
    ),
    _flag(_OUTPUT, "--quiet", help="Only warnings, errors and the summary."),
    _flag(_OUTPUT, "--debug", help="Say more, and show the traceback of an error. Never shows the key."),
)  # fmt: skip

OUTPUT: tuple[Declaration, ...] = (
    _flag(_OUTPUT, "--json", "as_json", help="The summary as one JSON object, the last thing on standard output."),
    _flag(_OUTPUT, "--no-progress", help="No progress."),
    *TALKING,
)

ASKING: tuple[Declaration, ...] = (_flag(_OUTPUT, "--yes", "-y", help="Do not ask before the first row is posted."),)


def refuse_key(command: Decorated) -> Decorated:
    """Refuse `--api-key` with an explanation where no other option of `INPUTS` is wanted."""
    refused: Decorated = _refused_key_option()(command)
    return refused


def options(*groups: tuple[Declaration, ...]) -> Callable[[Decorated], Decorated]:
    """Return a decorator that declares the options of `groups`, in that order."""

    def declare(command: Decorated) -> Decorated:
        for declaration in reversed([declaration for group in groups for declaration in group]):
            command = declaration(command)
        return command

    return declare
