"""What stops a run because of other results files: they record rows to post, or an older version of this export."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.errors import OverlapError
from importer.plan.in_use import at_work
from importer.plan.missing import NAMED_ROWS
from importer.plan.other_results import folders_of
from importer.text import rows_text

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from importer.plan.checked import Checked
    from importer.plan.other_results import OtherResults


def refuse_overlaps(
    checked: Checked, rows: pl.DataFrame, others: OtherResults, results: Path | None, *, begun: bool
) -> None:
    """Raise `OverlapError` where other results record rows to post, or a run imports one of the inputs now."""
    overlaps = others.overlaps(rows, folders_of(checked.sources, results), begun=begun)
    if others.at_work:
        raise at_work(sorted(map(_shown, others.at_work)))
    if not overlaps:
        return
    named = "; ".join(
        f"{_shown(path)} ({rows_text(share.rows)}, {share.revenue:,f})" for path, share in overlaps[:NAMED_ROWS]
    )
    raise OverlapError(
        f"Rows of this input are recorded or in doubt in other results already: {named}. Nothing was posted. Continue "
        f"there with --results, leave such rows out with --already {_shown(overlaps[0][0])}, or post them once more "
        "with --overlap allow."
    )


def refuse_newer(checked: Checked, newer: list[tuple[Path, pl.DataFrame]]) -> None:
    """The input is a newer version of an export that was imported: what is recorded cannot be corrected by a post."""
    for results, changed in newer:
        if changed.is_empty():
            continue
        named = "; ".join(_change(checked, row) for row in changed.head(NAMED_ROWS).iter_rows(named=True))
        raise OverlapError(
            f"The input is a newer version of the export that {_shown(results)} records: {rows_text(changed.height)} "
            f"to post changed since ({named}). Nothing was posted: what is recorded cannot be corrected, and the row "
            "would count beside it. Take it out of the input; if it is a further event, --allow-missing posts it."
        )


def _change(checked: Checked, row: dict[str, Any]) -> str:
    """Both amounts, and where these are equal both moments."""
    was, now = f"{Decimal(row['recorded_amount']):,f}", f"{row['amount'].normalize():,f}"
    if Decimal(row["recorded_amount"]) == row["amount"]:
        was, now = row["recorded_timestamp"] or "no timestamp", "no timestamp"
        if "moment" not in row:  # there were no other results yet when the input was checked
            now = "another moment"
        elif row["moment"]:
            now = f"{row['moment']:%Y-%m-%dT%H:%M:%SZ}"
    return f"{checked.name(row['file'])} row {row['row']}: {now}, recorded with {was}"


def _shown(path: Path) -> str:
    """The path as a person here would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
