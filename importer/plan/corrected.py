"""Whether the input is a newer version of an export that other results record: its changed rows are no new events."""

from __future__ import annotations

import polars as pl

from importer.plan.keys import KEYS, event, occurrence


def changed_rows(fates: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows to post that other results record with another amount, moment or offer.

    Only where at least half of `fates`, all that those results record, are in the input: another month with some of
    the same messages is none. `rows` are the valid ones of the input, with keys, `event` and `due`; those that
    are returned have `recorded_amount` and `recorded_timestamp`, too.
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
    gone = gone.select(event(), recorded_amount="revenue", recorded_timestamp="timestamp").unique("event", keep="first")
    return new.join(gone, on="event", maintain_order="left")
