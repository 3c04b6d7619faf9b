"""The command `report`: the reconciliation of one or several results files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import Command, Session, refuse_key, section_option
from importer.cli.options import FilePath, declare, ends_in, several_results
from importer.cli.own_options import Style
from importer.cli.streams import require_written, wants_colour
from importer.settings import Section
from importer.text import Screen, safe_text

if TYPE_CHECKING:
    from importer.cli.base import Decorator

_FILES = "Files"


def _path_option(name: str, suffix: str, text: str) -> Decorator:
    path = FilePath(dir_okay=False, path_type=Path)
    return section_option(_FILES, name, type=path, metavar="PATH", help=text, callback=ends_in(suffix))


@click.command(
    cls=Command,
    epilog="\b\nExamples:\n"
    "  revenue-importer report june.results.csv\n"
    "  revenue-importer report june.results.csv --html june.html --excel june.xlsx\n"
    "  revenue-importer report 'june.*-of-4.results.csv' --json\n",
)
@several_results
@_path_option("--html", ".html", "Write the report as one HTML page that works offline and prints well.")
@_path_option("--excel", ".xlsx", "Write it as an Excel workbook, with every row.")
@section_option(
    _FILES, "--timezone", metavar="ZONE",
    help="Days and months in this IANA zone too; the zone of the import unless told.",
)  # fmt: skip
@section_option(_FILES, "--days", is_flag=True, help="Print the tables by day with the page, too.")
@section_option(
    Section.OUTPUT, "--json", "as_json", is_flag=True, help="The report as one JSON object on standard output."
)
@declare("report", Style)
@refuse_key
@click.pass_context
def report(ctx: click.Context, /, **given: Any) -> int:
    """Reconcile RESULTS with their journals: every row, every cent, what is open and what to do about it.

    RESULTS are results files or patterns; several (the shards of one input) become one reconciliation. It reads only,
    and works while an import runs and after one was killed. Ends with 0 when it balances, otherwise with 1.
    """
    session: Session = ctx.obj
    session.listen(given)
    from importer.report import expand_results, make_report, report_fields, report_lines, write_as  # noqa: PLC0415 - heavy

    paths = expand_results(given["results"])
    found = make_report(paths, timezone=given["timezone"])
    written = {"Page": given["html"], "Workbook": given["excel"]}
    for path in filter(None, written.values()):
        write_as(found, paths, path, days=given["days"])
    if given["as_json"]:
        click.echo(json.dumps(report_fields(found)))
    else:
        lines = report_lines(found, Screen.of(sys.stdout, coloured=wants_colour(sys.stdout)))
        files = [f"{name}: {safe_text(str(path))}" for name, path in written.items() if path is not None]
        click.echo("\n".join([*lines, *(["", *files] if files else [])]))
    require_written("The report")
    return int(not found.balanced)
