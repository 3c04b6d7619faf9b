"""What a comparison with the vendor's records adds to a report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.model import Status
from importer.report.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model import Share
    from importer.report.figures import Reason, Report

_BY_COMPARISON = "What to do about it comes first below, by the comparison with the vendor's records."


@dataclass(frozen=True, slots=True)
class VendorPart:
    """Rows and money of one kind, and what the kind means."""

    name: str
    share: Share
    meaning: str


@dataclass(frozen=True, slots=True)
class VendorRows:
    """Rows or lines of one kind that need a person, or totals that differ.

    `rows` are the largest: place, message id, amount, and what there is to say. `rest` says how many more there are,
    and how much where that is known; it is empty where there are none.
    """

    part: VendorPart
    rows: tuple[tuple[str, str, str, str], ...]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class VendorStep:
    """One thing to do: in words, and the commands for it; `options` are what to add to the same comparison."""

    text: str
    options: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSection:
    """An export of the vendor's records beside the results.

    `verdict` says in a sentence what it came to, `doubts` what became of rows in doubt (empty where none were), and
    `agrees` whether all is well; `by_rows`: it was of rows, not of totals alone. `parts` add up to `total`, what the
    export has; `ours` are told of rows of the results.
    """

    export: str
    sha256: str
    agrees: bool
    verdict: str
    doubts: str
    by_rows: bool
    parts: tuple[VendorPart, ...]
    total: Share
    ours: tuple[VendorPart, ...]
    rows: tuple[VendorRows, ...]
    steps: tuple[VendorStep, ...]
    notes: tuple[str, ...]


def with_comparison(report: Report, section: VendorSection) -> Report:
    """The report with the section; what that says of rows in doubt stands in the place of looking all of them up."""
    looked_up = any(step.looks_up for step in report.steps)
    if not (section.by_rows and looked_up):
        return replace(report, vendor=section)
    steps = [*_steps(section), *(step for step in report.steps if not step.looks_up)]
    return replace(report, vendor=section, steps=tuple(steps), reasons=tuple(map(_by_comparison, report.reasons)))


def _steps(section: VendorSection) -> Iterator[Step]:
    for step in section.steps:
        text = f"{step.text} the same comparison with `{step.options}`" if step.options else step.text
        first, *others = step.commands or ("",)
        yield Step(text, first)
        yield from (Step("", command) for command in others)


def _by_comparison(reason: Reason) -> Reason:
    return replace(reason, remedy=_BY_COMPARISON) if reason.status is Status.IN_DOUBT else reason
