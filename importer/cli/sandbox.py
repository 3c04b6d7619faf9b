"""The command `sandbox`: the vendor's API on this computer, with faults to choose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import Command, Session, refuse_key, section_option, together
from importer.cli.options import declare
from importer.cli.own_options import Style

if TYPE_CHECKING:
    from importer.cli.base import Decorator

_PATH = click.Path(path_type=Path)
_FAULTS = (
    ("--latency-ms", float, "MS", "Every answer comes this much later."),
    ("--jitter-ms", float, "MS", "Plus a random share of this."),
    ("--slow-rate", float, "SHARE", "Answers that come --slow-ms later still. Stored."),
    ("--slow-ms", float, "MS", "How late they are; 5000 unless told."),
    ("--rate-limit", float, "N", "Requests a second; those above get 429 with Retry-After. 0 is no limit."),
    ("--stray-429-rate", float, "SHARE", "429 without Retry-After, whatever the pace. Not stored."),
    ("--server-error-rate", float, "SHARE", "500 with the API's own error. Not stored."),
    ("--gateway-error-rate", float, "SHARE", "502 or 504 from a gateway. Half of them stored."),
    ("--dropped-rate", float, "SHARE", "The connection closes without an answer. Stored."),
    ("--malformed-rate", float, "SHARE", "200 with an HTML page. Stored."),
    ("--reset-rate", float, "SHARE", "The connection is reset before the body is read. Not stored."),
    ("--suspend-after", int, "N", "After N records, 403: the account is suspended."),
    ("--unauthorized-after", int, "N", "After N records, 401: the key was withdrawn."),
)
_SERVER = (
    ("--host", str, "HOST", "Loopback address to listen on; 127.0.0.1 unless told."),
    ("--port", int, "PORT", "Any free one unless told."),
    ("--ledger", _PATH, "PATH", "Keep what was stored in this file (JSON lines, appended)."),
    ("--known-ids", _PATH, "PATH", "Only the message ids in this file exist. Otherwise all but those in zz."),
    ("--success-status", int, "STATUS", "Of an accepted post: 200 (unless told) or 201."),
    ("--keep-alive-s", int, "SECONDS", "Idle connections are closed after this; 75 unless told."),
    ("--seed", int, "N", "Chooses which requests meet the faults."),
)
_FIELDS = frozenset(name.lstrip("-").replace("-", "_") for name, *_ in (*_FAULTS, *_SERVER)) | {"outages"}
_SERVER_SECTION = "Server"
_FAULT_SECTION = "Faults (a share is 0 to 1 of the posts)"


def _declared(section: str, table: tuple[tuple[str, Any, str, str], ...]) -> Decorator:
    return together(
        [section_option(section, name, type=kind, metavar=metavar, help=text) for name, kind, metavar, text in table]
    )


def _span(text: str) -> tuple[float, float]:
    match = re.fullmatch(r"([0-9.]{1,12})-([0-9.]{1,12})", text)
    if match is None:
        raise click.BadParameter(f"'{text}' is not START-END in seconds, such as 10-40.")
    return float(match[1]), float(match[2])


@click.command(
    cls=Command,
    epilog="\b\nExamples:\n"
    "  revenue-importer sandbox --port 8080 --ledger ledger.jsonl\n"
    "  revenue-importer sandbox --port 8080 --server-error-rate 0.01 --outage 10-40\n"
    "  revenue-importer import june.csv --base-url http://127.0.0.1:8080/api\n",
)
@_declared(_SERVER_SECTION, _SERVER)
@section_option(
    _SERVER_SECTION, "--api-key-file", metavar="PATH",
    help="Accept only the key in this file. Otherwise every key of the documented form.",
)  # fmt: skip
@_declared(_FAULT_SECTION, _FAULTS)
@section_option(
    _FAULT_SECTION, "--outage", "outages", metavar="START-END", multiple=True, type=_span,
    help="From second START to END after the start all connections are reset. Repeatable.",
)  # fmt: skip
@declare("sandbox", Style)
@refuse_key
@click.pass_context
def sandbox(ctx: click.Context, /, **given: Any) -> None:
    """Serve a stand-in for the vendor's API on this computer until Ctrl-C, to try the importer without risk.

    It keeps a ledger of what it stored. Faults can be chosen here and, while it runs, by POST /sandbox/faults
    (JSON). Its base URL is the one line on standard output.
    """
    session: Session = ctx.obj
    console = session.listen(given)
    from importer.sandbox import SandboxSettings, serve  # noqa: PLC0415 - not needed to start up

    chosen = {name: value for name, value in given.items() if name in _FIELDS and value not in (None, ())}
    if given["api_key_file"] is not None:
        from importer.api import exposure, read_api_key  # noqa: PLC0415 - not needed to start up

        chosen["api_key"] = read_api_key(given["api_key_file"], None)
        console.hide(chosen["api_key"])
        if exposed := exposure(given["api_key_file"]):
            console.notice("warning", "exposed_api_key", exposed)
    serve(SandboxSettings(**chosen), click.echo)
    console.notice("info", "sandbox_stopped", "The sandbox has stopped.")
