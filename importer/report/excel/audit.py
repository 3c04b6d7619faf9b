"""The sheet of the audit: controls, plans, files, runs and verdicts, a fact on each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.report import run_text
from importer.report.excel.sheets import Cells, height_of, on_paper
from importer.report.signers import plans

if TYPE_CHECKING:
    from importer.report.figures import Report

_OUTCOMES = {True: "Agrees", False: "DIFFERS", None: "Open"}


def write_audit(report: Report, sheet: Any, cells: Cells) -> None:
    """Write what was read and made when, by whom and how: a name and a text on each line."""
    on_paper(sheet, (58, 96))
    for row, (name, text) in enumerate(_facts(report)):
        cells.text(sheet, row, 0, name, cells.bold)
        cells.text(sheet, row, 1, text, cells.wrapped)
        sheet.set_row(row, height_of(text, 96))


def _facts(report: Report) -> list[tuple[str, str]]:
    facts = [("Made", f"{report.made_at} by revenue-importer {report.version}")]
    facts += [(f"Control: {check.title}", f"{_OUTCOMES[check.ok]}. {check.text}") for check in report.checks]
    facts += [("Plan", f"{plan.digest}, {plan.told}") for plan in plans(report)]
    facts += [
        ("Results", f"{file.path}, read from the {file.read}, SHA-256 {file.sha256 or 'none'}") for file in report.files
    ]
    for run in report.runs:
        ended = f"to {run.ended}" if run.ended else "(the end is not on record)"
        facts += [
            ("", ""),
            (f"Run {run.run}", f"{run.started} {ended}: {run_text.run_text(run, report.runs)}"),
            ("API", run.target),
            ("By", run.started_by or "not on record"),
            ("Version", run.version),
            ("Recorded", run_text.recorded_text(report, run)),
            ("Requests", run_text.effort_text(run)),
        ]
        facts += [
            ("Input", f"{one.get('path') or one.get('name')}, {one.get('bytes')} bytes, SHA-256 {one.get('sha256')}")
            for one in run.inputs
        ]
        chosen, left = run_text.options_text(run)
        facts += [("Options chosen", chosen or "none"), ("At their defaults", left)]
    for one in report.verdicts:
        what = f"{one.at} {one.by}: {one.name} (message {one.message_id}, {one.revenue})"
        facts.append(("Verdict", f"{what}: {one.verdict} {one.revenue_id} ({one.why})"))
    if missing := run_text.no_journal_text(report):
        facts.append(("Unknown", missing))
    return facts
