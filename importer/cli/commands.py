"""The command line only translates: options become one frozen Settings, then comes one call, then the summary.

At module level only click and what is as light may be imported, so that their `--help` comes at once.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from importer.api import has_documented_form
from importer.cli.base import PROFILE, Command, file_names, refuse_key
from importer.cli.input_values import input_values
from importer.cli.options import declare
from importer.cli.own_options import Launch, Style, picked, values_of
from importer.errors import SettingsError
from importer.settings import InputSettings, Settings
from importer.signals import held_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.cli.console import Console
    from importer.cli.profiles import Loaded
    from importer.model import Summary

_LOCAL = "local"
_MADE_UP_KEY = "trk_" + "0" * 32
_files = click.argument("inputs", nargs=-1, required=True, metavar="FILE...", shell_complete=file_names)


@click.command(
    cls=Command,
    epilog="\b\nExamples:\n"
    "  revenue-importer check june.csv\n"
    "  revenue-importer check sales.xlsx --map message_id=SubID --set attribution_type=sale\n",
)
@_files
@refuse_key
@declare("check", InputSettings, Launch, Style)
@click.pass_context
def check(ctx: click.Context, /, **given: Any) -> int:
    """Read and validate FILEs and say what an import would do. Posts nothing, needs no key and no network.

    (Only --check-offers needs both.)

    FILE is .csv, .tsv, .csv.gz, .csv.zst, .parquet or .xlsx, a glob, a folder, the same in s3://, or `-` (CSV on
    standard input). Ends with 0 when nothing is invalid and nothing held, otherwise with 1.
    """
    console = _console(ctx, given)
    launch = picked(Launch, given)
    values = _input_values(ctx, given)
    from importer.run import run_check  # noqa: PLC0415 - not needed to start up

    with contextlib.ExitStack() as running:
        if given["check_offers"]:
            values |= _speaking(launch, given, running, console)
        settings = InputSettings(**values)
        with _saved(settings, launch, console):
            summary = run_check(settings, console)
    return console.finish(summary, checked=True)


@click.command(
    "import",
    cls=Command,
    epilog="\b\nExamples:\n"
    "  revenue-importer import june.csv\n"
    "  revenue-importer import june.csv --sandbox --yes\n"
    "  revenue-importer import june.csv --limit 10\n"
    "  revenue-importer import june.csv --expect-rows 1204 --expect-total 30125.40\n",
)
@_files
@refuse_key
@declare("import", Settings, Launch, Style)
@click.pass_context
def import_(ctx: click.Context, /, **given: Any) -> int:
    """Check FILEs, post each row once, and write the results file. The same command again continues.

    FILE is .csv, .tsv, .csv.gz, .csv.zst, .parquet or .xlsx, a glob, a folder, the same in s3://, or `-` (CSV on
    standard input). Ends with 0 when every row is recorded or left out knowingly, 1 when some rows are not, 2 when
    it did not start, 3 when it stopped early, and 129, 130 or 143 when it was interrupted.
    """
    console = _console(ctx, given)
    launch = picked(Launch, given)
    values = values_of(Settings, given) | _input_values(ctx, given)
    with contextlib.ExitStack() as running:
        values |= _speaking(launch, given, running, console)
        settings = Settings(**values)
        with _saved(settings, launch, console):
            summary = _imported(settings, launch, console)
        with held_back():  # what was done is said, whatever comes now
            return console.finish(summary)


def _speaking(
    launch: Launch, given: Mapping[str, Any], running: contextlib.ExitStack, console: Console
) -> dict[str, str]:
    """What it takes to speak to the API: the key, or a sandbox that is there for as long as it is `running`."""
    if given["sandbox"]:
        from importer.sandbox import Sandbox  # noqa: PLC0415 - not needed to start up

        return {"base_url": running.enter_context(Sandbox()).url, "api_key": _MADE_UP_KEY}
    if launch.scheduler in {None, _LOCAL}:
        return {"api_key": _api_key(launch.api_key_file, given["inputs"], console)}
    return {}


def _imported(settings: Settings, launch: Launch, console: Console) -> Summary:
    if launch.scheduler is None:
        if launch.shards is not None:
            raise SettingsError("--shards is for --scheduler; --shard I/N imports one part here.")
        from importer.run import run_import  # noqa: PLC0415 - not needed to start up

        with _without_pygments():
            return run_import(settings, console)
    local = launch.scheduler == _LOCAL
    if not local and (settings.sandbox or launch.api_key_file == "-"):
        raise SettingsError(
            "The workers of a cluster can use neither a --sandbox of this machine nor its standard input."
        )
    from importer.cluster import run_on_cluster  # noqa: PLC0415 - not needed to start up

    key_file = None if local else launch.api_key_file
    return run_on_cluster(settings, launch.scheduler, shards=launch.shards, api_key_file=key_file, listener=console)


@contextlib.contextmanager
def _without_pygments() -> Iterator[None]:
    """Where it is installed, httpx is imported with a command line of its own: most of the time that takes."""
    pygments = sys.modules.get("pygments")
    sys.modules["pygments"] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        yield
    finally:
        del sys.modules["pygments"]
        if pygments is not None:
            sys.modules["pygments"] = pygments


def _console(ctx: click.Context, given: Mapping[str, Any]) -> Console:
    """Return the console of the command; it says first what the profile was made from."""
    console: Console = ctx.obj.listen(given)
    profile: Loaded | None = ctx.meta.get(PROFILE)
    if profile is not None and profile.verified:
        console.notice("info", "profile", f"Profile {profile.name}, made from {profile.verified}")
    return console


@contextlib.contextmanager
def _saved(settings: InputSettings, launch: Launch, console: Console) -> Iterator[None]:
    """Write the input options as a profile, where that is wished for, once they have read the input."""
    if launch.save_profile is None:
        yield
        return
    from importer.cli.profiles import SavedProfile, left_out  # noqa: PLC0415 - not needed to start up

    profile = SavedProfile(launch.save_profile)
    yield
    profile.save(settings)
    rest = ", ".join(left_out(settings))
    said = f" Not in it, so to be said again where they are meant: {rest}." if rest else ""
    console.notice("info", "profile", f"The input options are in {launch.save_profile}: give it as --profile.{said}")


def _input_values(ctx: click.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of InputSettings: the profile's mapping merged in, the base URL in its one form."""
    from importer.api import normalise_base_url  # noqa: PLC0415 - not needed to start up

    values = input_values(ctx, given)
    if not given["sandbox"]:
        # A check sends nothing, so that plain http can do no harm there, unless it asks for offers.
        harmless = ctx.command.name == "check" and not given["check_offers"]
        values["base_url"] = normalise_base_url(given["base_url"], allow_http=given["allow_http"] or harmless)
    elif ctx.get_parameter_source("base_url") is click.core.ParameterSource.COMMANDLINE:
        raise SettingsError("--sandbox and --base-url name two places: choose one.")
    return values


def _api_key(key_file: str | None, inputs: Sequence[str], console: Console) -> str:
    from importer.api import exposure, read_api_key  # noqa: PLC0415 - not needed to start up

    if key_file == "-" and "-" in inputs:
        raise SettingsError("Standard input cannot be both the key (--api-key-file -) and the input (-).")
    key = read_api_key(key_file, console.ask_secret if console.is_attended else None)
    console.hide(key)
    if exposed := exposure(key_file):
        console.notice("warning", "exposed_api_key", exposed)
    if not has_documented_form(key):
        text = "The API key does not look like one: it should be trk_ and 32 letters or digits. It is used as it is."
        console.notice("warning", "unusual_api_key", text)
    return key
