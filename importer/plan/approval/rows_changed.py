"""Which rows of an input are not as they were when its plan was approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from importer.schema import exact_sum
from importer.text import amount, rows_text, safe_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

_NAMED_ROWS = 3
_SAME = ["valid", "key", "amount"]
_PLACE = ["name", "row"]


def rows_changed(was: pl.DataFrame, now: pl.DataFrame) -> str:
    """Say which rows changed, are new or are gone; both frames are as `plan_rows` gives them.

    A row that only moved is none of these. One that changed stands where it stood in its file.
    """
    moved = _elsewhere(was, now), _elsewhere(now, was)
    gone, new = _without(*moved), _without(*reversed(moved))
    if gone.is_empty() and new.is_empty():
        same = was.select(_SAME).equals(now.select(_SAME))
        return "how rows are written, but no id, amount, type, offer or time" if same else "the order of the rows"
    both = gone.join(new, on=_PLACE, how="inner", suffix="_now", maintain_order="left")
    told = [
        _told(both, "changed", _difference),
        _told(_apart(new, both), "new", _with_amount),
        _told(_apart(gone, both), "gone", _with_amount),
    ]
    return "; ".join(filter(None, told))


def _elsewhere(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows that the others do not have at the same place."""
    return rows.join(others, on=[*_PLACE, *_SAME], how="anti", nulls_equal=True, maintain_order="left")


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows that the others do not have; of equal ones as many as there are more."""
    left, right = (frame.with_columns(nth=pl.int_range(pl.len()).over(_SAME)) for frame in (rows, others))
    return left.join(right, on=[*_SAME, "nth"], how="anti", nulls_equal=True, maintain_order="left")


def _apart(rows: pl.DataFrame, both: pl.DataFrame) -> pl.DataFrame:
    return rows.join(both, on=_PLACE, how="anti", maintain_order="left")


def _told(rows: pl.DataFrame, word: str, in_words: Callable[[dict[str, Any]], str]) -> str:
    """`2 new rows (34.98): june.csv row 21 (line 22), 10.00; june.csv row 22 (line 23), 24.98`."""
    if rows.is_empty():
        return ""
    named = [f"{_place(row)}{in_words(row)}" for row in rows.head(_NAMED_ROWS).iter_rows(named=True)]
    sums = f" ({amount(exact_sum(rows['amount']))})" if rows.height > 1 and word != "changed" else ""
    count = rows_text(rows.height).replace(" ", f" {word} ")
    return f"{count}{sums}: " + "; ".join([*named, "…"] if rows.height > _NAMED_ROWS else named)


def _place(row: dict[str, Any]) -> str:
    line = f" (line {row['line']})" if row["line"] else ""  # Parquet has none
    return f"{safe_text(row['name'], 60)} row {row['row']}{line}"


def _with_amount(row: dict[str, Any]) -> str:
    return f", {_money(row['amount'])}"


def _difference(row: dict[str, Any]) -> str:
    """How a row was, and how it is, as far as its amount, the rules and its event tell."""
    before, after = _money(row["amount"]), _money(row["amount_now"])
    if before != after:
        return f" was {before}, and is {after}"
    if row["valid"] != row["valid_now"]:
        was, is_now = ("to be sent" if valid else "not to be sent" for valid in (row["valid"], row["valid_now"]))
        return f", {after}, was {was}, and is {is_now}"
    what = "message id or type" if row["event"] != row["event_now"] else "offer, time or --key"
    return f", {after}, has another {what}"


def _money(revenue: Decimal | None) -> str:
    return "no amount" if revenue is None else amount(revenue.normalize())
