"""What has happened so far in a run, for the progress display and the summary; the truth is the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.model import EXACT

if TYPE_CHECKING:
    from importer.api import Outcome
    from importer.send.attempt import Row

_MOST_WARNINGS = 100
REMEMBERED = 20_000


class RepeatedIds:
    """Remembers the last ids, at least `REMEMBERED` of them, and counts the rows that were given one of them again."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[str, int]] = {}
        self._rows_before: dict[str, tuple[str, int]] = {}
        self._repeated = 0
        self._first = ""

    def add(self, revenue_id: str, row: Row) -> None:
        """A row was recorded under this id."""
        before = self._rows.get(revenue_id) or self._rows_before.get(revenue_id)
        if before is not None:
            self._repeated += 1
            self._first = self._first or f"{revenue_id}: {before[0]} row {before[1]} and {row.source} row {row.row}"
            return
        self._rows[revenue_id] = row.source, row.row
        if len(self._rows) >= REMEMBERED:
            self._rows_before, self._rows = self._rows, {}

    def warnings(self) -> list[str]:
        """One sentence, if there were any."""
        if not self._repeated:
            return []
        text = (
            f"Recorded under a revenue id that another row of this run has: {self._repeated:,} ({self._first}). A "
            "cache or a gateway may have answered for the API: compare the number of records in the vendor's dashboard."
        )
        return [text]


@dataclass(slots=True)
class Counts:
    """Rows by what became of them, and requests that left, the repeated ones among them."""

    settled: int = 0
    recorded: int = 0
    recorded_revenue: Decimal = Decimal(0)
    in_doubt: int = 0
    not_recorded: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    sent_again: int = 0
    warnings: list[str] = field(default_factory=list)
    ids: RepeatedIds = field(default_factory=RepeatedIds)

    def add_recorded(self, row: Row, outcome: Outcome, *, sent_again: bool) -> None:
        """A row was recorded, perhaps after an answer to it had been lost."""
        self.recorded += 1
        self.recorded_revenue = EXACT.add(self.recorded_revenue, Decimal(row.revenue))
        self.sent_again += sent_again
        if outcome.revenue_id is not None:
            self.ids.add(outcome.revenue_id, row)
        if outcome.warning and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(f"{row.source} row {row.row}: {outcome.warning}")

    def all_warnings(self) -> tuple[str, ...]:
        """What a person must hear of the run."""
        again = f"Sent again after a lost answer (--in-doubt resend), and so perhaps stored twice: {self.sent_again:,}."
        return (*([again] if self.sent_again else []), *self.ids.warnings(), *self.warnings)
