"""Which row in doubt each verdict means."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import ResultsError, SettingsError
from importer.model import FIELDS, Status
from importer.results import as_written
from importer.schema import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.plan import Earlier
    from importer.run.verdicts import Verdict

NAMED_ROWS = 5
RESOLVED = ("resolved_recorded", "resolved_not_recorded")
"""The codes of rows on which a person gave a verdict, which the other verdict corrects until an import acts on it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A row in doubt with the verdict on it; it has no `row` any more where the input has it no longer."""

    verdict: Verdict
    place: int
    row: int | None
    source: str
    message_id: str
    revenue: str
    attribution_type: str
    timestamp: str | None
    revenue_id: str | None
    doubt: str
    tried_at: str | None
    was: Status

    @property
    def name(self) -> str:
        """`june.csv row 17`, or that the file has it no longer."""
        return f"{self.source} row {self.row}" if self.row is not None else f"no longer in {self.source}"


def with_row(verdict: Verdict, earlier: Earlier) -> Verdict:
    """The verdict with the row's number in place of the cell that names it, by what the last import said of its sheets.

    Raises `SettingsError` where that is not known, or not clear.
    """
    if verdict.cell is None:
        return verdict
    sheet, _, address = verdict.cell.rpartition("!")
    sheet = sheet.strip("'").replace("''", "'")
    start = earlier.events.last_start
    sheets = [fact for fact in (start.inputs if start else ()) if "rows_above" in fact]
    meant = [
        fact
        for fact in sheets
        if (not sheet or str(fact["sheet"]).casefold() == sheet.casefold()) and verdict.source in (None, fact["name"])
    ]
    if len(meant) != 1:
        known = ", ".join(f"{fact['name']} ({fact['sheet']})" for fact in sheets[:NAMED_ROWS]) or "none"
        raise SettingsError(
            f"{verdict.cell} is a cell of {'no' if not meant else 'more than one'} sheet that these results are of "
            f"({known}). Say which with SHEET!CELL and --source, or give the row's number. Nothing was changed."
        )
    row = int(re.sub("[^0-9]", "", address)) - int(meant[0]["rows_above"])
    if row < 1:
        raise SettingsError(f"{verdict.cell} is above the data of its sheet. Nothing was changed.")
    return replace(verdict, row=row, cell=None, source=str(meant[0]["name"]))


def cases_of(earlier: Earlier, verdicts: Sequence[Verdict], results: Path) -> list[Case]:
    """The row in doubt of each verdict; of equal rows, which are as good as each other, each verdict takes the next."""
    fates = earlier.fates.with_row_index("place")
    cases: list[Case] = []
    for verdict in verdicts:
        taken = [case.place for case in cases]
        cases.append(_case(fates, verdict, taken, results))
    return cases


def _case(fates: pl.DataFrame, verdict: Verdict, taken: Sequence[int], results: Path) -> Case:
    at = fates.filter(_is_meant(verdict))
    files = sorted(set(at["source"]))
    if verdict.row is not None and len(files) > 1:  # also where one of them alone is in doubt: it may not be meant
        raise SettingsError(f"Several files have a {verdict.name} ({', '.join(files)}); say which with --source.")
    doubtful = at.filter(pl.col("status") == Status.IN_DOUBT)
    if doubtful.is_empty():
        doubtful = at.filter(pl.col("error_code") == RESOLVED[verdict.recorded])  # the other verdict
    open_ = doubtful.filter(~pl.col("place").is_in(taken))
    if open_.is_empty() and not doubtful.is_empty():
        raise SettingsError(f"{verdict.name} is named twice; give each row one verdict. Nothing was changed.")
    if open_.is_empty():
        is_ = f"is {at['status'][0]}" if at.height else "was not sent, or is not there"
        raise ResultsError(
            f"{verdict.name} of {results.name} {is_}; only a row in doubt can be resolved, or a verdict on one "
            "corrected. Nothing was changed."
        )
    if open_.unique(FIELDS).height > 1:
        raise SettingsError(_which(open_, verdict, results))
    fate = open_.row(0, named=True)
    return Case(
        verdict, fate["place"], int(fate["row"]) if fate["row"] else None, fate["source"], fate["message_id"],
        fate["revenue"], fate["attribution_type"], fate["timestamp"], fate["revenue_id"],
        f"{fate['error_code']}: {fate['error_message'] or ''}", fate["finished_at"], Status(fate["status"]),
    )  # fmt: skip


def _is_meant(verdict: Verdict) -> pl.Expr:
    """Whether a fate is of the row that is named; a cell copied from RESULTS may have an apostrophe in front."""
    meant = pl.lit(value=True)
    if verdict.row is not None:
        meant = meant & (pl.col("row") == str(verdict.row))
    if verdict.source is not None:
        meant = meant & (pl.col("source") == verdict.source)
    for field, text in verdict.fields:
        told = pl.select(pl.lit(text).alias(field)).select(field, as_written(field).alias("plain")).row(0)
        same = pl.col(field).is_in(told)
        meant = meant & (same | _same_amount(text) if field == "revenue" else same)
    return meant


def _same_amount(text: str) -> pl.Expr:
    return pl.col("revenue").cast(AMOUNT, strict=False) == pl.lit(text).cast(AMOUNT, strict=False)


def _which(doubtful: pl.DataFrame, verdict: Verdict, results: Path) -> str:
    """Say that several rows in doubt are named, and how to name one."""
    if verdict.row is not None:
        return (
            f"{verdict.name} of {results.name} is another row now than it was. Run the import again (it holds rows in "
            "doubt), then resolve."
        )
    few = doubtful.unique(FIELDS, maintain_order=True).head(NAMED_ROWS)
    named = "; ".join(
        (f"{source} row {row}" if row else f"no longer in {source}") + f": {revenue}, {kind}, {at or 'no timestamp'}"
        for source, row, revenue, kind, at in few.select(
            "source", "row", "revenue", "attribution_type", "timestamp"
        ).iter_rows()
    )
    return (
        f"Several rows in doubt are of {verdict.name} ({named}). Say which with --row and --source. One that has left "
        "its file has no row: say which with --from, a CSV with message_id, verdict and why, and as many of revenue, "
        "attribution_type, offer_id and timestamp as tell it from the others, as they stand in the results."
    )
