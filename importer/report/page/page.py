"""The report as one HTML page that needs nothing else: no script, no request, plots as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jinja2

from importer.codes import MEANING, TITLES
from importer.disk import Replacement
from importer.model import Share, Status
from importer.report import money_text, run_text, sentences, signers
from importer.report.breakdown import TOP_OFFERS, Breakdown, together
from importer.report.mark import MARK
from importer.report.page import plots
from importer.report.page import text as page_text
from importer.report.page.rows import listed, rest_money, whole
from importer.report.runs import as_texts, leaving_out
from importer.report.steps import shown_steps
from importer.text import amount, further_text, rows_text, share_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal
    from pathlib import Path

    from importer.report.breakdown import Line
    from importer.report.figures import Reason, Report
    from importer.report.parts import Part

# More reasons than these are printed by status, to leave room for the commands, the balance and the sign-off.
_PRINTED_REASONS = 4
_PRINTED_VERDICTS = 5
_MAX_VERDICTS = 500
# So many reasons of a status are named on the first page of paper, and so many parts have their tables on the screen.
_MAX_NAMED, _MAX_PARTS = 24, 40
_MANY_QUIET = 3
# So many currencies stand beside each other in the balance, and have their tables on paper.
_SIDE_BY_SIDE = 3
_UTC_MONTHS = "Month in UTC, in which rows are sent"
_MOST_OFFERS = f"Offer: the {TOP_OFFERS} with the most revenue"


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
    environment.globals.update(
        amount=amount, further_text=further_text, rows_text=rows_text, share_text=share_text, sentences=sentences
    )
    environment.globals.update(
        run_text=run_text, signers=signers, money_text=money_text, rest_money=rest_money, whole=whole
    )
    environment.globals.update(Status=Status, Share=Share, titles=TITLES, meaning=MEANING, mark=MARK)
    environment.globals.update(coloured=[*Status, "rate", "throttled"], shown_steps=shown_steps, anchor=_anchor)
    environment.globals.update(columns_of=_columns_of(money))
    environment.globals.update(PRINTED_REASONS=_PRINTED_REASONS, PRINTED=_PRINTED_VERDICTS, MAX_VERDICTS=_MAX_VERDICTS)
    environment.globals.update(MAX_NAMED=_MAX_NAMED, MAX_PARTS=_MAX_PARTS)
    return environment.get_template("page.html.j2").render(
        report=report,
        tone=sentences.tone(report),
        agrees=report.difference == Share() and report.checks[0].ok,
        one_file=next(iter(report.sources)) if len(report.sources) == 1 else None,
        print_days=days,
        lists=listed(report),
        plots=_plots(report),
        left_out_by=_left_out_by(report),
        by_status=list(_by_status(report)),
        side_by_side=_side_by_side(report),
        moneys=_money_columns(report),
        part_lines=_part_lines(report),
        groups=_groups(report.timezone),
        daily=_daily(report),
    )


def _plots(report: Report) -> dict[str, plots.Plot | None]:
    rate = plots.rate_over_run(report.throughput) if report.throughput else None
    return {"days": plots.revenue_over_time(report), "kinds": plots.outcome_by_kind(report), "rate": rate}


def _by_status(report: Report) -> Iterator[tuple[Status, list[Reason]]]:
    """The reasons that need a person, those of a status together."""
    for status in dict.fromkeys(reason.status for reason in report.open_reasons):
        yield status, [reason for reason in report.open_reasons if reason.status is status]


def _side_by_side(report: Report) -> bool:
    return report.by_currency and report.parts is not None and 0 < len(report.parts) <= _SIDE_BY_SIDE


def _part_lines(report: Report) -> Breakdown:
    """A line of each part; their sum only says which columns there are."""
    lines = tuple(part.line for part in report.parts or ())
    return Breakdown(lines, together("", lines))


def _money_columns(report: Report) -> list[tuple[str, Part | None]]:
    """The columns of money where reasons are listed: one of all rows, or one for each of a few currencies."""
    if report.parts is None:
        return [("Revenue", None)]
    return [(part.name, part) for part in report.parts] if _side_by_side(report) else []


@dataclass(frozen=True, slots=True)
class _Group:
    """A way to break money down; `unprinted` lines need no room on paper, where `others` stands for some of them."""

    head: str
    lines: tuple[Line, ...]
    unprinted: tuple[Line, ...] = ()
    others: Line | None = None
    differs: bool = False


def _groups(zone: str) -> Callable[[Report | Part], list[_Group]]:
    """How the money of all rows, or of a part of them, is broken down: the file's zone first."""

    def groups(of: Report | Part) -> list[_Group]:
        local = _months(f"Month in {zone}", of.local_months)
        quiet = _quiet(of.months.lines) if local.others else ()
        same = [line for line in of.months.lines if line in (*of.local_months.lines, *quiet)]
        same = same if len(same) > 1 else []
        others = together(f"{len(same)} others, as above or of which nothing is recorded", same) if same else None
        utc = _Group(_UTC_MONTHS, of.months.lines, tuple(same), others, differs=True)
        return [
            _Group("Attribution type", of.kinds.lines),
            local,
            *([utc] if of.month_end.rows else []),
            _Group(_MOST_OFFERS if len(of.offers.lines) > TOP_OFFERS else "Offer", of.offers.lines),
        ]

    return groups


def _months(head: str, found: Breakdown) -> _Group:
    """Many months of which nothing is recorded (mistyped years, say) are printed as one line."""
    quiet = _quiet(found.lines)
    if len(quiet) < _MANY_QUIET:
        return _Group(head, found.lines)
    return _Group(head, found.lines, quiet, together(f"{len(quiet)} others, of which nothing is recorded", quiet))


def _quiet(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(line for line in lines if not (line.recorded.rows or line.in_doubt.rows))


def _daily(report: Report) -> list[tuple[str, Breakdown]]:
    zone = report.timezone
    return [(zone, report.local_days)] + ([("UTC", report.days)] if zone != "UTC" else [])


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


def _anchor(reason: Reason) -> str:
    """The place of a reason's rows; codes may be whatever an API makes of them."""
    return f"rows-{reason.status}-{reason.code.encode().hex()}"


# -- what was left out -------------------------------------------------------------------------------------------------


def _left_out_by(report: Report) -> str:
    """The options that left rows out, as the last run had them."""
    options = report.runs[-1].options if report.runs else {}
    found = leaving_out(options)
    if options.get("duplicates") == "skip":
        found["--duplicates"] = "skip"
    if already := options.get("already"):
        found["--already"] = " ".join(as_texts(already))
    return ", ".join(f"{flag} {value}" for flag, value in found.items())
