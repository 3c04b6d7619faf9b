"""A comparison as a part of the report of its results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.reconciling.words import MEANING, OF_THE_VENDOR, TITLES, rows_in_words
from importer.report import VendorPart, VendorSection, make_report, write_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reconciling.outcome import Reconciliation

_MOST_ROWS = 200


def write_section(found: Reconciliation, results: Sequence[Path], path: Path) -> None:
    """Write the report of the results, as they are now, with the comparison in it.

    Raises:
        ResultsError: `path` cannot be written, or the results can no longer be read.
    """
    write_as(replace(make_report(results), vendor=section_of(found)), results, path)


def section_of(found: Reconciliation) -> VendorSection:
    """The section."""
    parts = {kind: VendorPart(TITLES[kind], found.shares[kind], MEANING[kind]) for kind in TITLES}
    groups = found.groups or ()
    by_totals = tuple(
        ("Total", " ".join(filter(None, (group.day, group.offer))), "", f"{group.vendor:f}", group.in_words)
        for group in groups
        if not group.agrees
    )
    return VendorSection(
        export=found.export,
        sha256=found.sha256,
        parts=tuple(parts[kind] for kind in OF_THE_VENDOR) if found.groups is None else (),
        total=found.vendor,
        ours=tuple(part for kind, part in parts.items() if kind not in OF_THE_VENDOR),
        rows=by_totals[:_MOST_ROWS] or tuple(rows_in_words(found, _MOST_ROWS)),
        notes=tuple(found.notes),
    )
