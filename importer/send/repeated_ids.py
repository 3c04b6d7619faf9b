"""Revenue ids that two rows were given: something on the way may have repeated an earlier answer of the API.

The echo of message and amount cannot tell rows of one message apart; the id can. A cache, or a connection on which an
answer was left over, repeats itself soon, so the last ids are enough, and memory stays bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.send.attempt import Row

REMEMBERED = 20_000


class RepeatedIds:
    """Remembers the last ids and counts the rows that were given one of them again."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._repeated = 0
        self._first = ""

    def add(self, revenue_id: str, row: Row) -> None:
        """A row was recorded under this id."""
        before = self._rows.get(revenue_id)
        if before is not None:
            self._repeated += 1
            self._first = self._first or f"{revenue_id}: {before[0]} row {before[1]} and {row.source} row {row.row}"
            return
        self._rows[revenue_id] = row.source, row.row
        if len(self._rows) > REMEMBERED:
            self._rows.popitem(last=False)

    def warnings(self) -> list[str]:
        """One sentence, if there were any."""
        if not self._repeated:
            return []
        text = (
            f"Recorded under a revenue id that another row of this run has: {self._repeated:,} ({self._first}). A "
            "cache or a gateway may have answered for the API: compare the number of records in the vendor's dashboard."
        )
        return [text]
