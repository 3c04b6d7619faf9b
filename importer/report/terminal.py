"""The report for a terminal: lines of at most 80 columns that need no colour, and nothing of the data is obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.codes import MEANING, TITLES
from importer.model import Share, Status
from importer.report import sentences
from importer.text import TableLine, rows_text, safe_text, set_apart, share_text, table, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.report.breakdown import Breakdown
    from importer.report.figures import Report

_DOUBTS = 20
_COLOURS = {"good": "\x1b[1;32m", "open": "\x1b[1;33m", "bad": "\x1b[1;31m"}
_PLAIN = "\x1b[0m"
_MARKS = {True: "[ok]", False: "[NOT OK]", None: "[--]"}


def report_lines(report: Report, *, coloured: bool = False) -> list[str]:
    """The report as lines; `coloured` puts the verdict in green, yellow or red."""
    blocks = [
        _opening(report, coloured=coloured),
        _identity(report),
        _controls(report),
        _breakdown("By attribution type", report.kinds),
        _breakdown("By month (UTC)", report.months),
        wrapped(sentences.month_end_text(report)) if report.month_end.rows else [],
        _breakdown("By offer, those with the most revenue", report.offers),
        _reasons(report),
        _doubts(report),
        _runs(report),
        _steps(report),
    ]
    return set_apart(blocks)


def _opening(report: Report, *, coloured: bool) -> Iterator[str]:
    yield from wrapped(f"Reconciliation of {sentences.subject(report)}")
    yield ""
    verdict = sentences.headline(report).upper()
    yield f"{_COLOURS[sentences.tone(report)]}{verdict}{_PLAIN}" if coloured else verdict
    for sentence in sentences.sentences(report):
        yield from wrapped(sentence)


def _identity(report: Report) -> list[str]:
    lines = [
        TableLine(TITLES[status].lower(), part.rows, [part.revenue], MEANING[status])
        for status, part in report.by_status.items()
        if part != Share()
    ]
    lines.append(TableLine("= file", report.total.rows, [report.total.revenue]))
    lines.append(TableLine("difference", report.difference.rows, [report.difference.revenue]))
    return table(("", "rows", "revenue"), lines, sums=2)


def _controls(report: Report) -> Iterator[str]:
    yield "Controls:"
    for check in report.checks:
        mark = _MARKS[check.ok]
        yield from wrapped(f"{mark} {check.name}" + ("" if check.ok else f": {check.text}"), "  ", "       ")


def _breakdown(title: str, found: Breakdown) -> list[str]:
    """File against recorded."""
    if len(found.lines) < 2:
        return []
    lines = [
        TableLine(line.name, line.file.rows, [line.file.revenue, line.recorded.revenue, line.difference.revenue])
        for line in (*found.lines, found.total)
    ]
    return [f"{title}:", *table(("", "rows", "in the file", "recorded", "difference"), lines, sums=1)]


def _reasons(report: Report) -> Iterator[str]:
    if report.reasons:
        yield "What needs a person:"
    for reason in report.reasons:
        yield from wrapped(f"{TITLES[reason.status]}, {reason.code}: {share_text(reason.share)}", "  ", "    ")
        yield from wrapped(f"-> {reason.remedy}", "    ", "       ")


def _doubts(report: Report) -> Iterator[str]:
    listed = next((one for one in report.lists if one.status is Status.IN_DOUBT), None)
    if listed is None:
        return
    yield "In doubt, to be looked up in the vendor's dashboard (times in UTC):"
    for line in listed.lines[:_DOUBTS]:
        place = f"{line['source']} row {line['row']}" if line["row"] else f"no longer in {line['source']}"
        since = line["from"] or line["finished_at"]
        when = f"{since} to {line['to']}" if line["to"] else f"since {since}"
        yield from wrapped(f"{place}: message {line['message_id']}, {line['revenue']}, {when}", "  ", "    ")
    if (more := listed.share.rows - min(_DOUBTS, len(listed.lines))) > 0:
        yield f"  … and {rows_text(more)} more: see RESULTS, or the report in HTML or Excel."


def _runs(report: Report) -> Iterator[str]:
    if report.runs:
        yield "Runs:"
    for run in report.runs:
        text = f"{run.started} to {run.ended or '?'}, version {run.version}: {sentences.run_text(run)}"
        yield from wrapped(text, "  ", "    ")
        yield from wrapped(f"Requests: {sentences.effort_text(run)}", "    ", "      ")
        for fact in run.inputs:
            yield from wrapped(f"{fact.get('name')}: {fact.get('bytes') or 0:,} bytes, SHA-256", "    ", "      ")
            yield f"      {safe_text(str(fact.get('sha256')), 64)}"
    for verdict in report.verdicts:
        text = f"{verdict.at} verdict by {verdict.by}: {verdict.name} {verdict.verdict} ({verdict.why})"
        yield from wrapped(text, "  ", "    ")
    if missing := sentences.no_journal_text(report):
        yield from wrapped(missing)


def _steps(report: Report) -> Iterator[str]:
    yield "Next:"
    for step in report.steps:
        if step.text:
            yield from wrapped(f"- {step.text}", "  ", "    ")
        if step.command:
            # Whole, however long, so that it can be copied.
            yield f"    {safe_text(step.command)}"
