"""The report for a terminal: lines that fit it and need no colour, and nothing of the data is obeyed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from importer.codes import COLOURS, MEANING, TITLES
from importer.model import Share, Status
from importer.report import run_text, sentences
from importer.report.money_text import currency_of_line, reason_text, refunds_text
from importer.report.signers import plans
from importer.report.steps import shown_steps
from importer.schema import with_cents
from importer.text import (
    Screen,
    TableLine,
    amount,
    further_text,
    painted,
    safe_text,
    set_apart,
    shown_on,
    table,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.report.breakdown import Breakdown
    from importer.report.figures import Reason, Report
    from importer.report.parts import Part

_DOUBTS = 20
_PARTS = 8
_TONES = {"good": "1;32", "open": "1;33", "bad": "1;31"}
_MARKS = {True: ("[ok]", "32"), False: ("[NOT OK]", "1;31"), None: ("[--]", "33")}


def report_lines(report: Report, screen: Screen | None = None) -> list[str]:
    """The report as lines for a screen; without one for 80 columns and no colours."""
    with shown_on(screen or Screen()):
        return set_apart(
            [
                _opening(report),
                _person(report),
                _doubts(report),
                _identity(report),
                _controls(report),
                *_money(report),
                _runs(report),
                _plans(report),
                _steps(report),
            ]
        )


def _opening(report: Report) -> Iterator[str]:
    yield from wrapped(f"Reconciliation of {sentences.subject(report)}")
    yield from wrapped(f"Period: {sentences.period_text(report)}. Currency: {sentences.currency_text(report)}.")
    yield ""
    yield painted(sentences.headline(report).upper(), _TONES[sentences.tone(report)])
    for sentence in sentences.sentences(report):
        yield from wrapped(sentence)


def _person(report: Report) -> Iterator[str]:
    if report.open_reasons:
        yield "What needs a person:"
    for reason in report.open_reasons:
        yield from _reason(report, reason)
    if report.settled_reasons:
        yield "Nothing to do about:"
    for reason in report.settled_reasons:
        yield f"  {_titled(report, reason)}"


def _reason(report: Report, reason: Reason) -> Iterator[str]:
    yield f"  {_titled(report, reason)}"
    if reason.further:
        yield from wrapped(further_text(reason.further), "    ", "    ")
    if reason.rows > 1 and reason.lines and reason.status is not Status.IN_DOUBT:
        first = reason.lines[0]
        which = "the largest" if first["amount"] or first["refund"] else "the first"
        yield from wrapped(f"{which}: {_place(report, first)}", "    ", "      ")
    yield from wrapped(f"-> {reason.remedy}", "    ", "       ")


def _titled(report: Report, reason: Reason) -> str:
    code = f" [{safe_text(reason.code, 60)}]" if reason.code else ""
    status = painted(TITLES[reason.status], COLOURS[reason.status])
    return f"{status}: {safe_text(reason.title, 60)}{code}, {reason_text(report, reason)}"


def _identity(report: Report) -> list[str]:
    if report.parts is None:
        return _balance(report.by_status, report.expected, report.difference)
    lines = [] if report.parts else _rows_alone(report)
    for part in report.parts:
        lines += [f"{safe_text(part.name, 60)}:", *_balance(part.line.by_status, part.file, Share())]
    return [*lines, *wrapped(f"And {sentences.set_aside_text(report)}.")] if report.set_aside else lines


def _rows_alone(report: Report) -> list[str]:
    lines = [
        TableLine(TITLES[status].lower(), part.rows, [], MEANING[status], COLOURS[status])
        for status, part in report.by_status.items()
        if part.rows
    ]
    whole = TableLine("= file", report.expected.rows, [])
    return table(("", "rows"), [*lines, whole, TableLine("difference", report.difference.rows, [])], sums=2)


def _balance(by_status: Mapping[Status, Share], whole: Share, difference: Share) -> list[str]:
    lines = [
        TableLine(TITLES[status].lower(), part.rows, [part.revenue], MEANING[status], COLOURS[status])
        for status, part in by_status.items()
        if part != Share()
    ]
    lines.append(TableLine("= file", whole.rows, [whole.revenue]))
    lines.append(TableLine("difference", difference.rows, [difference.revenue]))
    return table(("", "rows", "revenue"), lines, sums=2)


def _controls(report: Report) -> Iterator[str]:
    yield "Controls:"
    for check in report.checks:
        mark, colour = _MARKS[check.ok]
        text = f"{mark} {check.name}" + ("" if check.ok else f": {check.text}")
        first, *more = wrapped(text, "  ", "       ")
        yield first.replace(mark, painted(mark, colour), 1)
        yield from more


def _money(report: Report) -> list[list[str]]:
    """Where it is; what is of several currencies, or may be, each alone."""
    crossing = wrapped(sentences.month_end_text(report)) if report.month_end.rows else []
    if report.parts is not None:
        parts = [table for part in report.parts[:_PARTS] for table in _broken_down(report, part, f"{part.name}: by")]
        more = len(report.parts) - _PARTS
        return [*parts, wrapped(f"And {more:,} more, in the workbook.") if more > 0 else [], crossing, _refunds(report)]
    files = _breakdown("By file", report.inputs)
    return [*_broken_down(report, report, "By"), crossing, files, _refunds(report)]


def _broken_down(report: Report, of: Report | Part, by: str) -> list[list[str]]:
    months = _breakdown(f"{by} month (UTC)", of.months) if of.month_end.rows else []
    return [
        _breakdown(f"{by} attribution type", of.kinds),
        _breakdown(f"{by} month ({report.timezone})", of.local_months),
        months,
        _breakdown(f"{by} offer, those with the most revenue", of.offers),
    ]


def _refunds(report: Report) -> list[str]:
    if not report.refunds.rows:
        return []
    return wrapped(f"Refunds, which cannot be sent and are in no figure above: {refunds_text(report)}.")


def _breakdown(title: str, found: Breakdown) -> list[str]:
    """File against recorded, and what is certainly not."""
    if len(found.lines) < 2:
        return []
    left_out = [found.total.left_out.revenue] if found.total.left_out != Share() else []
    lines = [
        TableLine(
            line.name,
            line.file.rows,
            [line.file.revenue, line.recorded.revenue, *([line.left_out.revenue] if left_out else []),
             (line.difference - line.left_out).revenue],
        )
        for line in (*found.lines, found.total)
    ]  # fmt: skip
    heads = ("", "rows", "in the file", "recorded", *(["left out"] if left_out else []), "difference")
    return [f"{title}:", *table(heads, lines, sums=1)]


def _doubts(report: Report) -> Iterator[str]:
    reasons = [reason for reason in report.reasons if reason.status is Status.IN_DOUBT]
    if not reasons:
        return
    lines = sorted((line for reason in reasons for line in reason.lines), key=lambda line: -_number(line))
    yield from wrapped("In doubt, to be looked up in the vendor's dashboard (times in UTC; largest first):")
    for line in lines[:_DOUBTS]:
        since = line["from"] or line["finished_at"]
        when = f"{since} to {line['to']}" if line["to"] else f"since {since}"
        yield from wrapped(f"{_place(report, line)}, {when}", "  ", "    ")
    if (more := sum(reason.rows for reason in reasons) - min(_DOUBTS, len(lines))) > 0:
        yield f"  and {more:,} more: see RESULTS, or the report in HTML or Excel."


def _place(report: Report, line: Mapping[str, str]) -> str:
    place = f"{line['source']} row {line['row']}" if line["row"] else f"no longer in {line['source']}"
    place += f" ({line['cell']})" if line["cell"] else ""
    return f"{place}: message {line['message_id'] or '(none)'}, {_amount(report, line) or 'no revenue'}"


def _number(line: Mapping[str, str]) -> Decimal:
    return Decimal(line["amount"] or 0)


def _amount(report: Report, line: Mapping[str, str]) -> str:
    figure = amount(with_cents(_number(line))) if line["amount"] else line["revenue"]
    return f"{figure} {safe_text(currency_of_line(report, line), 20)}".rstrip() if report.parts else figure


def _runs(report: Report) -> Iterator[str]:
    if report.runs:
        yield "Runs:"
    for number, run in enumerate(report.runs):
        by = f", by {run.started_by}" if run.by else ""
        text = f"{run.started} to {run.ended or '?'}{by}, version {run.version}: {run_text.run_text(run, report.runs)}"
        yield from wrapped(text, "  ", "    ")
        yield from wrapped(f"Recorded: {run_text.recorded_text(report, run)}", "    ", "      ")
        yield from wrapped(f"Requests: {run_text.effort_text(run)}", "    ", "      ")
        if number and report.runs[number - 1].inputs == run.inputs:
            yield "    The same input as of the run before."
            continue
        for fact in run.inputs:
            yield from wrapped(f"{fact.get('name')}: {fact.get('bytes') or 0:,} bytes, SHA-256", "    ", "      ")
            yield f"      {safe_text(str(fact.get('sha256')), 64)}"
    for verdict in report.verdicts:
        text = f"{verdict.at} verdict by {verdict.by}: {verdict.name} {verdict.verdict} ({verdict.why})"
        yield from wrapped(text, "  ", "    ")
    if missing := run_text.no_journal_text(report):
        yield from wrapped(missing)


def _plans(report: Report) -> Iterator[str]:
    for plan in plans(report):
        yield f"Plan: {plan.digest}"
        yield from wrapped(plan.told, "  ", "  ")


def _steps(report: Report) -> Iterator[str]:
    yield "Next:"
    for text, commands in shown_steps(report.steps):
        yield from wrapped(f"- {text}", "  ", "    ")
        # Whole, however long, so that it can be copied.
        yield from (f"    {safe_text(command)}" for command in commands)
