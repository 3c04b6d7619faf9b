"""One comparison by rows: the form in which most recorded rows are found, and the verdicts in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.reconciling.classes import classify
from importer.reconciling.evidence import with_lines
from importer.reconciling.refusals import check_comparison
from importer.reconciling.rule import judge
from importer.reconciling.scale import scales

if TYPE_CHECKING:
    import polars as pl

    from importer.reconciling.classes import Classes
    from importer.reconciling.export import Export
    from importer.reconciling.guards import Terms
    from importer.reconciling.leftovers import Leftovers
    from importer.reconciling.scale import Scale


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it: classes, the rows in doubt with their verdicts, what is left over, the guards, and the form."""

    classes: Classes
    doubts: pl.DataFrame
    left: Leftovers
    guards: dict[str, bool]
    scale: Scale


def compare(rows: pl.DataFrame, export: Export, zone: str, terms: Terms) -> Comparison:
    """Compare rows that were sent with an export; `zone` is that of its times.

    Raises:
        InputError: most recorded rows are missed for one reason, which it names.
    """
    forms = [(classify(rows, export.lines, scale), scale) for scale in scales(export, zone, rows)]
    classes, scale = max(forms, key=lambda form: form[0].found)
    check_comparison(classes, export, zone)
    judged = judge(classes, export.aside, terms)
    return Comparison(classes, with_lines(judged.doubts, classes), judged.left, judged.guards, scale)
