"""Totals of the offers, one line each: the offer stands where an id should be, alone or behind a word (`Offer4521`).

Together such lines are as much as all other rows that have an offer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT
from importer.schema.guards.disguised.total_lines import IS_SENT, Line, lines_of, named, share_of
from importer.schema.guards.reading import ignoring
from importer.schema.money import Money, MoneySums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.columns import Columns
    from importer.schema.guards.disguised.ids_of_rows import IdsOfRows

_MOST = 1_000  # lines, more of which are rows of a file whose ids hold the offers
_OTHERS = 2


@dataclass(slots=True)
class _File:
    """The sum of the rows with an offer, and the lines that have it for an id, by what stands in front of it."""

    title: str
    sums: MoneySums = field(default_factory=MoneySums)
    lines: dict[str, dict[str, Line]] = field(default_factory=dict)
    found: int = 0

    def totals(self) -> Iterator[list[Line]]:
        """The lines that are together the sum of all others."""
        for by_offer in self.lines.values() if self.found <= _MOST else ():
            lines = [*by_offer.values()]
            twice = sum((EXACT.add(line.amount, line.amount) for line in lines), Decimal(0))
            if self.sums.have(twice, least=len(lines) + _OTHERS):
                yield lines


class OfferTotalsGuard:
    """Watches rows whose id ends with their offer."""

    def __init__(self, ids: IdsOfRows) -> None:
        self._ids = ids
        self._files: dict[str, _File] = {}

    def look(self, source: str, rows: pl.DataFrame, batch: pl.DataFrame, columns: Columns) -> None:  # noqa: ARG002
        """See `Guard.look`."""
        title = columns.names.get("message_id")
        decided = columns.ignored & {columns.positions.get(name) for name in ("message_id", "offer_id")}
        if title is None or "offer_id" not in columns.positions or decided:
            return
        file = self._files.setdefault(source, _File(title))
        of_offers = rows.filter(pl.col("offer_id").is_not_null()) if rows["offer_id"].null_count() else rows
        file.sums.add(Money(of_offers))
        like = of_offers.filter(pl.col("message_id").str.ends_with(pl.col("offer_id")) & IS_SENT).head(_MOST + 1)
        file.found += like.height
        for line, offer in zip(lines_of(like, "", title, columns), like["offer_id"], strict=True):
            file.lines.setdefault(line.id.removesuffix(offer), {})[offer] = line

    def verdict(self) -> Iterator[str]:
        """See `Guard.verdict`."""
        for source, file in self._files.items():
            for lines in file.totals():
                yield (
                    f"{source}: with their offer in the place of an id, and together the sum of all other rows that "
                    f"have one: {named(lines)}, {share_of(*lines)}. Such lines may be totals, and would count twice. "
                    f"{self._ids.way_out(source, file.title, lines, 'leaves out what is so called')}; "
                    f"{ignoring(file.title)} takes all."
                )
