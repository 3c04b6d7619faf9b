"""The command `status`: what a run is doing, or how it ended, from outside."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import Command, refuse_key, section_option
from importer.cli.options import declare, several_results
from importer.cli.own_options import Style
from importer.cli.streams import is_interactive, require_written
from importer.settings import Section

if TYPE_CHECKING:
    from importer.cli.base import Session
    from importer.report import RunStatus

_EVERY_S = 2.0
_SHARE_OF_TIME = 5  # a look at a large journal takes seconds: most of the time the processor is the run's
_CLEAR = "\x1b[H\x1b[2J"


@click.command(
    cls=Command,
    epilog="\b\nExamples:\n"
    "  revenue-importer status june.results.csv\n"
    "  revenue-importer status 'june.*-of-4.results.csv' --watch\n"
    "  revenue-importer status june.results.csv --json\n",
)
@several_results
@section_option(Section.OUTPUT, "--watch", is_flag=True, help="Look again every few seconds, until no run is at work.")
@section_option(
    Section.OUTPUT, "--json", "as_json", is_flag=True,
    help="One JSON object on standard output; with --watch one a line for each look.",
)  # fmt: skip
@declare("status", Style)
@refuse_key
@click.pass_context
def status(ctx: click.Context, /, **given: Any) -> int:
    """Say what a run is doing, or how it ended: rows and money by status, pace, time left, and what holds it up.

    RESULTS are results files or patterns; it need not exist yet, as the journal beside it is what is read. A run is
    never disturbed, and `kill -USR1` on it says the same on its standard error. Ends with 0.
    """
    session: Session = ctx.obj
    session.listen(given)
    while True:
        began = time.monotonic()
        runs = _look(given["results"])
        _show(runs, as_json=given["as_json"], again=given["watch"])
        require_written("The status")
        if not given["watch"] or not any(run.alive for run in runs):
            return 0
        time.sleep(max(_EVERY_S, _SHARE_OF_TIME * (time.monotonic() - began)))


def _look(patterns: tuple[str, ...]) -> list[RunStatus]:
    from importer.report import expand_results, read_status  # noqa: PLC0415 - heavy

    return [read_status(path) for path in expand_results(patterns)]


def _show(runs: list[RunStatus], *, as_json: bool, again: bool) -> None:
    from importer.report import status_fields, status_lines  # noqa: PLC0415 - heavy

    if as_json:
        click.echo(json.dumps(status_fields(runs)))
        return
    if again and is_interactive(sys.stdout):
        click.echo(_CLEAR, nl=False)
    click.echo("\n".join([*status_lines(runs), *([""] if again else [])]))
