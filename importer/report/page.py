"""The report as one HTML page that needs nothing else: no script, no request, plots as inline SVG."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jinja2
import markupsafe

from importer.codes import MEANING, TITLES
from importer.disk import Replacement
from importer.model import FIELDS, Share, Status
from importer.report import page_text, plots, sentences, signers
from importer.report.listing import telling
from importer.report.mark import MARK
from importer.report.steps import shown_steps
from importer.text import amount, rows_text, share_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.report.breakdown import Breakdown, Line
    from importer.report.figures import Reason, Report

    Lines = list[Mapping[str, str]]

# A page with at most so many bytes of lists stays quick to open and to send; escaped text counts.
MAX_LIST_BYTES = 1_200_000
_TAGS_BYTES = 420
_MAX_LISTED = 500
_SHOWN = {*("source", *FIELDS, "error_code", "what", "revenue_id", "cell", "local")}
# Of each reason so many rows are printed: in doubt those that a person looks up.
_PRINTED, _PRINTED_IN_DOUBT = 5, 25
# So many reasons leave room on the first page of paper for the balance and the sign-off.
_PRINTED_REASONS = 8
_MAX_VERDICTS = 500
_LEFT_OUT_BY = ("where", "hidden", "duplicates", "already")


def write_page(report: Report, path: Path, *, days: bool = False) -> None:
    """Write the page, for the owner only, whole or not at all; with `days` the tables by day are printed, too.

    Raises:
        OSError: `path` cannot be written.
    """
    text = render(report, days=days)
    with Replacement(path) as replacement:
        replacement.file.write(text.encode("utf-8", "backslashreplace"))
        replacement.sync()
        replacement.put()


def render(report: Report, *, days: bool = False) -> str:
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("importer.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    money = page_text.aligned(report.decimals)
    environment.filters.update(page_text.FILTERS, money=money, figure=page_text.figure)
    environment.globals.update(amount=amount, rows_text=rows_text, share_text=share_text, sentences=sentences)
    environment.globals.update(signers=signers)
    environment.globals.update(Status=Status, Share=Share, titles=TITLES, meaning=MEANING, mark=MARK)
    environment.globals.update(coloured=[*Status, "rate", "throttled"], shown_steps=shown_steps, anchor=_anchor)
    environment.globals.update(columns_of=_columns_of(money), reason_money=_reason_money(report), row_money=_row_money)
    environment.globals.update(told=_told(report))
    environment.globals.update(PRINTED_REASONS=_PRINTED_REASONS, PRINTED=_PRINTED, MAX_VERDICTS=_MAX_VERDICTS)
    environment.globals.update(printed=_printed, same=_same)
    return environment.get_template("page.html.j2").render(
        report=report,
        tone=sentences.tone(report),
        agrees=report.difference == Share() and report.checks[0].ok,
        one_file=next(iter(report.sources)) if len(report.sources) == 1 else None,
        print_days=days,
        lists=list(_lists(report)),
        plots=_plots(report),
        left_out_by=_left_out_by(report),
        **_breakdowns(report),
    )


def _plots(report: Report) -> dict[str, plots.Plot | None]:
    rate = plots.rate_over_run(report.throughput) if report.throughput else None
    return {"days": plots.revenue_over_time(report), "kinds": plots.outcome_by_kind(report), "rate": rate}


def _breakdowns(report: Report) -> dict[str, Any]:
    """The tables, the file's zone first; what has a single line is a sentence."""
    zone = report.timezone
    found: list[tuple[Breakdown, str, str]] = [
        (report.kinds, "Attribution type", "By attribution type"),
        (report.local_months, "Month", f"By month in {zone}"),
    ]
    if report.month_end.rows:
        found.append((report.months, "Month", "By month in UTC, as rows are sent"))
    found += [(report.offers, "Offer", "By offer: the 20 with the most revenue"), (report.inputs, "File", "By file")]
    tables = [one for one in found if len(one[0].lines) > 1]
    single = [
        f"{caption.partition(':')[0]}: all ({share_text(one.lines[0].file)}) of {one.lines[0].name or '(none)'}."
        for one, head, caption in found
        if len(one.lines) == 1 and head != "File"
    ]
    daily = [(zone, report.local_days)] + ([("UTC", report.days)] if zone != "UTC" else [])
    return {"breakdowns": tables, "single": single, "daily": daily}


