"""The command `resolve`: a person's verdict on rows in doubt."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import Command, refuse_key, section_option
from importer.cli.options import FilePath
from importer.cli.streams import is_interactive
from importer.errors import ResultsError, SettingsError
from importer.settings import Section
from importer.text import as_text, rows_text, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.run import Case, Verdict

_ROW = "One row"
_MANY = "Many rows"
_OF_ONE_ROW = ("row", "source", "message_id", "recorded", "not_recorded", "revenue_id")
_VERDICTS = {"resolved_recorded": "recorded", "resolved_not_recorded": "not recorded"}
_SHOWN = 20
_QUESTION = "[r]ecorded, [n]ot recorded, [s]kip, [q]uit"


@click.command(
    cls=Command,
    epilog="\b\nExamples:\n"
    "  revenue-importer resolve june.results.csv --row 17 --recorded --why dashboard\n"
    "  revenue-importer resolve june.results.csv --row 18 --not-recorded --why dashboard\n"
    "  revenue-importer resolve june.results.csv --verdicts verdicts.xlsx\n"
    "  revenue-importer resolve june.results.csv --from verdicts.xlsx\n",
)
@click.argument("results", type=FilePath(path_type=Path))
@section_option(
    _ROW, "--row", metavar="N|CELL", help="The row in doubt: its number, or a cell of it in its workbook (June!B12)."
)
@section_option(_ROW, "--source", metavar="FILE", help="Its file, where several have such a row.")
@section_option(_ROW, "--message-id", metavar="ID", help="Its message instead, also of a row that has left the input.")
@section_option(_ROW, "--recorded", is_flag=True, help="The dashboard shows it.")
@section_option(_ROW, "--not-recorded", is_flag=True, help="The dashboard does not show it: the next import posts it.")
@section_option(_ROW, "--revenue-id", metavar="ID", help="The id that the dashboard shows.")
@section_option(_ROW, "--why", metavar="TEXT", help="How you know; kept with the verdict. Required.")
@section_option(
    _MANY, "--from", "verdicts", metavar="FILE",
    help="A CSV or a workbook with row or message_id, verdict (recorded or not_recorded), why, and source and "
    "revenue_id where known. A line without a verdict is left open.",
)  # fmt: skip
@section_option(
    _MANY, "--verdicts", "template", metavar="FILE", type=FilePath(dir_okay=False, path_type=Path),
    help="Write the rows in doubt to this new file, .csv or .xlsx, with all there is to look for; fill in verdict and "
    "why, and give it to --from.",
)  # fmt: skip
@section_option(Section.OUTPUT, "--by", metavar="NAME", help="Who gives the verdict; the system's user unless told.")
@section_option(
    Section.OUTPUT, "--sure", is_flag=True,
    help="Take --not-recorded also within 10 minutes of the attempt, in which it may still be stored.",
)  # fmt: skip
@section_option(Section.OUTPUT, "--yes", "-y", is_flag=True, help="Do not ask.")
@refuse_key
def resolve(**given: Any) -> int:
    """Say what became of rows in doubt, after a look at the vendor's dashboard.

    A recorded row becomes `recorded` and is never posted again; one that is not becomes `pending`, and the next
    import posts it. The verdict and its reason are kept in the journal and shown in the report. On a terminal, RESULTS
    alone goes through the rows one by one.
    """
    given |= {name: as_text(given[name]) for name in ("why", "source", "message_id", "by") if given[name]}
    if given["template"] is not None:
        return _write_template(given)
    verdicts = _verdicts(given)
    if not verdicts:
        click.echo("No verdict was given, and nothing was changed.", err=True)
        return 0
    from importer.run import resolve as apply  # noqa: PLC0415 - not needed to start up

    asks = is_interactive(sys.stdin, sys.stderr) and not given["yes"]
    cases, shown = apply(given["results"], verdicts, _ask if asks else _say, sure=given["sure"], by=given["by"])
    if cases.standing:
        click.echo(_standing(cases.standing))
    recorded, gone = cases.counted()
    if cases:
        click.echo(f"Resolved {rows_text(len(cases))}: {recorded:,} recorded, {len(cases) - recorded:,} not.")
    if len(cases) > recorded + gone:
        click.echo("The next import posts those that were not recorded.")
    if cases.freed:
        click.echo(f"The next import, with the same options, posts {rows_text(cases.freed)} held for that until now.")
    if gone > cases.freed:
        click.echo(
            f"{rows_text(gone - cases.freed)} not recorded and no longer in the input: nothing is left to post there."
        )
    if not shown and not given["results"].exists():
        click.echo(f"{given['results'].name} is not written yet: the next import writes it.")
    elif not shown:
        click.echo(f"{given['results'].name} was changed, or is behind its journal: the next import writes it anew.")
    return 0


def _standing(verdicts: int) -> str:
    """What to say of verdicts that were given before."""
    return "1 verdict stands already." if verdicts == 1 else f"{verdicts:,} verdicts stand already."


def _verdicts(given: dict[str, Any]) -> Sequence[Verdict]:
    from importer.run import Verdict, check_revenue_id, read_verdicts, row_or_cell  # noqa: PLC0415 - not needed to start up

    recorded, not_recorded, revenue_id = given["recorded"], given["not_recorded"], given["revenue_id"]
    if given["verdicts"]:
        if any(given[name] for name in _OF_ONE_ROW):
            raise SettingsError("Give either --row or --message-id with its verdict, or --from, not both.")
        return read_verdicts(given["verdicts"], given["results"], why=(given["why"] or "").strip() or None)
    if not any(given[name] for name in _OF_ONE_ROW) and is_interactive(sys.stdin, sys.stderr):
        return list(_asked_one_by_one(given["results"], given["why"], sure=given["sure"]))
    if recorded and not_recorded:
        raise SettingsError("Say either --recorded or --not-recorded, not both.")
    message_id = (given["message_id"] or "").strip()
    if (given["row"] is None and not message_id) or not (recorded or not_recorded):
        raise SettingsError(
            "Name the row with --row or --message-id and say --recorded or --not-recorded, or give many with --from."
        )
    if not (given["why"] or "").strip():
        raise SettingsError("Say with --why how you know; the reason is kept with the verdict.")
    if revenue_id and not recorded:
        raise SettingsError("--revenue-id goes with --recorded: a row that was not recorded has none.")
    if revenue_id:
        check_revenue_id(revenue_id, "--revenue-id")
    fields = (("message_id", message_id),) if message_id else ()
    row, cell = row_or_cell(given["row"].strip(), "--row") if given["row"] is not None else (None, None)
    return [Verdict(recorded, given["why"].strip(), row, cell, given["source"], revenue_id, fields)]


def _write_template(given: dict[str, Any]) -> int:
    from importer.run import write_template  # noqa: PLC0415 - not needed to start up

    path = given["template"]
    rows = write_template(given["results"], path)
    click.echo(
        f"Wrote {rows_text(rows)} in doubt to {safe_text(str(path))}. Look them up in the vendor's dashboard, fill"
    )
    click.echo("in the columns verdict (recorded or not_recorded) and why, and then:")
    click.echo(f"  revenue-importer resolve {shlex.quote(str(given['results']))} --from {shlex.quote(str(path))}")
    return 0


def _asked_one_by_one(results: Path, why: str | None, *, sure: bool) -> Iterator[Verdict]:
    """Show one row in doubt after the other, and ask for the verdict on it, and how that is known."""
    from importer.model import FIELDS  # noqa: PLC0415 - not needed to start up
    from importer.run import Verdict, rows_in_doubt  # noqa: PLC0415 - as above

    rows = rows_in_doubt(results)
    if rows.is_empty():
        raise ResultsError(f"No row of {results.name} is in doubt.")
    click.echo(
        f"{rows_text(rows.height)} of {safe_text(results.name)} in doubt. Look each up in the dashboard.", err=True
    )
    for number, row in enumerate(rows.iter_rows(named=True), 1):
        place = f"{row['source']} row {row['row']}" if row["row"] else f"no longer in {row['source']}"
        fields = ", ".join(row[field] for field in FIELDS if row[field])
        shown = f"{number} of {rows.height}: {place}", f"  {fields}", f"  {row['error_code']}: {row['error_message']}"
        click.echo("\n".join(["", *map(safe_text, shown)]), err=True)
        answer = _answer(None if sure else row["finished_at"])
        if answer == "q":
            return
        if answer == "s":
            continue
        why = _reason(why)
        named = tuple((field, row[field]) for field in FIELDS if row[field])
        here = int(row["row"]) if row["row"] else None
        yield Verdict(answer == "r", why, row=here, source=row["source"], fields=named)


def _answer(tried_at: str | None) -> str:
    """The letter of an answer; "not recorded" is not taken while it is too soon after the attempt that ended then."""
    from importer.run import told_too_soon  # noqa: PLC0415 - not needed to start up

    while True:
        answer = str(click.prompt(_QUESTION, type=click.Choice([*"rnsq"]), default="s", show_choices=False, err=True))
        too_soon = told_too_soon(tried_at) if answer == "n" else None
        if too_soon is None:
            return answer
        click.echo(f"  Not yet: {too_soon} Skip this row until then; the other answers are kept.", err=True)


def _reason(before: str | None) -> str:
    """How the verdict is known; the same as before unless told."""
    while not (text := str(click.prompt("How do you know", default=before or "", err=True)).strip()):
        pass
    return text


def _say(cases: Sequence[Case]) -> bool:
    for case in cases[:_SHOWN]:
        word = "recorded" if case.verdict.recorded else "not recorded"
        text = (
            f"{case.name}: message {case.message_id}, revenue {case.revenue}, "
            f"{case.attribution_type}, {case.timestamp or 'no timestamp'}\n  {_before(case)}\n"
            f"  verdict: {word} ({case.verdict.why})"
        )
        click.echo("\n".join(safe_text(line) for line in text.split("\n")), err=True)
    if len(cases) > _SHOWN:
        click.echo(f"… and {len(cases) - _SHOWN:,} more", err=True)
    return True


def _before(case: Case) -> str:
    """What was known of a row before this verdict: its doubt, or the verdict that this one corrects."""
    code, _, said = case.doubt.partition(": ")
    if code not in _VERDICTS:
        return f"in doubt: {case.doubt}"
    return f"verdict until now: {_VERDICTS[code]} ({said.removeprefix('resolved: ')})"


def _ask(cases: Sequence[Case]) -> bool:
    _say(cases)
    return click.confirm("Is that right?", default=False, err=True)
