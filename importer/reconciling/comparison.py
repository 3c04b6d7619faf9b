"""One comparison by rows: the form in which most recorded rows are found, and the verdicts in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.classes import classify
from importer.reconciling.evidence import with_lines
from importer.reconciling.guards import ONE_FORM
from importer.reconciling.refusals import check_comparison
from importer.reconciling.rule import NAME, judge
from importer.reconciling.scale import scales

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    as_written = [form.as_written for form, _ in forms] if len(forms) > 1 else [0]
    classes, scale = forms[as_written.index(max(as_written))]
    check_comparison(classes, export, zone)
    judged = judge(classes, export.aside, terms)
    as_good = [form for (form, _), good in zip(forms, as_written, strict=True) if good == max(as_written)]
    others = [judge(form, export.aside, terms).doubts for form in as_good if not form.are_like(classes)]
    doubts, one_form = _in_every_form(judged.doubts, others)
    guards = {**judged.guards, ONE_FORM: one_form}
    return Comparison(classes, with_lines(doubts, classes), judged.left, guards, scale)


def _in_every_form(doubts: pl.DataFrame, others: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, bool]:
    """Rows in doubt with a column for the guard `ONE_FORM`, and whether it holds for all of them.

    Where as many recorded rows are found in several forms, nobody knows which one is the export's: a verdict stands
    that is the same in all.
    """
    holds = pl.repeat(True, doubts.height, eager=True)
    for other in others:
        holds &= doubts["verdict"].eq_missing(other["verdict"])
    doubts = doubts.with_columns(holds.alias(ONE_FORM))
    if holds.all():
        return doubts, True
    undone = ~pl.col(ONE_FORM) & pl.col("verdict").is_not_null()
    return doubts.with_columns(
        pl.when(undone).then(pl.concat_list(pl.lit(ONE_FORM, NAME))).otherwise("failed").alias("failed"),
        pl.when(~undone).then("verdict").alias("verdict"),
    ), False  # fmt: skip
