"""The report as one HTML page that needs nothing else: no script, no request, plots as inline SVG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jinja2
import markupsafe

from importer.codes import MEANING, TITLES
from importer.disk import Replacement
from importer.model import FIELDS, Status
from importer.report import plots, sentences
from importer.report.mark import MARK
from importer.text import amount, rows_text, safe_text, share_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.report.figures import Listed, Report

MAX_CELL = 160
# A page with at most so many bytes of lists stays quick to open and to send; escaped text counts.
MAX_LIST_BYTES = 1_500_000
_TAGS_BYTES = 300
_SHOWN = {*("source", *FIELDS, "error_code", "error_message", "what"), "revenue_id"}
_OPTION = re.compile("(--[a-z][a-z-]*)")
_CODE = re.compile("`([^`]+)`")


def write_page(report: Report, path: Path) -> None:
    """Write the page, for the owner only, whole or not at all.

    Raises:
        OSError: `path` cannot be written.
    """
    text = render(report)
    with Replacement(path) as replacement:
        replacement.file.write(text.encode("utf-8", "backslashreplace"))
        replacement.sync()
        replacement.put()


def render(report: Report) -> str:
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("importer.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(count="{:,}".format, cell=_cell, line=safe_text, prose=_prose, command=_command)
    environment.filters.update(moment=_moment, ms=sentences.ms)
    environment.globals.update(amount=amount, rows_text=rows_text, share_text=share_text, sentences=sentences)
    environment.globals.update(Status=Status, titles=TITLES, meaning=MEANING, mark=MARK)
    environment.globals.update(coloured=[*Status, "rate", "throttled"])
    lists = _within_budget(report.lists)
    return environment.get_template("page.html.j2").render(
        report=report,
        places=report.decimals,
        identity=report.checks[0],
        lists=lists,
        one_file=next(iter(report.sources)) if len(report.sources) == 1 else None,
        anchors=_anchors(lists),
        plots={
            "days": plots.revenue_over_time(report),
            "kinds": plots.outcome_by_kind(report),
            "rate": plots.rate_over_run(report.throughput) if report.throughput else None,
        },
    )


def _within_budget(lists: tuple[Listed, ...]) -> list[tuple[Listed, list[Mapping[str, str]]]]:
    """The lines to show of each list: all that were kept, unless their text would make the page too large."""
    share = MAX_LIST_BYTES // max(1, len(lists))
    shown = []
    for listed in lists:
        room, lines = share, []
        for line in listed.lines:
            texts = (_cell(text) for name, text in line.items() if name in _SHOWN)
            room -= _TAGS_BYTES + sum(len(markupsafe.escape(text).encode()) for text in texts)
            if room < 0:
                break
            lines.append(line)
        shown.append((listed, lines))
    return shown


def _anchors(lists: list[tuple[Listed, list[Mapping[str, str]]]]) -> dict[tuple[Status, str], str]:
    """For each status and code the anchor of the first line that has it."""
    anchors: dict[tuple[Status, str], str] = {}
    for listed, lines in lists:
        for number, line in enumerate(lines):
            anchors.setdefault((listed.status, line["error_code"]), f"{listed.status}-{number}")
    return anchors


def _moment(text: str, since: str = "") -> str:
    """A UTC time of an attempt, easier to read; without its date where `since` has the same."""
    date, _, clock = text.removesuffix("Z").partition("T")
    return clock if clock and since.startswith(date) else f"{date} {clock}".rstrip()


def _prose(text: str) -> markupsafe.Markup:
    """A sentence of ours: what stands between backticks is code, and an option is not broken at its hyphens."""
    return markupsafe.Markup(_CODE.sub(r"<code>\1</code>", _command(text)))  # noqa: S704 - `_command` escapes


def _command(text: str) -> markupsafe.Markup:
    """A command, whole; no option is broken at its hyphens."""
    escaped = str(markupsafe.escape(safe_text(text)))
    return markupsafe.Markup(_OPTION.sub(r'<span class="nowrap">\1</span>', escaped))  # noqa: S704 - escaped above


def _cell(text: Any, limit: int = MAX_CELL) -> str:
    """A cell as it may be shown: not too long, and nothing that reorders or hides text."""
    return safe_text(str(text), limit)
