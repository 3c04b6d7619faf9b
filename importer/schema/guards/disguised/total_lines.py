"""A line that may be a total: where it is, and how a sentence names such lines and leaves them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Share
from importer.schema.money import with_cents
from importer.text import share_text

if TYPE_CHECKING:
    from decimal import Decimal

    from importer.schema.columns import Columns

IS_SENT = pl.col("error_code").is_null() & ~pl.col("excluded") & (pl.col("amount") > 0)
"""Rows that would be sent, with an amount."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A row that may be a total, and its `place`; `why` says what hints at it besides its amount, in which `column`.

    `lacks` are the columns in which it has nothing.
    """

    row: int
    place: str
    id: str
    amount: Decimal
    why: str
    column: str
    lacks: tuple[str, ...] = ()


def lines_of(rows: pl.DataFrame, why: str, column: str, columns: Columns) -> list[Line]:
    """Of some normalised rows those that would be sent, as such lines."""
    sent = rows.filter(IS_SENT)
    return [
        Line(row, columns.place(row, line, columns.positions["message_id"]), one, amount, why, column)
        for row, line, one, amount in sent.select("row", "line", "message_id", "amount").iter_rows()
    ]


def named(lines: list[Line]) -> str:
    """Where some of them are, with their ids."""
    some = ", ".join(f"{line.place} ({line.id!r})" for line in lines[:_NAMED])
    return some + (f" and {len(lines) - _NAMED} more" if len(lines) > _NAMED else "")


def share_of(*lines: Line) -> str:
    """How many they are, and their money."""
    share = sum((Share(1, line.amount) for line in lines), Share())
    return share_text(Share(share.rows, with_cents(share.revenue)))
