"""The options that only the command line has: how a run is started, and how the command talks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from importer.settings import MAX_SHARDS, File, Flag, OneOf, Section, Text, Whole, option, options_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Table = TypeVar("Table")

LogFormat = Literal["text", "json"]


def picked(table: type[Table], given: Mapping[str, Any]) -> Table:
    """Return what the command line says of the fields of a table, as an object of it."""
    return table(**values_of(table, given))


def values_of(table: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the command line says of the fields of a table, by field."""
    return {one.name: given[one.name] for one in options_of(table) if one.name in given}


class Profile(Text):
    """The path of a saved mapping: its options become the defaults of the command."""


# fmt: off


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Where the settings of a run come from besides the options of `Settings`, and on which machines it runs."""

    profile: str | None = option(
        None, Profile(), "--profile", Section.READING, metavar="FILE", before="delimiter",
        commands=("check", "import", "reconcile"),
        help="TOML file of the options of Reading, and of Money and time but for --period (a saved mapping), or the "
        "name of a network: "
        "awin, cj, everflow, rakuten. The command line wins.")
    save_profile: Path | None = option(
        None, File(), "--save-profile", Section.READING, metavar="FILE", before="delimiter",
        commands=("check", "import"),
        help="Write the options of Reading, and of Money and time but for --period, of this command as a profile.")
    api_key_file: str | None = option(
        None, Text(), "--api-key-file", Section.API, metavar="PATH", before="allow_http", commands=("check", "import"),
        help="File that holds the API key; `-` is standard input. Otherwise TRACKLY_API_KEY, or a hidden question on a "
        "terminal. The key is never an argument.")
    scheduler: str | None = option(
        None, Text(), "--scheduler", Section.CLUSTER, metavar="ADDRESS|local", commands=("import",),
        help="Import in shards on the workers of this Dask scheduler (tcp://...), or on processes of this computer. "
        "Each shard has its own results; all shards together keep to --rate.")
    shards: int | None = option(
        None, Whole(1, MAX_SHARDS), "--shards", Section.CLUSTER, metavar="N",
        shown="as an earlier run, or one for each worker thread", commands=("import",),
        help="How many shards --scheduler makes.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the command talks."""

    yes: bool = option(
        False, Flag(), "--yes", Section.OUTPUT, short="-y", commands=("import", "reconcile"),
        help="Do not ask before the first row is posted, or verdicts are recorded.")
    as_json: bool = option(
        False, Flag(), "--json", Section.OUTPUT, commands=("check", "import", "reconcile"),
        help="The summary as one JSON object, the last thing on standard output.")
    no_progress: bool = option(
        False, Flag(), "--no-progress", Section.OUTPUT, commands=("check", "import"),
        help="No progress.")
    log_format: LogFormat = option(
        "text", OneOf(LogFormat), "--log-format", Section.OUTPUT,
        help="How messages are written to standard error; `json` is one object a line.")
    quiet: bool = option(
        False, Flag(), "--quiet", Section.OUTPUT,
        help="Only warnings, errors and the summary.")
    debug: bool = option(
        False, Flag(), "--debug", Section.OUTPUT,
        help="Say more, and show the traceback of an error. Never shows the key.")
