"""A comparison as a part of the report of its results."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from importer.model import Share
from importer.reconciling.outcome import DIFFERENCES
from importer.reconciling.rule import NOT_RECORDED, RECORDED
from importer.reconciling.steps import Step, next_steps
from importer.reconciling.words import MEANING, OF_THE_VENDOR, TITLES, Listed, listed, resting_text, settled
from importer.report import VendorPart, VendorRows, VendorSection, VendorStep, make_report, with_comparison, write_as
from importer.text import amount, rows_text, share_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.reconciling.outcome import Reconciliation
    from importer.reconciling.totals import Group

_MOST_ROWS = 100


def write_section(found: Reconciliation, results: Sequence[Path], path: Path, command: Sequence[str] = ()) -> None:
    """Write the report of the results, as they are now, with the comparison in it; `command` are its arguments.

    Raises:
        ResultsError: `path` cannot be written, or the results can no longer be read.
    """
    write_as(with_comparison(make_report(results), section_of(found, command)), results, path)


def section_of(found: Reconciliation, command: Sequence[str] = ()) -> VendorSection:
    """The section."""
    parts = {kind: VendorPart(TITLES[kind], found.shares[kind], MEANING[kind]) for kind in TITLES}
    ours = (part for kind, part in parts.items() if kind not in OF_THE_VENDOR and part.share.rows)
    return VendorSection(
        export=found.export,
        sha256=found.sha256,
        agrees=found.exit_status == 0,
        verdict=" ".join(_verdict(found)),
        doubts=" ".join(_doubts(found)),
        by_rows=found.groups is None,
        parts=tuple(parts[kind] for kind in OF_THE_VENDOR) if found.groups is None else (),
        total=found.vendor,
        ours=tuple(ours),
        rows=tuple(map(_rows, [*settled(found, _MOST_ROWS), *listed(found, _MOST_ROWS)]))
        if found.groups is None
        else _totals(found.groups),
        steps=tuple(_step(step, command) for step in next_steps(found)),
        notes=tuple(found.notes),
    )


def _step(step: Step, command: Sequence[str]) -> VendorStep:
    """With whole commands, where the arguments of the comparison are known."""
    if command:
        return VendorStep(_sentence(step.text), "", tuple(step.whole(command)))
    return VendorStep(_sentence(step.text), step.options, tuple(step.commands))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


# -- the verdict -------------------------------------------------------------------------------------------------------


def _verdict(found: Reconciliation) -> Iterator[str]:
    """What the comparison came to, in a few sentences."""
    record = f"The vendor's records ({found.export}: {share_text(found.vendor)})"
    if found.groups is not None:
        odd = sum(not group.agrees for group in found.groups)
        yield f"{record}: {odd:,} of {len(found.groups):,} totals differ; totals prove nothing of a row."
    elif differing := [kind for kind in DIFFERENCES if found.shares[kind].rows]:
        told = (f"{TITLES[kind].lower()} {share_text(found.shares[kind])}" for kind in differing)
        yield f"{record} differ: {'; '.join(told)}."
    else:
        yield f"{record} agree: each line is a row of these results, and no recorded row is missing."
    if resting := resting_text(found):
        yield resting


def _doubts(found: Reconciliation) -> Iterator[str]:
    for verdict in (RECORDED, NOT_RECORDED):
        share, applied = found.settled[verdict], found.applied.get(verdict, 0)
        if share.rows:
            noted = "and noted so" if applied == share.rows else "which is not noted yet"
            yield f"{rows_text(share.rows)} in doubt ({amount(share.revenue)}) proven {_words(verdict)}, {noted}."
    if found.shares["open"].rows:
        yield f"{rows_text(found.shares['open'].rows)} in doubt ({amount(found.shares['open'].revenue)}) still open."


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


# -- the rows ----------------------------------------------------------------------------------------------------------


def _rows(one: Listed) -> VendorRows:
    rows = tuple((place, message, money, "" if note == one.why else note) for place, message, money, note in one.rows)
    return VendorRows(VendorPart(TITLES[one.kind], one.share, one.why), rows, _rest(one))


def _rest(one: Listed) -> str:
    """How many more there are, and how much: of rows whose amount differs the listed ones are not the vendor's."""
    left = one.share - Share(len(one.rows), sum((Decimal(row[2]) for row in one.rows), Decimal(0)))
    if left.rows <= 0:
        return ""
    return f"{left.rows:,} more" + ("" if one.kind == "amount_differs" else f" ({amount(left.revenue)})")


def _totals(groups: Sequence[Group]) -> tuple[VendorRows, ...]:
    odd = [group for group in groups if not group.agrees]
    rows = tuple((_of_group(group), "", f"{group.vendor:f}", group.in_words) for group in odd[:_MOST_ROWS])
    total = sum((Share(1, group.vendor) for group in odd), Share())
    part = VendorPart("Totals that differ", total, "the vendor's total of the day or offer, and what is known here")
    rest = f"{len(odd) - _MOST_ROWS:,} more" if len(odd) > _MOST_ROWS else ""
    return (VendorRows(part, rows, rest),) if odd else ()


def _of_group(group: Group) -> str:
    return " ".join(filter(None, (group.day, group.offer and f"offer {group.offer}"))) or "in all"
