"""Why rows are not recorded, as lines: each code in words, its rows and money, the first places, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.codes import COLOURS, remedy, told, words
from importer.model import Finding, Share
from importer.text import further_text, painted, rows_text, safe_text, share_text, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.model import Example, Summary

_MAX_EXAMPLES = 5
_MAX_TEXT = 200


def reasons(summary: Summary) -> Iterator[str]:
    """Yield each reason with its rows and money, the first places, and what to do."""
    counted = {finding.code for finding in summary.findings}
    others = [(code, count) for code, count in summary.by_code.items() if code not in counted and count]
    if summary.findings or others:
        yield "Why, and what to do:"
    for finding in summary.findings:
        yield from _reason(summary, finding, _size(finding))
    for code, count in others:
        yield from _reason(summary, Finding(code, Share()), rows_text(count))


def _titled(finding: Finding) -> str:
    """The code in words, and as the results have it."""
    return f"{safe_text(words(finding.code), 60)} [{safe_text(finding.code, 60)}]"


def _size(finding: Finding) -> str:
    """How many rows and how much: a negative amount is in no figure but that of the refunds."""
    return rows_text(finding.share.rows) if finding.code == "negative_revenue" else share_text(finding.share)


def _reason(summary: Summary, finding: Finding, size: str) -> Iterator[str]:
    yield ""
    title = _titled(finding)
    first, *more_lines = wrapped(f"{title}: {size}", "  ", "    ")
    yield first.replace(title, painted(title, COLOURS[finding.status] if finding.status else ""), 1)
    yield from more_lines
    shown = finding.examples[:_MAX_EXAMPLES]
    more = finding.share.rows - len(shown)
    for example in shown if more else sorted(shown, key=by_place):
        yield from _place(example, finding.code)
    if shown and more > 0:
        yield f"    and {more:,} more"
    if finding.further:
        yield from wrapped(further_text(finding.further), "    ", "      ")
    advice = remedy(finding.code, finding.status, equals_decided=summary.equals_decided)
    yield from wrapped(f"-> {advice}", "    ", "       ")


def _place(example: Example, code: str) -> list[str]:
    line = f" (line {example.line})" if example.line is not None else ""
    line = f" ({safe_text(example.cell, _MAX_TEXT)})" if example.cell else line
    what = safe_text(told(example.text.strip(), code), _MAX_TEXT) or _nothing_said(code)
    place = f"{safe_text(example.source, _MAX_TEXT)} row {example.row}{line}: {what}"
    return wrapped(place, "    ", "      ")


def _nothing_said(code: str) -> str:
    """What to say of a row with which the API did nothing but refuse it; some codes are but the status."""
    status = code.removeprefix("http_")
    return f"HTTP {status}, no reason given" if status.isdecimal() else "no reason given"


def reason_counts(findings: Sequence[Finding]) -> list[str]:
    """Return how many rows each reason has, and how much."""
    lines = [line for one in findings for line in wrapped(f"{_titled(one)}: {_size(one)}", "  ", "    ")]
    return ["Not posted:", *lines, ""] if lines else []


def by_place(one: Example) -> tuple[str, int]:
    """Order examples by their place in the input."""
    return one.source, one.row