def _columns_of(money: Callable[[Decimal], str]) -> Callable[[Breakdown], list[tuple[str, Callable[[Line], str]]]]:
    """What to show of a breakdown: the columns that say anything, with the figure of a line in each."""
    always: list[tuple[str, Callable[[Line], str]]] = [
        ("Rows", lambda line: f"{line.file.rows:,}"),
        ("In the file", lambda line: money(line.file.revenue)),
        ("Rows recorded", lambda line: f"{line.recorded.rows:,}"),
        ("Recorded", lambda line: money(line.recorded.revenue)),
    ]

    def columns(found: Breakdown) -> list[tuple[str, Callable[[Line], str]]]:
        total, shown = found.total, list(always)
        if total.in_doubt != Share():
            shown.append(("In doubt", lambda line: money(line.in_doubt.revenue)))
        if total.left_out != Share():
            shown.append(("Left out", lambda line: money(line.left_out.revenue)))
        if total.others != Share():
            shown.append(("Not recorded", lambda line: money(line.others.revenue)))
        return shown

    return columns


# -- the rows ----------------------------------------------------------------------------------------------------------


def _lists(report: Report) -> Iterator[tuple[Reason, Lines, list[str]]]:
    """Of each reason the lines to show, unless their text would make the page too large, and the kept columns."""
    reasons = [reason for reason in report.reasons if reason.rows]
    room = MAX_LIST_BYTES // max(1, sum(bool(reason.lines) for reason in reasons))
    for reason in reasons:
        kept = telling(reason.lines)
        yield reason, _within(reason.lines[:_MAX_LISTED], room, _SHOWN | set(kept)), kept


def _within(lines: Sequence[Mapping[str, str]], room: int, shown: set[str]) -> Lines:
    kept: Lines = []
    for line in lines:
        texts = (page_text.cell(text) for name, text in line.items() if name in shown)
        room -= _TAGS_BYTES + sum(len(markupsafe.escape(text).encode()) for text in texts)
        if room < 0:
            break
        kept.append(line)
    return kept


def _printed(reason: Reason) -> int:
    return _PRINTED_IN_DOUBT if reason.status is Status.IN_DOUBT else _PRINTED


def _same(lines: Lines) -> str:
    """What is said of every row alike, which is then said once; empty where they differ, or a single one is listed."""
    first = lines[0]
    alike = all(not line["to"] and not line["revenue_id"] and line["what"] == first["what"] for line in lines)
    return first["what"] if alike and len(lines) > 1 else ""


def _anchor(reason: Reason) -> str:
    """The place of a reason's rows; codes may be whatever an API makes of them."""
    return f"rows-{reason.status}-{reason.code.encode().hex()}"


def _reason_money(report: Report) -> Callable[[Reason], str]:
    """The money of a reason; empty where amounts must not be added up."""

    def text(reason: Reason) -> str:
        if reason.code == "negative_revenue":
            return amount(report.refunds.revenue)
        return amount((reason.share + reason.gone).revenue)

    return text if report.parts is None else lambda _: ""


def _told(report: Report) -> Callable[[Reason], str]:
    """The rows and the money of a reason."""
    money = _reason_money(report)
    return lambda reason: f"{rows_text(reason.rows)} ({money(reason)})" if money(reason) else rows_text(reason.rows)


def _row_money(line: Mapping[str, str], lines: Lines) -> str:
    """The amount of a row, on the point with those around it; what is no amount, as it was read."""
    if not line["amount"]:
        return page_text.quoted(page_text.cell(line["revenue"], 40))
    places = page_text.places(line["amount"] for line in lines)
    return page_text.aligned(places)(Decimal(line["amount"]))


# -- what was left out -------------------------------------------------------------------------------------------------


def _left_out_by(report: Report) -> str:
    """The options that left rows out, as the last run had them."""
    options = report.runs[-1].options if report.runs else {}
    said = [(name, options.get(name)) for name in _LEFT_OUT_BY]
    texts = [f"--{name} {' '.join(value) if isinstance(value, list) else value}" for name, value in said if value]
    return ", ".join(text for text in texts if text != "--duplicates hold")
