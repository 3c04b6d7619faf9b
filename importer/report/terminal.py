"""The report for a terminal: lines of at most 80 columns that need no colour, and nothing of the data is obeyed."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.model import Share, Status
from importer.report import sentences
from importer.text import WIDTH, amount, rows_text, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.report.breakdown import Breakdown
    from importer.report.reconciliation import Listed, Report

_DOUBTS = 20
_COLOURS = {"good": "\x1b[1;32m", "open": "\x1b[1;33m", "bad": "\x1b[1;31m"}
_PLAIN = "\x1b[0m"
_SHORTEST_NAME, _LONGEST_NAME = 16, 32
_MARKS = {True: "[ok]", False: "[NOT OK]", None: "[--]"}


def report_lines(report: Report, *, coloured: bool = False) -> list[str]:
    """The report as lines; `coloured` puts the verdict in green, yellow or red."""
    blocks: list[Iterable[str]] = [
        _opening(report, coloured=coloured),
        _identity(report),
        _controls(report),
        _breakdown("By attribution type", report.kinds),
        _breakdown("By month (UTC)", report.months),
        _month_end(report),
        _breakdown("By offer, those with the most revenue", report.offers),
        _reasons(report),
        _doubts(report),
        _runs(report),
        _steps(report),
    ]
    lines: list[str] = []
    for block in filter(None, (list(block) for block in blocks)):
        lines += ["", *block] if lines else block
    return lines


def _opening(report: Report, *, coloured: bool) -> Iterator[str]:
    yield from _prose(f"Reconciliation of {sentences.subject(report)}")
    yield ""
    verdict = sentences.headline(report).upper()
    yield f"{_COLOURS[sentences.tone(report)]}{verdict}{_PLAIN}" if coloured else verdict
    for sentence in sentences.sentences(report):
        yield from _prose(sentence)


def _identity(report: Report) -> list[str]:
    lines: list[_Line] = [
        (sentences.TITLES[status].lower(), part.rows, [part.revenue], sentences.MEANING[status])
        for status, part in report.by_status.items()
        if part != Share()
    ]
    lines.append(("= file", report.total.rows, [report.total.revenue], ""))
    lines.append(("difference", report.difference.rows, [report.difference.revenue], ""))
    return _table(("rows", "revenue"), lines, sums=2)


_Line = tuple[str, int, list[Decimal], str]


def _table(heads: Sequence[str], lines: Sequence[_Line], *, sums: int) -> list[str]:
    """Names on the left, figures on the right, one number of decimals for all; a rule above the last `sums` lines."""
    places = max([2, *(-int(money.as_tuple().exponent) for _, _, amounts, _ in lines for money in amounts)])
    figures = [heads, *((f"{rows:,}", *(amount(money, places) for money in amounts)) for _, rows, amounts, _ in lines)]
    room = WIDTH - 2 - sum(2 + max(map(len, column)) for column in zip(*figures, strict=True))
    room = min(max(room, _SHORTEST_NAME), _LONGEST_NAME)
    names = ["", *(safe_text(name, room) for name, *_ in lines)]
    notes = ["", *(note for *_, note in lines)]
    cells = [(name, *texts, note) for name, texts, note in zip(names, figures, notes, strict=True)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    table = [
        "  ".join(
            [
                f"  {name:<{widths[0]}}",
                *(f"{text:>{width}}" for text, width in zip(texts, widths[1:], strict=False)),
                note,
            ]
        )
        for name, *texts, note in cells
    ]
    table.insert(-sums, "  " + "-" * (sum(widths[:-1]) + 2 * len(heads)))
    return [line.rstrip() for line in table]


def _controls(report: Report) -> Iterator[str]:
    yield "Controls:"
    for check in report.checks:
        mark = _MARKS[check.ok]
        yield from _prose(f"{mark} {check.name}" + ("" if check.ok else f": {check.text}"), "  ", "       ")


def _breakdown(title: str, found: Breakdown) -> list[str]:
    """File against recorded."""
    if len(found.lines) < 2:
        return []
    lines: list[_Line] = [
        (line.name, line.file.rows, [line.file.revenue, line.recorded.revenue, line.difference.revenue], "")
        for line in (*found.lines, found.total)
    ]
    return [f"{title}:", *_table(("rows", "in the file", "recorded", "difference"), lines, sums=1)]


def _month_end(report: Report) -> list[str]:
    return _prose(sentences.month_end_text(report)) if report.month_end.rows else []


def _reasons(report: Report) -> Iterator[str]:
    if report.reasons:
        yield "What needs a person:"
    for reason in report.reasons:
        yield from _prose(
            f"{sentences.TITLES[reason.status]}, {reason.code}: {sentences.share_text(reason.share)}", "  ", "    "
        )
        yield from _prose(f"-> {reason.remedy}", "    ", "       ")


def _doubts(report: Report) -> Iterator[str]:
    listed: Listed | None = next((one for one in report.lists if one.status is Status.IN_DOUBT), None)
    if listed is None:
        return
    yield "In doubt, to be looked up in the vendor's dashboard (times in UTC):"
    for line in listed.lines[:_DOUBTS]:
        place = f"{line['source']} row {line['row']}" if line["row"] else f"no longer in {line['source']}"
        since = line["from"] or line["finished_at"]
        when = f"{since} to {line['to']}" if line["to"] else f"since {since}"
        yield from _prose(f"{place}: message {line['message_id']}, {line['revenue']}, {when}", "  ", "    ")
    if (more := listed.share.rows - min(_DOUBTS, len(listed.lines))) > 0:
        yield f"  … and {rows_text(more)} more: see RESULTS, or the report in HTML or Excel."


def _runs(report: Report) -> Iterator[str]:
    if report.runs:
        yield "Runs:"
    for run in report.runs:
        text = f"{run.started} to {run.ended or '?'}, version {run.version}: {sentences.run_text(run)}"
        yield from _prose(text, "  ", "    ")
        yield from _prose(f"Requests: {sentences.effort_text(run)}", "    ", "      ")
        for fact in run.inputs:
            yield from _prose(f"{fact.get('name')}: {fact.get('bytes') or 0:,} bytes, SHA-256", "    ", "      ")
            yield f"      {safe_text(str(fact.get('sha256')), 64)}"
    for verdict in report.verdicts:
        text = f"{verdict.at} verdict by {verdict.by}: {verdict.name} {verdict.verdict} ({verdict.why})"
        yield from _prose(text, "  ", "    ")
    if missing := sentences.no_journal_text(report):
        yield from _prose(missing)


def _steps(report: Report) -> Iterator[str]:
    yield "Next:"
    for step in report.steps:
        if step.text:
            yield from _prose(f"- {step.text}", "  ", "    ")
        if step.command:
            # Whole, however long, so that it can be copied.
            yield f"    {safe_text(step.command)}"


def _prose(text: str, indent: str = "", hanging: str = "") -> list[str]:
    return textwrap.wrap(
        safe_text(text), WIDTH, initial_indent=indent, subsequent_indent=hanging, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
