"""One comparison by rows: the form in which most recorded rows are found, and the verdicts in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.classes import classify
from importer.reconciling.guards import ONE_FORM
from importer.reconciling.refusals import check_comparison
from importer.reconciling.rule import NAME, judge
from importer.reconciling.scale import scales

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    scale, *as_good = _best_forms(rows, export, zone)
    classes = classify(rows, export.lines, scale)
    check_comparison(classes, export, zone)
    judged = judge(classes, export.aside, terms)
    others = (judge(classify(rows, export.lines, form), export.aside, terms).doubts["verdict"] for form in as_good)
    doubts, one_form = _in_every_form(judged.doubts, others)
    guards = {**judged.guards, ONE_FORM: one_form}
    return Comparison(classes, doubts, judged.left, guards, scale)


def _best_forms(rows: pl.DataFrame, export: Export, zone: str) -> list[Scale]:
    """The form in which most recorded rows are found, and those in which as many are and rows of ours are others.

    One is looked at after the other: the classes of a million rows in each of them would not be in memory together.
    """
    forms = [*scales(export, zone, rows)]
    if len(forms) == 1:
        return forms
    telling = _of_recorded(rows, export.lines)
    found = [classify(*telling, form).as_written for form in forms]
    best, *as_good = [form for form, rows_found in zip(forms, found, strict=True) if rows_found == max(found)]
    ours = rows.select(best.amount(), best.time())
    return [best, *(form for form in as_good if not rows.select(form.amount(), form.time()).equals(ours))]


def _of_recorded(rows: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows and lines that tell how many recorded rows are found: those of their messages and revenue ids."""
    recorded = rows.filter(role="recorded")
    messages, ids = (recorded[name].unique().implode() for name in ("message_id", "revenue_id"))
    of_them = pl.col("message_id").is_in(messages, nulls_equal=True)
    return rows.filter(of_them), lines.filter(of_them | pl.col("revenue_id").is_in(ids).fill_null(value=False))


def _in_every_form(doubts: pl.DataFrame, others: Iterable[pl.Series]) -> tuple[pl.DataFrame, bool]:
    """Rows in doubt with a column for the guard `ONE_FORM`, and whether it holds for all.

    `others` are the verdicts in other forms. Where as many recorded rows are found in several, nobody knows which one
    is the export's: a verdict stands that is the same in all.
    """
    holds = pl.repeat(True, doubts.height, eager=True)
    for other in others:
        holds &= doubts["verdict"].eq_missing(other)
    doubts = doubts.with_columns(holds.alias(ONE_FORM))
    if holds.all():
        return doubts, True
    undone = ~pl.col(ONE_FORM) & pl.col("verdict").is_not_null()
    return doubts.with_columns(
        pl.when(undone).then(pl.concat_list(pl.lit(ONE_FORM, NAME))).otherwise("failed").alias("failed"),
        pl.when(~undone).then("verdict").alias("verdict"),
    ), False  # fmt: skip
