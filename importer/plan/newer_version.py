"""Whether the input is a newer version of an export that was imported: rows of it were corrected since.

What is recorded cannot be corrected by a post: the corrected row would count beside it. A feed of the last days, in
which the oldest rows fall out and new ones of the same messages come in, is no correction.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.model import KEY
from importer.plan.keys import KEYS, event, moment_as_saved, occurrence
from importer.schema import AMOUNT

if TYPE_CHECKING:
    from datetime import datetime

    from importer.plan.checked import Checked

NAMED_ROWS = 3


def changed_rows(fates: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows to post that results record with another amount, moment or offer.

    Then the input is a newer version of that export, and its changed rows are no new events. So it is only where at
    least half of `fates`, all that those results record, are in the input: another month with some of the same messages
    is none. `rows` are the valid ones of the input, with keys, `event` and `due`; those that are returned have
    `recorded_amount` and `recorded_timestamp`, too.
    """
    met = rows.select(KEYS).join(fates.select(KEYS), on=KEYS, how="semi").unique()
    if 2 * fates.join(met, on=KEYS, how="semi").height < fates.height:  # most files nearby: no need to number rows
        return rows.clear()
    numbered = [*KEYS, "nth"]
    there, here = (frame.with_columns(nth=occurrence(frame, pl.lit(value=True))) for frame in (fates, rows))
    gone = there.join(here.select(numbered), on=numbered, how="anti")
    if gone.is_empty() or 2 * gone.height > there.height:
        return rows.clear()
    new = here.filter("due").join(there.select(numbered), on=numbered, how="anti")
    return changed_to(gone, new, fates, rows)


def changed_to(gone: pl.DataFrame, new: pl.DataFrame, fates: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Those of the rows `new` that may be one of `gone` in another version; of `fates` and `rows` these are a part."""
    readable = gone.filter(pl.col("revenue").cast(AMOUNT, strict=False).is_not_null())
    recorded = readable.select(
        event(), moment_as_saved().alias("was"), recorded_amount="revenue", recorded_timestamp="timestamp"
    )
    pairs = new.with_row_index("_new").join(recorded, on="event", maintain_order="left_right")
    if "moment" in pairs.columns:
        pairs = pairs.filter(~_moved_on(fates, rows).fill_null(value=False))
    return pairs.unique("_new", keep="first", maintain_order=True).drop("_new", "was")


def _moved_on(fates: pl.DataFrame, rows: pl.DataFrame) -> pl.Expr:
    """One event fell out of the front of a feed, and another came in at its end."""
    first = pl.lit(rows["moment"].min(), pl.Datetime("us", "UTC"))
    last = pl.lit(fates.select(moment_as_saved()).to_series().max(), pl.Datetime("us", "UTC"))
    return (pl.col("was") < first) & (pl.col("moment") > last)


def changes_named(checked: Checked, changed: pl.DataFrame) -> str:
    """A few rows of `changed_rows`, by what they were and are."""
    named = [_change(checked, row) for row in changed.head(NAMED_ROWS).iter_rows(named=True)]
    return "; ".join([*named, "…"] if changed.height > NAMED_ROWS else named)


def _change(checked: Checked, row: dict[str, Any]) -> str:
    """Both amounts, and where these are equal both moments."""
    was, now = f"{Decimal(row['recorded_amount']):,f}", f"{row['amount'].normalize():,f}"
    if Decimal(row["recorded_amount"]) == row["amount"]:
        was, now = row["recorded_timestamp"] or "no timestamp", _moment(row["moment"])
    if was == now:
        was, now = "another", f"{now} and this {'offer or --key' if KEY in row else 'offer'}"
    return f"{checked.name(row['file'])} row {row['row']}: {now}, recorded with {was}"


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return "no timestamp"
    return moment.replace(tzinfo=None).isoformat(timespec="auto").rstrip("0" if moment.microsecond else "") + "Z"
