"""The command `reconcile`: results against an export of the vendor's records."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import Command, Session, refuse_key, section_option
from importer.cli.input_values import input_values
from importer.cli.options import FilePath, declare_all, options_for, several_results
from importer.cli.own_options import Launch, Style, picked
from importer.cli.streams import is_interactive, require_written
from importer.settings import InputSettings, ReconcileSettings, Section, reading_options

if TYPE_CHECKING:
    from importer.reconciling import Reconciliation

_NO_MATTER = ("keep", "any_message_id", "max_revenue", "ambiguous")
"""Options that a profile of an import may have, and that say nothing here."""


@click.command(
    cls=Command,
    epilog="\b\nExamples:\n"
    "  revenue-importer reconcile june.results.csv --against vendor.csv\n"
    "  revenue-importer reconcile june.results.csv --against vendor.csv --ours source=api\n"
    "  revenue-importer reconcile june.results.csv --against vendor.csv --verdicts verdicts.csv\n",
)
@several_results
@section_option(
    Section.READING, "--against", required=True, type=FilePath(), metavar="EXPORT",
    help="The export of what the vendor, or a network, has: .csv, .xlsx or .parquet. Required.",
)  # fmt: skip
@declare_all([*reading_options(), *options_for("reconcile", ReconcileSettings, Launch, Style)], hidden=_NO_MATTER)
@refuse_key
@click.pass_context
def reconcile(ctx: click.Context, /, **given: Any) -> int:
    """Compare RESULTS with an export of the vendor's records: settle rows in doubt by proof, and audit the rest.

    With a message id in the export row by row, otherwise by totals, which only suggest. It reads only, unless --apply
    is given. Ends with 0 when everything agrees and no doubt is left, with 1 when not, and with 2 when the export
    cannot be used. The options of Reading and of Money and time are of the export; --map also takes revenue_id and
    stored_at, the moment at which the vendor stored a line, and a column that --ignore names is not compared.
    """
    session: Session = ctx.obj
    session.listen(given)
    values = input_values(ctx, given)
    del values["results"]
    from importer.reconciling import fields_of, reconciliation_lines  # noqa: PLC0415 - not needed to start up
    from importer.reconciling import reconcile as compare  # noqa: PLC0415 - as above

    asks = is_interactive(sys.stdin, sys.stderr) and not given["yes"]
    found = compare(
        given["results"],
        Path(given["against"]),
        InputSettings(**values),
        picked(ReconcileSettings, given),
        confirm=_ask if asks else lambda _: True,
        command=session.arguments,
    )
    if given["as_json"]:
        click.echo(json.dumps(fields_of(found)))
    else:
        click.echo("\n".join([*_written(found), *reconciliation_lines(found, session.arguments)]))
    require_written("What was found")
    return found.exit_status


def _ask(found: Reconciliation) -> bool:
    told = [f"{share.rows:,} {verdict.replace('_', ' ')}" for verdict, share in found.settled.items()]
    return click.confirm(f"Proven: {', '.join(told)}. Record what --apply says?", default=False, err=True)


def _written(found: Reconciliation) -> list[str]:
    if not found.applied:
        return []
    told = [f"{rows:,} {verdict.replace('_', ' ')}" for verdict, rows in found.applied.items()]
    return [f"Verdicts recorded: {', '.join(told)}.", ""]
